// A user that many looks in a row do not show is gone, as is one that we removed: whoever has its name next is another, and nothing of what we
// did to the first one is theirs.
import * as assert from 'uvu/assert'
import { newPassword } from './support/fresh.ts'
import { AGAIN, auto, by, DAY, days, GONE, LIST, listing, policy, RULE, seedOf, statusOf } from './support/gone.ts'
import { ends, HOUR, heldIn, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const looks = async (rig: Rig, count: number): Promise<void> => {
  for (let look = 0; look < count; look += 1) {
    await auto(rig)
    await rig.time.pass(30 * MINUTE)
  }
}
/** Removed by hand, seen to be gone for twenty hours, and made anew, with this. */
const another = async (rig: Rig, made: object): Promise<void> => {
  await rig.colleague('remove', { username: GONE })
  await looks(rig, 40)
  await rig.colleague('add', { username: GONE, ...made })
}
const anotherBlocked = async (rig: Rig): Promise<void> => {
  await another(rig, {})
  await by(rig, { status: 'blocked' })
}
const onHold = async (rig: Rig): Promise<void> => {
  await rig.decide({ _tag: 'Hold', what: { _tag: 'Users', glob: GONE }, until: rig.time.now() + 25 * HOUR })
}
const blockedByRule = async (rig: Rig): Promise<void> => {
  await rig.run()
  await by(rig, { open_tracking_enabled: true })
  assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
}
/** Removed by us after grace: it took effect, its answer was lost, and reading back failed. */
const removedUntold = async (rig: Rig): Promise<void> => {
  rig.config(policy('remove', AGAIN))
  await rig.run()
  rig.config(policy('remove'))
  await auto(rig)
  await days(rig, 2)
  await rig.time.pass(DAY + MINUTE)
  await rig.faults([
    { kind: 'status_after', status: 504, endpoint: '/users/smtp/remove', times: 1 },
    ...[1, 2, 3, 4].map(() => ({ kind: 'status', status: 500, endpoint: '/users/smtp/view', nth: 2 }) as const),
  ])
  assert.equal(ends(await auto(rig)), [`remove ${GONE} unknown`])
  assert.is(await rig.user(GONE), undefined)
  await rig.faults([])
}
const HIDDEN = { switches: { view_password: 'absent' } } as const

spec('who has the name of a user that is gone', (test) => {
  test('is not removed, where that one was blocked on its way out', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', AGAIN))
      await rig.run()
      rig.config(policy('remove'))
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      await anotherBlocked(rig)
      await days(rig, 6)
      assert.is(await statusOf(rig), 'blocked')
    }))

  for (const count of [1, 2, 3])
    test(`is not removed, where we removed that one, nobody told, and looks have shown it gone: ${count}`, () =>
      withRig(seedOf({}), async (rig) => {
        await removedUntold(rig)
        await looks(rig, count)
        await rig.colleague('add', { username: GONE })
        await by(rig, { status: 'blocked' })
        await days(rig, 6)
        assert.is(await statusOf(rig), 'blocked')
      }))

  test('is not opened, where we removed that one, nobody told, and it is listed again', () =>
    withRig(seedOf({}), async (rig) => {
      await removedUntold(rig)
      await onHold(rig)
      rig.config(policy('remove', AGAIN))
      await auto(rig)
      await rig.colleague('add', { username: GONE })
      await by(rig, { status: 'blocked' })
      await auto(rig)
      await days(rig, 2)
      assert.is(await statusOf(rig), 'blocked')
    }))

  test('is not opened, where that one was unlisted and blocked for a rule', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('report', LIST, RULE))
      await blockedByRule(rig)
      await anotherBlocked(rig)
      await auto(rig)
      await auto(rig)
      assert.is(await statusOf(rig), 'blocked')
    }))

  test('is not opened, where that one was listed and blocked since it expired, once it is extended', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('report', listing(', expires: 2026-01-06')))
      await rig.run()
      await rig.time.pass(2 * DAY)
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      await anotherBlocked(rig)
      await auto(rig)
      rig.config(policy('report', listing(', expires: 2027-01-06')))
      await auto(rig)
      await auto(rig)
      assert.is(await statusOf(rig), 'blocked')
    }))

  for (const why of ['policy.missing is report', 'it is on hold'])
    test(`is not opened, where that one was listed, blocked for a rule, and not made anew since ${why}`, () =>
      withRig(seedOf({}), async (rig) => {
        const text = policy('report', AGAIN, RULE)
        const isHeld = why === 'it is on hold'
        rig.config(text.replace('policy: {', isHeld ? 'policy: { unblock: hold,' : 'policy: { missing: report,'))
        await blockedByRule(rig)
        if (isHeld) await onHold(rig)
        await anotherBlocked(rig)
        await rig.time.pass(6 * HOUR)
        await auto(rig)
        await auto(rig)
        assert.is(await statusOf(rig), 'blocked')
      }))

  test('is not opened where the config says allowed and policy.unblock is hold: it has said so before', () =>
    withRig(seedOf({}), async (rig) => {
      const text = policy('report', listing(', status: allowed'))
      rig.config(text.replace('policy: {', 'policy: { missing: report, unblock: hold,'))
      await rig.run()
      await anotherBlocked(rig)
      assert.equal(
        heldIn(await auto(rig)).map(({ reason, username }) => `${reason} ${username}`),
        [`needs_approval ${GONE}`],
      )
    }))

  test('gets the declared password, which counted as set', () =>
    withRig(
      seedOf({}),
      async (rig) => {
        rig.env.PW = newPassword()
        rig.config(policy('report', listing(', email_password: { env: PW }')).replace('policy: {', 'policy: { missing: report,'))
        assert.equal(ends(await rig.run()), [`update ${GONE} unobservable`])
        await another(rig, { email_password: newPassword() })
        assert.equal(ends(await auto(rig)), [`update ${GONE} unobservable`])
        await days(rig, 2)
        assert.is((await rig.writes()).filter(({ body }) => body.username === GONE).length, 2)
      },
      HIDDEN,
    ))

  test('is made by us with its password, and that is sent once', () =>
    withRig(
      seedOf({}),
      async (rig) => {
        rig.env.PW = newPassword()
        rig.config(listing(', email_password: { env: PW }, description: x'))
        await rig.run()
        await onHold(rig)
        await rig.colleague('remove', { username: GONE })
        await looks(rig, 50)
        await rig.time.pass(HOUR)
        assert.equal(ends(await auto(rig)), [`create ${GONE} unobservable`])
        assert.equal(ends(await auto(rig)), [])
      },
      HIDDEN,
    ))

  test('S4: is not ours where an add never arrived: its password is counted', () =>
    withRig(
      seedOf(undefined),
      async (rig) => {
        rig.env.PW = newPassword()
        rig.config(LIST)
        await rig.run()
        rig.config(`safety: { max_password_changes: 0 }\n${LIST}  - { username: ${GONE}, email_password: { env: PW } }\n`)
        await rig.faults([{ kind: 'reset_before', endpoint: '/users/smtp/add', times: 1 }])
        assert.equal(ends(await auto(rig)), [`create ${GONE} unknown`])
        await onHold(rig)
        await looks(rig, 40)
        await rig.colleague('add', { username: GONE, email_password: newPassword() })
        await rig.time.pass(6 * HOUR)
        const report = await auto(rig)
        assert.equal([ends(report), heldIn(report).map(({ reason }) => reason)], [[], ['capped']])
      },
      HIDDEN,
    ))
})
