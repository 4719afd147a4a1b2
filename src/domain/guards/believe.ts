// Whether a live answer is believable. An empty or halved answer is no plan: nothing is written until it recovers or a person vouches for it.
// The word is for the answer that was doubted: one that shows less again is doubted again, and with the first that is believed it is used up.
import { saying, shellWord } from '../basics/command.ts'
import { counted } from '../basics/counted.ts'
import { onceEach } from '../basics/once.ts'
import { isTriedOut } from '../basics/origin.ts'
import { type Ledger, newScope, type ScopeMemory, type Vouched } from '../memory/ledger.ts'
import type { ScopeError } from '../plan/plan.ts'
import type { Observed } from '../planning/planning.ts'
import { type LiveState, namesOf, usersByName } from '../user/live.ts'
import type { Print } from '../user/prints.ts'
import { ALL_SUBACCOUNTS, type Scope } from '../wanted/scope.ts'

type Facts = {
  readonly live: LiveState
  readonly memory: ScopeMemory | undefined
  /** Print of the key and endpoint in use. */
  readonly origin: Print
  /** What a person vouched for in this scope. */
  readonly vouched: Vouched | undefined
  readonly now: number
}

/** The names that a person's word stands for now; nothing where there is none, or where it was for another key or endpoint. */
export const vouchedNames = ({ vouched, origin, now }: Omit<Facts, 'live' | 'memory'>): ReadonlyArray<string> | undefined =>
  vouched !== undefined && vouched.origin === origin && now < vouched.until ? vouched.names : undefined

/** Why an answer is not believed; `undefined` where it is. */
export const disbelief = ({ live, memory, origin, vouched, now }: Facts): ScopeError | undefined => {
  if (memory === undefined || !isHalved(memory, live)) return undefined
  const word = vouchedNames({ vouched, origin, now })
  if (word !== undefined && stillThere(word, live) * 2 >= word.length) return undefined
  const expected = staying(memory, memory.lastSeen)
  const before = expected.length
  const still = stillThere(expected, live)
  const thing = live.scope === ALL_SUBACCOUNTS ? 'subaccount' : 'user'
  const approve = { purpose: 'if it is right', line: `approve --live ${shellWord(live.scope)}` }
  if (memory.origin !== origin) {
    return {
      kind: 'identity_mismatch',
      ...saying(
        `the key or endpoint changed and only ${still} of ${counted(before, `remembered ${thing}`)} are there: this may be another account`,
        approve,
      ),
    }
  }
  return {
    kind: 'suspicious_answer',
    ...saying(
      `the service shows ${still} of ${counted(before, thing)} last seen; ${live.scope === ALL_SUBACCOUNTS ? 'those known go on' : 'nothing is written here'} until that recovers`,
      approve,
    ),
  }
}

/** Users that a later answer of a run has to show the half of. */
export type Expected = { readonly names: ReadonlyArray<string>; readonly since: 'seen a moment ago' | 'last seen' }

/**
 * Whom later answers of a run are compared with: those of its first look, and those of the run before, since half of a half is no half. Where a
 * person vouched for a first look that shows fewer, it stands alone.
 */
export const expectedOf = (memory: ScopeMemory | undefined, live: LiveState): ReadonlyArray<Expected> => {
  const now: Expected = { names: staying(memory, namesOf(live)), since: 'seen a moment ago' }
  if (memory === undefined || memory.lastSeen === namesOf(live) || isHalved(memory, live)) return [now]
  return [now, { names: staying(memory, memory.lastSeen), since: 'last seen' }]
}

/** How an answer has lost half of the users that it should show; `undefined` where it has not. `gone`: whom this run may have removed. */
export const shrunk = ({ names, since }: Expected, live: LiveState, gone: ReadonlySet<string>): string | undefined => {
  const staying = gone.size === 0 ? names : names.filter((name) => !gone.has(name))
  // Of those of the run before others may have gone, too, and the first look was believed with them: our own removals must not tip that.
  const removed = since === 'last seen' ? names.length - staying.length : 0
  const still = stillThere(staying, live)
  return (still + removed) * 2 >= staying.length + removed
    ? undefined
    : `not believed: the service shows ${still} of ${counted(staying.length, 'user')} ${since}`
}

type Seen = { readonly observed: ReadonlyMap<Scope, Observed>; readonly origin: Print; readonly now: number }

/**
 * The ledger where a person's word let in another account, as far as anybody can tell it from the one before, or where the service itself follows on
 * a stand-in: what is remembered of users is of others that have the same names. What the config said before, who is protected and which caps are used up still only makes us do less.
 */
export const letIn = (ledger: Ledger, { observed, origin, now }: Seen): Ledger => {
  const begun = [...ledger.scopes].flatMap(([scope, memory]) => {
    const seen = observed.get(scope)
    if (memory.origin === origin || seen?._tag !== 'Seen') return []
    if (!isTriedOut(memory.origin, origin) && !isHalved(memory, seen.live)) return []
    const { listed, files, ends, protected: names, spent, findings } = memory
    return [[scope, { ...newScope(now, origin), listed, files, ends, protected: names, spent, findings }] as const]
  })
  return begun.length === 0 ? ledger : { ...ledger, scopes: new Map([...ledger.scopes, ...begun]) }
}

/** What a run looked at: the vouched answers that it found, the scopes that it believed, and the names in the answers that wait for a word. */
export type Believed = {
  readonly found: Ledger['believed']
  readonly shown: ReadonlyArray<Scope>
  readonly doubts: ReadonlyMap<Scope, ReadonlyArray<string>>
  readonly origin: Print
}

/** After a run: what waits for a person's word, and whose word is used up. */
export const afterDoubts = (ledger: Ledger, { found, shown, doubts, origin }: Believed): Ledger => {
  const doubted = [...doubts].flatMap(([scope, names]) => {
    const memory = ledger.scopes.get(scope)
    return memory === undefined ? [] : [[scope, { ...memory, doubted: { names, origin } }] as const]
  })
  // A word of meanwhile is for what this run did not look at.
  const isUsed = (scope: Scope, { until }: Vouched): boolean => shown.includes(scope) && found.get(scope)?.until === until
  return {
    ...ledger,
    believed: new Map([...ledger.believed].filter(([scope, word]) => !isUsed(scope, word))),
    scopes: new Map([...ledger.scopes, ...doubted]),
  }
}

/** Those of some users that should still be there. L5: whom we were removing may be gone since, also where nobody lived to see it. */
const staying = (memory: ScopeMemory | undefined, names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const leaving = memory === undefined ? NOBODY : removedIn(memory.users)
  return leaving.size === 0 ? names : names.filter((name) => !leaving.has(name))
}

const NOBODY: ReadonlySet<string> = new Set()
const removedIn = onceEach((users: ScopeMemory['users']): ReadonlySet<string> => {
  const leaving = new Set<string>()
  for (const [name, { pending }] of users) if (pending?.change === 'remove') leaving.add(name)
  return leaving
})

/** Whether fewer than half of the users last seen are there. */
const isHalved = (memory: ScopeMemory, live: LiveState): boolean => {
  const expected = staying(memory, memory.lastSeen)
  return stillThere(expected, live) * 2 < expected.length
}

// Counted by name: as many other users are another account, not this one.
const stillThere = (before: ReadonlyArray<string>, live: LiveState): number => {
  if (before === namesOf(live)) return before.length
  const users = usersByName(live)
  return before.filter((username) => users.has(username)).length
}
