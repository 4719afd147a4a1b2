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
  /** Starts the stand-in; the fault in words where it cannot, or cannot keep its users in the end. */
  readonly start: (
    options: SandboxOptions,
  ) => Promise<{ readonly url: string; readonly close: () => Promise<string | undefined> } | string>
  readonly signal: AbortSignal
}

/** Runs `sandbox` until a signal ends it; gives its exit code. */
export const sandbox = async ({ terminal, start, signal }: ServePorts, options: SandboxOptions): Promise<number> => {
  const running = await start(options)
  if (typeof running === 'string') return faulty(terminal, running)
  terminal.out(`listening on ${running.url}\n`)
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  const fault = await running.close()
  return fault === undefined ? 0 : faulty(terminal, fault)
}

const faulty = (terminal: Terminal, fault: string): number => {
  terminal.err(`${visible(fault)}\n`)
  return 1
}

export type ColleagueOptions = {
  readonly format: 'text' | 'json'
  readonly username: string
  readonly assignments: ReadonlyArray<string>
  readonly scope: Scope
}

type ColleaguePorts = {
  readonly terminal: Terminal
  /** The state directory on which the stand-in would run. */
  readonly dir: string
  /** The running stand-in; nothing where none runs. */
  readonly accounts: () => TE.TaskEither<Failure, Accounts | undefined>
}

/** Changes a user of the running sandbox by hand; gives its exit code. */
export const colleague = async (
  { terminal, dir, accounts }: ColleaguePorts,
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
      `no embedded sandbox runs on the state directory ${visible(dir)}\n  it runs within \`run\` with a config that says \`endpoint: sandbox\`: start that in another terminal, or, where it runs already, give this command the same --state-dir or -c\n`,
    )
  const done = await found.right.perform(scope, { _tag: 'Patch', username, settings })()
  if (E.isLeft(done)) {
    terminal.err(`${visible(done.left._tag === 'NotFound' ? await nobody(found.right, scope, username) : describe(done.left))}\n`)
    return 6
  }
  const message = `a colleague changed ${visible(username)} by hand: ${assignments.map(visible).join(' ')}`
  return said(terminal, { _tag: 'Done', message }, format)
}

const MOST_NAMES = 20

const nobody = async (accounts: Accounts, scope: Scope, username: string): Promise<string> => {
  const live = await accounts.list(scope)()
  const names = E.isRight(live) ? live.right.users.map((user) => user.username).sort() : []
  const shown = names.slice(0, MOST_NAMES).join(', ')
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : ''
  return `the sandbox has no user ${username} in ${scope}; it has ${names.length === 0 ? 'none' : `${shown}${more}`}`
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
