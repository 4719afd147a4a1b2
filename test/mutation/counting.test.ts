// The counting of changes that no test notices takes too long for a push; that it can be done does not.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import * as assert from 'uvu/assert'
import { spec } from '../support/spec.ts'

const MAIN = join(import.meta.dirname, 'main.ts')

spec('the small changes that some test notices', (test) => {
  test('are counted in both rooms, all tests green without them', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', MAIN, 'domain/plan/held.ts', 'config/place.ts'],
      {
        encoding: 'utf8',
        env: { ...process.env, WORKERS: '1' },
      },
    )
    assert.is(status, 0, `${stdout}${stderr}`.slice(-2000))
    const scores = [...stdout.matchAll(/^All files +\| +(\d+)/gm)].map(([, percent]) => Number(percent))
    assert.is(scores.length, 2)
    assert.ok(
      scores.every((percent) => percent > 0),
      stdout.slice(-2000),
    )
  })
})
