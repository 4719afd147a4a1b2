// What a run gives back: of its own intents nothing stays, of what a person decided meanwhile everything does.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { atOnce } from '../../../src/domain/basics/work.ts'
import { type Decision, decided } from '../../../src/domain/memory/decision.ts'
import type { Approval, Ledger } from '../../../src/domain/memory/ledger.ts'
import { rewound } from '../../../src/domain/memory/rewound.ts'
import { targetText } from '../../../src/domain/plan/digest.ts'
import { beforeWrites } from '../../../src/domain/remembering/remember.ts'
import { E } from '../../../src/fp.ts'
import { change, DAY, HOUR, ledger, memory, NOW, ORIGIN, prints } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const CHANGES = ['a', 'b', 'c', 'd'].map((name) => change('block', name))
const textOf = (name: string): string => targetText(prints, 'account', change('block', name))
const approval = (names: ReadonlyArray<string>, some: Partial<Approval> = {}): Approval => ({
  changes: names.map(textOf),
  until: NOW + HOUR / 2,
  reason: 'ok',
  by: 'me',
  ...some,
})
const doubted = { names: ['a'], origin: ORIGIN }
const found = ledger(
  [['account', memory({ lastSeen: ['a', 'b', 'c', 'd'], listed: 4, protected: ['boss', 'delta'], doubted })]],
  { approvals: [approval(['a', 'b']), approval(['c'], { by: 'her' })] },
)
const intended = (before: Ledger, names: ReadonlyArray<string>): Ledger =>
  atOnce(
    beforeWrites(before, {
      scope: 'account',
      changes: CHANGES.filter(({ username }) => names.includes(username)),
      origin: ORIGIN,
      prints,
      now: NOW,
    }),
  )
const taken = (before: Ledger, decision: Decision, now: number): Ledger => {
  const after = decided(before, decision, { by: 'him', reason: 'meanwhile', now })
  if (E.isLeft(after)) throw new Error(after.left)
  return after.right
}
const some = fc.subarray(['a', 'b', 'c', 'd'])

spec('what a run gives back', (test) => {
  test('intents alone leave nothing behind: pending writes, spent caps and used approvals are as they were found', () =>
    fc.assert(fc.property(some, (names) => assert.equal(rewound(intended(found, names), found), found))))

  test('an approval given at any moment since the run read its memory is kept, before and after its intents', () =>
    fc.assert(
      fc.property(
        some,
        some,
        fc.integer({ min: -10 * 60_000, max: 10 * 60_000 }),
        fc.boolean(),
        (names, others, when, isFirst) => {
          // The service may take minutes to answer between the moment at which memory is read and the one from which the plan counts.
          const now = NOW + when
          const approve: Decision = { _tag: 'Approve', digest: 'sha256:0', changes: ['seen later', ...others.map(textOf)] }
          const meant = isFirst ? intended(taken(found, approve, now), names) : taken(intended(found, names), approve, now)
          const { approvals } = rewound(meant, found)
          assert.equal(approvals.slice(0, found.approvals.length), found.approvals)
          const [added, ...more] = approvals.slice(found.approvals.length)
          assert.equal(more, [])
          assert.is(added?.until, now + HOUR)
          assert.is(added?.changes[0], 'seen later')
          if (!isFirst) assert.equal(added?.changes, ['seen later', ...others.map(textOf)])
        },
      ),
    ))

  test('holds, releases, vouched answers and ended protection of meanwhile stay; what the run itself noted does not', () => {
    const until = NOW + DAY
    const decisions: ReadonlyArray<Decision> = [
      { _tag: 'Hold', what: { _tag: 'All' }, until },
      { _tag: 'Hold', what: { _tag: 'Removals' }, until },
      { _tag: 'Release', what: { _tag: 'Removals' }, every: false },
      { _tag: 'Vouch', scope: 'account' },
      { _tag: 'Unprotect', glob: 'boss' },
    ]
    const noted: Ledger = { ...found, keys: new Map([['key', { why: 'refused', failures: 1, notBefore: until }]]) }
    const meant = decisions.reduce((sum, decision) => taken(sum, decision, NOW), intended(noted, ['a', 'd']))
    const after = rewound(meant, found)
    assert.equal(
      after.holds.map(({ what }) => what),
      [{ _tag: 'All' }],
    )
    assert.equal(after.believed, new Map([['account', { ...doubted, until: NOW + HOUR }]]))
    assert.equal(after.scopes.get('account')?.protected, ['delta'])
    assert.equal(after.keys, found.keys)
    const { protected: _, ...rest } = after.scopes.get('account') ?? memory()
    const { protected: __, ...before } = found.scopes.get('account') ?? memory()
    assert.equal(rest, before)
  })

  test('a scope that only the run itself began is forgotten', () => {
    const nothing = ledger([])
    assert.equal(rewound(intended(nothing, ['a']), nothing), nothing)
  })
})
