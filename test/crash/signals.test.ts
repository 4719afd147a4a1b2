// S16: SIGTERM at any instant of the daemon's life. What is in flight is awaited and recorded, nothing is half-written, exit 0 in time.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { until, withBench } from '../support/command.ts'
import { withReceiver } from '../support/receiver.ts'
import { spec } from '../support/spec.ts'
import { again, journalOf, PASSWORDS, withCanonical } from './canonical.ts'
import { seeded, share } from './share.ts'

const env = PASSWORDS
const INSTANTS = 30
const WITHIN_MS = 10_000

const SIGTERM = 15n
/** Whether a process has begun to listen to SIGTERM, and so runs our lines. */
const hasBegun = async (pid: number | undefined): Promise<boolean> => {
  const [, caught = '0'] = /^SigCgt:\s+([0-9a-f]+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return ((BigInt(`0x${caught}`) >> (SIGTERM - 1n)) & 1n) === 1n
}

/** How long a daemon takes to be gone after a signal, in milliseconds; what it wrote is searched after that. */
const endedBy = async ({ child }: { readonly child: ChildProcess }, signal: NodeJS.Signals): Promise<number> => {
  const [asked, gone] = [performance.now(), once(child, 'exit')]
  child.kill(signal)
  await gone
  return performance.now() - asked
}

const ledgerIsWhole = async (dir: string): Promise<boolean> => {
  const text = await readFile(join(dir, 'state/ledger.json'), 'utf8').catch(() => '{}')
  return typeof JSON.parse(text) === 'object'
}

spec('SIGTERM', (test) => {
  test('S16: at seeded random instants the daemon ends with 0 and leaves nothing half-written', async () => {
    const seed = Number(process.env.RECONCILER_SEED ?? Date.now() % 1_000_000)
    process.stdout.write(`RECONCILER_SEED=${seed}\n`)
    const random = seeded(seed)
    const problems: Array<string> = []
    await share(Array.from({ length: INSTANTS }, random), 2, withCanonical, async (bench, instant) => {
      await again(bench)
      const started = performance.now()
      const daemon = bench.startIn({ env }, 'run')
      let ended = false
      void daemon.ended.then(() => {
        ended = true
      })
      // Half of the instants lie before the first request, half after it, whatever the machine is busy with.
      if (instant > 0.5) await until('a request', async () => (await bench.log()).length > 0)
      await new Promise((next) => setTimeout(next, (instant % 0.5) * 1200))
      const asked = performance.now()
      daemon.child.kill('SIGTERM')
      const { code, signal, err } = await daemon.ended
      const where = `seed ${seed}, instant ${instant}, ${Math.round(asked - started)} ms after the start`
      // Before Node has run a line of ours the signal ends it by itself.
      const unborn = signal === 'SIGTERM' && err === '' && (await bench.log()).length === 0
      if (code !== 0 && !unborn) problems.push(`${where}: exit ${code} ${signal} ${err.slice(-300)}`)
      if (performance.now() - asked > WITHIN_MS || !ended) problems.push(`${where}: took ${performance.now() - asked} ms`)
      const { faults } = await journalOf(bench)
      problems.push(...faults.map((fault) => `${where}: ${fault}`))
      if (!(await ledgerIsWhole(bench.dir))) problems.push(`${where}: the ledger is not whole`)
    })
    assert.equal(problems, [])
  })

  test('S16: a write in flight is awaited and its outcome recorded; no new one starts, nor one that waits for its turn', () =>
    withBench(
      {
        account: { results: ['a', 'b', 'c'].map((name) => ({ username: `user-${name}@a.example` })) },
        subaccounts: { S1: { results: [{ username: 'waits@a.example' }] } },
      },
      async (bench) => {
        const users = ['a', 'b', 'c'].map((name) => `{ username: user-${name}@a.example, description: new }`).join(', ')
        const waiting = 'subaccounts: [{ id: S1, users: [{ username: waits@a.example, description: new }] }]'
        await bench.config(`users: [${users}]\n${waiting}\n`, 'pace: off, concurrency: 1')
        await bench.post('/_faults', [{ kind: 'hang_after', ms: 3000, method: 'PATCH', nth: 1 }])
        const daemon = bench.start('run')
        await until('a write', async () => (await bench.log()).some(({ method }) => method === 'PATCH'))
        daemon.child.kill('SIGTERM')
        const { code, err } = await daemon.ended
        assert.is(code, 0)
        assert.match(err.trimEnd().split('\n').at(-1) ?? '', /the daemon has ended as it was asked to; nothing is under way/)
        const writes = (await bench.log()).filter(({ path }) => !path.endsWith('/view'))
        assert.equal(
          writes.map(({ body }) => body.username),
          ['user-a@a.example'],
        )
        const { lines, faults } = await journalOf(bench)
        assert.equal(faults, [])
        const outcomes = lines.filter(({ event }) => event === 'outcome')
        assert.ok(
          outcomes.some((line) => line.username === 'user-a@a.example' && 'outcome' in line && line.outcome !== 'unknown'),
        )
        assert.is((await bench.run('apply', '--yes')).code, 0)
        assert.ok((await bench.users()).every(({ description }) => description === 'new'))
      },
    ))

  test('S16: a write that hangs longer than 8 s is journalled as unknown, exit 0 within 10 s', () =>
    withBench({ account: { results: [{ username: 'one@a.example' }] } }, async (bench) => {
      await bench.config('users: [{ username: one@a.example, description: new }]\n')
      await bench.post('/_faults', [{ kind: 'hang_after', ms: 20_000, method: 'PATCH' }])
      const daemon = bench.start('run')
      await until('a write', async () => (await bench.log()).some(({ method }) => method === 'PATCH'))
      const took = await endedBy(daemon, 'SIGTERM')
      assert.is((await daemon.ended).code, 0)
      assert.ok(took < WITHIN_MS, `took ${took} ms`)
      const { lines } = await journalOf(bench)
      assert.ok(lines.some((line) => line.event === 'outcome' && 'outcome' in line && line.outcome === 'unknown'))
    }))
})

spec('a daemon that is ending', (test) => {
  test('S16: has ended within 10 s also where the write in flight and a webhook both hang', () =>
    withReceiver((receiver) =>
      withBench(
        { account: { results: [{ username: 'one@a.example' }] } },
        async (bench) => {
          receiver.answers(0, 0, 0)
          await bench.config('notify: [{ webhook: { env: HOOK_URL } }]\nusers: [{ username: one@a.example, description: new }]\n')
          await bench.post('/_faults', [{ kind: 'hang_after', ms: 20_000, method: 'PATCH' }])
          const daemon = bench.start('run')
          await until('a write', async () => (await bench.log()).some(({ method }) => method === 'PATCH'))
          const took = await endedBy(daemon, 'SIGTERM')
          assert.is((await daemon.ended).code, 0)
          assert.ok(took < WITHIN_MS, `took ${took} ms`)
          assert.is(receiver.bodies().length, 1)
        },
        {},
        { HOOK_URL: receiver.url },
      ),
    ))

  test('says to who asks for a run that there will be none', () =>
    withBench({ account: { results: [{ username: 'one@a.example' }] } }, async (bench) => {
      await bench.config('reconcile: { schedule: null }\nusers: [{ username: one@a.example, description: new }]\n')
      await bench.post('/_faults', [{ kind: 'hang_after', ms: 7000, method: 'PATCH' }])
      const daemon = bench.start('run')
      await until('a write', async () => (await bench.log()).some(({ method }) => method === 'PATCH'))
      daemon.child.kill('SIGTERM')
      await new Promise((next) => setTimeout(next, 100))
      const { code, err } = await bench.run('reconcile')
      assert.is(err, 'this daemon is ending and makes no run any more; the next one begins with a run\n')
      assert.is(code, 3)
      await daemon.ended
    }))
})

spec('SIGHUP', (test) => {
  test('S16: of a terminal that is closed in the middle of an apply awaits the write in flight, and the report is printed', () =>
    withBench({ account: { results: ['a', 'b'].map((name) => ({ username: `user-${name}@a.example` })) } }, async (bench) => {
      const users = ['a', 'b'].map((name) => `{ username: user-${name}@a.example, description: new }`)
      await bench.config(`users: [${users.join(', ')}]\n`, 'pace: off, concurrency: 1')
      await bench.post('/_faults', [{ kind: 'hang_after', ms: 3000, method: 'PATCH', nth: 1 }])
      const applying = bench.start('apply', '--yes', '--format', 'json')
      await until('a write', async () => (await bench.log()).some(({ method }) => method === 'PATCH'))
      applying.child.kill('SIGHUP')
      const { out, signal } = await applying.ended
      assert.is(signal, null)
      assert.is(JSON.parse(out).format, 'smtp2go-reconciler/report@1')
      assert.is((await bench.log()).filter(({ method }) => method === 'PATCH').length, 1)
      const { lines } = await journalOf(bench)
      assert.ok(lines.some((line) => line.event === 'outcome' && 'outcome' in line && line.outcome !== 'unknown'))
    }))

  test('does not end a daemon that is still reading its config', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      const text = 'reconcile: { schedule: null, on_change: false }\nusers: []\n'
      const save = () => bench.config(text)
      await save()
      // What is being saved is not taken yet: so often that a save that comes late is still one within the time of quiet.
      const saving = setInterval(save, 20)
      let daemon = bench.start('run')
      const isStillReading = async (): Promise<boolean> => {
        await until('it has begun', () => hasBegun(daemon.child.pid))
        await new Promise((next) => setTimeout(next, 500))
        return !daemon.err().includes('run ended')
      }
      try {
        // On a machine that stands still a save may come so late that the one before it was taken.
        for (let tries = 1; !(await isStillReading()); tries += 1) {
          assert.ok(tries < 5, 'it never was still reading')
          daemon.child.kill('SIGTERM')
          await daemon.ended
          daemon = bench.start('run')
        }
        daemon.child.kill('SIGHUP')
        await new Promise((next) => setTimeout(next, 500))
      } finally {
        clearInterval(saving)
      }
      await until('it ran, or is gone', () => daemon.child.signalCode !== null || daemon.err().includes('run ended'))
      assert.is(daemon.child.signalCode, null)
    }))

  test('S16: after SIGTERM it does not cut off the write in flight, as where a terminal is closed after ^C', () =>
    withBench({ account: { results: [{ username: 'one@a.example' }] } }, async (bench) => {
      await bench.config('users: [{ username: one@a.example, description: new }]\n')
      await bench.post('/_faults', [{ kind: 'hang_after', ms: 2000, method: 'PATCH', nth: 1 }])
      const daemon = bench.start('run')
      await until('a write', async () => (await bench.log()).some(({ method }) => method === 'PATCH'))
      daemon.child.kill('SIGTERM')
      await new Promise((next) => setTimeout(next, 300))
      daemon.child.kill('SIGHUP')
      const { code, signal } = await daemon.ended
      assert.equal([code, signal], [0, null])
    }))
})
