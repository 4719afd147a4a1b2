// Wiring of what is asked of a running daemon: needs the control socket, and nothing of a state directory but its place.
import { join, resolve } from 'node:path'
import { askControl, findSocket, socketAt } from '../adapters/control.ts'
import type { GlobalOptions } from '../cli/args.ts'
import { isReply, type Reply } from '../cli/control.ts'
import type { Question } from '../ports.ts'
import { knownStateDir, type Load } from './loading.ts'
import { toSocket } from './reached.ts'
import { clock, type World } from './world.ts'

/** Where a daemon listens on a state directory. */
export const socketIn = ({ env }: World, dir: string): string => join(env.RUNTIME_DIRECTORY ?? dir, 'control.sock')

/** Where the daemon of a state directory is asked, unless another place was told. */
export const socketOf = ({ env }: World, stateDir: string, told: string | undefined): string =>
  findSocket({ told, runtimeDir: env.RUNTIME_DIRECTORY, stateDir })

/** Asks the daemon of a state directory, or of the socket that was told. */
export const asker = (world: World, stateDir: string, told: string | undefined) => {
  const path = socketOf(world, stateDir, told)
  return (question: Question): Promise<Reply | undefined> => askControl(path, question, isReply)
}

/** What a command needs that asks the daemon. */
export const asking = async (world: World, global: GlobalOptions, load: Load, told: string | undefined) => {
  const dir = await knownStateDir(world, global, load)
  return {
    terminal: world.terminal,
    ask: asker(world, dir, told),
    reachedBy: toSocket(world, resolve(socketOf(world, dir, told))),
    /** What is at the place of its socket. */
    socket: () => socketAt(socketOf(world, dir, told)),
    now: clock.now(),
  }
}
