// Who is barred after a run: blocked on its way out or by a stop, until it is open and nothing asks for that block.
import * as assert from 'uvu/assert'
import type { Hold } from '../../../src/domain/decisions/hold.ts'
import { stranger, type UserMemory } from '../../../src/domain/memory/user-memory.ts'
import type { Block, Ended, FieldChange, Outcome } from '../../../src/domain/plan/plan.ts'
import { withBarred } from '../../../src/domain/remembering/barred.ts'
import type { Settings } from '../../../src/domain/user/settings.ts'
import { change, DAY, HOUR, liveUser, memory, NOW, prints, userMemory } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'gone-1@x.example'
const STATUS: FieldChange = { field: 'status', from: 'allowed', to: 'blocked', source: '' }
const block = (outcome: Outcome, some: Partial<Extract<Ended, Block>> = {}): Ended => ({
  ...change('block', ONE, { fields: [STATUS] }),
  outcome,
  ...some,
})
const STOP: Hold = { what: { _tag: 'Stop', glob: 'gone-*' }, since: NOW - HOUR, until: NOW + DAY, reason: 'stolen', by: 'tester' }
type Run = {
  readonly before?: Partial<UserMemory>
  readonly kept?: UserMemory
  readonly shown?: Settings
  readonly ended?: Ended
  readonly holds?: ReadonlyArray<Hold>
  readonly departing?: boolean
  readonly filtered?: boolean
}
const barredIn = ({ before = {}, kept, shown = { status: 'blocked' }, ended, holds = [], departing, filtered }: Run) =>
  withBarred(memory({ users: new Map([[ONE, userMemory(before)]]) }), new Map(kept === undefined ? [] : [[ONE, kept]]), {
    ended: new Map(ended === undefined ? [] : [[ONE, ended]]),
    holds,
    departing: new Set(departing === true ? [ONE] : []),
    after: {
      isFirst: false,
      alsoChanged: new Set<string>(),
      prints,
      now: NOW,
      live: { users: [liveUser(ONE, shown)] },
      filtered: filtered === true,
    },
  })[0]?.[1]

spec('S8: that a user is barred is remembered', (test) => {
  const barred = { barred: true } as const
  const often = { ...barred, repairs: new Map([['status', [NOW - HOUR]] as const]) }
  const open = { status: 'allowed' }
  for (const [title, run, expected] of [
    ['where it was blocked on its way out', { ended: block('verified', { ends: 'departs' }) }, barred],
    ['where a stop has blocked it', { ended: block('verified'), holds: [STOP] }, { barred: 'stop' }],
    ['where a stop has that ended meanwhile', { ended: block('verified', { stop: true }) }, { barred: 'stop' }],
    ['not where something else has', { ended: block('verified') }, undefined],
    ['not where that did not take', { ended: block('failed', { ends: 'departs' }), shown: open }, undefined],
    ['not where an undo has', { ended: block('verified', { ends: 'departs', cause: 'undo' }) }, undefined],
    [
      'not that it was set back before that',
      { before: { repairs: often.repairs }, ended: block('verified', { ends: 'departs' }) },
      barred,
    ],
    ['while it is blocked', { before: often }, often],
    ['while the service does not show that', { before: often, shown: { status: undefined } }, often],
    ['while it is open, and is to be blocked', { before: often, shown: open, departing: true }, often],
    ['while it is open under a stop', { before: often, shown: open, holds: [STOP] }, often],
    ['while it is open where only some were looked at', { before: often, shown: open, filtered: true }, often],
    ['not where nothing asks for it', { before: often, shown: open }, undefined],
    ['nor how often that was set back', { before: often, kept: userMemory(often), shown: open }, {}],
    ['not after an undo', { before: often, kept: stranger, ended: { ...block('verified'), cause: 'undo' }, holds: [STOP] }, {}],
    [
      'with each time that it was set back',
      { before: often, ended: block('verified', { ends: 'departs' }) },
      { ...barred, repairs: new Map([['status', [NOW - HOUR, NOW]]]) },
    ],
  ] satisfies ReadonlyArray<readonly [string, Run, Partial<UserMemory> | undefined]>)
    test(title, () => assert.equal(barredIn(run), expected === undefined ? undefined : userMemory(expected)))
})
