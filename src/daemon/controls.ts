// What a daemon does for who asks it over its control socket.
import type { Failure } from '../domain/basics/failure.ts'
import type { StopReports } from '../domain/decisions/stop.ts'
import type { Decision } from '../domain/memory/decision.ts'
import type { Users } from '../domain/memory/known.ts'
import type { Unfinished } from '../domain/plan/report.ts'
import type { Glob } from '../domain/user/username.ts'
import type { Scope } from '../domain/wanted/scope.ts'
import type { E, TE } from '../fp.ts'
import type { Agreed } from '../ports.ts'
import type { Word } from '../reconcile/reconcile.ts'
import type { Undone, UndoPlan } from '../reconcile/undo.ts'
import type { Status } from './status.ts'

/** What the control socket asks of a daemon. */
export type Controls = {
  readonly status: () => Status
  /** Asks for a run; the refusal where there is no such scope, or where no run is made any more. */
  readonly reconcile: (scope: Scope | undefined) => Refusal | undefined
  /** Releases what a plan holds, and names it; the refusal in words where it is not the plan of now. */
  readonly approve: (digest: string, person: Person) => Promise<Taken<ReadonlyArray<string>>>
  /** Takes a decision, and asks for a run that heeds it. */
  readonly decide: (decision: Decision, person: Person) => Promise<Taken<string>>
  /** What undoing a run would come to. */
  readonly planUndo: (run: string) => TE.TaskEither<Failure, UndoPlan>
  /** Undoes a run between two runs; the next one then finds its users on hold. */
  readonly undo: (run: string, agreement: Agreed, person: Person) => TE.TaskEither<Unfinished, Undone>
  /** Takes an emergency stop, and blocks whom it is for: at once where they are known to be, then wherever the next run of all scopes finds one. */
  readonly stop: (pattern: Glob, until: number, person: Person) => Promise<Taken<StopReports>>
  /** The users last seen, and those that the config lists. */
  readonly users: () => Users
}

/** What became of a decision: why it could not be written down, or its refusal, or what was decided. */
export type Taken<A> = E.Either<Failure, E.Either<string, A>>

/** Why a run is not asked for: a wrong word, or a daemon that ends. */
type Refusal = { readonly _tag: 'Misused' | 'Refused'; readonly message: string }

/** Who asks, and why. */
export type Person = Word
