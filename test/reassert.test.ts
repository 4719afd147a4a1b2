// What nobody can read back and is sent for its age (policy.reassert_unobservable) beside what somebody changed by hand: each is told as what it is.
import * as assert from 'uvu/assert'
import { planText } from '../src/cli/render/text.ts'
import { nothingTold, watched } from '../src/daemon/transitions.ts'
import { newsOf, nothingKnown } from '../src/domain/witness-scope.ts'
import type { Seed } from '../src/sandbox/seed.ts'
import { newPassword } from './support/fresh.ts'
import { ends, HOUR, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const ONE = 'one@a.example'
const SEED: Seed = {
  account: { results: [{ username: ONE, status: 'allowed', description: 'x' }, { username: 'two@a.example' }] },
}
const MASKED = { switches: { view_password: 'masked' } } as const
const FREE = 'max_blocks: 10, max_password_changes: 10'
const blocked = (caps: string): string =>
  `policy: { reassert_unobservable: 2h }\nsafety: { ${caps} }\nusers: [{ username: ${ONE}, status: blocked, email_password: { env: PASSWORD } }]`

/** All as configured, then the password due for its age, and the status changed by hand. */
const reopened = async (rig: Rig, caps: string): Promise<void> => {
  rig.env.PASSWORD = newPassword()
  rig.config(blocked(FREE))
  await rig.run()
  await rig.run()
  await rig.time.pass(3 * HOUR)
  await rig.colleague('edit', { username: ONE, status: 'allowed' })
  rig.config(blocked(caps))
}
type Report = Awaited<ReturnType<Rig['run']>>
const driftIn = (report: Report) => {
  const [seen] = report.plan.scopes
  assert.ok(seen !== undefined)
  return newsOf({ seen, report, known: nothingKnown, whole: false }).note?.drift?.map(({ state, fields }) => [state, fields])
}
const toldOf = (report: Report) =>
  watched(nothingTold, { _tag: 'RunEnded', report }, '2026-01-01T00:00:00.000Z').news?.transitions.map(({ kind, users }) => [
    kind,
    users,
  ])

spec('what is sent for its age', (test) => {
  test('keeps no block by hand undone from being told as put back, where it waits for its cap itself', () =>
    withRig(
      SEED,
      async (rig) => {
        await reopened(rig, 'max_blocks: 10, max_password_changes: 0')
        assert.equal(driftIn(await rig.run({ person: false })), [['repaired', ['status']]])
      },
      MASKED,
    ))

  test('is no drift in the status of a daemon', () =>
    withRig(
      SEED,
      async (rig) => {
        await reopened(rig, 'max_blocks: 10, max_password_changes: 0')
        const daemon = await rig.daemon()
        await rig.time.pass(MINUTE)
        assert.equal(
          daemon.controls.status().scopes.map(({ drift }) => drift),
          [[]],
        )
      },
      MASKED,
    ))

  test('repairs nothing where what was changed by hand waits', () =>
    withRig(
      SEED,
      async (rig) => {
        await reopened(rig, 'max_blocks: 0, max_password_changes: 10')
        const told = toldOf(await rig.run({ person: false }))
        assert.not.ok(
          told?.some(([kind]) => kind === 'repaired'),
          JSON.stringify(told),
        )
      },
      MASKED,
    ))

  test('is not said to be of unknown outcome', () =>
    withRig(
      SEED,
      async (rig) => {
        rig.env.PASSWORD = newPassword()
        rig.config(blocked(FREE))
        await rig.run()
        await rig.time.pass(3 * HOUR)
        const text = planText((await rig.run()).plan, { colour: false, width: 200, command: 'apply' })
        assert.match(text, `${ONE}  sent before, and sent again\n`)
      },
      MASKED,
    ))

  test('makes no change of the config out of a change by hand, where it was only taken as set', () =>
    withRig(
      SEED,
      async (rig) => {
        rig.env.PASSWORD = newPassword()
        rig.config(
          `policy: { unknown_password: assume, reassert_unobservable: 2h }\nsafety: { max_password_changes: 0 }\nusers: [{ username: ${ONE}, description: x, email_password: { env: PASSWORD } }]`,
        )
        await rig.run()
        await rig.time.pass(3 * HOUR)
        await rig.run()
        await rig.colleague('edit', { username: ONE, description: 'by hand' })
        assert.equal(
          driftIn(await rig.run({ person: false }))?.map(([, fields]) => fields),
          [['description']],
        )
      },
      MASKED,
    ))
})

spec('who is put back in part', (test) => {
  test('is told once as drifted, and not as put back while something by hand stands', () =>
    withRig(SEED, async (rig) => {
      const of = (caps: string): string => `safety: { ${caps} }\nusers: [{ username: ${ONE}, status: blocked, description: x }]`
      rig.config(of('max_blocks: 10'))
      await rig.run()
      await rig.colleague('edit', { username: ONE, status: 'allowed', description: 'y' })
      rig.config(of('max_blocks: 0'))
      const report = await rig.run({ person: false })
      assert.is((await rig.user(ONE))?.status, 'allowed')
      assert.equal(toldOf(report), [
        ['drift_found', [ONE]],
        ['guard_tripped', [ONE]],
      ])
    }))
})

spec('a password that is taken as right (policy.unknown_password: assume)', (test) => {
  test('is never one that is yet to be generated: nobody can have set it, so it is made, kept and set', () =>
    withRig(
      SEED,
      async (rig) => {
        rig.config(`policy: { unknown_password: assume }\nusers: [{ username: ${ONE}, email_password: { generate: one.pw } }]`)
        const first = await rig.run()
        assert.equal(ends(first), [`update ${ONE} unobservable`])
        const [set] = await rig.writes()
        assert.type(set?.body.email_password, 'string')
        assert.equal(ends(await rig.run()), [], 'and from then on it is what the file says')
      },
      { switches: { view_password: 'absent' }, random: Math.random },
    ))
})
