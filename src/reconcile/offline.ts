// Planning from a saved snapshot: no key, no ledger, no digest.
import { readSnapshot } from '../config/snapshot.ts'
import type { Failure } from '../domain/failure.ts'
import { emptyLedger } from '../domain/ledger.ts'
import type { Plan } from '../domain/plan.ts'
import type { Observed } from '../domain/planning.ts'
import { makePlan } from '../domain/planning.ts'
import type { Scope } from '../domain/scope.ts'
import type { Glob } from '../domain/username.ts'
import { E } from '../fp.ts'
import type { Clock, Crypto } from '../ports.ts'
import type { Config } from './plan.ts'
import { printsOf } from './plan.ts'

type Ports = { readonly clock: Clock; readonly crypto: Crypto }
type Ask = { readonly text: string; readonly user: Glob | undefined; readonly scopes: ReadonlySet<Scope> | undefined }

/** The plan that this config would have if the service showed what the snapshot says. */
export const planOffline = ({ clock, crypto }: Ports, config: Config, { text, user, scopes }: Ask): E.Either<Failure, Plan> => {
  const states = readSnapshot(text)
  if (E.isLeft(states)) {
    const problem = {
      file: '--live',
      line: undefined,
      column: undefined,
      path: '',
      message: states.left,
      hint: undefined,
      excerpt: undefined,
    }
    return E.left({ _tag: 'ConfigInvalid', problems: [problem] })
  }
  const seen = new Map(states.right.map((live): [Scope, Observed] => [live.scope, { _tag: 'Seen', live }]))
  const missing = (one: Scope): Observed => ({
    _tag: 'Unseen',
    error: { kind: 'unreachable', message: `the snapshot holds no ${one}` },
  })
  const planned = makePlan({
    desired: config.desired,
    configDigest: config.digest,
    observed: new Map(config.desired.scopes.map((one) => [one.scope, seen.get(one.scope) ?? missing(one.scope)])),
    ledger: emptyLedger(''),
    prints: printsOf(crypto, config.desired, ''),
    now: clock.now().getTime(),
    person: true,
    digest: undefined,
    user,
    scopes,
    approveWith: () => '',
    offline: true,
    frozen: undefined,
  })
  return E.right(planned.plan)
}
