// What the program meant to do in a run of which it could not note the end: its intents are on the disk, and it cannot tell whether the requests left.
import type { Disk } from '../disk.ts'

type Intent = Extract<Disk['journal'][number], { readonly event: 'intent' }>

/** Its intents: those of a run that was cut, where the last one was; or those of one that began with a journal of so many lines, however it ended. */
const intents = ({ journal }: Disk, since?: number): ReadonlyArray<Intent> => {
  if (since === undefined && journal.at(-1)?.event !== 'intent') return []
  const last = since === undefined ? journal.findLast((line) => 'run_id' in line) : undefined
  return journal
    .slice(since)
    .flatMap((line) => (line.event === 'intent' && (last === undefined || line.run_id === last.run_id) ? [line] : []))
}

const placeIn = ({ scope, username }: Intent): string => `${scope.replace('subaccount:', '')} ${username}`

/** Users of whom it meant to change something, by scope and username. */
export const meant = (disk: Disk, since?: number): ReadonlyArray<string> => intents(disk, since).map(placeIn)

/** Users that it meant to make. */
export const meantToMake = (disk: Disk, since?: number): ReadonlyArray<string> =>
  intents(disk, since)
    .filter(({ change }) => change === 'create')
    .map(placeIn)
