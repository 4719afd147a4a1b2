// Mending from outside: who does not meet a rule is blocked unless the run repairs it, and whoever lets the repair through, by the digest of the plan
// or by approving it, gets the one or the other. Once it is met nobody stays blocked for it (contract, sections 1, 4 and 5).
import * as assert from 'uvu/assert'
import type { Report } from '../src/domain/plan/plan.ts'
import { TE } from '../src/fp.ts'
import { newPassword } from './support/fresh.ts'
import { auto, DAY } from './support/gone.ts'
import { ends, HOUR, heldIn, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const NAMES = Array.from({ length: 24 }, (_, at) => `u${String(at + 1).padStart(2, '0')}@a.example`)
const [ONE = ''] = NAMES
const TRACKED = { account: { results: NAMES.map((username) => ({ username, open_tracking_enabled: true })) } }
const QUIET = `rules:\n  - { id: quiet, match: { username: "u01@*" }, require: { open_tracking_enabled: false }, otherwise: block }\n...\n`
const listing = (ofOne = ''): string =>
  `users:\n${NAMES.map((username) => `  - { username: ${username}${username === ONE ? ofOne : ''} }\n`).join('')}`

/** What was sent for a user. */
const sentTo = async (rig: Rig, username: string) =>
  (await rig.writes()).filter(({ body }) => body.username === username).map(({ body }) => body)
const statusOf = async (rig: Rig, username: string): Promise<unknown> => (await rig.user(username))?.status
const inDays = (rig: Rig, days: number): string => `${new Date(rig.time.now() + days * DAY).toISOString().slice(0, 16)}Z`
const digestOf = ({ plan }: Pick<Report, 'plan'>): string => plan.digest ?? ''

/** The two ways in which a person lets through what a plan holds, each with the report of what came of it. */
const WAYS: ReadonlyArray<readonly [title: string, approve: (rig: Rig) => Promise<Report>]> = [
  ['apply --digest', async (rig) => rig.run({ digest: digestOf(await rig.run({ agree: () => TE.right(false) })) })],
  [
    'approve',
    async (rig) => {
      const daemon = await rig.daemon()
      await rig.time.pass(2000)
      const shown = daemon.reports().at(-1)
      assert.ok(shown)
      const taken = await daemon.controls.approve(digestOf(shown), { by: 'tester', reason: 'meant so' })
      assert.ok(taken._tag === 'Right' && taken.right._tag === 'Right')
      await rig.time.pass(60_000)
      const report = daemon.reports().find((one) => one.runId !== shown.runId)
      assert.ok(report)
      return report
    },
  ],
]

spec('who does not meet a rule', (test) => {
  for (const [title, approve] of WAYS) {
    test(`S4: ${title} of its repair and of its block makes the repair, and no block`, () =>
      withRig(TRACKED, async (rig) => {
        rig.config(listing())
        await rig.run()
        rig.config(`safety: { max_updates: 2, max_blocks: 0 }\ndefaults: { open_tracking_enabled: false }\n${listing()}${QUIET}`)
        const report = await approve(rig)
        assert.equal(
          ends(report),
          NAMES.map((username) => `update ${username} verified`),
        )
        assert.equal(heldIn(report), [])
        assert.equal(await sentTo(rig, ONE), [{ username: ONE, open_tracking_enabled: false }])
        assert.equal(ends(await auto(rig)), [])
        assert.is((await rig.ledger()).scopes.get('account')?.users.get(ONE)?.ourBlock, undefined)
      }))

    test(`${title} of its repair, while its block is due at once, leaves it open`, () =>
      withRig(TRACKED, async (rig) => {
        rig.config(listing())
        await rig.run()
        rig.config(`safety: { max_updates: 2 }\ndefaults: { open_tracking_enabled: false }\n${listing()}${QUIET}`)
        assert.is((await approve(rig)).exitCode, 0)
        assert.is(await statusOf(rig, ONE), 'allowed')
        assert.equal(ends(await auto(rig)), [])
      }))

    for (const caps of ['max_password_changes: 0', 'max_blocks: 0', 'max_blocks: 0, max_password_changes: 0'])
      test(`${title} of a block for dates and a new password, ${caps}: it is blocked with that, and returns`, () =>
        withRig(TRACKED, async (rig) => {
          rig.env.OLD = newPassword()
          rig.env.NEW = newPassword()
          const entry = (days: number, name: string): string =>
            `${listing(`, expires: "${inDays(rig, days)}", email_password: { env: ${name} }`)}...\n`
          rig.config(entry(1, 'OLD'))
          await rig.run()
          rig.config(`safety: { ${caps} }\n${entry(1, 'NEW')}`)
          await rig.time.pass(2 * DAY)
          assert.is((await approve(rig)).exitCode, 0)
          assert.is(await statusOf(rig, ONE), 'blocked')
          assert.equal(ends(await auto(rig)), [])
          rig.config(entry(9, 'NEW'))
          assert.equal(ends(await auto(rig)), [`update ${ONE} verified`])
          assert.is(await statusOf(rig, ONE), 'allowed')
          assert.equal(ends(await auto(rig)), [], 'its password is the new one')
        }))
  }

  test('S4: the digest that a report tells is the one that was approved', () =>
    withRig(TRACKED, async (rig) => {
      rig.config(`safety: { max_updates: 2 }\ndefaults: { open_tracking_enabled: false }\n${listing()}${QUIET}`)
      const shown = digestOf(await rig.run({ agree: () => TE.right(false) }))
      assert.is(digestOf(await rig.run({ digest: shown })), shown)
    }))
})

spec('who does not meet a rule, and whose repair the service refuses', (test) => {
  const BROKEN = { account: { results: [{ username: ONE, open_tracking_enabled: true }, { username: 'u02@a.example' }] } }
  const WISH = `users:\n  - { username: ${ONE}, open_tracking_enabled: false, archive_enabled: true }\n  - { username: u02@a.example }\n${QUIET}`

  test('is blocked from the next run on, as long as it is not met, and returns as it was', () =>
    withRig(
      BROKEN,
      async (rig) => {
        rig.config(WISH)
        assert.equal(ends(await rig.run()), [`update ${ONE} failed`])
        assert.equal(ends(await auto(rig)), [`block ${ONE} verified`])
        for (let hours = 0; hours < 60; hours += 6) {
          await rig.time.pass(6 * HOUR)
          await auto(rig)
          assert.is(await statusOf(rig, ONE), 'blocked')
        }
        const tries = (await sentTo(rig, ONE)).filter(({ archive_enabled }) => archive_enabled === true)
        assert.ok(tries.length <= 4, `S12: ${tries.length} tries`)
        await rig.colleague('edit', { username: ONE, open_tracking_enabled: false })
        await auto(rig)
        await auto(rig)
        assert.is(await statusOf(rig, ONE), 'allowed')
      },
      { switches: { archive: 'refused', field_errors: 'absent' } },
    ))

  test('S12: and its block too, is asked for each of the two once a day', () =>
    withRig(BROKEN, async (rig) => {
      rig.config(WISH)
      await rig.faults([{ kind: 'status', status: 400, body: '{"data":{"error":"no"}}', endpoint: '/users/smtp/edit' }])
      await rig.run()
      for (let hours = 0; hours < 20; hours += 1) {
        await rig.time.pass(HOUR)
        await auto(rig)
      }
      assert.equal(await sentTo(rig, ONE), [
        { username: ONE, open_tracking_enabled: false, archive_enabled: true },
        { username: ONE, status: 'blocked' },
      ])
    }))
})
