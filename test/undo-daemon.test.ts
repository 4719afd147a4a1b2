// `undo RUN` while the daemon runs, and `undo` interrupted by kill -9: it goes through the daemon's one queue, its hold is on disk before the
// first write, and whatever happens between the two, the config does not set the undone values again.
import * as assert from 'uvu/assert'
import { type Bench, type Ended, until, withBench } from './support/command.ts'
import { newKey } from './support/fresh.ts'
import { spec } from './support/spec.ts'

const ONE = 'one@a.example'
const SEED = { account: { results: [{ username: ONE, description: 'old' }, { username: 'two@a.example' }] } }
const CONFIG = `users: [{ username: ${ONE}, description: new }]\n`

const descriptionOf = async (bench: Bench): Promise<unknown> =>
  (await bench.users()).find(({ username }) => username === ONE)?.description
const writes = async (bench: Bench) => (await bench.log()).filter(({ path }) => !path.endsWith('/view'))
const documentOf = async (bench: Bench, ...args: ReadonlyArray<string>) =>
  JSON.parse((await bench.run(...args, '--format', 'json')).out)
const edited = (bench: Bench, description: string): Promise<unknown> =>
  fetch(`${bench.url}/users/smtp/edit`, {
    method: 'PATCH',
    headers: { 'x-smtp2go-api-key': newKey() },
    body: JSON.stringify({ username: ONE, description }),
  })
const heldIn = ({ out }: Ended): ReadonlyArray<string> =>
  JSON.parse(out).scopes.flatMap(({ held }: { held: ReadonlyArray<{ reason: string }> }) => held.map(({ reason }) => reason))

/** A daemon that has made the config so, and the run in which it did. */
const running = async (bench: Bench): Promise<string> => {
  await bench.config(CONFIG)
  const daemon = bench.start('run')
  await until('the daemon has run', () => daemon.err().includes('run ended'))
  assert.is(await descriptionOf(bench), 'new')
  return (await documentOf(bench, 'history')).changes[0].run_id
}
const ran = async (bench: Bench): Promise<void> => {
  const runs = async (): Promise<number> => (await documentOf(bench, 'status')).completed
  const before = await runs()
  await bench.run('reconcile')
  await until('another run', async () => (await runs()) > before)
}

spec('undo while the daemon runs', (test) => {
  test('goes through the daemon; the next runs write nothing while its hold lasts, and enforce the config after release', () =>
    withBench(SEED, async (bench) => {
      const run = await running(bench)
      const undone = await bench.run('undo', run, '--yes', '--reason', 'the wrong file')
      assert.is(undone.code, 0, undone.err)
      assert.match(undone.out, /description {2}new → old/)
      assert.match(undone.out, new RegExp(`release .*--undo ${run}`))
      await ran(bench)
      assert.is(await descriptionOf(bench), 'old')
      assert.is((await writes(bench)).length, 2)
      const status = await documentOf(bench, 'status')
      assert.equal(
        status.holds.map(({ what, reason }: Record<string, unknown>) => [what, reason]),
        [[`--undo ${run}`, 'the wrong file']],
      )
      assert.equal(
        status.scopes[0].held.map(({ username, reason }: Record<string, unknown>) => [username, reason]),
        [[ONE, 'on_hold']],
      )
      const [change] = (await documentOf(bench, 'history')).changes.slice(-1)
      assert.is(change.trigger, `undo ${run}`)
      assert.is((await bench.run('release', '--undo', run)).code, 0)
      await until('the config is enforced again', async () => (await descriptionOf(bench)) === 'new')
    }))

  test('a terminal is shown the plan and asked; only yes is yes, and what is made is what was shown', () =>
    withBench(SEED, async (bench) => {
      const run = await running(bench)
      const asked = (answer: string, ...more: ReadonlyArray<string>) =>
        bench.runIn({ under: ['sh', '-c', `echo ${answer} | script -qec "$*" /dev/null`, 'sh'] }, 'undo', run, ...more)
      const no = await asked('no')
      assert.match(no.out, /description {2}.*new → old/)
      assert.match(no.out, /nothing was done/)
      assert.is(no.code, 3)
      assert.is((await writes(bench)).length, 1)
      const document = /^\{[\s\S]*^\}/m.exec((await asked('no', '--format', 'json')).out.replaceAll('\r', ''))?.[0] ?? ''
      const { format, outcome, problems } = JSON.parse(document)
      assert.equal([format, outcome, problems], ['smtp2go-reconciler/report@1', 'stopped', [{ message: 'nothing was done' }]])
      const yes = await asked('yes')
      assert.is(yes.code, 0, yes.out)
      assert.is(await descriptionOf(bench), 'old')
    }))

  test('a run that nobody knows, a wrong digest and a broken config are told as without a daemon, and nothing is sent', () =>
    withBench(SEED, async (bench) => {
      const run = await running(bench)
      const none = await bench.run('undo', '19990101T', '--yes')
      assert.is(none.code, 64)
      assert.match(none.err, /the journal tells of no run/)
      assert.is((await bench.run('undo', run, '--digest', `sha256:${'0'.repeat(64)}`)).code, 3)
      await bench.config('users: [\n')
      await until('the config is broken', async () => (await documentOf(bench, 'status')).config_broken)
      const frozen = await bench.run('undo', run, '--yes', '--format', 'json')
      assert.is(frozen.code, 3)
      assert.equal(heldIn(frozen), ['observe_mode'])
      assert.is((await writes(bench)).length, 1)
    }))
})

spec('an undo that is killed', (test) => {
  test('S9 L5: between its hold and the outcome of its write leaves the hold, and the next undo goes on', () =>
    withBench(SEED, async (bench) => {
      await bench.config(CONFIG)
      const run = (await documentOf(bench, 'apply', '--yes')).run_id
      await bench.post('/_faults', [{ kind: 'late_apply', ms: 600_000, method: 'PATCH' }])
      const undoing = bench.start('undo', run, '--yes')
      await until('it was sent', async () => (await writes(bench)).length === 2)
      undoing.child.kill('SIGKILL')
      await undoing.ended
      await bench.post('/_faults', [])
      await edited(bench, 'theirs')
      const held = await bench.run('apply', '--yes')
      assert.is(held.code, 3)
      assert.match(held.out, /on hold/)
      await edited(bench, 'new')
      const again = await bench.run('undo', run, '--yes')
      assert.is(again.code, 0, again.out)
      assert.is(await descriptionOf(bench), 'old')
    }))
})
