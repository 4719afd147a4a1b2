// `sandbox`: serves the stand-in of the service; `sandbox edit` plays the colleague who changes a user by hand.

import type { Failure } from '../domain/failure.ts'
import { describe } from '../domain/failure.ts'
import type { Scope } from '../domain/scope.ts'
import { Secret } from '../domain/secret.ts'
import type { FieldName, Settings, Value } from '../domain/settings.ts'
import { FIELDS, fields } from '../domain/settings.ts'
import { visible } from '../domain/visible.ts'
import { E, type TE } from '../fp.ts'
import type { Accounts } from '../ports.ts'
import { said } from './control.ts'
import { failureExitCode, failureText } from './failure.ts'
import type { Terminal } from './terminal.ts'

export type SandboxOptions = {
  readonly port: number | undefined
  readonly state: string | undefined
  readonly seed: string | undefined
}

type ServePorts = {
  readonly terminal: Terminal
  /** Starts the stand-in; the fault in words where it cannot. */
  readonly start: (options: SandboxOptions) => Promise<{ readonly url: string; readonly close: () => Promise<void> } | string>
  readonly signal: AbortSignal
}

/** Runs `sandbox` until a signal ends it; gives its exit code. */
export const sandbox = async ({ terminal, start, signal }: ServePorts, options: SandboxOptions): Promise<number> => {
  const running = await start(options)
  if (typeof running === 'string') {
    terminal.err(`${running}\n`)
    return 1
  }
  terminal.out(`listening on ${running.url}\n`)
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await running.close()
  return 0
}

export type ColleagueOptions = {
  readonly format: 'text' | 'json'
  readonly username: string
  readonly assignments: ReadonlyArray<string>
  readonly scope: Scope
}

type ColleaguePorts = {
  readonly terminal: Terminal
  /** The running stand-in; nothing where none runs. */
  readonly accounts: () => TE.TaskEither<Failure, Accounts | undefined>
}

/** Changes a user of the running sandbox by hand; gives its exit code. */
export const colleague = async (
  { terminal, accounts }: ColleaguePorts,
  { format, username, assignments, scope }: ColleagueOptions,
): Promise<number> => {
  const settings = settingsOf(assignments)
  if (typeof settings === 'string') {
    terminal.err(`${settings}\n`)
    return 64
  }
  const found = await accounts()()
  if (E.isLeft(found)) {
    terminal.err(failureText(found.left))
    return failureExitCode(found.left)
  }
  if (found.right === undefined)
    return said(
      terminal,
      undefined,
      format,
      'no sandbox runs on this state directory: start the daemon with `endpoint: sandbox` first\n',
    )
  const done = await found.right.perform(scope, { _tag: 'Patch', username, settings })()
  if (E.isLeft(done)) {
    terminal.err(`${visible(describe(done.left))}\n`)
    return 6
  }
  const message = `a colleague changed ${visible(username)} by hand: ${assignments.map(visible).join(' ')}`
  return said(terminal, { _tag: 'Done', message }, format)
}

const settingsOf = (assignments: ReadonlyArray<string>): Settings | string => {
  const settings: { [F in FieldName]?: Value } = {}
  for (const assignment of assignments) {
    const at = assignment.indexOf('=')
    const field = FIELDS.find((one) => one === assignment.slice(0, at))
    if (at < 0 || field === undefined) return `${visible(assignment)}: not FIELD=VALUE with one of ${FIELDS.join(', ')}`
    settings[field] = typed(field, assignment.slice(at + 1))
  }
  return settings
}

const typed = (field: FieldName, text: string): Value => {
  if (field === 'email_password') return new Secret(text)
  if (typeof fields[field].reset === 'boolean') return text === 'true'
  return field === 'ip_pool' || field === 'custom_ratelimit_value' ? Number(text) : text
}
