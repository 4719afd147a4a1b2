// Exports: live users as a list that plans to nothing, beside what the config in force says otherwise, with what could not be said.
import * as assert from 'uvu/assert'
import { type ExportInput, entryOf, exportConfig, startingConfig } from '../../src/config/export.ts'
import type { Settings } from '../../src/domain/user/settings.ts'
import { glob } from '../../src/domain/user/username.ts'
import { live, liveUser } from '../support/build.ts'
import { newSecret } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const exported = (some: Partial<ExportInput>) =>
  exportConfig({
    texts: ['version: 1\n'],
    as: 'config',
    states: [],
    defaultsOf: () => ({}),
    unsaid: () => new Map(),
    beside: () => [],
    ignore: [],
    elsewhere: [],
    ...some,
  })
const users = (...names: ReadonlyArray<string>) => names.map((name) => liveUser(name))
const SUB = 'subaccount:B1'

spec('an exported list', (test) => {
  const text = (...some: ReadonlyArray<string>): string => `${some.join('\n')}\n...\n`

  test('has every user by name, and ends with the line that says so', () => {
    const { text: found, notes } = exported({ states: [live(users('b@x.example', 'a@x.example', 'c@x.example'))] })
    assert.is(
      found,
      text('version: 1', 'users:', '  - username: a@x.example', '  - username: b@x.example', '  - username: c@x.example'),
    )
    assert.equal(notes, [])
  })

  test('takes the place of the list and the included files, and leaves everything else with its comments', () => {
    const base = 'version: 1 # mine\nusers: [{ username: old@x.example }]\ninclude: ["x.yaml"]\nsafety: { max_blocks: 1 }\n...\n'
    const { text: found } = exported({ texts: [base], states: [live(users('a@x.example'))] })
    assert.is(found, text('version: 1 # mine', 'safety: { max_blocks: 1 }', 'users:', '  - username: a@x.example'))
    assert.is(exported({ texts: [base] }).text, text('version: 1 # mine', 'safety: { max_blocks: 1 }'))
    assert.is(exported({ texts: ['version: 1\n\n\n...\n'] }).text, text('version: 1'))
  })

  for (const [where, end] of [
    ['before', '# by anna\n...\n'],
    ['behind', '... # by anna\n'],
    ['after', '...\n# by anna\n'],
    ['in place of', '# by anna\n'],
  ])
    test(`has one end line, where a comment stands ${where} that of the config in force`, () =>
      assert.is(
        exported({ texts: [`version: 1\n${end}`], states: [live(users('a@x.example'))] }).text,
        text('version: 1', 'users:', '  - username: a@x.example', '', '# by anna'),
      ))

  test('keeps what a subaccount says beside its users, and makes those that are not there', () => {
    const base = [
      'version: 1',
      'subaccounts:',
      '  - id: B1 # the bakery',
      '    defaults: { ip_pool: 7 }',
      '    users: [{ username: old@b.example }]',
      '  - id: Gone',
      '    users: []',
      '',
    ].join('\n')
    const states = [live(users('a@x.example')), live(users('b@b.example'), { scope: SUB }), live([], { scope: 'subaccount:New' })]
    assert.is(
      exported({ texts: [base], states }).text,
      text(
        'version: 1',
        'users:',
        '  - username: a@x.example',
        'subaccounts:',
        '  - id: B1 # the bakery',
        '    defaults: { ip_pool: 7 }',
        '    users:',
        '      - username: b@b.example',
        '  - id: New',
        '    users: []',
      ),
    )
    assert.is(
      exported({ as: 'list', states: [live([], { scope: SUB })] }).text,
      text('subaccounts:', '  - id: B1', '    users: []'),
    )
  })

  const MAIN =
    'version: 1\ninclude: ["*.yaml"]\nabsent:\n  - username: never@x.example # sold\nsubaccounts:\n  - id: B1\n    defaults: { ip_pool: 7 }\n  - id: Later\n    defaults: { ip_pool: 8 }\n'
  const MORE = [
    'absent: [{ username: stolen@x.example }]\nsubaccounts:\n  - id: B1\n    users: [{ username: old@b.example }]\n    absent: [{ username: gone@b.example, reason: moved }]\n',
    'subaccounts:\n  - id: B2\n    users: []\n  - id: B1\n    users: []\n    absent: [{ username: lost@b.example }]\n  - id: B2\n    defaults: { ip_pool: 9 } # dear\n',
  ]

  test('keeps who is to be absent, and the defaults of subaccounts, in whichever files and entries they stand', () => {
    const states = [
      live(users('a@x.example')),
      live(users('b@b.example', 'lost@b.example'), { scope: SUB }),
      live([], { scope: 'subaccount:B2' }),
    ]
    const { text: found, notes } = exported({ texts: [MAIN, ...MORE], states })
    assert.is(
      found,
      text(
        'version: 1',
        'absent:',
        '  - username: never@x.example # sold',
        '  - { username: stolen@x.example }',
        'users:',
        '  - username: a@x.example',
        'subaccounts:',
        '  - id: B1',
        '    defaults: { ip_pool: 7 }',
        '    absent: [ { username: gone@b.example, reason: moved } ]',
        '    users:',
        '      - username: b@b.example',
        '      - username: lost@b.example',
        '  - id: B2',
        '    users: []',
        '    defaults: { ip_pool: 9 } # dear',
        '  - id: Later',
        '    defaults: { ip_pool: 8 }',
      ),
    )
    assert.equal(notes, ['"lost@b.example" is live, so it is listed and not absent any more'])
  })

  test('of some subaccounts keeps the same of these, and nothing else', () => {
    const texts = ['version: 1\nsubaccounts: all\nabsent: [{ username: never@x.example }]\n', ...MORE]
    assert.is(
      exported({ texts, as: 'list', states: [live(users('b@b.example'), { scope: SUB })] }).text,
      text(
        'subaccounts:',
        '  - id: B1',
        '    users:',
        '      - username: b@b.example',
        '    absent: [ { username: gone@b.example, reason: moved }, { username: lost@b.example } ]',
      ),
    )
  })

  test('says which subaccounts stand elsewhere, and leaves the word that looks for all', () => {
    const base = 'version: 1\nsubaccounts: all\n'
    const { text: found, notes } = exported({ texts: [base], states: [live(users('a@x.example'))], elsewhere: [SUB] })
    assert.is(found, text('version: 1', 'subaccounts: all', 'users:', '  - username: a@x.example'))
    assert.equal(notes, [
      'subaccount:B1 is left out: the config says subaccounts: all, so its list stands in an included file; export --subaccount B1 writes one',
    ])
    assert.is(exported({ texts: [base] }).text, text('version: 1', 'subaccounts: all'))
  })

  test('leaves out, and tells, whom the policy ignores, whose name stands there already, and whose name cannot be written', () => {
    const ignore = [glob('boss-*')].flatMap((one) => one ?? [])
    const states = [
      live(users('boss-1@x.example', 'a@x.example', 'A@x.example', 'c\u0007@x.example')),
      live(users('a@x.example', 'd@x.example'), { scope: SUB }),
    ]
    const { text: found, users: listed, notes } = exported({ states, ignore })
    const twice = 'the same name stands in the export already, in this or another scope, perhaps in other letters'
    assert.equal(notes, [
      `account: "a@x.example" is left out: ${twice}`,
      'account: "boss-1@x.example" is left out: policy.ignore matches it',
      'account: "c\\u0007@x.example" is left out: its name holds control characters, or half a character',
      `subaccount:B1: "a@x.example" is left out: ${twice}`,
    ])
    assert.equal(found.match(/username: .*/g), ['username: A@x.example', 'username: d@x.example'])
    assert.is(listed, 2, 'counts those whom it lists')
  })

  test('says what a user has by the defaults of its own scope', () => {
    const states = [
      live([liveUser('a@x.example', { ip_pool: 7 })]),
      live([liveUser('b@x.example', { ip_pool: 7 })], { scope: SUB }),
    ]
    const { text: found } = exported({ states, defaultsOf: ({ scope }) => (scope === SUB ? { ip_pool: 7 } : {}) })
    assert.equal(found.match(/ip_pool: .*/g), ['ip_pool: 7'])
    assert.match(found, /a@x\.example\n {4}ip_pool: 7/)
  })

  test('writes out what is hidden', () =>
    assert.match(
      exported({ states: [live([liveUser('a@x.example', { description: 'x\u202ey' })])] }).text,
      /description: "x\\u202ey"/,
    ))

  test('starts from an endpoint and the name of a variable, and only observes', () =>
    assert.is(
      startingConfig('eu', 'SMTP2GO_API_KEY'),
      `version: 1

api:
  endpoint: "eu"
  key: { env: SMTP2GO_API_KEY }

reconcile:
  mode: observe # finds and reports drift, writes nothing; set it to enforce when a plan shows what you expect
`,
    ))
})

spec('an exported user', (test) => {
  const OURS = newSecret()
  const LIMIT: Settings = { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 day' }
  const rows: ReadonlyArray<readonly [title: string, live: Settings, defaults: Settings, entry: object]> = [
    ['says nothing that is the default of the service', {}, {}, {}],
    [
      'says what differs from it',
      { description: 'Fax', ip_pool: 7, feedback_enabled: true },
      {},
      { description: 'Fax', ip_pool: 7, feedback_enabled: true },
    ],
    ['says nothing that the defaults of the config give', { ip_pool: 7 }, { ip_pool: 7 }, {}],
    ['says the default of the service where the config gives another', {}, { ip_pool: 7 }, { ip_pool: 0 }],
    ['says no password', { email_password: newSecret() }, {}, {}],
    [
      'says no password, and does not manage the one that the defaults give where another one may be set',
      {},
      { email_password: newSecret() },
      { unmanaged: ['email_password'] },
    ],
    [
      'nor where another one is shown',
      { email_password: newSecret() },
      { email_password: newSecret() },
      { unmanaged: ['email_password'] },
    ],
    ['manages it where it is the one that is shown', { email_password: OURS }, { email_password: OURS }, {}],
    [
      'does not manage what is not shown and the defaults give',
      {},
      { click_tracking_enabled: true },
      { unmanaged: ['click_tracking_enabled'] },
    ],
    ['says what is shown', { click_tracking_enabled: true }, {}, { click_tracking_enabled: true }],
    ['says a limit whole', LIMIT, {}, LIMIT],
    ['says a limit whole where a part differs', LIMIT, { ...LIMIT, custom_ratelimit_value: 6 }, LIMIT],
    ['says no limit that the defaults give', LIMIT, { ...LIMIT, custom_ratelimit_period: '24 hours' }, {}],
    ['says that there is none where the defaults give one', {}, LIMIT, { custom_ratelimit: false }],
    ['says nothing of a limit that is off everywhere', {}, { custom_ratelimit: false }, {}],
  ]
  for (const [title, settings, defaults, entry] of rows)
    test(title, () => assert.equal(entryOf(liveUser('a@x.example', settings), defaults), { username: 'a@x.example', ...entry }))

  test('says a limit of which a part is not shown nowhere, tells that, and leaves it unmanaged where the defaults give one', () => {
    const states = [live([liveUser('a@x.example', { ...LIMIT, custom_ratelimit_value: undefined })])]
    const notes = ['custom_ratelimit', 'custom_ratelimit_period'].map(
      (field) => `account: "a@x.example": ${field} is left out: the service shows no custom_ratelimit_value with it`,
    )
    const bare = exported({ states })
    assert.equal(bare.notes, notes)
    assert.not.match(bare.text, /ratelimit/)
    const given = exported({ states, defaultsOf: () => LIMIT })
    assert.equal(given.notes, notes)
    assert.match(given.text, /unmanaged:\n( {6}- custom_ratelimit(_value|_period)?\n){3}\.\.\./)
  })

  test('manages the password of the defaults, too, where most users show it', () =>
    assert.equal(entryOf({ ...liveUser('a@x.example'), shared: OURS }, { email_password: OURS }), { username: 'a@x.example' }))
})
