// S9, S10: a disk that is full, broken, read-only or closed at each operation on state and journal, as the kernel says it. Nothing is
// written to the service without a durable intent; the message names the place, the fault and what to do; drift is still looked for.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, until } from '../support/command.ts'
import { spec } from '../support/spec.ts'
import { again, type Case, failing, faultsOf, journalOf, PASSWORDS, withCanonical } from './canonical.ts'
import { share } from './share.ts'

// Before the first request to write.
const BEFORE: ReadonlyArray<Case> = [
  ['state', 'mkdir', 'EACCES'],
  ['state', 'mkdir', 'EROFS'],
  ['state', 'mkdir', 'ENOSPC'],
  ['state/lock', 'openat', 'ENOSPC'],
  ['state/lock', 'openat', 'EROFS'],
  ['state/ledger.json', 'openat', 'EIO'],
  ['state/journal.jsonl', 'openat', 'EACCES'],
  ['state/journal.jsonl', 'openat', 'EROFS'],
  ['state/journal.jsonl', 'openat', 'EMFILE'],
  ['state/journal.jsonl', 'write', 'ENOSPC'],
  ['state/journal.jsonl', 'write', 'EIO'],
  ['state/journal.jsonl', 'fdatasync', 'EIO'],
  ['state/journal.jsonl', 'fdatasync', 'ENOSPC'],
  ['state/ledger.json.new', 'openat', 'ENOSPC'],
  ['state/ledger.json.new', 'openat', 'EROFS'],
  ['state/ledger.json.new', 'write', 'ENOSPC'],
  ['state/ledger.json.new', 'write', 'EIO'],
  ['state/ledger.json.new', 'fsync', 'EIO'],
  ['state/ledger.json.new', 'rename', 'EACCES'],
  ['state', 'fsync', 'EIO'],
]
// When the changes have been made.
const AFTER: ReadonlyArray<Case> = [
  ['state/journal.jsonl', 'write', 'ENOSPC', '2+'],
  ['state/journal.jsonl', 'fdatasync', 'EIO', '2+'],
  ['state/ledger.json.new', 'write', 'ENOSPC', '2+'],
  ['state/ledger.json.new', 'rename', 'EIO', '2+'],
]
const GENERATED: ReadonlyArray<Case> = [
  ['four.pw.new', 'openat', 'EROFS'],
  ['four.pw.new', 'write', 'ENOSPC'],
  ['four.pw.new', 'fsync', 'EIO'],
  ['four.pw.new', 'link', 'ENOSPC'],
]

const named = ([path, call, error]: Case): string => `${error} at ${call} of ${path}`

const writesIn = async (bench: Bench): Promise<ReadonlyArray<string>> =>
  (await bench.log()).filter(({ path }) => !path.endsWith('/view')).map(({ body }) => String(body.username))

const wordsFault = (err: string, one: Case): ReadonlyArray<string> => {
  const told =
    err.includes(one[2]) &&
    err.includes('state') &&
    /check|make room|choose|move it/.test(err) &&
    !/this is a bug|\n {4}at /.test(err)
  return told ? [] : [`${named(one)}: says only ${JSON.stringify(err.slice(-300))}`]
}

spec('a disk that fails', (test) => {
  test('S9: without a durable intent nothing is sent, and the message says what failed and what to do', async () => {
    const problems: Array<string> = []
    await share(BEFORE, 2, withCanonical, async (bench, one) => {
      await again(bench)
      const ended = await bench.runIn(failing(bench, one), 'apply', '--yes')
      if (ended.code !== 1) problems.push(`${named(one)}: exit ${ended.code}`)
      const written = await writesIn(bench)
      if (written.length > 0) problems.push(`${named(one)}: wrote to ${written.join(', ')}`)
      problems.push(...wordsFault(ended.err, one))
    })
    assert.equal(problems, [])
  })

  test('S9: where only the outcome cannot be recorded, the next run ends as an undisturbed one', async () => {
    const problems: Array<string> = []
    await share(AFTER, 2, withCanonical, async (bench, one) => {
      await again(bench)
      const ended = await bench.runIn(failing(bench, one), 'apply', '--yes')
      if (ended.code === 0) problems.push(`${named(one)}: exit 0`)
      problems.push(...wordsFault(ended.err, one))
      const next = await bench.runIn({ env: PASSWORDS }, 'apply', '--yes')
      if (next.code !== 0) problems.push(`${named(one)}: the next run ends with ${next.code}`)
      problems.push(...(await faultsOf(bench)).map((fault) => `${named(one)}: ${fault}`))
    })
    assert.equal(problems, [])
  })

  test('a generated password that cannot be stored is not sent, and all other users are served', async () => {
    const problems: Array<string> = []
    await share(GENERATED, 2, withCanonical, async (bench, one) => {
      await again(bench)
      const ended = await bench.runIn(failing(bench, one), 'apply', '--yes')
      const written = await writesIn(bench)
      if (ended.code !== 4 || written.includes('four@a.example') || written.length !== 6)
        problems.push(`${named(one)}: exit ${ended.code}, wrote to ${written.join(', ')}`)
      if (!/not sent, for \S*four\.pw: the generated secret cannot be stored/.test(ended.out))
        problems.push(`${named(one)}: is not told`)
      const next = await bench.runIn({ env: PASSWORDS }, 'apply', '--yes')
      if (next.code !== 0) problems.push(`${named(one)}: the next run ends with ${next.code}`)
      problems.push(...(await faultsOf(bench)).map((fault) => `${named(one)}: ${fault}`))
    })
    assert.equal(problems, [])
  })

  test('S9: the daemon of a full disk goes on looking, writes nothing, takes no decision, which is 1 and no refusal, and ends well', () =>
    withCanonical(async (bench) => {
      await bench.runIn({ env: PASSWORDS }, 'apply', '--yes')
      await again(bench)
      await bench.config('reconcile: { schedule: "* * * * * *" }\nusers: [{ username: one@a.example, description: new }]\n')
      const full = failing(bench, ['state/journal.jsonl', 'write', 'ENOSPC'])
      const words = ['hold', '--all', '--until', '1d', '--reason', 'audit']
      const alone = await bench.runIn(full, ...words)
      const daemon = bench.startIn(full, 'run')
      await until('three looks', async () => (await bench.log()).length >= 3)
      await until('the fault is told', () => /journal\.jsonl: the journal cannot be written \(ENOSPC\)/.test(daemon.err()))
      assert.equal(await writesIn(bench), [])
      const status = await bench.run('status', '--format', 'json')
      assert.is(JSON.parse(status.out).scopes[0]?.changes, 1, `the drift is shown: ${status.out}`)
      const doctor = await bench.run('doctor')
      assert.is(doctor.code, 1)
      assert.match(doctor.out, /^trouble {2}daemon: its last run came to no report: .*the journal cannot be written \(ENOSPC\)/m)
      for (const held of [alone, await bench.run(...words)]) {
        assert.is(held.code, 1, held.err)
        assert.match(held.err, /journal\.jsonl: the journal cannot be written \(ENOSPC\)/)
      }
      daemon.child.kill('SIGTERM')
      assert.is((await daemon.ended).code, 0)
      await rm(join(bench.dir, 'state'), { recursive: true })
    }))

  test('S9: a daemon that is started while the disk is full looks, too', () =>
    withCanonical(async (bench) => {
      await bench.runIn({ env: PASSWORDS }, 'apply', '--yes')
      await bench.config('users: []\n')
      const before = (await bench.log()).length
      const daemon = bench.startIn(failing(bench, ['state/lock', 'write', 'ENOSPC']), 'run')
      await until('a look', async () => (await bench.log()).length > before)
      daemon.child.kill('SIGTERM')
      assert.is((await daemon.ended).code, 0)
    }))

  test('a run that has nothing to write ends well where the journal cannot be told of it, which is said; the next one tells', () =>
    withCanonical(async (bench) => {
      await bench.runIn({ env: PASSWORDS }, 'apply', '--yes')
      const calm = { ...failing(bench, ['state/journal.jsonl', 'write', 'ENOSPC']), env: PASSWORDS }
      const ended = await bench.runIn(calm, 'apply', '--yes')
      assert.is(ended.code, 0, ended.err)
      assert.match(ended.err, /the journal was not told of a run: .*journal\.jsonl: the journal cannot be written \(ENOSPC\)/)
      assert.is((await bench.runIn({ env: PASSWORDS }, 'apply', '--yes')).code, 0)
      const { lines, faults } = await journalOf(bench)
      assert.equal(faults, [])
      assert.is(lines.filter(({ event }) => event === 'run').length, 2)
    }))
})

spec('what is told of a disk that fails', (test) => {
  const listed = 'reconcile: { schedule: null }\nusers: [{ username: one@a.example, description: new }]\n'

  test('a stop that could not be written down says first whom to block elsewhere, with a daemon and without one, and why it failed', () =>
    withCanonical(async (bench) => {
      await bench.runIn({ env: PASSWORDS }, 'apply', '--yes')
      await again(bench)
      await bench.config(listed)
      const full = failing(bench, ['state/journal.jsonl', 'write', 'ENOSPC'])
      const words = ['block', '--match', 'one@*', '--reason', 'phished', '--yes']
      const alone = await bench.runIn(full, ...words)
      const daemon = bench.startIn(full, 'run')
      await until('the fault is told', () => daemon.err().includes('(ENOSPC); the disk is full: make room'))
      for (const stop of [alone, await bench.run(...words)]) {
        assert.is(stop.code, 1)
        assert.match(
          stop.err,
          /^no stop was taken; whom to cut off now, block in the SMTP2GO app, until this is mended: .*journal\.jsonl: the journal cannot be written \(ENOSPC\); the disk is full: make room$/m,
        )
      }
      daemon.child.kill('SIGTERM')
      await daemon.ended
      await rm(join(bench.dir, 'state'), { recursive: true })
    }))

  test('a control socket that cannot be made where nothing can be written says that, and nothing of the length of its path', () =>
    withCanonical(async (bench) => {
      await bench.config(listed)
      for (const [error, why] of [
        ['EROFS', 'the file system is read-only (EROFS); choose another with --state-dir'],
        ['ENOSPC', 'the disk is full (ENOSPC); make room'],
        ['EACCES', 'check owner and mode of the folder, and that the path is under 108 characters'],
      ]) {
        // The sockets before it are those of the locks.
        const under = [
          'strace',
          '-D',
          '-f',
          '-qq',
          '-o',
          '/dev/null',
          '-e',
          'trace=bind',
          '-e',
          `inject=bind:error=${error}:when=4+`,
        ]
        const { code, err } = await bench.runIn({ env: PASSWORDS, under }, 'run')
        assert.is(code, 1, err)
        assert.match(err, `control.sock: the control socket cannot be opened here: ${why}`)
      }
    }))

  test('doctor looks for what keeps the embedded sandbox from being started in its place, not in the config', () =>
    withCanonical(async (bench) => {
      await writeFile(join(bench.dir, 'config.yaml'), 'version: 1\napi: { endpoint: sandbox }\nusers: []\n')
      const { code, out } = await bench.runIn(failing(bench, ['state/sandbox.lock/lock', 'openat', 'ENOSPC']), 'doctor')
      assert.is(code, 1)
      assert.match(
        out,
        /^trouble {2}service: .*sandbox\.lock: the lock cannot be taken: the disk is full \(ENOSPC\); make room\n +→ mend that and look again: the service was not asked$/m,
      )
    }))
})

spec('a log that cannot be written', (test) => {
  const FULL = ['sh', '-c', 'exec "$0" "$@" 2>/dev/full']
  for (const format of ['json', 'pretty']) {
    test(`cuts no apply off: its result, its outcomes in the journal, and its exit code are as always (${format})`, () =>
      withCanonical(async (bench) => {
        const ended = await bench.runIn({ env: PASSWORDS, under: FULL }, '--log-format', format, 'apply', '--yes')
        assert.is(ended.code, 0)
        assert.match(ended.out, /applied: 7 of 7 changes made/)
        assert.equal(await faultsOf(bench), [])
      }))

    test(`ends no daemon, which tells how many lines were lost as soon as it can (${format})`, () =>
      withCanonical(async (bench) => {
        const log = join(bench.dir, 'log')
        await bench.config('reconcile: { schedule: "* * * * * *" }\nusers: [{ username: one@a.example, description: new }]\n')
        await writeFile(log, '')
        // Within the first run the disk is full, and it has room again later.
        const full = failing(bench, ['log', 'write', 'ENOSPC', '2..4'])
        const under = [...(full.under ?? []), 'sh', '-c', 'exec "$0" "$@" 2>log']
        const daemon = bench.startIn({ ...full, under }, '--log-format', format, '--log-level', 'debug', 'run')
        const told = () => readFile(log, 'utf8')
        await until('what was lost is told', async () => /3 lines before this were lost/.test(await told()))
        await until('it runs on', async () => /in sync/.test((await bench.run('status')).out))
        daemon.child.kill('SIGTERM')
        assert.is((await daemon.ended).code, 0)
        const lines = (await told()).trimEnd().split('\n')
        assert.match(lines[1] ?? '', /3 lines before this were lost, since the log could not be written; check the space/)
        if (format === 'json') assert.is(lines.map((line) => JSON.parse(line))[1].lines, 3)
        await rm(log)
      }))
  }
})
