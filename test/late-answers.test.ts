// What the service shows late, leaves out, or says that it did and did not; what others do meanwhile; and what a run that was cut short leaves
// behind. Each user comes to the end that was meant for it, and nobody is taken for ours who is not.
import * as assert from 'uvu/assert'
import { nothingTold, watched } from '../src/daemon/transitions.ts'
import { newPassword } from './support/fresh.ts'
import {
  AGAIN,
  auto,
  by,
  CUT,
  DAY,
  days,
  EDIT,
  GONE,
  IGNORED,
  LIST,
  listing,
  OTHERS,
  policy,
  RESET,
  RULE,
  SETTING,
  seedOf,
  statusOf,
  TOOK,
} from './support/gone.ts'
import { ends, HOUR, heldIn, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

/** Looked at twice: what the first look still tells of a block that only shows now does not matter here. */
const isOurs = async (rig: Rig): Promise<void> => {
  await auto(rig)
  await rig.time.pass(HOUR)
  assert.equal(
    heldIn(await auto(rig)).map(({ reason }) => reason),
    ['awaiting_grace'],
  )
}
/** Listed again, and looked at twice, as above. */
const isOpened = async (rig: Rig): Promise<void> => {
  await auto(rig)
  await rig.time.pass(HOUR)
  await auto(rig)
  assert.is(await statusOf(rig), 'allowed')
}
const NAMES = Array.from({ length: 10 }, (_, at) => `user-${at}@a.example`)
const ALL = { account: { results: NAMES.map((username) => ({ username, description: 'old' })) } }
const configure = (rig: Rig, description: string): void =>
  rig.config(
    `users:\n${NAMES.map((username) => `  - { username: ${username}, description: ${description} }\n`).join('')}`,
    'pace: 3 per 1m, concurrency: 1',
  )

spec('what comes late, was left out, or was cut short', (test) => {
  test('a block for a rule, under report, is no block for removal', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('report', LIST, RULE))
      await rig.run()
      await by(rig, { open_tracking_enabled: true })
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      await days(rig, 20)
      rig.config(policy('remove', LIST, RULE))
      assert.equal(ends(await auto(rig)), [])
    }))
  test('it returned, and somebody else blocked it: never removed', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('report', LIST, RULE))
      await rig.run()
      await by(rig, { open_tracking_enabled: true })
      await auto(rig)
      await by(rig, { open_tracking_enabled: false })
      assert.equal(ends(await auto(rig)), [`update ${GONE} verified`])
      await by(rig, { status: 'blocked' })
      await days(rig, 5)
      rig.config(policy('remove', LIST, RULE))
      await days(rig, 5)
      assert.is(await statusOf(rig), 'blocked')
    }))
  test('blocked on its way out, then report, opened and blocked again by hand: never removed', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', AGAIN))
      await rig.run()
      rig.config(policy('remove'))
      await auto(rig)
      rig.config(policy('report'))
      await days(rig, 1)
      await by(rig, { status: 'allowed' })
      await days(rig, 3)
      await by(rig, { status: 'blocked' })
      await days(rig, 4)
      rig.config(policy('remove'))
      await days(rig, 5)
      assert.is(await statusOf(rig), 'blocked')
    }))
  for (const way of ['report', 'hold'])
    test(`weeks after a block that did not take (${way} since), somebody else's block is not ours`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        rig.config(policy('remove'))
        await rig.faults([IGNORED])
        assert.equal(ends(await auto(rig)), [`block ${GONE} not_converged`])
        if (way === 'report') rig.config(policy('report'))
        else await rig.decide({ _tag: 'Hold', what: { _tag: 'Users', glob: GONE }, until: rig.time.now() + 29 * DAY })
        await days(rig, 20)
        await by(rig, { status: 'blocked' })
        await auto(rig)
        rig.config(policy('remove'))
        await days(rig, 12)
        assert.is(await statusOf(rig), 'blocked')
      }))
  for (const [title, list] of [
    ['listed', AGAIN],
    ['unlisted', LIST],
  ] as const)
    test(`a return of unknown fate took; who blocks by hand half an hour later is left alone (${title})`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('report', list, RULE))
        await rig.run()
        await by(rig, { open_tracking_enabled: true })
        await auto(rig)
        await by(rig, { open_tracking_enabled: false })
        await rig.faults(TOOK)
        assert.equal(ends(await auto(rig)), [`update ${GONE} unknown`])
        await rig.faults([])
        await rig.time.pass(15 * MINUTE)
        assert.equal(ends(await auto(rig)), [])
        await rig.time.pass(15 * MINUTE)
        await by(rig, { status: 'blocked' })
        assert.equal(ends(await auto(rig)), [])
        assert.is(await statusOf(rig), 'blocked')
      }))
  test('a rule block that did not take, the rule met for 20 hours: who blocks by hand is left alone (unlisted)', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('report', LIST, RULE))
      await rig.run()
      await by(rig, { open_tracking_enabled: true })
      await rig.faults([IGNORED])
      await auto(rig)
      await by(rig, { open_tracking_enabled: false })
      for (let run = 0; run < 40; run += 1) {
        await rig.time.pass(30 * MINUTE)
        await auto(rig)
      }
      await by(rig, { status: 'blocked' })
      await auto(rig)
      assert.is(await statusOf(rig), 'blocked')
    }))
  test('an emergency stop at work is carried to its end where the config is saved broken', () =>
    withRig(ALL, async (rig) => {
      configure(rig, 'old')
      await rig.run()
      rig.restart()
      const daemon = await rig.daemon()
      await rig.time.pass(2 * MINUTE)
      const stop = { _tag: 'Hold', what: { _tag: 'Stop', glob: 'user-*' }, until: rig.time.now() + 12 * HOUR } as const
      await daemon.controls.decide(stop, { by: 'tester', reason: 'stolen' })
      await rig.time.pass(62_000)
      configure(rig, '[')
      daemon.wake('file change')
      await rig.time.pass(60 * MINUTE)
      assert.is((await rig.users()).filter(({ status }) => status === 'blocked').length, 10)
    }))
  test('SIGHUP without another config cuts nothing short', () =>
    withRig(ALL, async (rig) => {
      configure(rig, 'one')
      const daemon = await rig.daemon()
      await rig.time.pass(1000)
      daemon.wake('SIGHUP')
      await rig.time.pass(30 * MINUTE)
      assert.is(daemon.reports()[0]?.outcome, 'applied')
    }))
  for (const reload of [false, true])
    test(`a mistake that is saved${reload ? ' and reloaded' : ' (control)'} and mended a minute later is not carried out to its end`, () =>
      withRig(ALL, async (rig) => {
        configure(rig, 'fine')
        const daemon = await rig.daemon()
        await rig.time.pass(30 * MINUTE)
        const before = (await rig.writes()).length
        configure(rig, 'mistake')
        if (reload) daemon.wake('SIGHUP')
        await rig.time.pass(300)
        daemon.wake('file change') // the watcher's look at the same save
        await rig.time.pass(61_000)
        configure(rig, 'mended')
        daemon.wake('file change')
        await rig.time.pass(60 * MINUTE)
        const made = (await rig.writes()).slice(before).filter(({ body }) => body.description === 'mistake').length
        assert.ok(made < NAMES.length, `${made} of ${NAMES.length} mistakes were made`)
      }))
  for (const cut of [true, false])
    test(`a block of unknown fate whose repetition was not attempted shows late: it is ours (${cut ? 'cut' : 'control'})`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        rig.config(policy('remove'))
        await rig.faults([RESET])
        assert.equal(ends(await auto(rig)), [`block ${GONE} unknown`])
        if (cut) assert.equal(ends(await auto(rig, CUT)), [`block ${GONE} not_attempted`])
        await by(rig, { status: 'blocked' }) // the first one takes effect late
        await isOurs(rig)
      }))
  for (const [title, list] of [
    ['listed', AGAIN],
    ['unlisted', LIST],
  ] as const)
    for (const cut of [true, false])
      test(`a rule block whose repetition was not attempted shows late: it returns (${title}, ${cut ? 'cut' : 'control'})`, () =>
        withRig(seedOf({}), async (rig) => {
          rig.config(policy('report', list, RULE))
          await rig.run()
          await by(rig, { open_tracking_enabled: true })
          await rig.faults([RESET])
          assert.equal(ends(await auto(rig)), [`block ${GONE} unknown`])
          if (cut) await auto(rig, CUT)
          await by(rig, { status: 'blocked' })
          await auto(rig)
          await by(rig, { open_tracking_enabled: false })
          await auto(rig)
          assert.is(await statusOf(rig), 'allowed')
        }))
  for (const [title, first, then] of [
    ['another field changed by the config', '', ', description: new'],
    [
      'by itself: the block carried a field that is not shown',
      ', click_tracking_enabled: true',
      ', click_tracking_enabled: true',
    ],
    ['control', '', ''],
  ] as const)
    test(`a rule block that did not show, then another change, then it shows: it returns (${title})`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('report', AGAIN, RULE))
        await rig.run()
        rig.config(policy('report', listing(first), RULE))
        await by(rig, { open_tracking_enabled: true })
        await rig.faults([IGNORED])
        assert.equal(ends(await auto(rig)), [`block ${GONE} not_converged`])
        rig.config(policy('report', listing(then), RULE))
        await auto(rig)
        await by(rig, { status: 'blocked' })
        await auto(rig)
        await by(rig, { open_tracking_enabled: false })
        await auto(rig)
        assert.is(await statusOf(rig), 'allowed')
      }))
  for (const drift of [true, false])
    test(`a departing block that did not show, then a change by a rule, then it shows: ours (${drift ? 'change' : 'control'})`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN, SETTING))
        await rig.run()
        rig.config(policy('remove', LIST, SETTING))
        await rig.faults([IGNORED])
        assert.equal(ends(await auto(rig)), [`block ${GONE} not_converged`])
        if (drift) await by(rig, { open_tracking_enabled: true })
        await auto(rig)
        await by(rig, { status: 'blocked' })
        await isOurs(rig)
      }))
  for (const drift of [true, false])
    test(`a departing block of unknown fate took, and its first look brings a change by a rule: ours (${drift ? 'change' : 'control'})`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN, SETTING))
        await rig.run()
        rig.config(policy('remove', LIST, SETTING))
        await rig.faults(TOOK)
        assert.equal(ends(await auto(rig)), [`block ${GONE} unknown`])
        await rig.faults([])
        if (drift) await by(rig, { open_tracking_enabled: true })
        await isOurs(rig)
      }))
  for (const some of [', description: back', ''])
    test(`a departing block of unknown fate took, and the user is listed again${some}: its status returns`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        rig.config(policy('remove'))
        await rig.faults(TOOK)
        await auto(rig)
        await rig.faults([])
        rig.config(policy('remove', listing(some)))
        for (let run = 0; run < 4; run += 1) await auto(rig)
        assert.is(await statusOf(rig), 'allowed')
      }))
  for (const between of [true, false])
    test(`listed again before the block of unknown fate shows: its status returns (${between ? 'a look in between' : 'control'})`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        rig.config(policy('remove'))
        await rig.faults([RESET])
        await auto(rig)
        rig.config(policy('remove', AGAIN))
        if (between) await auto(rig)
        await by(rig, { status: 'blocked' })
        for (let run = 0; run < 3; run += 1) await auto(rig)
        assert.is(await statusOf(rig), 'allowed')
      }))
  for (const missing of [true, false])
    test(`listed again while on hold, ${missing ? 'left out of one look' : '(control)'}: its status returns after the hold`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        rig.config(policy('remove'))
        await auto(rig)
        await rig.decide({ _tag: 'Hold', what: { _tag: 'Users', glob: GONE }, until: rig.time.now() + 2 * HOUR })
        rig.config(policy('remove', AGAIN))
        await auto(rig)
        if (missing) {
          await rig.becomes(seedOf(undefined))
          await auto(rig)
          await rig.becomes(seedOf({ status: 'blocked' }))
        }
        await rig.time.pass(3 * HOUR)
        await auto(rig)
        assert.is(await statusOf(rig), 'allowed')
      }))
  for (const gap of [HOUR, DAY])
    test(`left out of one look, with a run every ${gap / HOUR} h: still ours`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        rig.config(policy('remove'))
        await auto(rig)
        await rig.time.pass(gap)
        await rig.becomes(seedOf(undefined))
        await auto(rig)
        await rig.becomes(seedOf({ status: 'blocked' }))
        await rig.time.pass(gap)
        assert.equal(
          heldIn(await auto(rig)).map(({ reason }) => reason),
          ['awaiting_grace'],
        )
      }))
  for (const [title, fault] of [
    ['taken and ignored', IGNORED],
    ['refused', { kind: 'status', status: 400, ...EDIT }],
  ] as const)
    test(`a block of unknown fate that is sent again and ${title}, and takes effect after that, is ours: listed again, it is opened`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        rig.config(policy('remove'))
        await rig.faults([{ kind: 'late_apply', ms: 5 * MINUTE, ...EDIT }])
        assert.equal(ends(await auto(rig)), [`block ${GONE} unknown`])
        await rig.time.pass(MINUTE)
        await rig.faults([fault])
        await auto(rig)
        await rig.time.pass(5 * HOUR)
        assert.is(await statusOf(rig), 'blocked')
        rig.config(policy('remove', AGAIN))
        await isOpened(rig)
      }))
  test('a block of unknown fate that is sent again, made and undone, and takes effect after that, is ours: it is opened once more', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', AGAIN))
      await rig.run()
      rig.config(policy('remove'))
      await rig.faults([{ kind: 'late_apply', ms: 5 * MINUTE, ...EDIT }])
      assert.equal(ends(await auto(rig)), [`block ${GONE} unknown`])
      await rig.time.pass(MINUTE)
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      await auto(rig)
      rig.config(policy('remove', AGAIN))
      await auto(rig)
      assert.is(await statusOf(rig), 'allowed')
      await rig.time.pass(5 * MINUTE)
      assert.is(await statusOf(rig), 'blocked')
      await isOpened(rig)
    }))
  for (const [title, late, again, wait] of [
    ['whose repetition is not answered either, and shows first', 5, [{ kind: 'late_apply', ms: MINUTE / 2, ...EDIT }], MINUTE],
    ['whose repetition shows after the run that was told of it', 5, [IGNORED], MINUTE],
    ['that shows before the repetition, which comes last', 2, [{ kind: 'late_apply', ms: 6 * MINUTE, ...EDIT }], 2 * MINUTE],
  ] as const)
    test(`a block of unknown fate ${title}: either of the two is ours, and opened`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        rig.config(policy('remove'))
        await rig.faults([{ kind: 'late_apply', ms: late * MINUTE, ...EDIT }])
        assert.equal(ends(await auto(rig)), [`block ${GONE} unknown`])
        await rig.time.pass(MINUTE)
        await rig.faults(again)
        await auto(rig)
        // What was taken and ignored takes effect all the same.
        if (again[0] === IGNORED) await by(rig, { status: 'blocked' })
        await rig.time.pass(wait)
        await auto(rig)
        assert.is(await statusOf(rig), 'blocked')
        rig.config(policy('remove', AGAIN))
        await auto(rig)
        assert.is(await statusOf(rig), 'allowed')
        await rig.time.pass(6 * MINUTE)
        assert.is(await statusOf(rig), 'blocked')
        await isOpened(rig)
      }))
  const described = (some: string): string => `users:\n${OTHERS.map((one) => `  - { username: ${one}${some} }\n`).join('')}`
  const ELSEWHERE = { kind: 'ignore_field', field: 'description', ...EDIT, username: OTHERS[0] ?? '' } as const
  for (const [title, before, gap, again] of [
    [
      'whose repetition was refused',
      { kind: 'late_apply', ms: MINUTE + 4000, ...EDIT },
      MINUTE,
      { kind: 'status', status: 400, body: '{"data":{"error":"no"}}', ...EDIT, username: GONE },
    ],
    ['of an hour ago, and one that shows late', RESET, HOUR, { kind: 'late_apply', ms: MINUTE / 2, ...EDIT, username: GONE }],
    ['of an hour ago, and one without an answer', RESET, HOUR, { kind: 'reset_after', ...EDIT, username: GONE }],
  ] as const)
    test(`a block of unknown fate ${title}: one has shown, and who blocks after it was opened is somebody else`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        rig.config(policy('remove'))
        await rig.faults([before])
        assert.equal(ends(await auto(rig)), [`block ${GONE} unknown`])
        await rig.time.pass(gap)
        rig.config(policy('remove', described(', description: new')))
        // What is ignored elsewhere makes the run read back until all of it shows.
        await rig.faults([again, ELSEWHERE])
        await auto(rig)
        await rig.time.pass(MINUTE)
        await auto(rig)
        assert.is(await statusOf(rig), 'blocked')
        rig.config(policy('remove', AGAIN))
        await auto(rig)
        assert.is(await statusOf(rig), 'allowed')
        await rig.time.pass(MINUTE)
        await by(rig, { status: 'blocked' })
        await auto(rig)
        await rig.time.pass(HOUR)
        await auto(rig)
        assert.is(await statusOf(rig), 'blocked')
      }))
  test('a block on the way out counts also where nobody answered, and a field beside it was set back meanwhile', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', AGAIN, SETTING))
      await rig.run()
      rig.config(policy('remove', described(', description: new'), SETTING))
      await by(rig, { open_tracking_enabled: true })
      await rig.faults([{ kind: 'reset_after', ...EDIT, username: GONE }, ELSEWHERE])
      const back = rig.time.clock.sleep(3000).then(() => by(rig, { open_tracking_enabled: true }))
      assert.ok(ends(await auto(rig)).includes(`block ${GONE} unknown`))
      await back
      await days(rig, 6)
      assert.is(await statusOf(rig), undefined)
    }))
  test('a block on the way out counts also where a field beside it did not take: grace runs, and the user is removed', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', AGAIN, SETTING))
      await rig.run()
      rig.config(policy('remove', LIST, SETTING))
      await by(rig, { open_tracking_enabled: true })
      await rig.faults([{ kind: 'ignore_field', field: 'open_tracking_enabled', ...EDIT }])
      assert.equal(ends(await auto(rig)), [`block ${GONE} not_converged`])
      assert.is(await statusOf(rig), 'blocked')
      assert.ok(heldIn(await auto(rig)).some(({ change, reason }) => change === 'remove' && reason === 'awaiting_grace'))
      await days(rig, 6)
      assert.is(await statusOf(rig), undefined)
    }))
  test('a block that is told of and sent again counts for a quarter of an hour: who blocks hours later is somebody else', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', AGAIN))
      await rig.run()
      rig.config(policy('remove'))
      await rig.faults([IGNORED])
      await auto(rig)
      await rig.time.pass(MINUTE)
      await by(rig, { status: 'sandbox' })
      await rig.faults([IGNORED])
      assert.equal(ends(await auto(rig)), [`block ${GONE} not_converged`])
      await rig.time.pass(5 * HOUR)
      await by(rig, { status: 'blocked' })
      rig.config(policy('remove', AGAIN))
      await auto(rig)
      await rig.time.pass(HOUR)
      await auto(rig)
      assert.is(await statusOf(rig), 'blocked')
    }))
  for (const [title, nth, outcome] of [
    ['the look after it', 2, 'verified'],
    ['the look of the next run', undefined, 'unknown'],
  ] as const)
    test(`a removal that nobody answered, and ${title} leaves the user out: once it is shown and listed again, it is opened`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        rig.config(policy('remove'))
        assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
        await days(rig, 2)
        await rig.time.pass(DAY)
        const results = (await rig.users()).filter(({ username }) => username !== GONE)
        const body = JSON.stringify({ request_id: 'r', data: { results } })
        const without = { kind: 'status', status: 200, body, endpoint: '/users/smtp/view' } as const
        const lost = { kind: 'reset_before', endpoint: '/users/smtp/remove', times: 1 } as const
        await rig.faults(nth === undefined ? [lost] : [lost, { ...without, nth }])
        assert.equal(ends(await auto(rig)), [`remove ${GONE} ${outcome}`])
        if (nth === undefined) await rig.faults([{ ...without, nth: 1 }])
        await rig.time.pass(MINUTE)
        await auto(rig)
        await rig.time.pass(MINUTE)
        rig.config(policy('remove', AGAIN))
        await isOpened(rig)
      }))
  test('a block that is tried again a day later, and shows late then, is ours', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', AGAIN))
      await rig.run()
      rig.config(policy('remove'))
      await rig.faults([{ ...IGNORED, times: 2 }])
      await auto(rig)
      await rig.time.pass(DAY + MINUTE)
      assert.equal(ends(await auto(rig)), [`block ${GONE} not_converged`])
      await by(rig, { status: 'blocked' })
      await isOurs(rig)
    }))
  const DID_NOTHING = {
    kind: 'status',
    status: 200,
    body: JSON.stringify({ request_id: 'r', data: { results: [{ username: GONE }] } }),
    endpoint: '/users/smtp/add',
    times: 1,
  } as const
  for (const [looks, some] of [
    [1, ''],
    [2, ''],
    [2, ', description: new'],
    [1, ', description: new'],
  ] as const)
    test(`a password that changed while the user was left out of ${looks} looks, and an add that did nothing${some}: it is sent`, () =>
      withRig(
        seedOf({}),
        async (rig) => {
          const withPassword = (more: string) => policy('report', listing(`, email_password: { env: PW }${more}`))
          rig.env.PW = newPassword()
          rig.config(withPassword(''))
          await rig.run()
          rig.env.PW = newPassword()
          rig.config(withPassword(some))
          await rig.becomes(seedOf(undefined))
          await rig.switches({ view_password: 'absent' })
          if (looks === 2) {
            await rig.faults([{ kind: 'reset_before', endpoint: '/users/smtp/add', times: 1 }])
            await auto(rig)
          }
          const agree = () => async () => {
            await rig.becomes(seedOf({})) // it had been there all along
            await rig.switches({ view_password: 'absent' })
            await rig.faults([DID_NOTHING])
            return { _tag: 'Right', right: true }
          }
          await auto(rig, { agree })
          await rig.faults([])
          const before = (await rig.writes()).length
          for (let run = 0; run < 3; run += 1) await auto(rig)
          assert.ok(
            (await rig.writes()).slice(before).some(({ body }) => body.email_password !== undefined),
            'never sent',
          )
        },
        { switches: { view_password: 'absent' } },
      ))
  test('an approved password that came with a field that does not take needs no second approval', () =>
    withRig(
      seedOf({}),
      async (rig) => {
        rig.env.PW = newPassword()
        rig.config(`safety: { max_password_changes: 0 }\n${listing(', email_password: { env: PW }, archive_enabled: true')}`)
        const { plan } = await rig.run()
        assert.equal(ends(await rig.run({ digest: plan.digest })), [`update ${GONE} not_converged`])
        assert.equal(heldIn(await auto(rig)).filter(({ reason }) => reason === 'capped').length, 0)
      },
      { switches: { view_password: 'absent', archive: 'ignored' } },
    ))
  for (const cut of [true, false])
    test(`a longer list, mended before anything of it was made, holds nothing (${cut ? 'cut' : 'control'})`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        const more = Array.from({ length: 7 }, (_, at) => `  - { username: wrong-${at}@a.example }\n`).join('')
        rig.config(policy('remove', `${AGAIN}${more}`))
        if (cut) await auto(rig, CUT)
        rig.config(policy('remove', LIST))
        assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      }))
  for (const looks of [2, 1])
    test(`a rule block of unknown fate shows ${looks} looks after the rule is met again: it returns (listed)`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('report', AGAIN, RULE))
        await rig.run()
        await by(rig, { open_tracking_enabled: true })
        await rig.faults([RESET])
        await auto(rig)
        await by(rig, { open_tracking_enabled: false })
        for (let look = 0; look < looks; look += 1) await auto(rig)
        await by(rig, { status: 'blocked' })
        await auto(rig)
        await auto(rig)
        assert.is(await statusOf(rig), 'allowed')
      }))
  test('a run cut short by a change of the config is no failure in the news', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('report', AGAIN))
      await rig.run()
      rig.config(policy('report', listing(', description: new')))
      const report = await auto(rig, CUT)
      const { news } = watched(nothingTold, { _tag: 'RunEnded', report }, '')
      assert.equal(
        news?.transitions.map(({ kind, message }) => [kind, message]),
        undefined,
      )
    }))
  test('what a hold keeps back of a full edit says so', () =>
    withRig({ account: { results: NAMES.slice(0, 6).map((username) => ({ username })) } }, async (rig) => {
      rig.env.PW = newPassword()
      const list = (text: string) =>
        `safety: { max_password_changes: 10 }\nusers:\n${NAMES.slice(0, 6)
          .map(
            (one) =>
              `  - { username: ${one}, ip_pool: 1234, description: ${text}, email_password: { env: PW }, click_tracking_enabled: false }\n`,
          )
          .join('')}`
      rig.config(list('old'), 'pace: off, edit: patch')
      await rig.run()
      rig.config(list('new'), 'pace: 3 per 1m, concurrency: 1, edit: full')
      rig.restart()
      const daemon = await rig.daemon()
      await rig.time.pass(21_000)
      await rig.decide({ _tag: 'Hold', what: { _tag: 'All' }, until: rig.time.now() + HOUR })
      await rig.time.pass(30 * MINUTE)
      const kept = [...(daemon.reports()[0]?.ended.values() ?? [])].flat().filter(({ outcome }) => outcome === 'not_attempted')
      assert.equal(
        kept.filter(({ error }) => error?.startsWith('on hold') !== true).map(({ error }) => error),
        [],
      )
    }))
})
