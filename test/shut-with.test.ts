// An entry is one user: where its own `status: blocked` or `expires` keeps the new name from sending, the old one does not go on beside it.
import * as assert from 'uvu/assert'
import { auto, DAY, days, GONE, LIST, policy, RULE, seedOf, statusOf } from './support/gone.ts'
import { ends, HOUR, heldIn, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const NEW = 'new@a.example'
const [OPEN, SHUT] = ['allowed', 'blocked']
const renamed = (some = '') => `${LIST}  - { username: ${NEW}, previously: [${GONE}]${some} }\n`
const at = (rig: Rig, ms: number): string => new Date(rig.time.now() + ms).toISOString().replace(/\.\d{3}/, '')
const both = async (rig: Rig): Promise<ReadonlyArray<unknown>> => [await statusOf(rig), (await rig.user(NEW))?.status]

const inUse = (unlisted: string, body: (rig: Rig) => Promise<void>) =>
  withRig(seedOf({}), async (rig) => {
    rig.config(policy(unlisted, renamed()))
    await rig.run()
    await days(rig, 1)
    assert.equal(await both(rig), [OPEN, OPEN])
    await body(rig)
  })

spec('an old name whose new one the config itself shuts', (test) => {
  for (const unlisted of ['report', 'remove']) {
    test(`is blocked with it, and returns with it for the whole grace (status: blocked, ${unlisted})`, () =>
      inUse(unlisted, async (rig) => {
        rig.config(policy(unlisted, renamed(', status: blocked')))
        const report = await auto(rig)
        assert.equal(ends(report), [`block ${GONE} verified`, `block ${NEW} verified`])
        assert.equal(heldIn(report), [])
        const [block] = report.plan.scopes.flatMap((scope) => (scope._tag === 'Planned' ? scope.changes : []))
        assert.is(block?.note, `blocked with ${NEW}, its new name, by its status`)
        await days(rig, 8)
        assert.equal(await both(rig), [SHUT, SHUT])
        rig.config(policy(unlisted, renamed(', status: allowed')))
        assert.equal([...ends(await auto(rig))].sort(), [`update ${GONE} verified`, `update ${NEW} verified`])
        await days(rig, 2)
        assert.equal(await both(rig), [OPEN, OPEN])
        await days(rig, 1)
        assert.equal(await both(rig), [SHUT, OPEN])
      }))

    test(`is blocked when that expires during grace, and returns where the date is moved (${unlisted})`, () =>
      inUse(unlisted, async (rig) => {
        rig.config(policy(unlisted, renamed(`, expires: "${at(rig, DAY)}"`)))
        await auto(rig)
        assert.equal(await both(rig), [OPEN, OPEN])
        await days(rig, 1)
        assert.equal(await both(rig), [SHUT, SHUT])
        await days(rig, 8)
        assert.equal(await both(rig), [SHUT, SHUT])
        rig.config(policy(unlisted, renamed(`, expires: "${at(rig, 60 * DAY)}"`)))
        await auto(rig)
        await auto(rig)
        assert.equal(await both(rig), [OPEN, OPEN])
      }))
  }

  test('is blocked where that expired before it was made, and returns with its making where the date is moved', () =>
    withRig(seedOf({ description: 'Fax' }), async (rig) => {
      rig.config(policy('report', renamed(`, expires: "${at(rig, -HOUR)}"`)))
      const report = await rig.run()
      assert.equal(ends(report), [`block ${GONE} verified`])
      await days(rig, 8)
      assert.equal(await both(rig), [SHUT, undefined])
      rig.config(policy('report', renamed()))
      await auto(rig)
      assert.equal(await both(rig), [OPEN, OPEN])
      assert.is((await rig.user(NEW))?.description, 'Fax')
      await days(rig, 3)
      assert.equal(await both(rig), [SHUT, OPEN])
    }))

  test('is blocked as that is made blocked, and though it cannot be made', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('report', renamed(', status: blocked')))
      const body = JSON.stringify({ data: { error: 'An SMTP user matching the passed value already exists' } })
      await rig.faults([{ kind: 'status', status: 400, body, endpoint: '/users/smtp/add' }])
      await rig.run()
      assert.equal(await both(rig), [SHUT, undefined])
    }))

  test('is blocked again where somebody opens it, and stays blocked where the entry goes', () =>
    inUse('report', async (rig) => {
      rig.config(policy('report', renamed(', status: blocked')))
      await auto(rig)
      await rig.colleague('edit', { username: GONE, status: OPEN })
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      rig.config(policy('report', LIST))
      await days(rig, 2)
      assert.equal(await both(rig), [SHUT, SHUT])
    }))

  test('stays blocked with it where the config only says nothing of its status any more, and returns when somebody opens the new one', () =>
    inUse('report', async (rig) => {
      rig.config(policy('report', renamed(', status: blocked')))
      await auto(rig)
      rig.config(policy('report', renamed()))
      await days(rig, 2)
      assert.equal(await both(rig), [SHUT, SHUT])
      rig.restart()
      await rig.colleague('edit', { username: NEW, status: OPEN })
      await auto(rig)
      assert.equal(await both(rig), [OPEN, OPEN])
    }))

  test('is not blocked where it is protected, and that is told', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('report', renamed(', status: blocked')).replace('safety: {', `safety: { protected: [${GONE}],`))
      const report = await rig.run()
      assert.equal(await both(rig), [OPEN, SHUT])
      assert.equal(
        heldIn(report).map(({ username, reason }) => [username, reason]),
        [[GONE, 'protected']],
      )
    }))

  test('is blocked once, where a rule asks for it too, and returns when nothing does', () =>
    withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
      rig.config(policy('report', renamed(', status: blocked'), RULE))
      assert.equal(ends(await rig.run()), [`block ${GONE} verified`, `create ${NEW} verified`])
      rig.config(policy('report', renamed(', status: allowed'), RULE))
      await auto(rig)
      assert.is(await statusOf(rig), SHUT)
      for (const username of [GONE, NEW]) await rig.colleague('edit', { username, open_tracking_enabled: false })
      await auto(rig)
      await auto(rig)
      assert.equal(await both(rig), [OPEN, OPEN])
    }))

  // README: "While the new one is blocked for any reason but the config's own `status` or `expires`, the old one stays".
  for (const [title, some, more] of [
    ['is put in the sandbox by the config', ', status: sandbox', ''],
    ['has not started yet', `, starts: "2026-03-01"`, ''],
    ['a rule blocks', '', `rules: [{ id: shut, match: { username: ${NEW} }, set: { status: blocked } }]\n`],
    ['does not meet a rule', '', RULE.replace('"*"', NEW)],
    [
      'is opened by a rule',
      '',
      `profiles: { parked: { status: blocked } }\nrules: [{ id: open, match: { username: ${NEW} }, set: { status: allowed } }]\n`,
    ],
  ] as const)
    test(`stays where that ${title}`, () =>
      withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
        rig.config(policy('report', renamed(title === 'is opened by a rule' ? ', profile: parked' : some), more))
        await rig.run()
        await days(rig, 1)
        assert.is(await statusOf(rig), OPEN)
      }))

  test('stays blocked, and goes after grace, where it was over before that', () =>
    inUse('remove', async (rig) => {
      await days(rig, 2)
      assert.equal(await both(rig), [SHUT, OPEN])
      rig.config(policy('remove', renamed(', status: blocked')))
      await days(rig, 3)
      assert.equal(await both(rig), [undefined, SHUT])
    }))
})
