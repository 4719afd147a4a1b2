// What hangs on what the service shows and takes: a password that many share, and blocks where every edit is a full one.
import * as assert from 'uvu/assert'
import { newPassword } from './support/fresh.ts'
import { ends, HOUR, heldIn, withRig } from './support/rig.ts'
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
