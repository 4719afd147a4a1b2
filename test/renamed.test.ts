// Renames: what a new name keeps of its old one whatever the service shows or takes, and how long the old one stays (contract section 5).
import * as assert from 'uvu/assert'
import type { SeedUser } from '../src/sandbox/seed.ts'
import { AGAIN, auto, by, DAY, days, EDIT, GONE, LIST, OTHERS, policy, RULE, seedOf, statusOf } from './support/gone.ts'
import { ends, HOUR, heldIn, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const NEW = 'new@a.example'
const RENAMED = `${LIST}  - { username: ${NEW}, previously: [${GONE}] }\n`
const FAX = { status: 'blocked', description: 'Fax' } as const
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

  test('L3: is made by a daemon without a schedule', () =>
    withRig(seedOf(FAX), async (rig) => {
      rig.config(policy('report', LIST))
      await rig.run()
      await shows(rig, undefined)
      rig.config(policy('report', RENAMED, 'reconcile: { schedule: null }\n'))
      await rig.daemon()
      await rig.time.pass(10_000)
      assert.is(await rig.user(NEW), undefined)
      await shows(rig, FAX)
      await rig.time.pass(5 * MINUTE)
      assert.is(await rig.user(NEW), undefined, 'answers in quick succession are one')
      await rig.time.pass(7 * MINUTE)
      assert.is((await rig.user(NEW))?.description, 'Fax')
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

// Contract, section 5: "the new user is created with the old one's readable settings under the config's".
spec('what a new name was to keep of its old one and did not take when it was made', (test) => {
  const ADD = '/users/smtp/add'
  const renamed = async (rig: Rig, seed: object, faults: Parameters<Rig['faults']>[0]) => {
    rig.config(policy('report', LIST))
    await rig.run()
    rig.config(policy('report', RENAMED))
    await rig.faults(faults)
    const report = await auto(rig)
    await rig.faults([])
    assert.is(await statusOf(rig), 'status' in seed ? seed.status : 'allowed')
    return report
  }
  const made = async (rig: Rig, field: string): Promise<unknown> => (await rig.user(NEW))?.[field]
  const ignoring = (field: string) => [{ kind: 'ignore_field', field, endpoint: ADD, times: 1 } as const]

  for (const seed of [{ status: 'blocked' }, { status: 'sandbox' }, { description: 'Fax' }, { ippool: 1234 }])
    for (const [field, value] of Object.entries(seed))
      test(`is told while it is in vain, and made up for after a day (${field}: ${value})`, () =>
        withRig(seedOf(seed), async (rig) => {
          const report = await renamed(rig, seed, ignoring(field === 'ippool' ? 'ip_pool' : field))
          assert.equal(ends(report), [`create ${NEW} not_converged`])
          for (let look = 0; look < 3; look += 1) {
            await rig.time.pass(7 * HOUR)
            const told = heldIn(await auto(rig)).filter(({ username }) => username === NEW)
            assert.equal(
              told.map(({ reason, fields: [one] }) => [reason, one?.to]),
              [['not_converging', value]],
            )
          }
          await rig.time.pass(3 * HOUR)
          assert.equal(ends(await auto(rig)), [`${value === 'blocked' ? 'block' : 'update'} ${NEW} verified`])
          assert.is(await made(rig, field), value)
          await rig.colleague('edit', { username: NEW, description: 'other', status: 'allowed' })
          await days(rig, 2)
          assert.equal(
            [await made(rig, 'description'), await made(rig, 'status')],
            ['other', 'allowed'],
            'then it is as any other',
          )
        }))

  test('is made up for by the next run where nobody knows what became of the add', () =>
    withRig(seedOf(FAX), async (rig) => {
      const views = [1, 2, 3, 4].map(() => ({ kind: 'status', status: 500, endpoint: '/users/smtp/view', nth: 2 }) as const)
      const lost = { kind: 'reset_after', endpoint: ADD, times: 1 } as const
      assert.equal(ends(await renamed(rig, FAX, [...ignoring('status'), lost, ...views])), [`create ${NEW} unknown`])
      assert.equal([await made(rig, 'status'), await made(rig, 'description')], ['allowed', 'Fax'])
      await rig.time.pass(HOUR)
      assert.equal(ends(await auto(rig)), [`block ${NEW} verified`])
    }))

  for (const [field, theirs] of [
    ['description', 'mine'],
    ['status', 'blocked'],
  ] as const)
    test(`is not set where somebody has set something else since (${field})`, () =>
      withRig(seedOf({ description: 'Fax', status: 'sandbox' }), async (rig) => {
        await renamed(rig, { status: 'sandbox' }, ignoring(field))
        await rig.colleague('edit', { username: NEW, [field]: theirs })
        await days(rig, 3)
        assert.is(await made(rig, field), theirs)
      }))

  test('is not set where the old name has it no more, nor when it has it again', () =>
    withRig(seedOf({ status: 'blocked' }), async (rig) => {
      await renamed(rig, { status: 'blocked' }, ignoring('status'))
      await by(rig, { status: 'allowed' })
      await auto(rig)
      await by(rig, { status: 'blocked' })
      await days(rig, 3)
      assert.is(await made(rig, 'status'), 'allowed')
    }))

  test('is not set where the config says it itself now', () =>
    withRig(seedOf({ status: 'blocked' }), async (rig) => {
      await renamed(rig, { status: 'blocked' }, ignoring('status'))
      rig.config(policy('report', RENAMED.replace('previously', 'status: allowed, previously')))
      await days(rig, 3)
      assert.is(await made(rig, 'status'), 'allowed')
    }))

  for (const [name, looks, end] of [
    [GONE, 3, 'blocked'],
    [NEW, 3, 'blocked'],
    [NEW, 4, 'allowed'],
  ] as const)
    test(`is ${end === 'blocked' ? 'set though' : 'of another user where'} ${looks} looks leave ${name} out`, () =>
      withRig(seedOf({ status: 'blocked' }), async (rig) => {
        await renamed(rig, { status: 'blocked' }, ignoring('status'))
        const all = [...OTHERS, NEW].map((username): SeedUser => ({ username }))
        all.push({ username: GONE, status: 'blocked' })
        await rig.becomes({ account: { results: all.filter(({ username }) => username !== name) } })
        await rig.decide({ _tag: 'Hold', what: { _tag: 'All' }, until: rig.time.now() + 5 * MINUTE })
        for (let look = 0; look < looks; look += 1) {
          await auto(rig)
          await rig.time.pass(MINUTE)
        }
        await rig.becomes({ account: { results: all } })
        await days(rig, 2)
        assert.is(await made(rig, 'status'), end)
      }))

  test('is sent once a day where it never takes', () =>
    withRig(seedOf({ status: 'blocked' }), async (rig) => {
      await renamed(rig, { status: 'blocked' }, ignoring('status'))
      await rig.faults([{ kind: 'ignore_field', field: 'status', endpoint: EDIT.endpoint }])
      const writes = (await rig.writes()).length
      for (let look = 0; look < 8; look += 1) {
        await rig.time.pass(6 * HOUR)
        await auto(rig)
      }
      assert.is((await rig.writes()).length - writes, 2)
    }))
})
