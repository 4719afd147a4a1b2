// How late turns are, measured while the program works and not while it rests.
import * as assert from 'uvu/assert'
import { lagMeter } from '../../src/adapters/lag.ts'
import { spec } from '../support/spec.ts'

const LONG_MS = 2000
/** Far from both, a turn of a busy machine and one that was held up. */
const SHORT_S = 1

const blockTheLoop = (): void => {
  for (const until = performance.now() + LONG_MS; performance.now() < until; );
}

const worst = async (meter: ReturnType<typeof lagMeter>): Promise<number> => new Map(await meter.take()).get('1') ?? Number.NaN

spec('lag', (test) => {
  test('a loop that is held up in a run is told, once', async () => {
    const meter = lagMeter()
    meter.begin()
    blockTheLoop()
    meter.end()
    assert.ok((await worst(meter)) > SHORT_S)
    assert.ok((await worst(meter)) < SHORT_S, 'the next scrape begins anew')
  })

  test('between runs nothing is measured but the turn in which somebody asks', async () => {
    const meter = lagMeter()
    meter.begin()
    meter.end()
    blockTheLoop()
    assert.ok((await worst(meter)) < SHORT_S)
  })

  test('quantiles are there before anything was measured', async () => {
    assert.equal(
      (await lagMeter().take()).map(([quantile, seconds]) => [quantile, seconds >= 0 && seconds < 60]),
      [
        ['0.5', true],
        ['0.99', true],
        ['1', true],
      ],
    )
  })
})
