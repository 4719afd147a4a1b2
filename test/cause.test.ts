// Why a change is due where a rule asks for it: the rule, or somebody who came or changed something.
import * as assert from 'uvu/assert'
import type { Report } from '../src/domain/plan/plan.ts'
import { glob } from '../src/domain/user/username.ts'
import { newPassword } from './support/fresh.ts'
import { AGAIN, auto, by, DAY, LIST, policy, RULE, SETTING, seedOf } from './support/gone.ts'
import { HOUR, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const causes = ({ ended }: Report): ReadonlyArray<string> =>
  [...ended.values()].flat().map(({ change, cause }) => `${change} ${cause}`)

const heldCauses = (report: Report) =>
  report.plan.scopes.flatMap((one) => (one._tag === 'Planned' ? one.held.map(({ change, cause }) => `${change} ${cause}`) : []))

spec('the cause of what is held', (test) => {
  test('in the first run of a scope stays first_run, until the config changes', () =>
    withRig({ account: { results: [{ username: 'a@a.example' }, { username: 'b@a.example' }] } }, async (rig) => {
      const config = (more = '') =>
        rig.config(
          `policy: { unlisted: block }\nsafety: { max_updates: 0, max_blocks: 0, max_creates: 0 }\nusers: [{ username: a@a.example, description: x }, { username: new@a.example }]${more}\n...\n`,
        )
      const all = (cause: string) => ['update', 'block', 'create'].map((change) => `${change} ${cause}`).sort()
      config()
      assert.equal([...heldCauses(await rig.run())].sort(), all('first_run'))
      assert.equal([...heldCauses(await rig.run())].sort(), all('first_run'))
      config('\n# changed')
      assert.equal([...heldCauses(await rig.run())].sort(), all('config'))
    }))

  const USERS = ['a', 'b', 'c'].map((name) => `${name}@a.example`)
  const seed = { account: { results: USERS.map((username) => ({ username, open_tracking_enabled: true })) } }
  const [A, B, C] = ['a@a.example', 'b@a.example', 'c@a.example'] as const
  const list = `users: [{ username: ${A} }, { username: ${B}, description: x }]\n`
  const all = (...causes: ReadonlyArray<string>) => causes.map((cause) => `update ${cause}`)

  test('where a rule sets what no user has yet stays what it was, and is drift of whom it was right', () =>
    withRig(seed, async (rig) => {
      rig.config(`reconcile: { mode: observe }\n${list}${SETTING}`)
      for (let time = 1; time <= 3; time += 1)
        assert.equal(heldCauses(await rig.run()), all('first_run', 'first_run', 'first_run'))
      await rig.colleague('edit', { username: A, open_tracking_enabled: false })
      assert.equal(heldCauses(await rig.run()), all('first_run', 'first_run'))
      await rig.colleague('edit', { username: A, open_tracking_enabled: true })
      for (let time = 1; time <= 2; time += 1) assert.equal(heldCauses(await rig.run()), all('drift', 'first_run', 'first_run'))
    }))

  test('where a new rule sets what no user has yet stays config, also in a run over one user, and after one who could not be reached', () =>
    withRig(seed, async (rig) => {
      rig.config(list)
      await rig.run()
      rig.config(`safety: { max_updates: 0 }\n${list}${SETTING}`)
      for (const user of [undefined, undefined, glob(B), undefined])
        assert.equal(
          heldCauses(await rig.run(user === undefined ? {} : { user })),
          user === undefined ? all('config', 'config', 'config') : all('config'),
        )
      rig.config(`safety: { max_updates: 3 }\n${list}${SETTING}`)
      await rig.faults([{ kind: 'status', status: 400, endpoint: '/users/smtp/edit', username: C, times: 1 }])
      assert.equal(causes(await rig.run()), all('config', 'config', 'config'))
      assert.equal(heldCauses(await rig.run()), all('config'))
      await rig.colleague('add', { username: 'new@a.example', open_tracking_enabled: true, email_password: newPassword() })
      rig.config(`reconcile: { mode: observe }\n${list}${SETTING}`)
      await rig.run()
      await rig.colleague('add', { username: 'newer@a.example', open_tracking_enabled: true, email_password: newPassword() })
      for (let time = 1; time <= 2; time += 1) assert.equal(heldCauses(await rig.run()), all('config', 'drift', 'drift'))
    }))

  test('where somebody came whom no list names stays drift', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(`policy: { unlisted: block }\nsafety: { max_blocks: 0 }\n${AGAIN}...\n`)
      await rig.run()
      await rig.colleague('add', { username: 'new@a.example', email_password: newPassword() })
      for (let time = 1; time <= 2; time += 1) assert.ok(heldCauses(await rig.run()).includes('block drift'))
    }))
})

spec('drift that cannot be put back at once is drift still in the next run, where', (test) => {
  const NAMES = ['one@a.example', 'two@a.example', 'three@a.example'] as const
  const [ONE, TWO, THREE] = NAMES
  const seed = { account: { results: NAMES.map((username) => ({ username })) } }
  const all = `users: [${NAMES.map((username) => `{ username: ${username} }`).join(', ')}]\n`
  const told = (report: Report) => [...heldCauses(report), ...causes(report)]

  test('a listed user was removed by hand, and max_creates holds it', () =>
    withRig(seed, async (rig) => {
      rig.config(`safety: { max_creates: 0 }\n${all}`)
      await rig.run()
      await rig.colleague('remove', { username: THREE })
      for (let time = 1; time <= 2; time += 1) assert.equal(told(await rig.run()), ['create drift'])
    }))

  test('a listed user was removed by hand, and the first run did not come to it', () =>
    withRig(seed, async (rig) => {
      rig.config(all)
      await rig.run()
      await rig.colleague('remove', { username: THREE })
      assert.equal(told(await rig.run({ outdated: () => 'superseded' })), ['create drift'])
      assert.equal(told(await rig.run()), ['create drift'])
    }))

  test('somebody broke a rule by hand, and max_blocks holds the block', () =>
    withRig(seed, async (rig) => {
      rig.config(`safety: { max_blocks: 0 }\nusers: [{ username: ${ONE} }, { username: ${TWO} }]\n${RULE}...\n`)
      await rig.run()
      await rig.colleague('edit', { username: THREE, open_tracking_enabled: true })
      for (let time = 1; time <= 2; time += 1) assert.equal(told(await rig.run()), ['block drift'])
    }))

  test('a listed user was removed by hand, and a run over somebody else came between', () =>
    withRig(seed, async (rig) => {
      rig.config(all)
      await rig.run()
      await rig.colleague('remove', { username: THREE })
      assert.equal(told(await rig.run({ user: glob(ONE) })), [])
      assert.equal(told(await rig.run()), ['create drift'])
    }))

  test('a listed user was removed by hand, and a run over others was undone between', () =>
    withRig(seed, async (rig) => {
      rig.config(all)
      await rig.run()
      rig.config(all.replace(ONE, `${ONE}, description: new`))
      const { runId } = await rig.run()
      await rig.colleague('remove', { username: THREE })
      assert.equal(told((await rig.undo(runId)).report), ['update undo'])
      const creates = told(await rig.run()).filter((one) => one.startsWith('create'))
      assert.equal(creates, ['create drift'])
    }))

  test('somebody came whom no list names, and a run over somebody else came between', () =>
    withRig(seed, async (rig) => {
      rig.config(`policy: { unlisted: block }\n${all}...\n`)
      await rig.run()
      await rig.colleague('add', { username: 'new@a.example', email_password: newPassword() })
      assert.equal(told(await rig.run({ user: glob(ONE) })), [])
      assert.equal(told(await rig.run()), ['block drift'])
    }))
})

spec('the cause of a change that a rule asks for', (test) => {
  for (const [title, rule, cause] of [
    ['what it sets', SETTING, ['update drift']],
    ['what it requires', RULE, ['block drift']],
  ] as const)
    test(`is drift where a user came that does not keep ${title}`, () =>
      withRig(seedOf(undefined), async (rig) => {
        rig.config(policy('report', LIST, rule))
        await rig.run()
        await rig.colleague('add', { username: 'new@a.example', open_tracking_enabled: true, email_password: newPassword() })
        assert.equal(causes(await auto(rig)), cause)
      }))

  test('is drift where somebody opened whom it blocks, and not where the user can send again', () =>
    withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
      rig.config(policy('report', AGAIN))
      await rig.run()
      rig.config(policy('report', AGAIN, RULE))
      assert.equal(causes(await auto(rig)), ['block config'])
      await by(rig, { status: 'allowed' })
      assert.equal(causes(await auto(rig)), ['block drift'])
      await by(rig, { open_tracking_enabled: false })
      assert.equal(causes(await auto(rig)), ['update config'])
    }))

  test('is drift where somebody edits a user so that it breaks a rule that was there all along, and not where a waiver ends', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('report', AGAIN, RULE))
      await rig.run()
      await by(rig, { open_tracking_enabled: true })
      assert.equal(causes(await auto(rig)), ['block drift'])
      await by(rig, { open_tracking_enabled: false })
      await auto(rig)
      const waiver = `waivers: [{ username: "*", until: 2026-01-07, reason: r }]`
      rig.config(policy('report', AGAIN, RULE.replace('otherwise', `${waiver}, otherwise`)))
      await by(rig, { open_tracking_enabled: true })
      assert.equal(causes(await auto(rig)), [])
      await rig.time.pass(4 * DAY)
      assert.equal(causes(await auto(rig)), ['block config'])
    }))

  test('is contested where somebody opens whom it blocks for the third time in a day', () =>
    withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
      rig.config(policy('report', AGAIN, RULE))
      await rig.run()
      const told: Array<boolean> = []
      for (let time = 1; time <= 3; time += 1) {
        await rig.time.pass(HOUR)
        await by(rig, { status: 'allowed' })
        const { plan } = await auto(rig)
        told.push(plan.scopes.some((one) => one._tag === 'Planned' && one.findings.some(({ rule }) => rule === 'contested')))
      }
      assert.equal(told, [false, false, true])
    }))
})
