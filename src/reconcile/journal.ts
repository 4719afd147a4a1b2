// The journal for whoever relies on it: read part by part, and checked while it is read.
import type { Failure } from '../domain/basics/failure.ts'
import { type Chain, continued, follow, goneFrom, type JournalPart, type Misfit, whole } from '../domain/journal/chain.ts'
import { E, type TE } from '../fp.ts'
import type { JournalReader } from '../ports.ts'

/** How the journal stands: how far it holds, and the first line that does not fit. */
export type Checked = { readonly chain: Chain; readonly misfit: Misfit | undefined }

type Reading = {
  /** All of it from its first line on, or the last file, whatever was before it. */
  readonly files: 'all' | 'last'
  /** The last line that counts; absent: all do. */
  readonly upTo?: number
  /** Gets each part after that line, unchecked; absent: they are not read. */
  readonly after?: (part: JournalPart) => void
  /** Gets each part with how the journal stands then, until it has had enough. */
  readonly take: (part: JournalPart, checked: Checked) => boolean
}

/** Reads the journal; what comes after it had enough is neither read nor missed. */
export const readChecked =
  (journal: JournalReader, { files, upTo = Number.MAX_SAFE_INTEGER, after, take }: Reading): TE.TaskEither<Failure, Checked> =>
  async () => {
    let checked: Checked = { chain: files === 'all' ? whole : continued, misfit: undefined }
    let isRead = true
    let isOver = false
    const isEnough = (part: JournalPart): boolean => part._tag === 'Line' && (checked.chain.end?.seq ?? 0) >= upTo
    const read = await journal.read(files, (part) => {
      isRead = false
      if (isOver || isEnough(part)) {
        isOver = true
        after?.(part)
        return after !== undefined && part._tag !== 'Endless'
      }
      if (checked.misfit === undefined) {
        const next = follow(checked.chain, part)
        checked = E.isLeft(next) ? { ...checked, misfit: next.left } : { chain: next.right, misfit: undefined }
      }
      isRead = take(part, checked)
      isOver = isRead && isEnough(part)
      if (!isOver) return isRead
      isRead = false
      return after !== undefined
    })()
    if (E.isLeft(read)) return read
    return E.right({ ...checked, misfit: checked.misfit ?? (isRead ? goneFrom(checked.chain) : checked.chain.rewound) })
  }
