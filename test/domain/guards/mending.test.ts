// Mending in tables: what keeps back the change that would mend a user, and whether it is blocked meanwhile.
import * as assert from 'uvu/assert'
import { atOnce } from '../../../src/domain/basics/work.ts'
import type { Draft, Unmended } from '../../../src/domain/draft/draft.ts'
import { mending } from '../../../src/domain/guards/mending.ts'
import type { HoldReason } from '../../../src/domain/plan/plan.ts'
import { change, draftOf } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@a.example'
const why = { why: 'blocked while rule quiet is not met', source: 'config.yaml:9:1', rule: 'quiet' }
const [mend, block] = [change('update', ONE), change('block', ONE, { ends: 'returns' })]
const unmended: Unmended = { change: block, why, inVain: undefined }
const asked = draftOf({ due: [mend], unmended: [unmended] })
const lines = ({ due, withheld }: Draft): ReadonlyArray<string> => [
  ...due.map((one) => one.change),
  ...withheld.map((one) => `held ${one.reason}: ${one.change.change}`),
]
/** A draft after these guards. */
const mended = (draft: Draft, guards: (draft: Draft) => Draft): Draft =>
  atOnce(
    mending(draft, function* (one) {
      yield
      return guards(one)
    }),
  )
/** Guards that hold everything of a kind. */
const holding =
  (reason: HoldReason, kinds: ReadonlyArray<string> = ['update']) =>
  (draft: Draft): Draft => ({
    ...draft,
    due: draft.due.filter((one) => !kinds.includes(one.change)),
    withheld: [
      ...draft.withheld,
      ...draft.due.filter((one) => kinds.includes(one.change)).map((one) => ({ change: one, reason, why: '' })),
    ],
  })

spec('who does not meet a rule', (test) => {
  test('is not blocked where what mends it is made', () => assert.equal(lines(mended(asked, (draft) => draft)), ['update']))

  for (const [reason, isBlocked] of [
    ['capped', true],
    ['needs_approval', true],
    ['impossible', true],
    ['not_converging', true],
    ['contested', true],
    ['on_hold', false],
    ['observe_mode', false],
    ['protected', false],
  ] satisfies ReadonlyArray<readonly [HoldReason, boolean]>)
    test(`is ${isBlocked ? '' : 'not '}blocked where that is held: ${reason}`, () =>
      assert.equal(lines(mended(asked, holding(reason))), [...(isBlocked ? ['block'] : []), `held ${reason}: update`]))

  test('is left alone where a hand is kept off it, whatever else of it is in vain', () => {
    const inVain = { change: mend, reason: 'not_converging', why: '' } as const
    assert.equal(lines(mended({ ...asked, withheld: [inVain] }, holding('on_hold'))), [
      'held not_converging: update',
      'held on_hold: update',
    ])
  })

  test('has its block held beside what mends it, where both are kept back', () =>
    assert.equal(lines(mended(asked, holding('capped', ['update', 'block']))), ['held capped: update', 'held capped: block']))

  test('is told why it is not blocked, where that was in vain before', () => {
    const inVain = { change: block, reason: 'not_converging', why: '' } as const
    assert.equal(lines(mended({ ...asked, unmended: [{ ...unmended, inVain }] }, holding('capped'))), [
      'held not_converging: block',
      'held capped: update',
    ])
  })
})
