// What rules come to, and where one of them contradicts a user or another rule: with both places, and only where the two can meet.
import * as assert from 'uvu/assert'
import type { Rule } from '../../src/domain/wanted/rule.ts'
import { spec } from '../support/spec.ts'
import { loaded, problemsOf } from './load.ts'

const API = 'version: 1\napi: { endpoint: eu, key: { env: KEY } }\n'
const rulesIn = async (rules: string, rest = ''): Promise<ReadonlyArray<Rule>> =>
  (await loaded(`${API}users: []\n${rest}rules:\n${rules}...\n`)).desired.rules
const shown = ({ text }: { readonly text: string } | undefined = { text: '-' }): string => text

spec('a rule', (test) => {
  test('without more than an id and a demand is medium, reports, is for everybody and has no waivers', async () => {
    const [rule] = await rulesIn('  - { id: a, require: { description: Fax } }\n')
    assert.equal(rule, {
      id: 'a',
      severity: 'medium',
      match: { username: undefined, scope: undefined, status: undefined, profile: undefined },
      set: {},
      require: [{ field: 'description', _tag: 'Equals', value: 'Fax' }],
      otherwise: 'report',
      waivers: [],
      source: 'config.yaml:5:5',
    })
  })

  test('says whom it is for, how grave it is, what is done, and whom it leaves alone until when in the time zone', async () => {
    const rule = [
      '  - id: a',
      '    severity: high',
      '    match: { username: "fax-*", scope: account, status: allowed, profile: p* }',
      '    require: { custom_ratelimit: true }',
      '    otherwise: block',
      '    waivers:',
      '      - { username: "bulk@*", until: 2027-03-31, reason: one }',
      '      - { username: "tel@*", until: 2027-03-31T18:00, reason: two }',
      '',
    ].join('\n')
    const find = async (rest: string) => (await rulesIn(rule, `profiles: { printers: {} }\n${rest}`))[0]
    const found = await find('')
    assert.equal([found?.severity, found?.otherwise], ['high', 'block'])
    assert.equal([found?.match.username, found?.match.scope, found?.match.status, found?.match.profile].map(shown), [
      'fax-*',
      'account',
      'allowed',
      'p*',
    ])
    const waived = (one: Rule | undefined) =>
      one?.waivers.map(({ username, until, reason, source }) => [username.text, new Date(until).toISOString(), reason, source])
    assert.equal(waived(found), [
      ['bulk@*', '2027-04-01T00:00:00.000Z', 'one', 'config.yaml:12:9'],
      ['tel@*', '2027-03-31T18:00:00.000Z', 'two', 'config.yaml:13:9'],
    ])
    assert.equal(
      waived(await find('reconcile: { timezone: Europe/Paris }\n'))?.map(([, until]) => until),
      ['2027-03-31T22:00:00.000Z', '2027-03-31T16:00:00.000Z'],
    )
  })

  test('sets values, with the place where each was said', async () => {
    const [rule] = await rulesIn('  - { id: a, set: { description: Fax, audit_email: null, status: blocked } }\n')
    assert.equal(rule?.set, {
      description: { value: 'Fax', source: 'config.yaml:5:34 rule a', rule: 'a' },
      audit_email: { value: '', source: 'config.yaml:5:52 rule a', rule: 'a' },
      status: { value: 'blocked', source: 'config.yaml:5:66 rule a', rule: 'a' },
    })
    assert.equal(rule?.require, [])
  })

  const day = { per: '1 day' } as const
  for (const [demand, expected] of [
    ['description: null', [{ field: 'description', _tag: 'Equals', value: '' }]],
    ['ip_pool: null', [{ field: 'ip_pool', _tag: 'Equals', value: 0 }]],
    ['open_tracking_enabled: false', [{ field: 'open_tracking_enabled', _tag: 'Equals', value: false }]],
    ['description: { present: true }', [{ field: 'description', _tag: 'Present', present: true }]],
    ['description: { present: false }', [{ field: 'description', _tag: 'Present', present: false }]],
    ['status: { one_of: [allowed, sandbox] }', [{ field: 'status', _tag: 'OneOf', values: ['allowed', 'sandbox'] }]],
    [
      'ip_pool: { max: 9, min: 2 }',
      [
        { field: 'ip_pool', _tag: 'Max', max: 9, per: undefined },
        { field: 'ip_pool', _tag: 'Min', min: 2, per: undefined },
      ],
    ],
    [
      'ip_pool: { min: 2, max: 2 }',
      [
        { field: 'ip_pool', _tag: 'Max', max: 2, per: undefined },
        { field: 'ip_pool', _tag: 'Min', min: 2, per: undefined },
      ],
    ],
    ['custom_ratelimit_value: { max: 5 }', [{ field: 'custom_ratelimit_value', _tag: 'Max', max: 5, ...day }]],
    ['custom_ratelimit_value: { min: 5 }', [{ field: 'custom_ratelimit_value', _tag: 'Min', min: 5, ...day }]],
    [
      'custom_ratelimit_value: { max: 5 }, custom_ratelimit_period: 1 hour',
      [{ field: 'custom_ratelimit_value', _tag: 'Max', max: 5, per: '1 hour' }],
    ],
    [
      'custom_ratelimit_value: { min: 5 }, custom_ratelimit_period: 1 hour',
      [{ field: 'custom_ratelimit_value', _tag: 'Min', min: 5, per: '1 hour' }],
    ],
    [
      'custom_ratelimit_value: 5, custom_ratelimit_period: 1 hour',
      [
        { field: 'custom_ratelimit_value', _tag: 'Equals', value: 5 },
        { field: 'custom_ratelimit_period', _tag: 'Equals', value: '1 hour' },
      ],
    ],
    [
      'custom_ratelimit_value: { max: 5 }, custom_ratelimit_period: { present: true }',
      [
        { field: 'custom_ratelimit_value', _tag: 'Max', max: 5, ...day },
        { field: 'custom_ratelimit_period', _tag: 'Present', present: true },
      ],
    ],
  ] as const)
    test(`that requires ${demand}`, async () => {
      const [rule] = await rulesIn(`  - { id: a, require: { ${demand} } }\n`)
      assert.equal(rule?.require, expected)
    })

  test('that requires a pattern keeps it as it was written', async () => {
    const [rule] = await rulesIn('  - { id: a, require: { description: { matches: "F*x" } } }\n')
    const [demand] = rule?.require ?? []
    assert.is(demand?._tag === 'Matches' ? demand.glob.text : '', 'F*x')
  })

  const faultsOf = async (text: string): Promise<ReadonlyArray<string>> =>
    (await problemsOf(`${API}${text}...\n`)).map(
      ({ path, message, hint }) => `${path}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
    )

  for (const [title, rule, faults] of [
    ['whose profile there is', 'match: { profile: print* }, require: { description: x }', []],
    [
      'whose profile there is not',
      'match: { profile: fax* }, require: { description: x }',
      ["rules[0].match.profile: this matches nothing (profiles: 'printers', 'phones')"],
    ],
    ['whose status is one', 'match: { status: "*" }, require: { description: x }', []],
    [
      'whose status is none',
      'match: { status: shut }, require: { description: x }',
      ['rules[0].match.status: this matches nothing (a status is allowed, blocked, sandbox)'],
    ],
    ['whose scope there can be', 'match: { scope: "subaccount:*" }, require: { description: x }', []],
    [
      'whose scope there cannot be',
      'match: { scope: GnlKn5 }, require: { description: x }',
      ['rules[0].match.scope: this matches nothing (a scope is account, or subaccount: and an id, such as subaccount:GnlKn5)'],
    ],
    [
      'that asks nothing of a field',
      'set: {}',
      ['rules[0]: this rule asks for nothing (write `set`, which is enforced, or `require`, which is checked)'],
    ],
    ['that sets no limit', 'set: { custom_ratelimit: false }', []],
    ['that sets the default of a limit', 'set: { custom_ratelimit: null }', []],
    [
      'that sets a limit as a whole',
      'set: { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: 1 day }',
      [],
    ],
    [
      'that sets a half of one',
      'set: { custom_ratelimit: true, custom_ratelimit_value: 5 }',
      [
        'rules[0].set.custom_ratelimit_value: a rule sets a limit as a whole (write custom_ratelimit, custom_ratelimit_value, custom_ratelimit_period, or only custom_ratelimit: false)',
      ],
    ],
    [
      'that sets none, with a value',
      'set: { custom_ratelimit: null, custom_ratelimit_period: 1 day }',
      [
        'rules[0].set.custom_ratelimit_period: a limit that is off has no value and no period (write custom_ratelimit, custom_ratelimit_value, custom_ratelimit_period, or only custom_ratelimit: false)',
      ],
    ],
    ['whose bounds meet', 'require: { ip_pool: { max: 2, min: 2 } }', []],
    [
      'whose bounds do not',
      'require: { ip_pool: { max: 2, min: 3 } }',
      ['rules[0].require.ip_pool.min: more than max, which is 2'],
    ],
  ] as const)
    test(`${title}: ${faults.length === 0 ? 'is one' : 'is refused'}`, async () =>
      assert.equal(await faultsOf(`users: []\nprofiles: { printers: {}, phones: {} }\nrules:\n  - { id: a, ${rule} }\n`), faults))
})

spec('rules and users', (test) => {
  const USER = 'fax@acme.example'
  const WAY = 'remove the key, change what the rule matches, or give the user a waiver'
  const TWO = 'two rules set one field differently: change what one of them matches'
  const found = async (user: string, ...rules: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
    const lines = rules.map((rule, at) => `  - { id: r${at}, ${rule} }`)
    const text = [
      `users:`,
      `  - { username: ${USER}${user} }`,
      'profiles: { printers: {}, phones: {}, open: { status: allowed } }',
      'rules:',
      ...lines,
      '...',
      '',
    ]
    return (await problemsOf(API + text.join('\n'))).map(
      ({ line, path, message, hint }) => `${line} ${path}: ${message} (${hint})`,
    )
  }
  const own = (path: string, what: string) => [`4 users[0].${path}: rule 'r0' ${what} (${WAY})`]
  const setsA = 'set: { description: a }'
  const setsB = 'set: { description: b }'

  for (const [title, user, rule, expected] of [
    ['of a field that the user leaves out', '', setsA, []],
    ['that says the same', ', description: a', setsA, []],
    ['that says otherwise', ', description: b', setsA, own('description', 'sets a at config.yaml:7:35')],
    ['of an empty text', ', description: b', 'set: { description: null }', own('description', 'sets "" at config.yaml:7:35')],
    [
      'of a flag',
      ', open_tracking_enabled: true',
      'set: { open_tracking_enabled: false }',
      own('open_tracking_enabled', 'sets false at config.yaml:7:45'),
    ],
    [
      'of a field that the user does not manage',
      ', unmanaged: [ip_pool, description]',
      setsA,
      own('unmanaged[1]', 'sets this field at config.yaml:7:35'),
    ],
    ['of a field, while the user does not manage another', ', unmanaged: [ip_pool]', setsA, []],
    [
      'that takes the limit away',
      ', custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: 1 day',
      'set: { custom_ratelimit: false }',
      [
        `4 users[0].custom_ratelimit: rule 'r0' sets false at config.yaml:7:40 (${WAY})`,
        ...own('custom_ratelimit_value', 'sets no limit at config.yaml:7:40'),
        ...own('custom_ratelimit_period', 'sets no limit at config.yaml:7:40'),
      ],
    ],
    [
      'of a limit',
      ', custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: 24 hours',
      'set: { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: 1 day }',
      [],
    ],
    ['that requires', ', description: b', 'require: { description: a }', []],
    [
      'of the status of a user that starts',
      ', starts: 2027-01-01',
      'set: { status: allowed }',
      own('starts', 'sets status at config.yaml:7:30, and outside its dates a user is blocked'),
    ],
    [
      'of the status of a user that expires',
      ', expires: 2027-01-01',
      'set: { status: sandbox }',
      own('expires', 'sets status at config.yaml:7:30, and outside its dates a user is blocked'),
    ],
    ['that blocks a user with dates', ', expires: 2027-01-01', 'set: { status: blocked }', []],
    ['of another field of a user with dates', ', expires: 2027-01-01', setsA, []],
    ['with a waiver', ', description: b', `${setsA}, waivers: [{ username: "fax@*", until: 2027-01-01, reason: x }]`, []],
    [
      'with a waiver of another',
      ', description: b',
      `${setsA}, waivers: [{ username: "tel@*", until: 2027-01-01, reason: x }]`,
      own('description', 'sets a at config.yaml:7:35'),
    ],
    ['of others', ', description: b', `match: { username: "tel@*" }, ${setsA}`, []],
    ['of another scope', ', description: b', `match: { scope: "subaccount:*" }, ${setsA}`, []],
    ['of another profile', ', description: b, profile: phones', `match: { profile: printers }, ${setsA}`, []],
    ['of a profile, where the user has none', ', description: b', `match: { profile: printers }, ${setsA}`, []],
    [
      'of its profile',
      ', description: b, profile: printers',
      `match: { profile: print* }, ${setsA}`,
      own('description', 'sets a at config.yaml:7:63'),
    ],
    ['of another status', ', description: b, status: blocked', `match: { status: allowed }, ${setsA}`, []],
    [
      'of its status',
      ', description: b, status: blocked',
      `match: { status: blocked }, ${setsA}`,
      own('description', 'sets a at config.yaml:7:63'),
    ],
    [
      'of a status that it may have',
      ', description: b',
      `match: { status: sandbox }, ${setsA}`,
      own('description', 'sets a at config.yaml:7:63'),
    ],
  ] as const)
    test(`a rule ${title}: ${expected.length === 0 ? 'no contradiction' : 'a contradiction'}`, async () =>
      assert.equal(await found(user, rule), expected))

  const between = (column: number, whom = '') => [
    `8 rules[1].set.description: rule 'r0' sets a at config.yaml:7:${column}${whom} (${TWO})`,
  ]
  const WHOM = ` for user '${USER}' (config.yaml:4:5)`
  for (const [title, user, one, other, expected] of [
    ['set the same', '', setsA, setsA, []],
    ['set other fields', '', setsA, 'set: { audit_email: a@a.example }', []],
    ['set one field differently for everybody', '', setsA, setsB, between(35)],
    [
      'set it differently for the same pattern',
      '',
      `match: { username: "x*" }, ${setsA}`,
      `match: { username: "X*" }, ${setsB}`,
      between(62),
    ],
    [
      'set it differently for all and for some',
      '',
      `match: { username: "**" }, ${setsA}`,
      `match: { username: "x*" }, ${setsB}`,
      between(62),
    ],
    ['may never meet', '', `match: { username: "a*" }, ${setsA}`, `match: { username: "*z" }, ${setsB}`, []],
    [
      'meet in a listed user',
      '',
      `match: { username: "fax*" }, ${setsA}`,
      `match: { username: "*example" }, ${setsB}`,
      between(64, WHOM),
    ],
    [
      'do not meet in the status that it has',
      ', status: allowed',
      `match: { status: "*ed" }, ${setsA}`,
      `match: { status: block* }, ${setsB}`,
      [],
    ],
    ['meet in no status', '', `match: { status: allowed }, ${setsA}`, `match: { status: blocked }, ${setsB}`, []],
    [
      'meet in a status that it may have',
      '',
      `match: { status: "*ed" }, ${setsA}`,
      `match: { status: block* }, ${setsB}`,
      between(61, WHOM),
    ],
    ...['*', 'fax*', 'FAX@*'].map(
      (waived) =>
        [
          `would surely meet, and one of them leaves ${waived} alone`,
          '',
          `match: { username: "fax@*" }, ${setsA}, waivers: [{ username: "${waived}", until: 2027-01-01, reason: x }]`,
          `match: { username: "fax@*" }, ${setsB}`,
          [],
        ] as const,
    ),
    [
      'meet beyond doubt, and one of them leaves only some alone',
      '',
      `match: { username: "x@*" }, ${setsA}, waivers: [{ username: "x@y*", until: 2027-01-01, reason: x }]`,
      `match: { username: "x@*" }, ${setsB}`,
      between(63),
    ],
    [
      'would meet in a user that one leaves alone',
      '',
      `match: { username: "fax*" }, ${setsA}, waivers: [{ username: "fax@*", until: 2027-01-01, reason: x }]`,
      `match: { username: "*example" }, ${setsB}`,
      [],
    ],
  ] as const)
    test(`two rules that ${title}: ${expected.length === 0 ? 'no contradiction' : 'a contradiction'}`, async () =>
      assert.equal(await found(user, one, other), expected))

  const parks = 'match: { username: "fax@*" }, set: { status: blocked }'
  const ALLOWED = ', profile: open'
  const late = (what: string) => [`4 users[0].description: rule 'r1' ${what} (${WAY})`]
  for (const [title, layers, one, other, expected] of [
    [
      'the status that the other one sets',
      ALLOWED,
      parks,
      `match: { status: blocked }, ${setsA}`,
      late('sets a at config.yaml:8:63'),
    ],
    ['the status that its layers give and the other one changes', ALLOWED, parks, `match: { status: allowed }, ${setsA}`, []],
    ['any other status, where no layer gives one', '', parks, `match: { status: allowed }, ${setsA}`, []],
    [
      'the status that its layers give, where the other one leaves it alone',
      ALLOWED,
      `${parks}, waivers: [{ username: "fax@*", until: 2027-01-01, reason: x }]`,
      `match: { status: allowed }, ${setsA}`,
      late('sets a at config.yaml:8:63'),
    ],
  ] as const)
    test(`of two rules, one for ${title}: ${expected.length === 0 ? 'no contradiction' : 'a contradiction'}`, async () =>
      assert.equal(await found(`${layers}, description: b`, one, other), expected))

  test('of three rules, two meet in the status that the third one sets, and in no other', async () => {
    const two = (status: string) =>
      [`match: { status: ${status} }, ${setsA}`, `match: { username: "*example" }, ${setsB}`] as const
    const met = await found('', parks, `match: { username: "*@acme.example", status: blocked }, ${setsA}`, two('blocked')[1])
    assert.match(met.join(), /rules\[2\]\.set\.description: rule 'r1' sets a at .* for user 'fax@acme\.example'/)
    assert.equal(
      await found('', parks, `match: { username: "*@acme.example", status: allowed }, ${setsA}`, two('allowed')[1]),
      [],
    )
  })
})
