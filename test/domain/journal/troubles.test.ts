// The troubles of one scope, told look by look: since when each is wrong and was last right, when it is over and how, and which rules are broken or kept
// again.
import * as assert from 'uvu/assert'
import type { DriftEvidence, FindingEvidence, HeldEvidence } from '../../../src/domain/evidence/document.ts'
import type { Mended } from '../../../src/domain/evidence/mended.ts'
import { secondsFrom, troublesOf } from '../../../src/domain/evidence/troubles.ts'
import type { DriftNote, FindingNote, HeldNote } from '../../../src/domain/journal/journal.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const TWO = 'printer@acme.example'
const RULE = 'tracking'
const SECOND = 1000

/** A scope whose looks come at so many seconds, each with a line of that number; its run ends a second after it. */
const watched = () => {
  const drift: Array<DriftEvidence> = []
  const findings: Array<FindingEvidence> = []
  const held: Array<HeldEvidence> = []
  const troubles = troublesOf('account', {
    drift: (one) => drift.push(one),
    finding: (one) => findings.push(one),
    held: (one) => held.push(one),
  })
  type Notes = Parameters<typeof troubles.settle>[0]
  type Some = { readonly lastRight?: number; readonly isWhole?: boolean; readonly unread?: ReadonlyArray<string> }
  return {
    ...troubles,
    told: { drift, findings, held },
    look: (seconds: number, notes: Notes, { lastRight, isWhole = false, unread = [] }: Some = {}): void =>
      troubles.settle(notes, {
        seen: { at: seconds * SECOND, seq: seconds },
        ended: (seconds + 1) * SECOND,
        lastRight: lastRight === undefined ? undefined : lastRight * SECOND,
        isWhole,
        unread: new Set(unread),
      }),
  }
}
type Watched = ReturnType<typeof watched>

const drifted = (state: DriftNote['state'], some: Partial<DriftNote> = {}): DriftNote => ({
  username: ONE,
  fields: ['description'],
  state,
  ...some,
})
const noted = (state: FindingNote['state'], some: Partial<FindingNote> = {}): FindingNote => ({
  rule: RULE,
  severity: 'high',
  username: ONE,
  state,
  ...some,
})
const kept = (state: HeldNote['state'], some: Partial<HeldNote> = {}): HeldNote => ({
  username: ONE,
  change: 'update',
  reason: 'capped',
  fields: ['description'],
  state,
  ...some,
})
const mended = (some: Partial<Mended> = {}): Mended => ({
  runId: 'r',
  scope: 'account',
  username: ONE,
  fields: ['description'],
  drifted: undefined,
  end: { at: 5 * SECOND, seq: 5 },
  how: 'repaired',
  ...some,
})
const moment = (seconds: number): string => new Date(seconds * SECOND).toISOString()
const rulesKept = (scope: Watched) => [...scope.standing().mended].map(([rule, at]) => `${rule} ${at / SECOND}`)

spec('a trouble, from when it was told first until it is over', (test) => {
  const END = { until: moment(9), until_seq: 9, how: 'over' } as const
  const OPEN = { until: null, until_seq: null, how: 'open' } as const

  test('is told with what is known of it; what no note says is nothing', () => {
    for (const end of [END, OPEN]) {
      const scope = watched()
      scope.look(4, { drift: [drifted('new')], findings: [noted('new')], held: [kept('new')] }, { lastRight: 2 })
      if (end === END) scope.look(9, {}, { isWhole: true })
      else scope.endAll(undefined, 'open')
      const begun = { seq: 4, scope: 'account', username: ONE, rules: [] }
      const { drift, findings, held } = scope.told
      const span = end === END ? { seconds: 5, at_most_seconds: 7 } : { seconds: null, at_most_seconds: null }
      const fields = ['description']
      assert.equal(drift, [{ ...begun, fields, last_right: moment(2), first_wrong: moment(4), ...end, ...span }])
      assert.equal(findings, [{ ...begun, rule: RULE, severity: 'high', message: '', waived: false, since: moment(4), ...end }])
      assert.equal(held, [{ ...begun, change: 'update', reason: 'capped', fields, since: moment(4), ...end }])
    }
  })

  test('that is found and put back in one run without any rule is told without one', () => {
    const scope = watched()
    scope.look(4, { drift: [drifted('repaired')] })
    const [one] = scope.told.drift
    assert.equal([one?.rules, one?.how, one?.seconds, one?.last_right], [[], 'repaired', 1, null])
  })

  test('that was put back, and of whom not all can be read, was sent', () => {
    const scope = watched()
    scope.look(4, { drift: [drifted('new'), drifted('new', { username: TWO })] })
    scope.look(9, { drift: [drifted('repaired'), drifted('repaired', { username: TWO })] }, { unread: [TWO] })
    assert.equal(
      scope.told.drift.map(({ username, how, until }) => [username, how, until]),
      [
        [ONE, 'repaired', moment(10)],
        [TWO, 'sent', moment(10)],
      ],
    )
  })

  test('lasts so many seconds, and none where the clock went back', () => {
    assert.is(secondsFrom(1000, 3499), 2)
    assert.is(secondsFrom(3000, 1000), 0)
  })
})

spec('when a user was last seen right', (test) => {
  const lastRight = (before: (scope: Watched) => void, looked?: number): string | null | undefined => {
    const scope = watched()
    before(scope)
    scope.look(9, { drift: [drifted('new')] }, looked === undefined ? {} : { lastRight: looked })
    scope.endAll(undefined, 'open')
    return scope.told.drift.at(-1)?.last_right
  }
  const right = (at: number) => (scope: Watched) => scope.right({ username: ONE, at: at * SECOND })
  const rows: ReadonlyArray<
    readonly [title: string, before: (scope: Watched) => void, looked: number | undefined, at: string | null]
  > = [
    ['never', () => {}, undefined, null],
    ['by the look before', () => {}, 3, moment(3)],
    ['by what was made of it, where nobody had looked before', right(5), undefined, moment(5)],
    ['by what was made of it after the look before', right(5), 3, moment(5)],
    ['by the look before, which came after what was made of it', right(2), 3, moment(3)],
    [
      'by the last of what was made of it',
      (scope) => {
        right(5)(scope)
        right(4)(scope)
      },
      3,
      moment(5),
    ],
    ['not by what was made of another', (scope) => scope.right({ username: TWO, at: 5 * SECOND }), 3, moment(3)],
    ['by what a run over some users put right', (scope) => scope.mend(mended(), undefined), 3, moment(5)],
    [
      'by the end of what had drifted before',
      (scope) => {
        scope.look(4, { drift: [drifted('new')] })
        scope.look(6, { drift: [drifted('over')] })
      },
      3,
      moment(6),
    ],
  ]
  for (const [title, before, looked, at] of rows) test(title, () => assert.is(lastRight(before, looked), at))
})

spec('what a run over some users puts right', (test) => {
  const WHOLE = drifted('new', { fields: ['description', 'ip_pool'] })
  test('ends drift that was known where all of its fields were set, and not where some were', () => {
    const scope = watched()
    scope.look(4, { drift: [WHOLE] })
    scope.mend(mended(), undefined)
    assert.equal(scope.told.drift, [])
    scope.mend(mended({ fields: ['ip_pool', 'status', 'description'], how: 'sent' }), undefined)
    assert.equal(
      scope.told.drift.map(({ how, until, until_seq }) => [how, until, until_seq]),
      [['sent', moment(5), 5]],
    )
    scope.endAll(undefined, 'open')
    assert.is(scope.told.drift.length, 1, 'once')
  })

  test('is drift from when that run saw it where nobody had told of it before', () => {
    const scope = watched()
    scope.right({ username: ONE, at: 3 * SECOND })
    scope.mend(mended({ drifted: { begin: { seq: 4, since: 4 * SECOND }, note: drifted('repaired') } }), 2 * SECOND)
    assert.equal(
      scope.told.drift.map(({ last_right, first_wrong, until, seconds }) => [last_right, first_wrong, until, seconds]),
      [[moment(3), moment(4), moment(5), 1]],
    )
  })
})

spec('the rules that a scope breaks', (test) => {
  const drift = [drifted('new', { rules: [RULE] }), drifted('new', { username: TWO, rules: [RULE, 'named'] })]

  test('count once a user, in however many notes; what is waived is broken by nobody', () => {
    const scope = watched()
    const findings = [noted('new'), noted('new', { rule: 'limited', username: TWO, waived: true })]
    scope.look(4, { drift, findings, held: [kept('new', { rules: [RULE] }), kept('new', { username: TWO })] })
    const { broken, waived, findings: found, held } = scope.standing()
    assert.equal([[...broken].sort(), waived, found, held], [['named', RULE, RULE], ['limited'], 2, 2])
    const contradiction = noted('new', { rule: 'rules-contradict', rules: [RULE, 'named'] })
    const other = watched()
    other.look(4, { findings: [contradiction] })
    assert.equal([...other.standing().broken].sort(), ['named', 'rules-contradict', RULE])
    const none = watched()
    none.look(4, { drift: [drifted('new')], held: [kept('new')] })
    assert.equal([none.standing().broken, none.standing().waived], [[], []])
    none.look(9, {}, { isWhole: true })
    assert.equal(rulesKept(none), [], 'nor is one kept again by the end of what broke none')
  })

  test('are each kept again as soon as what broke it is over, and not by its being told as open still', () => {
    const scope = watched()
    scope.look(4, { drift })
    scope.look(6, { drift: [drifted('still', { username: TWO, rules: [RULE] })] })
    assert.equal(rulesKept(scope), ['named 7'], 'what was sent for it was made in that run')
    scope.endAll(undefined, 'open')
    assert.equal(rulesKept(scope), ['named 7'])
    scope.look(9, {}, { isWhole: true })
    assert.equal(rulesKept(scope).sort(), ['named 7', `${RULE} 9`])
  })

  test('are kept again when what was held for them was made, and not while it is held', () => {
    const scope = watched()
    scope.look(4, { held: [kept('new', { rules: [RULE] })] })
    scope.endAll(undefined, 'open')
    assert.equal(rulesKept(scope), [])
    scope.look(6, { held: [kept('over', { rules: [RULE] })] })
    assert.equal(rulesKept(scope), [`${RULE} 7`])
    assert.equal(
      scope.told.held.map(({ how }) => how),
      ['open', 'over'],
    )
  })

  test('are not kept again by the end of an exception, and what is broken still does not end with it', () => {
    const scope = watched()
    scope.look(4, { findings: [noted('new', { waived: true })] })
    scope.look(6, { findings: [noted('over', { waived: true })] })
    assert.equal([rulesKept(scope), scope.told.findings.map(({ how, waived }) => [how, waived])], [[], [['over', true]]])
    scope.look(7, { findings: [noted('new')] })
    scope.look(8, { findings: [noted('over', { waived: true })] })
    assert.equal([scope.standing().broken, scope.standing().findings, rulesKept(scope)], [[RULE], 1, []])
  })
})
