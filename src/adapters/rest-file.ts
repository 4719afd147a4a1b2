// The rest that the service asked for, noted beside the ledger by whoever was told of it, since a command that only reads has no ledger to
// write, and perhaps no state directory yet. Where it cannot be noted nothing else is amiss, and the one who was told says so.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as t from 'io-ts'
import type { Failure } from '../domain/basics/failure.ts'
import type { KeyMemory, Ledger } from '../domain/memory/ledger.ts'
import { isOfUse, restAfter, withRests } from '../domain/memory/pause.ts'
import type { Print } from '../domain/user/prints.ts'
import { E, TE } from '../fp.ts'
import type { Ledgers, Rests } from '../ports.ts'
import { codeOf, replaceDurably } from './system.ts'

const notes = t.array(t.tuple([t.string, t.type({ failures: t.number, notBefore: t.number, forMs: t.number })]))

type Options = {
  readonly dir: string
  /** Makes the directory where there is none, and refuses one that is not for us alone. */
  readonly open: TE.TaskEither<Failure, void>
  readonly now: () => Date
  readonly random: () => number
}

/** The rests that are noted in a state directory. */
export const restFile = ({ dir, open, now, random }: Options): Rests => {
  const file = join(dir, 'throttled.json')
  const read = async (): Promise<ReadonlyMap<Print, KeyMemory>> => {
    const found = await TE.tryCatch(async () => notes.decode(JSON.parse(await readFile(file, 'utf8'))), codeOf)()
    return new Map(
      E.isLeft(found) || E.isLeft(found.right)
        ? []
        : found.right.right.map(([key, rest]) => [key, { ...rest, why: 'throttled' }]),
    )
  }
  const note: Rests['note'] = async (key, askedMs) => {
    if (E.isLeft(await open())) return false
    const at = now().getTime()
    const known = await read()
    const rests = [...known, [key, restAfter(known.get(key), { askedMs, now: at, random: random() })] as const]
    const kept = [...new Map(rests)].filter(([, rest]) => isOfUse(rest, at))
    const text = `${JSON.stringify(kept.map(([one, { failures, notBefore, forMs }]) => [one, { failures, notBefore, forMs }]))}\n`
    const written = await TE.tryCatch(() => replaceDurably({ file, text }), codeOf)()
    return E.isRight(written) && written.right
  }
  return { read, note }
}

/** Ledgers that know what was noted beside them. */
export const knowingRests = (ledgers: Ledgers, rests: Pick<Rests, 'read'>, now: () => Date): Ledgers => {
  const known = TE.chainTaskK((ledger: Ledger) => async () => withRests(ledger, await rests.read(), now().getTime()))
  return { ...ledgers, read: () => known(ledgers.read()), update: (change) => known(ledgers.update(change)) }
}
