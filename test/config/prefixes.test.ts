// S2: a config of which only the beginning is there. Every byte-prefix of more than twenty valid configs, by itself, without the settle time and
// with every cap wide open: either it is refused, or it takes nothing from anybody and makes nobody up. Where something in it blocks without a list
// being shorter (a rule, a date, a weaker layer), a part that ends with a line may be taken for the whole, unless its end line is remembered.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { endsAfter, opens } from '../../src/domain/guards/cut-off.ts'
import { takesAway } from '../../src/domain/guards/policy.ts'
import type { Ledger, ScopeMemory } from '../../src/domain/memory/ledger.ts'
import { valuesOf } from '../../src/domain/plan/edit.ts'
import type { Plan } from '../../src/domain/plan/plan.ts'
import type { LiveState } from '../../src/domain/user/live.ts'
import type { DesiredState } from '../../src/domain/wanted/desired.ts'
import type { Scope } from '../../src/domain/wanted/scope.ts'
import { E } from '../../src/fp.ts'
import { ledger, live, liveUser, memory, NO_CAPS, NOW, plan } from '../support/build.ts'
import { spec } from '../support/spec.ts'
import { type Files, load, loaded } from './load.ts'

/** No secret is needed to know who is listed. */
const NO_SECRETS = [{}, { secrets: 'references' }] as const
const HEAD = 'version: 1\napi: { endpoint: sandbox }\n'
const ENDED = '...\n'
const users = (...lines: ReadonlyArray<string>): string => `users:\n${lines.map((line) => `  - ${line}\n`).join('')}`
const EXAMPLE = readFileSync(resolve(import.meta.dirname, '../../config.example.yaml'), 'utf8')

const CONFIGS: ReadonlyArray<readonly [title: string, text: string]> = [
  ['the example', EXAMPLE],
  ['the line ends of Windows', `${HEAD}${users('username: one@a.example', 'username: two@a.example')}`.replaceAll('\n', '\r\n')],
  ['names that begin alike', HEAD + users('username: printer-1', 'username: printer-12', 'username: printer-123')],
  ['names in quotes', HEAD + users('username: "one@a.example"', "username: 'two@a.example'")],
  ['a list in brackets', `${HEAD}users: [{ username: one@a.example }, { username: two@a.example, description: two }]\n`],
  ['brackets over many lines', `${HEAD}users:\n  [\n    { username: one@a.example },\n    { username: two@a.example },\n  ]\n`],
  ['no line end at the end', `${HEAD}users:\n  - username: one@a.example\n    description: the first`],
  [
    'the name after the settings',
    HEAD + users('description: first\n    username: one@a.example', 'status: allowed\n    username: two@a.example'),
  ],
  ['names of letters beyond ASCII', HEAD + users('username: büro@a.example', 'username: 事務所@a.example')],
  ['comments after names', HEAD + users('username: one@a.example # the first', 'username: two@a.example # the second')],
  [
    'a text of many lines',
    `${HEAD}${users('username: one@a.example\n    feedback_text: |\n      - username: no\n      ...', 'username: two@a.example')}`,
  ],
  [
    'subaccounts',
    `${HEAD}users: []\nsubaccounts:\n  - id: GnlKn5\n    users:\n      - username: one@b.example\n  - id: Gnl\n    users: []\n`,
  ],
  ['a subaccount named last', `${HEAD}subaccounts:\n  - users: [{ username: one@b.example }]\n    id: GnlKn5\n`],
  [
    'defaults and profiles',
    `${HEAD}defaults: { bounce_notifications: from }\nprofiles:\n  printers: { open_tracking_enabled: true }\n${users('username: one@a.example\n    profile: printers')}`,
  ],
  [
    'unlisted: block',
    `${HEAD}policy: { unlisted: block }\n${users('username: one@a.example', 'username: two@a.example')}${ENDED}`,
  ],
  [
    'unlisted: block said last',
    `${HEAD}${users('username: one@a.example', 'username: two@a.example')}policy:\n  unlisted: block\n${ENDED}`,
  ],
  ['unlisted: remove', `${HEAD}policy: { unlisted: remove, grace: 1ms }\n${users('username: one@a.example')}${ENDED}`],
  ['absent', `${HEAD}${users('username: one@a.example')}absent:\n  - username: gone@a.example\n    reason: returned\n${ENDED}`],
  [
    'a rename',
    `${HEAD}policy: { grace: 1ms }\n${users('username: new-name@a.example\n    previously: [old@a.example]', 'username: two@a.example')}${ENDED}`,
  ],
  [
    "statuses under defaults, a scope's defaults and profiles that block",
    `${HEAD}defaults: { status: blocked }\nprofiles:\n  off: { status: sandbox }\n${users(
      'username: one@a.example\n    description: the first\n    status: allowed',
      'username: two@a.example\n    unmanaged: [status]',
      'username: three@a.example\n    profile: off\n    status: allowed',
    )}subaccounts:\n  - id: GnlKn5\n    defaults: { status: allowed }\n    users:\n      - username: one@b.example\n${ENDED}`,
  ],
  [
    'a profile that blocks',
    `${HEAD}profiles: { off: { status: blocked } }\n${users('profile: off\n    username: one@a.example\n    status: allowed')}${ENDED}`,
  ],
  [
    'defaults of a subaccount that block',
    `${HEAD}subaccounts:\n  - id: GnlKn5\n    defaults: { status: sandbox }\n    users:\n      - username: one@b.example\n        status: allowed\n${ENDED}`,
  ],
  [
    'rules that block',
    `${HEAD}${users('username: one@a.example\n    custom_ratelimit: true\n    custom_ratelimit_value: 100\n    custom_ratelimit_period: 1 day', 'username: two@a.example')}rules:\n  - id: limited\n    match:\n      username: one*\n    require:\n      custom_ratelimit: true\n      custom_ratelimit_value:\n        max: 1000\n    otherwise: block\n  - id: listed\n    require: { description: present }\n    otherwise: block\n    waivers:\n      - { username: one@a.example, until: 2099-01-01, reason: why }\n      - { username: "*", until: 2099-01-01, reason: why }\n${ENDED}`,
  ],
  [
    'dates',
    `${HEAD}${users('username: one@a.example\n    starts: 2020-01-01\n    expires: 2099-12-31', 'username: two@a.example\n    expires: 2099-12-31')}${ENDED}`,
  ],
  [
    'own statuses under defaults that allow',
    `${HEAD}defaults: { status: allowed }\n${users('username: one@a.example', 'username: two@a.example\n    status: blocked')}${ENDED}`,
  ],
  ['statuses', HEAD + users('username: one@a.example\n    status: allowed', 'username: two@a.example\n    status: blocked')],
]

/** The users as the whole config has them, and some that it does not list. */
const worldOf = ({ scopes }: DesiredState): ReadonlyArray<LiveState> =>
  scopes.map(({ scope, users: listed }) =>
    live(
      [
        ...listed.map(({ username, managed }) => liveUser(username, valuesOf(managed))),
        liveUser(`unlisted-in-${scope}`),
        liveUser('gone@a.example'),
      ],
      { scope },
    ),
  )

/** The end lines that a run of the whole file remembers. */
const endsIn = ({ endings }: DesiredState, scope: Scope): ScopeMemory['ends'] =>
  endsAfter(undefined, { scope, now: NOW, endings, open: [], made: [], person: true, filtered: false })

const open = (state: DesiredState): DesiredState => ({ ...state, policy: { ...state.policy, caps: NO_CAPS } })

/** What a plan would do to somebody, and whom it would make. */
const graveIn = (made: Plan, isAll = true): ReadonlyArray<string> =>
  made.scopes.flatMap((one) =>
    one._tag === 'Errored'
      ? []
      : [...one.changes, ...(isAll ? one.held : [])]
          .filter((change) => takesAway(change) || change.change === 'create')
          .map(({ change, username }) => `${one.scope} ${change} ${username}`),
  )

/** Whom a plan would open. */
const openedIn = (made: Plan): ReadonlyArray<string> =>
  made.scopes.flatMap((one) =>
    one._tag === 'Errored' ? [] : one.changes.filter(opens).map(({ username }) => `${one.scope} ${username}`),
  )

const namesIn = ({ scopes }: DesiredState): ReadonlyArray<string> =>
  scopes.flatMap(({ scope, users: listed }) => [scope, ...listed.map(({ username }) => `${scope} create ${username}`)])

spec('S2: of every byte-prefix', (test) => {
  test('none of twenty configs and more was left out', () => assert.ok(CONFIGS.length >= 20))
  for (const [title, text] of CONFIGS)
    test(`${title}: nobody is blocked, removed or made up`, async () => {
      const whole = await loaded(text, ...NO_SECRETS)
      const shown = worldOf(whole.desired)
      const remembered = ledger(
        shown.map((one) => [one.scope, memory({ trusted: true, lastSeen: one.users.map(({ username }) => username) })] as const),
      )
      // With the memory of the file's end line nobody is opened either, whoever had `status: blocked` in the part that was lost.
      const withEnd: Ledger = {
        ...remembered,
        scopes: new Map([...remembered.scopes].map(([scope, one]) => [scope, { ...one, ends: endsIn(whole.desired, scope) }])),
      }
      const meant = new Set([...namesIn(whole.desired), ...graveIn(plan(open(whole.desired), shown, remembered))])
      const isOnlyAdvised = text.endsWith(ENDED) && E.isRight(await load(text.slice(0, -ENDED.length), ...NO_SECRETS))
      const bytes = Buffer.from(text)
      let taken = 0
      for (let length = 0; length < bytes.length; length += 1) {
        const part = bytes.toString('utf8', 0, length)
        const read = await load(part, ...NO_SECRETS)
        if (E.isLeft(read)) continue
        taken += 1
        const desired = open(read.right.desired)
        const scopes = desired.scopes.map(({ scope }) => scope)
        const knowing = plan(desired, shown, withEnd)
        const grave = isOnlyAdvised && part.endsWith('\n') ? graveIn(knowing, false) : graveIn(plan(desired, shown, remembered))
        const harm = [...scopes, ...grave].filter((one) => !meant.has(one))
        const opened = text.endsWith(ENDED) ? openedIn(knowing) : []
        if (opened.length > 0) assert.unreachable(`${opened.join(', ')} opened by\n${part.slice(-120)}`)
        if (harm.length > 0) assert.unreachable(`${harm.join(', ')} by\n${part.slice(-120)}`)
      }
      assert.ok(
        taken > 0 || text.endsWith(ENDED) || text.endsWith('...\r\n'),
        'the beginning of a file without an end line may be valid',
      )
    })
})

const ONE = 'username: one@a.example'
const LAST = 'username: last@a.example'

/** Configs in which the loss of the last lines lets something be written that the whole does not ask for, each in the file that is cut. */
const LOSING: ReadonlyArray<readonly [title: string, text: string, beside?: Files]> = [
  ['reconcile', `${HEAD}${users(ONE, LAST)}reconcile:\n  schedule: "0 * * * *"\n  mode: observe\n${ENDED}`],
  ['the caps', `${HEAD}${users(ONE, LAST)}safety:\n  max_removes: 1\n  max_updates: 0%\n  max_creates: 0\n${ENDED}`],
  [
    'the patterns of who is protected',
    `${HEAD}${users(ONE, LAST)}safety:\n  protected:\n    - nobody\n    - last@a.example\n    - one@a.example\n${ENDED}`,
  ],
  ['policy', `${HEAD}${users(ONE, LAST)}policy:\n  grace: 10d\n  missing: report\n${ENDED}`],
  [
    'rules that are stronger than the defaults',
    `${HEAD}defaults: { open_tracking_enabled: true, description: all }\n${users(ONE, LAST)}rules:\n  - id: quiet\n    set:\n      description: ruled\n      open_tracking_enabled: false\n  - id: checked\n    require: { custom_ratelimit: true }\n    waivers:\n      - { username: one@a.example, until: 2099-01-01, reason: why }\n${ENDED}`,
  ],
  [
    'the defaults',
    `${HEAD}${users(ONE, LAST)}defaults:\n  open_tracking_enabled: false\n  description: |\n    a long\n    text\n  audit_email: audit@a.example\n${ENDED}`,
  ],
  [
    'a profile',
    `${HEAD}defaults: { custom_ratelimit: false, open_tracking_enabled: true }\n${users(ONE, `${LAST}\n    profile: slow`)}profiles:\n  slow:\n    open_tracking_enabled: false\n    custom_ratelimit: true\n    custom_ratelimit_value: 100\n    custom_ratelimit_period: 1 day\n${ENDED}`,
  ],
  [
    'the defaults of a subaccount',
    `${HEAD}defaults: { open_tracking_enabled: true, description: all }\nusers: []\nsubaccounts:\n  - id: GnlKn5\n    users:\n      - ${ONE}\n    defaults:\n      open_tracking_enabled: false\n      description: theirs\n  - id: Last\n    users: [{ ${LAST} }]\n    defaults:\n      open_tracking_enabled: false\n${ENDED}`,
  ],
  [
    'the defaults of a subaccount in an included file',
    `subaccounts:\n  - id: GnlKn5\n    users:\n      - ${ONE}\n    defaults:\n      open_tracking_enabled: false\n      description: theirs\n${ENDED}`,
    { 'config.yaml': `${HEAD}defaults: { open_tracking_enabled: true, description: all }\nusers: []\ninclude: [cut.yaml]\n` },
  ],
  [
    'the files that it includes',
    `${HEAD}defaults: { open_tracking_enabled: true }\nusers: []\ninclude:\n  - users.yaml\n  - defaults.yaml\n${ENDED}`,
    {
      'users.yaml': `subaccounts:\n  - id: GnlKn5\n    users: [{ ${ONE} }]\n`,
      'defaults.yaml': 'subaccounts: [{ id: GnlKn5, defaults: { open_tracking_enabled: false } }]\n',
    },
  ],
  [
    "a user's own settings",
    `${HEAD}defaults: { open_tracking_enabled: true, description: all, custom_ratelimit: false }\n${users(
      ONE,
      `${LAST}\n    open_tracking_enabled: false\n    description: the last\n    custom_ratelimit: true\n    custom_ratelimit_value: 100\n    custom_ratelimit_period: 1 day\n    status: blocked`,
    )}${ENDED}`,
  ],
  [
    'what a user has unmanaged',
    `${HEAD}defaults: { open_tracking_enabled: true, description: all }\n${users(ONE, `${LAST}\n    unmanaged:\n      - open_tracking_enabled\n      - description`)}${ENDED}`,
  ],
  ["a user's dates", `${HEAD}${users(ONE, `${LAST}\n    expires: 2020-12-31`)}${ENDED}`],
  ["a user's names of before", `${HEAD}${users(ONE, `${LAST}\n    previously:\n      - before@a.example`)}${ENDED}`],
  [
    'settings of a user in an included file',
    `subaccounts:\n  - id: GnlKn5\n    users:\n      - ${ONE}\n      - ${LAST}\n        open_tracking_enabled: false\n        status: blocked\n${ENDED}`,
    { 'config.yaml': `${HEAD}defaults: { open_tracking_enabled: true }\nusers: []\ninclude: [cut.yaml]\n` },
  ],
]

/** Each field that a plan would set, and of a new user all of them together. */
const settingIn = (made: Plan): ReadonlyArray<string> =>
  made.scopes.flatMap((one) =>
    one._tag === 'Errored'
      ? []
      : one.changes.flatMap(({ change, username, fields }) => {
          const set = fields.map(({ field, to }) => `${field} ${JSON.stringify(to)}`)
          return (change === 'create' ? [set.join(', ')] : set).map((what) => `${one.scope} ${change} ${username} ${what}`)
        }),
  )

spec('S2: with the memory of the end line', (test) => {
  for (const [title, text, beside = {}] of LOSING)
    test(`nothing is written that the whole file does not ask for, whatever was cut off of ${title}`, async () => {
      const filesOf = (part: string): Files => ({ [`${'config.yaml' in beside ? 'cut' : 'config'}.yaml`]: part, ...beside })
      const { desired: whole } = await loaded(filesOf(text), ...NO_SECRETS)
      const asConfigured = worldOf(whole)
      const worlds = [
        asConfigured,
        asConfigured.map(({ scope, users: all }) =>
          live(
            all.map(({ username }) => liveUser(username)),
            { scope },
          ),
        ),
        asConfigured.map(({ scope }) => live([liveUser('before@a.example', { description: 'it' })], { scope })),
      ]
      const remembered = (shown: ReadonlyArray<LiveState>): Ledger =>
        ledger(
          shown.map(({ scope, users: all }) => [
            scope,
            memory({ trusted: true, lastSeen: all.map(({ username }) => username), ends: endsIn(whole, scope) }),
          ]),
        )
      const lives = worlds.map((shown) => {
        const before = remembered(shown)
        return { shown, before, meant: new Set(settingIn(plan(whole, shown, before))) }
      })
      const bytes = Buffer.from(text)
      for (let length = 0; length < bytes.length; length += 1) {
        const part = bytes.toString('utf8', 0, length)
        const read = await load(filesOf(part), ...NO_SECRETS)
        if (E.isLeft(read)) continue
        for (const { shown, before, meant } of lives) {
          const more = settingIn(plan(read.right.desired, shown, before)).filter((one) => !meant.has(one))
          if (more.length > 0) assert.unreachable(`${more.join(' + ')} by\n${part.slice(-120)}`)
        }
      }
    })
})
