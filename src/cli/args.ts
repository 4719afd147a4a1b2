// Words in: the command line as data, by the table of commands. Nothing is printed and nothing ends here.
import { Command, CommanderError, Option } from 'commander'
import { type Asked, COMMANDS, type OptionRow } from './commands.ts'
import { wordsOf } from './words.ts'

export type GlobalOptions = {
  readonly config: string
  readonly stateDir: string | undefined
  readonly logLevel: LogLevel | undefined
  readonly logFormat: 'pretty' | 'json' | undefined
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LEVELS)[number]

/** What the command line says: a command, a text to show, or what is wrong with it. */
export type Parsed =
  | { readonly _tag: 'Command'; readonly global: GlobalOptions; readonly command: Asked }
  | { readonly _tag: 'Help'; readonly text: string }
  | { readonly _tag: 'Usage'; readonly text: string }

type Env = Readonly<Record<string, string | undefined>>

const EXIT_CODES = `
Exit codes:
  0   done, in sync
  1   internal error
  2   changes pending (plan --detailed-exitcode)
  3   stopped by a guard or a person's decision
  4   partly applied, or not converged; verify-log: the journal does not fit
  5   config or secret invalid
  6   service unreachable, throttled, ill-formed answer, or key refused
  64  wrong usage

Examples:
  smtp2go-reconciler export --endpoint eu --out config.yaml  start from what is live (key in $SMTP2GO_API_KEY)
  smtp2go-reconciler plan                                    see what would change, and why
  smtp2go-reconciler apply --digest sha256:…                 make exactly the plan you saw
  smtp2go-reconciler run                                     enforce it around the clock
`

/** Options that every command takes, before or after its name. */
export const GLOBALS: ReadonlyArray<OptionRow> = [
  { flags: '-c, --config <file>', help: 'config file (default: $SMTP2GO_RECONCILER_CONFIG, then ./config.yaml)' },
  {
    flags: '--state-dir <dir>',
    help: 'where ledger, journal and lock are kept (default: state_dir of the config, then $STATE_DIRECTORY, then the XDG state folder)',
  },
  {
    flags: '--log-level <level>',
    help: 'least level that is logged (default: info; for apply on a terminal, which shows the same, warn)',
    choices: LEVELS,
  },
  { flags: '--log-format <format>', help: 'default: pretty on a terminal, else json', choices: ['pretty', 'json'] },
]

const optionOf = ({ flags, help, choices }: OptionRow): Option => {
  const option = new Option(flags, help)
  return choices === undefined ? option : option.choices([...choices])
}

type Typed = {
  readonly row: (typeof COMMANDS)[number]
  readonly args: ReadonlyArray<unknown>
  readonly options: Readonly<Record<string, unknown>>
}

/** Reads the command line. */
export const parseArgs = (argv: ReadonlyArray<string>, env: Env, version: string): Parsed => {
  let written = ''
  let typed: Typed | undefined
  const setUp = (command: Command): Command =>
    command
      .exitOverride()
      .configureOutput({ writeOut: (text) => (written += text), writeErr: (text) => (written += text) })
      .showHelpAfterError('(--help shows what there is)')
      .allowExcessArguments(false)
  const program = setUp(new Command('smtp2go-reconciler'))
    .description('Keeps SMTP2GO users as one YAML file says: declarative, continuously enforced configuration.')
    .version(version, '-V, --version')
    .addHelpText('after', EXIT_CODES)
    .enablePositionalOptions(false)
  for (const option of GLOBALS) program.addOption(optionOf(option))
  const made = new Map<string, Command>()
  for (const row of COMMANDS) {
    const [first = '', below] = row.name.split(' ')
    const parent = below === undefined ? program : made.get(first)
    if (parent === undefined) throw new Error(`${row.name} stands before ${first} in the table of commands`)
    const command = setUp(parent.command(below ?? first)).description(row.summary)
    for (const [argument, help] of 'args' in row ? row.args : []) command.argument(argument, help)
    for (const option of [...row.options, ...GLOBALS]) command.addOption(optionOf(option))
    command.action((...all: ReadonlyArray<unknown>) => {
      const options = { ...program.opts(), ...(parent === program ? {} : parent.opts()), ...command.opts() }
      typed = { row, args: all.slice(0, command.registeredArguments.length), options }
    })
    made.set(row.name, command)
  }
  try {
    program.parse([...argv], { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    return thrown.exitCode === 0
      ? { _tag: 'Help', text: written }
      : { _tag: 'Usage', text: written === '' ? program.helpInformation() : written }
  }
  return typed === undefined ? { _tag: 'Usage', text: program.helpInformation() } : commandOf(typed, env)
}

const commandOf = ({ row, args, options }: Typed, env: Env): Parsed => {
  const faults: Array<string> = []
  const words = wordsOf({ options, args }, faults)
  const logFormat = words.text('logFormat')
  const global: GlobalOptions = {
    config: words.text('config') ?? env.SMTP2GO_RECONCILER_CONFIG ?? 'config.yaml',
    stateDir: words.text('stateDir'),
    logLevel: LEVELS.find((level) => level === words.text('logLevel')),
    logFormat: logFormat === 'json' || logFormat === 'pretty' ? logFormat : undefined,
  }
  const command = row.read(words)
  return faults.length > 0
    ? { _tag: 'Usage', text: `${faults.map((fault) => `error: ${fault}\n`).join('')}(--help shows what there is)\n` }
    : { _tag: 'Command', global, command }
}
