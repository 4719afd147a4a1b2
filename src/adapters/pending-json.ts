// What was sent, as the ledger keeps it: writes whose outcome is not known, and the last values of what cannot be read back.
import * as t from 'io-ts'
import type { LastSent, Pending, UserMemory } from '../domain/memory/user-memory.ts'
import type { FieldName } from '../domain/user/settings.ts'
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

const how = t.union([t.literal(true), t.literal('doubted')])

/** The shape of the values that were sent last: a fourth element tells that one was only taken as set, or may never have been. */
export const sent = t.array(t.union([t.tuple([fieldName, t.string, t.number]), t.tuple([fieldName, t.string, t.number, how])]))

/** Those as they are written. */
export const sentToJson = (values: UserMemory['sent']): t.TypeOf<typeof sent> =>
  [...values].map(([field, { print, at, assumed, doubted }]) =>
    assumed === true ? [field, print, at, true] : doubted === true ? [field, print, at, 'doubted'] : [field, print, at],
  )

const howOf = (is: t.TypeOf<typeof how> | undefined): Omit<LastSent, 'print' | 'at'> =>
  is === undefined ? {} : is === true ? { assumed: true } : { doubted: true }

/** Those as they are read. */
export const sentFromJson = (values: t.TypeOf<typeof sent> | undefined): UserMemory['sent'] =>
  new Map(values?.map(([field, print, at, is]): [FieldName, LastSent] => [field, { print, at, ...howOf(is) }]))
