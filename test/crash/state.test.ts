// S6, S10: whatever becomes of the state directory, the program starts or refuses in clear words, and does less, never more. One writer.
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { clock } from '../../src/adapters/clock.ts'
import { ledgerFile } from '../../src/adapters/ledger-file.ts'
import { E } from '../../src/fp.ts'
import { type Bench, until, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'
import { journalOf, PASSWORDS, withCanonical } from './canonical.ts'
import { seeded } from './share.ts'

const env = PASSWORDS

/** A bench that has been applied to once; gives the ledger's text. */
const withHistory = (body: (bench: Bench, ledger: string) => Promise<void>): Promise<void> =>
  withCanonical(async (bench) => {
    assert.is((await bench.runIn({ env }, 'apply', '--yes')).code, 0)
    await body(bench, await readFile(join(bench.dir, 'state/ledger.json'), 'utf8'))
  })

const writes = async (bench: Bench): Promise<number> => (await bench.log()).filter(({ path }) => !path.endsWith('/view')).length

/** Runs the daemon until it has said what is looked for. */
const daemonSays = async (bench: Bench, what: RegExp): Promise<string> => {
  const daemon = bench.startIn({ env }, 'run')
  await until(String(what), () => what.test(daemon.err()))
  daemon.child.kill('SIGTERM')
  const ended = await daemon.ended
  assert.is(ended.code, 0, ended.err)
  return ended.err
}

type Loss = readonly [title: string, lose: (bench: Bench, ledger: string) => Promise<void>, says: RegExp]
const file = (bench: Bench): string => join(bench.dir, 'state/ledger.json')
const REFUSED: ReadonlyArray<Loss> = [
  ['empty', (bench) => truncate(file(bench), 0), /ledger\.json: the ledger is not JSON, it may have been cut off; move it away/],
  ['cut in half', (bench, text) => truncate(file(bench), Math.floor(text.length / 2)), /ledger\.json: the ledger is not JSON/],
  [
    'of another shape',
    (bench) => writeFile(file(bench), '{"format":1}'),
    /ledger\.json: the ledger is ill-formed at key; move it away/,
  ],
  [
    'of a newer version',
    (bench, text) => writeFile(file(bench), text.replace('"format":1', '"format":2')),
    /format 2, written by a newer version.*install the newer/,
  ],
  [
    'not text',
    (bench) => writeFile(file(bench), Buffer.from([0xff, 0xfe, 0x00])),
    /ledger\.json: the ledger is not text in UTF-8; move it away/,
  ],
]

spec('the state directory, damaged', (test) => {
  test('S10: a ledger that is empty, cut, of another shape or version, or no text is refused in words, and nothing is sent', () =>
    withHistory(async (bench, ledger) => {
      const before = (await bench.log()).length
      for (const [title, lose, says] of REFUSED) {
        await writeFile(file(bench), ledger)
        await lose(bench, ledger)
        const applied = await bench.runIn({ env }, 'apply', '--yes')
        assert.is(applied.code, 1, title)
        assert.match(applied.err, says)
      }
      await truncate(file(bench), 0)
      await daemonSays(bench, /ledger\.json: the ledger is not JSON/)
      assert.is((await bench.log()).length, before)
    }))

  test('S10: where a ledger is gone the daemon sends nothing for 60 s and says so; a person need not wait', () =>
    withHistory(async (bench) => {
      await rm(file(bench))
      const before = (await bench.log()).length
      const told = await daemonSays(bench, /the ledger of this state directory is gone/)
      assert.match(told, /\((60|5\d) s\)/)
      assert.is((await bench.log()).length, before)
      // The pause is kept, so that a restart does not shorten it.
      const again = await daemonSays(bench, /the ledger of this state directory is gone/)
      const moment = /first request at (\S+)/
      assert.is(moment.exec(again)?.[1], moment.exec(told)?.[1])
      assert.is((await bench.log()).length, before)
      assert.is((await bench.runIn({ env }, 'apply', '--yes')).code, 0)
      assert.is((await bench.log()).length, before + 2, 'one look a scope: all is as declared')
    }))

  test('S10: an empty state directory that somebody made does not make the daemon wait', () =>
    withBench({ account: { results: [{ username: 'one@a.example' }] } }, async (bench) => {
      await mkdir(join(bench.dir, 'state'), { mode: 0o700 })
      await bench.config('users: [{ username: one@a.example, description: new }]\n')
      await daemonSays(bench, /run ended/)
      assert.is(await writes(bench), 1)
    }))

  test('S10: without its journal it goes on, and begins a new one; a torn line is cut off and told', () =>
    withHistory(async (bench) => {
      const journal = join(bench.dir, 'state/journal.jsonl')
      const rewrite = (description: string) => bench.config(`users: [{ username: one@a.example, description: ${description} }]\n`)
      const whole = await readFile(journal)
      await truncate(journal, whole.length - 9)
      await rewrite('second')
      assert.is((await bench.run('apply', '--yes')).code, 0)
      assert.match(await readFile(journal, 'utf8'), /"event":"torn"/)
      await rm(journal)
      await rewrite('third')
      assert.is((await bench.run('apply', '--yes')).code, 0)
      assert.equal((await journalOf(bench)).faults, [])
      await writeFile(journal, 'nonsense\n')
      await rewrite('fourth')
      const before = await writes(bench)
      const refused = await bench.run('apply', '--yes')
      assert.is(refused.code, 1)
      assert.match(refused.err, /journal\.jsonl: the last line of the journal is not one of ours; move the file away/)
      assert.is(await writes(bench), before)
    }))

  test('S10: no cut of a ledger, and no flipped bit, is taken for a memory with another shape', () =>
    withHistory(async (bench, text) => {
      const dir = join(bench.dir, 'cut')
      await mkdir(dir)
      const ledgers = ledgerFile({ dir, newKey: () => 'fresh', clock: clock() })
      const problems: Array<string> = []
      const whole = Buffer.from(text)
      for (let length = 0; length < whole.length; length += 1) {
        await writeFile(join(dir, 'ledger.json'), whole.subarray(0, length))
        const read = await ledgers.read()()
        if (E.isRight(read) || read.left._tag !== 'StateUnusable')
          problems.push(`the first ${length} bytes are taken for a ledger`)
      }
      const random = seeded(7)
      let accepted = 0
      for (let flip = 0; flip < 1000; flip += 1) {
        const flipped = Buffer.from(whole)
        const at = Math.floor(random() * flipped.length)
        flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(random() * 8))
        await writeFile(join(dir, 'ledger.json'), flipped)
        const read = await ledgers.read()()
        if (E.isRight(read)) accepted += 1
      }
      assert.equal(problems, [])
      assert.ok(accepted < 1000, 'some flips are seen')
      await rm(dir, { recursive: true })
    }))
})

spec('one writer', (test) => {
  test('S6: a second run or apply on the state directory, or with the key, is refused with the pid; kill -9 frees both', () =>
    withCanonical(async (bench) => {
      const other = join(bench.dir, 'other')
      const daemon = bench.startIn({ env }, 'run')
      await until('the first run', () => daemon.err().includes('run ended'))
      const before = await writes(bench)
      for (const [state, command] of [
        [undefined, 'apply'],
        [undefined, 'run'],
        [other, 'apply'],
        [other, 'run'],
      ] as const) {
        const args = command === 'apply' ? ['apply', '--yes'] : ['run']
        const refused = await bench.runIn({ env, ...(state === undefined ? {} : { state }) }, ...args)
        assert.is(refused.code, 3, `${command} ${state ?? ''}: ${refused.err}`)
        assert.match(
          refused.err,
          new RegExp(`^pid ${daemon.child.pid} \\(smtp2go-reconciler run\\) uses this (state directory|API key)`),
        )
        assert.match(refused.err, /smtp2go-reconciler (status|reconcile)/)
      }
      assert.is(await writes(bench), before, 'who is refused writes nothing')
      const ledger = await readFile(file(bench), 'utf8')
      daemon.child.kill('SIGKILL')
      await daemon.ended
      assert.is(await readFile(file(bench), 'utf8'), ledger)
      assert.is((await bench.runIn({ env }, 'apply', '--yes')).code, 0)
    }))
})
