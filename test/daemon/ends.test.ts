// Ends by a time of day that jumps, where no schedule comes round: a machine that was suspended, one whose clock is set right after its start.
import * as assert from 'uvu/assert'
import { heedingEnds } from '../../src/daemon/ends.ts'
import { desired, desiredScope, ledger, memory, wanted } from '../support/build.ts'
import { HOUR, MINUTE, withRig } from '../support/rig.ts'
import { spec } from '../support/spec.ts'
import { standingTime } from '../support/time.ts'

const START = Date.UTC(2026, 0, 5, 12)
const DAY = 24 * HOUR
const ONE = 'one@a.example'

const expiring = (...ends: ReadonlyArray<number>) =>
  desired([desiredScope(ends.map((at, n) => ({ ...wanted(`u${n}@a.example`), expires: { at, source: 'config.yaml:1:1' } })))])

const heeding = (start = START) => {
  const time = standingTime(start)
  const stopping = new AbortController()
  let [woken, slept] = [0, 0]
  const clock = {
    now: time.clock.now,
    sleep: (ms: number) => {
      slept += 1
      return time.clock.sleep(ms)
    },
  }
  const heed = heedingEnds(
    clock,
    () => {
      woken += 1
    },
    stopping.signal,
  )
  return { time, heed, stop: () => stopping.abort(), woken: () => woken, slept: () => slept }
}

spec('the end of what lasts until a moment', (test) => {
  for (const [what, start] of [
    ['the machine was suspended', START],
    ['the clock, which began in a year long gone, was set right', Date.UTC(2024, 0, 1)],
  ] as const)
    test(`wakes within a minute where it came while ${what}, and once`, async () => {
      const { time, heed, woken } = heeding(start)
      heed(expiring(START + 5 * HOUR), undefined)
      await time.pass(10_000)
      time.wrongBy(START + 6 * HOUR - start)
      assert.is(woken(), 0)
      await time.pass(MINUTE)
      assert.is(woken(), 1)
      await time.pass(DAY)
      assert.is(woken(), 1)
    })

  test('wakes also where it is yet to come since the clock was put back, and then when it comes', async () => {
    const { time, heed, woken } = heeding()
    const config = expiring(START + 5 * HOUR)
    time.wrongBy(300 * DAY)
    heed(config, undefined)
    await time.pass(HOUR)
    assert.is(woken(), 0)
    time.wrongBy(0)
    await time.pass(MINUTE)
    assert.is(woken(), 1)
    heed(config, undefined)
    await time.pass(3 * HOUR)
    assert.is(woken(), 1)
    await time.pass(HOUR)
    assert.is(woken(), 2)
  })

  test('wakes at its moment where nothing jumps', async () => {
    const { time, heed, woken } = heeding()
    heed(expiring(START + 90_000), undefined)
    await time.pass(90_000)
    assert.is(woken(), 0)
    await time.pass(100)
    assert.is(woken(), 1)
  })

  test('S16: leaves no timer that is set anew once the daemon was stopped', async () => {
    const { time, heed, woken, slept, stop } = heeding()
    heed(expiring(START + 5 * HOUR), undefined)
    await time.pass(HOUR)
    const before = slept()
    assert.ok(before >= 60, `${before} looks at the clock in an hour`)
    stop()
    heed(expiring(START + 6 * HOUR), undefined)
    await time.pass(DAY)
    assert.equal([slept(), woken()], [before, 0])
  })

  test('sets no timer more for each run that changes nothing of it', async () => {
    const { time, heed, slept } = heeding()
    for (let runs = 0; runs < 100; runs += 1) heed(expiring(START + HOUR, START + DAY), undefined)
    assert.is(slept(), 1)
    await time.pass(MINUTE)
    assert.is(slept(), 2)
  })

  test('wakes when nothing more is to be said of a scope that left the config', async () => {
    const { time, heed, woken } = heeding()
    heed(expiring(), ledger([['subaccount:x', memory({ letGo: START })]]))
    await time.pass(3 * DAY - MINUTE)
    assert.is(woken(), 0)
    await time.pass(2 * MINUTE)
    assert.is(woken(), 1)
  })

  test('is made by a daemon without a schedule after a night in which the machine was suspended', () =>
    withRig({ account: { results: [{ username: ONE }] } }, async (rig) => {
      rig.config(`reconcile: { schedule: null }\nusers: [{ username: ${ONE}, expires: 2026-01-05 }]\n...\n`)
      await rig.run()
      await rig.daemon()
      await rig.time.pass(MINUTE)
      rig.time.wrongBy(20 * HOUR)
      assert.is((await rig.user(ONE))?.status, 'allowed')
      await rig.time.pass(2 * MINUTE)
      assert.is((await rig.user(ONE))?.status, 'blocked')
    }))

  test('wakes for what came to its end since a run began that was the first to read of it, and once', async () => {
    const { time, heed, woken } = heeding()
    const config = expiring()
    heed(config, undefined)
    await time.pass(5 * MINUTE)
    const end = START + 2 * MINUTE
    const hold = { what: { _tag: 'All' }, until: end, by: 'tester', reason: 'testing', since: START } as const
    heed(config, { holds: [hold], scopes: new Map() }, START)
    assert.is(woken(), 1)
    heed(config, { holds: [hold], scopes: new Map() }, START + 3 * MINUTE)
    await time.pass(DAY)
    assert.is(woken(), 1)
  })

  test('is made also where it came within a run that had planned before it', () =>
    withRig({ account: { results: [{ username: ONE }, { username: 'two@a.example' }] } }, async (rig) => {
      const until = new Date(rig.time.now() + 15 * MINUTE).toISOString().slice(0, 16)
      const users = (description: string): string =>
        `reconcile: { schedule: null }\nusers: [{ username: ${ONE}, expires: "${until}" }, { username: two@a.example, description: ${description} }]\n...\n`
      rig.config(users('old'))
      await rig.run()
      rig.config(users('new'), 'pace: 1 per 10m')
      rig.restart()
      const daemon = await rig.daemon()
      await rig.time.pass(HOUR)
      assert.is(daemon.reports()[0]?.plan.scopes.length, 1)
      assert.is((await rig.user('two@a.example'))?.description, 'new')
      await rig.time.pass(HOUR)
      assert.is((await rig.user(ONE))?.status, 'blocked')
    }))
})
