// Stations 5 to 9: from the config and the world to the plan. Needs a reader only, so that `plan` cannot write.
import type { DesiredState } from '../domain/desired.ts'
import type { Failure } from '../domain/failure.ts'
import type { Planned } from '../domain/planning.ts'
import { planning } from '../domain/planning.ts'
import type { Prints } from '../domain/prints.ts'
import type { Scope } from '../domain/scope.ts'
import type { Undo } from '../domain/undo.ts'
import type { Glob } from '../domain/username.ts'
import { pipe, TE } from '../fp.ts'
import type { AccountReader, Connect, Crypto } from '../ports.ts'
import type { ObservePorts, Sight } from './observe.ts'
import { observe } from './observe.ts'
import { inTurns } from './turns.ts'

/** A config, decoded and resolved as a whole, with the digest of its texts. */
export type Config = { readonly desired: DesiredState; readonly digest: string }

/** What is asked of a plan. */
export type Ask = {
  readonly user: Glob | undefined
  readonly scopes: ReadonlySet<Scope> | undefined
  readonly digest: string | undefined
  /** A person stands behind this run. */
  readonly person: boolean
  /** A person asks for it now: what they need not wait for is not waited for. */
  readonly atOnce?: boolean | undefined
  /** Why nothing may be written although the mode is enforce. */
  readonly frozen: string | undefined
  /** A run whose before-values are planned instead of what the config says. */
  readonly undo?: Undo | undefined
  /** Aborted when nobody waits for the plan any more. */
  readonly signal?: AbortSignal | undefined
  /** The command that approves a digest; nothing where a part of a scope cannot be approved by itself. */
  readonly approveWith: (digest: string) => string | undefined
  /** The options with which a quoted command finds us. */
  readonly reachedBy?: string | undefined
}

export type Considered<A extends AccountReader> = Planned & {
  readonly sight: Sight<A>
  readonly prints: Prints
  readonly now: number
}

/** Looks, and plans. */
export const consider = <A extends AccountReader>(
  ports: Omit<ObservePorts, 'connect'> & { readonly connect: Connect<A> },
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
      const planned = await inTurns(ports.clock, planning(facts))
      return { ...planned, sight, prints, now }
    }),
  )

/** How values are printed in this run. */
export const printsOf = (crypto: Crypto, desired: DesiredState, ledgerKey: string): Prints => ({
  sha256: crypto.sha256,
  ledgerHash: (secret) => crypto.ledgerHash(ledgerKey, secret),
  digestHash: (secret) => crypto.digestHash(desired.api.key, secret),
})
