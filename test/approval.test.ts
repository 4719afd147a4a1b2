// Approval from outside: the commands that messages name are typed as they stand, and let through exactly what they say, once; who said so, and
// why, is in the journal. No option lets everything through.
import * as assert from 'uvu/assert'
import { type Bench, until, withBench } from './support/command.ts'
import { spec } from './support/spec.ts'

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six'].map((name) => `${name}@a.example`)
const seedOf = (names: ReadonlyArray<string>) => ({ account: { results: names.map((username) => ({ username })) } })
const usersOf = (blocked: number): string =>
  `safety: { max_blocks: 1 }\nusers:\n${NAMES.map((username, at) => `  - { username: ${username}, status: ${at < blocked ? 'blocked' : 'allowed'} }\n`).join('')}`
const statusesOf = async (bench: Bench): Promise<string> =>
  (await bench.users()).map(({ status }) => (status === 'blocked' ? 'b' : '-')).join('')

/** A daemon that knows the users. */
const daemonOf = async (bench: Bench) => {
  await bench.config(usersOf(0))
  assert.is((await bench.run('apply', '--yes')).code, 0)
  const daemon = bench.start('run')
  await until('a run', () => daemon.err().includes('run ended'))
  return { daemon, status: async () => JSON.parse((await bench.run('status', '--format', 'json')).out) }
}
/** Such a one's document that it tells of itself. */
const running = async (bench: Bench) => (await daemonOf(bench)).status

/** The command that a message names, as words of a shell. */
const commandAt = (text: string, start: string): ReadonlyArray<string> => {
  const line = text.split('\n').find((one) => one.includes(start)) ?? ''
  return line.slice(line.indexOf(start)).trim().split(' ')
}

const decisionsIn = async (bench: Bench): Promise<ReadonlyArray<Readonly<Record<string, string>>>> =>
  JSON.parse((await bench.run('history', '--format', 'json')).out).decisions

spec('an approval', (test) => {
  test('S4: of a digest, typed as the status says it, lets exactly those changes through once, and says by whom and why', () =>
    withBench(seedOf(NAMES), async (bench) => {
      const status = await running(bench)
      await bench.config(usersOf(3))
      await until('three blocks are held', async () => (await status()).scopes[0]?.held.length === 3)
      assert.match(
        (await status()).scopes[0].held[0].message,
        /^3 blocks in 24 h, the cap is 1; to approve exactly this plan: approve /,
      )
      const nobody = await bench.run('approve', `sha256:${'0'.repeat(64)}`)
      assert.is(nobody.code, 3)
      assert.is(await statusesOf(bench), '------')

      const command = commandAt((await bench.run('status')).out, 'approve sha256:')
      const approved = await bench.run(...command, '--reason', 'the lease is over')
      assert.is(approved.code, 0, approved.err)
      await until('they are blocked', async () => (await statusesOf(bench)) === 'bbb---')
      const decision = (await decisionsIn(bench)).find(({ what }) => what?.startsWith('approve sha256:'))
      assert.is(decision?.reason, 'the lease is over')
      assert.ok((decision?.by ?? '') !== '')

      await bench.config(usersOf(4))
      await until('one more is held', async () => (await status()).scopes[0]?.held.length === 1)
      const spent = await bench.run(...command)
      assert.is(spent.code, 3, 'that plan is over')
      assert.is(await statusesOf(bench), 'bbb---')
    }))

  test('S4: of the digest that `plan` shows beside the daemon is taken: of what the last run left, and of what has changed since', () =>
    withBench(seedOf(NAMES), async (bench) => {
      const { status } = await daemonOf(bench)
      await bench.config(usersOf(3).replace('status: allowed', 'description: new, status: allowed'))
      await until('three blocks are held', async () => (await status()).scopes[0]?.held.length === 3)
      const shown = async (): Promise<string> => JSON.parse((await bench.run('plan', '--format', 'json')).out).digest
      const left = await shown()
      assert.is.not(left, (await status()).digest)
      const byHand = { username: NAMES[3], description: 'by hand' }
      await fetch(`${bench.url}/users/smtp/edit`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json', 'x-smtp2go-api-key': bench.key },
        body: JSON.stringify(byHand),
      })
      const command = commandAt((await bench.run('plan')).out, 'approve sha256:')
      assert.is.not(command[1], left)
      const approved = await bench.run(...command)
      assert.is(approved.code, 0, approved.err)
      await until('they are blocked', async () => (await statusesOf(bench)) === 'bbb---')
    }))

  test('S4: of a digest that nothing has makes no run; of the one that `plan` shows of an edit that is not acted on yet it makes that', () =>
    withBench(seedOf(NAMES), async (bench) => {
      const later = 'reconcile: { schedule: null, on_change: false }\n'
      await bench.config(`${later}${usersOf(0)}`)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const daemon = bench.start('run')
      await until('a run', () => daemon.err().includes('run ended'))
      await bench.config(`${later}${usersOf(1)}`)
      const refused = await bench.run('approve', `sha256:${'0'.repeat(64)}`)
      assert.is(refused.code, 3, refused.out)
      await new Promise((next) => setTimeout(next, 500))
      assert.is(await statusesOf(bench), '------', 'somebody is still editing it')
      await bench.config(`${later}${usersOf(3)}`)
      const approved = await bench.run('approve', JSON.parse((await bench.run('plan', '--format', 'json')).out).digest)
      assert.is(approved.code, 0, approved.err)
      await until('they are blocked', async () => (await statusesOf(bench)) === 'bbb---')
    }))

  test('S4: of a digest counts what it let through, also where an apply made that', () =>
    withBench(seedOf(NAMES), async (bench) => {
      const { daemon, status } = await daemonOf(bench)
      await bench.config(usersOf(3))
      await until('three blocks are held', async () => (await status()).scopes[0]?.held.length === 3)
      await bench.post('/_faults', [{ kind: 'status', status: 500, endpoint: '/users/smtp/view', times: 50 }])
      assert.is((await bench.run('approve', (await status()).scopes[0].digest, '--reason', 'the lease is over')).code, 0)
      await until('it cannot be read', async () => (await status()).scopes[0]?.error?.kind === 'unreachable')
      daemon.child.kill('SIGTERM')
      await daemon.ended
      await bench.post('/_faults', [])
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const { decisions } = JSON.parse((await bench.run('report', '--since', '1h', '--format', 'json')).out)
      assert.is(decisions.find(({ what }: { readonly what: string }) => what.startsWith('approve sha256:')).changes, 3)
    }))

  test('S4: of both parts of a change lets it through as one, and the journal says by whom', () =>
    withBench(seedOf(NAMES), async (bench) => {
      const status = await running(bench)
      await bench.config(
        `safety: { max_blocks: 0, max_updates: 0 }\n${usersOf(1).split('\n').slice(1).join('\n').replace('blocked', 'blocked, description: returned')}`,
      )
      await until('both parts are held', async () => (await status()).scopes[0]?.held.length === 2)
      const approved = await bench.run('approve', (await status()).scopes[0].digest, '--reason', 'the lease is over')
      assert.is(approved.code, 0, approved.err)
      await until('it is blocked', async () => (await statusesOf(bench)) === 'b-----')
      assert.is((await bench.users())[0]?.description, 'returned')
      const { decisions } = JSON.parse((await bench.run('report', '--since', '1h', '--format', 'json')).out)
      assert.is(decisions.find(({ what }: { readonly what: string }) => what.startsWith('approve sha256:')).changes, 1)
    }))

  test('S4: of a digest can be given while the service is away, as the status says it, and counts when it is back', () =>
    withBench(seedOf(NAMES), async (bench) => {
      const status = await running(bench)
      await bench.config(usersOf(3))
      await until('three blocks are held', async () => (await status()).scopes[0]?.held.length === 3)
      await bench.post('/_faults', [{ kind: 'status', status: 503 }])
      await bench.run('reconcile')
      await until('the service is away', async () => (await status()).scopes[0]?.error?.kind === 'unreachable')
      const approved = await bench.run(...commandAt((await bench.run('status')).out, 'approve sha256:'))
      assert.is(approved.code, 0, approved.err)
      assert.match(approved.out, /block three@a\.example \(account\)/)
      assert.is(await statusesOf(bench), '------')
      await bench.post('/_faults', [])
      await bench.run('reconcile')
      await until('they are blocked', async () => (await statusesOf(bench)) === 'bbb---')
    }))

  test('S3: of a live answer lets a scope be written again, and is refused for one that nobody knows', () =>
    withBench(seedOf(NAMES), async (bench) => {
      const status = await running(bench)
      await bench.post('/_reset', seedOf(NAMES.slice(0, 2)))
      await bench.config(usersOf(1))
      await until('the answer is doubted', async () => (await status()).scopes[0]?.error?.kind === 'suspicious_answer')
      const unknown = await bench.run('approve', '--live', 'subaccount:Typo')
      assert.is(unknown.code, 3)
      assert.match(unknown.err, /nothing is known of subaccount:Typo; there is account/)

      const command = commandAt((await bench.run('status')).out, 'approve --live account')
      const approved = await bench.run(...command, '--reason', 'they were sold')
      assert.is(approved.code, 0, approved.err)
      await until('the block is made', async () => (await statusesOf(bench)).startsWith('b'))
      const decision = (await decisionsIn(bench)).find(({ what }) => what === 'approve --live account')
      assert.is(decision?.reason, 'they were sold')
      assert.ok((decision?.by ?? '') !== '')
    }))

  const written = async (bench: Bench, since: number): Promise<ReadonlyArray<unknown>> =>
    (await bench.log())
      .slice(since)
      .filter(({ path }) => !path.endsWith('/view'))
      .map(({ path, body }) => [path, body.username])
  const doubted = async (bench: Bench, status: Awaited<ReturnType<typeof running>>): Promise<void> => {
    assert.is((await bench.run('reconcile')).code, 0)
    await until('the answer is doubted', async () => (await status()).scopes[0]?.error?.kind === 'suspicious_answer')
  }

  test('S3: of a live answer is none of the empty one that comes after it', () =>
    withBench(seedOf(NAMES), async (bench) => {
      const status = await running(bench)
      await bench.post('/_reset', seedOf(NAMES.slice(0, 2)))
      await doubted(bench, status)
      await bench.config(usersOf(0).split('\n').slice(0, 4).join('\n'))
      assert.is((await bench.run('approve', '--live', 'account')).code, 0)
      await until('it is believed', async () => (await status()).scopes[0]?.error === null)
      await bench.post('/_faults', [{ kind: 'empty_results', endpoint: '/users/smtp/view' }])
      const before = bench.requests()
      await doubted(bench, status)
      assert.equal(await written(bench, before), [])
    }))

  test('S3: of a live answer is refused where none is doubted, so that nobody is believed later for it', () =>
    withBench(seedOf(NAMES), async (bench) => {
      const status = await running(bench)
      const told = await bench.run('approve', '--live', 'account')
      assert.is(told.code, 3)
      assert.match(told.err, /what was seen last of account was believed.*: reconcile/)
      await bench.post('/_faults', [{ kind: 'empty_results', endpoint: '/users/smtp/view' }])
      const before = bench.requests()
      await doubted(bench, status)
      assert.equal(await written(bench, before), [])
    }))

  test('S4: is of one plan: there is no option that lets everything through', () =>
    withBench(seedOf(NAMES), async (bench) => {
      await bench.config(usersOf(0))
      for (const args of [
        ['apply', '--force'],
        ['apply', '--yes', '--all'],
        ['approve'],
        ['approve', '--all'],
        ['approve', '--live', '*'],
      ])
        assert.is((await bench.run(...args)).code, 64, args.join(' '))
      assert.equal(await bench.log(), [])
    }))
})

spec('a digest that is given', (test) => {
  const CONFIG = 'users: [{ username: one@a.example, description: new }]\n'
  const planned = async (bench: Bench): Promise<string> => {
    await bench.config(CONFIG)
    return JSON.parse((await bench.run('plan', '--format', 'json')).out).digest
  }
  const NEVER = `sha256:${'0'.repeat(64)}`

  test('S11: makes nobody forget a 429: nothing is sent for a minute', () =>
    withBench(seedOf(['one@a.example']), async (bench) => {
      const digest = await planned(bench)
      await bench.post('/_faults', [{ kind: 'status', status: 429 }])
      const told = await bench.run('apply', '--digest', digest)
      assert.is(told.code, 6, told.err)
      const before = bench.requests()
      assert.is((await bench.run('apply', '--yes')).code, 6)
      assert.is(bench.requests() - before, 0)
    }))

  test('does not hide what is wrong with the service', () =>
    withBench(seedOf(['one@a.example']), async (bench) => {
      const digest = await planned(bench)
      await bench.run('apply', '--yes')
      const run = JSON.parse((await bench.run('history', '--format', 'json')).out).changes[0].run_id
      await bench.post('/_faults', [{ kind: 'status', status: 503 }])
      for (const args of [
        ['apply', '--digest', digest],
        ['undo', run, '--digest', NEVER],
      ]) {
        const told = await bench.run(...args)
        assert.is(told.code, 6, args.join(' '))
        assert.match(told.out, /the service is in trouble \(HTTP 503\)/)
      }
    }))

  test('S10: and is not that of the first plan leaves a ledger, so that none is missed later', () =>
    withBench(seedOf(['one@a.example']), async (bench) => {
      await bench.config(CONFIG)
      assert.is((await bench.run('apply', '--digest', NEVER)).code, 3)
      assert.not.match((await bench.run('doctor')).out, /it is gone/)
    }))
})
