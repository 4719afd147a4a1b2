// `unblock: hold` and users that were shut before anybody looked: what the config asks for at the first look is no new wish at the second one.
// Contract: "hold (somebody may have blocked it on purpose)"; S10: lost memory "only ever makes the daemon do less".
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { withBench } from './support/command.ts'
import { auto, by, CUT, DAY, GONE, listing, RULE, seedOf, statusOf } from './support/gone.ts'
import { ends, HOUR, heldIn, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const config = (some: string, more = '', unblock = 'hold'): string =>
  `policy: { unblock: ${unblock} }\nsafety: { max_blocks: 5 }\n${more}${listing(some)}...\n`
const OPEN = config(', status: allowed')
const BLOCKED = { status: 'blocked' }
const OPENED = [`update ${GONE} verified`]
const held = (report: Parameters<typeof heldIn>[0]): ReadonlyArray<string> =>
  heldIn(report).map(
    ({ username, reason, message }) => `${username} ${reason} ${/on purpose/.test(message) ? 'on purpose' : message}`,
  )
const PURPOSE = [`${GONE} needs_approval on purpose`]
const days = async (rig: Rig, count: number): Promise<void> => {
  for (let hour = 0; hour < 4 * count; hour += 1) {
    await rig.time.pass(6 * HOUR)
    assert.equal(ends(await auto(rig)), [])
  }
}
const staysHeld = async (rig: Rig): Promise<void> => {
  assert.equal(held(await rig.run()), PURPOSE)
  assert.equal(held(await rig.run()), PURPOSE)
  await days(rig, 3)
  assert.equal(held(await auto(rig)), PURPOSE)
  assert.is(await statusOf(rig), 'blocked')
}

spec('unblock: hold, and who was shut before the first look', (test) => {
  test('stays held, however often a person or the daemon looks', () =>
    withRig(seedOf(BLOCKED), async (rig) => {
      rig.config(OPEN)
      await staysHeld(rig)
    }))

  test('the same by the daemon alone, once the day of a young memory is over', () =>
    withRig(seedOf(BLOCKED), async (rig) => {
      rig.config(OPEN)
      await days(rig, 3)
      assert.equal(held(await auto(rig)), PURPOSE)
    }))

  for (const [title, first] of [
    [
      'that looked at somebody else only',
      (rig: Rig) => rig.run({ user: { text: 'kept@*', matches: (name) => name.startsWith('kept@') } }),
    ],
    ['that was cut short before its first change', (rig: Rig) => auto(rig, CUT)],
  ] as const)
    test(`the same where the first run was one ${title}`, () =>
      withRig(seedOf(BLOCKED), async (rig) => {
        rig.config(OPEN)
        await first(rig)
        await staysHeld(rig)
      }))

  for (const [title, before] of [
    ['repair, in a young memory', config(', status: allowed', '', 'repair')],
    ['hold, in observe mode', config(', status: allowed', 'reconcile: { mode: observe }\n')],
  ] as const)
    test(`the same where the first look was under ${title}`, () =>
      withRig(seedOf(BLOCKED), async (rig) => {
        rig.config(before)
        assert.equal(ends(await auto(rig)), [])
        rig.config(OPEN)
        await staysHeld(rig)
      }))

  test('the same where a rule with otherwise: block is not met for a while, and where it had blocked before the memory was lost', () =>
    withRig(seedOf({ ...BLOCKED, open_tracking_enabled: true }), async (rig) => {
      rig.config(config(', status: allowed', RULE))
      await rig.run()
      await days(rig, 1)
      await by(rig, { open_tracking_enabled: false })
      await staysHeld(rig)
    }))

  test('who was blocked by an emergency stop alone is opened by its release, as the config asked all along', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(OPEN)
      await rig.run()
      await days(rig, 2)
      await rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: GONE }, until: rig.time.now() + DAY })
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      await rig.decide({ _tag: 'Release', every: true })
      assert.equal(ends(await auto(rig)), OPENED)
      await by(rig, BLOCKED)
      assert.equal(held(await auto(rig)), PURPOSE)
    }))

  test('a person who approves has it opened, and who blocks it again is not overruled', () =>
    withRig(seedOf(BLOCKED), async (rig) => {
      rig.config(OPEN)
      const { plan } = await rig.run()
      assert.equal(ends(await rig.run({ digest: plan.digest })), OPENED)
      await by(rig, BLOCKED)
      await staysHeld(rig)
    }))

  test('who is opened by hand is open, and who blocks it again is not overruled', () =>
    withRig(seedOf(BLOCKED), async (rig) => {
      rig.config(OPEN)
      await rig.run()
      await by(rig, { status: 'allowed' })
      assert.equal(held(await rig.run()), [])
      await by(rig, BLOCKED)
      await staysHeld(rig)
    }))

  for (const [title, between] of [
    ['blocked', config(', status: blocked')],
    ['nothing', config('')],
  ] as const)
    test(`a config that says ${title} for a while and then allowed opens it: that is a wish`, () =>
      withRig(seedOf(BLOCKED), async (rig) => {
        rig.config(OPEN)
        await rig.run()
        rig.config(between)
        await rig.run()
        rig.config(OPEN)
        assert.equal(ends(await rig.run()), OPENED)
      }))

  test('a config that says allowed only later opens whoever was shut at the first look', () =>
    withRig(seedOf(BLOCKED), async (rig) => {
      rig.config(config(''))
      await rig.run()
      rig.config(OPEN)
      assert.equal(ends(await rig.run()), OPENED)
    }))

  test('a start that comes opens whoever was shut at the first look: the config said so', () =>
    withRig(seedOf(BLOCKED), async (rig) => {
      const starts = new Date(rig.time.now() + 2 * DAY).toISOString().slice(0, 16)
      rig.config(config(`, status: allowed, starts: "${starts}Z"`))
      await rig.run()
      await rig.time.pass(2 * DAY + MINUTE)
      assert.equal(ends(await auto(rig)), OPENED)
    }))
})

spec('S10: whom a rule had blocked before the ledger was lost', (test) => {
  test('is told, with what to do, since nothing opens it by itself any more', () =>
    withBench(seedOf({ open_tracking_enabled: true }), async (bench) => {
      await bench.config(config('', RULE, 'repair'))
      assert.match((await bench.run('apply', '--yes')).out, /block gone@a\.example/)
      await rm(join(bench.dir, 'state/ledger.json'))
      await bench.config(config('', '', 'repair'))
      const { code, out } = await bench.run('plan')
      assert.is(code, 0)
      assert.match(out, /gone@a\.example +medium found-blocked: .*the ledger was lost.*`status: allowed`/)
      await bench.config(config(', status: allowed', '', 'repair'))
      assert.match((await bench.run('apply', '--yes')).out, /update gone@a\.example/)
      assert.not.match((await bench.run('plan')).out, /found-blocked/)
    }))

  test('is told also while the rule is still broken, but not of whom an emergency stop has blocked since', () =>
    withBench(seedOf({ open_tracking_enabled: true }), async (bench) => {
      await bench.config(config('', RULE, 'repair'))
      await bench.run('apply', '--yes')
      await rm(join(bench.dir, 'state/ledger.json'))
      assert.match((await bench.run('plan')).out, /gone@a\.example +medium found-blocked/)
      assert.is((await bench.run('block', '--match', 'kept@*', '--reason', 'r', '--yes')).code, 0)
      assert.is((await bench.run('release', '--match', 'kept@*')).code, 0)
      const { out } = await bench.run('plan')
      assert.match(out, /gone@a\.example +medium found-blocked/)
      assert.not.match(out, /kept@a\.example +medium found-blocked/)
    }))
})
