// Planning from a saved snapshot: no key, no ledger, no digest.
import { readSnapshot } from '../config/snapshot.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { emptyLedger } from '../domain/memory/ledger.ts'
import type { Plan, ScopeError } from '../domain/plan/plan.ts'
import type { Observed } from '../domain/planning/planning.ts'
import { makePlan } from '../domain/planning/planning.ts'
import type { Glob } from '../domain/user/username.ts'
import type { Scope } from '../domain/wanted/scope.ts'
import { covered, noneOf, type Search, type Subaccount } from '../domain/wanted/subaccount.ts'
import { E } from '../fp.ts'
import type { Clock, Crypto } from '../ports.ts'
import type { Outline } from './plan.ts'
import { printsOf } from './plan.ts'

type Ports = { readonly clock: Clock; readonly crypto: Crypto }
type Ask = { readonly text: string; readonly user: Glob | undefined; readonly scopes: ReadonlySet<Scope> | undefined }

/** The plan that this config would have if the service showed what the snapshot says. */
export const planOffline = ({ clock, crypto }: Ports, config: Outline, { text, user, scopes }: Ask): E.Either<Failure, Plan> => {
  const snapshot = readSnapshot(text)
  if (E.isLeft(snapshot)) return E.left({ _tag: 'InputUnusable', path: '--live', message: snapshot.left })
  const { states, subaccounts } = snapshot.right
  const ledger = emptyLedger('')
  const search = config.desired.coverage === undefined ? undefined : searchIn(subaccounts)
  const desired = covered(config.desired, search, ledger)
  const none = noneOf(scopes, desired, search)
  if (none !== undefined) return E.left({ _tag: 'WrongUsage', message: none })
  const seen = new Map(states.map((live): [Scope, Observed] => [live.scope, { _tag: 'Seen', live }]))
  const missing = (one: Scope): Observed => ({
    _tag: 'Unseen',
    error: { kind: 'unreachable', message: `the snapshot holds no ${one}` },
  })
  const planned = makePlan({
    desired,
    search,
    configDigest: config.digest,
    observed: new Map(desired.scopes.map((one) => [one.scope, seen.get(one.scope) ?? missing(one.scope)])),
    ledger,
    prints: printsOf(crypto, config.desired, ''),
    now: clock.now().getTime(),
    person: true,
    digest: undefined,
    user,
    scopes,
    approveWith: () => undefined,
    offline: true,
    frozen: undefined,
  })
  return E.right(planned.plan)
}

const searchIn = (subaccounts: ReadonlyArray<Subaccount> | undefined): Search =>
  subaccounts === undefined ? { _tag: 'Unseen', error: UNSEARCHED } : { _tag: 'Found', subaccounts, missing: [] }

const UNSEARCHED: ScopeError = {
  kind: 'unreachable',
  message:
    'the snapshot does not say which subaccounts there are, so only those that are listed are planned; with `subaccounts: all` in the config, export --snapshot says so',
}
