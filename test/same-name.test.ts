// Others of a name that we knew: what was remembered, or is still owed, is not theirs; and what was settled once is not asked again.
import * as assert from 'uvu/assert'
import { AGAIN, auto, DAY, days, GONE, LIST, policy, seedOf, statusOf } from './support/gone.ts'
import { ends, HOUR, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const NEW = 'new@a.example'
const RENAMED = `${LIST}  - { username: ${NEW}, previously: [${GONE}] }\n`
const FAX = { status: 'allowed', description: 'Fax' } as const

spec('a new name beside several old ones', (test) => {
  test('a new name waits not for an old one of long ago where the one in use is there', () =>
    withRig({ account: { results: [...seedOf(FAX).account.results, { username: 'older@a.example' }] } }, async (rig) => {
      rig.config(policy('report', `${LIST}  - { username: ${GONE}, previously: [older@a.example] }\n`))
      await rig.run()
      await days(rig, 5)
      assert.is((await rig.user('older@a.example'))?.status, 'blocked')
      rig.config(policy('report', `${LIST}  - { username: ${NEW}, previously: [${GONE}, older@a.example] }\n`))
      await rig.colleague('remove', { username: 'older@a.example' })
      assert.equal(ends(await auto(rig)), [`create ${NEW} verified`])
    }))
})

spec('who is left out by the look before the writes and shown by the one after', (test) => {
  const slip = async (rig: Rig, back: object): Promise<void> => {
    await rig.colleague('remove', { username: GONE })
    await rig.colleague('edit', { username: 'kept@a.example', description: 'by hand' })
    await rig.time.pass(5 * 60_000)
    const there = rig.time.clock.sleep(30_000).then(() => rig.colleague('add', { username: GONE, ...back }))
    await auto(rig)
    await there
  }
  const DESC = (list: string): string =>
    list.replace('{ username: kept@a.example }', '{ username: kept@a.example, description: mine }')
  test('grace begins anew where the look before the writes left the user out and the one after shows it', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', DESC(AGAIN)), 'pace: 2 per 1m')
      await rig.run()
      rig.config(policy('remove', DESC(LIST)), 'pace: 2 per 1m')
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      await days(rig, 2)
      await rig.time.pass(HOUR)
      await slip(rig, { status: 'blocked' })
      assert.is(await statusOf(rig), 'blocked')
      await days(rig, 1)
      assert.is(await statusOf(rig), 'blocked')
    }))

  test('a user that three looks and the one before the writes left out is another, and is not removed as ours', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', DESC(AGAIN)), 'pace: 2 per 1m')
      await rig.run()
      rig.config(policy('remove', DESC(LIST)), 'pace: 2 per 1m')
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      await rig.colleague('remove', { username: GONE })
      for (let i = 0; i < 3; i += 1) {
        await rig.time.pass(HOUR)
        await auto(rig)
      }
      await rig.time.pass(HOUR)
      await rig.colleague('add', { username: GONE, status: 'blocked' })
      await slip(rig, { status: 'blocked' })
      await days(rig, 6)
      assert.is(await statusOf(rig), 'blocked')
    }))
})
spec('a name of a scope that has left the config', (test) => {
  const first = { username: 'one@a.example' }
  const till = { username: 'till@b.example' }
  const others = { account: { results: [first] } }
  const listedIn = (id: string): string =>
    `subaccounts: [{ id: ${id}, users: [{ username: ${till.username} }] }]\nusers: [{ username: ${first.username} }]\n`
  const moved = async (rig: Rig): Promise<string> => {
    rig.config(listedIn('Old'))
    await rig.run()
    await rig.becomes({
      ...others,
      subaccounts: { New: { results: [{ username: 'a@n.example' }, { username: 'b@n.example' }, { username: 'c@n.example' }] } },
    })
    rig.config(listedIn('New'))
    await rig.time.pass(60 * 24 * HOUR)
    return (await auto(rig)).plan.digest ?? ''
  }
  const seed3 = {
    ...others,
    subaccounts: {
      Old: { results: [till] },
      New: { results: [{ username: 'a@n.example' }, { username: 'b@n.example' }, { username: 'c@n.example' }] },
    },
  }
  test('a name that was live here since is made again without a person', () =>
    withRig(seed3, async (rig) => {
      const digest = await moved(rig)
      assert.equal(ends(await rig.run({ digest })), [`create ${till.username} verified`])
      await rig.time.pass(5 * DAY)
      await auto(rig)
      await rig.becomes({
        ...others,
        subaccounts: {
          New: { results: [{ username: 'a@n.example' }, { username: 'b@n.example' }, { username: 'c@n.example' }] },
        },
      })
      const report = await auto(rig)
      const again = await auto(rig)
      assert.equal([...ends(report), ...ends(again)], [`create ${till.username} verified`])
    }))
  test('an agreed add whose fate is unknown is sent again without another word', () =>
    withRig(seed3, async (rig) => {
      const digest = await moved(rig)
      await rig.faults([{ kind: 'reset_before', endpoint: '/users/smtp/add', times: 1 }])
      assert.equal(ends(await rig.run({ digest })), [`create ${till.username} unknown`])
      await rig.time.pass(HOUR)
      const report = await auto(rig)
      assert.equal(ends(report), [`create ${till.username} verified`])
    }))
})
spec('what a new name is still to get', (test) => {
  test('a new name gets nothing of another user that has the old name by now', () =>
    withRig(seedOf({ description: 'Fax' }), async (rig) => {
      rig.config(policy('remove', `${LIST}  - { username: ${GONE} }\n`))
      await rig.run()
      await rig.faults([{ kind: 'ignore_field', field: 'description' }])
      rig.config(policy('remove', RENAMED))
      await auto(rig)
      await days(rig, 9)
      assert.is(await statusOf(rig), undefined)
      await rig.faults([])
      await rig.colleague('add', { username: GONE, description: 'somebody else' })
      await rig.time.pass(30 * HOUR)
      await auto(rig)
      await rig.time.pass(30 * HOUR)
      await auto(rig)
      assert.is.not((await rig.user(NEW))?.description, 'somebody else')
    }))
  test('a new name gets nothing of an older name where one answer leaves out the one in use', () =>
    withRig(
      {
        account: {
          results: [
            ...seedOf({ description: 'Fax' }).account.results,
            { username: 'older@a.example', description: 'Of long ago', status: 'blocked' },
          ],
        },
      },
      async (rig) => {
        rig.config(policy('report', `${LIST}  - { username: ${GONE}, previously: [older@a.example] }\n`))
        await rig.run()
        rig.config(policy('report', `${LIST}  - { username: ${NEW}, previously: [${GONE}, older@a.example] }\n`))
        await rig.faults([{ kind: 'ignore_field', field: 'description', endpoint: '/users/smtp/add' }])
        await auto(rig)
        await rig.faults([])
        await rig.colleague('remove', { username: GONE })
        await rig.time.pass(30 * HOUR)
        await auto(rig)
        assert.is.not((await rig.user(NEW))?.description, 'Of long ago')
      },
    ))
  test('nor is it blocked as somebody else of the old name is', () =>
    withRig(
      {
        account: {
          results: [
            ...seedOf({ status: 'blocked' }).account.results,
            { username: 'older@a.example', description: 'Of long ago', status: 'blocked' },
          ],
        },
      },
      async (rig) => {
        rig.config(
          policy('remove', `${LIST}  - { username: ${GONE} }\nabsent: [{ username: never@a.example }]\n`).replace(
            'policy: { unlisted: remove',
            'policy: { unlisted: report',
          ),
        )
        await rig.run()
        rig.config(policy('report', RENAMED))
        await rig.faults([{ kind: 'ignore_field', field: 'status' }])
        await auto(rig)
        await rig.colleague('remove', { username: GONE })
        await days(rig, 6)
        await rig.faults([])
        assert.is((await rig.user(NEW))?.status, 'allowed')
        await rig.colleague('add', { username: GONE, status: 'blocked' })
        await days(rig, 1)
        assert.is((await rig.user(NEW))?.status, 'allowed')
      },
    ))
})
