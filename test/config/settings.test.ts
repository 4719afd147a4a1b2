// Everything outside users: what each section becomes, and what it is when nothing is said.
import * as assert from 'uvu/assert'
import { spec } from '../support/spec.ts'
import { loaded, printed } from './load.ts'

const MINIMAL = 'version: 1\napi: { endpoint: sandbox }\n'

const CONTRACT = `version: 1
api:
  endpoint: eu
  key: { env: KEY }
  pace: 60 per 1m
  concurrency: 2
  timeout: 30s
  max_answer: 128 MiB
  edit: auto
reconcile:
  mode: enforce
  on_change: true
  schedule: "*/15 * * * *"
  timezone: UTC
policy:
  missing: create
  unlisted: report
  ignore: []
  unblock: repair
  contested: enforce
  unknown_password: send
  reassert_unobservable: null
safety:
  max_creates: 25% or 10
  max_updates: 50% or 10
  max_password_changes: 10% or 2
  max_blocks: 10% or 2
  max_removes: 5% or 1
  protected: []
include: []
state_dir: null
`

spec('what is not said', (test) => {
  test('is as the documented file says', async () => {
    const [said, unsaid] = [(await loaded(CONTRACT)).desired, (await loaded(MINIMAL)).desired]
    assert.equal({ ...unsaid.policy, unlistedAt: said.policy.unlistedAt }, said.policy)
    assert.equal(unsaid.schedule, said.schedule)
    assert.equal({ ...unsaid.api, endpoint: 0, key: 0 }, { ...said.api, endpoint: 0, key: 0 })
    assert.equal(unsaid.stateDir, said.stateDir)
    assert.equal(unsaid.api.pace, { count: 60, perMs: 60_000 })
    assert.is(unsaid.api.timeoutMs, 30_000)
    assert.is(unsaid.api.maxAnswerBytes, 134_217_728)
    assert.equal(unsaid.policy.caps.max_creates, { percent: 25, count: 10 })
    assert.equal(unsaid.policy.caps.max_removes, { percent: 5, count: 1 })
  })
})

spec('an endpoint', (test) => {
  const rows: ReadonlyArray<readonly [said: string, url: string]> = [
    ['global', 'https://api.smtp2go.com/v3'],
    ['us', 'https://us-api.smtp2go.com/v3'],
    ['eu', 'https://eu-api.smtp2go.com/v3'],
    ['au', 'https://au-api.smtp2go.com/v3'],
    ['https://Proxy.example:8443/smtp2go/v3', 'https://proxy.example:8443/smtp2go/v3'],
    ['http://127.0.0.1:8025/v3', 'http://127.0.0.1:8025/v3'],
    ['http://localhost:8025/v3', 'http://localhost:8025/v3'],
    ['http://[::1]:8025/v3', 'http://[::1]:8025/v3'],
  ]
  for (const [said, url] of rows) {
    test(`${said} is ${url}`, async () => {
      const { desired } = await loaded(`version: 1\napi: { endpoint: "${said}", key: { env: KEY } }\n`)
      assert.equal(desired.api.endpoint, { _tag: 'Address', url })
    })
  }
  const bad = [
    'http://127.0.0.1.example/v3',
    'http://localhost.example/v3',
    'http://10.0.0.1/v3',
    'https://a.example/v3/',
    'https://a.example/v3#',
    'https://a.example/v3?',
    'https://a.example/v4',
    'https://@a.example/v3',
    'https:a.example/v3',
    'https://a.example\\\\v3',
    'https://a example/v3',
    'https:///v3',
    'javascript:alert(1)/v3',
    '',
  ]
  for (const said of bad) {
    test(`${JSON.stringify(said)} is refused`, async () => {
      assert.match(
        await printed(`version: 1\napi: { endpoint: "${said}", key: { env: KEY } }\n`),
        'config.yaml:2:18  api.endpoint: ',
      )
    })
  }
})

spec('quantities', (test) => {
  const api = async (text: string) => (await loaded(`version: 1\napi: { endpoint: sandbox, ${text} }\n`)).desired.api
  const caps = async (text: string) =>
    (await loaded(`${MINIMAL}safety: { max_blocks: ${text} }\n`)).desired.policy.caps.max_blocks

  test('durations have units', async () => {
    const found = []
    for (const text of ['250ms', '30s', '2m', '1h', '1d']) found.push((await api(`timeout: ${text}`)).timeoutMs)
    assert.equal(found, [250, 30_000, 120_000, 3_600_000, 86_400_000])
  })
  test('durations have as many digits as somebody likes, and what is too long is told as that', async () => {
    const grace = async (text: string) => (await loaded(`${MINIMAL}policy: { grace: ${text} }\n`)).desired.policy.grace
    assert.is(await grace('1209600000ms'), 14 * 86_400_000)
    assert.is(await grace('3153600000000ms'), 36_500 * 86_400_000)
    for (const text of ['3153600000001ms', `${'9'.repeat(400)}d`])
      assert.match(
        await printed(`${MINIMAL}policy: { grace: ${text} }\n`),
        /^config\.yaml:3:18 {2}policy\.grace: longer than a hundred years/,
      )
  })
  test('sizes count in 1024', async () => {
    const found = []
    for (const text of ['1 KiB', '2 MiB', '1 GiB', '1048576 KiB', '128MiB'])
      found.push((await api(`max_answer: ${text}`)).maxAnswerBytes)
    assert.equal(found, [1024, 2_097_152, 1_073_741_824, 1_073_741_824, 134_217_728])
  })
  test('a pace may be off', async () => {
    assert.is((await api('pace: off')).pace, undefined)
    assert.equal((await api('pace: 5 per 1s')).pace, { count: 5, perMs: 1000 })
    assert.equal((await api('pace: 1500000 per 86400000ms')).pace, { count: 1_500_000, perMs: 86_400_000 })
  })
  test('a cap is a number, a percentage or both', async () => {
    assert.equal(await caps('0'), { count: 0, percent: undefined })
    assert.equal(await caps('25%'), { count: undefined, percent: 25 })
    assert.equal(await caps('2.5% or 10'), { count: 10, percent: 2.5 })
  })
})

spec('how the daemon is operated', (test) => {
  const operation = async (text: string, values = {}) => (await loaded(`${MINIMAL}${text}\n`, values)).desired.operation

  test('is off where nothing is said', async () => {
    for (const text of ['', 'http: null', 'http: { listen: null }', 'http: {}\ncontrol: {}\nnotify: []'])
      assert.equal(await operation(text), { http: undefined, control: undefined, notify: [] }, text)
  })
  test('is on loopback unless an address is given', async () => {
    const rows = [
      ['9465', '127.0.0.1', 9465],
      ['"9465"', '127.0.0.1', 9465],
      ['localhost:80', '127.0.0.1', 80],
      ['"127.0.0.2:0"', '127.0.0.2', 0],
      ['"0.0.0.0:9465"', '0.0.0.0', 9465],
      ['"[::]:9465"', '::', 9465],
      ['"[0:0::1]:9465"', '::1', 9465],
    ] as const
    for (const [text, host, port] of rows)
      assert.equal((await operation(`http: { listen: ${text} }`)).http?.listen, { host, port }, text)
  })
  test('knows where its keys stand', async () => {
    const { control } = await operation('http: { listen: 9465 }\ncontrol: { group: adm }')
    assert.equal(control, { group: 'adm', spot: { file: 'config.yaml', line: 4, column: 19 } })
  })
  test('tells webhooks by where their address is kept', async () => {
    const text = 'notify: [{ webhook: { env: HOOK } }, { webhook: { file: local }, format: slack }]'
    const { notify } = await operation(text, { HOOK: 'https://hooks.acme.example/T0', local: 'http://127.0.0.1:1/' })
    assert.equal(
      notify.map(({ name, format, url }) => [name, format, url.reveal()]),
      [
        ['env HOOK', 'generic', 'https://hooks.acme.example/T0'],
        ['file local', 'slack', 'http://127.0.0.1:1/'],
      ],
    )
  })
})

spec('reconcile and policy', (test) => {
  test('take what is said', async () => {
    const { desired } = await loaded(
      `${MINIMAL}reconcile: { mode: observe, on_change: false, schedule: null, timezone: Europe/Oslo }
policy: { missing: report, unlisted: ignore, grace: 2d, ignore: ["*@a.example"], unblock: hold, contested: hold, unknown_password: assume, reassert_unobservable: 7d }
safety: { protected: ["boss*"] }
state_dir: /var/lib/x
`,
    )
    const { caps, ignore, protected: guarded, ...policy } = desired.policy
    assert.equal(desired.schedule, { onChange: false, cron: undefined, timezone: 'Europe/Oslo' })
    assert.equal(policy, {
      mode: 'observe',
      missing: 'report',
      unlisted: 'ignore',
      unlistedAt: 'config.yaml:4:38',
      grace: 172_800_000,
      unblock: 'hold',
      contested: 'hold',
      unknown_password: 'assume',
      reassert_unobservable: 604_800_000,
      edit: 'auto',
    })
    assert.ok(ignore[0]?.matches('X@A.example') && guarded[0]?.matches('boss@b.example'))
    assert.is(desired.stateDir, '/var/lib/x')
    assert.is(caps.max_blocks.count, 2)
  })
  test('allow seconds against a loopback address and the sandbox', async () => {
    const schedule = 'reconcile: { schedule: "*/10 * * * * *" }\n'
    assert.is(await printed(`${MINIMAL}${schedule}`), '')
    assert.is(await printed(`version: 1\napi: { endpoint: "http://127.0.0.1:1/v3", key: { env: KEY } }\n${schedule}`), '')
  })
})

spec('a request over 1 MB', (test) => {
  const text = (length: number): string => `${MINIMAL}users:\n  - username: fax\n    feedback_html: "${'x'.repeat(length)}"\n`
  test('is told at the user', async () => {
    assert.match(
      await printed(text(1_000_000)),
      /^config\.yaml:4:5 {2}users\[0\]: the request for user 'fax' would have about \d+ bytes/,
    )
  })
  test('is not one of less', async () => {
    assert.is(await printed(text(990_000)), '')
    // Texts that are short are weighed as closely where it comes to that.
    const short = 'y'.repeat(1_600)
    assert.is(await printed(`${text(985_000)}    description: ${short}\n    feedback_text: ${short}\n`), '')
    assert.match(
      await printed(`${text(995_000)}    description: ${short}\n    feedback_text: ${short}\n`),
      /would have about 1000\d{3} /,
    )
    const name = `${'n'.repeat(87)}@acme.example`
    assert.is(await printed(`${text(988_300).replace('fax', name)}    description: ${short}\n`), '')
  })
  test('counts bytes, not characters', async () => {
    assert.match(await printed(text(0).replace('""', `"${'é'.repeat(600_000)}"`)), /about 120\d{4} bytes/)
  })

  const long = (length: number): string => `"${'x'.repeat(length)}"`
  const told = async (lines: string): Promise<ReadonlyArray<string>> =>
    (await printed(`${MINIMAL}${lines}\n...\n`)).split('\n').filter((line) => line.startsWith('config.yaml:'))

  test('is told at the rule that sets as much, once, whoever is listed', async () => {
    const rule = `rules: [{ id: a, set: { feedback_html: ${long(1_000_000)} } }]`
    const [one, ...more] = await told(`users: [{ username: one@a.example }, { username: two@a.example }]\n${rule}`)
    assert.match(one ?? '', /^config\.yaml:4:23 {2}rules\[0\]\.set: a request with what rule 'a' sets would have about \d+ bytes/)
    assert.equal(more, [])
    assert.equal(await told(rule.replace(long(1_000_000), long(990_000))), [])
  })

  test('is told where rules that hold for the same users set as much together, each saying with which', async () => {
    const rules = [
      `  - { id: a, set: { feedback_html: ${long(600_000)} } }`,
      `  - { id: b, match: { username: "*@a.example" }, set: { feedback_text: ${long(600_000)} } }`,
      '  - { id: c, match: { username: "*@b.example" }, set: { feedback_text: x } }',
    ]
    const [one, ...more] = await told(`rules:\n${rules.join('\n')}`)
    assert.match(
      one ?? '',
      /^config\.yaml:5:\d+ {2}rules\[1\]\.set: a request with what rule 'b' sets, and what rule 'a' sets \(config\.yaml:4:\d+\), would have/,
    )
    assert.equal(more, [])
  })

  test('is told at the user that has as much with what rules set, and only where they hold for it', async () => {
    const users = (name: string, more = ''): string => `users: [{ username: ${name}, description: ${long(600_000)}${more} }]\n`
    const rule = (match: string, more = ''): string =>
      `rules: [{ id: a, match: { ${match} }, set: { feedback_html: ${long(600_000)} }${more} }]`
    const [one, ...rest] = await told(`${users('one@a.example')}${rule('username: "*@a.example"')}`)
    assert.match(
      one ?? '',
      /^config\.yaml:3:9 {2}users\[0\]: the request for user 'one@a\.example', with what rule 'a' sets \(config\.yaml:4:\d+\), would have about 12\d{5} bytes/,
    )
    assert.equal(rest, [])
    for (const [name, more, other] of [
      ['one@b.example', '', rule('username: "*@a.example"')],
      ['one@a.example', ', status: allowed', rule('status: blocked')],
      ['one@a.example', '', rule('scope: "subaccount:*"')],
      ['one@a.example', '', rule('username: "*"', ', waivers: [{ username: one@*, until: 2027-03-31, reason: r }]')],
    ] as const)
      assert.equal(await told(`${users(name, more)}${other}`), [], `${name} ${more}`)
    assert.is(
      (await told(`${users('one@a.example')}${rule('status: sandbox')}`)).length,
      1,
      'a status that nothing gives may be any',
    )
  })

  test('has what a rule sets in place of what weaker layers say', async () => {
    const rule = 'rules: [{ id: a, set: { feedback_html: x } }]'
    const defaults = `defaults: { feedback_html: ${long(1_100_000)} }\nusers: [{ username: one@a.example }]\n`
    assert.equal(await told(`${defaults}${rule}`), [])
    assert.is((await told(`${defaults}${rule.replace('set:', 'match: { status: blocked }, set:')}`)).length, 1)
  })
})

spec('included files', (test) => {
  const main = (include: string): string => `${MINIMAL}include: [${include}]\n`
  test('are listed after the main file and read once', async () => {
    const { desired, texts } = await loaded({
      'config.yaml': main('"c/*.yaml", c/a.yaml'),
      'c/b.yaml': 'users: []\n',
      'c/a.yaml': 'users: []\n',
    })
    assert.equal(desired.files, ['config.yaml', 'c/a.yaml', 'c/b.yaml'])
    assert.equal(
      texts.map(({ name }) => name),
      ['config.yaml', 'c/a.yaml', 'c/b.yaml'],
    )
  })
  test('do not count the main file among them', async () => {
    const { desired } = await loaded({ 'config.yaml': main('"*.yaml"'), 'a.yaml': 'users: []\n' })
    assert.equal(desired.files, ['config.yaml', 'a.yaml'])
  })
})
