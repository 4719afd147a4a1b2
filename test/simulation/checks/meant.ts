// What the program meant to do when it was killed: its intents are on the disk, and nobody can tell whether the requests left.
import type { Disk } from '../disk.ts'

type Intent = Extract<Disk['journal'][number], { readonly event: 'intent' }>

/** The intents of the run that was cut; none where none was. */
const intents = ({ journal }: Disk): ReadonlyArray<Intent> => {
  const last = journal.at(-1)
  if (last?.event !== 'intent') return []
  return journal.flatMap((line) => (line.event === 'intent' && line.run_id === last.run_id ? [line] : []))
}

const placeIn = ({ scope, username }: Intent): string => `${scope.replace('subaccount:', '')} ${username}`

/** Users of whom it meant to change something, by scope and username. */
export const meant = (disk: Disk): ReadonlyArray<string> => intents(disk).map(placeIn)

/** Users that it meant to make. */
export const meantToMake = (disk: Disk): ReadonlyArray<string> =>
  intents(disk)
    .filter(({ change }) => change === 'create')
    .map(placeIn)
