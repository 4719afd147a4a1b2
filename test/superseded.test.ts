// A run that is at work when the config changes: what has not left does not leave, and the next run goes by the config as it is.
import * as assert from 'uvu/assert'
import { freshness } from '../src/daemon/freshness.ts'
import { ends, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const COUNT = 10
const NAMES = Array.from({ length: COUNT }, (_, at) => `user-${at}@a.example`)
const seed = { account: { results: NAMES.map((username) => ({ username, description: 'old' })) } }
const configure = (rig: Rig, description: string, concurrency: number, extra = ''): void =>
  rig.config(
    `${extra}users:\n${NAMES.map((username) => `  - { username: ${username}, description: ${description} }\n`).join('')}`,
    `pace: 3 per 1m, concurrency: ${concurrency}`,
  )
const descriptions = async (rig: Rig): Promise<ReadonlyArray<unknown>> => (await rig.writes()).map(({ body }) => body.description)

spec('a config that changes while a run is at work', (test) => {
  for (const concurrency of [1, 4]) {
    test(`nothing more of the mistake leaves, ${concurrency} at a time, and all is as the config says now`, () =>
      withRig(seed, async (rig) => {
        configure(rig, 'mistake', concurrency)
        const daemon = await rig.daemon()
        await rig.time.pass(1000)
        assert.equal(await descriptions(rig), ['mistake', 'mistake'])
        configure(rig, 'mended', concurrency)
        daemon.wake('file change')
        await rig.time.pass(30 * MINUTE)
        assert.equal(await descriptions(rig), ['mistake', 'mistake', ...NAMES.map(() => 'mended')])
        const [report] = daemon.reports()
        const [cut] = report === undefined ? [] : [report.ended.get('account') ?? []]
        const untried = cut?.filter(({ outcome }) => outcome === 'not_attempted') ?? []
        assert.is(untried.length, COUNT - 2)
        for (const { error } of untried)
          assert.is(error, 'the config was changed meanwhile; the next run goes by what it says now')
      }))

    test(`once it is broken nothing leaves, ${concurrency} at a time`, () =>
      withRig(seed, async (rig) => {
        configure(rig, 'new', concurrency)
        const daemon = await rig.daemon()
        await rig.time.pass(1000)
        configure(rig, '[', concurrency)
        daemon.wake('file change')
        await rig.time.pass(30 * MINUTE)
        assert.equal(await descriptions(rig), ['new', 'new'])
      }))
  }

  test('a file that is not to be acted on when it changes cuts nothing short before somebody says so', () =>
    withRig(seed, async (rig) => {
      const onSchedule = 'reconcile: { on_change: false }\n'
      configure(rig, 'first', 1, onSchedule)
      const daemon = await rig.daemon()
      await rig.time.pass(1000)
      configure(rig, 'second', 1, onSchedule)
      daemon.wake('file change')
      await rig.time.pass(MINUTE)
      assert.equal(new Set(await descriptions(rig)), new Set(['first']))
      const made = (await rig.writes()).length
      daemon.wake('SIGHUP')
      await rig.time.pass(14 * MINUTE)
      assert.equal(
        (await descriptions(rig)).slice(made),
        NAMES.map(() => 'second'),
      )
    }))

  test('a file that changes all the time keeps no run from its end', () =>
    withRig(seed, async (rig) => {
      configure(rig, 'v0', 1)
      const daemon = await rig.daemon()
      for (let version = 1; version <= 20; version += 1) {
        await rig.time.pass(MINUTE)
        configure(rig, `v${version}`, 1)
        daemon.wake('file change')
      }
      const whole = daemon.reports().filter((report) => ends(report).every((end) => end.endsWith('verified')))
      assert.ok(whole.length >= 2, `${whole.length} of ${daemon.reports().length}`)
    }))

  test('never two in a row are cut short', () => {
    const fresh = freshness()
    const first = fresh.taken()
    assert.is(first(), false)
    fresh.changed()
    assert.is(first(), true)
    const second = fresh.taken()
    fresh.changed()
    assert.is(second(), false)
    const third = fresh.taken()
    assert.is(third(), false)
    fresh.changed()
    assert.is(third(), true)
  })

  test('a change that nobody asked about cuts nothing short, and counts no more once the config is taken again', () => {
    const fresh = freshness()
    fresh.taken()
    fresh.changed()
    const next = fresh.taken()
    assert.is(next(), false)
    fresh.changed()
    assert.is(next(), true)
  })
})
