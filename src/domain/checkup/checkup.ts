// The checkup: what `doctor` looks at, how each thing stands, and what to do about it. Pure judgements on facts that were read.
import type { Failure } from '../basics/failure.ts'
import { failureExitCode } from '../plan/report.ts'
import type { Policy } from '../wanted/desired.ts'
import type { Scope } from '../wanted/scope.ts'
import type { Shared } from './own-folder.ts'

export type Verdict = 'ok' | 'warning' | 'trouble'

/** How one thing stands; a trouble carries the exit code of its kind. */
export type Condition =
  | { readonly check: string; readonly verdict: 'ok'; readonly says: string }
  | { readonly check: string; readonly verdict: 'warning'; readonly says: string; readonly advice: string }
  | {
      readonly check: string
      readonly verdict: 'trouble'
      readonly says: string
      readonly advice: string
      readonly code: 1 | 3 | 5 | 6
    }

type Warning = Extract<Condition, { readonly verdict: 'warning' }>

/** Something that is well. */
export const ok = (check: string, says: string): Condition => ({ check, verdict: 'ok', says })
/** Something that works and should be different. */
export const warning = (check: string, says: string, advice: string): Warning => ({ check, verdict: 'warning', says, advice })
/** Something that stands in the way of a run. */
export const trouble = (check: string, code: 1 | 3 | 5 | 6, says: string, advice: string): Condition => ({
  check,
  verdict: 'trouble',
  says,
  advice,
  code,
})

/** A run that came to no report. Whoever asks what is wrong has asked rightly, whatever was asked for before. */
export const troubleOf = (check: string, failure: Failure, says: string, advice: string): Condition => {
  const code = failureExitCode(failure)
  return trouble(check, code === 64 ? 1 : code, says, advice)
}

/** The exit code of a checkup: the first of 1, 5, 6, 3 that occurred. */
export const checkupCode = (findings: ReadonlyArray<Condition>): number =>
  [1, 5, 6, 3].find((code) => findings.some((one) => one.verdict === 'trouble' && one.code === code)) ?? 0

const USERS = ['/users/smtp/view', '/users/smtp/add', '/users/smtp/edit', '/users/smtp/remove']
/** Of use to commands that read, and harmless. */
const READS = ['/api_keys/permissions', '/subaccounts/search', '/dedicated_ips/view']

type Wishes = Pick<Policy, 'mode' | 'missing' | 'unlisted'> & { readonly searches?: boolean }

/** The endpoints that this policy may call. */
export const neededEndpoints = ({ mode, missing, unlisted, searches }: Wishes): ReadonlyArray<string> => {
  const writes = mode === 'enforce'
  return [
    '/users/smtp/view',
    ...(searches === true ? ['/subaccounts/search'] : []),
    ...(writes && missing === 'create' ? ['/users/smtp/add'] : []),
    ...(writes ? ['/users/smtp/edit'] : []),
    ...(writes && unlisted === 'remove' ? ['/users/smtp/remove'] : []),
  ]
}

const normal = (grant: string): string => `/${grant.replace(/^\/?(v3\/)?/, '')}`

/** Whether a grant, perhaps with `*`, lets an endpoint be called. */
export const grants = (grant: string, endpoint: string): boolean => {
  const pieces = normal(grant).split('*')
  const [start = '', ...rest] = pieces
  if (rest.length === 0) return start === endpoint
  let at = start.length
  if (!endpoint.startsWith(start)) return false
  for (const [index, piece] of rest.entries()) {
    const found = index === rest.length - 1 ? endpoint.length - piece.length : endpoint.indexOf(piece, at)
    if (found < at || !endpoint.startsWith(piece, found)) return false
    at = found + piece.length
  }
  return true
}

/** What a key may do against what it must: too little is trouble, too much a warning. What enforcing will need is not too much. */
export const permissionFinding = (granted: ReadonlyArray<string>, wishes: Wishes): Condition => {
  const needed = neededEndpoints(wishes)
  const enough = neededEndpoints({ ...wishes, mode: 'enforce' })
  const missing = needed.filter((endpoint) => !granted.some((grant) => grants(grant, endpoint)))
  if (missing.length > 0)
    return trouble(
      'permissions',
      6,
      `the API key may not call ${missing.join(', ')}, which this config needs`,
      'grant it in the SMTP2GO app under API Keys',
    )
  const known = [...enough, ...READS]
  const excess = granted.filter((grant) => {
    if (!grant.includes('*')) return !known.includes(normal(grant))
    const below = normal(grant).startsWith('/users/smtp/') && USERS.every((endpoint) => enough.includes(endpoint))
    return !below
  })
  if (excess.length > 0)
    return warning(
      'permissions',
      `the API key may do more than this config needs: ${excess.join(', ')}`,
      `whoever gets hold of the key can do that too; leave it ${enough.join(', ')}, and /api_keys/permissions for this check`,
    )
  return ok('permissions', `the API key may do what this config needs: ${needed.join(', ')}`)
}

const MOST_SKEW_MS = 60_000

/** Our clock against the service's. */
export const clockFinding = (aheadMs: number): Condition => {
  const seconds = Math.round(Math.abs(aheadMs) / 1000)
  return seconds * 1000 <= MOST_SKEW_MS
    ? ok('clock', `our clock and the service's differ by ${seconds} s`)
    : warning(
        'clock',
        `our clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the service's`,
        'let the machine set its clock (timedatectl set-ntp true): caps, grace and approvals count hours by it',
      )
}

/** Whether something can be kept in a folder. */
export type Room = { readonly writable: boolean; readonly freeBytes: number }

/** A file or folder into which others can write, with its permission bits. */
export type OpenFile = { readonly path: string; readonly mode: number }

/** What others can write of the config: it names the service that gets the key. */
export const openFindings = (open: ReadonlyArray<OpenFile>): ReadonlyArray<Condition> =>
  open.map(({ path, mode }) =>
    warning(
      'config',
      `${path} can be written by others (mode 0${mode.toString(8)})`,
      'chmod go-w it: who writes the config says which service gets the key',
    ),
  )

/** What is known of the state directory. */
export type StateFacts =
  /** `within`: the folder in which it would be made, with those in between. */
  | ({ readonly _tag: 'Absent'; readonly within: string } & Room)
  | { readonly _tag: 'Unreadable'; readonly why: string }
  | ({
      readonly _tag: 'There'
      readonly isDirectory: boolean
      readonly owner: number
      readonly us: number | undefined
      /** Permission bits. */
      readonly mode: number
      /** Who would be locked out if it were closed to all but us. */
      readonly shared: Shared | undefined
    } & Room)

const MEBI = 1024 * 1024

const unmade = (dir: string, { within, writable, freeBytes }: Room & { readonly within: string }): Condition | undefined => {
  const why = writable ? 'has no room, or keeps no files' : 'cannot be written'
  return writable && freeBytes >= MEBI
    ? undefined
    : trouble(
        'state directory',
        1,
        `${dir} is not there, and cannot be made: ${within} ${why}`,
        'make it, for us alone, or choose another with --state-dir',
      )
}

/** How the state directory stands; `unit` is the service that keeps its state there as a user of its own. */
export const stateFinding = (dir: string, facts: StateFacts, unit?: string): Condition => {
  const check = 'state directory'
  if (facts._tag === 'Absent') return unmade(dir, facts) ?? ok(check, `${dir} is not there yet; the first apply or run makes it`)
  if (facts._tag === 'Unreadable')
    return trouble(check, 1, `${dir} cannot be looked at (${facts.why})`, 'run as its owner, or choose another with --state-dir')
  const { isDirectory, owner, us, mode, shared, writable, freeBytes } = facts
  if (!isDirectory) return trouble(check, 1, `${dir} is not a directory`, 'choose another with --state-dir')
  if (us === 0 && owner !== us && unit !== undefined && mode === 0o700)
    return ok(check, `${dir} belongs to the user of ${unit} and is closed to others`)
  if (us !== undefined && owner !== us)
    return trouble(
      check,
      1,
      `${dir} belongs to uid ${owner} and we are uid ${us}`,
      'run as its owner, or choose another with --state-dir',
    )
  if (shared !== undefined) return trouble(check, 1, `${dir} ${shared.what}`, shared.advice)
  if (!writable) return trouble(check, 1, `${dir} cannot be written`, 'check its mode, and whether the file system is read-only')
  const free = Math.floor(freeBytes / MEBI)
  if (free < 1)
    return trouble(check, 1, `${dir}: the disk is full`, 'make room: without its journal nothing is written to the service')
  if (free < 128)
    return warning(
      check,
      `${dir}: ${free} MiB are free`,
      'make room before the journal cannot grow: without it nothing is written to the service',
    )
  if (mode !== 0o700)
    return warning(check, `${dir} has mode 0${mode.toString(8)}`, `chmod 0700 it; the next apply or run does that`)
  return ok(check, `${dir} is ours and closed to others, ${free} MiB are free`)
}

/** What is known of the control socket. */
export type SocketFacts = {
  readonly path: string
  readonly state: 'absent' | 'closed' | 'dead' | 'answers'
  /** Whether nobody but its owner may enter the folder that it is in, whoever may use the socket itself. */
  readonly shutIn: boolean
}

/** How the way to the daemon stands, where it did not tell its status; `unit` is the service that runs it. */
export const socketFinding = ({ path, state, shutIn }: SocketFacts, unit = 'smtp2go-reconciler'): Condition => {
  switch (state) {
    case 'absent':
      return warning(
        'daemon',
        `none runs here: there is no ${path}`,
        `start one with \`run\`, or \`systemctl start ${unit}\`; if one runs elsewhere, say where with --socket or --state-dir`,
      )
    case 'closed':
      return warning(
        'daemon',
        `its socket ${path} is closed to us`,
        `ask as its owner, or with sudo${shutIn ? '' : '; or join the group of control.group, and log in anew'}`,
      )
    case 'dead':
      return warning(
        'daemon',
        `nobody answers at ${path}: a daemon was killed and left it behind`,
        `start it again with \`run\`, or \`systemctl start ${unit}\`: it replaces the file`,
      )
    case 'answers':
      return warning('daemon', `what answers at ${path} does not tell its status`, 'see its log; is it of another version?')
  }
}

/** A group that may ask the daemon, where it cannot get to its socket. */
export const groupFinding = (group: string, path: string): Warning =>
  warning(
    'control',
    `control.group is ${group}, and nobody of that group gets to ${path}: only its owner may enter the folder`,
    'set RUNTIME_DIRECTORY to a folder that they may enter, such as /run/smtp2go-reconciler with mode 0755 (in a unit: RuntimeDirectory=smtp2go-reconciler), and restart the daemon',
  )

/** How a scope could be read. */
export const scopeFinding = (scope: Scope, live: number, listed: number): Condition =>
  ok('scope', `${scope}: ${live} live, ${listed} listed`)

/** How the search for subaccounts went. */
export const subaccountsFinding = (active: number, all: number): Condition =>
  ok('subaccounts', `the search shows ${all}, of which ${active} are active and under the rules`)
