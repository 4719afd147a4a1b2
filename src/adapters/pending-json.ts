// Writes whose outcome is not known, as the ledger keeps them.
import * as t from 'io-ts'
import type { Pending } from '../domain/ledger.ts'
import { fieldName, kind, sealed } from './codecs.ts'

const prints = t.array(t.tuple([fieldName, t.string]))

/** The shape of a write whose outcome is not known. */
export const pending = sealed(
  { change: kind, wanted: prints, at: t.number },
  {
    // In ledgers of before it stands here, and not in a block of its own.
    departs: t.string,
    again: t.literal(true),
    overtakes: sealed({ at: t.number, wanted: prints }, {}),
    answered: t.literal(true),
  },
)

/** One as it stands in the ledger. */
export type PendingJson = t.TypeOf<typeof pending>

/** One as it is written. */
export const pendingToJson = ({ wanted, overtakes, ...rest }: Pending) => ({
  ...rest,
  wanted: [...wanted],
  overtakes: overtakes === undefined ? undefined : { ...overtakes, wanted: [...overtakes.wanted] },
})

/** One as it is read. */
export const pendingFromJson = ({ change: kind, wanted, at, again, overtakes, answered }: PendingJson): Pending => ({
  change: kind,
  wanted: new Map(wanted),
  at,
  ...(again === undefined ? {} : { again }),
  ...(overtakes === undefined ? {} : { overtakes: { at: overtakes.at, wanted: new Map(overtakes.wanted) } }),
  ...(answered === undefined ? {} : { answered }),
})
