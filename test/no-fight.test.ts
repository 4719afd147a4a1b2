// No fight: what does not take is not sent for ever, what somebody keeps setting back is repaired and told, what cannot be read back is sent once,
// and a full edit never undoes what somebody did a moment ago (promises S5 and S8).
import * as assert from 'uvu/assert'
import type { LoggedRequest } from './support/command.ts'
import { newPassword } from './support/fresh.ts'
import { AGAIN, by, DAY, GONE, LIST, listing, auto as looked, policy, SETTING, seedOf, statusOf } from './support/gone.ts'
import { endedIn, ends, HOUR, heldIn, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const ONE = 'one@a.example'
const PASSWORD = newPassword()
const seed = { account: { results: [{ username: ONE }, { username: 'two@a.example' }] } }
const bodies = (log: ReadonlyArray<LoggedRequest>) => log.map(({ body }) => body)
const findings = (report: Parameters<typeof ends>[0]): ReadonlyArray<string> =>
  report.plan.scopes.flatMap((scope) => (scope._tag === 'Planned' ? scope.findings.map(({ rule }) => rule) : []))

/** A colleague sets a user back every hour, and a run follows; gives what each run found. */
const contest = async (rig: Rig, times: number): Promise<ReadonlyArray<ReadonlyArray<string>>> => {
  const found: Array<ReadonlyArray<string>> = []
  for (let time = 0; time < times; time += 1) {
    await rig.colleague('edit', { username: ONE, bounce_notifications: 'drop' })
    await rig.time.pass(HOUR)
    found.push(findings(await rig.run()))
  }
  return found
}

spec('no fight', (test) => {
  test('S8: a field that does not take is sent once, then held until desired or live changes, or a day has passed', () =>
    withRig(seed, async (rig) => {
      rig.config(`users: [{ username: ${ONE}, description: wanted, bounce_notifications: drop }]`)
      await rig.faults([{ kind: 'ignore_field', field: 'description', endpoint: '/users/smtp/edit' }])
      assert.equal(ends(await rig.run()), [`update ${ONE} not_converged`])
      for (let times = 0; times < 5; times += 1) {
        const report = await rig.run()
        assert.equal(
          heldIn(report).map(({ reason, fields }) => [reason, fields.map(({ field }) => field)]),
          [['not_converging', ['description']]],
        )
        assert.is(report.exitCode, 4)
        await rig.time.pass(HOUR)
      }
      assert.is((await rig.writes()).length, 1)
      await rig.colleague('edit', { username: ONE, bounce_notifications: 'from' })
      await rig.run()
      assert.equal(
        bodies(await rig.writes()).at(-1),
        { username: ONE, bounce_notifications: 'drop' },
        'its other fields are repaired',
      )
      await rig.time.pass(24 * HOUR)
      await rig.run()
      assert.equal(bodies(await rig.writes()).slice(2), [{ username: ONE, description: 'wanted' }], 'a day has passed')
      rig.config(`users: [{ username: ${ONE}, description: other, bounce_notifications: drop }]`)
      await rig.run()
      await rig.run()
      assert.equal(bodies(await rig.writes()).slice(3), [{ username: ONE, description: 'other' }], 'desired changed')
    }))

  test('S8: so is that of one for whom a rule holds too', () =>
    withRig(seed, async (rig) => {
      rig.config(
        `policy: { unlisted: block }\nrules: [{ id: quiet, set: { open_tracking_enabled: false } }]\nusers: [{ username: ${ONE} }]\n...`,
      )
      await rig.faults([{ kind: 'ignore_field', field: 'status', endpoint: '/users/smtp/edit' }])
      assert.ok(ends(await rig.run()).includes('block two@a.example not_converged'))
      for (let times = 0; times < 3; times += 1) {
        await rig.time.pass(HOUR)
        await rig.run()
      }
      assert.is(bodies(await rig.writes()).filter((body) => JSON.stringify(body).includes('blocked')).length, 1)
    }))

  test('S8: the block of an unlisted user that does not take is sent once a day, and so is one that is refused (S12)', () =>
    withRig(seed, async (rig) => {
      rig.config(`policy: { unlisted: block }\nusers: [{ username: ${ONE} }]\n...`)
      await rig.faults([{ kind: 'ignore_field', field: 'status', endpoint: '/users/smtp/edit' }])
      assert.equal(ends(await rig.run()), ['block two@a.example not_converged'])
      for (let times = 0; times < 3; times += 1) {
        await rig.time.pass(HOUR)
        assert.equal(
          heldIn(await rig.run()).map(({ username, change, reason }) => [username, change, reason]),
          [['two@a.example', 'block', 'not_converging']],
        )
      }
      assert.is((await rig.writes()).length, 1)
      await rig.time.pass(24 * HOUR)
      await rig.faults([{ kind: 'status', status: 400, body: '{"data":{"error":"no"}}', endpoint: '/users/smtp/edit' }])
      assert.equal(ends(await rig.run()), ['block two@a.example failed'])
      await rig.time.pass(HOUR)
      assert.equal(ends(await rig.run()), [])
      assert.is((await rig.writes()).length, 2)
      await rig.faults([])
      await rig.time.pass(24 * HOUR)
      assert.equal(ends(await rig.run()), ['block two@a.example verified'])
    }))

  test('S12: a block with something else, both of which the service refuses, is asked for as one and by itself, each once a day', () =>
    withRig(seed, async (rig) => {
      rig.config(`users: [{ username: ${ONE}, description: new, status: blocked }, { username: two@a.example }]`)
      await rig.faults([{ kind: 'status', status: 400, body: '{"data":{"error":"no"}}', endpoint: '/users/smtp/edit' }])
      for (let times = 0; times < 12; times += 1) {
        await rig.run()
        await rig.time.pass(HOUR)
      }
      assert.equal(bodies(await rig.writes()), [
        { username: ONE, description: 'new', status: 'blocked' },
        { username: ONE, status: 'blocked' },
      ])
    }))

  test('S12: a user on its way out is blocked without what a rule sets of it, where the service refuses the two together', () =>
    withRig(
      seedOf({}),
      async (rig) => {
        const rule = 'rules: [{ id: kept, match: { username: "gone*" }, set: { archive_enabled: true } }]\n'
        rig.config(policy('block', LIST, rule))
        for (let times = 0; times < 6; times += 1) {
          await rig.run()
          await rig.time.pass(HOUR)
        }
        assert.equal(
          bodies(await rig.writes()),
          [{ archive_enabled: true, status: 'blocked' }, { status: 'blocked' }, { archive_enabled: true }].map((asked) => ({
            username: GONE,
            ...asked,
          })),
        )
        assert.is(await statusOf(rig), 'blocked')
        assert.equal(
          heldIn(await looked(rig)).map(({ reason, fields }) => [reason, ...fields.map(({ field }) => field)]),
          [['not_converging', 'archive_enabled']],
        )
      },
      { switches: { archive: 'refused' } },
    ))

  test('S8: what somebody keeps setting back is repaired once a run, and is contested from the third time in 24 h on', () =>
    withRig(seed, async (rig) => {
      rig.config(`users: [{ username: ${ONE}, bounce_notifications: from }]`)
      await rig.run()
      assert.equal(await contest(rig, 4), [[], [], ['contested'], ['contested']])
      assert.is((await rig.writes()).length, 4)
      await rig.time.pass(25 * HOUR)
      assert.equal(await contest(rig, 1), [[]])
    }))

  test('S8: policy.contested: hold leaves that field to people from the third time on, and goes on with the others', () =>
    withRig(seed, async (rig) => {
      rig.config(`policy: { contested: hold }\nusers: [{ username: ${ONE}, bounce_notifications: from, description: x }]`)
      await rig.run()
      assert.equal(await contest(rig, 3), [[], [], ['contested']])
      const before = (await rig.writes()).length
      rig.config(`policy: { contested: hold }\nusers: [{ username: ${ONE}, bounce_notifications: from, description: y }]`)
      const report = await rig.run()
      assert.equal(bodies((await rig.writes()).slice(before)), [{ username: ONE, description: 'y' }])
      assert.equal(
        heldIn(report).map(({ reason, fields }) => [reason, fields.map(({ field }) => field)]),
        [['contested', ['bounce_notifications']]],
      )
      assert.is(report.exitCode, 4)
      assert.is((await rig.user(ONE))?.bounce_notifications, 'drop')
    }))

  test('what cannot be read back is sent once, and with reassert_unobservable again after that time, which is no contest', () =>
    withRig(
      seed,
      async (rig) => {
        const users = `users: [{ username: ${ONE}, click_tracking_enabled: true }]`
        rig.config(users)
        for (let times = 0; times < 3; times += 1) await rig.run()
        assert.equal(bodies(await rig.writes()), [{ username: ONE, click_tracking_enabled: true }])
        rig.config(`policy: { reassert_unobservable: 2h }\n${users}`)
        for (let times = 1; times <= 4; times += 1) {
          await rig.time.pass(2 * HOUR)
          assert.equal(findings(await rig.run()), [])
          await rig.run()
          assert.is((await rig.writes()).length, 1 + times)
        }
      },
      { switches: { click_tracking: 'absent' } },
    ))

  test('unknown_password: assume takes the declared password for the live one, and sends the next one', () =>
    withRig(
      seed,
      async (rig) => {
        rig.env.PASSWORD = PASSWORD
        rig.config(`policy: { unknown_password: assume }\nusers: [{ username: ${ONE}, email_password: { env: PASSWORD } }]`)
        for (let times = 0; times < 3; times += 1) await rig.run()
        assert.equal(await rig.writes(), [])
        rig.env.PASSWORD = `${PASSWORD}-2`
        await rig.run()
        await rig.run()
        assert.equal(bodies(await rig.writes()), [{ username: ONE, email_password: '(set)' }])
      },
      { switches: { view_password: 'masked' } },
    ))

  test('S5: a full edit looks again where the run looked long ago, and keeps what somebody changed meanwhile', () =>
    withRig({ account: { results: [{ username: ONE, description: 'old' }, { username: 'two@a.example' }] } }, async (rig) => {
      rig.env.PASSWORD = PASSWORD
      const full = `email_password: { env: PASSWORD }, ip_pool: 1234, click_tracking_enabled: false, open_tracking_enabled: true`
      rig.config(
        `users: [{ username: ${ONE}, ${full} }, { username: two@a.example, ${full} }]`,
        'pace: 2 per 1m, edit: full, concurrency: 1',
      )
      const edits = rig.time.clock
        .sleep(30_000)
        .then(() => rig.colleague('edit', { username: 'two@a.example', description: 'by hand just now' }))
      const report = await rig.run()
      await edits
      assert.equal(
        endedIn(report).map(({ outcome }) => outcome),
        ['unobservable', 'unobservable'],
      )
      const two = await rig.user('two@a.example')
      assert.is(two?.description, 'by hand just now')
      assert.is(two?.open_tracking_enabled, true)
      assert.ok(report.durationMs < 5 * MINUTE)
    }))

  test('S5 S8: a full edit sends a field that is left to people as it is', () =>
    withRig({ account: { results: [{ username: ONE, bounce_notifications: 'from' }] } }, async (rig) => {
      rig.env.PASSWORD = PASSWORD
      const full = `email_password: { env: PASSWORD }, ip_pool: 1234, click_tracking_enabled: false, bounce_notifications: from`
      const config = (description: string): void =>
        rig.config(
          `policy: { contested: hold }\nusers: [{ username: ${ONE}, ${full}, description: ${description} }]`,
          'pace: off, edit: full',
        )
      config('x')
      await rig.run()
      await contest(rig, 3)
      config('y')
      await rig.run()
      const user = await rig.user(ONE)
      assert.equal([user?.description, user?.bounce_notifications], ['y', 'drop'])
    }))
})

/** A colleague opens every hour whom we block, and a run follows; gives what each run told. */
const opened = async (rig: Rig, times: number): Promise<ReadonlyArray<ReadonlyArray<string>>> => {
  const told: Array<ReadonlyArray<string>> = []
  for (let time = 0; time < times; time += 1) {
    await by(rig, { status: 'allowed' })
    await rig.time.pass(HOUR)
    const report = await looked(rig)
    told.push([...findings(report), ...ends(report), ...heldIn(report).map(({ reason }) => reason)])
  }
  return told
}
const BLOCKED = `block ${GONE} verified`
const ABSENT = `${LIST}absent: [{ username: ${GONE} }]\n`
const WAYS = [
  ['is unlisted (unlisted: block)', policy('block', LIST)],
  ['is absent', policy('report', ABSENT)],
  ['is absent, and ruled besides', policy('report', ABSENT, SETTING)],
] as const

spec('who is opened again and again', (test) => {
  for (const [title, text] of WAYS) {
    test(`S8: and ${title} is told as contested from the third time in 24 h on`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('report', LIST))
        await rig.run()
        rig.config(text)
        assert.equal(ends(await looked(rig)), [BLOCKED])
        assert.equal(await opened(rig, 4), [[BLOCKED], [BLOCKED], ['contested', BLOCKED], ['contested', BLOCKED]])
        await rig.time.pass(DAY)
        assert.equal(await opened(rig, 1), [[BLOCKED]])
      }))

    test(`S8: and ${title} is left to people from then on where policy.contested is hold`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('report', LIST))
        await rig.run()
        rig.config(text.replace('policy: {', 'policy: { contested: hold,'))
        assert.equal(ends(await looked(rig)), [BLOCKED])
        const kept = ['contested', 'contested']
        assert.equal(await opened(rig, 4), [[BLOCKED], [BLOCKED], kept, kept])
        assert.is(await statusOf(rig), 'allowed')
      }))
  }

  const stop = (rig: Rig): Promise<string> =>
    rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: GONE }, until: rig.time.now() + 2 * DAY })
  for (const [title, list] of [
    ['unlisted', LIST],
    ['listed', AGAIN],
    ['to be open', listing(', status: allowed')],
  ] as const)
    test(`S8: and is ${title} under an emergency stop is told as contested, and blocked whatever policy.contested says`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('report', list).replace('policy: {', 'policy: { contested: hold,'))
        await rig.run()
        await stop(rig)
        assert.equal(ends(await looked(rig)), [BLOCKED])
        const told = (await opened(rig, 4)).map((one) => one.filter((word) => word !== 'on_hold'))
        assert.equal(told, [[BLOCKED], [BLOCKED], ['contested', BLOCKED], ['contested', BLOCKED]])
      }))

  test('S8: that somebody opened whom a stop had blocked does not make it contested that it is open once that is released', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('report', listing(', status: allowed')).replace('policy: {', 'policy: { contested: hold,'))
      await rig.run()
      await stop(rig)
      await looked(rig)
      await opened(rig, 3)
      await rig.decide({ _tag: 'Release', what: { _tag: 'Stop', glob: GONE }, every: false })
      assert.equal(ends(await looked(rig)), [`update ${GONE} verified`])
      await by(rig, { status: 'blocked' })
      assert.equal(ends(await looked(rig)), [`update ${GONE} verified`])
    }))

  test('S8: what somebody set back while a user was listed is not counted once it is on its way out', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('report', listing(', status: allowed')))
      await rig.run()
      for (let time = 0; time < 2; time += 1) {
        await by(rig, { status: 'blocked' })
        assert.equal(ends(await looked(rig)), [`update ${GONE} verified`])
      }
      rig.config(policy('block', LIST))
      assert.equal(ends(await looked(rig)), [BLOCKED])
      assert.equal(await opened(rig, 3), [[BLOCKED], [BLOCKED], ['contested', BLOCKED]])
    }))
})
