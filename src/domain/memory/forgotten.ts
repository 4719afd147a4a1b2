// A memory that was lost. Where the ledger is gone, S10 counts from the new one. One that was put back can be read, and is older than the last
// one written in its place: holds, protections and refusals of later are not in it, so for a day every change waits for a person.
import { DAY } from '../basics/time.ts'
import type { Forgotten, Ledger, ScopeMemory } from './ledger.ts'
import { wayOut } from './our-block.ts'
import type { Leaving, UserMemory } from './user-memory.ts'

/** What may still be relied on in a ledger that was found to be put back: nothing that was agreed to or under way. */
export const putBack = (ledger: Ledger, at: number): Ledger => ({
  ...ledger,
  forgotten: { how: 'put_back', at },
  // They may have been used up since.
  approvals: [],
  believed: new Map(),
  scopes: new Map([...ledger.scopes].map(([scope, memory]) => [scope, unsettled(memory, at)])),
})

const unsettled = (memory: ScopeMemory, at: number): ScopeMemory => ({
  ...memory,
  users: new Map([...memory.users].map(([username, user]) => [username, undecided(user, at)])),
})

// What was under way has ended meanwhile, one way or the other, and somebody may have stopped a grace that was running.
const undecided = (user: UserMemory, at: number): UserMemory => {
  const way = wayOut(user)
  return {
    ...user,
    pending: undefined,
    block: undefined,
    ourBlock: way === undefined ? user.ourBlock : anew(way, at),
    replaced: user.replaced === undefined ? undefined : anew(user.replaced, at),
  }
}

const anew = <A extends Leaving>(leaving: A, at: number): A => ({ ...leaving, elapsedMs: 0, countedAt: at })

/** Whether a ledger that was put back still lacks a person's word. */
export const isPutBack = (forgotten: Forgotten | undefined, now: number): boolean =>
  forgotten?.how === 'put_back' && now - forgotten.at < DAY

/** What is left of a loss after a run: nothing once a person stood behind a whole one, or a day has passed. */
export const afterLoss = (
  forgotten: Forgotten | undefined,
  { now, byPerson }: { readonly now: number; readonly byPerson: boolean },
): Forgotten | undefined => (forgotten === undefined || byPerson || now - forgotten.at >= DAY ? undefined : forgotten)
