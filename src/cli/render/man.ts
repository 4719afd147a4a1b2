// The manual page, in the macros that every reader of such pages knows. Options, commands, exit codes and examples are those of the help.
import { ABOUT, EXAMPLES, EXIT_CODES, PROGRAM } from '../program.ts'
import { EVERYWHERE, type Flag, VERBS, VERSION, type Verb } from '../syntax.ts'

/** Text that stands for itself in roff. */
export const roff = (text: string): string =>
  text
    .replace(/[\\^~]/g, (character) => SPECIAL.get(character) ?? character)
    .replace(/-/g, '\\-')
    .replace(/^([.'])/gm, '\\&$1')
    .replace(
      /[^\p{ASCII}]/gu,
      (character) => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )

const SPECIAL: ReadonlyMap<string, string> = new Map([
  ['\\', '\\e'],
  ['^', '\\(ha'],
  ['~', '\\(ti'],
])

/** Prose, in which what stands between backticks is typed as it is. */
const prose = (text: string): string =>
  text
    .split('`')
    .map((piece, at) => (at % 2 === 1 ? bold(piece) : roff(piece)))
    .join('')

const bold = (text: string): string => `\\fB${roff(text)}\\fR`
const italic = (text: string): string => `\\fI${roff(text)}\\fR`

const valueText = ({ value }: Flag): string => {
  if (value._tag === 'None') return ''
  return value._tag === 'Words' && value.only ? ` ${value.words.map(bold).join('|')}` : ` ${italic(value.name)}`
}

const flagText = (flag: Flag): string =>
  [
    '.TP',
    `${flag.short === undefined ? '' : `${bold(flag.short)}, `}${bold(flag.long)}${valueText(flag)}`,
    `${prose(flag.help)}${flag.many ? '; may be given several times' : ''}`,
  ].join('\n')

const argumentText = ([name, help, choices]: Verb['args'][number]): string =>
  ['.TP', choices === undefined ? italic(name.replace(/[<>]/g, '')) : choices.map(bold).join('|'), prose(help)].join('\n')

const verbText = ({ name, summary, flags, args }: Verb): string => {
  const synopsis = [
    bold(name),
    ...(flags.length > 0 ? ['[options]'] : []),
    ...args.map(([argument]) => italic(argument.replace(/[<>]/g, ''))),
  ]
  return [`.SS ${synopsis.join(' ')}`, prose(summary), ...flags.map(flagText), ...args.map(argumentText)].join('\n')
}

const terms = (rows: ReadonlyArray<readonly [term: string, text: string]>): string =>
  rows.map(([term, text]) => `.TP\n${bold(term)}\n${prose(text)}`).join('\n')

const DESCRIPTION = `The daemon (\`run\`) makes the live SMTP users of an SMTP2GO account, and of its subaccounts, as the config says: when the file is saved, and on a schedule, so that what somebody changes by hand is put back.
\`plan\` shows what it would do, and why, and writes nothing.
Limits that the config sets hold back what is too much at once until a person approves exactly that plan.
.PP
Nothing is written unless the whole config, every secret and the whole answer of the service stand.
Key and passwords appear in no output, log, plan or journal.`

const FILES: ReadonlyArray<readonly [path: string, text: string]> = [
  ['./config.yaml', 'the config, unless `--config` or the environment names another; `schema` prints what may be in it'],
  ['/etc/smtp2go-reconciler/config.yaml, /etc/smtp2go-reconciler/api-key', 'config and API key of the systemd service'],
  ['/etc/smtp2go-reconciler/NAME.yaml, /etc/smtp2go-reconciler/NAME.api-key', 'those of the instance `smtp2go-reconciler@NAME`'],
  [
    '/var/lib/smtp2go-reconciler',
    'state directory of the service: `ledger.json`, `journal.jsonl`, `lock`; no password is in them',
  ],
  ['~/.local/state/smtp2go-reconciler', 'state directory where nothing else names one'],
  [
    '/run/smtp2go-reconciler/control.sock, /run/smtp2go-reconciler@NAME/control.sock',
    'control sockets of the service and of an instance; elsewhere it is in the state directory',
  ],
]

const ENVIRONMENT: ReadonlyArray<readonly [name: string, text: string]> = [
  ['SMTP2GO_RECONCILER_CONFIG', 'the config file where `--config` is not given'],
  ['SMTP2GO_API_KEY', 'the API key of `export --endpoint`; otherwise the config says where the key is'],
  ['STATE_DIRECTORY, XDG_STATE_HOME', 'where the state directory is, when neither `--state-dir` nor the config says it'],
  ['RUNTIME_DIRECTORY', 'the folder of the control socket'],
  ['CREDENTIALS_DIRECTORY', 'where systemd puts the credentials that `{ credential: NAME }` in the config names'],
  ['NO_COLOR', 'no colour, whatever the terminal can'],
  ['NODE_EXTRA_CA_CERTS', 'a certificate to trust besides those of Node'],
  [
    'NODE_TLS_REJECT_UNAUTHORIZED, NODE_DEBUG, OPENSSL_CONF, OPENSSL_MODULES, NODE_OPTIONS',
    'what weakens TLS or shows secrets is refused, with exit code 64',
  ],
]

const SIGNALS: ReadonlyArray<readonly [name: string, text: string]> = [
  ['SIGTERM, SIGINT', 'no new change starts, the one in flight is awaited for at most 8 seconds, and the command ends'],
  ['SIGHUP', 'the daemon reads the config anew and makes a run; any other command ends as by SIGTERM'],
]

const examples = (): string => EXAMPLES.map(([words, does]) => `.TP\n${bold(`${PROGRAM} ${words}`)}\n${prose(does)}`).join('\n')

const SEE_ALSO = ['systemctl (1)', 'journalctl (1)', 'systemd.exec (5)']

// A page without a date is no good page, and nothing else in the package has one that a build of tomorrow would find the same.
const DATED = '2026-11-24'

/** The manual page of a version, as roff. */
export const manPage = (version: string): string =>
  [
    `.\\" Made by \`${PROGRAM} man\`.`,
    `.TH ${PROGRAM.toUpperCase()} 1 ${DATED} "${PROGRAM} ${version}" "User Commands"`,
    '.SH NAME',
    `${roff(PROGRAM)} \\- ${roff(ABOUT.charAt(0).toLowerCase() + ABOUT.slice(1).replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    `${bold(PROGRAM)} [options] ${italic('command')} [command options]`,
    '.SH DESCRIPTION',
    DESCRIPTION.split('\n')
      .map((line) => (line.startsWith('.') ? line : prose(line)))
      .join('\n'),
    '.SH OPTIONS',
    'All options may stand before or after the command; these are for every one.',
    ...[...EVERYWHERE, VERSION].map(flagText),
    '.SH COMMANDS',
    ...VERBS.map(verbText),
    '.SH EXIT STATUS',
    terms(EXIT_CODES.map(([code, meaning]) => [String(code), meaning])),
    '.SH FILES',
    terms(FILES),
    '.SH ENVIRONMENT',
    terms(ENVIRONMENT),
    '.SH SIGNALS',
    terms(SIGNALS),
    '.SH EXAMPLES',
    examples(),
    '.SH SEE ALSO',
    SEE_ALSO.map((page) => `.BR ${page}`).join(' ,\n'),
    '',
  ].join('\n')
