// `sandbox`: serves the stand-in of the service; `sandbox edit` plays the colleague who changes a user by hand.

import { values } from '../config/settings.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { describe } from '../domain/basics/failure.ts'
import { visible } from '../domain/basics/visible.ts'
import type { Edit } from '../domain/plan/edit.ts'
import { outcomeOf } from '../domain/plan/outcome.ts'
import type { LiveUser } from '../domain/user/live.ts'
import { Secret } from '../domain/user/secret.ts'
import type { FieldName, Settings, Value } from '../domain/user/settings.ts'
import { FIELDS, fields, isLimit } from '../domain/user/settings.ts'
import { SENSITIVE } from '../domain/user/shown.ts'
import type { Scope } from '../domain/wanted/scope.ts'
import { E, type TE } from '../fp.ts'
import type { Accounts } from '../ports.ts'
import { whenAborted } from '../reconcile/aborted.ts'
import { failed, replyJson, said } from './reply.ts'
import type { Terminal } from './terminal.ts'

export type SandboxOptions = {
  readonly port: number | undefined
  readonly state: string | undefined
  readonly seed: string | undefined
}

type ServePorts = {
  readonly terminal: Terminal
  /** Starts the stand-in; the fault in words where it cannot, or cannot keep its users in the end. */
  readonly start: (options: SandboxOptions) => Promise<
    | {
        readonly url: string
        /** What a person should know of the seed. */
        readonly notes: ReadonlyArray<string>
        readonly close: () => Promise<string | undefined>
      }
    | { readonly fault: string; readonly of: 'seed' | 'stand-in' }
  >
  readonly signal: AbortSignal
}

/** Runs `sandbox` until a signal ends it; gives its exit code. */
export const sandbox = async ({ terminal, start, signal }: ServePorts, options: SandboxOptions): Promise<number> => {
  const running = await start(options)
  if ('fault' in running) return faulty(terminal, running.fault, running.of === 'seed' ? 5 : 1)
  for (const note of running.notes) terminal.err(`${visible(note)}\n`)
  terminal.out(`listening on ${running.url}\n`)
  await whenAborted(signal)
  const fault = await running.close()
  return fault === undefined ? 0 : faulty(terminal, fault)
}

const faulty = (terminal: Terminal, fault: string, code: 1 | 5 = 1): number => {
  terminal.err(`${visible(fault)}\n`)
  return code
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
  if (typeof settings === 'string') return said(terminal, { _tag: 'Misused', message: settings }, format)
  const found = await accounts()()
  if (E.isLeft(found)) return failed(terminal, found.left, format)
  if (found.right === undefined)
    return said(
      terminal,
      undefined,
      format,
      `no embedded sandbox runs on the state directory ${visible(dir)}\n  it runs within \`run\` with a config that says \`endpoint: sandbox\`: start that in another terminal, or, where it runs already, give this command the same --state-dir or -c\n`,
    )
  const service = found.right
  const before = await lookAt(service, scope, username)
  const { edit, lost } = editBy(username, settings, before)
  const done = await service.perform(scope, edit)()
  if (E.isLeft(done)) {
    const message = done.left._tag === 'NotFound' ? await nobody(service, scope, username) : describe(done.left)
    return said(terminal, { _tag: 'Unanswered', message }, format)
  }
  const left = leftOf(username, settings, await lookAt(service, scope, username))
  if (left !== undefined) {
    const message = `the sandbox did not take all of that for ${username}: ${left}`
    return said(
      terminal,
      { _tag: 'Ended', exitCode: 4, text: '', trouble: `${visible(message)}\n`, document: replyJson(false, message) },
      format,
    )
  }
  const message = `a colleague changed ${username} by hand: ${assignments.map(shown).join(' ')}${lost}`
  return said(terminal, { _tag: 'Done', message }, format)
}

const lookAt = async (accounts: Accounts, scope: Scope, username: string): Promise<LiveUser | undefined> => {
  const live = await accounts.list(scope)()
  return E.isRight(live) ? live.right.users.find((user) => user.username === username) : undefined
}

// A partial edit does not take every field, and a full one resets what it is not given.
const editBy = (
  username: string,
  settings: Settings,
  user: LiveUser | undefined,
): { readonly edit: Edit; readonly lost: string } => {
  if (settings.feedback_domain === undefined || user === undefined)
    return { edit: { _tag: 'Patch', username, settings }, lost: '' }
  const whole = { ...user.settings, ...settings }
  const isOff = whole.custom_ratelimit === false
  const hidden = FIELDS.filter((field) => whole[field] === undefined && !(isOff && isLimit(field)))
  return {
    edit: { _tag: 'FullEdit', username, settings: whole },
    lost:
      hidden.length === 0
        ? ''
        : `; that took a full edit, so what the sandbox does not show may be at its default now: ${hidden.join(', ')}`,
  }
}

/** What a look does not show as asked, in words. */
const leftOf = (username: string, settings: Settings, user: LiveUser | undefined): string | undefined => {
  if (user === undefined) return undefined
  const fields = FIELDS.flatMap((field) => {
    const to = settings[field]
    return to === undefined ? [] : [{ field, from: undefined, to, source: '' }]
  })
  const change = { change: 'update', username, cause: 'drift', fields } as const
  return outcomeOf(change, { _tag: 'Sent' }, { _tag: 'Read', user }).error
}

const MOST_NAMES = 20

const nobody = async (accounts: Accounts, scope: Scope, username: string): Promise<string> => {
  const live = await accounts.list(scope)()
  const names = E.isRight(live) ? live.right.users.map((user) => user.username).sort() : []
  const shown = names.slice(0, MOST_NAMES).join(', ')
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : ''
  return `the sandbox has no user ${username} in ${scope}; it has ${names.length === 0 ? 'none' : `${shown}${more}`}`
}

// C1: no password in any output.
const shown = (assignment: string): string =>
  assignment.startsWith('email_password=') ? `email_password=${SENSITIVE}` : assignment

const settingsOf = (assignments: ReadonlyArray<string>): Settings | string => {
  const settings: { [F in FieldName]?: Value } = {}
  for (const assignment of assignments) {
    const at = assignment.indexOf('=')
    const field = FIELDS.find((one) => one === assignment.slice(0, at))
    if (at < 0 || field === undefined)
      return `${assignment.slice(0, at < 0 ? undefined : at)}: not FIELD=VALUE with one of ${FIELDS.join(', ')}`
    const value = typed(field, assignment.slice(at + 1))
    if (E.isLeft(value)) return `${field}: ${value.left}`
    settings[field] = value.right
  }
  return settings
}

/** What a text stands for as the value of a field: what the config takes there, or what takes it away. */
const typed = (field: FieldName, text: string): E.Either<string, Value> => {
  if (field === 'email_password') return E.right(new Secret(text))
  const { reset } = fields[field]
  if (typeof reset === 'boolean')
    return text === 'true' || text === 'false' ? E.right(text === 'true') : E.left('expected true or false')
  const value = (field === 'ip_pool' || field === 'custom_ratelimit_value') && /^\d+$/.test(text) ? Number(text) : text
  if (value === reset) return E.right(value)
  const read = values[field].decode(value)
  return E.isLeft(read) ? E.left(read.left.map(({ message }) => message ?? '').join('; ')) : read
}
