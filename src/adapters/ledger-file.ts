// The ledger as a file: ledger.json, replaced as a whole, durable before the next step. A missing file is an empty ledger;
// one that cannot be understood is a failure, since guessing at memory could block or remove people.
import { constants } from 'node:fs'
import { open, readdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Failure } from '../domain/failure.ts'
import { emptyLedger, type Ledger } from '../domain/ledger.ts'
import { E } from '../fp.ts'
import type { Ledgers } from '../ports.ts'
import { decode, encode } from './ledger-json.ts'
import { codeOf, syncDirectory } from './system.ts'

/** The ledger in `dir`; the directory must exist before the first write. */
export const ledgerFile = ({ dir, newKey }: { readonly dir: string; readonly newKey: () => string }): Ledgers => {
  const file = join(dir, 'ledger.json')
  const unusable = (message: string): Failure => ({ _tag: 'StateUnusable', path: file, message })
  // One step after the other: they share the file, and each builds on what the one before left.
  let last: Promise<unknown> = Promise.resolve()
  let known: Ledger | undefined
  let lostAt: number | undefined
  const next = <A>(step: () => Promise<A>): Promise<A> => {
    const done = last.then(step)
    last = done.catch(() => undefined)
    return done
  }
  const readNow = async (): Promise<E.Either<Failure, Ledger>> => {
    const read = await readFrom(file, unusable, async () => {
      lostAt ??= (await wasUsed(dir)) ? Date.now() : undefined
      return emptyLedger(newKey(), lostAt)
    })
    known = E.isRight(read) ? read.right : undefined
    return read
  }
  return {
    read: () => () => next(readNow),
    update: (change) => () =>
      next(async () => {
        const before = known === undefined ? await readNow() : E.right(known)
        if (E.isLeft(before)) return before
        try {
          const after = change(before.right)
          await replace({ dir, file, text: encode(after) })
          known = after
          return E.right(after)
        } catch (thrown) {
          return E.left(
            unusable(`the ledger cannot be written (${codeOf(thrown)}); check space, owner and mode of its directory`),
          )
        }
      }),
    current: () => known,
  }
}

const readFrom = async (
  file: string,
  unusable: (message: string) => Failure,
  missing: () => Promise<Ledger>,
): Promise<E.Either<Failure, Ledger>> => {
  try {
    const decoded = decode(new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file)))
    return E.isLeft(decoded) ? E.left(unusable(`${decoded.left}; ${MOVE_AWAY}`)) : decoded
  } catch (thrown) {
    const code = codeOf(thrown)
    if (code === 'ENOENT') return E.right(await missing())
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return E.left(unusable(`the ledger is not text in UTF-8; ${MOVE_AWAY}`))
    return E.left(unusable(`the ledger cannot be read (${code}); check its owner and mode`))
  }
}

// A journal with lines in it is only where a ledger was written, or was about to be.
const wasUsed = async (dir: string): Promise<boolean> => {
  const journals = (await readdir(dir).catch(() => [])).filter((name) => /^journal(-\d+)?\.jsonl$/.test(name))
  const sizes = await Promise.all(
    journals.map((name) =>
      stat(join(dir, name)).then(
        ({ size }) => size,
        () => 1,
      ),
    ),
  )
  return sizes.some((size) => size > 0)
}

const MOVE_AWAY = 'move it away to begin with an empty one, then the reconciler only does less until it has learned anew'

// Not write-file-atomic: it takes no notice of a short write, and so puts half a ledger in place when the disk is full.
const replace = async ({ dir, file, text }: Readonly<Record<'dir' | 'file' | 'text', string>>): Promise<void> => {
  const fresh = `${file}.new`
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants
  const handle = await open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
  try {
    await handle.chmod(0o600)
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(fresh, file)
  await syncDirectory(dir)
}
