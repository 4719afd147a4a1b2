// An emergency stop in an account of many scopes: who is known is blocked at once, whatever else is to be looked at, and whatever is under way.
import * as assert from 'uvu/assert'
import { glob } from '../src/domain/user/username.ts'
import { E } from '../src/fp.ts'
import type { Seed } from '../src/sandbox/seed.ts'
import { type LoggedRequest, until, withBench } from './support/command.ts'
import { newPassword } from './support/fresh.ts'
import { endedIn, ends, HOUR, MINUTE, type Rig, type RunningDaemon, stopThrough, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

spec('an emergency stop in an account of many scopes', (test) => {
  const ids = Array.from({ length: 20 }, (_, at) => `S${at + 10}`)
  const many: Seed = {
    account: { results: [{ username: 'one@a.example' }] },
    subaccounts: Object.fromEntries(
      ids.map((id) => [id, { results: [{ username: `${id}@b.example` }, { username: `${id}@c.example` }] }]),
    ),
  }
  const lists = `users: []\nsubaccounts: [${ids.map((id) => `{ id: ${id}, users: [] }`).join(', ')}]\n`
  const slowly = 'pace: 3 per 1m, concurrency: 1'
  const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
  /** What was asked, and of whom or where. */
  const wordsOf = ({ path, body }: LoggedRequest): string =>
    `${path.split('/').pop()} ${textOf(body.username) || textOf(body.subaccount_id) || 'account'}`
  /** What was sent until the first block was. */
  const untilBlock = (log: ReadonlyArray<LoggedRequest>): ReadonlyArray<string> => {
    const sent = log.map(wordsOf)
    return sent.slice(0, sent.findIndex((one) => one.startsWith('edit')) + 1)
  }

  for (const by of ['a daemon', 'the command itself'])
    test(`by ${by}, from outside: one look, and the block`, () =>
      withBench(many, async (bench) => {
        await bench.config(`reconcile: { schedule: null }\n${lists}`, 'pace: 30 per 1s')
        if (by === 'a daemon') {
          const daemon = bench.start('run')
          await until('a run', () => daemon.err().includes('run ended'))
        } else assert.is((await bench.run('apply', '--yes')).code, 0)
        const from = bench.requests()
        const told = await bench.run('block', '--reason', 'the phone rang', '--match', 'S29@b.example', '--yes')
        assert.is(told.code, 0, told.err)
        assert.match(told.out, /^blocked: S29@b\.example \(subaccount:S29\)/)
        assert.equal(untilBlock((await bench.log()).slice(from)), ['view S29', 'edit S29@b.example'])
      }))

  for (const [which, config, pattern, whom, where] of [
    ['listed', lists, 'S29@b.example', 'S29@b.example', 'S29'],
    ['found', 'users: []\nsubaccounts: all\n', 'S29@b.example', 'S29@b.example', 'S29'],
    ['listed, of somebody in each of them', lists, 'S*@b.example', 'S10@b.example', 'S10'],
  ] as const)
    for (const at of ['rest', 'its looks'] as const)
      test(`${which}: the first is blocked after one look, by a daemon at ${at}`, () =>
        withRig(many, async (rig) => {
          rig.config(`reconcile: { schedule: null }\n${config}`, slowly)
          const daemon = await rig.daemon()
          await rig.time.pass(20 * MINUTE)
          assert.is(daemon.reports().length, 1)
          if (at === 'its looks') {
            daemon.controls.reconcile(undefined)
            await rig.time.pass(1000)
          }
          const from = (await rig.log()).length
          const { first, whole } = await stopThrough(rig, daemon, pattern)
          assert.equal(untilBlock((await rig.log()).slice(from)), [`view ${where}`, `edit ${whom}`])
          assert.ok(
            E.isRight(whole) && whole.right.plan.scopes.every(({ _tag }) => _tag === 'Planned'),
            'all scopes were looked at',
          )
          assert.ok(first.every(({ exitCode }) => exitCode === 0))
          for (const id of ids)
            for (const { username, status } of await rig.users(id))
              assert.is(status, glob(pattern)?.matches(username) === true ? 'blocked' : 'allowed', username)
          assert.is((await rig.writes()).length, pattern.startsWith('S*') ? ids.length : 1)
        }))

  const quietly = async (rig: Rig, api = slowly): Promise<RunningDaemon> => {
    rig.config(`reconcile: { schedule: null }\n${lists}`, api)
    const daemon = await rig.daemon()
    await rig.time.pass(20 * MINUTE)
    return daemon
  }
  const blockedIn = async (rig: Rig): Promise<ReadonlyArray<string>> => {
    const all = await Promise.all([undefined, ...ids].map(rig.users))
    return all.flat().flatMap(({ username, status }) => (status === 'blocked' ? [username] : []))
  }

  test('whoever came since the last look is blocked too, in the look at all scopes, and the answer waits for that', () =>
    withRig(many, async (rig) => {
      const daemon = await quietly(rig)
      await rig.colleague('add', { username: 'new-S10@b.example', email_password: newPassword(), subaccount_id: 'S15' })
      const { first, whole } = await stopThrough(rig, daemon, '*S10@b.example')
      assert.equal(first.map(ends), [['block S10@b.example verified']])
      assert.equal(E.isRight(whole) && ends(whole.right), ['block new-S10@b.example verified'])
      assert.equal(await blockedIn(rig), ['S10@b.example', 'new-S10@b.example'])
    }))

  for (const [how, lasts] of [
    ['is released', 24 * HOUR],
    ['ends by its time', MINUTE],
  ] as const)
    test(`one that ${how} while it is at work blocks nobody after that, and whom it has blocked is told of`, () => {
      const names = Array.from({ length: 10 }, (_, at) => `user-${at}@a.example`)
      return withRig({ account: { results: names.map((username) => ({ username })) } }, async (rig) => {
        rig.config(`users: [${names.map((username) => `{ username: ${username} }`).join(', ')}]\n`, slowly)
        const daemon = await rig.daemon()
        await rig.time.pass(5 * MINUTE)
        const [match, until] = ['user-*', rig.time.now() + lasts]
        const pattern = glob(match)
        if (pattern === undefined) throw new Error('no pattern')
        const stopping = daemon.controls.stop(pattern, until, { by: 'tester', reason: 'phished' })
        await rig.time.pass(MINUTE)
        if (how === 'is released') await rig.decide({ _tag: 'Release', what: { _tag: 'Stop', glob: match }, every: false })
        const blocked = (await blockedIn(rig)).length
        await rig.time.pass(30 * MINUTE)
        await rig.time.until(stopping)
        const met = await blockedIn(rig)
        assert.ok(met.length > 0 && met.length <= blocked + 1, `${blocked}, and then ${met.length}`)
        const findings = daemon.controls.status().scopes.flatMap((one) => one.findings)
        assert.equal(
          findings.filter(({ rule }) => rule === 'emergency-stop').map(({ username }) => username),
          met,
        )
      })
    })

  test('two stops at once are both carried out before the look at all scopes, and both are answered by it', () =>
    withRig(many, async (rig) => {
      const daemon = await quietly(rig)
      const from = (await rig.log()).length
      const both = [stopThrough(rig, daemon, 'S11@b.example'), stopThrough(rig, daemon, 'S12@b.example')]
      for (const { whole } of await Promise.all(both)) assert.ok(E.isRight(whole) && whole.right.exitCode === 0)
      assert.equal((await rig.log()).slice(from, from + 6).map(wordsOf), [
        'view S11',
        'edit S11@b.example',
        'view S11',
        'view S12',
        'edit S12@b.example',
        'view S12',
      ])
      assert.equal(await blockedIn(rig), ['S11@b.example', 'S12@b.example'])
    }))

  test('a run that gives way says so, tells nothing of what it did not come to, and what it was at is made by the next', () =>
    withRig(many, async (rig) => {
      const daemon = await quietly(rig)
      const before = daemon.controls.status()
      const listed = ids.map((id) => `{ id: ${id}, users: [{ username: ${id}@c.example, description: new }] }`)
      rig.config(`reconcile: { schedule: null }\nusers: []\nsubaccounts: [${listed.join(', ')}]\n`, slowly)
      daemon.wake('file change')
      await rig.time.pass(2000)
      await stopThrough(rig, daemon, 'S29@b.example')
      const [, cut, next] = daemon.reports()
      assert.equal([cut?.outcome, cut?.exitCode], ['stopped', 3])
      const told = cut?.plan.scopes.flatMap((one) => (one._tag === 'Errored' ? [one.error.message] : []))
      assert.equal(new Set(told), new Set(['an emergency stop goes first; the next run looks here']))
      assert.is(next?.exitCode, 0)
      assert.equal(
        daemon.controls.status().scopes.map(({ error }) => error),
        before.scopes.map(() => undefined),
      )
      for (const id of ids)
        assert.is((await rig.users(id)).find(({ username }) => username === `${id}@c.example`)?.description, 'new')
    }))

  test('a run that is writing makes no new change before the stop is done', () =>
    withRig(many, async (rig) => {
      const daemon = await quietly(rig)
      const listed = ids.map((id) => `{ id: ${id}, users: [{ username: ${id}@c.example, description: new }] }`)
      rig.config(`reconcile: { schedule: null }\nusers: []\nsubaccounts: [${listed.join(', ')}]\n`, slowly)
      daemon.wake('file change')
      await until('it writes', async () => {
        await rig.time.pass(MINUTE)
        return (await rig.writes()).length > 0
      })
      const made = (await rig.writes()).length
      await stopThrough(rig, daemon, 'S29@b.example')
      const writes = (await rig.writes()).map(({ body }) => body.username)
      assert.is(writes[made], 'S29@b.example', writes.join(' '))
      const [, cut] = daemon.reports()
      const untried = cut === undefined ? [] : endedIn(cut).filter(({ outcome }) => outcome === 'not_attempted')
      assert.is(untried.length, ids.length - made)
      for (const { error, waits } of untried)
        assert.equal([error, waits], ['an emergency stop goes first; the next run goes on with it', 'next run'])
      assert.is(writes.length, ids.length + 1)
    }))

  test('an undo that is under way gives way, says so, and can be asked for once more', () =>
    withRig(many, async (rig) => {
      const daemon = await quietly(rig)
      const listed = ids.map((id) => `{ id: ${id}, users: [{ username: ${id}@c.example, description: new }] }`)
      rig.config(`reconcile: { schedule: null }\nusers: []\nsubaccounts: [${listed.join(', ')}]\n`, slowly)
      daemon.wake('file change')
      await rig.time.pass(60 * MINUTE)
      const run = daemon.reports().at(-1)?.runId ?? ''
      const undo = () => daemon.controls.undo(run, { _tag: 'Anyway' }, { by: 'tester', reason: 'wrong' })()
      const made = (await rig.writes()).length
      const undone = undo()
      await until('it writes', async () => {
        await rig.time.pass(MINUTE)
        return (await rig.writes()).length > made
      })
      const sent = (await rig.writes()).length
      await stopThrough(rig, daemon, 'S29@b.example')
      assert.is((await rig.writes())[sent]?.body.username, 'S29@b.example')
      const told = await undone
      const untried = E.isRight(told) ? endedIn(told.right.report).filter(({ outcome }) => outcome === 'not_attempted') : []
      assert.is(untried.length, ids.length - (sent - made))
      for (const { error, waits } of untried)
        assert.equal([error, waits], ['an emergency stop goes first; undo this once more', undefined])
      const again = await rig.time.until(undo())
      assert.ok(E.isRight(again) && again.right.report.exitCode === 0)
      for (const id of ids)
        assert.is((await rig.users(id)).find(({ username }) => username === `${id}@c.example`)?.description ?? '', '')
    }))

  test('a run that waits for what it wrote to show gives way too, and what shows meanwhile is not sent again', () =>
    withRig(many, async (rig) => {
      const daemon = await quietly(rig, 'pace: off, concurrency: 1')
      const config = `reconcile: { schedule: null }\n${lists.replace('users: []', 'users: [{ username: one@a.example, description: new }]')}`
      rig.config(config, 'pace: off, concurrency: 1')
      await rig.switches({ view_lag: '60s' })
      daemon.wake('file change')
      await until('it has looked twice', async () => {
        await rig.time.pass(100)
        return (await rig.log()).map(wordsOf).join().endsWith('edit one@a.example,view account,view account')
      })
      await rig.switches({ view_lag: '0ms' })
      const from = (await rig.log()).length
      await stopThrough(rig, daemon, 'S29@b.example')
      assert.equal(untilBlock((await rig.log()).slice(from)), ['view S29', 'edit S29@b.example'])
      const [, cut, next] = daemon.reports()
      assert.equal(
        (cut === undefined ? [] : endedIn(cut)).map(({ outcome, error }) => [outcome, error]),
        [['not_converged', 'description: asked for "new", the service shows ""']],
      )
      assert.is(next?.exitCode, 0)
      assert.equal(
        (await rig.writes()).map(({ body }) => body.username),
        ['one@a.example', 'S29@b.example'],
      )
    }))

  for (const [whom, of] of [
    ['new-1@a.example', 'who is just being made, and does not show yet, is blocked once it does'],
    ['nobody@a.example', 'who is just being made is not made twice for the stop of somebody else'],
  ] as const)
    test(of, () =>
      withRig(many, async (rig) => {
        const daemon = await quietly(rig, 'pace: off, concurrency: 1')
        const news = ['new-1@a.example', 'new-2@a.example', 'new-3@a.example']
        const users = news.map((username) => `{ username: ${username}, description: new }`)
        rig.config(
          `reconcile: { schedule: null }\n${lists.replace('users: []', `users: [${users.join(', ')}]`)}`,
          'pace: off, concurrency: 1',
        )
        await rig.switches({ view_lag: '60s' })
        daemon.wake('file change')
        await until('it has read back once', async () => {
          await rig.time.pass(100)
          return (await rig.log()).map(wordsOf).join().endsWith('add new-3@a.example,view account')
        })
        const shows = { after: 2000, happens: () => rig.switches({ view_lag: '0ms' }) }
        const { first, whole } = await stopThrough(rig, daemon, whom, shows)
        assert.equal(
          [...first, ...(E.isRight(whole) ? [whole.right] : [])].flatMap(ends),
          whom === 'nobody@a.example' ? [] : ['block new-1@a.example verified'],
        )
        assert.equal((await rig.writes()).filter(({ path }) => path.endsWith('/add')).length, 3)
        assert.equal(
          (await rig.users()).map(({ username, status }) => [username, status]).slice(1),
          news.map((username) => [username, username === whom ? 'blocked' : 'allowed']),
        )
      }),
    )

  test('an undo that gives way while it looks has done nothing, and can be asked for once more', () =>
    withRig(many, async (rig) => {
      const daemon = await quietly(rig)
      rig.config(
        `reconcile: { schedule: null }\n${lists.replace('users: []', 'users: [{ username: one@a.example, description: new }]')}`,
        slowly,
      )
      daemon.wake('file change')
      await rig.time.pass(60 * MINUTE)
      const run = daemon.reports().at(-1)?.runId ?? ''
      const undo = () => daemon.controls.undo(run, { _tag: 'Anyway' }, { by: 'tester', reason: 'wrong' })()
      await rig.faults([{ kind: 'delay', ms: 1000, endpoint: '/users/smtp/view', nth: 1 }])
      const from = (await rig.log()).length
      const undone = undo()
      await until('it looks', async () => (await rig.log()).length > from)
      await stopThrough(rig, daemon, 'S29@b.example')
      const told = await undone
      assert.equal(
        E.isRight(told) && [
          told.right.report.exitCode,
          told.right.heldUntil,
          told.right.report.plan.scopes.map((one) => (one._tag === 'Errored' ? one.error.message : 'seen')),
        ],
        [3, undefined, ['an emergency stop goes first; undo this once more']],
      )
      const again = await rig.time.until(undo())
      assert.ok(E.isRight(again) && again.right.report.exitCode === 0)
      assert.is((await rig.user('one@a.example'))?.description ?? '', '')
    }))

  for (const by of ['a daemon', 'the command itself'])
    test(`S11: a key that is refused is asked once for the stop by ${by}, and that is told`, () =>
      withBench(many, async (bench) => {
        await bench.config(`reconcile: { schedule: null }\n${lists}`)
        assert.is((await bench.run('apply', '--yes')).code, 0)
        if (by === 'a daemon') {
          const daemon = bench.start('run')
          await until('a run', () => daemon.err().includes('run ended'))
        }
        await bench.post('/_faults', [{ kind: 'status', status: 401 }])
        for (const _ of ['at once', 'while the key rests']) {
          const from = bench.requests()
          const told = await bench.run('block', '--reason', 'the phone rang', '--match', 'S29@b.example', '--yes')
          assert.is(told.code, 6)
          assert.match(told.err, /NOT blocked in subaccount:S29: .*refused/)
          assert.is(bench.requests() - from, 1)
        }
      }))

  for (const by of ['a daemon', 'the command itself'])
    test(`S11: by ${by}, a key that is refused midway: who was not blocked before is told, and every scope that was not seen`, () =>
      withBench(many, async (bench) => {
        await bench.config(`reconcile: { schedule: null }\n${lists}`, 'pace: off, concurrency: 1')
        assert.is((await bench.run('apply', '--yes')).code, 0)
        if (by === 'a daemon') {
          const daemon = bench.start('run')
          await until('a run', () => daemon.err().includes('run ended'))
        }
        await bench.post('/_faults', [
          { kind: 'status', status: 400, body: '{"data":{"error":"not today"}}', method: 'PATCH', username: 'S10@b.example' },
          { kind: 'status', status: 401, endpoint: '/users/smtp/view', subaccount_id: 'S12' },
        ])
        const from = bench.requests()
        const told = await bench.run('block', '--reason', 'the phone rang', '--match', 'S*@b.example', '--yes')
        assert.is(told.code, 6)
        assert.match(told.out, /^blocked: S11@b\.example \(subaccount:S11\)/)
        assert.match(told.err, /^NOT blocked: S10@b\.example \(subaccount:S10\): .*not today/m)
        for (const id of ids.slice(2))
          assert.match(told.err, new RegExp(`^NOT blocked in subaccount:${id}: .*refused this key`, 'm'))
        assert.not.match(told.err, /NOT blocked in subaccount:S1[01]/, 'all who match there were seen')
        assert.equal((await bench.log()).slice(from).map(wordsOf).pop(), 'view S12')
      }))

  test('S11: a key that is refused to the first blocks is not asked once more by the look at all scopes', () =>
    withRig(many, async (rig) => {
      const daemon = await quietly(rig)
      await rig.faults([{ kind: 'status', status: 401 }])
      const from = (await rig.log()).length
      const { whole } = await stopThrough(rig, daemon, 'S29@b.example')
      assert.is(E.isRight(whole) && whole.right.exitCode, 6)
      assert.is((await rig.log()).length - from, 1)
    }))

  test('S11: no more failures in a row meet the service than in a run of all scopes, and who is behind them is told', () =>
    withRig(many, async (rig) => {
      const daemon = await quietly(rig)
      await rig.faults([{ kind: 'status', status: 500, endpoint: '/users/smtp/view' }])
      const from = (await rig.log()).length
      const { first, whole } = await stopThrough(rig, daemon, 'S*@b.example')
      assert.is(first.length, 5)
      assert.is(E.isRight(whole) && whole.right.exitCode, 6)
      assert.ok((await rig.log()).length - from <= 10)
    }))
})
