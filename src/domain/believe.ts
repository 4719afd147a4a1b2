// Whether a live answer is believable. An empty or halved answer is no plan: nothing is written until it recovers or a person vouches for it.
import { shellWord } from './command.ts'
import { counted } from './counted.ts'
import type { ScopeMemory } from './ledger.ts'
import type { LiveState } from './live.ts'
import type { ScopeError } from './plan.ts'
import { ALL_SUBACCOUNTS } from './scope.ts'

type Facts = {
  readonly live: LiveState
  readonly memory: ScopeMemory | undefined
  /** Print of the key and endpoint in use. */
  readonly origin: string
  /** Until when a person vouched for the answer of this scope. */
  readonly vouchedUntil: number
  readonly now: number
}

/** Why an answer is not believed; `undefined` where it is. */
export const disbelief = ({ live, memory, origin, vouchedUntil, now }: Facts): ScopeError | undefined => {
  if (memory === undefined || memory.lastSeen.length === 0 || now < vouchedUntil) return undefined
  const before = memory.lastSeen.length
  const still = stillThere(memory.lastSeen, live)
  if (still * 2 >= before) return undefined
  const thing = live.scope === ALL_SUBACCOUNTS ? 'subaccount' : 'user'
  const approve = `approve --live ${shellWord(live.scope)}`
  if (memory.origin !== origin) {
    return {
      kind: 'identity_mismatch',
      message: `the key or endpoint changed and only ${still} of ${counted(before, `remembered ${thing}`)} are there: this may be another account; if it is right: ${approve}`,
    }
  }
  return {
    kind: 'suspicious_answer',
    message: `the service shows ${still} of ${counted(before, thing)} last seen; ${live.scope === ALL_SUBACCOUNTS ? 'those known go on' : 'nothing is written here'} until that recovers; if it is right: ${approve}`,
  }
}

/** How a second answer of one run has lost half of the users of the first; `undefined` where it has not. */
export const shrunk = (before: ReadonlyArray<string>, live: LiveState): string | undefined => {
  const still = stillThere(before, live)
  return still * 2 >= before.length
    ? undefined
    : `the service shows ${still} of ${counted(before.length, 'user')} seen a moment ago`
}

// Counted by name: as many other users are another account, not this one.
const stillThere = (before: ReadonlyArray<string>, live: LiveState): number => {
  const names = new Set(live.users.map((user) => user.username))
  return before.filter((username) => names.has(username)).length
}
