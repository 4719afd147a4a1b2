// From the config and the world to the plan. Needs a reader only, so that `plan` cannot write.
import type { Failure } from '../domain/basics/failure.ts'
import type { PlanAsk, Planned } from '../domain/planning/planning.ts'
import { planning } from '../domain/planning/planning.ts'
import type { Prints } from '../domain/user/prints.ts'
import type { DesiredState } from '../domain/wanted/desired.ts'
import { pipe, TE } from '../fp.ts'
import type { AccountReader, Crypto } from '../ports.ts'
import type { LookAsk, ObservePorts, Sight } from './observe.ts'
import { observe } from './observe.ts'

/** A config, decoded and resolved as a whole, with the digest of its texts. */
export type Config = { readonly desired: DesiredState; readonly digest: string; readonly isOutline?: never }

/** The same without its secrets, for which something stands: whoever writes, or asks the service, takes none. */
export type Outline = Omit<Config, 'isOutline'> & { readonly isOutline: true }

/** Loads the config with its secrets, or only the outline of it. */
export type LoadEither = {
  (secrets: 'resolve'): TE.TaskEither<Failure, Config>
  (secrets: 'references'): TE.TaskEither<Failure, Outline>
}

/** What is asked of a look and of the plan that is made of it. */
export type Ask = PlanAsk & LookAsk

export type Considered<A extends AccountReader> = Planned & {
  readonly sight: Sight<A>
  readonly prints: Prints
  readonly now: number
}

/** Looks, and plans. */
export const consider = <A extends AccountReader>(
  ports: ObservePorts<A>,
  config: Config,
  ask: Ask,
): TE.TaskEither<Failure, Considered<A>> =>
  pipe(
    observe(ports, config.desired, ask),
    TE.chainTaskK((sight) => async () => {
      await ports.clock.turn()
      const now = ports.clock.now().getTime()
      const prints = printsOf(ports.crypto, config.desired, sight.ledger.key)
      const { ledger, observed, desired, search } = sight
      const facts = { ...ask, desired, search, configDigest: config.digest, observed, ledger, prints, now, offline: false }
      const planned = await ports.clock.inTurns(planning(facts))
      return { ...planned, sight, prints, now }
    }),
  )

/** How values are printed in this run. */
export const printsOf = (crypto: Crypto, desired: DesiredState, ledgerKey: string): Prints => ({
  sha256: crypto.sha256,
  ledgerHash: (secret) => crypto.ledgerHash(ledgerKey, secret),
  digestHash: (secret) => crypto.digestHash(desired.api.key, secret),
})
