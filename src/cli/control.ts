// `status`, `reconcile`, `approve`: what is asked of the running daemon over its control socket.

import type { Status } from '../daemon/status.ts'
import type { Failure } from '../domain/failure.ts'
import type { Scope } from '../domain/scope.ts'
import { E, type TE } from '../fp.ts'
import { failureExitCode, failureText } from './failure.ts'
import { printJson } from './render/json.ts'
import { statusText } from './render/status.ts'
import { statusJson } from './render/status-json.ts'
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

const NO_DAEMON = [
  'no daemon answers here',
  '  start one: smtp2go-reconciler run',
  "  or say where it is: --socket PATH, --state-dir DIR, or -c with its config (control sockets open to the daemon's own user, and to control.group)",
  '  without one: `plan` shows what would change, `apply` changes it once',
  '',
].join('\n')

/** Runs `status`; gives its exit code. */
export const status = async ({ terminal, ask, now }: Ports, format: 'text' | 'json'): Promise<number> => {
  const reply = await ask({ _tag: 'Status' })
  if (reply?._tag !== 'Status') return said(terminal, reply, format)
  terminal.out(
    format === 'json'
      ? printJson(statusJson(reply.status))
      : statusText(reply.status, { colour: terminal.colour, width: terminal.width, now }),
  )
  return 0
}

/** Runs `reconcile`; gives its exit code. */
export const reconcileNow = async ({ terminal, ask }: Ports, format: 'text' | 'json'): Promise<number> =>
  said(terminal, await ask({ _tag: 'Reconcile' }), format)

type ApproveOptions = {
  readonly digest: string | undefined
  readonly live: Scope | undefined
  readonly reason: string
  readonly by: string
  readonly format: 'text' | 'json'
}
type ApprovePorts = Ports & {
  /** Believes the live answer of a scope where no daemon runs: written to the ledger under its lock. */
  readonly vouch: (scope: Scope) => TE.TaskEither<Failure, void>
}

/** Runs `approve`; gives its exit code. */
export const approve = async (ports: ApprovePorts, { digest, live, reason, by, format }: ApproveOptions): Promise<number> => {
  const { terminal } = ports
  if (digest !== undefined)
    return said(
      terminal,
      await ports.ask({ _tag: 'Approve', digest, reason, by }),
      format,
      'no daemon runs here; without one: apply --digest\n',
    )
  if (live === undefined) return 64
  const reply = await ports.ask({ _tag: 'ApproveLive', scope: live, reason, by })
  if (reply !== undefined) return said(terminal, reply, format)
  const vouched = await ports.vouch(live)()
  if (E.isLeft(vouched)) {
    terminal.err(failureText(vouched.left))
    return failureExitCode(vouched.left)
  }
  return said(terminal, { _tag: 'Done', message: `the live answer of ${live} is believed for an hour` }, format)
}

const said = (terminal: Terminal, reply: Reply | undefined, format: 'text' | 'json', otherwise = NO_DAEMON): number => {
  if (format === 'json') {
    const message = reply !== undefined && 'message' in reply ? reply.message : otherwise.trimEnd()
    terminal.out(printJson({ format: 'smtp2go-reconciler/reply@1', done: reply?._tag === 'Done', message }))
  }
  if (reply?._tag === 'Done') {
    if (format === 'text') terminal.out(`${reply.message}\n`)
    return 0
  }
  terminal.err(reply?._tag === 'Refused' ? `${reply.message}\n` : otherwise)
  return reply === undefined ? 6 : 3
}
