// Exhaustive cut points: each canonical plan is cut at every step of its run, by a kill, and what follows is lived under each recovery; with
// pairs, the run after the kill is cut at every step too. No promise may break, and all must end as in the same life without a kill.
import { type Canonical, PLANS } from './plans.ts'
import { type Hands, type Result, simulate } from './simulate.ts'

const HOUR = 3_600_000

/** What meets the life after the kill. */
const RECOVERIES = ['clean', 'stale view', 'row missing', 'edited by hand'] as const
export type Recovery = (typeof RECOVERIES)[number]

/** Those that a push has time for. */
const ON_PUSH: ReadonlyArray<Recovery> = ['clean', 'stale view']

/** The numbers of the steps after which the run, and the one after it, are cut; none where they are not. */
export type Cut = { readonly first: number | undefined; readonly second: number | undefined; readonly recovery: Recovery }

export type Steps = { readonly first: number; readonly second: number }

const NO_CUT: Cut = { first: undefined, second: undefined, recovery: 'clean' }
const SEED = 1
const BY_HAND = 'by hand'

const recover = ({ service, time }: Hands, recovery: Recovery): void => {
  const rest = { on: 'view', at: time.elapsed(), times: 1, until: Number.POSITIVE_INFINITY, roll: 0 } as const
  if (recovery === 'stale view' || recovery === 'row missing') service.plant({ ...rest, kind: recovery })
  if (recovery === 'edited by hand')
    service.byHand('PATCH', 'edit', 'account', { username: 'user-2@x.example', feedback_text: BY_HAND })
}

/** Lives a canonical plan under a cut, with whatever else happens; gives what came of it, and how many steps its runs had. */
export const live = async (
  plan: Canonical,
  cut: Cut,
  also: (hands: Hands) => void = () => undefined,
): Promise<{ readonly result: Result; readonly steps: Steps }> => {
  let [first, second] = [0, 0]
  let [cutLife, over]: [number | undefined, 'no' | 'first' | 'both'] = [undefined, 'no']
  const play = (hands: Hands): void => {
    const { time } = hands
    also(hands)
    time.after(plan.savedAt, () => hands.save(plan.next))
    let wasRunning = false
    time.watch(() => {
      if (time.elapsed() < plan.cutFrom || over === 'both') return
      const [isRunning, life] = [hands.isRunning(), hands.life()]
      if (cutLife === undefined) {
        if (!isRunning && wasRunning) over = 'both'
        if (isRunning) first += 1
        wasRunning = isRunning
        if (first !== cut.first) return
        cutLife = life
        wasRunning = false
        hands.kill()
        recover(hands, cut.recovery)
        return
      }
      if (life === undefined || life === cutLife) return
      if (!isRunning && wasRunning) over = 'both'
      if (isRunning) second += 1
      wasRunning = isRunning
      if (second !== cut.second) return
      over = 'both'
      hands.kill()
    })
  }
  const result = await simulate(SEED, { acts: [], faults: plan.faults }, { begun: plan.begun, lasts: 4 * HOUR, play })
  return { result, steps: { first, second } }
}

const unlike = (one: Result, other: Result): string | undefined => {
  for (const what of ['counts', 'left'] as const)
    for (const place of new Set([...one[what].keys(), ...other[what].keys()])) {
      // What somebody writes by hand into a field that nobody manages stays.
      const is = one[what].get(place)?.replace(BY_HAND, '')
      const was = other[what].get(place)
      if (is !== was && !(what === 'counts' && (is ?? '0 0 0') === (was ?? '0 0 0')))
        return `${place}: ${is}, without a kill ${was}`
    }
  return undefined
}

/** What is wrong with a life that was cut. */
export const faultOf = (plan: Canonical, cut: Cut, result: Result, calm: Result): ReadonlyArray<string> => {
  const [violation] = result.violations
  const why = violation === undefined ? unlike(result, calm) : `${violation.promise}: ${violation.text}`
  const where = `${plan.name}, cut after step ${cut.first}${cut.second === undefined ? '' : ` and ${cut.second}`}, ${cut.recovery}`
  return why === undefined ? [] : [`${where}: ${why}`]
}

export type Tally = { readonly lives: number; readonly faults: ReadonlyArray<string> }

const PARTS_OF = (all: ReadonlyArray<Canonical>, part: number, parts: number) => all.filter((_, n) => n % parts === part)

/** Cuts every plan of a part at every step, under every recovery; with `pairs` the run after it too, where nothing else happens. */
export const cutAll = async (pairs: boolean, part = 0, parts = 1): Promise<Tally> => {
  let lives = 0
  const faults: Array<string> = []
  for (const plan of PARTS_OF(PLANS, part, parts)) {
    const { result: calm, steps } = await live(plan, NO_CUT)
    faults.push(...faultOf(plan, NO_CUT, calm, calm))
    for (let first = 1; first <= steps.first; first += 1)
      for (const recovery of pairs ? RECOVERIES : ON_PUSH) {
        const cut: Cut = { first, second: undefined, recovery }
        const once = await live(plan, cut)
        lives += 1
        faults.push(...faultOf(plan, cut, once.result, calm))
        if (!pairs || recovery !== 'clean') continue
        for (let second = 1; second <= once.steps.second; second += 1) {
          const twice: Cut = { ...cut, second }
          lives += 1
          faults.push(...faultOf(plan, twice, (await live(plan, twice)).result, calm))
        }
      }
  }
  return { lives, faults }
}
