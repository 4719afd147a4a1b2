// Schedules: what fires when, and what is wrong with an expression before it is ever used.
import * as assert from 'uvu/assert'
import { checkSchedule, cronTrigger, nextRun, shortestGapMs } from '../../src/adapters/cron.ts'
import { spec } from '../support/spec.ts'

const faults: ReadonlyArray<readonly [expression: string, timezone: string, says: string | undefined]> = [
  ['*/15 * * * *', 'UTC', undefined],
  ['0 3 * * 1-5', 'Europe/Oslo', undefined],
  ['* * * * * *', 'UTC', undefined],
  ['0 0 29 2 *', 'UTC', undefined],
  ['0 0 30 2 *', 'UTC', 'never fires'],
  ['61 * * * *', 'UTC', 'no cron expression'],
  ['* * *', 'UTC', 'no cron expression'],
  ['* * * * * * *', 'UTC', 'no cron expression'],
  ['', 'UTC', 'no cron expression'],
  ['@daily', 'UTC', 'no cron expression'],
  [' 0  3 * * * ', 'UTC', undefined],
  ['@every 5m', 'UTC', 'no cron expression'],
  ['0 0 * * *', 'Mars/Olympus', "'Mars/Olympus' is no time zone"],
  ['0 0 * * *', '', "'' is no time zone"],
]

const nexts: ReadonlyArray<readonly [expression: string, timezone: string, now: string, next: string | undefined]> = [
  ['*/15 * * * *', 'UTC', '2026-11-23T09:00:00.500Z', '2026-11-23T09:15:00.000Z'],
  ['30 2 * * *', 'Europe/Oslo', '2027-03-27T12:00:00Z', '2027-03-28T01:00:00.000Z'],
  ['0 3 * * *', 'America/New_York', '2026-11-23T09:00:00Z', '2026-11-24T08:00:00.000Z'],
  ['0 0 30 2 *', 'UTC', '2026-11-23T09:00:00Z', undefined],
  ['@daily', 'UTC', '2026-11-23T09:00:00Z', undefined],
]

const gaps: ReadonlyArray<readonly [expression: string, ms: number]> = [
  ['*/15 * * * *', 900_000],
  ['* * * * * *', 1000],
  ['0,1 3 * * *', 60_000],
  ['0 0 1 1 *', 365 * 86_400_000],
  ['0 0 30 2 *', Number.POSITIVE_INFINITY],
]

spec('cron', (test) => {
  for (const [expression, timezone, says] of faults) {
    test(`'${expression}' in '${timezone}': ${says ?? 'fine'}`, () => {
      const found = checkSchedule(expression, timezone)
      assert.ok(says === undefined ? found === undefined : found?.includes(says), found)
    })
  }
  for (const [expression, timezone, now, next] of nexts) {
    test(`'${expression}' in ${timezone} after ${now} fires ${next ?? 'never'}`, () => {
      assert.is(nextRun(expression, timezone, new Date(now))?.toISOString(), next)
    })
  }
  for (const [expression, ms] of gaps) {
    test(`'${expression}' fires at most every ${ms} ms`, () => assert.is(shortestGapMs(expression, 'UTC'), ms))
  }

  test('a time that is past, as the library may name where clocks are put back, makes no gap', () => {
    const from = new Date('2027-04-03T13:00:00Z')
    assert.is(shortestGapMs('0 */15 * * * *', 'Australia/Lord_Howe', from), 900_000)
  })

  test('the trigger wakes on time, and not after it was stopped', async () => {
    const woken: string[] = []
    const late: number[] = []
    const troubles: string[] = []
    await new Promise<void>((resolve) => {
      const stop = cronTrigger({ expression: '* * * * * *', timezone: 'UTC', onError: (message) => troubles.push(message) })(
        (by) => {
          woken.push(by)
          late.push(Date.now() % 1000)
          if (woken.length === 3) void stop().then(resolve)
        },
      )
    })
    // It never wakes early; of a machine that is busy the best one tells what is ours.
    assert.ok(Math.min(...late) < 300, `${late.join(', ')} ms`)
    assert.equal(woken, ['schedule', 'schedule', 'schedule'])
    assert.equal(troubles, [])
  })

  test('a trigger with an impossible schedule says so and never wakes', async () => {
    const troubles: string[] = []
    const stop = cronTrigger({ expression: 'x', timezone: 'UTC', onError: (message) => troubles.push(message) })(() =>
      assert.unreachable(),
    )
    await stop()
    assert.is(troubles.length, 1)
  })
})
