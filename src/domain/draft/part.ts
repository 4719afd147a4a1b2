// Parts: what one user, or one job over many, adds to the draft of a scope, and what all of them come to.
import { atOnce, each, type Work } from '../basics/work.ts'
import { isWhole } from '../plan/edit.ts'
import { goesWhole } from '../plan/plan.ts'
import type { Context } from './diff.ts'
import type { Draft } from './draft.ts'
import { refusal } from './vain.ts'

/** What one user adds to the draft. */
export type Part = Partial<
  Pick<Draft, 'due' | 'withheld' | 'findings' | 'unlisted' | 'unobservable' | 'assumed' | 'inSync' | 'ignored'>
>

/** A user that is as it should be, and one of whom there is nothing to say: most are, so that they share these. */
export const IN_SYNC: Part = { inSync: 1 }
export const SILENT: Part = {}

/** The draft that parts come to, in their order. */
export const draftOf = (parts: ReadonlyArray<Part>, scene: Omit<Draft, keyof Part>): Draft => atOnce(drafting(parts, scene))

/** The same in steps: where all users have changed, all of them have something to say. */
export function* drafting(parts: ReadonlyArray<Part>, scene: Omit<Draft, keyof Part>): Work<Draft> {
  let [inSync, ignored] = [0, 0]
  const due: Array<Draft['due'][number]> = []
  const withheld: Array<Draft['withheld'][number]> = []
  const findings: Array<Draft['findings'][number]> = []
  const unlisted: Array<Draft['unlisted'][number]> = []
  const unobservable: Array<Draft['unobservable'][number]> = []
  const assumed: Array<Draft['assumed'][number]> = []
  yield* each(parts, (part) => {
    inSync += part.inSync ?? 0
    ignored += part.ignored ?? 0
    add(due, part.due)
    add(withheld, part.withheld)
    add(findings, part.findings)
    add(unlisted, part.unlisted)
    add(unobservable, part.unobservable)
    add(assumed, part.assumed)
  })
  return { due, withheld, findings, unlisted, unobservable, assumed, inSync, ignored, ...scene }
}

// Spread, many would not fit the stack.
const add = <A>(to: Array<A>, some: ReadonlyArray<A> = []): void => {
  for (const one of some) to.push(one)
}

/**
 * What is due of a user on its way out, and what rules set, as one change. A full edit waits until the user is blocked, and what the service refuses
 * together with the block lets that go alone.
 */
export const together = (context: Context, leaving: Part, ruled: Part): Part => {
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
  const asOne = { ...block, fields }
  const refused = refusal(context, asOne)
  return refused === undefined
    ? { ...both, due: [asOne] }
    : { ...both, due: [block], withheld: [...both.withheld, { ...refused, change: edit }] }
}
