// Failures: the world did not do as asked. One closed list of words, each with what to do about it.

import type { ScopeError } from '../plan/plan.ts'
import type { Scope } from '../wanted/scope.ts'
import { fullMessage } from './command.ts'

/** A fault in a config file, with its place. */
export type Problem = {
  /** File name as shown to people. */
  readonly file: string
  /** Counted from 1; `undefined` where a fault has no place, such as a file that cannot be read. */
  readonly line: number | undefined
  readonly column: number | undefined
  /** The path in words, such as `users[3].status`. */
  readonly path: string
  readonly message: string
  readonly hint: string | undefined
  /** The line of the file with a fault; never given where it may hold a secret. */
  readonly excerpt: string | undefined
  /** The file itself is not there. */
  readonly missing?: true
}

/** What an API call can end in. */
export type ApiFailure =
  /** `sent: 'no'`, here and below: held back here, since the service said so before. `unnoted`: the next process will not know of it. */
  | { readonly _tag: 'Throttled'; readonly retryAfterMs: number | undefined; readonly sent?: 'no'; readonly unnoted?: true }
  | { readonly _tag: 'KeyRefused'; readonly message: string; readonly sent?: 'no' }
  | { readonly _tag: 'PermissionMissing'; readonly endpoint: string }
  | { readonly _tag: 'InvalidRequest'; readonly field: string | undefined; readonly message: string }
  /** The name of a new user exists already, in a scope that need not be the one asked for. */
  | { readonly _tag: 'NameTaken'; readonly message: string }
  | { readonly _tag: 'NotFound'; readonly message: string }
  | { readonly _tag: 'Rejected'; readonly message: string }
  /** A 403, or words of what the key may not do, though it has had a good answer before in the same run. */
  | { readonly _tag: 'Forbidden'; readonly message: string }
  | { readonly _tag: 'ServerTrouble'; readonly status: number; readonly message?: string }
  | { readonly _tag: 'Unreachable'; readonly message: string; readonly sent: 'no' | 'perhaps' }
  | { readonly _tag: 'IllFormed'; readonly message: string }

/** Everything that can stop a run before a plan exists, or the program before a run. */
export type Failure =
  | { readonly _tag: 'ConfigInvalid'; readonly problems: ReadonlyArray<Problem> }
  | { readonly _tag: 'StateUnusable'; readonly path: string; readonly message: string }
  | { readonly _tag: 'Locked'; readonly pid: number | undefined; readonly message: string }
  | { readonly _tag: 'WrongDigest'; readonly wanted: string; readonly found: string }
  /** The journal knows no run of this name, or several. */
  | { readonly _tag: 'NoSuchRun'; readonly message: string }
  /** What was asked for cannot be done so: of a scope that there is not, or with an answer that nobody is there to give. */
  | { readonly _tag: 'WrongUsage'; readonly message: string }
  /** Whoever was to end waited no longer until the config was read: nothing is known of it. */
  | { readonly _tag: 'Stopped' }
  /** A file that the command line names. */
  | { readonly _tag: 'InputUnusable'; readonly path: string; readonly message: string }
  /** Of the scope that was asked about, where it was one; `note`: what there is to know of that beside. */
  | { readonly _tag: 'Api'; readonly failure: ApiFailure; readonly scope?: Scope; readonly note?: string | undefined }
  /** There is nothing to go by: nothing was asked, or the answer was not believed. */
  | { readonly _tag: 'Unseen'; readonly error: ScopeError; readonly scope?: Scope }
  /** A bug of ours, with its stack. */
  | { readonly _tag: 'Defect'; readonly message: string }

/** Whether a write that ended so may have taken effect. */
export const outcomeUnknown = (failure: ApiFailure): boolean => {
  switch (failure._tag) {
    case 'Unreachable':
      return failure.sent === 'perhaps'
    case 'ServerTrouble':
    case 'IllFormed':
      return true
    case 'Throttled':
    case 'KeyRefused':
    case 'PermissionMissing':
    case 'InvalidRequest':
    case 'NameTaken':
    case 'NotFound':
    case 'Rejected':
    case 'Forbidden':
      return false
  }
}

/** Whether a request that ended so never left. */
export const neverLeft = (failure: ApiFailure): boolean => 'sent' in failure && failure.sent === 'no'

/** Whom a failure concerns: the key as a whole, the way to the service, or one user only. */
export const concerns = (failure: ApiFailure): 'key' | 'transport' | 'user' => {
  switch (failure._tag) {
    case 'Throttled':
    case 'KeyRefused':
    case 'PermissionMissing':
      return 'key'
    case 'Unreachable':
    case 'ServerTrouble':
    case 'IllFormed':
      return 'transport'
    case 'InvalidRequest':
    case 'NameTaken':
    case 'NotFound':
    case 'Rejected':
    case 'Forbidden':
      return 'user'
  }
}

/** What happened and what to do, for people. */
export const describe = (failure: ApiFailure): string => {
  switch (failure._tag) {
    case 'Throttled':
      return failure.unnoted === true
        ? 'the service throttles this key or address (429); wait a minute at least: the next command does not know of it, since the state directory could not keep it'
        : 'the service throttles this key or address (429); nothing more is sent for at least a minute'
    case 'KeyRefused':
      return `the service refused the API key: ${failure.message}; check api.key, the endpoint's region and the key's IP allow list`
    case 'PermissionMissing':
      return `the API key may not call ${failure.endpoint}; grant it that endpoint in the SMTP2GO app under API Keys`
    case 'InvalidRequest':
      return failure.field === undefined
        ? `the service refused the request: ${failure.message}; mend the values of this user, or the id of this subaccount, in the config`
        : `the service refused ${failure.field}: ${failure.message}; mend ${failure.field} in the config`
    case 'NameTaken':
      return `the service says that this name is taken: ${failure.message}; choose another username, names are shared by all accounts of the service`
    case 'NotFound':
      return `the service does not know what was asked for: ${failure.message}; the next run looks again; check api.endpoint and the subaccount's id; a subaccount that was closed is taken out of the config`
    case 'Rejected':
      return `the service refused the request: ${failure.message}; look at the limits of your SMTP2GO plan and at this user or subaccount in the SMTP2GO app`
    case 'Forbidden':
      return `the service forbade the request: ${failure.message}; the key works otherwise, so look at this user or subaccount in the SMTP2GO app, at the region where its data is, and at what stands between here and the service`
    case 'ServerTrouble':
      return `the service is in trouble (HTTP ${failure.status}${failure.message === undefined ? '' : `: ${failure.message}`}); the next run looks first and tries again`
    case 'Unreachable':
      return `${failure.message}; the next run looks first and tries again`
    case 'IllFormed':
      return `the answer is not what the API promises: ${failure.message}; check api.endpoint and what stands between here and the service`
  }
}

const MOST_PROBLEMS = 5

/** A failure of any kind in one line, for logs and reports. */
export const failureLine = (failure: Failure): string => {
  switch (failure._tag) {
    case 'ConfigInvalid': {
      const more = failure.problems.length - MOST_PROBLEMS
      const first = failure.problems.slice(0, MOST_PROBLEMS).map(problemLine)
      return [...first, ...(more > 0 ? [`and ${more} more, see: validate`] : [])].join(' | ')
    }
    case 'StateUnusable':
    case 'InputUnusable':
      return `${failure.path}: ${failure.message}`
    case 'Locked':
    case 'NoSuchRun':
    case 'WrongUsage':
      return failure.message
    case 'WrongDigest':
      return `the plan now is ${failure.found}, not ${failure.wanted}: something changed since; nothing was sent, look at the plan again`
    case 'Stopped':
      return 'stopped before the config was read'
    case 'Api':
      return `${placeOf(failure)}${describe(failure.failure)}${failure.note === undefined ? '' : `; ${failure.note}`}`
    case 'Unseen':
      return `${placeOf(failure)}${fullMessage(failure.error)}`
    case 'Defect':
      return `this is a bug in smtp2go-reconciler; please report it: ${failure.message}`
  }
}

const placeOf = ({ scope }: { readonly scope?: Scope }): string => (scope === undefined ? '' : `${scope}: `)

const problemLine = ({ file, line, column, path, message, hint }: Problem): string => {
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  return `${place}${path === '' ? '' : ` ${path}`}: ${message}${hint === undefined ? '' : ` (${hint})`}`
}

/** A bug of ours as a failure: what kind of error, and where. Never its message, which may quote what a library was given. */
export const defectOf = (thrown: unknown): Extract<Failure, { readonly _tag: 'Defect' }> => {
  if (!(thrown instanceof Error)) return { _tag: 'Defect', message: `something was thrown that is no error (${typeof thrown})` }
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line))
  const code =
    'code' in thrown && typeof thrown.code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(thrown.code) ? ` ${thrown.code}` : ''
  return { _tag: 'Defect', message: [`${thrown.constructor.name}${code}`, ...frames].join('\n') }
}
