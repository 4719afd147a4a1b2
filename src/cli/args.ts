// Words in: the command line as data, by the table of commands. Nothing is printed and nothing ends here.
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { type ArgumentRow, type Asked, COMMANDS, type OptionRow, type Row } from './commands.ts'
import { ABOUT, EXAMPLES, EXIT_CODES, GLOBALS, LEVELS, type LogLevel, PROGRAM } from './program.ts'
import { placeOf, wordsOf } from './words.ts'

export type GlobalOptions = {
  readonly config: string
  /** Whether somebody said so, and it is not just the file that lies here. */
  readonly configNamed: boolean
  readonly stateDir: string | undefined
  readonly logLevel: LogLevel | undefined
  readonly logFormat: 'pretty' | 'json' | undefined
}

/** What the command line says: a command, a text to show, or what is wrong with it. */
export type Parsed =
  | { readonly _tag: 'Command'; readonly global: GlobalOptions; readonly command: Asked; readonly row: Row }
  | { readonly _tag: 'Help'; readonly text: string }
  /** `fault`: the same as one line, where a report was asked for, which is printed on every exit. */
  | { readonly _tag: 'Usage'; readonly text: string; readonly fault: string | undefined }

const WIDEST = Math.max(...EXAMPLES.map(([words]) => words.length))

const AFTER = [
  '',
  'Exit codes:',
  ...EXIT_CODES.map(([code, meaning]) => `  ${String(code).padEnd(2)}  ${meaning}`),
  '',
  'Examples:',
  ...EXAMPLES.map(([words, does]) => `  ${PROGRAM} ${words.padEnd(WIDEST)}  ${does}`),
  '',
].join('\n')

const optionOf = ({ flags, help, choices }: OptionRow): Option => {
  const option = new Option(flags, help)
  return choices === undefined ? option : option.choices([...choices])
}

/** An option that does not let a second value take the place of the first: who stops two users must not have stopped one. */
const once = (option: Option): Option => {
  const { parseArg } = option
  if (option.variadic || option.isBoolean()) return option
  return option.argParser((value: string, before: unknown) => {
    if (before !== undefined && before !== value) throw new InvalidArgumentError(TWICE)
    return parseArg === undefined ? value : parseArg(value, before)
  })
}

const TWICE = 'The option stands twice, and takes one value; run the command once for each.'

const argumentOf = ([name, help, choices]: ArgumentRow): Argument => {
  const argument = new Argument(name, help)
  return choices === undefined ? argument : argument.choices([...choices])
}

type Typed = {
  readonly row: (typeof COMMANDS)[number]
  readonly args: ReadonlyArray<unknown>
  readonly options: Readonly<Record<string, unknown>>
}

/** Where and when the command line was typed. */
type Here = { readonly env: Readonly<Record<string, string | undefined>>; readonly version: string; readonly now: number }

/** Reads the command line. */
export const parseArgs = (argv: ReadonlyArray<string>, here: Here): Parsed => {
  let written = ''
  let typed: Typed | undefined
  const setUp = (command: Command): Command =>
    command
      .exitOverride()
      .configureOutput({ writeOut: (text) => (written += text), writeErr: (text) => (written += text) })
      .showHelpAfterError('(--help shows what there is)')
      .allowExcessArguments(false)
  const program = setUp(new Command(PROGRAM))
    .description(ABOUT)
    .version(here.version, '-V, --version')
    .addHelpText('after', AFTER)
    .enablePositionalOptions(false)
  for (const option of GLOBALS) program.addOption(optionOf(option))
  const made = new Map<string, Command>()
  for (const row of COMMANDS) {
    const [first = '', below] = row.name.split(' ')
    const parent = below === undefined ? program : made.get(first)
    if (parent === undefined) throw new Error(`${row.name} stands before ${first} in the table of commands`)
    const command = setUp(parent.command(below ?? first)).description(row.summary)
    for (const argument of 'args' in row ? row.args : []) command.addArgument(argumentOf(argument))
    for (const option of row.options) command.addOption(once(optionOf(option)))
    for (const option of GLOBALS) command.addOption(optionOf(option))
    command.action((...all: ReadonlyArray<unknown>) => {
      const options = { ...program.opts(), ...(parent === program ? {} : parent.opts()), ...command.opts() }
      typed = { row, args: all.slice(0, command.registeredArguments.length), options }
    })
    made.set(row.name, command)
  }
  try {
    program.parse([...behindCommand(argv)], { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    return thrown.exitCode === 0
      ? { _tag: 'Help', text: written }
      : usage(argv, written === '' ? program.helpInformation() : written)
  }
  return typed === undefined ? usage(argv, program.helpInformation()) : commandOf(typed, argv, here)
}

/** Whether a report was asked for that a program prints, and that is printed on every exit. */
export const isReportAsked = (parsed: Parsed): boolean =>
  parsed._tag === 'Usage'
    ? parsed.fault !== undefined
    : parsed._tag === 'Command' && parsed.row.reports === true && 'format' in parsed.command && parsed.command.format === 'json'

/** The options after which a value stands, of whichever command. */
const TAKING = new Set(
  [...GLOBALS, ...COMMANDS.flatMap((row): ReadonlyArray<OptionRow> => row.options)]
    .map(optionOf)
    .flatMap((option) => (option.isBoolean() ? [] : [option.short, option.long]))
    .filter((flag) => flag !== undefined),
)

/** Options that the program takes itself. */
const OF_ALL = new Set(
  [...GLOBALS.map(optionOf), new Option('-V, --version'), new Option('-h, --help')].flatMap(({ short, long }) => [short, long]),
)

/** Where the command is named. What an option before it takes is no command. */
const commandAt = (argv: ReadonlyArray<string>): number =>
  argv.findIndex((word, at) => !word.startsWith('-') && !TAKING.has(argv[at - 1] ?? ''))

/** The same words, with the options of the command behind it that stood before it. */
const behindCommand = (argv: ReadonlyArray<string>): ReadonlyArray<string> => {
  const named = commandAt(argv)
  if (named <= 0) return argv
  const [before, after] = [argv.slice(0, named), argv.slice(named)]
  const isOfCommand = (word: string, at: number): boolean =>
    word.startsWith('-') ? !OF_ALL.has(word.split('=')[0]) : !OF_ALL.has(before[at - 1])
  const own = before.filter(isOfCommand)
  const end = after.includes('--') ? after.indexOf('--') : after.length
  return [...before.filter((word, at) => !isOfCommand(word, at)), ...after.slice(0, end), ...own, ...after.slice(end)]
}

/** Whether a command is named that prints a report on every exit, be everything else wrong. */
const reports = (argv: ReadonlyArray<string>): boolean =>
  COMMANDS.some((row) => row.name === argv[commandAt(argv)] && 'reports' in row)

const usage = (argv: ReadonlyArray<string>, text: string): Parsed => {
  const isJson = argv.some((word, at) => word === '--format=json' || (word === '--format' && argv[at + 1] === 'json'))
  const faults = text.split('\n').flatMap((line) => (line.startsWith('error: ') ? [line.slice('error: '.length)] : []))
  return { _tag: 'Usage', text, fault: isJson && reports(argv) ? faults.join('; ') : undefined }
}

const commandOf = ({ row, args, options }: Typed, argv: ReadonlyArray<string>, { env, now }: Here): Parsed => {
  const faults: Array<string> = []
  const words = wordsOf({ options, args, now }, faults)
  const logFormat = words.text('logFormat')
  const config = placeOf(words, 'config') ?? env.SMTP2GO_RECONCILER_CONFIG
  const global: GlobalOptions = {
    config: config ?? 'config.yaml',
    configNamed: config !== undefined,
    stateDir: placeOf(words, 'stateDir', '--state-dir'),
    logLevel: LEVELS.find((level) => level === words.text('logLevel')),
    logFormat: logFormat === 'json' || logFormat === 'pretty' ? logFormat : undefined,
  }
  const command = row.read(words)
  return faults.length > 0
    ? usage(argv, `${faults.map((fault) => `error: ${fault}\n`).join('')}(--help shows what there is)\n`)
    : { _tag: 'Command', global, command, row }
}
