// What the journal still knows of a memory that was lost: the holds and emergency stops that people set and nobody has ended. It was told of each
// before the ledger was.
import { type Hold, holding } from '../domain/decisions/hold.ts'
import type { JournalLine } from '../domain/journal/journal.ts'
import { holdsAfter } from '../domain/memory/decision.ts'
import type { JournalReader } from '../ports.ts'

/** The holds in force, from those of an older memory on; they alone where the journal cannot be read. `now` in milliseconds since the epoch. */
export const recalledHolds = async (
  journal: JournalReader,
  before: ReadonlyArray<Hold>,
  now: number,
): Promise<ReadonlyArray<Hold>> => {
  let holds = before
  await reading(journal, (line) => {
    if (line.event === 'decision') holds = holdsAfter(holds, line)
  })
  const standing = holding(holds, now)
  const undone = new Map(standing.flatMap(({ what }) => (what._tag === 'Undo' ? [[what.run, new Set(what.users)]] : [])))
  if (undone.size > 0)
    await reading(journal, (line) => {
      // Who was removed may come back by the config.
      if (line.event === 'intent' && line.change !== 'remove') undone.get(line.run_id)?.add(line.username)
    })
  return standing.map((one): Hold => {
    const { what } = one
    return what._tag === 'Undo' ? { ...one, what: { ...what, users: [...(undone.get(what.run) ?? [])] } } : one
  })
}

// Also of a journal whose chain is broken each line counts: what is held too much does less.
const reading = (journal: JournalReader, take: (line: JournalLine) => void): Promise<unknown> =>
  journal.read('all', (part) => {
    const line = part._tag === 'Line' ? part.told() : undefined
    if (line !== undefined && line !== 'other') take(line)
    return true
  })()
