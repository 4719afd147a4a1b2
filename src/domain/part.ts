// Parts: what one user, or one job over many, adds to the draft of a scope, and what all of them come to.
import type { Draft } from './draft.ts'
import { isWhole } from './edit.ts'
import { goesWhole } from './plan.ts'

/** What one user adds to the draft. */
export type Part = Partial<
  Pick<Draft, 'due' | 'withheld' | 'findings' | 'unlisted' | 'unobservable' | 'assumed' | 'inSync' | 'ignored'>
>

/** A user that is as it should be, and one of whom there is nothing to say: most are, so that they share these. */
export const IN_SYNC: Part = { inSync: 1 }
export const SILENT: Part = {}

// Most users have nothing to say.
const isTelling = ({ due, withheld, findings, unlisted, unobservable, assumed }: Part): boolean =>
  (due ?? withheld ?? findings ?? unlisted ?? unobservable ?? assumed) !== undefined

/** The draft that parts come to, in their order. */
export const draftOf = (parts: ReadonlyArray<Part>, scene: Omit<Draft, keyof Part>): Draft => ({ ...gathered(parts), ...scene })

const gathered = (parts: ReadonlyArray<Part>): Required<Part> => {
  let [inSync, ignored] = [0, 0]
  const telling: Array<Part> = []
  for (const part of parts) {
    inSync += part.inSync ?? 0
    ignored += part.ignored ?? 0
    if (isTelling(part)) telling.push(part)
  }
  const all = <A>(of: (part: Part) => ReadonlyArray<A> | undefined): ReadonlyArray<A> => telling.flatMap((part) => of(part) ?? [])
  return {
    due: all((part) => part.due),
    withheld: all((part) => part.withheld),
    findings: all((part) => part.findings),
    unlisted: all((part) => part.unlisted),
    unobservable: all((part) => part.unobservable),
    assumed: all((part) => part.assumed),
    inSync,
    ignored,
  }
}

/** What is due of a user on its way out, and what rules set, as one change. A full edit waits until the user is blocked. */
export const together = (leaving: Part, ruled: Part): Part => {
  const [block, edit] = [leaving.due?.[0], ruled.due?.[0]]
  const joined = <A>(one: ReadonlyArray<A> = [], other: ReadonlyArray<A> = []): ReadonlyArray<A> => [...one, ...other]
  const both = {
    ...leaving,
    ...ruled,
    inSync: 0,
    withheld: joined(leaving.withheld, ruled.withheld),
    findings: joined(leaving.findings, ruled.findings),
  }
  if (block === undefined || edit === undefined) return { ...both, due: joined(leaving.due, ruled.due) }
  const waits = isWhole({ fields: edit.fields, mode: goesWhole(edit) ? 'full' : 'auto' })
  if (block.change !== 'block' || waits) return { ...both, due: [block] }
  const fields = [...edit.fields.filter(({ field }) => field !== 'status'), ...block.fields]
  return { ...both, due: [{ ...block, fields }] }
}
