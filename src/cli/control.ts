// `status`, `reconcile`, `approve`, and any other decision: what is asked of the running daemon over its control socket.

import type { Failure } from '../domain/basics/failure.ts'
import { visibleText } from '../domain/basics/visible.ts'
import type { AskedDecision } from '../domain/memory/decision.ts'
import type { Scope } from '../domain/wanted/scope.ts'
import { E, type TE } from '../fp.ts'
import type { Question } from '../ports.ts'
import { printJson } from './render/json.ts'
import { statusText } from './render/status.ts'
import { statusJson } from './render/status-json.ts'
import { type Format, failed, type Reply, replyTo, said } from './reply.ts'
import type { Terminal } from './terminal.ts'

export type AskPorts = {
  readonly terminal: Terminal
  /** Nothing where no daemon is there. */
  readonly ask: (question: Question) => Promise<Reply | undefined>
  /** The options with which a quoted command finds the daemon. */
  readonly reachedBy: string
  readonly now: Date
}

/** Runs `status`; gives its exit code. */
export const status = async ({ terminal, ask, reachedBy, now }: AskPorts, format: Format): Promise<number> => {
  const reply = await ask({ _tag: 'Status' })
  if (reply?._tag !== 'Status') return said(terminal, reply, format)
  terminal.out(
    format === 'json'
      ? printJson(statusJson(reply.status))
      : visibleText(statusText(reply.status, { colour: terminal.colour, width: terminal.width, reachedBy, now })),
  )
  return 0
}

/** Runs `reconcile`; gives its exit code. */
export const reconcileNow = async (
  { terminal, ask }: AskPorts,
  { scope, format }: { readonly scope: Scope | undefined; readonly format: Format },
): Promise<number> => said(terminal, await ask({ _tag: 'Reconcile', scope }), format)

/** A decision where no daemon runs: written to the ledger under its lock; the refusal in words where it cannot be taken. */
export type Here = (
  decision: AskedDecision,
  person: { readonly by: string; readonly reason: string },
) => TE.TaskEither<Failure, E.Either<string, string>>

export type DecidePorts = AskPorts & { readonly here: Here }

type Approve = {
  readonly digest: string | undefined
  readonly live: Scope | undefined
  readonly reason: string
  readonly by: string
  readonly format: Format
}

/** Runs `approve`; gives its exit code. */
export const approve = async (ports: DecidePorts, { digest, live, reason, by, format }: Approve): Promise<number> => {
  if (digest === undefined)
    return live === undefined ? 64 : decideBy(ports, { _tag: 'Vouch', scope: live }, { reason, by, format })
  const reply = await ports.ask({ _tag: 'Approve', digest, reason, by })
  return said(ports.terminal, reply, format, 'no daemon runs here; without one: apply --digest\n')
}

/** Has a decision taken by the daemon, or here where none runs; gives the exit code. */
export const decideBy = async (
  { terminal, ask, here }: DecidePorts,
  decision: AskedDecision,
  { reason, by, format }: { readonly reason: string; readonly by: string; readonly format: Format },
): Promise<number> => {
  const reply = await ask({ _tag: 'Decide', decision, reason, by })
  if (reply !== undefined) return said(terminal, reply, format)
  const taken = await here(decision, { by, reason })()
  if (E.isLeft(taken)) return failed(terminal, taken.left, format)
  return said(terminal, replyTo(taken.right), format)
}
