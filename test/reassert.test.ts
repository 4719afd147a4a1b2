// What nobody can read back and is sent for its age (policy.reassert_unobservable) beside what somebody changed by hand: each is told as what it is.
import * as assert from 'uvu/assert'
import { planText } from '../src/cli/render/text.ts'
import { nothingTold, watched } from '../src/daemon/transitions.ts'
import { atOnce } from '../src/domain/basics/work.ts'
import { newsOf, nothingKnown } from '../src/domain/journal/witness-scope.ts'
import type { Seed } from '../src/sandbox/seed.ts'
import { newPassword } from './support/fresh.ts'
import { ends, HOUR, heldIn, MINUTE, type Rig, withRig } from './support/rig.ts'
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
  return atOnce(newsOf({ seen, report, known: nothingKnown, whole: false })).note?.drift?.map(({ state, fields }) => [
    state,
    fields,
  ])
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

const MANY = Array.from({ length: 24 }, (_, at) => `u${String(at + 1).padStart(2, '0')}@a.example`)
const OF_MANY: Seed = { account: { results: MANY.map((username) => ({ username, status: 'allowed', description: 'x' })) } }
const NO_CLICKS = { switches: { click_tracking: 'absent' } } as const
const listing = (of: (username: string) => string = () => ''): string =>
  `users: [${MANY.map((username) => `{ username: ${username}${of(username)} }`).join(', ')}]`
const ALL = 'safety: { max_updates: 100%, max_password_changes: 100% }'
const OLD = 'policy: { reassert_unobservable: 2h }'
const HIDDEN = 'defaults: { click_tracking_enabled: true, description: x }'
const scheduled = (rig: Rig) => rig.run({ person: false, by: 'schedule' })
const sentIn = ({ ended }: Report): ReadonlyArray<string> =>
  [...ended.values()]
    .flat()
    .map(({ username, fields, cause }) => `${username} ${fields.map(({ field }) => field).join(' ')} (${cause})`)
const clicks = (from: number, to: number): ReadonlyArray<string> =>
  MANY.slice(from, to).map((username) => `${username} click_tracking_enabled (retry)`)

spec('what is sent for its age of more users than a cap lets through', (test) => {
  const aged = async (rig: Rig, config: string): Promise<void> => {
    rig.config(`${ALL}\n${config}`)
    await rig.run()
    await rig.time.pass(3 * HOUR)
    rig.config(config)
  }

  test('holds no drift, is not held itself, and comes as far as there is room, the rest with the next runs', () =>
    withRig(
      OF_MANY,
      async (rig) => {
        await aged(rig, `${OLD}\n${HIDDEN}\n${listing()}`)
        await rig.colleague('edit', { username: MANY[20], description: 'by hand' })
        const first = await scheduled(rig)
        assert.equal(sentIn(first), [...clicks(0, 11), `${MANY[20]} description click_tracking_enabled (drift)`])
        assert.equal(heldIn(first), [])
        assert.is(first.exitCode, 0)
        const [scope] = first.plan.scopes
        assert.is(scope?._tag === 'Planned' && scope.inSync, 12)
        assert.is(scope?._tag === 'Planned' && scope.unobservable.length, 12)
        assert.equal(sentIn(await scheduled(rig)), [...clicks(11, 20), ...clicks(21, 24)])
        assert.equal(sentIn(await scheduled(rig)), [])
        await rig.time.pass(2 * HOUR)
        assert.equal(sentIn(await scheduled(rig)).length, 12, 'and so again')
      },
      NO_CLICKS,
    ))

  test('sends none of it where what differs is more than the cap itself, and holds only that', () =>
    withRig(
      OF_MANY,
      async (rig) => {
        await aged(rig, `${OLD}\n${HIDDEN}\n${listing()}`)
        for (const username of MANY.slice(0, 13)) await rig.colleague('edit', { username, description: 'by hand' })
        const report = await scheduled(rig)
        assert.equal(sentIn(report), [])
        assert.equal(
          heldIn(report).map(({ username, reason, fields }) => [username, reason, fields.map(({ field }) => field)]),
          MANY.slice(0, 13).map((username) => [username, 'capped', ['description']]),
        )
        assert.equal(
          sentIn(await rig.run({ digest: report.plan.digest })),
          MANY.slice(0, 13).map((username) => `${username} description (drift)`),
          'a digest lets through what was shown, and nothing else',
        )
        assert.equal(sentIn(await scheduled(rig)), clicks(0, 12))
      },
      NO_CLICKS,
    ))

  test('keeps no password that the config changes from its device on the same day, nor comes sooner for that', () =>
    withRig(
      OF_MANY,
      async (rig) => {
        for (const username of MANY) rig.env[username.slice(0, 3)] = newPassword()
        const config = `${OLD}\n${listing((username) => `, email_password: { env: ${username.slice(0, 3)} }`)}`
        await aged(rig, config)
        const password = (username: string | undefined, cause: string): string => `${username} email_password (${cause})`
        const anew = `${MANY[22]} email_password (config)`
        assert.equal(sentIn(await scheduled(rig)), [], 'all were sent today')
        await rig.time.pass(24 * HOUR)
        assert.equal(sentIn(await scheduled(rig)), [password(MANY[0], 'retry'), password(MANY[1], 'retry')])
        rig.env.u23 = newPassword()
        assert.equal(sentIn(await scheduled(rig)), [anew])
        assert.equal(sentIn(await scheduled(rig)), [])
        await rig.time.pass(24 * HOUR)
        assert.equal(sentIn(await scheduled(rig)), [password(MANY[2], 'retry'), password(MANY[3], 'retry')])
      },
      MASKED,
    ))

  test('repeats no request that was refused because what it would send besides finds no room', () =>
    withRig({ ...OF_MANY, switches: { ...MASKED.switches, archive: 'refused', field_errors: 'absent' } }, async (rig) => {
      rig.env.PASSWORD = newPassword()
      const of = (fields: string): string => `${OLD}\n${listing(() => `, email_password: { env: PASSWORD }${fields}`)}`
      await aged(rig, of(''))
      rig.config(
        `safety: { max_password_changes: 0 }\n${of('').replace('{ username: u01@a.example', '{ username: u01@a.example, archive_enabled: true')}`,
      )
      assert.equal(sentIn(await scheduled(rig)), [`${MANY[0]} archive_enabled (config)`])
      assert.equal(sentIn(await scheduled(rig)), [])
    }))
})

spec('what did not take, of more users than a cap lets through', (test) => {
  test('is tried again after a day as far as there is room, holds no drift, and is told as before', () =>
    withRig(
      OF_MANY,
      async (rig) => {
        const config = `defaults: { archive_enabled: true, description: x }\n${listing()}`
        rig.config(`${ALL}\n${config}`)
        await rig.run()
        rig.config(config)
        const reasons = (report: Report): ReadonlyArray<string> => [...new Set(heldIn(report).map(({ reason }) => reason))]
        const archives = (from: number, to: number): ReadonlyArray<string> =>
          MANY.slice(from, to).map((username) => `${username} archive_enabled`)
        const tried = (report: Report): ReadonlyArray<string> => sentIn(report).map((line) => line.replace(/ \(.*/, ''))
        for (let day = 0; day < 2; day += 1) {
          await rig.time.pass(24 * HOUR)
          await rig.colleague('edit', { username: MANY[20], description: 'by hand' })
          const first = await scheduled(rig)
          assert.equal(tried(first), [...archives(0, 11), `${MANY[20]} description archive_enabled`])
          assert.equal(reasons(first), ['not_converging'])
          assert.is(heldIn(first).length, 12)
          assert.is((await rig.user(MANY[20] ?? ''))?.description, 'x')
          assert.equal(tried(await scheduled(rig)), [...archives(11, 20), ...archives(21, 24)])
          const last = await scheduled(rig)
          assert.equal(tried(last), [])
          assert.equal(reasons(last), ['not_converging'])
          assert.is(heldIn(last).length, 24)
        }
      },
      { switches: { archive: 'ignored' } },
    ))
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
