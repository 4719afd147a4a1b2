// S10: what people have put on hold or stopped outlives the ledger that remembers it, since the journal was told of it first.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const ONE = 'one@a.example'
const configured = (bench: Bench, description: string): Promise<void> =>
  bench.config(`users: [{ username: ${ONE}, status: allowed, description: ${description} }]\n...\n`)
const ledger = (bench: Bench): string => join(bench.dir, 'state/ledger.json')

const DECIDED: Readonly<Record<string, (run: string) => ReadonlyArray<string>>> = {
  'a hold': () => ['hold', '--user', 'one@*', '--until', '2d', '--reason', 'x'],
  'an emergency stop': () => ['block', '--match', 'one@*', '--yes', '--reason', 'x'],
  'an undo': (run) => ['undo', run, '--yes', '--reason', 'x'],
}
const LOST: Readonly<Record<string, (bench: Bench, older: string) => Promise<void>>> = {
  'is gone': (bench) => rm(ledger(bench)),
  'was put back': (bench, older) => writeFile(ledger(bench), older),
}

spec('a decision of a person', (test) => {
  for (const [what, decided] of Object.entries(DECIDED))
    for (const [how, lose] of Object.entries(LOST))
      test(`S10: ${what} counts on where the ledger ${how}, and ends with its release`, () =>
        withBench({ account: { results: [{ username: ONE, description: 'old' }] } }, async (bench) => {
          await configured(bench, 'first')
          assert.is((await bench.run('apply', '--yes')).code, 0)
          const older = await readFile(ledger(bench), 'utf8')
          const [{ run_id: run }] = JSON.parse((await bench.run('history', '--format', 'json')).out).changes
          // One that was ended before is not to come back.
          for (const args of [['hold', '--all', '--until', '1d', '--reason', 'x'], ['release', '--all'], decided(run)]) {
            const { code, err } = await bench.run(...args)
            assert.is(code, 0, err)
          }
          await lose(bench, older)
          await configured(bench, 'second')
          const { sent } = await sentBy(bench, 'apply', '--yes')
          assert.equal(sent, [], 'nothing leaves')
          const held = await bench.run('apply', '--yes')
          assert.is(held.code, 3, held.out)
          await lose(bench, older)
          assert.is((await bench.run('release', '--every')).code, 0)
          assert.is((await bench.run('apply', '--yes')).code, 0)
          assert.match((await bench.run('export')).out, /description: second/)
        }))

  test('S10: which of them come back is told', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await bench.config('users: []\n')
      for (const pattern of ['one@*', 'two@*'])
        assert.is((await bench.run('hold', '--user', pattern, '--until', '1d', '--reason', 'x')).code, 0)
      await rm(ledger(bench))
      const { err } = await bench.run('plan')
      assert.match(err, /this ledger is gone; what the journal tells is held and stopped again: --user 'one@\*', --user 'two@\*'/)
    }))
})

/** What a command sends that changes something. */
const sentBy = async (bench: Bench, ...args: ReadonlyArray<string>) => {
  const before = (await bench.log()).length
  await bench.run(...args)
  return { sent: (await bench.log()).slice(before).filter(({ path }) => !path.endsWith('/view')) }
}
