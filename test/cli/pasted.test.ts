// A command that a message quotes works as it stands, typed anywhere: it carries the options that lead to this daemon or state directory.
import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { toSocket, toState } from '../../src/wiring/reached.ts'
import { type Bench, until, withBench } from '../support/command.ts'
import { newKey } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const seed = { account: { results: [{ username: 'one@a.example' }, { username: 'two@a.example' }] } }
const CONFIG = 'users: [{ username: two@a.example, status: blocked }]\n'

/** Runs what a person would paste, somewhere else. */
const pasted = (bench: Bench, command: string) =>
  bench.runIn({ state: join(bench.dir, 'elsewhere') }, ...command.split(' ').map((word) => word.replaceAll("'", '')))

const commandOf = (text: string, start: string): string => {
  const [, command = ''] = new RegExp(`(?:: |smtp2go-reconciler )(${start} .*)$`, 'm').exec(text) ?? []
  return command.trim()
}

spec('a quoted command', (test) => {
  test('of the status leads to its daemon: approve, and release', () =>
    withBench(seed, async (bench) => {
      await bench.config(CONFIG)
      bench.start('run')
      const told = async (): Promise<string> => (await bench.run('status')).out
      await until('a block waits for a person', async () => (await told()).includes('needs approval'))
      assert.is((await bench.run('hold', '--removals', '--until', '1h', '--reason', 'x')).code, 0)
      const text = await told()
      const release = await pasted(bench, commandOf(text, 'release'))
      assert.is(release.code, 0, release.err)
      const approve = await pasted(bench, commandOf(text, 'approve'))
      assert.is(approve.code, 0, approve.err)
      await until('the block was made', async () => (await bench.users())[1]?.status === 'blocked')
    }))

  test('of a plan without a daemon leads to the state directory that was typed', () =>
    withBench(seed, async (bench) => {
      await bench.config(`safety: { max_blocks: 0 }\n${CONFIG}`)
      const command = commandOf((await bench.run('plan')).out, 'apply')
      const applied = await pasted(bench, command)
      assert.is(applied.code, 0, applied.err)
      assert.is(
        JSON.parse((await bench.run('history', '--format', 'json')).out).changes.length,
        1,
        'in the journal that was meant',
      )
    }))

  const capped = {
    account: { results: ['a1@a.example', 'b1@a.example'].map((username) => ({ username })) },
    subaccounts: { S1: { results: [{ username: 'c1@a.example' }] } },
  }
  const CAPPED =
    'reconcile: { schedule: null }\nsafety: { max_blocks: 0 }\nusers: [{ username: a1@a.example, status: blocked }, { username: b1@a.example, status: blocked }]\nsubaccounts: [{ id: S1, users: [{ username: c1@a.example, status: blocked }] }]\n...\n'
  const blockedOf = async (bench: Bench) =>
    [...(await bench.users()), ...(await bench.users('S1'))].flatMap(({ username, status }) =>
      status === 'blocked' ? [username] : [],
    )

  for (const [filter, blocked] of [
    [['--user', 'a1@*'], ['a1@a.example']],
    [['--scope', 'subaccount:S1'], ['c1@a.example']],
    [['--scope', 'account', '--user', 'b?@*'], ['b1@a.example']],
  ] as const)
    test(`of a plan with ${filter.join(' ')} applies that plan`, () =>
      withBench(capped, async (bench) => {
        await bench.config(CAPPED)
        const applied = await pasted(bench, commandOf((await bench.run('plan', ...filter)).out, 'apply'))
        assert.is(applied.code, 0, applied.err)
        assert.equal(await blockedOf(bench), blocked)
      }))

  test('of status stands for what it shows, also of a scope that the last run did not look at', () =>
    withBench(capped, async (bench) => {
      await bench.config(CAPPED)
      const daemon = bench.start('run')
      const runs = (): number => daemon.err().split('run ended').length - 1
      await until('the first run has ended', () => runs() >= 1)
      await bench.run('reconcile', '--scope', 'subaccount:S1')
      await until('the second run has ended', () => runs() >= 2)
      const approved = await pasted(bench, commandOf((await bench.run('status')).out, 'approve'))
      assert.is(approved.code, 0, approved.err)
      await until('its blocks are made', async () => (await blockedOf(bench)).length > 1)
      assert.equal(await blockedOf(bench), ['a1@a.example', 'b1@a.example'])
    }))

  test('is none where a daemon runs and only some users were looked at: it approves a scope or all', () =>
    withBench(capped, async (bench) => {
      await bench.config(CAPPED)
      const daemon = bench.start('run')
      await until('a run has ended', () => daemon.err().includes('run ended'))
      const { out } = await bench.run('plan', '--user', 'a1@*')
      assert.is(commandOf(out, 'approve'), '')
      assert.match(out.replace(/\s+/g, ' '), /a `plan` of all users names the command/)
      const approved = await pasted(bench, commandOf((await bench.run('plan', '--scope', 'account')).out, 'approve'))
      assert.is(approved.code, 0, approved.err)
    }))

  const others = { S2: { results: [] }, S3: { results: [] } }

  test('of a finding leads to the state directory that was typed', () =>
    withBench({ ...capped, subaccounts: { ...capped.subaccounts, ...others } }, async (bench) => {
      await bench.config('subaccounts: all\nusers: []\n')
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await bench.post('/_reset', { ...capped, subaccounts: others })
      const planned = JSON.parse((await bench.run('plan', '--format', 'json')).out)
      const found = planned.scopes.flatMap((one: { readonly findings?: ReadonlyArray<{ rule: string; message: string }> }) =>
        (one.findings ?? []).flatMap(({ rule, message }) => (rule === 'subaccount-missing' ? [message] : [])),
      )
      assert.is(found.length, 1, JSON.stringify(planned))
      const approved = await pasted(bench, commandOf(found[0], 'approve'))
      assert.is(approved.code, 0, approved.err)
      assert.not.match((await bench.run('plan')).out, /subaccount-missing/)
    }))

  test('of a doubted answer stands for it, also where a plan was the first to see it', () => {
    const names = ['one', 'two', 'three', 'four'].map((name) => ({ username: `${name}@a.example` }))
    return withBench({ account: { results: names } }, async (bench) => {
      await bench.config('users: []\n')
      assert.is((await bench.run('apply', '--yes')).code, 0)
      assert.is((await bench.run('approve', '--live', 'account')).code, 3, 'nothing is doubted yet')
      await bench.post('/_reset', { account: { results: names.slice(3) } })
      const doubted = (await bench.run('plan')).out
      assert.match(doubted, /suspicious answer/)
      const approved = await pasted(bench, commandOf(doubted, 'approve'))
      assert.is(approved.code, 0, approved.err)
      assert.is((await bench.run('plan')).code, 0)
    })
  })

  test('of doctor on a doubted answer leads to the state directory that was typed', () => {
    const names = ['one', 'two', 'three', 'four'].map((name) => ({ username: `${name}@a.example` }))
    return withBench({ account: { results: names } }, async (bench) => {
      await bench.config('users: []\n')
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await bench.post('/_reset', { account: { results: names.slice(3) } })
      const approved = await pasted(bench, commandOf((await bench.run('doctor')).out, 'approve'))
      assert.is(approved.code, 0, approved.err)
      assert.is((await bench.run('plan')).code, 0)
    })
  })

  test('of a key that rests, and of who approves another plan, asks its daemon for a run', () =>
    withBench(
      (key) => ({ ...seed, keys: { [key]: ['*'] } }),
      async (bench) => {
        await bench.config(`reconcile: { schedule: null }\n${CONFIG}`)
        const daemon = bench.start('run')
        const runs = (): number => daemon.err().split('run ended').length - 1
        await until('a run has ended', () => runs() >= 1)
        const refused = await bench.run('approve', `sha256:${'0'.repeat(64)}`)
        const asked = await pasted(bench, commandOf(refused.err, 'reconcile'))
        assert.is(asked.code, 0, refused.err + asked.err)
        await bench.post('/_reset', { account: { results: [] }, keys: { [newKey()]: ['*'] } })
        await bench.run('reconcile')
        const told = async (): Promise<string> => (await bench.run('status')).out
        await until('the key rests', async () => (await told()).includes('nothing is sent by itself before'))
        const rests = (await bench.run('plan')).out
        const [, command = ''] = /or at once by `([^`]+)`/.exec(rests) ?? []
        const again = await pasted(bench, command)
        assert.is(again.code, 0, rests + again.err)
      },
    ))

  test('of an answer that a run has doubted stands for that one, whatever is there by now', () => {
    const names = ['one', 'two', 'three', 'four', 'five', 'six'].map((name) => ({ username: `${name}@a.example` }))
    return withBench({ account: { results: names } }, async (bench) => {
      await bench.config('users: []\n')
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await bench.post('/_reset', { account: { results: names.slice(4) } })
      const doubted = (await bench.run('apply', '--yes')).out
      await bench.post('/_reset', { account: { results: [] } })
      assert.is((await pasted(bench, commandOf(doubted, 'approve'))).code, 0)
      assert.match((await bench.run('plan')).out, /suspicious answer/)
    })
  })

  for (const by of ['a daemon', 'the command itself'] as const) {
    const startedBy = async (bench: Bench): Promise<void> => {
      const daemon = by === 'a daemon' ? bench.start('run') : undefined
      if (daemon !== undefined) await until('a run has ended', () => daemon.err().includes('run ended'))
    }

    test(`of an emergency stop by ${by} ends that`, () =>
      withBench(seed, async (bench) => {
        await bench.config('reconcile: { schedule: null }\nusers: []\n')
        await startedBy(bench)
        const told = await bench.run('block', '--match', 'two@*', '--reason', 'x', '--yes')
        assert.is(told.code, 0, told.err)
        const released = await pasted(bench, commandOf(told.out, 'release'))
        assert.is(released.code, 0, released.err)
      }))

    test(`of an undo by ${by} undoes what was held, and then ends the hold`, () =>
      withBench(seed, async (bench) => {
        const config = 'reconcile: { schedule: null }\nusers: [{ username: two@a.example, description: ours }]\n'
        await bench.config(config)
        assert.is((await bench.run('apply', '--yes')).code, 0)
        const [{ run_id: run }] = JSON.parse((await bench.run('history', '--format', 'json')).out).changes
        await bench.config(`safety: { max_updates: 0 }\n${config}`)
        await startedBy(bench)
        const held = await bench.run('undo', run, '--yes')
        assert.is(held.code, 3, held.out)
        const undone = await pasted(bench, commandOf(held.out, 'undo'))
        assert.is(undone.code, 0, undone.err)
        const released = await pasted(bench, commandOf(undone.out, 'release'))
        assert.is(released.code, 0, released.err)
      }))
  }

  test('of a hold ends it, also where its pattern holds an apostrophe', () =>
    withBench({ account: { results: [{ username: "o'brien@a.example", description: 'old' }] } }, async (bench) => {
      await bench.config('users: [{ username: "o\'brien@a.example", description: new }]\n')
      assert.is((await bench.run('hold', '--user', "o'brien@*", '--until', '1h', '--reason', 'x')).code, 0)
      const command = commandOf((await bench.run('plan')).out, 'release')
      const { stdout } = spawnSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' })
      const words = stdout.trimEnd().split('\n')
      assert.equal(words, ['release', '--user', "o'brien@*", '--state-dir', join(bench.dir, 'state')], command)
      assert.is((await bench.runIn({ state: join(bench.dir, 'elsewhere') }, ...words)).code, 0)
    }))

  test('of who is refused leads to the daemon, whatever its folder is called', () =>
    withBench(seed, async (bench) => {
      await bench.config(`reconcile: { schedule: null }\n${CONFIG}`)
      const daemon = bench.startIn({ state: join(bench.dir, 'jörg') }, 'run')
      await until('a run has ended', () => daemon.err().includes('run ended'))
      const refused = await bench.run('apply', '--yes')
      assert.is(refused.code, 3)
      const [, command = ''] = /ask it: smtp2go-reconciler (status[^,]*),/.exec(refused.err) ?? []
      const told = await pasted(bench, command)
      assert.is(told.code, 0, refused.err + told.err)
    }))

  test('finds the daemon of a unit with two runtime directories in the first of them', () =>
    withBench(seed, async (bench) => {
      await bench.config(`reconcile: { schedule: null }\n${CONFIG}`)
      const [one, two] = [join(bench.dir, 'one'), join(bench.dir, 'two')]
      await Promise.all([mkdir(one), mkdir(two)])
      const env = { RUNTIME_DIRECTORY: `${one}:${two}` }
      const daemon = bench.startIn({ env }, 'run')
      await Promise.race([daemon.ended, until('a run has ended', () => daemon.err().includes('run ended'))])
      assert.is(daemon.child.exitCode, null, daemon.err())
      assert.is((await bench.run('status', '--socket', join(one, 'control.sock'))).code, 0)
      assert.is((await bench.runIn({ env }, 'status')).code, 0)
    }))

  test('carries nothing where every shell finds the way by itself', () => {
    const env = { XDG_STATE_HOME: '/home/me/.local/state' }
    assert.is(toSocket({ env }, '/home/me/.local/state/smtp2go-reconciler/control.sock'), '')
    assert.is(toSocket({ env }, '/run/smtp2go-reconciler/control.sock'), '')
    assert.is(
      toSocket({ env }, '/run/smtp2go-reconciler@acme/control.sock'),
      ' --socket /run/smtp2go-reconciler@acme/control.sock',
    )
    const usual = {
      config: 'config.yaml',
      configNamed: false,
      stateDir: undefined,
      logLevel: 'info',
      logFormat: undefined,
    } as const
    assert.is(toState({ env }, usual), '')
    assert.is(toState({ env: { SMTP2GO_RECONCILER_CONFIG: '/etc/x.yaml' } }, { ...usual, config: '/etc/x.yaml' }), '')
    assert.is(
      toState({ env }, { ...usual, config: '/etc/my x.yaml', stateDir: '/var/x' }),
      " --config '/etc/my x.yaml' --state-dir /var/x",
    )
  })
})
