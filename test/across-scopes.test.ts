// A new name in one scope, its old one live in another: no rename goes across scopes. Nobody is cut off for it, and both sides are told.
import * as assert from 'uvu/assert'
import { auto, DAY, days } from './support/gone.ts'
import { ends, heldIn, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const [OLD, NEW] = ['fax@a.example', 'fax-2@a.example']
const LIMIT = { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 day' }
const others = ['one@a.example', 'two@a.example', 'three@a.example'].map((username) => ({ username }))
const seedOf = (old: object | undefined) => ({
  account: { results: [...others, ...(old === undefined ? [] : [{ username: OLD, ...LIMIT, ...old }])] },
  subaccounts: { S1: { results: [{ username: 'sub@a.example' }] } },
})
const ACCOUNT = `users: [${others.map(({ username }) => `{ username: ${username} }`).join(', ')}]\n`
const SUB = '{ username: sub@a.example }'
const config = (unlisted: string, previously = `, previously: [${OLD}]`, account = ACCOUNT): string =>
  `policy: { unlisted: ${unlisted}, grace: 3d }\nsafety: { max_blocks: 5, max_removes: 5 }\n${account}subaccounts: [{ id: S1, users: [${SUB}, { username: ${NEW}${previously} }] }]\n...\n`

const there = async (rig: Rig): Promise<ReadonlyArray<unknown>> => [
  (await rig.user(OLD))?.status,
  (await rig.users('S1')).find(({ username }) => username === NEW)?.status,
]
const toldIn = (report: Parameters<typeof heldIn>[0]): ReadonlyArray<string> =>
  heldIn(report).map(({ change, username, reason, message }) => `${change} ${username} ${reason}: ${message}`)

const BOUND = 'a rename does not go from one scope to another'
const OLD_WAITS = `block ${OLD} impossible: ${NEW}, listed in subaccount:S1 (AT user), names it in \`previously\`, and ${BOUND}: it stays as it is; take it out of \`previously\`, and list it in account for as long as it is needed`
const NEW_WAITS = `create ${NEW} impossible: its former name ${OLD} is live in account, and ${BOUND}: take that out of \`previously\`, say here what this user is to have, and list ${OLD} in account for as long as it is needed`

spec('a new name whose old one is live in another scope', (test) => {
  // Contract, section 5: "the old one stays as it is and counts as listed until the new one is verified and grace has passed"; section 4: "Silence
  // means in sync: whatever is intended and not done is in `held`".
  for (const unlisted of ['ignore', 'report', 'block', 'remove'])
    for (const ignored of [false, true])
      test(`is not made without its settings, and the old one stays; both are told (${unlisted}${ignored ? ', ignored' : ''})`, () =>
        withRig(seedOf({}), async (rig) => {
          const text = config(unlisted)
          rig.config(ignored ? text.replace('grace', `ignore: [${OLD}], grace`) : text)
          const report = await rig.run()
          assert.equal(ends(report), [])
          assert.equal(
            toldIn(report).map((one) => one.replace(/config\.yaml:\d+:\d+/, 'AT')),
            [OLD_WAITS, NEW_WAITS],
          )
          await days(rig, 8)
          assert.equal(await there(rig), ['allowed', undefined])
          assert.equal(await rig.writes(), [])
        }))

  test('is made once the config says so in two entries, and the old one stays as long as it is listed', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(config('block'))
      await rig.run()
      const listed = ACCOUNT.replace(']', `, { username: ${OLD} }]`)
      rig.config(config('block', '', listed))
      assert.equal(ends(await auto(rig)), [`create ${NEW} verified`])
      await days(rig, 5)
      assert.equal(await there(rig), ['allowed', 'allowed'])
      rig.config(config('block', ''))
      assert.equal(ends(await auto(rig)), [`block ${OLD} verified`])
    }))

  test('that is there already works, and the old one stays', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(config('block'))
      await rig.colleague('add', { username: NEW, subaccount_id: 'S1' })
      const report = await rig.run()
      assert.equal(toldIn(report).length, 1)
      await days(rig, 8)
      assert.equal(await there(rig), ['allowed', 'allowed'])
    }))

  // L2: what a person changes by hand is put back.
  test('that was there and was removed by hand is made again', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(config('block'))
      await rig.colleague('add', { username: NEW, subaccount_id: 'S1' })
      await rig.run()
      await rig.colleague('remove', { username: NEW, subaccount_id: 'S1' })
      assert.equal(ends(await auto(rig)), [`create ${NEW} verified`])
    }))

  test('is told alone where the old one cannot send anyway; that one is neither opened nor removed', () =>
    withRig(seedOf({ status: 'blocked' }), async (rig) => {
      rig.config(config('remove'))
      const report = await rig.run()
      assert.equal(toldIn(report), [NEW_WAITS])
      await days(rig, 8)
      assert.equal(await there(rig), ['blocked', undefined])
    }))

  test('keeps an old one from its removal that was on its way out', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(config('remove', '').replace(`, { username: ${NEW} }`, ''))
      await rig.run()
      assert.is((await rig.user(OLD))?.status, 'blocked')
      rig.config(config('remove'))
      await days(rig, 6)
      assert.equal(await there(rig), ['blocked', undefined])
      assert.match(toldIn(await auto(rig)).join('\n'), new RegExp(`^remove ${OLD} impossible: .*${BOUND}`))
    }))

  test('S15: is not made either where only the letters of the old one differ, and that one stays', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(config('block', `, previously: [${OLD.toUpperCase()}]`))
      const report = await rig.run()
      assert.equal(
        heldIn(report).map(({ username, reason }) => [username, reason]),
        [
          [OLD, 'impossible'],
          [NEW, 'impossible'],
        ],
      )
      assert.equal(await there(rig), ['allowed', undefined])
    }))

  test('a rule that the old one does not meet blocks it as it does anybody', () =>
    withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
      const rule =
        'rules: [{ id: quiet, match: { username: "*" }, require: { open_tracking_enabled: false }, otherwise: block }]\n'
      rig.config(`${rule}${config('block')}`)
      assert.equal(ends(await rig.run()), [`block ${OLD} verified`])
      await rig.colleague('edit', { username: OLD, open_tracking_enabled: false })
      assert.equal(ends(await auto(rig)), [`update ${OLD} verified`])
      assert.equal(await there(rig), ['allowed', undefined])
    }))
})

// Contract, promises: S3, "Nothing is created, blocked or removed because something could not be read."
spec('S3: a new name whose old one may be in a scope that this run did not see', (test) => {
  const only = (scope: 'account' | 'subaccount:S1') => ({ scopes: new Set([scope] as const) })

  test('is not made by a run over its own scope: nobody has read the other one yet', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(config('block'))
      const report = await rig.run(only('subaccount:S1'))
      assert.equal(ends(report), [])
      assert.equal(toldIn(report), [
        `create ${NEW} impossible: its former name ${OLD} is not live here, and may be in account, which nobody has read yet: let that be read, or take ${OLD} out of \`previously\``,
      ])
      assert.equal(ends(await rig.run(only('account'))), [], 'nor is the old one blocked by a run over its scope')
      assert.equal(toldIn(await rig.run(only('subaccount:S1'))), [
        NEW_WAITS.replace('is live in account', 'was live in account when that was last read'),
      ])
      assert.equal(await there(rig), ['allowed', undefined])
    }))

  test('is made where the others were read and show no such name', () =>
    withRig(seedOf(undefined), async (rig) => {
      rig.config(config('block'))
      await rig.run(only('account'))
      assert.equal(ends(await rig.run(only('subaccount:S1'))), [`create ${NEW} verified`])
    }))

  for (const known of [true, false])
    test(`is not made where the other one cannot be read${known ? ', and was read before' : ''}`, () =>
      withRig(seedOf({}), async (rig) => {
        if (known) {
          rig.config(config('report', '').replace(`, { username: ${NEW} }`, ''))
          await rig.run()
        }
        rig.config(config('report'))
        await rig.faults([{ kind: 'status', status: 503, endpoint: '/users/smtp/view', nth: 1 }])
        const report = await rig.run()
        assert.equal(
          report.plan.scopes.map(({ _tag }) => _tag),
          ['Errored', 'Planned'],
        )
        assert.equal(ends(report), [])
        assert.match(toldIn(report).join('\n'), known ? /was live in account when that was last read/ : /may be in account/)
        await rig.faults([])
        await rig.time.pass(DAY)
        assert.equal(ends(await auto(rig)), [])
        assert.equal(await there(rig), ['allowed', undefined])
      }))

  test('is not made where the scope of the old one has left the config', () =>
    withRig(
      {
        account: { results: others },
        subaccounts: { S1: { results: [{ username: 'sub@a.example' }] }, S2: { results: [{ username: OLD, ...LIMIT }] } },
      },
      async (rig) => {
        const two = config('report', '')
          .replace(`, { username: ${NEW} }`, '')
          .replace(' }] }]', ` }] }, { id: S2, users: [{ username: ${OLD} }] }]`)
        rig.config(two)
        await rig.run()
        rig.config(config('report'))
        const report = await auto(rig)
        assert.equal(ends(report), [])
        assert.match(
          toldIn(report).join('\n'),
          new RegExp(`its former name ${OLD} was live in subaccount:S2 when that was last read`),
        )
      },
    ))
})
