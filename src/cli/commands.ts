// The table of commands: name, help, options, and what the words mean. Command line, help and wiring read it; adding a command is
// a row here, a file with its verb, and a line in the wiring.
import { DAY } from '../domain/basics/time.ts'
import { subaccount } from '../domain/wanted/scope.ts'
import {
  askedHoldOf,
  carefulGlobOf,
  countOf,
  digestOf,
  doubtedOf,
  endOf,
  endpointOf,
  formatOf,
  globOf,
  hashOf,
  holdOf,
  idsOf,
  placeOf,
  portOf,
  reasonOf,
  runOf,
  scopeOf,
  timeOrSpanOf,
  type Words,
} from './words.ts'

/** An option as commander writes it, with its help. */
export type OptionRow = {
  readonly flags: string
  readonly help: string
  /** The only values there are. */
  readonly choices?: ReadonlyArray<string>
  /** Values that are often meant, for completion; there are others. */
  readonly offers?: ReadonlyArray<string>
}

/** An argument in commander's notation, with its help and, where these are all, its values. */
export type ArgumentRow = readonly [argument: string, help: string, choices?: ReadonlyArray<string>]

/** A command as the table has it. */
export type Row = {
  /** Two words where it is a command below another one. */
  readonly name: string
  readonly summary: string
  readonly options: ReadonlyArray<OptionRow>
  readonly args?: ReadonlyArray<ArgumentRow>
  /** Only reads what is here, so that nothing is to be ended in order. */
  readonly onlyReads?: true
  /** Prints a report on every exit. */
  readonly reports?: true
  readonly read: (words: Words) => unknown
}

const format = (...choices: ReadonlyArray<string>): OptionRow => ({ flags: '--format <format>', help: 'default: text', choices })
const user: OptionRow = { flags: '--user <glob>', help: 'only users that match' }
const scope: OptionRow = { flags: '--scope <scope>', help: 'only this scope: account or subaccount:ID', offers: ['account'] }
const out: OptionRow = { flags: '--out <file>', help: 'write to this file' }
const socket: OptionRow = { flags: '--socket <path>', help: "the daemon's control socket" }
const reason: OptionRow = { flags: '--reason <text>', help: 'why; it is journalled' }
const neededReason: OptionRow = { ...reason, help: `${reason.help} (needed)` }

const since = (help: string): OptionRow => ({
  flags: '--since <time>',
  help: `${help}: a duration such as 7d, or a time such as 2026-03-31T16:00 (UTC unless it has a zone)`,
})
const until = (help: string): OptionRow => ({ flags: '--until <time>', help })

const DOCUMENTS = ['config', 'included', 'plan', 'report', 'snapshot', 'evidence'] as const

const socketOf = (words: Words): string | undefined => placeOf(words, 'socket')

const asked = (words: Words) => ({ format: formatOf(words), socket: socketOf(words) })
const filters = (words: Words) => ({ user: globOf(words, 'user'), scope: scopeOf(words, 'scope') })

/** Every command, in the order of the help. */
export const COMMANDS = [
  {
    name: 'validate',
    summary: 'check the config, offline',
    options: [format('text', 'json'), { flags: '--secrets', help: 'also look up every secret' }],
    read: (words) => ({ _tag: 'Validate', format: formatOf(words), secrets: words.flag('secrets') }) as const,
  },
  {
    name: 'plan',
    summary: 'show what would change, and why; reads only',
    options: [
      format('text', 'json', 'markdown'),
      out,
      { flags: '--detailed-exitcode', help: 'exit 2 when changes are pending' },
      user,
      scope,
      { flags: '--live <file>', help: 'plan offline, against a snapshot of `export --snapshot`' },
    ],
    read: (words) =>
      ({
        _tag: 'Plan',
        format: words.text('format') === 'markdown' ? 'markdown' : formatOf(words),
        out: placeOf(words, 'out'),
        detailedExitcode: words.flag('detailedExitcode'),
        live: placeOf(words, 'live'),
        ...filters(words),
      }) as const,
  },
  {
    name: 'apply',
    reports: true,
    summary: 'plan, ask, apply, read back, report',
    options: [
      format('text', 'json'),
      { flags: '--yes', help: 'do not ask' },
      { flags: '--digest <sha>', help: 'apply only if the plan has exactly this digest; lifts caps and approvals for it' },
      reason,
      user,
      scope,
    ],
    read: (words) =>
      ({
        _tag: 'Apply',
        format: formatOf(words),
        yes: words.flag('yes'),
        digest: digestOf(words, words.text('digest')),
        reason: reasonOf(words),
        ...filters(words),
      }) as const,
  },
  {
    name: 'run',
    summary: 'the daemon: enforce the config on every change and on schedule',
    options: [],
    read: () => ({ _tag: 'Run' }) as const,
  },
  {
    name: 'export',
    summary: 'write a config for the users that are live now',
    options: [
      format('text', 'json'),
      {
        flags: '--endpoint <endpoint>',
        help: 'global, us, eu, au or an address; without a config, the key comes from $SMTP2GO_API_KEY',
        offers: ['global', 'us', 'eu', 'au'],
      },
      { flags: '--subaccount <id...>', help: 'also this subaccount' },
      { flags: '--all-subaccounts', help: 'also every active subaccount' },
      { flags: '--snapshot', help: 'write the live state for `plan --live` instead, without passwords' },
      { flags: '--adopt', help: 'add the unlisted users to the config file instead, keeping its comments' },
      out,
    ],
    read: (words) => {
      if (words.flag('adopt')) {
        const others = ['endpoint', 'subaccount', 'allSubaccounts', 'snapshot', 'out']
        if (others.some((one) => words.text(one) !== undefined || words.flag(one) || words.list(one).length > 0))
          words.refuse('--adopt goes with no other option of export: it adds to the config file, in the scopes that this has')
        return { _tag: 'Adopt', format: formatOf(words) } as const
      }
      return {
        _tag: 'Export',
        format: formatOf(words),
        endpoint: endpointOf(words),
        subaccounts: idsOf(words, 'subaccount'),
        allSubaccounts: words.flag('allSubaccounts'),
        snapshot: words.flag('snapshot'),
        out: placeOf(words, 'out'),
      } as const
    },
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of the config, of an included file or of a document',
    options: [
      { flags: '--format <format>', help: 'JSON in any case', choices: ['text', 'json'] },
      { flags: '--for <document>', help: 'default: config', choices: DOCUMENTS },
    ],
    read: ({ text }) => {
      const of = DOCUMENTS.find((one) => one === text('for'))
      return { _tag: 'Schema', of: of ?? 'config' } as const
    },
  },
  {
    name: 'sandbox',
    summary: 'serve a stand-in of the service, for trying and testing',
    options: [
      { flags: '--port <port>', help: 'default: any free port' },
      { flags: '--state <file>', help: 'keep the users in this file' },
      { flags: '--seed <file>', help: 'start with the users of this file' },
    ],
    read: (words) =>
      ({ _tag: 'Sandbox', port: portOf(words), state: placeOf(words, 'state'), seed: placeOf(words, 'seed') }) as const,
  },
  {
    name: 'sandbox edit',
    summary: 'play a colleague who changes a user of the running sandbox by hand',
    options: [format('text', 'json'), { flags: '--subaccount <id>', help: 'the user is in this subaccount' }],
    args: [
      ['<username>', 'the user'],
      ['<field=value...>', 'what to change, such as status=blocked'],
    ],
    read: (words) => {
      const { text, argument, rest } = words
      const id = text('subaccount')
      return {
        _tag: 'SandboxEdit',
        format: formatOf(words),
        username: argument(0) ?? '',
        assignments: rest(1),
        scope: id === undefined ? ('account' as const) : subaccount(id),
      } as const
    },
  },
  {
    name: 'status',
    summary: 'what the running daemon knows',
    options: [format('text', 'json'), socket],
    read: (words) => ({ _tag: 'Status', ...asked(words) }) as const,
  },
  {
    name: 'reconcile',
    summary: 'ask the running daemon for a run',
    options: [format('text', 'json'), scope, socket],
    read: (words) =>
      ({
        _tag: 'Reconcile',
        ...asked(words),
        scope: scopeOf(words, 'scope'),
      }) as const,
  },
  {
    name: 'doctor',
    summary: 'check everything that a run depends on, and say what to do; reads only',
    options: [format('text', 'json'), socket],
    read: (words) => ({ _tag: 'Doctor', ...asked(words) }) as const,
  },
  {
    name: 'history',
    onlyReads: true,
    summary: 'what was changed, when, why and by whose word',
    options: [
      format('text', 'json'),
      user,
      since('only from then on'),
      { flags: '--limit <count>', help: 'at most so many, the newest (default: 100)' },
    ],
    read: (words) =>
      ({
        _tag: 'History',
        format: formatOf(words),
        user: globOf(words, 'user'),
        since: timeOrSpanOf(words, 'since'),
        limit: countOf(words, 'limit') ?? 100,
      }) as const,
  },
  {
    name: 'verify-log',
    onlyReads: true,
    summary: 'check that the journal is as it was written, and that a report says what it says; exit 4 where not',
    options: [
      format('text', 'json'),
      { flags: '--expect <hash>', help: 'a hash of an earlier check, kept elsewhere: one of the lines must have it' },
      { flags: '--report <file>', help: 'a report in html, csv or json: it must say what the journal says' },
    ],
    read: (words) =>
      ({
        _tag: 'VerifyLog',
        format: formatOf(words),
        expect: hashOf(words, 'expect'),
        report: placeOf(words, 'report'),
      }) as const,
  },
  {
    name: 'undo',
    reports: true,
    summary: 'set back what a run changed, through the same guards, and hold its users for 24 h',
    options: [
      format('text', 'json'),
      { flags: '--yes', help: 'do not ask' },
      { flags: '--digest <sha>', help: 'undo only if the plan has exactly this digest; lifts caps and approvals for it' },
      reason,
      socket,
    ],
    args: [['<run>', 'a run as `history` shows it, or the beginning of its id']],
    read: (words) =>
      ({
        _tag: 'Undo',
        run: runOf(words, words.argument(0)) ?? '',
        yes: words.flag('yes'),
        digest: digestOf(words, words.text('digest')),
        reason: reasonOf(words),
        ...asked(words),
      }) as const,
  },
  {
    name: 'report',
    onlyReads: true,
    summary: 'evidence of a period for an auditor, from the journal alone; exit 4 where the journal does not fit',
    options: [
      format('text', 'json', 'csv', 'html'),
      since('from when (default: 30d)'),
      { flags: '--until <time>', help: 'until when, in the same forms (default: now)' },
      out,
    ],
    read: (words) => {
      const given = words.text('format')
      return {
        _tag: 'Report',
        format: given === 'csv' || given === 'html' ? given : formatOf(words),
        since: timeOrSpanOf(words, 'since') ?? ({ _tag: 'In', ms: 30 * DAY } as const),
        until: timeOrSpanOf(words, 'until'),
        out: placeOf(words, 'out'),
      } as const
    },
  },
  {
    name: 'approve',
    summary: 'release what a plan of the running daemon holds, once, for an hour',
    options: [
      format('text', 'json'),
      {
        flags: '--live <scope>',
        help: 'believe the live answer of this scope, or of subaccount:*, the search for them',
        offers: ['account'],
      },
      reason,
      socket,
    ],
    args: [['[digest]', 'digest of the plan, or of one scope of it']],
    read: (words) => {
      const given = words.argument(0)
      if ((given === undefined) === (words.text('live') === undefined))
        words.refuse('approve takes a digest, or --live with a scope')
      return {
        _tag: 'Approve',
        digest: digestOf(words, given),
        live: doubtedOf(words, 'live'),
        reason: reasonOf(words),
        ...asked(words),
      } as const
    },
  },
  {
    name: 'hold',
    summary: 'keep hands off users, removals or everything until a time; detection goes on',
    options: [
      format('text', 'json'),
      { flags: '--user <glob>', help: 'changes of users that match' },
      { flags: '--removals', help: 'removals' },
      { flags: '--all', help: 'every change' },
      until('when it ends, a time or a duration, at most 30d (needed)'),
      neededReason,
      socket,
    ],
    read: (words) => {
      const what = askedHoldOf(words)
      if (what === undefined) words.refuse('hold takes one of --user, --removals, --all')
      const ends = endOf(words, 'until')
      if (words.text('until') === undefined) words.refuse('--until is needed: a hold always ends, after 30d at the latest')
      return {
        _tag: 'Hold',
        what: what ?? ({ _tag: 'All' } as const),
        until: ends ?? ({ _tag: 'In', ms: 0 } as const),
        reason: reasonOf(words, 'whoever meets this hold wants to know why'),
        ...asked(words),
      } as const
    },
  },
  {
    name: 'release',
    summary: 'end a hold, an emergency stop, or the remembered protection of a user',
    options: [
      format('text', 'json'),
      { flags: '--user <glob>', help: 'the hold of these users' },
      { flags: '--removals', help: 'the hold of removals' },
      { flags: '--all', help: 'the hold of everything' },
      { flags: '--match <glob>', help: 'the emergency stop of these users' },
      { flags: '--undo <run>', help: 'the hold of the users of this run, which was undone' },
      { flags: '--protected <glob>', help: 'the protection that is remembered of these users' },
      { flags: '--every', help: 'every hold and every emergency stop' },
      reason,
      socket,
    ],
    read: (words) => {
      const [what, protect, every] = [holdOf(words), globOf(words, 'protected')?.text, words.flag('every')]
      if ([what !== undefined, protect !== undefined, every].filter((one) => one).length > 1)
        words.refuse('release ends one thing at a time: a hold, an emergency stop, --protected or --every')
      return {
        _tag: 'Release',
        what,
        protect,
        every,
        reason: reasonOf(words),
        ...asked(words),
      } as const
    },
  },
  {
    name: 'block',
    summary: 'the emergency stop: block users now, outside caps, and keep them blocked until `release`',
    options: [
      format('text', 'json'),
      { flags: '--match <glob>', help: 'the users, listed or not, in every scope of the config (needed)' },
      { flags: '--yes', help: 'do not ask' },
      until('when the stop ends (default: 30d)'),
      neededReason,
      socket,
    ],
    read: (words) => {
      const pattern = carefulGlobOf(words, 'match')
      if (words.text('match') === undefined) words.refuse('--match is needed: a pattern of usernames')
      return {
        _tag: 'Block',
        match: pattern?.text ?? '',
        yes: words.flag('yes'),
        until: endOf(words, 'until'),
        reason: reasonOf(words, 'whoever is cut off, and whoever releases them, wants to know why'),
        ...asked(words),
      } as const
    },
  },
  {
    name: 'completion',
    summary: 'print the completion for a shell',
    options: [],
    args: [['<shell>', 'the shell that is to complete', ['bash', 'zsh', 'fish']]],
    read: ({ argument }) => {
      const shell = argument(0)
      return { _tag: 'Completion', shell: shell === 'zsh' || shell === 'fish' ? shell : 'bash' } as const
    },
  },
  {
    name: 'man',
    summary: 'print the manual page; `man smtp2go-reconciler` reads the installed one',
    options: [],
    read: () => ({ _tag: 'Man' }) as const,
  },
] as const satisfies ReadonlyArray<Row>

/** A command with its options, as the table reads it. */
export type Asked = ReturnType<(typeof COMMANDS)[number]['read']>
