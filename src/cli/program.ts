// The program in its own words: what help and man page say beside the commands. The options that all commands take are here too.
import type { OptionRow } from './commands.ts'

/** The name of the command. */
export const PROGRAM = 'smtp2go-reconciler'

/** What it is, in one sentence. */
export const ABOUT = 'Keeps SMTP2GO users as one YAML file says: declarative, continuously enforced configuration.'

export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LEVELS)[number]

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

/** Every exit code, and what it means. */
export const EXIT_CODES: ReadonlyArray<readonly [code: number, meaning: string]> = [
  [0, 'done, in sync'],
  [1, 'internal error, or a state directory that cannot be used'],
  [2, 'changes pending (plan --detailed-exitcode)'],
  [3, "stopped by a guard or a person's decision"],
  [4, 'partly applied, or not converged; verify-log, report: the journal does not fit'],
  [5, 'config or secret invalid'],
  [6, 'service unreachable, throttled, ill-formed answer, or key refused'],
  [64, 'wrong usage, or an environment that weakens TLS or logs secrets'],
]

/** What to type first, and what for. */
export const EXAMPLES: ReadonlyArray<readonly [words: string, does: string]> = [
  ['export --endpoint eu --out config.yaml', 'start from what is live (key in $SMTP2GO_API_KEY)'],
  ['plan', 'see what would change, and why'],
  ['apply --digest sha256:…', 'make exactly the plan you saw'],
  ['run', 'enforce it around the clock'],
]
