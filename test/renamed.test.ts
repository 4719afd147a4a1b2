// Renames: what a new name keeps of its old one whatever the service shows or takes, and how long the old one stays (contract section 5).
import * as assert from 'uvu/assert'
import { AGAIN, auto, by, DAY, days, GONE, LIST, policy, RULE, seedOf, statusOf } from './support/gone.ts'
import { ends, HOUR, heldIn, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const NEW = 'new@a.example'
const RENAMED = `${LIST}  - { username: ${NEW}, previously: [${GONE}] }\n`
const FAX = { status: 'blocked', description: 'Fax' }
/** The answers show the old name no more, or again as it was. */
const shows = async (rig: Rig, gone: object | undefined): Promise<void> => {
  const others = (await rig.users()).filter(({ username }) => username !== GONE).map(({ username }) => ({ username }))
  await rig.becomes({ account: { results: gone === undefined ? others : [...others, { username: GONE, ...gone }] } })
}

spec('a new name whose old one is left out of answers', (test) => {
  // Contract, section 5: "the new user is created with the old one's readable settings"; S3: "Nothing is created … because something could not be read".
  for (const [title, list] of [
    ['was not listed', LIST],
    ['was listed', AGAIN],
  ] as const)
    for (const looks of [1, 3])
      test(`S3: is made with what it has once it is shown again (it ${title}, left out of ${looks})`, () =>
        withRig(seedOf(FAX), async (rig) => {
          rig.config(policy('report', list))
          await rig.run()
          rig.config(policy('report', RENAMED))
          await shows(rig, undefined)
          for (let look = 0; look < looks; look += 1) {
            const report = await auto(rig)
            assert.equal(ends(report), [])
            assert.equal(
              heldIn(report).map(({ username, reason, message }) => [username, reason, message]),
              [
                [
                  NEW,
                  'impossible',
                  `${GONE} is not in this answer, and this user is to keep its settings: it waits for a few more answers; made without them where \`previously\` does not name that one`,
                ],
              ],
            )
            await rig.time.pass(HOUR)
          }
          await shows(rig, FAX)
          assert.equal(ends(await auto(rig)), [`create ${NEW} verified`])
          const made = await rig.user(NEW)
          assert.equal([made?.status, made?.description], ['blocked', 'Fax'])
        }))

  // L8: what waits comes to an end, also where something else holds it then.
  for (const held of [true, false])
    test(`is made without it after three that left it out${held ? ', and waits no more where a hold ends after them' : ''}`, () =>
      withRig(seedOf(FAX), async (rig) => {
        rig.config(policy('report', LIST))
        await rig.run()
        rig.config(policy('report', RENAMED))
        await shows(rig, undefined)
        if (held) await rig.decide({ _tag: 'Hold', what: { _tag: 'Users', glob: NEW }, until: rig.time.now() + 6 * HOUR })
        for (let look = 0; look < (held ? 6 : 3); look += 1) {
          assert.equal(ends(await auto(rig)), [])
          await rig.time.pass(HOUR)
        }
        assert.equal(ends(await auto(rig)), [`create ${NEW} verified`])
      }))

  test('is made at once where nobody has seen it, or we removed it', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', `${LIST}absent: [{ username: ${GONE} }]\n`))
      await rig.run()
      await days(rig, 4)
      assert.is(await statusOf(rig), undefined)
      rig.config(policy('report', `${LIST}  - { username: ${NEW}, previously: [${GONE}, never@a.example] }\n`))
      assert.equal(ends(await auto(rig)), [`create ${NEW} verified`])
    }))
})

// README, Leaving: "The new name of a rename works while it may send, or is kept from it by the config's own word: where it is blocked by hand, by
// a stop, for a rule or by the service, the old one stays, and `grace` begins anew."
spec('an old name whose new one does not work', (test) => {
  const [OPEN, SHUT] = ['allowed', 'blocked']
  const both = async (rig: Rig): Promise<ReadonlyArray<unknown>> => [await statusOf(rig), (await rig.user(NEW))?.status]

  test('returns once the rule is met for which both were blocked, and stays for the whole grace', () =>
    withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
      rig.config(policy('report', LIST))
      await rig.run()
      rig.config(policy('report', RENAMED))
      await auto(rig)
      rig.config(policy('report', RENAMED, RULE))
      await auto(rig)
      assert.equal(await both(rig), [SHUT, SHUT])
      await days(rig, 5)
      await by(rig, { open_tracking_enabled: false })
      await rig.colleague('edit', { username: NEW, open_tracking_enabled: false })
      await auto(rig)
      await auto(rig)
      assert.equal(await both(rig), [OPEN, OPEN])
      await days(rig, 2)
      assert.equal(await both(rig), [OPEN, OPEN])
      await days(rig, 2)
      assert.equal(await both(rig), [SHUT, OPEN])
    }))

  test('is not blocked at once when a stop of both is over and somebody opens them', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('report', LIST))
      await rig.run()
      rig.config(policy('report', RENAMED))
      await auto(rig)
      await rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: '*' }, until: rig.time.now() + 5 * DAY })
      await auto(rig)
      assert.equal(await both(rig), [SHUT, SHUT])
      await days(rig, 4)
      await rig.decide({ _tag: 'Release', every: true })
      for (const username of [GONE, NEW]) await rig.colleague('edit', { username, status: OPEN })
      await days(rig, 2)
      assert.equal(await both(rig), [OPEN, OPEN])
    }))

  const over = async (rig: Rig, unlisted: string): Promise<void> => {
    rig.config(policy(unlisted, AGAIN))
    await rig.run()
    rig.config(policy(unlisted, RENAMED))
    await auto(rig)
    await days(rig, 4)
    assert.equal(await both(rig), [SHUT, OPEN])
    await rig.colleague('edit', { username: NEW, status: SHUT })
  }

  for (const unlisted of ['report', 'block', 'remove'])
    test(`may send where somebody opens it after the rename was over, until the new one has worked for the grace again (${unlisted})`, () =>
      withRig(seedOf({}), async (rig) => {
        await over(rig, unlisted)
        await by(rig, { status: OPEN })
        await days(rig, 6)
        assert.equal(await both(rig), [OPEN, SHUT])
        await rig.colleague('edit', { username: NEW, status: OPEN })
        await days(rig, 3)
        assert.equal(await both(rig), [OPEN, OPEN])
        await days(rig, 1)
        assert.equal(await both(rig), [SHUT, OPEN])
      }))

  test('that is blocked and was not opened is not removed before the new one has worked for the grace again', () =>
    withRig(seedOf({}), async (rig) => {
      await over(rig, 'remove')
      await days(rig, 6)
      assert.equal(await both(rig), [SHUT, SHUT])
      await rig.colleague('edit', { username: NEW, status: OPEN })
      await days(rig, 3)
      assert.equal(await both(rig), [SHUT, OPEN])
      await days(rig, 1)
      assert.equal(await both(rig), [undefined, OPEN])
    }))

  test('that somebody opened is blocked for a rule that it does not meet', () =>
    withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
      await over(rig, 'report')
      await by(rig, { status: OPEN })
      rig.config(policy('report', RENAMED, RULE))
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      await by(rig, { open_tracking_enabled: false })
      await auto(rig)
      assert.is(await statusOf(rig), OPEN)
    }))
})
