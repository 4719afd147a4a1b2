// What the service says of a key, written down as soon as it is said, and not only when the run is over: who is killed in between would leave the
// next process to ask a refused key at once (S11).
import type { ApiFailure } from '../domain/basics/failure.ts'
import { neverLeft } from '../domain/basics/failure.ts'
import type { KeyMemory } from '../domain/memory/ledger.ts'
import { pauseAfter } from '../domain/memory/pause.ts'
import { E, type TE } from '../fp.ts'
import type { Accounts, Clock, Connection, Crypto, Ledgers } from '../ports.ts'

type Ports = {
  readonly ledgers: Pick<Ledgers, 'update'>
  readonly clock: Pick<Clock, 'now'>
  readonly crypto: Pick<Crypto, 'random'>
}

/** A connection for one run, with which no request is over before it is written down that the key has to rest. */
export const restingAtOnce = (
  { ledgers, clock, crypto }: Ports,
  { keyPrint, accounts, ...rest }: Connection<Accounts>,
): Connection<Accounts> => {
  const told = new Set<KeyMemory['why']>()
  let before: { readonly memory: KeyMemory | undefined } | undefined
  const note = async (failure: ApiFailure): Promise<void> => {
    const pauseFrom = (memory: KeyMemory | undefined) => pauseAfter(memory, failure, clock.now().getTime(), crypto.random())
    const why = pauseFrom(undefined)?.why
    if (why === undefined || told.has(why)) return
    told.add(why)
    // Where it cannot be written down the end of the run says so, which counts anew from what was known before the run.
    await ledgers.update((ledger) => {
      const known = ledger.keys.get(keyPrint)
      before ??= { memory: known }
      const next = pauseFrom(before.memory)
      const isLonger = next !== undefined && next.notBefore > (known?.notBefore ?? 0)
      return isLonger ? { ...ledger, keys: new Map(ledger.keys).set(keyPrint, next) } : ledger
    })()
  }
  const noted =
    <A>(call: TE.TaskEither<ApiFailure, A>): TE.TaskEither<ApiFailure, A> =>
    async () => {
      const answer = await call()
      if (E.isLeft(answer) && !neverLeft(answer.left)) await note(answer.left)
      return answer
    }
  return {
    ...rest,
    keyPrint,
    accounts: {
      ...accounts,
      list: (scope, wish) => noted(accounts.list(scope, wish)),
      subaccounts: (wish) => noted(accounts.subaccounts(wish)),
      perform: (scope, edit, wish) => noted(accounts.perform(scope, edit, wish)),
    },
  }
}
