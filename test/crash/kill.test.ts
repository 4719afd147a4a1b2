// L5, S8, S9: kill -9 of the real process, exactly at every sync, rename, link, file that is written, lock, connection and request of the
// canonical run and of a decision; then the same command again.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Bench } from '../support/command.ts'
import { spec } from '../support/spec.ts'
import { APPLY, again, journalOf, recovered, withCanonical } from './canonical.ts'
import { killedEverywhere } from './everywhere.ts'

const HOLD = ['hold', '--all', '--until', '1d', '--reason', 'killed'] as const

const held = async (bench: Bench): Promise<ReadonlyArray<string>> => {
  const faults: Array<string> = []
  for (const command of [HOLD, ['verify-log']]) {
    const { code, out, err } = await bench.run(...command)
    if (code !== 0) faults.push(`${command[0]}: exit ${code}: ${out}${err}`)
  }
  const ledger: { readonly holds?: ReadonlyArray<{ readonly what: { readonly _tag: string } }> } = JSON.parse(
    await readFile(join(bench.dir, 'state/ledger.json'), 'utf8'),
  )
  if (ledger.holds?.length !== 1 || ledger.holds[0]?.what._tag !== 'All') faults.push(`holds: ${JSON.stringify(ledger.holds)}`)
  return [...faults, ...(await journalOf(bench)).faults, ...((await bench.log()).length === 0 ? [] : ['something was sent'])]
}

// Groups of their own, since each may take its time.
spec('kill -9 at every step', (test) => {
  test('L5 S8 S9: at every sync, rename, link, write, lock, connection and request the next run ends as if nothing had happened', async () => {
    await withCanonical(async (bench) => assert.equal(await recovered(bench), [], 'an undisturbed run ends as declared'))
    const { places, hit, problems } = await killedEverywhere({
      withBench: withCanonical,
      ready: again,
      command: () => APPLY,
      check: recovered,
    })
    assert.equal(problems, [])
    assert.ok(places >= 38 && hit >= places - 3, `${hit} of ${places} places were reached`)
  })
})

spec('kill -9 at every step of a decision', (test) => {
  test('L5 S9: a decision, which asks nothing of the service, is there once after the next try, and the journal fits', async () => {
    const { places, hit, problems } = await killedEverywhere({
      withBench: withCanonical,
      ready: again,
      command: () => HOLD,
      check: held,
    })
    assert.equal(problems, [])
    assert.ok(places >= 10 && hit >= places - 1, `${hit} of ${places} places were reached`)
  })
})
