// What an undo with an unknown outcome leaves: the whole reconciler in one process, in a time that only passes where a test lets it.
import * as assert from 'uvu/assert'
import { ends, HOUR, heldIn, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const seed = { account: { results: [{ username: 'one@a.example', description: 'old' }, { username: 'two@a.example' }] } }
const SMALL = 'users: [{ username: one@a.example, description: new }]\n'

spec('after an undo', (test) => {
  test('S7: an undo whose outcome is unknown leaves the hold, and the next one looks first and tells it as done where it took', () =>
    withRig(seed, async (rig) => {
      rig.config(SMALL)
      const { runId } = await rig.run()
      await rig.faults([
        { kind: 'reset_after', method: 'PATCH' },
        ...[1, 2, 3, 4].map(() => ({ kind: 'status', status: 500, endpoint: '/users/smtp/view', nth: 2 }) as const),
      ])
      const unknown = await rig.undo(runId)
      assert.equal(ends(unknown.report), ['update one@a.example unknown'])
      assert.is(unknown.report.exitCode, 6)
      await rig.faults([])
      const again = await rig.undo(runId)
      assert.is(again.report.exitCode, 0)
      assert.equal(ends(again.report), [])
      assert.is(again.heldUntil, unknown.heldUntil)
      const { plan } = await rig.run({ person: false, by: 'schedule' })
      assert.equal(
        heldIn({ plan }).map(({ reason }) => reason),
        ['on_hold'],
      )
      assert.is((await rig.writes()).length, 2)
      await rig.time.pass(24 * HOUR)
      assert.equal(ends(await rig.run({ person: false, by: 'schedule' })), ['update one@a.example verified'])
    }))
})
