// Words in: the command line as data. Nothing is printed and nothing ends here.
import { Command, CommanderError, Option } from 'commander'
import type { Scope } from '../domain/scope.ts'
import { subaccount } from '../domain/scope.ts'
import type { Glob } from '../domain/username.ts'
import { glob } from '../domain/username.ts'

export type GlobalOptions = {
  readonly config: string
  readonly stateDir: string | undefined
  readonly logLevel: LogLevel
  readonly logFormat: 'pretty' | 'json' | undefined
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error'

/** A command with its options. */
export type Asked =
  | { readonly _tag: 'Validate'; readonly format: 'text' | 'json'; readonly secrets: boolean }
  | {
      readonly _tag: 'Plan'
      readonly format: 'text' | 'json' | 'markdown'
      readonly out: string | undefined
      readonly detailedExitcode: boolean
      readonly user: Glob | undefined
      readonly scope: Scope | undefined
      readonly live: string | undefined
    }
  | {
      readonly _tag: 'Apply'
      readonly format: 'text' | 'json'
      readonly yes: boolean
      readonly digest: string | undefined
      readonly user: Glob | undefined
      readonly scope: Scope | undefined
    }
  | { readonly _tag: 'Run' }
  | {
      readonly _tag: 'Export'
      readonly endpoint: string | undefined
      readonly subaccounts: ReadonlyArray<string>
      readonly allSubaccounts: boolean
      readonly snapshot: boolean
      readonly out: string | undefined
    }
  | { readonly _tag: 'Schema'; readonly of: 'config' | 'plan' | 'report' | 'snapshot' }
  | {
      readonly _tag: 'Sandbox'
      readonly port: number | undefined
      readonly state: string | undefined
      readonly seed: string | undefined
    }
  | {
      readonly _tag: 'SandboxEdit'
      readonly username: string
      readonly assignments: ReadonlyArray<string>
      readonly scope: Scope
    }
  | { readonly _tag: 'Status'; readonly format: 'text' | 'json'; readonly socket: string | undefined }
  | { readonly _tag: 'Reconcile'; readonly socket: string | undefined }
  | {
      readonly _tag: 'Approve'
      readonly digest: string | undefined
      readonly live: Scope | undefined
      readonly reason: string
      readonly socket: string | undefined
    }

/** What the command line says: a command, a text to show, or what is wrong with it. */
export type Parsed =
  | { readonly _tag: 'Command'; readonly global: GlobalOptions; readonly command: Asked }
  | { readonly _tag: 'Help'; readonly text: string }
  | { readonly _tag: 'Usage'; readonly text: string }

type Raw = Record<string, unknown>
type Env = Readonly<Record<string, string | undefined>>

const EXIT_CODES = `
Exit codes:
  0   done, in sync
  1   internal error
  2   changes pending (plan --detailed-exitcode)
  3   stopped by a guard or a person's decision
  4   partly applied, or not converged
  5   config or secret invalid
  6   service unreachable, throttled, ill-formed answer, or key refused
  64  wrong usage

Examples:
  smtp2go-reconciler export --endpoint eu > config.yaml     start from what is live (key in $SMTP2GO_API_KEY)
  smtp2go-reconciler plan                                   see what would change, and why
  smtp2go-reconciler apply --digest sha256:…                make exactly the plan you saw
  smtp2go-reconciler run                                    enforce it around the clock
`

const GLOBALS = (): ReadonlyArray<Option> => [
  new Option('-c, --config <file>', 'config file (default: $SMTP2GO_RECONCILER_CONFIG, then ./config.yaml)'),
  new Option(
    '--state-dir <dir>',
    'where ledger, journal and lock are kept (default: state_dir of the config, then $STATE_DIRECTORY, then the XDG state folder)',
  ),
  new Option('--log-level <level>', 'least level that is logged (default: info)').choices([
    'trace',
    'debug',
    'info',
    'warn',
    'error',
  ]),
  new Option('--log-format <format>', 'default: pretty on a terminal, else json').choices(['pretty', 'json']),
]

const format = (...choices: ReadonlyArray<string>): Option =>
  new Option('--format <format>', 'default: text').choices([...choices])
const user = (): Option => new Option('--user <glob>', 'only users that match')
const scopeOption = (): Option => new Option('--scope <scope>', 'only this scope: account or subaccount:ID')
const socket = (): Option => new Option('--socket <path>', "the daemon's control socket")

/** Reads the command line. */
export const parseArgs = (argv: ReadonlyArray<string>, env: Env, version: string): Parsed => {
  let written = ''
  let asked: { readonly name: string; readonly args: ReadonlyArray<unknown>; readonly options: Raw } | undefined
  const program = new Command('smtp2go-reconciler')
  const setUp = (command: Command): Command =>
    command
      .exitOverride()
      .configureOutput({ writeOut: (text) => (written += text), writeErr: (text) => (written += text) })
      .showHelpAfterError('(--help shows what there is)')
      .allowExcessArguments(false)
  setUp(program)
    .description('Keeps SMTP2GO users as one YAML file says: declarative, continuously enforced configuration.')
    .version(version, '-V, --version')
    .addHelpText('after', EXIT_CODES)
    .enablePositionalOptions(false)
  for (const option of GLOBALS()) program.addOption(option)
  const add = (
    parent: Command,
    name: string,
    summary: string,
    options: ReadonlyArray<Option>,
    args: ReadonlyArray<readonly [string, string]> = [],
  ): Command => {
    const command = setUp(parent.command(name)).description(summary)
    for (const [argument, help] of args) command.argument(argument, help)
    for (const option of [...options, ...GLOBALS()]) command.addOption(option)
    const full = parent === program ? name : `${parent.name()} ${name}`
    return command.action((...all: ReadonlyArray<unknown>) => {
      const given = { ...program.opts<Raw>(), ...(parent === program ? {} : parent.opts<Raw>()), ...command.opts<Raw>() }
      asked = { name: full, args: all.slice(0, command.registeredArguments.length), options: given }
    })
  }
  add(program, 'validate', 'check the config, offline', [
    format('text', 'json'),
    new Option('--secrets', 'also look up every secret'),
  ])
  add(program, 'plan', 'show what would change, and why; reads only', [
    format('text', 'json', 'markdown'),
    new Option('--out <file>', 'write the plan to a file'),
    new Option('--detailed-exitcode', 'exit 2 when changes are pending'),
    user(),
    scopeOption(),
    new Option('--live <file>', 'plan offline, against a snapshot of `export --snapshot`'),
  ])
  add(program, 'apply', 'plan, ask, apply, read back, report', [
    format('text', 'json'),
    new Option('--yes', 'do not ask'),
    new Option('--digest <sha>', 'apply only if the plan has exactly this digest; lifts caps and approvals for it'),
    user(),
    scopeOption(),
  ])
  add(program, 'run', 'the daemon: enforce the config on every change and on schedule', [])
  add(program, 'export', 'write a config for the users that are live now', [
    new Option(
      '--endpoint <endpoint>',
      'global, us, eu, au or an address; without a config, the key comes from $SMTP2GO_API_KEY',
    ),
    new Option('--subaccount <id...>', 'also this subaccount'),
    new Option('--all-subaccounts', 'also every active subaccount'),
    new Option('--snapshot', 'write the live state for `plan --live` instead, without passwords'),
    new Option('--out <file>', 'write to a file'),
  ])
  add(program, 'schema', 'print the JSON Schema of the config or of a document', [
    new Option('--for <document>', 'default: config').choices(['config', 'plan', 'report', 'snapshot']),
  ])
  const sandbox = add(program, 'sandbox', 'serve a stand-in of the service, for trying and testing', [
    new Option('--port <port>', 'default: any free port'),
    new Option('--state <file>', 'keep the users in this file'),
    new Option('--seed <file>', 'start with the users of this file'),
  ])
  add(
    sandbox,
    'edit',
    'play a colleague who changes a user of the running sandbox by hand',
    [new Option('--subaccount <id>', 'the user is in this subaccount')],
    [
      ['<username>', 'the user'],
      ['<field=value...>', 'what to change, such as status=blocked'],
    ],
  )
  add(program, 'status', 'what the running daemon knows', [format('text', 'json'), socket()])
  add(program, 'reconcile', 'ask the running daemon for a run', [socket()])
  add(
    program,
    'approve',
    'release what a plan of the running daemon holds, once, for an hour',
    [
      new Option('--live <scope>', 'believe the live answer of this scope'),
      new Option('--reason <text>', 'why; it is journalled'),
      socket(),
    ],
    [['[digest]', 'digest of the plan']],
  )
  try {
    program.parse([...argv], { from: 'user' })
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return { _tag: 'Help', text: written }
    if (thrown instanceof CommanderError)
      return { _tag: 'Usage', text: written === '' ? `${program.helpInformation()}` : written }
    throw thrown
  }
  if (asked === undefined) return { _tag: 'Usage', text: program.helpInformation() }
  return commandOf(asked, env)
}

const text = (raw: Raw, key: string): string | undefined => (typeof raw[key] === 'string' ? raw[key] : undefined)

const commandOf = (
  { name, args, options }: { readonly name: string; readonly args: ReadonlyArray<unknown>; readonly options: Raw },
  env: Env,
): Parsed => {
  const faults: Array<string> = []
  const global: GlobalOptions = {
    config: text(options, 'config') ?? env.SMTP2GO_RECONCILER_CONFIG ?? 'config.yaml',
    stateDir: text(options, 'stateDir'),
    logLevel: LEVELS.find((level) => level === options.logLevel) ?? 'info',
    logFormat: options.logFormat === 'json' || options.logFormat === 'pretty' ? options.logFormat : undefined,
  }
  const command = askedOf(name, args, options, faults)
  if (faults.length > 0 || command === undefined)
    return { _tag: 'Usage', text: `${faults.map((fault) => `error: ${fault}\n`).join('')}(--help shows what there is)\n` }
  return { _tag: 'Command', global, command }
}

const LEVELS: ReadonlyArray<LogLevel> = ['trace', 'debug', 'info', 'warn', 'error']

const askedOf = (name: string, args: ReadonlyArray<unknown>, raw: Raw, faults: Array<string>): Asked | undefined => {
  const json = raw.format === 'json' ? 'json' : 'text'
  const filters = { user: globOf(text(raw, 'user'), faults), scope: scopeOf(text(raw, 'scope'), '--scope', faults) }
  switch (name) {
    case 'validate':
      return { _tag: 'Validate', format: json, secrets: raw.secrets === true }
    case 'plan':
      return {
        _tag: 'Plan',
        format: raw.format === 'markdown' ? 'markdown' : json,
        out: text(raw, 'out'),
        detailedExitcode: raw.detailedExitcode === true,
        live: text(raw, 'live'),
        ...filters,
      }
    case 'apply':
      return { _tag: 'Apply', format: json, yes: raw.yes === true, digest: digestOf(text(raw, 'digest'), faults), ...filters }
    case 'run':
      return { _tag: 'Run' }
    case 'export': {
      const ids = Array.isArray(raw.subaccount) ? raw.subaccount.filter((id) => typeof id === 'string') : []
      return {
        _tag: 'Export',
        endpoint: text(raw, 'endpoint'),
        subaccounts: ids,
        allSubaccounts: raw.allSubaccounts === true,
        snapshot: raw.snapshot === true,
        out: text(raw, 'out'),
      }
    }
    case 'schema':
      return { _tag: 'Schema', of: raw.for === 'plan' || raw.for === 'report' || raw.for === 'snapshot' ? raw.for : 'config' }
    case 'sandbox':
      return { _tag: 'Sandbox', port: portOf(text(raw, 'port'), faults), state: text(raw, 'state'), seed: text(raw, 'seed') }
    case 'sandbox edit': {
      const id = text(raw, 'subaccount')
      const assignments = Array.isArray(args[1]) ? args[1].filter((one) => typeof one === 'string') : []
      return { _tag: 'SandboxEdit', username: String(args[0]), assignments, scope: id === undefined ? 'account' : subaccount(id) }
    }
    case 'status':
      return { _tag: 'Status', format: json, socket: text(raw, 'socket') }
    case 'reconcile':
      return { _tag: 'Reconcile', socket: text(raw, 'socket') }
    case 'approve': {
      const digest = digestOf(typeof args[0] === 'string' ? args[0] : undefined, faults)
      const live = scopeOf(text(raw, 'live'), '--live', faults)
      if ((digest === undefined) === (live === undefined) && faults.length === 0)
        faults.push('approve takes a digest, or --live with a scope')
      return { _tag: 'Approve', digest, live, reason: text(raw, 'reason') ?? '', socket: text(raw, 'socket') }
    }
    default:
      return undefined
  }
}

const globOf = (pattern: string | undefined, faults: Array<string>): Glob | undefined => {
  if (pattern === undefined) return undefined
  const made = glob(pattern)
  if (made === undefined) faults.push('--user: an empty pattern matches nobody')
  return made
}

const scopeOf = (given: string | undefined, option: string, faults: Array<string>): Scope | undefined => {
  if (given === undefined) return undefined
  if (given === 'account') return 'account'
  const id = /^subaccount:([A-Za-z0-9_-]+)$/.exec(given)?.[1]
  if (id === undefined) faults.push(`${option}: a scope is account or subaccount:ID`)
  return id === undefined ? undefined : subaccount(id)
}

const digestOf = (given: string | undefined, faults: Array<string>): string | undefined => {
  if (given === undefined) return undefined
  const hex = given.replace(/^sha256:/, '')
  if (!/^[0-9a-f]{12,64}$/.test(hex))
    faults.push('a digest is sha256: and 64 hexadecimal digits, or at least the first 12 of them, as a plan shows it')
  return `sha256:${hex}`
}

const portOf = (given: string | undefined, faults: Array<string>): number | undefined => {
  if (given === undefined) return undefined
  const port = Number(given)
  if (!/^\d+$/.test(given) || port > 65535) faults.push('--port: a port is a number from 0 to 65535')
  return port
}
