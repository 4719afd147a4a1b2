// Whose block it is, and for how long: for a rule, for dates, on the way out, by an emergency stop or by somebody else. What is blocked for one of
// them is not opened because another one ends.
import * as assert from 'uvu/assert'
import { newPassword } from './support/fresh.ts'
import { AGAIN, auto, by, DAY, days, GONE, LIST, listing, OTHERS, policy, RULE, seedOf, statusOf } from './support/gone.ts'
import { ends, HOUR, heldIn, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const inHours = (hours: number, now: number): string => `${new Date(now + hours * HOUR).toISOString().slice(0, 16)}Z`
const stop = (rig: Rig, ms = HOUR) => rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: GONE }, until: rig.time.now() + ms })

/** Everybody, with something said of each. */
const everybody = (some: string): string =>
  `users:\n${[...OTHERS, GONE].map((username) => `  - { username: ${username}${some} }\n`).join('')}`

/** A user that expired and was blocked for it. */
const expired = async (rig: Rig): Promise<void> => {
  rig.config(policy('report', listing(`, expires: "${inHours(1, rig.time.now())}"`)))
  await rig.run()
  await rig.time.pass(2 * HOUR)
  assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
}

spec('what is blocked stays blocked', (test) => {
  // S5: "Unlisted users (unless policy or a rule says otherwise) … are byte-identical before and after."
  // README: "Outside them the user is blocked." There is no rule here, and the policy is `report`: "left alone".
  for (const [title, steps] of [
    ['taken off the list', [policy('report', LIST)]],
    [
      'named under absent, and a day later not any more',
      [policy('report', LIST, `absent: [{ username: ${GONE} }]\n`), policy('report', LIST)],
    ],
  ] as const)
    test(`an expired user that is ${title} is not opened again`, () =>
      withRig(seedOf({}), async (rig) => {
        await expired(rig)
        for (const step of steps) {
          rig.config(step)
          await days(rig, 1)
        }
        assert.is(await statusOf(rig), 'blocked')
      }))

  // README, of `subaccounts: all`: "Where no file lists its users, nothing else is done"; "**One who leaves**: delete the file".
  test('an expired user of a subaccount whose file is deleted, under `subaccounts: all`, is not opened again', () =>
    withRig({ account: { results: [] }, subaccounts: { Sub1: seedOf({}).account } }, async (rig) => {
      const listed = listing(`, expires: "${inHours(1, rig.time.now())}"`).replaceAll('\n', '\n    ')
      rig.include('customers/one.yaml', `subaccounts:\n  - id: Sub1\n    ${listed}\n...\n`)
      const config = (include: string): string => `safety: { max_blocks: 5 }\nsubaccounts: all\n${include}...\n`
      rig.config(config('include: ["customers/*.yaml"]\n'))
      await rig.run()
      await rig.time.pass(2 * HOUR)
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      rig.include('customers/one.yaml', undefined)
      rig.config(config(''))
      await days(rig, 1)
      assert.is((await rig.users('Sub1')).find(({ username }) => username === GONE)?.status, 'blocked')
    }))

  // README: "it blocks now, … keeps them blocked until `release`, or for 30 days … After that the config decides: a user whose config says no
  // `status` stays blocked" (`block` prints the same), and of rules: "but never of a user that somebody else blocked".
  test('an emergency stop of a user that was blocked for a rule: when the stop has ended it stays blocked', () =>
    withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
      rig.config(policy('report', AGAIN, RULE))
      await rig.run()
      assert.is(await statusOf(rig), 'blocked')
      await stop(rig)
      await auto(rig)
      await by(rig, { open_tracking_enabled: false })
      await auto(rig)
      await rig.time.pass(2 * HOUR)
      await auto(rig)
      assert.is(await statusOf(rig), 'blocked')
    }))

  // The same sentences; here the block is the stop's own, and the journal says so.
  test('opened and mended by hand after a block for a rule, then blocked by an emergency stop: it stays blocked when that has ended', () =>
    withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
      rig.config(policy('report', AGAIN, RULE))
      await rig.run()
      await by(rig, { open_tracking_enabled: false, status: 'allowed' })
      await stop(rig)
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      await rig.time.pass(2 * HOUR)
      await auto(rig)
      assert.is(await statusOf(rig), 'blocked')
    }))

  // The same sentences. What began its way out does not make it less stopped.
  test('an emergency stop on a user that is on its way out, listed again meanwhile: it stays blocked after the release', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('block', AGAIN))
      await rig.run()
      rig.config(policy('block', LIST))
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      await stop(rig, 20 * DAY)
      await auto(rig)
      rig.config(policy('block', AGAIN))
      await auto(rig)
      await rig.decide({ _tag: 'Release', every: true })
      await auto(rig)
      assert.is(await statusOf(rig), 'blocked')
    }))

  // README: "the status from before returns, but never of a user that somebody else blocked"; S3: "Nothing is created, blocked or removed because
  // something could not be read", and nothing opened either.
  for (const [title, rules] of [
    ['listed again', ''],
    ['its rule met', RULE],
  ] as const)
    test(`somebody had blocked a user, a view left out its status, we blocked it too, and said so; ${title}, it is not opened`, () =>
      withRig(seedOf({ status: 'blocked' }), async (rig) => {
        rig.config(policy('block', AGAIN, rules))
        await rig.run()
        if (rules === '') rig.config(policy('block', LIST))
        else await by(rig, { open_tracking_enabled: true })
        const results = (await rig.users()).map((user) => ({ ...user, status: undefined, email_password_sha256: undefined }))
        const body = JSON.stringify({ request_id: 'r', data: { results } })
        await rig.faults([{ kind: 'status', status: 200, body, endpoint: '/users/smtp/view' }])
        const report = await auto(rig)
        assert.equal(ends(report), [`block ${GONE} unobservable`])
        const [plan] = report.plan.scopes
        const notes = plan?._tag === 'Planned' ? plan.changes.map(({ note = '' }) => note) : []
        assert.match(notes.join(), /the service does not show its status: when this block ends, nothing opens it by itself$/)
        await rig.faults([])
        await auto(rig)
        if (rules === '') rig.config(policy('block', AGAIN))
        else await by(rig, { open_tracking_enabled: false })
        await auto(rig)
        assert.is(await statusOf(rig), 'blocked')
      }))

  // README: "the status from before returns" once the rule is met; S3: nothing is done "because something could not be read".
  test('blocked for a rule, and a view leaves out what the rule asks for: it is not opened before that is shown as it must be', () =>
    withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
      rig.config(policy('report', AGAIN, RULE))
      assert.equal(ends(await rig.run()), [`block ${GONE} verified`])
      const shown = async (tracked: boolean | null | undefined): Promise<void> => {
        const hidden = { open_tracking_enabled: tracked, email_password_sha256: undefined }
        const results = (await rig.users()).map((user) => ({ ...user, ...hidden }))
        const body = JSON.stringify({ request_id: 'r', data: { results } })
        await rig.faults([{ kind: 'status', status: 200, body, endpoint: '/users/smtp/view' }])
      }
      for (const hidden of [undefined, null]) {
        await shown(hidden)
        assert.equal(ends(await auto(rig)), [])
      }
      await rig.faults([])
      assert.equal(ends(await auto(rig)), [])
      await by(rig, { open_tracking_enabled: false })
      assert.equal(ends(await auto(rig)), [`update ${GONE} verified`])
      assert.is(await statusOf(rig), 'allowed')
    }))

  for (const [title, hidden, status] of [
    ['a rule asks for what is not shown', 'open_tracking_enabled', 'allowed'],
    ['it is taken off the list', undefined, 'blocked'],
  ] as const)
    test(`blocked until it started, and not opened at once: that was for its dates, also where ${title}`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('report', listing(`, starts: "${inHours(1, rig.time.now())}"`), RULE))
        assert.equal(ends(await rig.run()), [`block ${GONE} verified`])
        await rig.time.pass(2 * HOUR)
        await rig.faults([{ kind: 'status', status: 503, endpoint: '/users/smtp/edit' }])
        assert.equal(ends(await auto(rig)), [`update ${GONE} unknown`])
        await rig.time.pass(HOUR)
        const results = (await rig.users()).map((user) => ({
          ...user,
          email_password_sha256: undefined,
          ...(hidden === undefined ? {} : { [hidden]: undefined }),
        }))
        const body = JSON.stringify({ request_id: 'r', data: { results } })
        await rig.faults([{ kind: 'status', status: 200, body, endpoint: '/users/smtp/view' }])
        if (hidden === undefined) rig.config(policy('report', LIST, RULE))
        await auto(rig)
        assert.is(await statusOf(rig), status)
      }))

  // The run warns: "what that would do to users waits for an approval; if it was not meant, restore the file".
  for (const [title, rest, left] of [
    ['its file is gone', LIST, undefined],
    ['of the list less than half is left', '', 'users: []\n...\n'],
  ] as const)
    test(`S3: blocked for a rule for its profile, and ${title}: it is not opened for having no profile any more`, () =>
      withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
        const rule =
          'rules: [{ id: quiet, match: { profile: printers }, require: { open_tracking_enabled: false }, otherwise: block }]\n'
        const profile = 'profiles: { printers: { bounce_notifications: from } }\n'
        const files = 'include: ["customers/*.yaml"]\n'
        const printer = `users: [{ username: ${GONE}, profile: printers }]\n...\n`
        rig.include('customers/a.yaml', printer)
        rig.include('customers/b.yaml', 'users: []\n...\n')
        rig.config(policy('report', LIST, `${files}${profile}${rule}`))
        assert.equal(ends(await rig.run()), [`block ${GONE} verified`])
        rig.include('customers/a.yaml', left)
        rig.config(policy('report', rest, `${files}${profile}${rule}`))
        for (let day = 1; day <= 2; day += 1) {
          await rig.time.pass(DAY)
          const report = await auto(rig)
          assert.equal(
            heldIn(report).map(({ change, username, reason }) => [change, username, reason]),
            [['update', GONE, 'needs_approval']],
          )
        }
        assert.is(await statusOf(rig), 'blocked')
        rig.include('customers/a.yaml', printer)
        rig.config(policy('report', LIST, `${files}${profile}${rule}`))
        assert.equal(ends(await auto(rig)), [])
        assert.is(await statusOf(rig), 'blocked')
      }))

  // Contract, section 5: "`otherwise: block` wins over `status` while violated"; S8: what does not take is sent again after a day.
  test('blocked for a rule whose setting does not take: it is not opened by the request that tries that again each day', () =>
    withRig(
      seedOf({}),
      async (rig) => {
        const archived =
          'rules: [{ id: archived, match: { username: "gone*" }, require: { archive_enabled: true }, otherwise: block }]\n'
        rig.config(policy('report', listing(', archive_enabled: true'), archived))
        await rig.run()
        await auto(rig)
        assert.is(await statusOf(rig), 'blocked')
        const before = (await rig.writes()).length
        for (let day = 1; day <= 3; day += 1) {
          await rig.time.pass(DAY + HOUR)
          assert.equal(ends(await auto(rig)), [`update ${GONE} not_converged`])
          assert.is(await statusOf(rig), 'blocked')
        }
        assert.equal(
          (await rig.writes()).slice(before).map(({ body }) => body.status),
          [undefined, undefined, undefined],
        )
        await rig.switches({ archive: 'allowed' })
        await rig.time.pass(DAY + HOUR)
        assert.equal(ends(await auto(rig)), [`update ${GONE} verified`])
        assert.equal(ends(await auto(rig)), [`update ${GONE} verified`])
        assert.is(await statusOf(rig), 'allowed')
      },
      { switches: { archive: 'ignored' } },
    ))

  // Contract, section 2: "unblock: … hold (somebody may have blocked it on purpose)"; README: "never of a user that somebody else blocked".
  test('with unblock: hold, a user that a colleague blocked still waits for a person after a rule was not met for a while', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(`policy: { unblock: hold }\n${listing(', status: allowed')}${RULE}...\n`)
      await rig.run()
      await by(rig, { status: 'blocked' })
      assert.equal(
        heldIn(await auto(rig)).map(({ reason }) => reason),
        ['needs_approval'],
      )
      await by(rig, { open_tracking_enabled: true })
      await auto(rig)
      await by(rig, { open_tracking_enabled: false })
      await auto(rig)
      assert.is(await statusOf(rig), 'blocked')
    }))

  // README: "`unlisted: block` blocks who is in no list"; under `report` such a user is left alone (the control); the status from before the
  // block *for the rule* was blocked, and that is what returns.
  for (const ruled of [false, true])
    test(`blocked on its way out, then unlisted: report; ${ruled ? 'a rule is not met, then met' : 'control'}: it stays blocked`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('block', AGAIN))
        await rig.run()
        rig.config(policy('block', LIST))
        assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
        await by(rig, { open_tracking_enabled: true })
        rig.config(policy('report', LIST, ruled ? RULE : ''))
        assert.equal(ends(await auto(rig)), [])
        await by(rig, { open_tracking_enabled: false })
        await auto(rig)
        assert.is(await statusOf(rig), 'blocked')
      }))

  // The same: that it had been blocked for a rule before a colleague opened it says nothing about the later block on its way out.
  test('blocked for a rule, opened and mended by hand, blocked on its way out, then unlisted: report: it stays blocked', () =>
    withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
      rig.config(policy('report', LIST, RULE))
      await rig.run()
      await by(rig, { status: 'allowed', open_tracking_enabled: false })
      rig.config(policy('block', LIST, RULE))
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      rig.config(policy('report', LIST, RULE))
      await auto(rig)
      assert.is(await statusOf(rig), 'blocked')
    }))

  // README: "`status` in `match` is what the config gives, else what the user had before a block of ours, else the live one."
  test('listed again after our block, a rule for `status: allowed` that is not met keeps it blocked', () =>
    withRig(seedOf({}), async (rig) => {
      const rule =
        'rules: [{ id: quiet, match: { status: allowed }, require: { open_tracking_enabled: false }, otherwise: block }]\n'
      rig.config(policy('block', AGAIN, rule))
      await rig.run()
      rig.config(policy('block', LIST, rule))
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      await by(rig, { open_tracking_enabled: true })
      rig.config(policy('block', AGAIN, rule))
      await auto(rig)
      assert.is(await statusOf(rig), 'blocked')
    }))

  // README: "the old one is blocked once the new one has worked for `grace`"; contract, section 5: "then it is blocked".
  test('an old name whose grace has passed, blocked for a rule: it is not opened when the rule is met', () =>
    withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
      rig.config(policy('report', AGAIN))
      await rig.run()
      rig.config(
        policy('report', `${LIST}  - { username: new@a.example, previously: [${GONE}], open_tracking_enabled: false }\n`, RULE),
      )
      await auto(rig)
      await days(rig, 5)
      assert.is(await statusOf(rig), 'blocked')
      await by(rig, { open_tracking_enabled: false })
      await auto(rig)
      assert.is(await statusOf(rig), 'blocked')
    }))
})

spec('the status of a new name', (test) => {
  // Contract, section 5: "the new user is created with the old one's readable settings under the config's; the old one stays as it is".
  test('the old name of an expired user stays as it is', () =>
    withRig(seedOf({}), async (rig) => {
      await expired(rig)
      rig.config(policy('report', `${LIST}  - { username: new@a.example, previously: [${GONE}] }\n`))
      await auto(rig)
      assert.is(await statusOf(rig), 'blocked')
    }))

  // README: "With `otherwise: block` the user is blocked while that is so … Then the status from before returns"; contract, section 5: "`otherwise:
  // block` wins over `status` while violated, the recorded status returns on compliance".
  for (const [title, open, seed, config, before] of [
    ['that is open', 'the rule is met', {}, '', 'allowed'],
    ['that is in the sandbox', 'the rule is met', { status: 'sandbox' }, '', 'sandbox'],
    ['that somebody else blocked', 'the rule is met, but it does not open', { status: 'blocked' }, '', 'blocked'],
    ['whose config says a status', 'the rule is met', {}, ', status: allowed', 'allowed'],
  ] as const)
    test(`a new name that takes over what a rule blocks for, of a user ${title}, does not send until ${open}`, () =>
      withRig(seedOf({ open_tracking_enabled: true, ...seed }), async (rig) => {
        rig.config(policy('report', AGAIN))
        await rig.run()
        rig.config(policy('report', `${LIST}  - { username: new@a.example, previously: [${GONE}]${config} }\n`, RULE))
        const report = await auto(rig)
        assert.ok(ends(report).includes('create new@a.example verified'), ends(report).join(', '))
        const made = await rig.user('new@a.example')
        assert.equal([made?.open_tracking_enabled, made?.status], [true, 'blocked'])
        assert.equal(ends(await auto(rig)), [])
        await rig.colleague('edit', { username: 'new@a.example', open_tracking_enabled: false })
        await auto(rig)
        assert.is((await rig.user('new@a.example'))?.status, before)
      }))

  test('a new name that takes over what a rule blocks for, and is protected, is made as the old one', () =>
    withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
      rig.config(`safety: { protected: ["new@*"] }\n${LIST}  - { username: new@a.example, previously: [${GONE}] }\n${RULE}...\n`)
      await rig.run()
      assert.is((await rig.user('new@a.example'))?.status, 'allowed')
    }))

  // README, of the same: "unless this run repairs it".
  test('a new name whose own limit keeps to a rule that the old one did not keep to is made open', () =>
    withRig(seedOf({ custom_ratelimit: true, custom_ratelimit_value: 9, custom_ratelimit_period: '1 day' }), async (rig) => {
      const limit = 'custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: 1 day'
      const rule =
        'rules: [{ id: few, match: { username: "new@*" }, require: { custom_ratelimit_value: { max: 5 } }, otherwise: block }]\n'
      rig.config(policy('report', `${LIST}  - { username: new@a.example, previously: [${GONE}], ${limit} }\n`, rule))
      await rig.run()
      assert.is((await rig.user('new@a.example'))?.status, 'allowed')
    }))

  // README: "blocked while that is so …; then the status from before returns". A block of ours for a date or a rule is for a while; here the new
  // name is made with it, nothing remembers that it was ours, and it can never send though its config says nothing of the kind.
  for (const [title, before, config] of [
    ['for its date', '', ''],
    ['for a rule', ', open_tracking_enabled: true', RULE],
  ] as const)
    test(`the new name of a user that was blocked ${title}, where neither holds any more, can send`, () =>
      withRig(seedOf(title === 'for a rule' ? { open_tracking_enabled: true } : {}), async (rig) => {
        if (title === 'for its date') await expired(rig)
        else {
          rig.config(policy('report', listing(before), config))
          await rig.run()
          assert.is(await statusOf(rig), 'blocked')
        }
        rig.config(
          policy(
            'report',
            `${LIST}  - { username: new@a.example, previously: [${GONE}], open_tracking_enabled: false }\n`,
            config,
          ),
        )
        await days(rig, 6)
        assert.is((await rig.user('new@a.example'))?.status, 'allowed')
      }))
})

spec('grace', (test) => {
  // README: "`unlisted: remove` also removes them when they have stayed blocked for `grace`, seen run by run … Whoever is listed again gets the
  // status from before." Who was listed for five days is not removed in the very run that first finds it off the list again.
  test('listed again (on hold, so that its status waits), then taken off: grace begins anew', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', AGAIN))
      await rig.run()
      rig.config(policy('remove', LIST))
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      await days(rig, 2)
      await rig.decide({ _tag: 'Hold', what: { _tag: 'Users', glob: GONE }, until: rig.time.now() + 10 * DAY })
      rig.config(policy('remove', AGAIN))
      await days(rig, 5)
      rig.config(policy('remove', LIST))
      await rig.decide({ _tag: 'Release', what: undefined, every: true })
      assert.equal(ends(await auto(rig)), [])
      assert.is(await statusOf(rig), 'blocked')
    }))
})

spec('who is to be blocked is blocked', (test) => {
  // README: "Outside them the user is blocked." A block needs nothing but a PATCH of `status`; draft.ts says so of who is on its way out.
  test('an expired user is blocked though another field of it needs a full edit that is impossible', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('report', listing(`, feedback_domain: acme.example, expires: "${inHours(1, rig.time.now())}"`)))
      await rig.run()
      await rig.time.pass(2 * HOUR)
      await auto(rig)
      assert.is(await statusOf(rig), 'blocked')
    }))

  // The same, and S4: "A cap exceeded means zero changes of that kind in that run": of password changes, and not of blocks, which have room.
  test('expired users are blocked though their new passwords wait for a cap', () =>
    withRig(seedOf({}), async (rig) => {
      const names = [...OTHERS, GONE]
      const expires = inHours(1, rig.time.now())
      const config = (turn: number): string =>
        `policy: { unknown_password: assume }\nsafety: { max_blocks: 100% }\nusers:\n${names
          .map((name, at) => `  - { username: ${name}, email_password: { env: P${at}_${turn} }, expires: "${expires}" }\n`)
          .join('')}...\n`
      for (const turn of [0, 1]) for (const at of names.keys()) rig.env[`P${at}_${turn}`] = newPassword()
      rig.config(config(0))
      await rig.run()
      await rig.time.pass(2 * HOUR)
      rig.config(config(1))
      await auto(rig)
      assert.is(await statusOf(rig), 'blocked')
    }))

  // README: "With `otherwise: block` the user is blocked while that is so, unless this run repairs it". This run does not.
  test('a rule that is not met blocks where what would mend it is over a cap', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(`safety: { max_updates: 2, max_blocks: 10 }\n${RULE}${everybody(', open_tracking_enabled: false')}...\n`)
      await rig.run()
      for (const username of [...OTHERS, GONE]) await rig.colleague('edit', { username, open_tracking_enabled: true })
      const report = await auto(rig)
      assert.ok(heldIn(report).every(({ reason }) => reason === 'capped'))
      assert.is(await statusOf(rig), 'blocked')
    }))

  // The same.
  test('a rule that is not met blocks where what would mend it is impossible', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(
        `${listing(', feedback_domain: acme.example')}rules: [{ id: domain, match: { username: ${GONE} }, require: { feedback_domain: acme.example }, otherwise: block }]\n...\n`,
      )
      const report = await rig.run()
      assert.ok(heldIn(report).every(({ reason }) => reason === 'impossible'))
      assert.is(await statusOf(rig), 'blocked')
    }))

  // README: "A rule holds for every live user of every scope, listed or not, through the same caps"; S4: zero changes "of that kind".
  test('what a rule sets is set though the block of users on their way out waits for its cap', () =>
    withRig(seedOf({}), async (rig) => {
      const config = (unlisted: string): string =>
        `safety: { max_blocks: 1, max_updates: 100 }\npolicy: { unlisted: ${unlisted} }\nusers: []\nrules: [{ id: quiet, set: { open_tracking_enabled: false } }]\n...\n`
      rig.config(config('report'))
      await rig.run()
      rig.config(config('block'))
      await by(rig, { open_tracking_enabled: true })
      await auto(rig)
      assert.is((await rig.user(GONE))?.open_tracking_enabled, false)
    }))

  // README: "After that the config decides." Where the service shows no status, what was sent last counts, and that is our own block.
  test('whom an emergency stop blocked is no provider block, and is opened when it ends, where the service shows no status', () =>
    withRig({ account: { results: [{ username: GONE }] } }, async (rig) => {
      const ran = async () => {
        const blocked = (await statusOf(rig)) === 'blocked'
        const results = (await rig.users()).map((user) => ({
          ...user,
          status: undefined,
          email_password_sha256: undefined,
          sending_allowed: !blocked,
        }))
        const body = JSON.stringify({ request_id: 'r', data: { results } })
        await rig.faults([{ kind: 'status', status: 200, body, endpoint: '/users/smtp/view' }])
        const [plan] = (await rig.run()).plan.scopes
        return plan?._tag === 'Planned' ? plan.findings.map(({ rule }) => rule) : undefined
      }
      rig.config(`users: [{ username: ${GONE}, status: allowed }]\n`)
      assert.equal(await ran(), [])
      await stop(rig)
      assert.equal(await ran(), [])
      assert.is(await statusOf(rig), 'blocked')
      assert.equal(await ran(), [])
      await rig.decide({ _tag: 'Release', what: { _tag: 'Stop', glob: GONE }, every: false })
      await rig.run()
      assert.is(await statusOf(rig), 'allowed')
    }))
})
