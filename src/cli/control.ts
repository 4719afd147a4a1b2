// `status`, `reconcile`, `approve`: what is asked of the running daemon over its control socket.

import type { Status } from '../daemon/status.ts'
import type { Failure } from '../domain/failure.ts'
import type { Scope } from '../domain/scope.ts'
import { visible } from '../domain/visible.ts'
import { E, type TE } from '../fp.ts'
import { failureExitCode, failureText } from './failure.ts'
import { printJson } from './render/json.ts'
import { statusJson, statusText } from './render/status.ts'
import type { Terminal } from './terminal.ts'

/** What is asked over the socket, and what comes back. */
export type Question =
  | { readonly _tag: 'Status' }
  | { readonly _tag: 'Reconcile' }
  | { readonly _tag: 'Approve'; readonly digest: string; readonly reason: string; readonly by: string }
  | { readonly _tag: 'ApproveLive'; readonly scope: Scope; readonly reason: string; readonly by: string }
export type Reply =
  | { readonly _tag: 'Status'; readonly status: Status }
  | { readonly _tag: 'Done'; readonly message: string }
  | { readonly _tag: 'Refused'; readonly message: string }

/** Tells a reply of the daemon from anything else. */
export const isReply = (value: unknown): value is Reply =>
  typeof value === 'object' &&
  value !== null &&
  '_tag' in value &&
  (value._tag === 'Status' || value._tag === 'Done' || value._tag === 'Refused')

type Ports = {
  readonly terminal: Terminal
  /** Nothing where no daemon answers. */
  readonly ask: (question: Question) => Promise<Reply | undefined>
  readonly now: Date
}

const NO_DAEMON = 'no daemon answers here: start one with `run`, or say where it is with --socket or --state-dir\n'

/** Runs `status`; gives its exit code. */
export const status = async ({ terminal, ask, now }: Ports, format: 'text' | 'json'): Promise<number> => {
  const reply = await ask({ _tag: 'Status' })
  if (reply?._tag !== 'Status') return said(terminal, reply)
  terminal.out(
    format === 'json'
      ? printJson(statusJson(reply.status))
      : statusText(reply.status, { colour: terminal.colour, width: terminal.width, now }),
  )
  return 0
}

/** Runs `reconcile`; gives its exit code. */
export const reconcileNow = async ({ terminal, ask }: Ports): Promise<number> => said(terminal, await ask({ _tag: 'Reconcile' }))

type ApproveOptions = {
  readonly digest: string | undefined
  readonly live: Scope | undefined
  readonly reason: string
  readonly by: string
}
type ApprovePorts = Ports & {
  /** Believes the live answer of a scope where no daemon runs: written to the ledger under its lock. */
  readonly vouch: (scope: Scope) => TE.TaskEither<Failure, void>
}

/** Runs `approve`; gives its exit code. */
export const approve = async (ports: ApprovePorts, { digest, live, reason, by }: ApproveOptions): Promise<number> => {
  const { terminal } = ports
  if (digest !== undefined)
    return said(
      terminal,
      await ports.ask({ _tag: 'Approve', digest, reason, by }),
      'no daemon runs here; without one: apply --digest\n',
    )
  if (live === undefined) return 64
  const reply = await ports.ask({ _tag: 'ApproveLive', scope: live, reason, by })
  if (reply !== undefined) return said(terminal, reply)
  const vouched = await ports.vouch(live)()
  if (E.isLeft(vouched)) {
    terminal.err(failureText(vouched.left))
    return failureExitCode(vouched.left)
  }
  terminal.out(`the live answer of ${live} is believed for an hour\n`)
  return 0
}

const said = (terminal: Terminal, reply: Reply | undefined, otherwise = NO_DAEMON): number => {
  if (reply?._tag === 'Done') {
    terminal.out(`${visible(reply.message)}\n`)
    return 0
  }
  terminal.err(reply?._tag === 'Refused' ? `${visible(reply.message)}\n` : otherwise)
  return reply === undefined ? 6 : 3
}
