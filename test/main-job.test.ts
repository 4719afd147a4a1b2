// The main job, from outside: the built command against the stand-in over real HTTP.
import { appendFile, mkdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { until, withBench } from './support/command.ts'
import { newKey } from './support/fresh.ts'
import { spec } from './support/spec.ts'

const seed = {
  account: {
    results: [
      { username: 'one@a.example', description: 'old' },
      { username: 'two@a.example' },
      { username: 'three@a.example', bounce_notifications: 'drop' },
    ],
  },
  subaccounts: { Sub1: { results: [{ username: 'sub@b.example' }] } },
}
const users = `users:
  - { username: one@a.example, description: new }
  - { username: two@a.example, status: allowed }
  - { username: four@a.example, description: made here, custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: 1 hour }
subaccounts:
  - { id: Sub1, users: [{ username: sub@b.example, open_tracking_enabled: true }] }
`

spec('the main job', (test) => {
  test('apply makes the live users as the file says, and a second one has nothing to do', () =>
    withBench(seed, async (bench) => {
      await bench.config(users)
      const first = await bench.run('apply', '--yes', '--format', 'json')
      assert.is(first.code, 0, first.err + first.out)
      const [one, , , four] = await bench.users()
      assert.is(one?.description, 'new')
      assert.is(four?.custom_ratelimit_value, 5)
      assert.is((await bench.users('Sub1'))[0]?.open_tracking_enabled, true)
      const before = (await bench.log()).length
      const second = await bench.run('apply', '--yes', '--format', 'json')
      assert.is(second.code, 0, second.err)
      assert.is(JSON.parse(second.out).outcome, 'in_sync')
      assert.is((await bench.log()).length - before, 2, 'one view per scope')
    }))

  test('a daemon that is started just after the file was saved makes one run, and not a second one for the save', () =>
    withBench(seed, async (bench) => {
      await mkdir(join(bench.dir, 'more'))
      await writeFile(join(bench.dir, 'more/one.yaml'), 'users: []\n')
      await bench.config('reconcile: { schedule: null }\ninclude: ["more/*.yaml"]\nusers: []\n')
      // However long the start takes, it is just after.
      const ahead = Date.now() / 1000 + 60
      for (const file of ['config.yaml', 'more/one.yaml']) await utimes(join(bench.dir, file), ahead, ahead)
      const daemon = bench.start('run')
      await until('it has looked', async () => (await bench.log()).length > 0)
      await new Promise((next) => setTimeout(next, 1500))
      assert.is((await bench.log()).length, 1, daemon.err())
    }))

  test('k changes cost k + 2 requests, and a PATCH carries only what changed', () =>
    withBench(seed, async (bench) => {
      await bench.config(users)
      await bench.run('apply', '--yes', '--scope', 'account')
      const log = await bench.log()
      assert.equal(
        log.map(({ method, path }) => `${method} ${path}`),
        ['POST /v3/users/smtp/view', 'PATCH /v3/users/smtp/edit', 'POST /v3/users/smtp/add', 'POST /v3/users/smtp/view'],
      )
      assert.equal(log[1]?.body, { username: 'one@a.example', description: 'new' })
    }))

  test('plan only reads, and says by its exit code whether changes are pending', () =>
    withBench(seed, async (bench) => {
      await bench.config(users)
      assert.is((await bench.run('plan')).code, 0)
      assert.is((await bench.run('plan', '--detailed-exitcode')).code, 2)
      assert.ok((await bench.log()).every(({ path }) => path === '/v3/users/smtp/view'))
    }))

  test('apply --digest makes exactly the plan that was seen, or nothing', () =>
    withBench(seed, async (bench) => {
      await bench.config(users)
      const { digest } = JSON.parse((await bench.run('plan', '--format', 'json')).out)
      await bench.config(users.replace('description: new', 'description: newer'))
      assert.is((await bench.run('apply', '--digest', digest)).code, 3)
      await bench.config(users)
      assert.is((await bench.run('apply', '--digest', digest)).code, 0)
    }))

  test('export gives a config that plans to nothing', () =>
    withBench(seed, async (bench) => {
      await bench.config(users)
      const exported = await bench.run('export')
      assert.is(exported.code, 0, exported.err)
      await writeFile(join(bench.dir, 'config.yaml'), exported.out)
      assert.is((await bench.run('plan', '--detailed-exitcode')).code, 0)
    }))

  test('a broken config sends nothing and exits 5 with the place', () =>
    withBench(seed, async (bench) => {
      await bench.config('users:\n  - { username: one@a.example, stauts: blocked }\n')
      const ended = await bench.run('apply', '--yes')
      assert.is(ended.code, 5)
      assert.match(ended.err, /config\.yaml:4:\d+ .*unknown key/)
      assert.is((await bench.log()).length, 0)
    }))

  test('the daemon follows the file (L1) and puts back what a colleague changed (L2)', () =>
    withBench(seed, async (bench) => {
      await bench.config(`reconcile: { schedule: "* * * * * *" }\n${users}`)
      const daemon = bench.start('run')
      await until('the first run', async () => (await bench.users())[0]?.description === 'new')
      const file = join(bench.dir, 'config.yaml')
      await writeFile(file, (await readFile(file, 'utf8')).replace('description: new', 'description: followed'))
      await until('the file was followed', async () => (await bench.users())[0]?.description === 'followed')
      // What a colleague changes before our write was read back looks as if it had not taken, and is not sent again (S8).
      await until('it was read back', async () => (await bench.log()).at(-1)?.path === '/v3/users/smtp/view')
      await fetch(`${bench.url}/users/smtp/edit`, {
        method: 'PATCH',
        headers: { 'x-smtp2go-api-key': newKey() },
        body: JSON.stringify({ username: 'one@a.example', description: 'by hand' }),
      })
      await until('the schedule put it back', async () => (await bench.users())[0]?.description === 'followed')
      await appendFile(file, 'nonsense: true\n')
      await until('the broken file was told', () => daemon.err().includes('nonsense'))
      const refused = await bench.run('apply', '--yes')
      assert.is(refused.code, 5)
      daemon.child.kill('SIGTERM')
      assert.is((await daemon.ended).code, 0)
    }))
})
