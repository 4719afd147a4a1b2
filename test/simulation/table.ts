// The table of all that goes wrong: each kind of fault meets each kind of request that can meet it, alone, in a life whose plan makes such a
// request. No promise may break, and all must end as in the same life without the fault.
import { faultOf, live } from './cuts.ts'
import { canMeet, type Endpoint, type FaultKind, KINDS } from './faults.ts'
import { type Canonical, FULL_EDIT, PLANS } from './plans.ts'
import type { Hands, Result } from './simulate.ts'

/** The plan whose run makes a request of each kind; `undefined` where no run does, but a person. */
const PLAN_OF: { readonly [E in Endpoint]: string | undefined } = {
  view: 'patch one',
  add: 'add',
  edit: 'patch one',
  remove: 'remove after grace',
  search: 'two scopes, searched for',
  permissions: undefined,
}
const NO_CUT = { first: undefined, second: undefined, recovery: 'clean' } as const

export type Cell = {
  readonly on: Endpoint
  readonly kind: FaultKind
  /** The plan, where it is another one than that of the endpoint. */
  readonly by?: string
}

const isEndpoint = (on: string): on is Endpoint => on in PLAN_OF

/** What a full edit meets: it may have been made, or not, or more than once. One that was made otherwise than asked leaves what nobody can repair. */
const OF_FULL_EDITS: ReadonlyArray<FaultKind> = [
  'reset after',
  'time-out after',
  'late apply',
  'reset and late apply',
  '504 after',
  'cut short',
  'acknowledged, not done',
  'done twice',
  'another user in the answer',
  'killed meanwhile',
]

/** All cells. */
export const CELLS: ReadonlyArray<Cell> = [
  ...Object.keys(PLAN_OF)
    .filter(isEndpoint)
    .flatMap((on) => KINDS.filter((kind) => canMeet(on, kind)).map((kind) => ({ on, kind }))),
  ...OF_FULL_EDITS.map((kind): Cell => ({ on: 'edit', kind, by: FULL_EDIT })),
]

const planOf = ({ on, by }: Cell): Canonical => {
  const plan = PLANS.find(({ name }) => name === (by ?? PLAN_OF[on] ?? 'patch one'))
  if (plan === undefined) throw new Error(`no plan makes a request of ${on}`)
  return plan
}

/** Lives these cells; what is wrong with them, where they are not even met that. */
export const wrongIn = async (cells: ReadonlyArray<Cell>): Promise<ReadonlyArray<string>> => {
  const calms = new Map<Canonical, Result>()
  const wrong: Array<string> = []
  for (const one of cells) {
    const { on, kind } = one
    const plan = planOf(one)
    const calm = calms.get(plan) ?? (await live(plan, NO_CUT)).result
    calms.set(plan, calm)
    const fault = { kind, on, at: plan.cutFrom, times: 1, until: Number.POSITIVE_INFINITY, roll: 1 }
    const asks = (hands: Hands): void => void (on === 'permissions' && hands.time.after(plan.cutFrom, () => hands.ask(kind)))
    const { result } = await live({ ...plan, faults: [fault] }, NO_CUT, asks)
    const cell = `${kind} ${on}`
    if (!result.met.has(cell)) wrong.push(`${cell} did not occur`)
    wrong.push(...faultOf(plan, NO_CUT, result, calm).map((what) => `${cell}: ${what}`))
  }
  return wrong
}
