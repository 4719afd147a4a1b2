// What hangs on what the service shows and takes: a password that many share, and blocks where every edit is a full one.
import * as assert from 'uvu/assert'
import { newPassword } from './support/fresh.ts'
import { ends, HOUR, heldIn, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

spec('passwords that the service shows', (test) => {
  const PASSWORD = newPassword()
  const names = ['scan-1@a.example', 'scan-2@a.example', 'scan-3@a.example']

  // contract.md, 5: "Where view does return them, unmasked, they are compared with it." README: "`email_password`: with `view` where it shows passwords".
  test('are compared, also where a fleet shares one on purpose', () =>
    withRig({ account: { results: names.map((username) => ({ username, email_password: PASSWORD })) } }, async (rig) => {
      rig.env.PW = PASSWORD
      rig.config(`users:\n${names.map((username) => `  - { username: ${username}, email_password: { env: PW } }\n`).join('')}`)
      const report = await rig.run()
      assert.equal(
        [report.outcome, ...heldIn(report).map(({ username, reason }) => `${username} ${reason}`)],
        ['in_sync'],
        'everybody has the password that the config says, and view shows it',
      )
    }))

  // README: `email_password` is "verified: where shown".
  test('are read back, also where a fleet shares one: that a new one did not take is told, and so is that it did', () => {
    const list = (name: string): string =>
      `safety: { max_password_changes: 9 }\nusers:\n${names.map((username) => `  - { username: ${username}, email_password: { env: ${name} } }\n`).join('')}`
    const all = (outcome: string): ReadonlyArray<string> => names.map((username) => `update ${username} ${outcome}`)
    return withRig({ account: { results: names.map((username) => ({ username })) } }, async (rig) => {
      rig.env.OLD = newPassword()
      rig.env.NEW = newPassword()
      rig.config(list('OLD'))
      assert.equal(ends(await rig.run()), all('verified'))
      await rig.faults([{ kind: 'ignore_field', field: 'email_password', endpoint: '/users/smtp/edit' }])
      rig.config(list('NEW'))
      for (let day = 0; day < 3; day += 1) {
        const report = await rig.run()
        assert.equal([report.exitCode, ...ends(report)], [4, ...all('not_converged')])
        await rig.time.pass(HOUR)
        assert.equal(
          heldIn(await rig.run()).map(({ reason }) => reason),
          ['not_converging', 'not_converging', 'not_converging'],
        )
        await rig.time.pass(24 * HOUR)
      }
      await rig.faults([])
      assert.equal(ends(await rig.run()), all('verified'))
      assert.is((await rig.run()).outcome, 'in_sync')
    })
  })
})

spec('api.edit: full, and a block that only a full edit could make', (test) => {
  const seed = { account: { results: ['one@a.example', 'odd-1@a.example', 'odd-2@a.example'].map((username) => ({ username })) } }
  const configured = (status: string): string =>
    `policy: { unlisted: block }\nusers: [{ username: one@a.example, status: ${status}, email_password: { env: PW }, ip_pool: null, click_tracking_enabled: false }]\n...\n`

  // contract.md, 5, full edit: "only when the password is declared …; otherwise `impossible`, and the message says what to declare". L8: "ends in a named state".
  test('of an unlisted user is held as impossible, and not planned as due and failed in every run', () =>
    withRig(seed, async (rig) => {
      rig.env.PW = newPassword()
      rig.config(configured('allowed'), 'pace: off, edit: full')
      const report = await rig.run()
      assert.equal(
        heldIn(report).map(({ username, reason }) => `${username} ${reason}`),
        ['odd-1@a.example impossible', 'odd-2@a.example impossible'],
        ends(report).join(', '),
      )
    }))

  // contract.md, 2: "max_password_changes, max_blocks, max_removes: distinct users, per scope and rolling 24 hours"; promises.md, S4: "counted in distinct users" — what never left is no block.
  test('uses up no cap while it never leaves', () =>
    withRig(seed, async (rig) => {
      rig.env.PW = newPassword()
      rig.config(configured('allowed'), 'pace: off, edit: full')
      await rig.run()
      // The two strangers were never sent; this is the first block that is made, and the cap is two.
      rig.config(configured('blocked').replace('unlisted: block', 'unlisted: report'), 'pace: off, edit: full')
      const report = await rig.run()
      assert.is(
        (await rig.user('one@a.example'))?.status,
        'blocked',
        heldIn(report)
          .map(({ message }) => message)
          .join('; '),
      )
    }))

  test('of an emergency stop is told as impossible, and not tried in vain', () =>
    withRig(seed, async (rig) => {
      rig.env.PW = newPassword()
      rig.config(configured('allowed').replace('unlisted: block', 'unlisted: report'), 'pace: off, edit: full')
      await rig.run()
      await rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: 'odd-*' }, until: rig.time.now() + HOUR })
      const report = await rig.run({ person: false, by: 'schedule' })
      assert.equal(
        heldIn(report).map(({ username, reason }) => `${username} ${reason}`),
        ['odd-1@a.example impossible', 'odd-2@a.example impossible'],
      )
    }))
})

const ONE = 'one@a.example'
const SHARED = { account: { results: [ONE, 'two@a.example', 'three@a.example'].map((username) => ({ username })) } }
/** A user for whom a full edit is possible: whatever `view` does not return is declared. */
const whole = (password: string, domain: string): string =>
  `users: [{ username: ${ONE}, email_password: { env: ${password} }, ip_pool: null, click_tracking_enabled: false, feedback_domain: ${domain} }]\n`
const passwordOf = async (rig: Rig): Promise<unknown> => (await rig.user(ONE))?.email_password_sha256
const reasons = (report: Parameters<typeof heldIn>[0]) =>
  heldIn(report).map(({ reason, fields }) => `${reason} ${fields.map(({ field }) => field).join(' ')}`)

spec('S4: a password that is held, and a field that only a full edit can change', (test) => {
  test('policy.contested: hold keeps both, since the one would set the other', () =>
    withRig(SHARED, async (rig) => {
      rig.env.PW = newPassword()
      const list = (domain: string) => `policy: { contested: hold }\nsafety: { max_password_changes: 3 }\n${whole('PW', domain)}`
      rig.config(list('default'))
      await rig.run()
      for (let count = 0; count < 4; count += 1) {
        await rig.colleague('edit', { username: ONE, email_password: newPassword() })
        await rig.run()
      }
      assert.equal(reasons(await rig.run()), ['contested email_password'])
      const before = await passwordOf(rig)
      rig.config(list('links.acme.example'))
      const report = await rig.run()
      assert.is(await passwordOf(rig), before)
      assert.equal(reasons(report), ['contested email_password', 'impossible feedback_domain'])
      assert.match(JSON.stringify(heldIn(report)), /the full edit .* would set email_password too, which is held/)
    }))

  test('one that was only assumed counts as a password change, and is held by its cap', () =>
    withRig(
      SHARED,
      async (rig) => {
        rig.env.PW = newPassword()
        const before = await passwordOf(rig)
        const list = (domain: string, cap: number) =>
          `policy: { unknown_password: assume }\nsafety: { max_password_changes: ${cap} }\n${whole('PW', domain)}`
        rig.config(list('default', 0))
        await rig.run()
        rig.config(list('links.acme.example', 0))
        const report = await rig.run({ person: false })
        assert.is(await passwordOf(rig), before)
        assert.equal(reasons(report), ['capped email_password feedback_domain'])
        rig.config(list('links.acme.example', 1))
        assert.equal(ends(await rig.run()), [`update ${ONE} unobservable`])
        assert.equal(ends(await rig.run()), [])
        rig.config(list('other.acme.example', 0))
        assert.equal(ends(await rig.run()), [`update ${ONE} verified`], 'it was sent by then')
      },
      { switches: { view_password: 'absent' } },
    ))

  test('an undo tells it and is held by its cap', () =>
    withRig(SHARED, async (rig) => {
      rig.env.PW = newPassword()
      rig.env.NEXT = newPassword()
      const list = (name: string, domain: string, cap: number) =>
        `safety: { max_password_changes: ${cap} }\n${whole(name, domain)}`
      rig.config(list('PW', 'default', 1))
      await rig.run()
      rig.config(list('PW', 'links.acme.example', 1))
      const { runId } = await rig.run()
      rig.config(list('NEXT', 'links.acme.example', 0))
      assert.equal(reasons(await rig.run()), ['capped email_password'])
      const before = await passwordOf(rig)
      const { report } = await rig.undo(runId)
      assert.is(await passwordOf(rig), before)
      assert.equal(reasons(report), ['capped email_password feedback_domain'])
    }))

  test('the block of a user that a rule forbids counts it, too', () =>
    withRig(
      SHARED,
      async (rig) => {
        rig.env.PW = newPassword()
        const before = await passwordOf(rig)
        const list = (cap: number, limit: string) =>
          `policy: { unknown_password: assume }
safety: { max_updates: 0, max_blocks: 3, max_password_changes: ${cap} }
rules: [{ id: limited, match: { username: ${ONE} }, require: { custom_ratelimit: true }, otherwise: block }]
users: [{ username: ${ONE}, email_password: { env: PW }, ip_pool: null, click_tracking_enabled: false${limit} }]
...
`
        const limit = ', custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: 1 day'
        rig.config(list(0, limit), 'pace: off, edit: full')
        assert.ok(reasons(await rig.run()).includes('capped email_password status'))
        assert.is(await passwordOf(rig), before)
        rig.config(list(1, limit), 'pace: off, edit: full')
        assert.equal(ends(await rig.run()), [`block ${ONE} unobservable`])
        assert.is((await rig.user(ONE))?.status, 'blocked')
      },
      { switches: { view_password: 'absent' } },
    ))

  test('an emergency stop goes out all the same, whatever password goes with it', () =>
    withRig(SHARED, async (rig) => {
      rig.env.PW = newPassword()
      rig.config(`safety: { max_password_changes: 0 }\n${whole('PW', 'default')}`, 'pace: off, edit: full')
      assert.equal(reasons(await rig.run()), ['capped email_password click_tracking_enabled'])
      await rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: ONE }, until: rig.time.now() + HOUR })
      assert.equal(ends(await rig.run({ person: false, by: 'schedule' })), [`block ${ONE} verified`])
      assert.is((await rig.user(ONE))?.status, 'blocked')
    }))
})
