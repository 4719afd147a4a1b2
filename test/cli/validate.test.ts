// What `validate` warns of although the config is valid, and what it alone takes for a fault: a name that nobody can be created by.
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { shortestGapMs } from '../../src/adapters/cron.ts'
import { emptyLists, slowReads } from '../../src/cli/validate.ts'
import type { Problem } from '../../src/domain/basics/failure.ts'
import { CAPS, desired, desiredScope, wanted } from '../support/build.ts'
import { type Bench, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

/** What is in each file of a folder. */
const filesOf = async (dir: string): Promise<ReadonlyArray<readonly [string, string]>> =>
  Promise.all((await readdir(dir)).sort().map(async (name) => [name, await readFile(join(dir, name), 'utf8')] as const))

spec('an empty list', (test) => {
  const warned = (unlisted: 'ignore' | 'report' | 'block' | 'remove', caps = CAPS) =>
    emptyLists({
      desired: desired([desiredScope([wanted('one@a.example')]), desiredScope([], 'subaccount:S')], { unlisted, caps }),
      digest: 'sha256:c',
    })

  test('is warned of with the numbers where unlisted users are blocked or removed', () => {
    assert.equal(warned('block'), [
      'subaccount:S lists no users and policy.unlisted is block: every user that is live there and not ignored or protected is to be blocked, at most 10% of them or 2 in 24 h; write the list first (export --adopt), or set policy.unlisted to report',
    ])
    assert.match(warned('remove')[0] ?? '', /policy\.unlisted is remove/)
    const two = { ...CAPS, max_blocks: { percent: undefined, count: 2 } }
    assert.match(warned('block', two)[0] ?? '', /at most 2 in 24 h/)
  })

  test('is nothing to warn of where they are left alone', () => {
    assert.equal(warned('report'), [])
    assert.equal(warned('ignore'), [])
  })
})

spec('secrets that are looked up', (test) => {
  test('are all that are needed, and the sandbox needs no key', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      const last = async (api: string): Promise<string | undefined> => {
        await writeFile(join(bench.dir, 'config.yaml'), `version: 1\napi: ${api}\nusers: []\n`)
        const { code, out } = await bench.run('validate', '--secrets')
        return code === 0 ? /all secrets found.*/.exec(out)?.[0] : String(code)
      }
      const NOT_NEEDED = 'all secrets found; the sandbox needs no API key, so that one was not looked up'
      assert.is(await last('{ endpoint: sandbox, key: { env: NO_SUCH_KEY } }'), NOT_NEEDED)
      assert.is(await last(`{ endpoint: "${bench.url}", key: { env: NO_SUCH_KEY } }`), '5')
    }))
})

spec('a name that the service takes for no new user', (test) => {
  const NAMES = `users:
  - username: fax
  - { username: zoë@a.example, description: d }
  - { username: one@a.example }
subaccounts:
  - id: Sub1
    users: [{ username: tel }]
`
  const seed = {
    account: { results: [{ username: 'fax' }, { username: 'one@a.example' }] },
    subaccounts: { Sub1: { results: [{ username: 'tel' }] } },
  }
  const told = async (bench: Bench, ...more: ReadonlyArray<string>) => {
    const { code, out, err } = await bench.run('validate', '--format', 'json', ...more)
    const { valid, problems = [] } = JSON.parse(out)
    const said = problems.map(({ path, line, column, message }: Problem) => [path, `${line ?? 0}:${column ?? 0}`, message])
    return { code, valid, said, err }
  }
  const SHORT = 'cannot be created: a username has 5 to 100 characters, this one has 3'
  const FAX = ['users[0].username', '4:15', `'fax' ${SHORT}`]
  const ZOE = ['users[1].username', '5:17', "'zoë@a.example' cannot be created: a username has only letters, digits and . _ @ -"]
  const TEL = ['subaccounts[0].users[0].username', '9:25', `'tel' ${SHORT}`]

  test('is a fault with its place, its line and what to do, all of them at once', () =>
    withBench(seed, async (bench) => {
      await bench.config(NAMES)
      const { code, out, err } = await bench.run('validate')
      assert.equal([code, out], [5, ''])
      assert.match(
        err,
        new RegExp(`^config\\.yaml:4:15 {2}users\\[0\\]\\.username: 'fax' ${SHORT}\n {2}4 \\| {3}- username: fax\n`),
      )
      assert.match(err, /\n {4}\| {15}\^\n {2}.* is live already .*--state-dir/)
      assert.equal(
        [...err.matchAll(/^config\.yaml:(\d+)/gm)].map(([, line]) => line),
        ['4', '5', '9'],
      )
      const { said, valid } = await told(bench)
      assert.equal([valid, said], [false, [FAX, ZOE, TEL]])
      assert.not.ok(existsSync(join(bench.dir, 'state')), 'no state directory was made')
    }))

  test('is told beside every other fault, of shape too', () =>
    withBench(seed, async (bench) => {
      await bench.config(`${NAMES}  - { id: Sub2, users: [{ username: '' }] }\ndefaults: { status: alowed }\n`)
      const { code, said } = await told(bench)
      assert.is(code, 5)
      assert.equal(
        said.map(([path]: ReadonlyArray<string>) => path),
        [
          'users[0].username',
          'users[1].username',
          'subaccounts[0].users[0].username',
          'subaccounts[1].users[0].username',
          'defaults.status',
        ],
      )
    }))

  test('is none where that user was live in that scope when it was last seen: it is not to be created', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const before = await filesOf(join(bench.dir, 'state'))
      await bench.config(NAMES)
      assert.equal((await told(bench)).said, [ZOE, TEL], 'the subaccount was never looked at')
      await bench.config(NAMES.replace(/.*zoë.*\n/, '').replace('tel', 'tel@b.example'))
      assert.equal(await told(bench), { code: 0, valid: true, said: [], err: '' })
      assert.equal(await filesOf(join(bench.dir, 'state')), before, 'the memory is only read')
      const elsewhere = await bench.runIn({ state: join(bench.dir, 'another') }, 'validate')
      assert.is(elsewhere.code, 5)
    }))

  test('is one where the memory cannot be read', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await writeFile(join(bench.dir, 'state', 'ledger.json'), 'hello')
      await bench.config(NAMES)
      assert.equal((await told(bench)).said, [FAX, ZOE, TEL])
    }))

  test('is nothing to tell where nobody is created, and stops nobody else: the rest of a plan is made', () =>
    withBench(seed, async (bench) => {
      await bench.config(`policy: { missing: report }\n${NAMES}`)
      assert.equal(await told(bench), { code: 0, valid: true, said: [], err: '' })
      await bench.config(NAMES)
      const planned = await bench.run('plan', '--format', 'json')
      const [account] = JSON.parse(planned.out).scopes
      assert.equal(
        account.held.map(({ username, reason }: Record<string, string>) => [username, reason]),
        [['zoë@a.example', 'impossible']],
      )
    }))
})

spec('reading that takes longer than the period of the schedule', (test) => {
  const warned = (scopes: number, [count, perMs]: readonly [number, number], cron: string | undefined) => {
    const plain = desired(Array.from({ length: scopes }, (_, at) => desiredScope([], at === 0 ? 'account' : `subaccount:${at}`)))
    const { api, schedule } = plain
    const asked = { ...plain, api: { ...api, pace: { count, perMs } }, schedule: { ...schedule, cron } }
    return slowReads({ shortestGapMs }, { desired: asked, digest: 'sha256:c' })
  }
  const MINUTE = 60_000

  test('is warned of with both times', () =>
    assert.equal(warned(300, [60, MINUTE], '*/4 * * * *'), [
      'reading 300 scopes takes about 300 s at api.pace, the schedule starts a run every 240 s: runs will follow each other without a break; use a longer schedule or a faster pace',
    ]))

  for (const [scopes, pace, cron, isSlow] of [
    [300, [60, MINUTE], '*/5 * * * *', false],
    [61, [60, MINUTE], '* * * * *', true],
    [60, [60, MINUTE], '* * * * *', false],
    [7, [7, MINUTE], '* * * * *', false],
    [2, [1, 5 * MINUTE], '*/5 * * * *', true],
    [1, [1, 5 * MINUTE], '*/5 * * * *', false],
    [1, [1, 5 * MINUTE], '* * * * *', true],
    [300, [60, MINUTE], undefined, false],
  ] as const)
    test(`${scopes} at ${pace.join(' per ')} ms, ${cron ?? 'without a schedule'}: ${isSlow ? 'is warned of' : 'fits'}`, () =>
      assert.is(warned(scopes, pace, cron).length, isSlow ? 1 : 0))

  test('is nothing to warn of where there is no pace', () => {
    const plain = desired([desiredScope([])])
    const { api, schedule } = plain
    const asked = { ...plain, api: { ...api, pace: undefined }, schedule: { ...schedule, cron: '* * * * *' } }
    assert.equal(slowReads({ shortestGapMs }, { desired: asked, digest: 'sha256:c' }), [])
  })
})
