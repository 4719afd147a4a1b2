// The emergency stop on the day when the service fails too: it says of each user and scope what was not done, and how to go on.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { block } from '../src/cli/hold.ts'
import type { Terminal } from '../src/cli/terminal.ts'
import { E } from '../src/fp.ts'
import type { Seed } from '../src/sandbox/seed.ts'
import { type Bench, until, withBench } from './support/command.ts'
import { stopThrough, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const seed: Seed = {
  account: { results: ['one@a.example', 'two@a.example', 'boss@a.example'].map((username) => ({ username })) },
  subaccounts: { Sub1: { results: [{ username: 'one@b.example' }] } },
}
const CONFIG =
  'safety: { protected: ["boss@*"] }\nusers: [{ username: one@a.example, status: allowed }]\nsubaccounts: [{ id: Sub1, users: [] }]\n'
const statusesOf = async (bench: Bench, subaccount?: string): Promise<ReadonlyArray<string>> =>
  (await bench.users(subaccount)).map(({ username, status }) => `${username} ${String(status)}`)
const QUIET: Terminal = {
  out: () => undefined,
  err: () => undefined,
  colour: false,
  width: 100,
  interactive: false,
  ask: async () => '',
  save: async () => undefined,
  foot: () => undefined,
  hasFoot: false,
}
const STOP = ['block', '--reason', 'the phone rang', '--match']
const stop = (bench: Bench, match: string) => bench.run(...STOP, match, '--yes')

spec('an emergency stop', (test) => {
  test('is answered with what came of a run of all scopes, though one of another scope was at work when it was asked for', () =>
    withRig(seed, async (rig) => {
      rig.config(`reconcile: { schedule: null }\n${CONFIG}`)
      const daemon = await rig.daemon()
      await rig.time.pass(10_000)
      daemon.controls.reconcile('subaccount:Sub1')
      const { whole } = await stopThrough(rig, daemon, 'nobody')
      assert.equal(E.isRight(whole) && whole.right.plan.scopes.map(({ scope }) => scope), ['account', 'subaccount:Sub1'])
    }))

  test('that the daemon is at work on for too long is not said to have met no daemon: it may stand', async () => {
    const told: Array<string> = []
    const never = () => {
      throw new Error('there is a daemon')
    }
    const undone = { _tag: 'Unanswered', message: 'nothing was done: restart it', undone: true } as const
    for (const late of [undefined, { _tag: 'Unanswered', message: 'late' } as const, undone]) {
      const code = await block(
        {
          terminal: { ...QUIET, err: (text) => void told.push(text) },
          ask: async ({ _tag }) => (_tag === 'Matching' ? { _tag: 'Matching', users: ['one@a.example (account)'] } : late),
          reachedBy: '',
          now: new Date(0),
          here: never,
          matching: never,
          stopHere: never,
        },
        { match: 'one@*', yes: true, until: undefined, reason: 'phished', by: 'me', format: 'text' },
      )
      assert.is(code, 6)
    }
    assert.is(told.length, 3)
    assert.is(told.pop(), 'nothing was done: restart it\n', 'what has surely done nothing says so itself')
    for (const text of told)
      assert.match(text, /has not answered: the stop may stand, and it may be at work on it; see: smtp2go-reconciler status\n$/)
  })

  for (const by of ['a daemon', 'the command itself'])
    test(`by ${by} names who is not blocked and why, and is no success, until everybody is`, () =>
      withBench(seed, async (bench) => {
        await bench.config(CONFIG)
        assert.is((await bench.run('apply', '--yes')).code, 0)
        const daemon = by === 'a daemon' ? bench.start('run') : undefined
        if (daemon !== undefined) await until('a run', () => daemon.err().includes('run ended'))
        await bench.post('/_faults', [
          { kind: 'status', status: 400, body: '{"data":{"error":"not today"}}', method: 'PATCH', username: 'two@a.example' },
        ])
        const partly = await stop(bench, '*@a.example')
        assert.is(partly.code, 4)
        assert.match(partly.out, /^blocked: one@a\.example \(account\)/)
        assert.match(partly.out, /release --match '\*@a\.example'/)
        assert.match(partly.out, /in the config:\nusers:\n {2}- \{ username: one@a\.example, status: blocked \}\n$/)
        assert.match(partly.err, /NOT blocked: two@a\.example \(account\): .*not today/)
        assert.match(partly.err, /NOT blocked: boss@a\.example \(account\): protected by safety\.protected/)
        assert.equal(await statusesOf(bench), ['one@a.example blocked', 'two@a.example allowed', 'boss@a.example allowed'])

        assert.is((await stop(bench, 'two@*')).code, 4)
        assert.is((await stop(bench, 'boss@*')).code, 3)

        await bench.post('/_faults', [{ kind: 'status', status: 500, endpoint: '/users/smtp/view', subaccount_id: 'Sub1' }])
        const unseen = await stop(bench, '*@b.example')
        assert.is(unseen.code, 6)
        assert.match(unseen.err, /NOT blocked in subaccount:Sub1: /)
        const told = JSON.parse((await bench.run(...STOP, '*@b.example', '--yes', '--format', 'json')).out)
        assert.equal([told.format, told.done], ['smtp2go-reconciler/reply@1', false])
        assert.match(told.message, /^NOT blocked in subaccount:Sub1: .*\nnobody was blocked now/)
        assert.equal(await statusesOf(bench, 'Sub1'), ['one@b.example allowed'])

        await bench.post('/_faults', [])
        const whole = await stop(bench, '*@b.example')
        assert.is(whole.code, 0, whole.err + whole.out)
        assert.equal(await statusesOf(bench, 'Sub1'), ['one@b.example blocked'])
      }))

  for (const [what, fault] of [
    ['cannot be reached', undefined],
    ['refuses the key', { kind: 'status', status: 401 }],
    ['fails in the middle of it', { kind: 'status', status: 401, method: 'PATCH' }],
  ] as const)
    test(`ends with 6 where the service ${what}`, () =>
      withBench(seed, async (bench) => {
        await bench.config(CONFIG)
        const file = join(bench.dir, 'config.yaml')
        if (fault === undefined) await writeFile(file, (await readFile(file, 'utf8')).replace(bench.url, 'http://127.0.0.1:1/v3'))
        else await bench.post('/_faults', [fault])
        const { code, err } = await stop(bench, 'one@*')
        assert.match(err, /NOT blocked/)
        assert.is(code, 6)
      }))
})

spec('an emergency stop beside five subaccounts whose looks fail', (test) => {
  const ids = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7']
  const many: Seed = {
    account: { results: [{ username: 'one@a.example' }] },
    subaccounts: Object.fromEntries(ids.map((id) => [id, { results: [{ username: `${id}@b.example` }] }])),
  }
  const failing = ids.slice(0, 5).map((subaccount_id) => ({
    ...({ kind: 'status', status: 500, endpoint: '/users/smtp/view' } as const),
    subaccount_id,
  }))

  test('blocks whom it sees at once, and says of the others that they are not', () =>
    withBench(many, async (bench) => {
      await bench.config(`users: []\nsubaccounts: [${ids.map((id) => `{ id: ${id}, users: [] }`).join(', ')}]\n`)
      await bench.post('/_faults', failing)
      const first = await stop(bench, 'one@*')
      assert.equal(await statusesOf(bench), ['one@a.example blocked'])
      assert.is(first.code, 6)
      assert.match(first.out, /^blocked: one@a\.example \(account\)/)
      assert.match(first.err, /NOT blocked in subaccount:S7: 4 failures in a row; not looked at in this run/)
      const second = await stop(bench, 'S7@*')
      assert.match(second.out, /^blocked: S7@b\.example \(subaccount:S7\)/)
      assert.match(second.err, /NOT blocked in subaccount:S1: /)
      assert.equal(await statusesOf(bench, 'S7'), ['S7@b.example blocked'])
    }))
})

spec('an emergency stop through a daemon does not wait for what a person need not wait for:', (test) => {
  const started = async (bench: Bench): Promise<() => number> => {
    const daemon = bench.start('run')
    const runs = (): number => daemon.err().split('"msg":"run ended"').length - 1
    await until('a run', () => runs() > 0)
    return runs
  }
  const stopsOne = async (bench: Bench): Promise<void> => {
    const told = await stop(bench, 'one@a.example')
    assert.is(told.code, 0, told.err)
    assert.is((await statusesOf(bench))[0], 'one@a.example blocked')
  }
  const quiet = `reconcile: { schedule: null }\n${CONFIG}`

  test('a key that was refused a moment ago', () =>
    withBench(seed, async (bench) => {
      await bench.config(quiet)
      const runs = await started(bench)
      await bench.post('/_faults', [{ kind: 'status', status: 401 }])
      const before = runs()
      assert.is((await bench.run('reconcile')).code, 0)
      await until('the key is refused', () => runs() > before)
      await bench.post('/_faults', [])
      await stopsOne(bench)
    }))

  test('a ledger that is gone', () =>
    withBench(seed, async (bench) => {
      await bench.config(quiet)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await rm(join(bench.dir, 'state/ledger.json'))
      await started(bench)
      await stopsOne(bench)
    }))
})

spec('an emergency stop while nothing may be written', (test) => {
  const quiet = `reconcile: { schedule: null }\n${CONFIG}`
  for (const [what, meanwhile, says] of [
    [
      'a file of the config is broken',
      'users: 3\n',
      /NOT blocked: .*the config file is broken; .*until it is mended; `status.*` names the place/,
    ],
    ['the mode is observe', `reconcile: { schedule: null, mode: observe }\n${CONFIG}`, /NOT blocked: .*observe/],
  ] as const)
    test(`says so where ${what}, and blocks once that is over`, () =>
      withBench(seed, async (bench) => {
        await bench.config(quiet)
        const daemon = bench.start('run')
        const runs = (): number => daemon.err().split('"msg":"run ended"').length - 1
        await until('the first run', () => runs() > 0)
        await bench.config(meanwhile)
        await until('the run that follows the file', () => runs() > 1)
        const told = await stop(bench, 'one@a.example')
        assert.is(told.code, 3, told.err + told.out)
        assert.match(told.err, says)
        assert.is((await statusesOf(bench))[0], 'one@a.example allowed')
        await bench.config(quiet)
        await until('it is blocked', async () => (await statusesOf(bench))[0] === 'one@a.example blocked')
      }))
})

spec('whom an emergency stop has blocked', (test) => {
  const calm = 'users: [{ username: one@a.example }, { username: two@a.example }]\n'
  const found = async (bench: Bench): Promise<string> => (await bench.run('plan')).out

  test('is named by every plan, while it is in force and after it, until somebody opens them', () =>
    withBench(seed, async (bench) => {
      await bench.config(calm)
      await bench.run('apply', '--yes')
      await stop(bench, 'one@*')
      assert.match(
        await found(bench),
        /one@a\.example +medium emergency-stop: blocked by the emergency stop of \S+ \(the phone rang\), which keeps it so until/,
      )
      const { code, out } = await bench.run('release')
      assert.is(code, 0)
      assert.match(out, /^done: release --match 'one@\*'\nwhom the stop has blocked stays blocked where the config/)
      await bench.run('apply', '--yes')
      const after = await found(bench)
      assert.match(
        after,
        /one@a\.example +medium emergency-stop: blocked since an emergency stop, and nothing opens it by itself/,
      )
      assert.not.match(after, /two@a\.example +medium emergency-stop/)
      const { changes } = JSON.parse((await bench.run('history', '--format', 'json')).out)
      assert.is((await bench.run('undo', changes.at(-1).run_id, '--yes')).code, 0)
      assert.not.match(await found(bench), /medium emergency-stop/)
    }))

  test('is not taken for one whom only the list had blocked', () =>
    withBench(seed, async (bench) => {
      const listed = async (...users: ReadonlyArray<string>): Promise<void> => {
        const rest = ['one@a.example', 'boss@a.example'].map((username) => `{ username: ${username} }`)
        await bench.config(`policy: { unlisted: block }\nusers: [${[...rest, ...users].join(', ')}]\n...\n`)
        const { code, out, err } = await bench.run('apply', '--yes')
        assert.is(code, 0, out + err)
      }
      const [shut, plain] = ['{ username: two@a.example, status: blocked }', '{ username: two@a.example }']
      for (const users of [[plain], [], [shut], [plain]]) await listed(...users)
      assert.ok((await statusesOf(bench)).includes('two@a.example blocked'))
      assert.not.match(await found(bench), /emergency-stop/)
    }))

  test('is named by the daemon, and no more once the config says what it is to be', () =>
    withBench(seed, async (bench) => {
      await bench.config(calm)
      const daemon = bench.start('run')
      await until('a run has ended', () => daemon.err().includes('run ended'))
      await stop(bench, 'one@*')
      await until('a run has found it', async () => (await bench.run('status')).out.includes('emergency-stop'))
      await bench.run('release', '--match', 'one@*')
      await bench.config(calm.replace('one@a.example', 'one@a.example, status: blocked'))
      await until('it is as it is to be', async () => !/ emergency-stop(?!.*resolved)/.test((await bench.run('status')).out))
    }))
})

spec('an emergency stop with a broken config and no daemon', (test) => {
  test('stands, tells the faults, and blocks in the run that follows their mending', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: 3\n')
      const told = await stop(bench, 'one@a.example')
      assert.is(told.code, 5, told.err)
      assert.match(told.err, /^the stop stands, and nobody is blocked until the config is mended .*\n?.*config\.yaml:\d+:\d+/)
      assert.is(bench.requests(), 0)
      await bench.config(CONFIG)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      assert.is((await statusesOf(bench))[0], 'one@a.example blocked')
      assert.is((await bench.run('release')).code, 0)
    }))
})

spec('an emergency stop whose state directory nothing tells', (test) => {
  test('is not taken, and says so', () =>
    withBench(seed, async (bench) => {
      await writeFile(join(bench.dir, 'config.yaml'), 'users: [ {\n')
      const way = { state: undefined }
      const told = await bench.runIn(way, ...STOP, 'one@a.example', '--yes')
      assert.is(told.code, 5, told.err)
      assert.match(
        told.err,
        /^no stop was taken; whom to cut off now, block in the SMTP2GO app, until this is mended; where the config does not tell the state directory, --state-dir does: .*\n?.*config\.yaml:/,
      )
      assert.not.match((await bench.runIn(way, 'release', '--state-dir', 'elsewhere')).out, /one@a/)
    }))
})

spec('the YAML that would make an emergency stop permanent', (test) => {
  const tills: Seed = {
    account: { results: [{ username: 'till-0@a.example' }, { username: '20231' }] },
    subaccounts: { Sub1: { results: [{ username: 'till-1@b.example' }] } },
  }
  const allow = async (bench: Bench, username: string, subaccount_id?: string): Promise<void> => {
    const edited = await fetch(`${bench.url}/users/smtp/edit`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', 'X-Smtp2go-Api-Key': bench.key },
      body: JSON.stringify({ username, status: 'allowed', ...(subaccount_id === undefined ? {} : { subaccount_id }) }),
    })
    assert.is(edited.status, 200)
  }

  for (const [whom, account, sub, kept] of [
    ['listed', '[{ username: till-0@a.example }]', '[{ username: till-1@b.example }]', ''],
    ['unlisted', '[]', '[]', 'users: []\n'],
  ] as const)
    test(`blocks ${whom} users of account and subaccount when the stop has ended, also one whose name is a number`, () =>
      withBench(tills, async (bench) => {
        await bench.config(`users: ${account}\nsubaccounts: [{ id: Sub1, users: ${sub} }]\n...\n`)
        const { code, out, err } = await stop(bench, '*')
        assert.is(code, 0, err)
        const yaml = out.slice(out.indexOf('in the config:\n') + 'in the config:\n'.length)
        // As it stands, where nothing else makes the config need an end line.
        await bench.config(`${kept}${yaml}`)
        assert.is((await bench.run('validate')).code, 0, yaml)
        assert.is((await bench.run('release', '--match', '*')).code, 0)
        await allow(bench, 'till-0@a.example')
        await allow(bench, '20231')
        await allow(bench, 'till-1@b.example', 'Sub1')
        const planned = await bench.run('plan', '--format', 'json')
        assert.equal(
          JSON.parse(planned.out).scopes.map((one: { readonly changes: ReadonlyArray<{ change: string; username: string }> }) =>
            one.changes.map(({ change, username }) => `${change} ${username}`).sort(),
          ),
          [['block 20231', 'block till-0@a.example'], ['block till-1@b.example']],
          `${yaml}\n${planned.out}${planned.err}`,
        )
      }))

  test('is taken by the config that the stop was made under, beside its former and absent names, and blocks nobody else', () => {
    const named = (...names: ReadonlyArray<string>) => ({
      results: names.map((username) => ({ username: `${username}@a.example` })),
    })
    const others = { Sub1: named('till-7', 'one-7', 'two-7') }
    return withBench({ account: named('kiosk', 'till-1', 'till-2', 'till-3'), subaccounts: others }, async (bench) => {
      const config = (absent: string): Promise<void> =>
        bench.config(
          `policy: { unlisted: block }\nsafety: { max_blocks: 0 }\nsubaccounts: all\nusers: [{ username: kiosk@a.example, previously: [till-1@a.example] }]\n${absent}\n...\n`,
        )
      await config('absent: [{ username: till-2@a.example }]')
      const { code, out, err } = await stop(bench, 'till-*')
      assert.is(code, 0, err)
      const [, yaml = '', rest = ''] = /in the config:\n([\s\S]*)\n\.\.\. #.*\n([\s\S]*)/.exec(out) ?? []
      await config(yaml.replace('absent:', 'absent:\n  - { username: till-2@a.example }'))
      assert.is((await bench.run('validate')).code, 0, out)
      assert.match(yaml, /till-3/)
      assert.not.match(yaml, /till-7|users: \[\]/)
      assert.match(
        rest,
        /^to make it permanent of till-7@a\.example, list the users of subaccount:Sub1 first, .*: export --subaccount Sub1 /,
      )
    })
  })
})
