// S9, S4: what could not be written down was not sent, and nothing may go on saying that it was: neither the ledger, by which caps are counted
// and blocks are ours, nor the journal. The built command on a journal that is away for a while, as where root made it.
import { mkdir, rename, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { type Bench, type LoggedRequest, until, withBench } from '../support/command.ts'
import { newKey, newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'
import { failing, spentOf } from './canonical.ts'

const [ONE, TWO, THREE, NEW, STRAY] = ['one@a.example', 'two@a.example', 'three@a.example', 'new@a.example', 'stray@a.example']

const named = (...names: ReadonlyArray<string>) => ({ account: { results: names.map((username) => ({ username })) } })

/** A colleague with a key of their own. */
const colleague = async (bench: Bench, path: 'add' | 'edit' | 'remove', body: object): Promise<void> => {
  const answer = await fetch(`${bench.url}/users/smtp/${path}`, {
    method: path === 'edit' ? 'PATCH' : 'POST',
    headers: { 'x-smtp2go-api-key': newKey() },
    body: JSON.stringify(body),
  })
  assert.ok(answer.ok, await answer.text())
}

const writesIn = (log: ReadonlyArray<LoggedRequest>) => log.filter(({ path }) => /\/(add|edit|remove)$/.test(path))

/** An `apply` that fails, since nothing can be written to the journal. */
const applyWithoutJournal = async (bench: Bench, env: Readonly<Record<string, string>> = {}): Promise<void> => {
  const [at, kept] = [join(bench.dir, 'state/journal.jsonl'), join(bench.dir, 'kept')]
  await rename(at, kept)
  await mkdir(at)
  await fetch(new URL('/_log', bench.url), { method: 'DELETE' })
  assert.is((await bench.runIn({ env }, 'apply', '--yes')).code, 1)
  assert.equal(writesIn(await bench.log()), [], 'nothing has left')
  await rmdir(at)
  await rename(kept, at)
}

const passwordOf = async (bench: Bench, name: string) =>
  (await bench.users()).find(({ username }) => username === name)?.email_password_sha256

spec('while the journal cannot be written', (test) => {
  test('nobody is blocked by us, so who was blocked by others then is not removed', () =>
    withBench(named(ONE, TWO, THREE, STRAY), async (bench) => {
      const list = (unlisted: string) =>
        `policy: { unlisted: ${unlisted}, grace: 1s }\nsafety: { max_blocks: 3, max_removes: 3 }\nusers: [{ username: ${ONE} }, { username: ${TWO} }, { username: ${THREE} }]\n...\n`
      await bench.config(list('report'))
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await bench.config(list('remove'))
      await applyWithoutJournal(bench)
      await colleague(bench, 'edit', { username: STRAY, status: 'blocked' })
      for (const _ of [1, 2, 3]) {
        await bench.run('apply', '--yes')
        await wait(1200)
      }
      const left = (await bench.users()).map(({ username }) => username)
      assert.ok(left.includes(STRAY), `there are ${left.join(', ')}`)
    }))

  test('S4: nobody is made by us, so the password of who was made by others then counts', () =>
    withBench(named(ONE, TWO), async (bench) => {
      const env = { PW: newPassword() }
      const list = `safety: { max_password_changes: 0 }\nusers:\n  - { username: ${ONE} }\n  - { username: ${TWO} }\n`
      await bench.config(list)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await bench.config(`${list}  - { username: ${NEW}, email_password: { env: PW } }\n`)
      await applyWithoutJournal(bench, env)
      await colleague(bench, 'add', { username: NEW, email_password: newPassword() })
      const before = await passwordOf(bench, NEW)
      const { out } = await bench.runIn({ env }, 'apply', '--yes')
      assert.is(await passwordOf(bench, NEW), before, out)
    }))

  test('S4: a block that never left uses up no cap', () =>
    withBench(named(ONE, TWO, THREE), async (bench) => {
      const list = (one: string, two: string) =>
        `safety: { max_blocks: 1 }\nusers:\n  - { username: ${ONE}, status: ${one} }\n  - { username: ${TWO}, status: ${two} }\n  - { username: ${THREE} }\n`
      await bench.config(list('allowed', 'allowed'))
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await bench.config(list('blocked', 'allowed'))
      await applyWithoutJournal(bench)
      await bench.config(list('allowed', 'blocked'))
      const done = await bench.run('apply', '--yes')
      assert.is(done.code, 0, done.out)
    }))

  test('what a colleague changed stays drift, also when it is put back later, and in the evidence', () =>
    withBench({ account: { results: [{ username: ONE, description: 'ours' }] } }, async (bench) => {
      await bench.config(`users: [{ username: ${ONE}, description: ours }]\n`)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await colleague(bench, 'edit', { username: ONE, description: 'theirs' })
      await applyWithoutJournal(bench)
      const done = await bench.run('apply', '--yes')
      assert.is(done.code, 0)
      const { drift } = JSON.parse((await bench.run('report', '--since', '1h', '--format', 'json')).out)
      assert.is(drift.length, 1, done.out)
    }))
})

spec('while the journal cannot be written, or a cap is full', (test) => {
  const listed = `users: [{ username: ${ONE} }, { username: ${TWO} }, { username: ${THREE}, description: x }]\n`
  const driftIn = async (bench: Bench): Promise<ReadonlyArray<string>> =>
    JSON.parse((await bench.run('report', '--since', '1h', '--format', 'json')).out).drift.map(({ how }: { how: string }) => how)

  test('a user that a colleague removed is drift in the evidence, also when it is put back later', () =>
    withBench(named(ONE, TWO, THREE), async (bench) => {
      await bench.config(listed)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await colleague(bench, 'remove', { username: THREE })
      await applyWithoutJournal(bench)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      assert.equal(await driftIn(bench), ['repaired'])
    }))

  test('it is not over in the evidence while that user is missing', () =>
    withBench(named(ONE, TWO, THREE), async (bench) => {
      await bench.config(`safety: { max_creates: 0 }\n${listed}`)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await colleague(bench, 'remove', { username: THREE })
      for (let time = 1; time <= 2; time += 1) {
        assert.is((await bench.run('apply', '--yes')).code, 3)
        assert.equal(await driftIn(bench), ['open'])
      }
    }))
})

spec('while the ledger alone cannot be written', (test) => {
  test('S9: nothing is sent, and the journal tells that what it was told of was not attempted', () =>
    withBench(named(ONE, TWO), async (bench) => {
      const list = (text: string) => `users: [{ username: ${ONE}${text} }, { username: ${TWO} }]\n`
      await bench.config(list(''))
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await bench.config(list(', description: new'))
      const inTheWay = join(bench.dir, 'state/ledger.json.new')
      await mkdir(inTheWay)
      await fetch(new URL('/_log', bench.url), { method: 'DELETE' })
      assert.is((await bench.run('apply', '--yes')).code, 1)
      assert.equal(writesIn(await bench.log()), [])
      const [change] = JSON.parse((await bench.run('history', '--format', 'json')).out).changes
      assert.is(change.outcome, 'not_attempted')
      assert.match(
        change.error,
        /^nothing was sent, since that could not be written down: .*ledger\.json: the ledger cannot be written/,
      )
      await rmdir(inTheWay)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      assert.is((await bench.users()).find(({ username }) => username === ONE)?.description, 'new')
    }))

  test('S4: nor does a ledger that stands there, and could not be made durable, say that anything was sent', () =>
    withBench(named(ONE, TWO, THREE), async (bench) => {
      const list = (status: string) => `users: [{ username: ${ONE}${status} }, { username: ${TWO} }, { username: ${THREE} }]\n`
      await bench.config(list(''))
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await bench.config(list(', status: blocked'))
      assert.is((await bench.runIn(failing(bench, ['state', 'fsync', 'EIO']), 'apply', '--yes')).code, 1)
      assert.equal(await spentOf(bench), [])
    }))

  test('a hold is not taken, a release neither, and the evidence tells so', () =>
    withBench(named(ONE, TWO), async (bench) => {
      const inTheWay = join(bench.dir, 'state/ledger.json.new')
      const hold = (until: string) => bench.run('hold', '--all', '--until', until, '--reason', 'moving')
      const holds = async (): Promise<ReadonlyArray<string | null>> =>
        JSON.parse((await bench.run('report', '--since', '1h', '--format', 'json')).out).holds.map(
          ({ until }: { readonly until: string | null }) => until === null,
        )
      await bench.config(`users: [{ username: ${ONE} }, { username: ${TWO} }]\n`)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await mkdir(inTheWay)
      assert.is((await hold('1d')).code, 1)
      assert.equal(await holds(), [false], 'it ended at once')
      await rmdir(inTheWay)
      assert.is((await hold('2d')).code, 0)
      assert.equal(await holds(), [false, true])
      await mkdir(inTheWay)
      assert.is((await bench.run('release', '--all')).code, 1)
      assert.equal(await holds(), [false, false, true], 'it stands as before')
      const { decisions } = JSON.parse((await bench.run('history', '--format', 'json')).out)
      assert.equal(decisions.map(({ what }: { readonly what: string }) => what.replace(/ until .*/, '')).toSorted(), [
        'as before: hold --all',
        'hold --all',
        'hold --all',
        'not taken: hold --all',
        'not taken: release --all',
        'release --all',
      ])
    }))
})

spec('where the journal cannot be told how changes ended', (test) => {
  test('S4 S11: the ledger knows it all the same: the key rests, and what was not attempted uses up no cap', () =>
    withBench(named(ONE, TWO, THREE), async (bench) => {
      const list = (status: string) =>
        `safety: { max_blocks: 3 }\nusers: [{ username: ${ONE}${status} }, { username: ${TWO}${status} }, { username: ${THREE}${status} }]\n`
      await bench.config(list(''), 'pace: off, concurrency: 1')
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await bench.config(list(', status: blocked'), 'pace: off, concurrency: 1')
      await bench.post('/_faults', [{ kind: 'status', status: 429, endpoint: '/users/smtp/edit' }])
      assert.is((await bench.runIn(failing(bench, ['state/journal.jsonl', 'write', 'ENOSPC', '2+']), 'apply', '--yes')).code, 1)
      assert.equal(await spentOf(bench), [`max_blocks ${ONE}`])
      await fetch(new URL('/_log', bench.url), { method: 'DELETE' })
      const next = await bench.run('apply', '--yes')
      assert.match(next.out, /the service throttled this key; no request before/)
      assert.equal(await bench.log(), [])
    }))

  test('it is told with the next lines', () =>
    withBench(named(ONE, TWO), async (bench) => {
      const list = (text: string) =>
        `reconcile: { schedule: "* * * * * *" }\nusers: [{ username: ${ONE}${text} }, { username: ${TWO} }]\n`
      await bench.config(list(''))
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await bench.config(list(', description: new'))
      const daemon = bench.startIn(failing(bench, ['state/journal.jsonl', 'write', 'ENOSPC', '2..4']), 'run')
      await until('the run is over', () => /journal\.jsonl: the journal cannot be written/.test(daemon.err()))
      const outcome = async (): Promise<unknown> =>
        JSON.parse((await bench.run('history', '--format', 'json')).out).changes[0]?.outcome
      await until('it is told', async () => (await outcome()) === 'verified')
      daemon.child.kill('SIGTERM')
      await daemon.ended
      assert.is((await bench.run('verify-log')).code, 0)
    }))
})
