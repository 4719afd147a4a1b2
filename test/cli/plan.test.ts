// What a plan says of itself: only of what was looked at, of nobody two things at once, and what applying it would cost.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { withBench } from '../support/command.ts'
import { newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const seed = { account: { results: [{ username: 'one@a.example', description: 'old' }, { username: 'two@a.example' }] } }

spec('a plan', (test) => {
  test('of some users or scopes says nothing of the others', () =>
    withBench({ ...seed, subaccounts: { S1: { results: [] } } }, async (bench) => {
      await bench.config('users: [{ username: one@a.example, description: new }]\nsubaccounts: [{ id: S1, users: [] }]\n')
      for (const filter of [
        ['--user', 'two@*'],
        ['--scope', 'subaccount:S1'],
      ])
        assert.match((await bench.run('plan', ...filter)).out, /^nothing to do: what was looked at is as the config says$/m)
      await bench.config('users: [{ username: one@a.example }]\n')
      assert.match((await bench.run('plan')).out, /^nothing to do: the live users are as the config says$/m)
    }))

  test('of nobody does not say that all is well, and a check of the config warns of it', () =>
    withBench(seed, async (bench) => {
      await bench.config('rules: [{ id: described, require: { description: { present: true } } }]\n...\n')
      const { out, code } = await bench.run('plan')
      assert.is(code, 0)
      assert.match(out, /^nothing was looked at: the config has no list of users yet; write users: \[\] into it/)
      assert.not.match(out, /nothing to do/)
      const checked = await bench.run('validate')
      assert.is(checked.code, 0)
      assert.match(checked.err, /^warning: nobody will be looked at: the config has no list of users yet/)
      await bench.config('subaccounts: all\n')
      assert.is((await bench.run('validate')).err, '')
    }))

  const FULL =
    'description: new, email_password: { env: PW_1 }, custom_ratelimit: null, ip_pool: null, click_tracking_enabled: false'
  for (const [what, config, api] of [
    [
      'most scopes are in sync',
      'users: [{ username: one@a.example, description: new }]\nsubaccounts: [{ id: S1, users: [] }, { id: S2, users: [] }]\n',
      'pace: off',
    ],
    [
      'the subaccounts are searched for',
      'users: [{ username: one@a.example, description: new }]\nsubaccounts: all\n',
      'pace: off',
    ],
    [
      'each edit is a full one, after a look of its own',
      `users: [{ username: one@a.example, ${FULL} }, { username: two@a.example, ${FULL} }, { username: new@a.example }]\n`,
      'pace: off, edit: full',
    ],
    [
      'only the full edit can say one of them',
      `users: [{ username: one@a.example, ${FULL}, feedback_domain: a.example }, { username: two@a.example, description: new }]\n`,
      'pace: off, concurrency: 1',
    ],
    ['nothing is to be done', 'users: []\n', 'pace: off'],
  ] as const)
    test(`costs what apply then sends, where ${what}`, () =>
      withBench({ ...seed, subaccounts: { S1: { results: [] }, S2: { results: [] } } }, async (bench) => {
        await bench.config(config, api)
        const way = { env: { PW_1: newPassword() } }
        const { cost } = JSON.parse((await bench.runIn(way, 'plan', '--format', 'json')).out)
        const { requests } = JSON.parse((await bench.runIn(way, 'apply', '--yes', '--format', 'json')).out)
        assert.is(cost.requests, requests)
      }))

  test('of a filter that matches nobody says so, as apply does', () =>
    withBench(seed, async (bench) => {
      const users = ['one@a.example, description: old', 'two@a.example', 'guest@a.example, starts: 2099-01-01']
      await bench.config(
        `users: [${users.map((user) => `{ username: ${user} }`).join(', ')}]\nabsent: [{ username: gone@a.example }]\n...\n`,
      )
      const said = /^no user matches --user 'on\*@b\.example', neither in the config nor live/m
      for (const command of [['plan'], ['plan', '--format', 'json'], ['apply', '--yes']]) {
        const missed = await bench.run(...command, '--user', 'on*@b.example')
        assert.is(missed.code, 0, missed.err)
        assert.match(missed.err, said)
        assert.match((await bench.run(...command, '--user', `${'a'.repeat(128)}*`)).err, /a pattern has at most 128 characters/)
        for (const one of ['one@*', 'guest@*', 'GONE@*'])
          assert.not.match((await bench.run(...command, '--user', one)).err, /no user/)
      }
    }))

  test('of a filter that matches nobody names what in it has no meaning, as apply and history do', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: [{ username: one@a.example, description: new }]\n')
      assert.is((await bench.run('apply', '--yes')).code, 0)
      for (const command of [['plan'], ['plan', '--format', 'json'], ['apply', '--yes'], ['history']]) {
        const missed = await bench.run(...command, '--user', 'one[@]*')
        assert.is(missed.code, 0, missed.err)
        assert.match(
          missed.err,
          / match(?:es)? --user 'one\[@\]\*', (?:neither in the config nor live|as far as the journal tells): only \* and \? are special in a pattern of usernames, and no name that can be created has \[; write a pattern for each name, or \? in its place$/m,
        )
        assert.not.match((await bench.run(...command, '--user', 'one?a*')).err, /only \* and \? are special|nothing was changed/)
      }
    }))

  test('calls nobody left alone whom it blocks for a rule', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\nrules: [{ id: d, require: { description: { present: false } }, otherwise: block }]\n...\n')
      assert.match((await bench.run('plan')).out, /! block one@a\.example.*left alone: two@a\.example\n/s)
      assert.match((await bench.run('plan', '--format', 'markdown')).out, /left alone: two[^,]*\n/)
    }))
})

spec('a plan from a snapshot says what the plan against the service says, but for whether a password differs:', (test) => {
  const [mine, other] = [newPassword(), newPassword()]
  const live = {
    account: {
      results: [
        { username: 'one@a.example', description: 'old', email_password: mine, feedback_domain: 'old.example' },
        { username: 'two@a.example', description: 'old' },
      ],
    },
  }
  // What it does not show is due from a snapshot, with a note, where nobody knows what was sent.
  const SHOWN = { switches: { click_tracking: 'present' } } as const
  const rest = 'custom_ratelimit: null, ip_pool: null, click_tracking_enabled: false'
  const one = 'username: one@a.example, email_password: { env: PW_MINE }'
  for (const [what, config, api] of [
    ['a new user with a password', 'users: [{ username: new@a.example, email_password: { env: PW_OTHER } }]\n', ''],
    [
      'a new user with a password of its profile',
      'profiles: { p: { email_password: { env: PW_OTHER } } }\nusers: [{ username: new@a.example, profile: p }]\n',
      '',
    ],
    ['a new user without one', 'users: [{ username: new@a.example }]\n', ''],
    [
      'a new user in the place of an old one',
      'users: [{ username: new@a.example, previously: [one@a.example], email_password: { env: PW_OTHER } }]\n',
      '',
    ],
    ['a live user that differs in nothing', `users: [{ ${one} }]\n`, ''],
    ['a live user that differs', `users: [{ ${one}, description: new }]\n`, ''],
    ['what only the full edit can make', `users: [{ ${one}, ${rest}, feedback_domain: new.example }]\n`, ''],
    [
      'what it cannot make, since no password is declared',
      `users: [{ username: one@a.example, ${rest}, feedback_domain: new.example }]\n`,
      '',
    ],
    [
      'full edits',
      `users: [{ ${one}, ${rest}, description: new }, { username: two@a.example, ${rest}, description: new }]\n`,
      ', edit: full',
    ],
    ['a block by the full edit', `users: [{ ${one}, ${rest}, status: blocked }]\n`, ', edit: full'],
  ] as const)
    test(what, () =>
      withBench(
        live,
        async (bench) => {
          await bench.config(config, `pace: off${api}`)
          const env = { PW_MINE: mine, PW_OTHER: other }
          const { out: snapshot } = await bench.runIn({ env }, 'export', '--snapshot')
          await writeFile(join(bench.dir, 'live.json'), snapshot)
          const compared = async (...args: ReadonlyArray<string>): Promise<unknown> => {
            const { out, err, code } = await bench.runIn(
              { env: args.length === 0 ? env : {} },
              'plan',
              '--format',
              'json',
              ...args,
            )
            assert.is(code, 0, err)
            const { scopes, summary, cost } = JSON.parse(out, (key, value) => (key === 'digest' ? undefined : value))
            return { scopes: scopes.map((scope: object) => ({ ...scope, unobservable: [] })), summary, cost }
          }
          assert.equal(await compared('--live', 'live.json'), await compared())
        },
        SHOWN,
      ),
    )

  test('that is said once, and never of a user that is to be made', () =>
    withBench(live, async (bench) => {
      await bench.config(
        ['one', 'two', 'new'].reduce(
          (text, name) => `${text}  - { username: ${name}@a.example, email_password: { env: PW } }\n`,
          'users:\n',
        ),
      )
      const { out: snapshot } = await bench.runIn({ env: { PW: mine } }, 'export', '--snapshot')
      await writeFile(join(bench.dir, 'live.json'), snapshot)
      const text = (await bench.run('plan', '--live', 'live.json')).out
      assert.match(text, /^ {2}· 2 live users {2}email_password: declared, and not compared, since a snapshot holds none$/m)
      assert.match(text, /\+ create new@a\.example[\s\S]*email_password {2,}\(sensitive\)/)
      assert.not.match(text, /no password is declared/)
      const markdown = (await bench.run('plan', '--live', 'live.json', '--format', 'markdown')).out
      assert.match(markdown, /^- 2 live users: .*declared, and not compared, since a snapshot holds none$/m)
    }))
})
