// When a removal is due, and what it waits for however long its grace is over.
import * as assert from 'uvu/assert'
import { desired, desiredScope, ledger, memory, NOW, told, userMemory, wanted } from '../../support/build.ts'
import { run, type World } from '../../support/model.ts'
import { spec } from '../../support/spec.ts'

const GRACE = 1
const GONE = 'gone@x.example'
const leaving: World = {
  state: desired([desiredScope([wanted('a@x.example')]), desiredScope([], 'subaccount:S1')], {
    unlisted: 'remove',
    grace: GRACE,
  }),
  truth: new Map([
    ['account', new Map([[GONE, { status: 'blocked' }]])],
    ['subaccount:S1', new Map()],
  ]),
  remembered: ledger([
    [
      'account',
      memory({
        trusted: true,
        lastSeen: [GONE],
        users: new Map([
          [GONE, userMemory({ ourBlock: { _tag: 'WayOut', returnsTo: 'allowed', elapsedMs: GRACE, countedAt: NOW } })],
        ]),
      }),
    ],
    ['subaccount:S1', memory({ trusted: true, lastSeen: [GONE] })],
  ]),
}
const shownIn = (world: World): ReadonlyArray<string> =>
  told(run(world).plan)
    .map((line) => line.trim())
    .filter((line) => line.includes(GONE))

spec('a removal', (test) => {
  test('is made of a user that we blocked, when its grace is over', () =>
    assert.equal(shownIn(leaving), [`remove ${GONE}  (grace_elapsed)`]))

  test('waits while the service does not show whether the user is still blocked', () =>
    assert.equal(shownIn({ ...leaving, truth: new Map([...leaving.truth, ['account', new Map([[GONE, {}]])]]) }), [
      `held impossible: remove ${GONE}`,
    ]))

  test('is made in no scope while the name is live in another one too', () => {
    const twice = new Map([...leaving.truth, ['subaccount:S1', new Map([[GONE, { status: 'blocked' }]])]] as const)
    assert.equal(
      shownIn({ ...leaving, truth: twice }).filter((line) => line.startsWith('remove')),
      [],
    )
    assert.ok(shownIn({ ...leaving, truth: twice }).includes(`held impossible: remove ${GONE}`))
  })
})
