// Reads for a command that looks for one person: they end the moment that the program is to end, whatever the service takes, and what waits for
// its turn stays.
import type { ApiFailure, Failure } from '../domain/basics/failure.ts'
import { E, pipe, TE } from '../fp.ts'
import type { AccountReader, Connect } from '../ports.ts'
import { whenAborted } from '../reconcile/aborted.ts'

const STOPPED: ApiFailure = { _tag: 'Unreachable', message: 'stopped before the service had answered', sent: 'perhaps' }

/** What a command comes to that was stopped before it had looked. */
export const stopped: Failure = { _tag: 'Api', failure: STOPPED }

/** The same way to the service, for as long as nobody stops us. */
export const untilStopped = (connect: Connect<AccountReader>, signal: AbortSignal): Connect<AccountReader> => {
  const stop = new Promise<E.Either<ApiFailure, never>>((settle) => {
    const end = (): void => settle(E.left(STOPPED))
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
  const read =
    <A>(work: TE.TaskEither<ApiFailure, A>): TE.TaskEither<ApiFailure, A> =>
    () =>
      Promise.race([work(), stop])
  const reader = ({ list, subaccounts, permissions }: AccountReader): AccountReader => ({
    list: (scope) => read(list(scope, { signal })),
    subaccounts: () => read(subaccounts({ signal })),
    permissions: () => read(permissions({ signal })),
  })
  return (api) =>
    pipe(
      connect(api),
      TE.map((connection) => ({ ...connection, accounts: reader(connection.accounts) })),
    )
}

/** What is read, for as long as nobody stops us: reading changes nothing, so it may be left at whatever it waits for. */
export const unlessStopped =
  <A>(signal: AbortSignal, reading: TE.TaskEither<Failure, A>): TE.TaskEither<Failure, A> =>
  async () => {
    const over = new AbortController()
    const stop = whenAborted(signal, over.signal).then(() => E.left<Failure>({ _tag: 'Stopped' }))
    try {
      return await Promise.race([stop, reading()])
    } finally {
      over.abort()
    }
  }
