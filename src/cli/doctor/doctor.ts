// `doctor`: looks at everything that a run depends on, and says what to do about what is not well. It is handed readers, so it cannot write.

import { fullMessage, reached } from '../../domain/basics/command.ts'
import { counted } from '../../domain/basics/counted.ts'
import type { Failure } from '../../domain/basics/failure.ts'
import { concerns, describe } from '../../domain/basics/failure.ts'
import type { Condition, OpenFile, SocketFacts, StateFacts } from '../../domain/checkup/checkup.ts'
import {
  checkupCode,
  clockFinding,
  groupFinding,
  ok,
  openFindings,
  permissionFinding,
  scopeFinding,
  socketFinding,
  stateFinding,
  subaccountsFinding,
  trouble,
  troubleOf,
  warning,
} from '../../domain/checkup/checkup.ts'
import { type UnitFacts, unitFindings, unitOf } from '../../domain/checkup/unit.ts'
import { disbelief } from '../../domain/guards/believe.ts'
import type { Ledger } from '../../domain/memory/ledger.ts'
import { pauseOf } from '../../domain/memory/pause.ts'
import type { DesiredState } from '../../domain/wanted/desired.ts'
import { isActive } from '../../domain/wanted/subaccount.ts'
import { E } from '../../fp.ts'
import type { AccountReader, Connect, Connection, JournalReader, Ledgers, Question } from '../../ports.ts'
import type { LoadEither } from '../../reconcile/plan.ts'
import { failureWords } from '../failure.ts'
import { checkupJson, checkupText } from '../render/checkup.ts'
import { printJson } from '../render/json.ts'
import { printProblem } from '../render/problem.ts'
import type { Reply } from '../reply.ts'
import type { Terminal } from '../terminal.ts'
import { slowReads } from '../validate.ts'
import { daemonFindings } from './of-daemon.ts'
import { journalFinding, ledgerFinding, letGoFindings } from './of-memory.ts'
import { adviceOn, UNASKED, unconnected } from './of-service.ts'

type Ports = {
  readonly terminal: Terminal
  readonly load: LoadEither
  readonly dir: string
  readonly inspect: () => Promise<StateFacts>
  /** What others can write of the files that the config was read from. */
  readonly open: () => Promise<ReadonlyArray<OpenFile>>
  readonly ledgers: Pick<Ledgers, 'read'>
  readonly journal: JournalReader
  readonly connect: Connect<AccountReader>
  /** The options with which a quoted command finds this config and state directory. */
  readonly reachedBy: string
  readonly ask: (question: Question) => Promise<Reply | undefined>
  /** How the way to the daemon stands. */
  readonly socket: () => Promise<SocketFacts>
  /** How the service stands that runs the daemon, and whether we are run by it. */
  readonly units: UnitFacts
  readonly isService: boolean
  /** Where the config is. */
  readonly file: string
  readonly now: () => Date
  readonly shortestGapMs: (expression: string, timezone: string) => number
}

/** Runs `doctor`; gives its exit code: that of the worst trouble. */
export const doctor = async (ports: Ports, format: 'text' | 'json'): Promise<number> => {
  const { terminal } = ports
  const unit = unitOf(ports.units, ports.file)
  const state = stateFinding(ports.dir, await ports.inspect(), unit?.stateDir === ports.dir ? unit.id : undefined)
  const ledger = await ports.ledgers.read()()
  const { findings: config, desired, group } = await configFindings(ports)
  const service = desired === undefined ? [] : await serviceFindings(ports, desired, E.isRight(ledger) ? ledger.right : undefined)
  const findings = [
    ...config,
    ...openFindings(await ports.open()),
    ...service,
    state,
    ledgerFinding(ledger),
    ...(desired === undefined || E.isLeft(ledger) ? [] : letGoFindings(ledger.right, desired, ports.now())),
    await journalFinding(ports.journal),
    ...(await daemonOf(ports)),
    ...(group === undefined ? [] : await groupFindings(ports, group)),
    ...unitFindings(ports.units, ports.file),
  ]
  terminal.out(format === 'json' ? printJson(checkupJson(findings)) : checkupText(findings, terminal))
  return checkupCode(findings)
}

const configFindings = async (
  ports: Ports,
): Promise<{
  readonly findings: ReadonlyArray<Condition>
  readonly desired: DesiredState | undefined
  /** Who may ask the daemon beside its own user. */
  readonly group: string | undefined
}> => {
  const read = await ports.load('references')()
  if (E.isLeft(read)) return { findings: [unloaded('config', read.left)], desired: undefined, group: undefined }
  const { files, scopes, policy, operation } = read.right.desired
  const group = operation.control?.group
  const users = scopes.reduce((sum, scope) => sum + scope.users.length, 0)
  const mode = policy.mode === 'observe' ? '; reconcile.mode is observe: nothing is ever written' : ''
  const unmarked = read.right.desired.unmarked
  const cut = unmarked === undefined ? [] : [warning('config', unmarked, 'end each config file with a line ...')]
  const valid = ok('config', `${files.join(', ')}: valid, ${counted(users, 'user')} in ${counted(scopes.length, 'scope')}${mode}`)
  const slow = slowReads(ports, read.right).map((says) => warning('schedule', says, 'see reconcile.schedule and api.pace'))
  const schedule = slow.length > 0 ? slow : [ok('schedule', scheduleText(read.right.desired))]
  const resolved = await ports.load('resolve')()
  return E.isLeft(resolved)
    ? { findings: [valid, ...cut, ...schedule, secretsUnread(ports, resolved.left)], desired: undefined, group }
    : {
        group,
        findings: [valid, ...cut, ...schedule, ok('secrets', 'all were found, and their files are private')],
        desired: resolved.right.desired,
      }
}

// What is the service's alone is not there for whoever asks beside it, and need not be.
const secretsUnread = ({ units, file, isService }: Ports, failure: Failure): Condition => {
  const unit = unitOf(units, file)
  const fault = unloaded('secrets', failure)
  return isService || unit?.active !== 'active'
    ? fault
    : warning(
        'secrets',
        `${unit.id} found them when it started; from here not all can be read, and the service was not asked:\n${fault.says}`,
        'to check them too, ask as the service: README, As a service',
      )
}

const scheduleText = ({ schedule: { cron, timezone, onChange } }: DesiredState): string => {
  if (cron !== undefined) return `a run is due by '${cron}' (${timezone}); the reads fit in between at api.pace`
  const others = onChange
    ? 'when the daemon starts, when the config changes, and when asked for'
    : 'when the daemon starts, and when asked for'
  return `there is none: runs are made ${others}`
}

const unloaded = (check: string, failure: Failure): Condition => {
  if (failure._tag !== 'ConfigInvalid') return troubleOf(check, failure, failureWords(failure), UNASKED)
  const says = failure.problems.map(printProblem).join('\n')
  const isMissing = failure.problems.some(({ missing }) => missing === true)
  const advice =
    check === 'config' && isMissing
      ? 'name it with --config; or `export --endpoint eu --out config.yaml` makes one from what is live. The service was not asked'
      : 'mend it and look again: the service was not asked'
  return trouble(check, 5, says, advice)
}

const serviceFindings = async (
  ports: Ports,
  desired: DesiredState,
  ledger: Ledger | undefined,
): Promise<ReadonlyArray<Condition>> => {
  const connected = await ports.connect(desired.api)()
  if (E.isLeft(connected)) return [unconnected(connected.left)]
  const connection = connected.right
  const paused =
    ledger === undefined ? undefined : pauseOf(ledger, { key: connection.keyPrint, now: ports.now().getTime(), person: true })
  if (paused !== undefined) return [trouble('key', 6, paused.message, 'wait until then; doctor asks nothing before')]
  const permissions = await connection.accounts.permissions()()
  const findings: Array<Condition> = []
  if (E.isRight(permissions)) {
    findings.push(ok('key', 'the service takes it'), permissionOf(permissions.right, desired))
  } else if (permissions.left._tag === 'PermissionMissing')
    findings.push(
      warning('permissions', 'the API key may not tell what it may do', 'grant it /api_keys/permissions to have this checked'),
    )
  else {
    findings.push(trouble('key', 6, describe(permissions.left), adviceOn(permissions.left)))
    if (concerns(permissions.left) === 'key') return findings
  }
  findings.push(...(await scopeFindings(ports, { desired, ledger, connection })))
  const aheadMs = connection.aheadMs?.()
  return aheadMs === undefined ? findings : [...findings, clockFinding(aheadMs)]
}

// The stand-in has no key of its own, so that none can do too much.
const permissionOf = (granted: ReadonlyArray<string>, { api, policy, coverage }: DesiredState): Condition =>
  api.endpoint._tag === 'Sandbox'
    ? ok('permissions', 'the embedded sandbox lets everybody do everything')
    : permissionFinding(granted, { ...policy, searches: coverage !== undefined })

type Looked = {
  readonly desired: DesiredState
  readonly ledger: Ledger | undefined
  readonly connection: Connection<AccountReader>
}

const scopeFindings = async (ports: Ports, { desired, ledger, connection }: Looked): Promise<ReadonlyArray<Condition>> => {
  const findings: Array<Condition> = []
  if (desired.coverage !== undefined) {
    const found = await connection.accounts.subaccounts()()
    if (E.isLeft(found)) findings.push(trouble('subaccounts', 6, describe(found.left), adviceOn(found.left)))
    else findings.push(subaccountsFinding(found.right.filter(isActive).length, found.right.length))
  }
  for (const { scope, users } of desired.scopes) {
    const live = await connection.accounts.list(scope)()
    if (E.isLeft(live)) {
      findings.push(trouble('scope', 6, `${scope}: ${describe(live.left)}`, adviceOn(live.left)))
      // What concerns the key or the way there is the same for every other scope.
      if (concerns(live.left) !== 'user') break
      continue
    }
    const memory = ledger?.scopes.get(scope)
    const facts = { live: live.right, memory, origin: connection.origin, vouched: ledger?.believed.get(scope) }
    const doubt = disbelief({ ...facts, now: ports.now().getTime() })
    findings.push(
      doubt === undefined
        ? scopeFinding(scope, live.right.users.length, users.length)
        : trouble(
            'scope',
            3,
            `${scope}: ${fullMessage(reached(doubt, ports.reachedBy))}`,
            'look in the SMTP2GO app whether the users are there',
          ),
    )
  }
  return findings
}

const daemonOf = async ({ ask, socket, units, file }: Ports): Promise<ReadonlyArray<Condition>> => {
  const reply = await ask({ _tag: 'Status' })
  return reply?._tag === 'Status' ? daemonFindings(reply.status) : [socketFinding(await socket(), unitOf(units, file)?.id)]
}

// Where no daemon has listened yet it is not known where it will.
const groupFindings = async ({ socket }: Ports, group: string): Promise<ReadonlyArray<Condition>> => {
  const { path, state, shutIn } = await socket()
  return state !== 'absent' && shutIn ? [groupFinding(group, path)] : []
}
