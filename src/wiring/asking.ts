// Wiring of what is asked of a running daemon: needs the control socket, and nothing of a state directory but its place.
import { resolve } from 'node:path'
import { askControl, isShutIn, type Silence, socketAt } from '../adapters/control.ts'
import type { GlobalOptions } from '../cli/args.ts'
import type { Reply } from '../cli/reply.ts'
import { isReply } from '../cli/reply-fits.ts'
import { visible } from '../domain/basics/visible.ts'
import type { UnitFacts } from '../domain/checkup/unit.ts'
import { E } from '../fp.ts'
import type { Question } from '../ports.ts'
import { type Place, placeOf, toldPlace } from './daemon-place.ts'
import type { Load } from './loading.ts'
import { toSocket } from './reached.ts'
import { knownStateDir } from './state-place.ts'
import { clock, type World } from './world.ts'

/** Asks the daemon of a place; nothing where none can be at work on its state directory. */
export const asker =
  (world: World, place: Place) =>
  async (question: Question): Promise<Reply | undefined> => {
    if (world.signal.aborted)
      return { _tag: 'Unanswered', undone: true, message: 'stopped before the daemon was asked; nothing was done' }
    const reply = await askControl(place, question, isReply, world.signal)
    if (E.isRight(reply)) return reply.right
    const message = await unansweredText(reply.left, place, world.version)
    return message === undefined ? undefined : { _tag: 'Unanswered', message }
  }

const unansweredText = async (why: Silence, { path, deserted }: Place, ours: string): Promise<string | undefined> => {
  if (typeof why === 'object')
    return `the daemon at ${path} is of ${why.version === undefined ? 'another version' : `version ${visible(why.version)}`}, and its answer is not one that this command, of version ${ours}, understands: restart the daemon, so that both are of one version; what was asked of it may be done`
  switch (why) {
    case 'absent':
    case 'dead':
      return deserted
    case 'closed': {
      const other = (await isShutIn(path))
        ? '; nobody else may enter its folder, whatever control.group says'
        : ', or as a member of the group of control.group'
      return `the control socket ${path} is not open to you, and nothing was done: ask as its owner, with sudo for instance${other}`
    }
    case 'silent':
      return `the daemon at ${path} was asked and did not answer to the end; it may be at it still: \`status\` tells what came of it`
  }
}

type Ways = { readonly load: Load; readonly units: () => Promise<UnitFacts> }

/** What a command needs that asks the daemon. */
export const asking = async (world: World, global: GlobalOptions, { load, units }: Ways, told: string | undefined) => {
  const place =
    told === undefined ? await placeOf({ world, global, units }, await knownStateDir(world, global, load)) : toldPlace(told)
  if (place.passedBy !== undefined) world.terminal.err(`${visible(place.passedBy)}\n`)
  return {
    terminal: world.terminal,
    ask: asker(world, place),
    reachedBy: toSocket(world, resolve(place.path)),
    /** What is at the place of its socket. */
    socket: () => socketAt(place.path),
    now: clock.now(),
  }
}
