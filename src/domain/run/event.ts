// Everything a run says. Log, status and journal read it; nothing in domain, config or reconcile writes to a log.
import type { Failure } from '../basics/failure.ts'
import type { Ended, Plan, Report } from '../plan/plan.ts'
import type { Scope } from '../wanted/scope.ts'

export type RunEvent =
  | { readonly _tag: 'RunStarted'; readonly runId: string; readonly by: string }
  /** `scopes`: those that it names, the subaccounts as a whole among them. `brokenMs`: for how long it could not be used before; absent where it could. */
  | {
      readonly _tag: 'ConfigTaken'
      readonly files: ReadonlyArray<string>
      readonly digest: string
      readonly scopes: ReadonlyArray<Scope>
      readonly brokenMs?: number | undefined
    }
  | { readonly _tag: 'ConfigBroken'; readonly failure: Failure; readonly lastGood: boolean }
  /** It is whole again, and is not taken before the next run. */
  | { readonly _tag: 'ConfigMended' }
  /** A scope was looked at; it is the `done`th of so many that are due. */
  | { readonly _tag: 'ScopeSeen'; readonly scope: Scope; readonly done: number; readonly due: number }
  | { readonly _tag: 'PlanMade'; readonly runId: string; readonly plan: Plan }
  /** A change was sent; how it ended is known once its scope was read back. */
  | { readonly _tag: 'ChangeSent'; readonly scope: Scope; readonly done: number; readonly due: number }
  | {
      readonly _tag: 'ChangeEnded'
      readonly runId: string
      readonly scope: Scope
      readonly ended: Ended
      readonly done: number
      readonly due: number
    }
  | { readonly _tag: 'RunEnded'; readonly report: Report }
  /** The end of an undo, or of the first blocks of an emergency stop: it tells nothing of how the config fares. */
  | { readonly _tag: 'AsideEnded'; readonly report: Report }
  /** `runId`: absent where it failed before it had one. */
  | { readonly _tag: 'RunFailed'; readonly runId?: string | undefined; readonly failure: Failure }
  | { readonly _tag: 'Notice'; readonly level: 'info' | 'warn' | 'error'; readonly message: string }
