// `export --adopt` from outside: who was unlisted is listed as it is, the file keeps its comments, and nothing is left to plan.
import { chmod, lstat, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { withBench } from '../support/command.ts'
import { newKeyUnlikeHashes, newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const seed = {
  account: {
    results: [
      { username: 'one@a.example' },
      { username: 'two@a.example', description: 'a: "b"', status: 'blocked' as const },
      { username: 'three@a.example', custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 day' },
      { username: 'mine@ignored.example' },
      { username: 'gone@a.example', status: 'blocked' as const },
    ],
  },
  subaccounts: { Sub1: { results: [{ username: 'sub@b.example', bounce_notifications: 'drop' }] } },
}
const text = `# kept
policy: { ignore: ["*@ignored.example"] }
defaults: { description: same for all }   # odd   space

users:
  - username: one@a.example # first
    description: null

absent: [{ username: gone@a.example }]
include: ["more/*.yaml"]
...
`
const more = '# of a customer\nsubaccounts:\n  - id: Sub1\n    users: []\n...\n'

const LARGER_THAN_A_REQUEST = 'x'.repeat(1_100_000)

spec('export --adopt', (test) => {
  test('needs no password of a user, which may be for the service alone, but one of the defaults, and so does an export', () =>
    withBench({ account: { results: [{ username: 'one@a.example' }, { username: 'new@a.example' }] } }, async (bench) => {
      const list = 'users:\n  - { username: one@a.example, email_password: { file: nowhere.password } }\n'
      for (const args of [['export'], ['export', '--adopt']]) {
        await bench.config(`defaults: { email_password: { file: none.password } }\n${list}`)
        const refused = await bench.run(...args)
        assert.is(refused.code, 5)
        assert.match(refused.err, /defaults\.email_password: /)
        assert.not.match(refused.err, /nowhere/)
        await bench.config(list)
        const { code, err } = await bench.run(...args)
        assert.is(code, 0, err)
      }
      assert.match(await readFile(join(bench.dir, 'config.yaml'), 'utf8'), /nowhere\.password[\s\S]*new@a\.example/)
    }))

  for (const defaults of ['', 'defaults: { status: allowed }\n', 'defaults: { status: blocked }\n'])
    test(`who is blocked for a rule is opened when it keeps it, ${defaults === '' ? 'without defaults' : defaults.trim()}`, () =>
      withBench(
        { account: { results: [{ username: 'new@a.example' }, { username: 'one@a.example', description: 'x' }] } },
        async (bench) => {
          await bench.config(
            `${defaults}rules: [{ id: described, require: { description: { present: true } }, otherwise: block }]\nusers:\n  - username: one@a.example\n    status: allowed\n...\n`,
          )
          assert.is((await bench.run('apply', '--yes')).code, 0)
          const told = await bench.run('export', '--adopt')
          assert.is(told.code, 0, told.err)
          assert.is((await bench.run('plan', '--detailed-exitcode')).code, 0)
          const file = join(bench.dir, 'config.yaml')
          const config = await readFile(file, 'utf8')
          await writeFile(file, config.replace('- username: new@a.example\n', '- username: new@a.example\n    description: y\n'))
          for (const _ of [1, 2]) assert.is((await bench.run('apply', '--yes')).code, 0)
          assert.equal(
            (await bench.users()).map(({ username, description, status }) => [username, description, status]),
            [
              ['new@a.example', 'y', 'allowed'],
              ['one@a.example', 'x', 'allowed'],
            ],
          )
        },
      ))

  for (const [policy, defaults, before] of [
    ['block', '', 'allowed'],
    ['remove', 'defaults: { status: allowed }\n', 'allowed'],
    ['block', 'defaults: { status: blocked }\n', 'allowed'],
    ['block', '', 'sandbox'],
    ['block', 'defaults: { status: allowed }\n', 'sandbox'],
  ] as const)
    test(`who was ${before} until unlisted: ${policy} is that again once adopted, and that is said, ${defaults === '' ? 'without defaults' : defaults.trim()}`, () => {
      const theirs = { username: 'theirs@a.example', status: 'blocked' as const }
      const results = [{ username: 'one@a.example' }, { username: 'new@a.example', status: before }, theirs]
      return withBench({ account: { results } }, async (bench) => {
        await bench.config(
          `policy: { unlisted: ${policy} }\n${defaults}users:\n  - username: one@a.example\n    status: allowed\n...\n`,
        )
        const statuses = async () => (await bench.users()).map(({ status }) => status)
        assert.is((await bench.run('apply', '--yes')).code, 0)
        assert.equal(await statuses(), ['allowed', 'blocked', 'blocked'])
        const told = await bench.run('export', '--adopt')
        assert.is(told.code, 0, told.err)
        assert.is((await bench.run('apply', '--yes')).code, 0)
        const isOpened = !defaults.includes('blocked')
        assert.equal(await statuses(), ['allowed', isOpened ? before : 'blocked', 'blocked'])
        const note = /note: account: "new@a\.example": status is (.*): this user was blocked here, .* before, (.*)\n/.exec(
          told.err,
        )
        const isSaid = defaults !== '' && before === 'sandbox'
        assert.equal(note?.slice(1), isOpened ? [isSaid ? before : 'left out', before] : undefined, told.err)
      })
    })

  test('beside a rule for those of another status nothing is left to plan, nor after an export', () => {
    const results = ['one', 'two', 'new'].map((name) => ({ username: `${name}@a.example`, description: name }))
    return withBench({ account: { results } }, async (bench) => {
      const rules = 'rules: [{ id: r1, match: { status: blocked }, set: { description: x } }]\n'
      await bench.config(
        `defaults: { description: z }\n${rules}users:\n  - { username: one@a.example, description: one, status: allowed }\n`,
      )
      assert.is((await bench.run('export', '--out', 'new.yaml')).code, 0)
      const told = await bench.run('export', '--adopt')
      assert.match(told.err, /"new@a\.example": status is allowed: the rule r1 goes by it\n/)
      for (const file of ['new.yaml', 'config.yaml']) {
        const planned = await bench.run('plan', '-c', file, '--detailed-exitcode')
        assert.is(planned.code, 0, planned.out + planned.err)
      }
    })
  })

  const rule = (more: string) =>
    `rules: [{ id: described, require: { description: { present: true } }, otherwise: block${more} }]\n`
  const both = '[{ username: hand@a.example }, { username: new@a.example }]'
  for (const [title, blocking, over, isLost] of [
    ['by unlisted, where that is report again', 'policy: { unlisted: block }\n', '', false],
    ['by unlisted, and no answer told of it', 'policy: { unlisted: block }\n', 'policy: { unlisted: block }\n', true],
    ['for its absence, where that is over', `absent: ${both}\n`, '', false],
    ['for a rule that is gone', rule(''), '', false],
    [
      'for a rule that waives it',
      rule(''),
      rule(`, waivers: ${both.replaceAll(' }', ', until: 2100-01-01, reason: r }')}`),
      false,
    ],
  ] as const)
    test(`who was blocked ${title}, is as if listed by hand`, () =>
      withBench(
        { account: { results: ['new', 'hand', 'one'].map((name) => ({ username: `${name}@a.example` })) } },
        async (bench) => {
          const list = (above: string, users = '') =>
            bench.config(
              `${above}safety: { max_blocks: 2 }\nusers:\n  - { username: one@a.example, status: allowed, description: d }\n${users}...\n`,
            )
          const statuses = async () => (await bench.users()).map(({ status }) => status)
          await list(blocking)
          const lost = { kind: 'reset_after', endpoint: '/users/smtp/edit', times: 3 }
          const unseen = { kind: 'status', status: 500, endpoint: '/users/smtp/view', nth: 2 }
          if (isLost) await bench.post('/_faults', [lost, unseen, unseen, unseen, unseen])
          assert.is((await bench.run('apply', '--yes')).code, isLost ? 6 : 0)
          await bench.post('/_faults', [])
          assert.equal(await statuses(), ['blocked', 'blocked', 'allowed'])
          await list(over, '  - username: hand@a.example\n')
          const told = await bench.run('export', '--adopt')
          assert.match(told.err, /note: account: "new@a\.example": status is left out: /)
          for (const _ of [1, 2]) await bench.run('apply', '--yes')
          assert.equal(await statuses(), ['allowed', 'allowed', 'allowed'])
        },
      ))

  test('the unlisted users are listed as they are, each in its file, and nothing is left to plan', () =>
    withBench(seed, async (bench) => {
      await mkdir(join(bench.dir, 'more'))
      const included = join(bench.dir, 'more', 'sub1.yaml')
      await writeFile(included, more)
      await bench.config(text)
      await rename(join(bench.dir, 'config.yaml'), join(bench.dir, 'real.yaml'))
      await symlink('real.yaml', join(bench.dir, 'config.yaml'))
      await chmod(join(bench.dir, 'real.yaml'), 0o640)
      const told = await bench.run('export', '--adopt')
      assert.is(told.code, 0, told.err)
      assert.equal(told.out.trimEnd().split('\n'), [
        'config.yaml: + three@a.example (account)',
        'config.yaml: + two@a.example (account)',
        'more/sub1.yaml: + sub@b.example (subaccount:Sub1)',
      ])
      const after = await readFile(join(bench.dir, 'config.yaml'), 'utf8')
      const [start = '', end = ''] = text.split('\n\nabsent')
      assert.ok(after.includes(`${start}\n  - username: three@a.example\n`))
      assert.ok(after.endsWith(`\n\nabsent${end}`))
      assert.ok((await readFile(included, 'utf8')).startsWith('# of a customer\nsubaccounts:\n  - id: Sub1\n    users: [{ '))
      assert.is((await stat(join(bench.dir, 'config.yaml'))).mode & 0o777, 0o640)
      assert.ok((await lstat(join(bench.dir, 'config.yaml'))).isSymbolicLink())
      assert.equal((await readdir(bench.dir)).sort(), ['config.yaml', 'more', 'real.yaml'], 'nothing is left behind')
      const planned = await bench.run('plan', '--format', 'json')
      const { summary, scopes } = JSON.parse(planned.out)
      assert.equal([summary.create, summary.update, summary.block, summary.remove, summary.held], [0, 0, 0, 0, 0])
      assert.equal(
        scopes.map((one: { readonly unlisted: ReadonlyArray<string> }) => one.unlisted),
        [[], []],
      )
      const again = await bench.run('export', '--adopt')
      assert.is(again.code, 0)
      assert.match(again.err, /nobody to adopt/)
      assert.is(await readFile(join(bench.dir, 'config.yaml'), 'utf8'), after)
      assert.ok((await bench.log()).every(({ path }) => path === '/v3/users/smtp/view'))
    }))

  test('the next run does not give them the password of the defaults', () => {
    const results = ['one', 'two', 'new'].map((name) => ({ username: `${name}@a.example` }))
    return withBench({ account: { results } }, async (bench) => {
      const env = { PW: newPassword() }
      await bench.config(
        'safety: { max_password_changes: 9 }\ndefaults: { email_password: { env: PW } }\nusers:\n  - username: one@a.example\n  - username: two@a.example\n',
      )
      const first = await bench.runIn({ env }, 'apply', '--yes')
      assert.is(first.code, 0, first.err)
      const adopted = await bench.runIn({ env }, 'export', '--adopt')
      assert.is(adopted.code, 0, adopted.err)
      const planned = await bench.runIn({ env }, 'plan', '--detailed-exitcode')
      assert.is(planned.code, 0, planned.out)
    })
  })

  test('who is live in two scopes and listed in none is not adopted, and that is said', () => {
    const one = { username: 'one@a.example' }
    return withBench({ account: { results: [one] }, subaccounts: { Sub1: { results: [one] } } }, async (bench) => {
      await bench.config('users: []\nsubaccounts: [{ id: Sub1, users: [] }]\n')
      const before = await readFile(join(bench.dir, 'config.yaml'), 'utf8')
      const told = await bench.run('export', '--adopt')
      assert.match(told.err, /^note: account: "one@a\.example" is left out: the same name is live in another scope too/m)
      assert.match(told.err, /^nobody to adopt: everybody else is listed, ignored or meant to leave$/m)
      assert.is(await readFile(join(bench.dir, 'config.yaml'), 'utf8'), before)
    })
  })

  const names = (...all: ReadonlyArray<string>) => ({ account: { results: all.map((username) => ({ username })) } })

  for (const [what, env, there, why] of [
    [
      'that may be of another account',
      { TEST_KEY: newKeyUnlikeHashes() },
      ['x@other.example', 'y@other.example'],
      'another account',
    ],
    ['that may be a part', {}, ['a@a.example', 'x@a.example'], 'until that recovers'],
  ] as const)
    test(`S3: nobody is taken in from an answer ${what}, in the words of plan, until a person stands behind it`, () =>
      withBench(names('a@a.example', 'b@a.example', 'c@a.example', 'd@a.example', 'e@a.example'), async (bench) => {
        await bench.config('users: [{ username: a@a.example }]\n')
        assert.is((await bench.run('apply', '--yes')).code, 0)
        await bench.post('/_reset', names(...there))
        const before = await readFile(join(bench.dir, 'config.yaml'), 'utf8')
        const told = await bench.runIn({ env }, 'export', '--adopt')
        assert.is(told.code, 3, told.out)
        assert.is(told.out, '')
        const [, said = '', line = ''] = /^account: (.*); if it is right: (approve .*)$/m.exec(told.err) ?? []
        assert.ok(said.includes(why), told.err)
        assert.ok((await bench.runIn({ env }, 'plan')).out.includes(said))
        assert.is(await readFile(join(bench.dir, 'config.yaml'), 'utf8'), before)
        assert.is((await bench.runIn({ env, state: undefined }, ...line.split(' '))).code, 0)
        assert.match((await bench.runIn({ env }, 'export', '--adopt')).out, /\+ x@/)
      }))

  test('a config without any list of users is told to get one', () =>
    withBench(seed, async (bench) => {
      await bench.config('# nobody yet\n')
      const told = await bench.run('export', '--adopt')
      assert.is(told.code, 0, told.err)
      assert.match(told.err, /^nobody to adopt: the config has no list of users yet; write users: \[\] into it/m)
    }))

  test('where the result would not be valid nothing is written, and other options of export are refused', () =>
    withBench({ account: { results: [{ username: 'one@a.example', description: LARGER_THAN_A_REQUEST }] } }, async (bench) => {
      await bench.config('users: []\n')
      const before = await readFile(join(bench.dir, 'config.yaml'), 'utf8')
      const told = await bench.run('export', '--adopt')
      assert.is(told.code, 5, told.out)
      assert.match(told.err, /would not be valid with these users in it; nothing was written:\nconfig\.yaml:3:/)
      assert.is(await readFile(join(bench.dir, 'config.yaml'), 'utf8'), before)
      assert.is((await bench.run('export', '--adopt', '--snapshot')).code, 64)
    }))
})
