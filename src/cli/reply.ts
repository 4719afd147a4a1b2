// Replies: what comes of something that was asked, be it of the daemon or done here, and how it is told.

import type { Status } from '../daemon/status.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { visible, visibleText } from '../domain/basics/visible.ts'
import { failureExitCode } from '../domain/plan/report.ts'
import { E } from '../fp.ts'
import { failureText } from './failure.ts'
import { printJson, problemLines, problemsJson } from './render/json.ts'
import type { Terminal } from './terminal.ts'

/** What the daemon answers. */
export type Reply =
  | { readonly _tag: 'Status'; readonly status: Status }
  | { readonly _tag: 'Done'; readonly message: string }
  | { readonly _tag: 'Refused'; readonly message: string }
  /** What was asked for cannot be: wrong usage. */
  | { readonly _tag: 'Misused'; readonly message: string }
  | { readonly _tag: 'Matching'; readonly users: ReadonlyArray<string> }
  /** `due`: how many changes the plan would make. */
  | { readonly _tag: 'UndoPlan'; readonly run: string; readonly digest: string; readonly due: number; readonly text: string }
  | Ended
  /** By who asks: a daemon may be there, and did not answer. By a daemon: it is not the one that is meant. */
  | {
      readonly _tag: 'Unanswered'
      readonly message: string
      /** It is certain that nothing was done. */
      readonly undone?: true
    }

/** What came of something, ready to be printed, with its exit code. */
export type Ended = {
  readonly _tag: 'Ended'
  readonly exitCode: number
  /** The result in words; empty where there is none. */
  readonly text: string
  /** What went wrong, in words, whatever the format of the result. */
  readonly trouble: string
  readonly document: unknown
}

export type Format = 'text' | 'json'

const NO_DAEMON = [
  'no daemon answers here',
  '  start one: smtp2go-reconciler run, or systemctl start smtp2go-reconciler',
  "  or say where it is: --socket PATH, --state-dir DIR, or -c with its config (control sockets open to the daemon's own user, and to control.group)",
  '  without one: `plan` shows what would change, `apply` changes it once',
  '',
].join('\n')

/** Tells a failure where a reply was to come; gives the exit code. */
export const failed = (terminal: Terminal, failure: Failure, format: Format): number =>
  said(terminal, failedReply(failure), format)

/** A failure as a reply; `before`: what is to be known of it first. */
export const failedReply = (failure: Failure, before = ''): Ended => ({
  _tag: 'Ended',
  exitCode: failureExitCode(failure),
  text: '',
  trouble: `${before}${failureText(failure)}`,
  document: replyJson(false, `${before}${problemLines(failure)[0] ?? ''}`, { problems: problemsJson(failure) }),
})

/** A reply as `smtp2go-reconciler/reply@1`. */
export const replyJson = (done: boolean, message: string, more: { readonly [key: string]: unknown } = {}): unknown => ({
  format: 'smtp2go-reconciler/reply@1',
  done,
  message,
  ...more,
})

/** What a decision comes to, as a reply. */
export const replyTo = (taken: E.Either<string, string>): Reply =>
  E.isLeft(taken) ? { _tag: 'Refused', message: taken.left } : { _tag: 'Done', message: `done: ${taken.right}` }

/** Lines of a text, each as it may be shown. */
export const visibleLines = (lines: ReadonlyArray<string>): string => lines.map((line) => `${visible(line)}\n`).join('')

const CODES = { Done: 0, Refused: 3, Misused: 64, Unanswered: 6 } as const

/** What a command prints as JSON of an answer that brought no document of its own. */
type DocumentOf = (exitCode: number, message: string) => unknown

/** Prints a reply; gives the exit code. */
export const said = (
  terminal: Terminal,
  reply: Reply | undefined,
  format: Format,
  otherwise = NO_DAEMON,
  documentOf: DocumentOf = (exitCode, message) => replyJson(exitCode === 0, message),
): number => {
  if (reply?._tag === 'Ended') {
    // Whoever listens at a socket may be anybody.
    terminal.out(format === 'json' ? printJson(reply.document) : visibleText(reply.text))
    terminal.err(visibleText(reply.trouble))
    return reply.exitCode
  }
  const isSaid = reply !== undefined && 'message' in reply
  const exitCode = isSaid ? CODES[reply._tag] : reply === undefined ? 6 : 3
  const text = isSaid ? visibleLines(reply.message.split('\n')) : otherwise
  if (format === 'json') terminal.out(printJson(documentOf(exitCode, isSaid ? reply.message : otherwise.trimEnd())))
  if (exitCode !== 0) terminal.err(text)
  else if (format === 'text') terminal.out(text)
  return exitCode
}
