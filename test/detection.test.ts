// Detection never sleeps: whatever the state of config and scope, each cron period has its look at the live users.
import * as assert from 'uvu/assert'
import { HOUR, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const seed = {
  account: { results: [{ username: 'one@a.example', description: 'old' }] },
  subaccounts: { Sub1: { results: [{ username: 'one@b.example' }] } },
}
const config = (description: string, extra = ''): string =>
  `${extra}users: [{ username: one@a.example, description: ${description} }]\nsubaccounts: [{ id: Sub1, users: [{ username: one@b.example }] }]\n`
const PERIODS = 8

const STATES: ReadonlyArray<readonly [title: string, enter: (rig: Rig) => Promise<void> | void]> = [
  ['unchanged', () => undefined],
  [
    'broken, and a user that somebody edits',
    async (rig) => {
      rig.config('users: [\n')
      await rig.colleague('edit', { username: 'one@a.example', description: 'by hand' })
    },
  ],
  ['in observe mode, with a change to be made', (rig) => rig.config(config('new', 'reconcile: { mode: observe }\n'))],
  [
    'held as a whole, with a change to be made',
    async (rig) => {
      await rig.decide({ _tag: 'Hold', what: { _tag: 'All' }, until: rig.time.now() + 24 * HOUR })
      rig.config(config('new'))
    },
  ],
  ['such that a cap holds its change', (rig) => rig.config(config('new', 'safety: { max_updates: 0 }\n'))],
]

spec('detection', (test) => {
  for (const [title, enter] of STATES)
    test(`L7: with a config ${title}, every scope is looked at in every cron period`, () =>
      withRig(seed, async (rig) => {
        rig.config(config('old'))
        const daemon = await rig.daemon()
        await rig.time.pass(MINUTE)
        await enter(rig)
        daemon.wake('file change')
        await rig.time.pass(15 * MINUTE)
        for (let period = 0; period < PERIODS; period += 1) {
          const before = (await rig.log()).length
          await rig.time.pass(15 * MINUTE)
          const views = (await rig.log()).slice(before).filter(({ path }) => path.endsWith('/view'))
          const scopes = new Set(views.map(({ body }) => JSON.stringify(body)))
          assert.is(scopes.size, 2, `period ${period}: ${[...scopes].join(' ')}`)
        }
        assert.equal(await rig.writes(), [])
      }))
})
