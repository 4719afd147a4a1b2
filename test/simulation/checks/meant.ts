// Users that the program meant to make when it was killed: its intent is on the disk, and nobody can tell whether the request left.
import type { Disk } from '../disk.ts'

/** By scope and username, those of the run that was cut; nobody where none was. */
export const meantToMake = ({ journal }: Disk): ReadonlyArray<string> => {
  const last = journal.at(-1)
  if (last?.event !== 'intent') return []
  return journal.flatMap((line) =>
    line.event === 'intent' && line.run_id === last.run_id && line.change === 'create'
      ? [`${line.scope.replace('subaccount:', '')} ${line.username}`]
      : [],
  )
}
