// `export` from outside, beside the config in force: what it writes is a valid config whatever else stands there, and it says what it left out.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const ODD = {
  account: {
    results: [
      { username: 'one@a.example', bounce_notifications: 'ops@mailhost', description: 'mine' },
      { username: 'two@a.example', audit_email: 'a@a.example, b@a.example' },
      { username: 'three@a.example', feedback_domain: 'links.a.example:8080' },
      { username: 'four@a.example', custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '00:00:00' },
      { username: 'five@a.example', description: 'a\u0000b' },
      { username: 'six@a.example', feedback_text: 'a\ud800b' },
      { username: 'seven@a.example', custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: 'unlimited' },
      { username: 'half\ud800@a.example' },
    ],
  },
}
const LIMIT = ['custom_ratelimit', 'custom_ratelimit_value', 'custom_ratelimit_period']
const WRITE = 'write "1 hour", "2 days", "1 week", "3 months", "0:30:00" or "4 months 5:00:00"'

const seed = {
  account: {
    results: [
      { username: 'old@a.example', status: 'blocked' as const },
      { username: 'one@a.example', open_tracking_enabled: true, feedback_domain: 'links.a.example', description: 'mine' },
      { username: 'two@a.example', custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 day' },
    ],
  },
  subaccounts: { S1: { results: [{ username: 'gone@b.example' }] }, Shut1: { state: 'Closed' as const, results: [] } },
}

/** What stands in the config in force, what the export must not hold, and what it says of that. */
const BESIDE: ReadonlyArray<readonly [what: string, config: string, unsaid: RegExp, notes: ReadonlyArray<string>, api?: string]> =
  [
    [
      'users that are to be absent, and are live',
      'users: []\nabsent: [{ username: Old@a.example }, { username: never@a.example }]\nsubaccounts: [{ id: S1, users: [], absent: [{ username: gone@b.example }] }]\n',
      /Old@/,
      [
        '"Old@a.example" is live, so it is listed and not absent any more',
        '"gone@b.example" is live, so it is listed and not absent any more',
      ],
    ],
    [
      'a rule that sets what is not so yet',
      'users: []\nrules: [{ id: quiet, set: { open_tracking_enabled: false, description: mine } }]\n',
      /open_tracking_enabled: true/,
      ['account: "one@a.example": open_tracking_enabled is left out: the rule quiet sets it'],
    ],
    [
      'a rule that sets a part of the limit',
      'users: []\nrules: [{ id: free, match: { username: "two@*", scope: account }, set: { custom_ratelimit: false } }]\n',
      /custom_ratelimit_/,
      ['custom_ratelimit', 'custom_ratelimit_value', 'custom_ratelimit_period'].map(
        (field) => `account: "two@a.example": ${field} is left out: the rule free sets it`,
      ),
    ],
    [
      'rules that are for others, or waived',
      'users: []\nprofiles: { p: {} }\nrules:\n  - { id: a, match: { username: "x@*" }, set: { open_tracking_enabled: false } }\n  - { id: b, match: { scope: "subaccount:*" }, set: { open_tracking_enabled: false } }\n  - { id: c, match: { profile: p }, set: { open_tracking_enabled: false } }\n  - { id: d, set: { open_tracking_enabled: false }, waivers: [{ username: one@a.example, until: 2099-01-01, reason: x }] }\n',
      /open_tracking_enabled: null/,
      [],
    ],
    [
      'a profile and dates of a user',
      'profiles: { p: {} }\nusers: [{ username: one@a.example, profile: p, starts: 2020-01-01, expires: 2099-01-01 }]\n',
      /profile: p|starts|expires/,
      ['profile', 'starts', 'expires'].map(
        (key) => `account: "one@a.example": ${key} is left out: users are listed as they are now`,
      ),
    ],
    [
      'a rule that blocks who does not keep to it, and who is blocked, perhaps for that',
      'users: []\nrules:\n  - { id: described, require: { description: { present: true } }, otherwise: block }\n  - { id: told, require: { description: x } }\n',
      /status: blocked/,
      ['account: "old@a.example": status is left out: the rule described blocks for as long as it is not met'],
    ],
    [
      'the same where the defaults give a status',
      'defaults: { status: allowed }\nusers: []\nrules: [{ id: described, require: { description: { present: true } }, otherwise: block }]\n',
      /status: blocked|unmanaged:\n +- (?!status\n)/,
      ['account: "old@a.example": status is left out: the rule described blocks for as long as it is not met'],
    ],
    [
      'a rule whose waiver for who is blocked is over',
      'users: []\nrules: [{ id: described, require: { description: { present: true } }, otherwise: block, waivers: [{ username: "*", until: 2020-01-01, reason: x }] }]\n',
      /status: blocked/,
      ['account: "old@a.example": status is left out: the rule described blocks for as long as it is not met'],
    ],
    [
      'a rule that is waived for who is blocked',
      'users: []\nrules: [{ id: described, require: { description: { present: true } }, otherwise: block, waivers: [{ username: "*", until: 2099-01-01, reason: x }] }]\n',
      /status: allowed/,
      [],
    ],
    [
      'rules that do not block who is blocked',
      'users: []\nrules:\n  - { id: a, require: { description: { present: true } } }\n  - { id: b, require: { description: { present: false } }, otherwise: block }\n',
      /status: allowed/,
      [],
    ],
    [
      'a rule that sets the status of those whom another one would block',
      'users: []\nrules:\n  - { id: a, require: { description: { present: true } }, otherwise: block }\n  - { id: b, set: { status: blocked } }\n',
      /unmanaged/,
      [],
    ],
    [
      'api.edit: patch, which cannot set every field',
      'users: []\n',
      /feedback_domain/,
      ['account: "one@a.example": feedback_domain is left out: api.edit: patch cannot set it'],
      'pace: off, edit: patch',
    ],
  ]

spec('export beside the config in force', (test) => {
  for (const [what, config, unsaid, notes, api] of BESIDE)
    test(`writes a valid one with ${what}`, () =>
      withBench(seed, async (bench) => {
        await bench.config(`${config}...\n`, api)
        const made = await bench.run('export', '--format', 'json', '--out', 'new.yaml')
        assert.is(made.code, 0, made.err)
        assert.equal(JSON.parse(made.out).notes, notes)
        assert.not.match(await readFile(join(bench.dir, 'new.yaml'), 'utf8'), unsaid)
        const told = await bench.run('validate', '-c', 'new.yaml')
        assert.is(told.code, 0, told.err)
        const planned = await bench.run('plan', '-c', 'new.yaml', '--format', 'json')
        const ruled = JSON.parse(planned.out).scopes.flatMap((one: { readonly changes: ReadonlyArray<object> }) =>
          one.changes.flatMap((change) => ('fields' in change && Array.isArray(change.fields) ? change.fields : [])),
        )
        for (const { source } of ruled) assert.match(source, / rule /, 'nothing is due but what a rule sets')
      }))

  test('names who is listed and not live, with the names that it is to take over, and so not in what it writes', () =>
    withBench(seed, async (bench) => {
      await bench.config(
        'users: [{ username: new@a.example }, { username: fax-2@a.example, previously: [one@a.example] }]\nsubaccounts: [{ id: S1, users: [{ username: new@b.example }] }]\n',
      )
      const made = await bench.run('export', '--format', 'json', '--out', 'new.yaml')
      assert.is(made.code, 0, made.err)
      assert.equal(JSON.parse(made.out).notes, [
        'account: "fax-2@a.example" is left out: it is listed, but not live; with it goes previously: "one@a.example"',
        'account: "new@a.example" is left out: it is listed, but not live',
        'subaccount:S1: "new@b.example" is left out: it is listed, but not live',
      ])
    }))

  test('names whose older name is listed again, since it is live still', () =>
    withBench({ account: { results: [{ username: 'one@a.example' }, { username: 'fax-2@a.example' }] } }, async (bench) => {
      await bench.config('users: [{ username: fax-2@a.example, previously: [one@a.example, gone@a.example] }]\n')
      const made = await bench.run('export', '--format', 'json', '--out', 'new.yaml')
      assert.is(made.code, 0, made.err)
      assert.equal(JSON.parse(made.out).notes, [
        'account: "fax-2@a.example": previously is left out: users are listed as they are now',
      ])
    }))

  test('writes a valid one with a comment behind the end line', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n...\n# last change: by anna\n')
      assert.is((await bench.run('export', '--out', 'new.yaml')).code, 0)
      const told = await bench.run('validate', '-c', 'new.yaml')
      assert.is(told.code, 0, told.err)
    }))

  for (const [where, main, included] of [
    [
      'an included file',
      'include: ["customers/*.yaml"]\nusers: []\n',
      'absent: [{ username: stolen@a.example }]\nsubaccounts:\n  - { id: S1, defaults: { open_tracking_enabled: false }, users: [{ username: gone@b.example }], absent: [{ username: sold@b.example, reason: moved }] }\n',
    ],
    [
      'another entry',
      'users: []\nabsent: [{ username: stolen@a.example }]\nsubaccounts:\n  - { id: S1, defaults: { open_tracking_enabled: false }, users: [], absent: [{ username: sold@b.example }] }\n  - { id: S1, users: [{ username: gone@b.example }] }\n',
      'users: []\n',
    ],
  ] as const)
    test(`keeps the defaults of a subaccount, and who is to be absent, where they stand in ${where}`, () =>
      withBench(seed, async (bench) => {
        await bench.config(`defaults: { open_tracking_enabled: true }\n${main}...\n`)
        await mkdir(join(bench.dir, 'customers'))
        await writeFile(join(bench.dir, 'customers/s1.yaml'), `${included}...\n`)
        assert.is((await bench.run('export', '--out', 'new.yaml')).code, 0)
        await planned(bench, 'new.yaml')
        const text = await readFile(join(bench.dir, 'new.yaml'), 'utf8')
        for (const name of ['stolen@a.example', 'sold@b.example']) assert.ok(text.includes(`{ username: ${name}`), name)
      }))

  // contract.md, 3: "planning with it has no changes and nothing held".
  for (const [beside, defaults] of [
    ['', ''],
    [
      ', and leaves unmanaged what the defaults give',
      'defaults: { bounce_notifications: drop, audit_email: c@a.example, feedback_domain: b.example, custom_ratelimit: true, custom_ratelimit_value: 9, custom_ratelimit_period: 1 day }\n',
    ],
  ] as const)
    test(`writes a valid one of values that no config takes${beside}, and says what it left out`, () =>
      withBench(ODD, async (bench) => {
        await bench.config(`${defaults}users: []\n...\n`)
        const made = await bench.run('export', '--format', 'json', '--out', 'new.yaml')
        assert.is(made.code, 0, made.err)
        assert.equal(JSON.parse(made.out).notes, [
          `account: "five@a.example": description is left out: a text with a NUL character or half a character in it`,
          ...LIMIT.map((field) => `account: "four@a.example": ${field} is left out: a period must be longer than nothing`),
          `account: "half\\ud800@a.example" is left out: its name holds control characters, or half a character`,
          `account: "one@a.example": bounce_notifications is left out: expected from, drop or a mail address, got 'ops@mailhost'`,
          ...LIMIT.map((field) => `account: "seven@a.example": ${field} is left out: not a period; ${WRITE}`),
          `account: "six@a.example": feedback_text is left out: a text with a NUL character or half a character in it`,
          `account: "three@a.example": feedback_domain is left out: expected a domain or default, got 'links.a.example:8080'`,
          `account: "two@a.example": audit_email is left out: not a mail address: 'a@a.example, b@a.example'`,
        ])
        assert.match(await readFile(join(bench.dir, 'new.yaml'), 'utf8'), /description: mine/)
        const told = await bench.run('validate', '-c', 'new.yaml')
        assert.is(told.code, 0, told.err)
        await planned(bench, 'new.yaml')
        const adopted = await bench.run('export', '--adopt')
        assert.is(adopted.code, 0, adopted.err)
        await planned(bench, 'config.yaml')
      }))

  test('what the service does not show, the defaults give and a rule sets is managed by the rule', () =>
    withBench({ ...seed, switches: { click_tracking: 'absent' } }, async (bench) => {
      await bench.config(
        'defaults: { click_tracking_enabled: true }\nusers: []\nrules: [{ id: quiet, set: { click_tracking_enabled: false } }]\n...\n',
      )
      const made = await bench.run('export', '--out', 'new.yaml')
      assert.is(made.code, 0, made.err)
      const told = await bench.run('validate', '-c', 'new.yaml')
      assert.is(told.code, 0, told.err)
    }))

  test('--adopt leaves the same unsaid', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\nrules: [{ id: quiet, set: { open_tracking_enabled: false } }]\n...\n')
      const adopted = await bench.run('export', '--adopt')
      assert.is(adopted.code, 0, adopted.err)
      assert.is((await bench.run('validate')).code, 0)
    }))

  test('names the subaccount that cannot be read, in --adopt and a snapshot too', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\nsubaccounts: [{ id: Shut1, users: [] }, { id: S1, users: [] }]\n')
      for (const option of [[], ['--adopt'], ['--snapshot']]) {
        const told = await bench.run('export', ...option)
        assert.is(told.code, 6)
        assert.match(told.err, /^subaccount:Shut1: /)
      }
    }))

  test('looks at the same sandbox as plan and apply, where the config names the state directory', () =>
    withBench(seed, async (bench) => {
      const configured = (users: string): Promise<void> =>
        writeFile(
          join(bench.dir, 'config.yaml'),
          `version: 1\napi: { endpoint: sandbox }\nstate_dir: ./here\nusers: [${users}]\n`,
        )
      const way = { state: undefined }
      await configured('{ username: mine@a.example }')
      assert.is((await bench.runIn(way, 'apply', '--yes')).code, 0)
      assert.match((await bench.runIn(way, 'export')).out, /username: mine@a\.example/)
      await configured('')
      assert.match((await bench.runIn(way, 'export', '--adopt')).out, /\+ mine@a\.example/)
    }))
})

const DEFAULTS = 'defaults: { status: blocked, open_tracking_enabled: true }\n'

/** What is planned with the config that an export wrote. */
const planned = async (bench: Bench, file: string, ...args: ReadonlyArray<string>): Promise<void> => {
  const { code, out, err } = await bench.run('plan', '-c', file, '--detailed-exitcode', ...args)
  assert.is(code, 0, out + err)
}

spec('S11: while the service wants quiet', (test) => {
  for (const how of [[], ['--snapshot'], ['--adopt']])
    test(`${['export', ...how].join(' ')} asks nothing, and says until when, as plan does`, () =>
      withBench(seed, async (bench) => {
        await bench.config('users: []\n')
        await bench.post('/_faults', [{ kind: 'status', status: 429, times: 1 }])
        assert.is((await bench.run('apply', '--yes')).code, 6)
        const before = bench.requests()
        const ended = await bench.run('export', ...how)
        assert.is(bench.requests(), before)
        assert.is(ended.code, 6)
        assert.match(ended.err, /the service throttled this key; no request before /)
      }))
})

spec('export of subaccounts that the config does not list', (test) => {
  const branch = {
    account: { results: [{ username: 'one@a.example' }] },
    subaccounts: { S1: { results: [{ username: 's1@a.example' }] } },
  }

  for (const [title, own] of [
    ['the general defaults', ''],
    ['the defaults that the config has for it', 'subaccounts: [{ id: S1, defaults: { status: allowed, ip_pool: 7 } }]\n'],
  ] as const)
    for (const args of [['--subaccount', 'S1'], ['--all-subaccounts']])
      test(`${args[0]} says what differs from ${title}`, () =>
        withBench(branch, async (bench) => {
          await bench.config(`${DEFAULTS}users: [{ username: one@a.example, status: allowed }]\n${own}...\n`)
          assert.is((await bench.run('export', ...args, '--out', 'new.yaml')).code, 0)
          await planned(bench, 'new.yaml')
        }))

  test('has the scopes by id, in whatever order they were named or found', () => {
    const one = (name: string) => ({ results: [{ username: `${name}@a.example` }] })
    const several = { account: one('one'), subaccounts: { S2: one('two'), S1: one('three') } }
    return withBench(several, async (bench) => {
      await bench.config('users: []\n')
      for (const args of [['--all-subaccounts'], ['--subaccount', 'S2', '--subaccount', 'S1']])
        assert.match((await bench.run('export', ...args)).out, /- id: S1\n[\s\S]*- id: S2\n/, args.join(' '))
    })
  })

  test('beside an include it is the list of a new customer, to be taken as it is; of one that is listed it is a whole config', () => {
    const s2 = { results: [{ username: 's2@a.example', description: 'till' }] }
    return withBench({ ...branch, subaccounts: { ...branch.subaccounts, S2: s2, S3: { results: [] } } }, async (bench) => {
      await mkdir(join(bench.dir, 'customers'))
      const known =
        'subaccounts:\n  - { id: S1, users: [{ username: s1@a.example }] }\n  - { id: S3, defaults: { ip_pool: 7 } }\n...\n'
      await writeFile(join(bench.dir, 'customers/s1.yaml'), known)
      await bench.config('include: ["customers/*.yaml"]\nusers: [{ username: one@a.example }]\n...\n')
      for (const id of ['S1', 'S3']) assert.match((await bench.run('export', '--subaccount', id)).out, /^version: 1\n/, id)
      assert.is((await bench.run('export', '--subaccount', 'S2', '--out', 'customers/s2.yaml')).code, 0)
      await planned(bench, 'config.yaml')
      assert.match((await bench.run('plan')).out, /subaccount:S2 {2}1 live, 1 in sync/)
    })
  })

  test('beside subaccounts: all says it in the list to include', () =>
    withBench(branch, async (bench) => {
      const base = `${DEFAULTS}users: []\nsubaccounts: all\n`
      await bench.config(`${base}...\n`)
      await mkdir(join(bench.dir, 'customers'))
      assert.is((await bench.run('export', '--subaccount', 'S1', '--out', 'customers/s1.yaml')).code, 0)
      await bench.config(`${base}include: ["customers/*.yaml"]\n...\n`)
      await planned(bench, 'config.yaml', '--scope', 'subaccount:S1')
    }))
})

spec('an export of a subaccount that is there no more', (test) => {
  test('says where the config lists it and, where all were searched for, which ones there are', () =>
    withBench({ account: { results: [] }, subaccounts: { S1: { results: [] }, S2: { results: [] } } }, async (bench) => {
      await bench.config('users: []\nsubaccounts:\n  - { id: S1, users: [] }\n  - { id: Gone1, users: [] }\n')
      const listed = '; its users are listed at config.yaml:6:18 users'
      const all = await bench.run('export', '--all-subaccounts')
      assert.equal([all.code, all.out], [6, ''])
      assert.match(all.err, /^subaccount:Gone1: the service does not know what was asked for: /)
      assert.ok(all.err.endsWith(`${listed}; the subaccounts that are active: S1, S2\n`), all.err)
      const some = await bench.run('export')
      assert.ok(some.err.endsWith(`${listed}\n`), some.err)
      await bench.config('users: []\n')
      const asked = await bench.run('export', '--subaccount', 'Gone1')
      assert.match(asked.err, /^subaccount:Gone1: .* is taken out of the config$/m)
    }))
})
