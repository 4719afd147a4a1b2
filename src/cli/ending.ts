// How commands end: a failure in words and, where that was asked for, as their document; a result on the terminal or in a file.

import type { Failure } from '../domain/basics/failure.ts'
import { failureExitCode } from '../domain/plan/report.ts'
import type { Readers } from '../ports.ts'
import { failureText } from './failure.ts'
import { printJson } from './render/json.ts'
import type { Terminal } from './terminal.ts'

/** Tells a failure where a result was to come; gives the exit code. */
export const failing =
  (terminal: Terminal, format: string, document: (failure: Failure) => unknown) =>
  (failure: Failure): number => {
    if (format === 'json') terminal.out(printJson(document(failure)))
    terminal.err(failureText(failure))
    return failureExitCode(failure)
  }

/** Puts a result where it belongs; gives the exit code. */
export const delivered = async (terminal: Terminal, out: string | undefined, text: string, readers?: Readers): Promise<0 | 1> => {
  const fault = out === undefined ? terminal.out(text) : await terminal.save(out, text, readers)
  if (fault === undefined) return 0
  terminal.err(`${out}: ${fault}\n`)
  return 1
}
