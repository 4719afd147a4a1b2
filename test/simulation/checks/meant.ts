// What the program meant to do in a run of which it could not note the end: its intents are on the disk, and it cannot tell whether the requests left.
import type { Disk } from '../disk.ts'

type Intent = Extract<Disk['journal'][number], { readonly event: 'intent' }>

/** Its intents: those of a run that was cut, where the last one was, or `isOver` those of the last one however it ended. */
const intents = ({ journal }: Disk, isOver: boolean): ReadonlyArray<Intent> => {
  if (!isOver && journal.at(-1)?.event !== 'intent') return []
  const last = journal.findLast((line) => 'run_id' in line)
  return journal.flatMap((line) => (line.event === 'intent' && line.run_id === last?.run_id ? [line] : []))
}

const placeIn = ({ scope, username }: Intent): string => `${scope.replace('subaccount:', '')} ${username}`

/** Users of whom it meant to change something, by scope and username. */
export const meant = (disk: Disk, isOver = false): ReadonlyArray<string> => intents(disk, isOver).map(placeIn)

/** Users that it meant to make. */
export const meantToMake = (disk: Disk, isOver = false): ReadonlyArray<string> =>
  intents(disk, isOver)
    .filter(({ change }) => change === 'create')
    .map(placeIn)
