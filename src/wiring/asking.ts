// Wiring of what is asked of a running daemon: needs the control socket, and nothing of a state directory but its place.
import { join, resolve } from 'node:path'
import { askControl, findSocket, type Silence, socketAt } from '../adapters/control.ts'
import type { GlobalOptions } from '../cli/args.ts'
import { isReply, type Reply } from '../cli/control.ts'
import { E } from '../fp.ts'
import type { Question } from '../ports.ts'
import { knownStateDir, type Load } from './loading.ts'
import { toSocket } from './reached.ts'
import { clock, type World } from './world.ts'

// A unit may have several, and systemd names all of them.
const runtimeDir = ({ env }: World): string | undefined => env.RUNTIME_DIRECTORY?.split(':')[0]

/** Where a daemon listens on a state directory. */
export const socketIn = (world: World, dir: string): string => join(runtimeDir(world) ?? dir, 'control.sock')

/** Where the daemon of a state directory is asked, unless another place was told. */
export const socketOf = (world: World, stateDir: string, told: string | undefined): string =>
  findSocket({ told, runtimeDir: runtimeDir(world), stateDir })

/** Asks the daemon of a state directory, or of the socket that was told; nothing where none can be at work there. */
export const asker = (world: World, stateDir: string, told: string | undefined) => {
  const path = socketOf(world, stateDir, told)
  return async (question: Question): Promise<Reply | undefined> => {
    const reply = await askControl(path, question, isReply, world.signal)
    if (E.isRight(reply)) return reply.right
    // What is done here would be done in the state directory, and a socket of elsewhere is that of another one.
    const isItsOwn = told === undefined && [socketIn(world, stateDir), join(stateDir, 'control.sock')].includes(path)
    if (isItsOwn && (reply.left === 'absent' || reply.left === 'dead')) return undefined
    return { _tag: 'Unanswered', message: unansweredText(reply.left, path) }
  }
}

const unansweredText = (why: Silence, path: string): string => {
  switch (why) {
    case 'absent':
    case 'dead':
      return `no daemon answers at ${path}, and nothing was done: check --socket, or start the daemon that listens there`
    case 'closed':
      return `the control socket ${path} is not open to you, and nothing was done: ask as its owner, with sudo for instance, or as a member of the group of control.group`
    case 'silent':
      return `the daemon at ${path} was asked and did not answer to the end; it may be at it still: \`status\` tells what came of it`
  }
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
