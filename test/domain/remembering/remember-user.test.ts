// What is remembered of one user after a run, part by part: what was reached, sent unseen, refused, in vain, repaired, open, and to return.
import * as assert from 'uvu/assert'
import { sidesOf } from '../../../src/domain/draft/vain.ts'
import { forNow, wayOut } from '../../../src/domain/memory/our-block.ts'
import {
  type BlockUnderWay,
  type NotTaking,
  type Pending,
  type Refused,
  stranger,
  type UserMemory,
} from '../../../src/domain/memory/user-memory.ts'
import { isDone, type Refusal } from '../../../src/domain/plan/outcome.ts'
import type { Cause, Ended, FieldChange, Kind, Outcome } from '../../../src/domain/plan/plan.ts'
import { remembered, unlisted, withRules } from '../../../src/domain/remembering/remember-user.ts'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import { printOf } from '../../../src/domain/user/prints.ts'
import type { FieldName, Settings, Value } from '../../../src/domain/user/settings.ts'
import type { DesiredUser } from '../../../src/domain/wanted/desired.ts'
import { change, DAY, HOUR, liveUser, NOW, prints, reached, userMemory, wanted } from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const print = (value: Value | undefined): string => printOf(prints, value)
const field = (name: FieldName, from: Value | undefined, to: Value): FieldChange => ({ field: name, from, to, source: '' })
const ended = (
  outcome: Outcome,
  fields: ReadonlyArray<FieldChange>,
  kind: Exclude<Kind, 'remove'> = 'update',
  some: { readonly cause?: Cause; readonly error?: string; readonly refusal?: Refusal } = {},
): Ended => ({
  ...change(kind, ONE, { fields }),
  outcome,
  ...some,
})
type After = Parameters<typeof remembered>[1]['after']
const after = (some: Partial<After> = {}): After => ({
  isFirst: false,
  alsoChanged: new Set(),
  prints,
  now: NOW,
  ...some,
})
const refusing = (name: FieldName, words: string): { readonly refusal: Refusal } => ({ refusal: { field: name, lasting: words } })
type Run = {
  readonly asked?: Settings
  readonly shown?: Settings | undefined
  readonly ended?: Ended
  readonly user?: Partial<DesiredUser>
  readonly assumed?: ReadonlyArray<FieldName>
  readonly after?: Partial<After>
}
const factsOf = (run: Run) => ({
  user: { ...wanted(ONE, run.asked), ...run.user },
  live: 'shown' in run && run.shown === undefined ? undefined : liveUser(ONE, run.shown),
  planned: undefined,
  ended: run.ended,
  assumed: run.assumed ?? [],
  after: after(run.after),
})
const kept = (before: Partial<UserMemory>, run: Run): UserMemory => remembered(userMemory(before), factsOf(run))

const DESCRIBED = field('description', 'old', 'new')
const OUTCOMES: ReadonlyArray<Outcome> = ['verified', 'not_converged', 'unobservable', 'failed', 'unknown', 'not_attempted']

spec('of a listed user is remembered', (test) => {
  test('nothing where nothing is asked and nothing was done', () => assert.equal(kept({}, {}), stranger))

  test('done is what was read back, and what cannot be', () =>
    assert.equal(
      OUTCOMES.filter((outcome) => isDone(ended(outcome, []))),
      ['verified', 'unobservable'],
    ))

  for (const [title, asked, shown, before, expected] of [
    ['what is as asked', { description: 'new' }, { description: 'new' }, {}, [['description', '"new"']]],
    ['not what is another', { description: 'new' }, { description: 'old' }, {}, []],
    [
      'what was asked before, while it is another',
      { description: 'new' },
      { description: 'old' },
      { wanted: new Map([['description', '"old"'] as const]) },
      [['description', '"old"']],
    ],
    ['nothing that is asked no more', {}, {}, { wanted: new Map([['description', '"old"'] as const]) }, []],
    [
      'what is hidden and was sent so',
      { click_tracking_enabled: true },
      {},
      { sent: new Map([['click_tracking_enabled', { print: 'true', at: 0 }] as const]) },
      [['click_tracking_enabled', 'true']],
    ],
    [
      'not what is hidden and was sent otherwise',
      { click_tracking_enabled: true },
      {},
      { sent: new Map([['click_tracking_enabled', { print: 'false', at: 0 }] as const]) },
      [],
    ],
    ['not what is hidden and was never sent', { click_tracking_enabled: true }, {}, {}, []],
    ['nothing of one that is not there', { description: '' }, undefined, {}, []],
  ] as const)
    test(`as reached: ${title}`, () => assert.equal([...kept(before, { asked, shown }).wanted], expected))

  const password = newSecret()
  const sentBefore = { sent: new Map([['click_tracking_enabled', { print: 'false', at: 1 }] as const]) }
  const tracked = [field('click_tracking_enabled', undefined, true)]
  /** A request of three fields that did not converge. */
  const half = (description: string, audit_email: string): Run => ({
    asked: { click_tracking_enabled: true, description: 'new', audit_email: 'new' },
    shown: { description, audit_email },
    ended: ended('not_converged', [...tracked, DESCRIBED, field('audit_email', 'old', 'new')]),
  })
  const made = (cause: Cause, outcome: Outcome = 'not_converged'): Run => {
    const run = half('old', 'new')
    return { ...run, ended: ended(outcome, run.ended?.fields ?? [], 'create', { cause }) }
  }
  for (const [title, before, run, expected] of [
    ...OUTCOMES.map(
      (outcome) =>
        [
          `a hidden field that ended ${outcome}`,
          {},
          { asked: { click_tracking_enabled: true }, ended: ended(outcome, tracked) },
          ['verified', 'unobservable'].includes(outcome) ? [['click_tracking_enabled', 'true', NOW]] : [],
        ] as const,
    ),
    [
      'a field that is shown, not at all',
      {},
      { asked: { description: 'new' }, shown: { description: 'new' }, ended: ended('verified', [DESCRIBED]) },
      [],
    ],
    [
      'a password, though it is shown now',
      {},
      {
        asked: { email_password: password },
        shown: { email_password: password },
        ended: ended('verified', [field('email_password', undefined, password)]),
      },
      [['email_password', print(password), NOW]],
    ],
    [
      'a password that is shown as asked, though it was never sent',
      {},
      { asked: { email_password: password }, shown: { email_password: password } },
      [['email_password', print(password), NOW]],
    ],
    [
      'and no later than it was',
      { sent: new Map([['email_password', { print: print(password), at: 1 }] as const]) },
      { asked: { email_password: password }, shown: { email_password: password } },
      [['email_password', print(password), 1]],
    ],
    [
      'and anew where it was only assumed',
      { sent: new Map([['email_password', { print: print(password), at: 1, assumed: true }] as const]) },
      { asked: { email_password: password }, shown: { email_password: password } },
      [['email_password', print(password), NOW]],
    ],
    [
      'not a password that is shown as another',
      {},
      { asked: { email_password: password }, shown: { email_password: newSecret() } },
      [],
    ],
    [
      'not a password that is seen not to have taken, though something else has',
      { pending: { change: 'update', wanted: new Map(), at: 1, again: true } },
      {
        asked: { email_password: password, description: 'new' },
        shown: { email_password: newSecret(), description: 'new' },
        ended: ended('not_converged', [field('email_password', undefined, password), DESCRIBED]),
      },
      [],
    ],
    [
      'not a field that was not in the change',
      {},
      { asked: { click_tracking_enabled: true, description: 'new' }, ended: ended('verified', [DESCRIBED]) },
      [],
    ],
    [
      'a password that is taken as right',
      {},
      { asked: { email_password: password }, assumed: ['email_password'] },
      [['email_password', print(password), NOW]],
    ],
    ['nothing of a request of which nothing that is shown took', {}, half('old', 'old'), []],
    ['what is hidden of one of which something took', {}, half('new', 'old'), [['click_tracking_enabled', 'true', NOW]]],
    [
      'what is hidden of an add of which nothing took but that the user is there',
      {},
      made('config'),
      [['click_tracking_enabled', 'true', NOW]],
    ],
    ['nothing of an add of a user that had been there', {}, made('drift'), []],
    ['nor of one that was known', reached({ description: 'old' }), made('retry'), []],
    [
      'but of one that was known and is gone',
      reached({ description: 'old' }, { unseen: 3 }),
      made('config'),
      [['click_tracking_enabled', 'true', NOW]],
    ],
    ['nor where the add is said to have worked', {}, made('drift', 'unobservable'), []],
    [
      'what had been sent of one that is made again',
      { sent: new Map([['click_tracking_enabled', { print: 'true', at: 1 }] as const]) },
      made('drift', 'unobservable'),
      [['click_tracking_enabled', 'true', NOW]],
    ],
    [
      'what is hidden of one of which nothing took, where it was asked for before',
      { pending: { change: 'update', wanted: new Map(), at: 1, again: true } },
      half('old', 'old'),
      [['click_tracking_enabled', 'true', NOW]],
    ],
    ['nothing of one whose user is not shown', {}, { ...half('', ''), shown: undefined }, []],
    ['what was sent before', sentBefore, { asked: { click_tracking_enabled: true } }, [['click_tracking_enabled', 'false', 1]]],
    ['and what is asked no more is forgotten', sentBefore, {}, []],
    [
      'what an undo sent, not at all',
      {},
      { asked: { click_tracking_enabled: true }, ended: ended('unobservable', tracked, 'update', { cause: 'undo' }) },
      [],
    ],
  ] as const)
    test(`as sent: ${title}`, () =>
      assert.equal(
        [...kept(before, run).sent].map(([name, one]) => [name, one.print, one.at]),
        expected,
      ))
})

spec('of what did not take is remembered', (test) => {
  const stuck = (name: FieldName, some: Partial<NotTaking> = {}): NotTaking => ({
    field: name,
    wanted: '"new"',
    live: '"old"',
    at: NOW,
    ...some,
  })
  const asked = { description: 'new' }
  const shown = { description: 'old' }
  for (const [title, run, expected] of [
    ['a field that is shown as it was', { asked, shown, ended: ended('not_converged', [DESCRIBED]) }, [stuck('description')]],
    [
      'that the full edit did not make it either',
      { asked, shown, ended: { ...change('update', ONE, { fields: [DESCRIBED], whole: true }), outcome: 'not_converged' } },
      [stuck('description', { whole: true })],
    ],
    [
      'only what is not as asked',
      {
        asked: { ...asked, audit_email: 'a@a.example' },
        shown: { ...shown, audit_email: 'a@a.example' },
        ended: ended('not_converged', [DESCRIBED, field('audit_email', '', 'a@a.example')]),
      },
      [stuck('description')],
    ],
    ['nothing of a user that is not shown', { asked, shown: undefined, ended: ended('not_converged', [DESCRIBED]) }, []],
    ['nothing that failed', { asked, shown, ended: ended('failed', [DESCRIBED]) }, []],
    ['nothing that took', { asked, shown: asked, ended: ended('verified', [DESCRIBED]) }, []],
    [
      'nothing of one that was changed though it was not meant',
      { asked, shown, ended: ended('not_converged', [DESCRIBED]), after: { alsoChanged: new Set([ONE]) } },
      [],
    ],
    [
      'and not that another was',
      { asked, shown, ended: ended('not_converged', [DESCRIBED]), after: { alsoChanged: new Set(['two']) } },
      [stuck('description')],
    ],
    [
      'the field that was refused, with the words of the service',
      {
        asked,
        shown,
        ended: ended(
          'failed',
          [DESCRIBED, field('audit_email', '', 'a@a.example')],
          'update',
          refusing('description', 'too long'),
        ),
      },
      [stuck('description', { why: 'too long' })],
    ],
    [
      'of a limit all that was sent of it',
      {
        asked: { custom_ratelimit: true, custom_ratelimit_value: 5 },
        shown: {},
        ended: ended(
          'failed',
          [field('custom_ratelimit', false, true), field('custom_ratelimit_value', undefined, 5), DESCRIBED],
          'update',
          refusing('custom_ratelimit_value', 'no'),
        ),
      },
      [
        stuck('custom_ratelimit', { wanted: 'true', live: 'false', why: 'no' }),
        stuck('custom_ratelimit_value', { wanted: '5', live: '-', why: 'no' }),
      ],
    ],
    [
      'nothing of an add that was refused',
      { asked, shown: undefined, ended: ended('failed', [DESCRIBED], 'create', refusing('description', 'no')) },
      [],
    ],
    [
      'nothing where another field was refused than was sent, or nobody said which',
      { asked, shown, ended: ended('failed', [DESCRIBED], 'update', refusing('audit_email', 'no')) },
      [],
    ],
  ] as const)
    test(title, () => assert.equal(kept({}, run).notTaking, expected))

  const before = { notTaking: [stuck('description', { at: NOW - HOUR })] }
  for (const [title, run, stays] of [
    ['while both sides are as they were', { asked, shown }, true],
    ['until it is tried again', { asked, shown, after: { now: NOW - HOUR + 9 * DAY } }, true],
    ['not where another value is asked', { asked: { description: 'newer' }, shown }, false],
    ['not where it is asked no more', { asked: {}, shown }, false],
    ['not where another value is shown', { asked, shown: { description: 'mine' } }, false],
    ['also where one answer left the user out', { asked, shown: undefined }, true],
    ['also where no rule asks it of a user that one answer left out', { asked: {}, shown: undefined }, true],
    ['also where it would be made with another value', { asked: { description: 'newer' }, shown: undefined }, true],
    [
      'also where another field was tried in vain',
      { asked: { ...asked, ip_pool: 7 }, shown, ended: ended('not_converged', [field('ip_pool', 0, 7)]) },
      true,
    ],
  ] as const)
    test(`it is remembered ${title}: ${stays ? 'yes' : 'no'}`, () =>
      assert.is(
        kept(before, run).notTaking.some(({ field: name, at }) => name === 'description' && at === NOW - HOUR),
        stays,
      ))

  test('a status and a password for a day and no moment longer, for both are as urgent then as ever', () => {
    for (const [name, text] of [
      ['status', 'sandbox'],
      ['email_password', 'secret'],
    ] as const) {
      const one = stuck(name, { wanted: print(text), live: print('allowed'), at: NOW - HOUR })
      const left = (now: number) =>
        kept({ notTaking: [one] }, { asked: { [name]: text }, shown: { [name]: 'allowed' }, after: { now } }).notTaking
      assert.equal(left(NOW - HOUR + DAY - 1), [one])
      assert.equal(left(NOW - HOUR + DAY), [])
    }
  })

  test('a block that is not asked for while what would mend the user is tried was in vain all the same', () => {
    const status = stuck('status', { wanted: '"blocked"', live: '"allowed"', at: NOW - HOUR })
    const left = (returnsTo: string | undefined, run: Parameters<typeof kept>[1]) =>
      kept({ notTaking: [status], ourBlock: returnsTo === undefined ? undefined : { _tag: 'Rule', returnsTo } }, run).notTaking
    assert.equal(left(undefined, { shown: { status: 'allowed' } }), [status])
    assert.equal(left('allowed', { shown: { status: 'allowed' } }), [status])
    assert.equal(left('sandbox', { shown: { status: 'allowed' } }), [])
    assert.equal(left('allowed', { shown: { status: 'sandbox' } }), [])
    assert.equal(left('sandbox', { shown: undefined }), [status])
  })

  test('and so is one where the config asks for the status that the user has, until it asks for another, or no rule would block', () => {
    const unless = { why: 'it breaks a rule', source: '' }
    const left = (wantedStatus: string, asked: string, user: Partial<DesiredUser>) =>
      kept(
        { notTaking: [stuck('status', { wanted: print(wantedStatus), live: '"sandbox"', at: NOW - HOUR })] },
        { asked: { status: asked }, shown: { status: 'sandbox' }, user },
      ).notTaking.length
    assert.equal(left('blocked', 'sandbox', { unless }), 1)
    assert.equal(left('blocked', 'sandbox', {}), 0)
    assert.equal(left('allowed', 'sandbox', { unless }), 0)
  })

  test('a block that was in vain stays so where the user was to be made meanwhile, and was there', () => {
    const status = stuck('status', { wanted: '"blocked"', live: '"allowed"', at: NOW - HOUR })
    const left = (outcome: Outcome, about: { readonly refusal?: Refusal } = {}) =>
      kept(
        { notTaking: [status] },
        {
          asked: { status: 'sandbox' },
          shown: { status: 'allowed' },
          ended: ended(outcome, [field('status', undefined, 'sandbox')], 'create', about),
        },
      ).notTaking
    assert.equal(left('failed', { refusal: { taken: true, lasting: 'taken' } }), [status])
    assert.equal(left('verified'), [])
  })

  test('tried again in vain it stands once, with the new moment', () =>
    assert.equal(kept(before, { asked, shown, ended: ended('not_converged', [DESCRIBED]) }).notTaking, [stuck('description')]))

  test('the status of a user that is listed again is asked for by what was before our block', () => {
    const ourBlock = { _tag: 'WayOut', returnsTo: 'sandbox', elapsedMs: 0, countedAt: NOW } as const
    const status = stuck('status', { wanted: '"sandbox"', live: '"blocked"', at: NOW - HOUR })
    const left = (some: Partial<UserMemory>) => kept({ notTaking: [status], ...some }, { shown: { status: 'blocked' } }).notTaking
    assert.equal(left({ ourBlock }), [status])
    assert.equal(left({ ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } }), [])
    const described = stuck('description', { wanted: '"sandbox"', live: '"blocked"', at: NOW - HOUR })
    assert.equal(kept({ notTaking: [described], ourBlock }, { shown: { description: 'blocked' } }).notTaking, [])
  })
})

spec('of a refusal is remembered', (test) => {
  const sides = { wanted: sidesOf({ prints }, [DESCRIBED], 'to'), live: sidesOf({ prints }, [DESCRIBED], 'from') }
  const refusedNow: Refused = { ...sides, at: NOW, message: 'no' }
  const no = { lasting: 'no' }
  const unrefused = (outcome: Outcome): Run => ({ ended: ended(outcome, [DESCRIBED], 'update', { error: 'still there' }) })
  const run = (outcome: Outcome, refusal: Refusal = no): Run => ({
    ended: ended(outcome, [DESCRIBED], 'update', { error: 'still there', refusal }),
  })
  const removal = (outcome: Outcome): Run => ({ ended: { ...change('remove', ONE), outcome, error: 'still there' } })
  const nothing = { wanted: sidesOf({ prints }, [], 'to'), live: sidesOf({ prints }, [], 'from') }
  for (const [title, one, expected] of [
    ['what was refused, with its words', run('failed'), [refusedNow]],
    ['nothing that took all the same', run('verified'), []],
    ['nothing that only failed', unrefused('failed'), []],
    ['nothing that may be taken another time', run('failed', {}), []],
    ['that the name is taken', run('failed', { ...no, taken: true }), [{ ...refusedNow, taken: true }]],
    ['nothing where one field was refused', run('failed', { ...no, field: 'description' }), []],
    [
      'a removal after which the user is still there',
      removal('not_converged'),
      [{ ...nothing, at: NOW, message: 'still there' }],
    ],
    ['not an update that did not take', unrefused('not_converged'), []],
    ['not a removal that failed', removal('failed'), []],
  ] as const)
    test(title, () => assert.equal(kept({}, one).refused, expected))

  for (const [title, one, ago, stays] of [
    ['for a day', {}, DAY - 1, true],
    ['and no moment longer', {}, DAY, false],
    ['also where nothing was sent', { ended: ended('not_attempted', [DESCRIBED]) }, HOUR, true],
    ['also where something else failed', { ended: ended('failed', [DESCRIBED]) }, HOUR, true],
    ['until something was made', { ended: ended('verified', [DESCRIBED]) }, HOUR, false],
  ] as const)
    test(`it is remembered ${title}: ${stays ? 'yes' : 'no'}`, () => {
      const before = { ...refusedNow, at: NOW - ago }
      assert.equal(kept({ refused: [before] }, one).refused, stays ? [before] : [])
    })

  test('it stays beside another one that is refused, takes the place of the same, and the last few are enough', () => {
    const other = (at: number): Refused => ({ wanted: `other ${at}`, live: '', at, message: 'no' })
    const [first, second] = [other(NOW - 9), other(NOW - 8)]
    assert.equal(kept({ refused: [first] }, run('failed')).refused, [first, refusedNow])
    assert.equal(kept({ refused: [{ ...refusedNow, at: NOW - HOUR }, first] }, run('failed')).refused, [first, refusedNow])
    const many = [first, second, other(NOW - 7), other(NOW - 6)]
    assert.equal(kept({ refused: many }, run('failed')).refused, [...many.slice(1), refusedNow])
  })
})

spec('of repairs is remembered', (test) => {
  const before = { wanted: new Map([['description', '"new"'] as const]) }
  const repaired = (some: Partial<UserMemory>, run: Run) => [...kept(some, run).repairs]
  const drift = (outcome: Outcome, fields = [DESCRIBED], cause: Cause = 'drift'): Run => ({
    asked: { description: 'new' },
    shown: { description: 'new' },
    ended: ended(outcome, fields, 'update', { cause }),
  })
  for (const [title, some, run, expected] of [
    ['one that was made', before, drift('verified'), [['description', [NOW]]]],
    ['one that is not seen', before, drift('unobservable'), [['description', [NOW]]]],
    ['none that did not come about', before, drift('not_converged'), []],
    ['none of a value that is new in the config', {}, drift('verified'), []],
    [
      'none of a value that was another in the config',
      { wanted: new Map([['description', '"x"'] as const]) },
      drift('verified'),
      [],
    ],
    ['none of a field that could not be read', before, drift('verified', [field('description', undefined, 'new')]), []],
    ['none of an undo', before, drift('verified', [DESCRIBED], 'undo'), []],
  ] as const)
    test(title, () => assert.equal(repaired(some, run), expected))

  test('those of the last 24 hours, each field by itself', () => {
    const repairs = new Map([
      ['description', [NOW - DAY, NOW - DAY + 1]],
      ['audit_email', [NOW - DAY]],
      ['ip_pool', [NOW - 1]],
    ] as const)
    assert.equal(repaired({ repairs }, {}), [
      ['description', [NOW - DAY + 1]],
      ['ip_pool', [NOW - 1]],
    ])
    assert.equal(repaired({ ...before, repairs }, drift('verified')), [
      ['description', [NOW - DAY + 1, NOW]],
      ['ip_pool', [NOW - 1]],
    ])
  })
})

spec('of a write of unknown fate is remembered', (test) => {
  const pending: Pending = { change: 'update', wanted: new Map([['description', '"new"']]), at: NOW - 1 }
  const asked = { description: 'new' }
  const open: Run = { asked, shown: { description: 'old' } }
  for (const [title, run, expected] of [
    ['that it is open', open, pending],
    ['that it is open, while nothing of it was sent again', { ...open, ended: ended('not_attempted', [DESCRIBED]) }, pending],
    ['that it is open again', { ...open, ended: ended('unknown', [DESCRIBED]) }, pending],
    ['nothing after an answer', { ...open, ended: ended('failed', [DESCRIBED]) }, undefined],
    ['nothing after it was read back', { ...open, ended: ended('verified', [DESCRIBED]) }, undefined],
    [
      'nothing where the service said no',
      { ...open, ended: ended('unknown', [DESCRIBED], 'update', { refusal: {} }) },
      undefined,
    ],
    ['nothing once it is there', { asked, shown: asked }, undefined],
    ['that it is open, where the user is not shown', { asked, shown: undefined }, pending],
    ['nothing once what it asked for is asked no more', { asked: {}, shown: {} }, undefined],
    [
      'that it is open, where another value is asked and shown',
      { asked: { description: 'x' }, shown: { description: 'x' } },
      pending,
    ],
  ] as const)
    test(title, () => assert.equal(kept({ pending }, run).pending, expected))

  test('nothing where nothing was open', () => {
    for (const outcome of OUTCOMES) assert.is(kept({}, { ...open, ended: ended(outcome, [DESCRIBED]) }).pending, undefined)
  })

  test('that a part of it is open', () => {
    const two = { ...pending, wanted: new Map([...pending.wanted, ['audit_email', '"a@a.example"'] as const]) }
    const half = { asked: { ...asked, audit_email: 'a@a.example' }, shown: { ...asked, audit_email: '' } }
    assert.equal(kept({ pending: two }, half).pending, two)
  })

  test('what is hidden of a request of which nothing took, and is still wanted: it was agreed to when it was sent', () => {
    const two = { ...pending, wanted: new Map([...pending.wanted, ['click_tracking_enabled', 'true'] as const]) }
    const tracked = field('click_tracking_enabled', undefined, true)
    const run = (some: Partial<Run>): Run => ({
      asked: { ...asked, click_tracking_enabled: true },
      shown: { description: 'old' },
      ended: ended('not_converged', [DESCRIBED, tracked]),
      ...some,
    })
    const hidden: Pending = { change: 'update', wanted: new Map([['click_tracking_enabled', 'true']]), at: pending.at }
    assert.equal(kept({ pending: two }, run({})).pending, hidden)
    assert.is(kept({ pending: two }, run({ shown: undefined })).pending, undefined)
    assert.is(kept({ pending: two }, run({ asked })).pending, undefined)
    assert.is(kept({ pending }, run({})).pending, undefined)
    assert.is(kept({ pending: two }, run({ ended: ended('failed', [DESCRIBED, tracked]) })).pending, undefined)
  })

  test('of a user that was changed though it was not meant, that all that is hidden may be another', () => {
    const sent = new Map([['click_tracking_enabled', { print: 'true', at: 1 }] as const])
    const run = { asked: { click_tracking_enabled: true }, after: { alsoChanged: new Set([ONE]) } }
    assert.equal(kept({ sent, pending }, run).pending, {
      change: 'update',
      wanted: new Map([['click_tracking_enabled', 'true']]),
      at: NOW,
    })
  })
})

spec('of a status that returns is remembered', (test) => {
  const blocked = { status: 'blocked' }
  const ourBlock = { _tag: 'WayOut', returnsTo: 'sandbox', elapsedMs: 7, countedAt: 9 } as const
  const open: Settings = { status: 'allowed' }
  const block: BlockUnderWay = { at: NOW - HOUR / 10 }
  for (const [title, before, run, expected] of [
    ['while it is blocked', { ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } }, { shown: blocked }, 'allowed'],
    ['while it is not shown', { ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } }, { shown: undefined }, 'allowed'],
    ['not once it is open', { ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } }, { shown: { status: 'allowed' } }, undefined],
    [
      'not where the config says blocked',
      { ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } },
      { asked: blocked, shown: blocked },
      undefined,
    ],
    [
      'where a rule says blocked',
      { ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } },
      { asked: blocked, shown: blocked, user: { blockedFor: 'a rule' } },
      'allowed',
    ],
    ['from its way out, where a rule blocks it', { ourBlock }, { shown: blocked, user: { blockedFor: 'a rule' } }, 'sandbox'],
    ['while a block may yet show', { ourBlock: { _tag: 'Rule', returnsTo: 'allowed' }, block }, { shown: open }, 'allowed'],
    [
      'not once it may not',
      { ourBlock: { _tag: 'Rule', returnsTo: 'allowed' }, block: { at: NOW - HOUR } },
      { shown: open },
      undefined,
    ],
    [
      'from a way out that shows only now, where a rule blocks it',
      { block: { at: NOW, departs: 'sandbox' } },
      { shown: blocked, user: { blockedFor: 'a rule' } },
      'sandbox',
    ],
    ['not from its way out, where nothing blocks it', { ourBlock }, { shown: blocked }, undefined],
    [
      'not from being replaced',
      { replaced: { _tag: 'Replaced', elapsedMs: 7, countedAt: 9 } },
      { shown: blocked, user: { blockedFor: 'a rule' } },
      undefined,
    ],
  ] as const)
    test(title, () => assert.is(forNow(kept(before, run))?.returnsTo, expected))

  test('with what it was for, until it is for something else', () => {
    const of = (_tag: 'Rule' | 'Dates' | 'NewName', user: Partial<DesiredUser>) =>
      forNow(kept({ ourBlock: { _tag, returnsTo: 'allowed' } }, { shown: blocked, user }))?._tag
    const later = { at: NOW + 1, source: '' }
    const shut = { why: 'with its new name', source: '' }
    for (const _tag of ['Rule', 'Dates', 'NewName'] as const) {
      assert.is(of(_tag, {}), _tag)
      assert.is(of(_tag, { blockedFor: 'a rule' }), 'Rule')
      assert.is(of(_tag, { blockedFor: 'its dates', starts: later }), 'Dates')
      assert.is(of(_tag, { blockedFor: 'its new name', shut }), 'NewName')
    }
  })

  const departs: BlockUnderWay = { at: NOW - HOUR, departs: 'allowed' }
  const gone = { _tag: 'WayOut', returnsTo: 'allowed', elapsedMs: 0, countedAt: NOW } as const
  for (const [title, before, run, expected] of [
    [
      'that it was on its way out, which would begin anew, while it is blocked',
      { ourBlock },
      { shown: blocked },
      { ...ourBlock, elapsedMs: 0, countedAt: NOW },
    ],
    ['not once it is open', { ourBlock }, { shown: { status: 'allowed' } }, undefined],
    ['not where the config says a status', { ourBlock }, { asked: blocked, shown: blocked }, undefined],
    ['that our block took effect though nobody told', { block: departs }, { shown: blocked }, gone],
    ['not of a block that was no way out', { block: { at: NOW } }, { shown: blocked }, undefined],
    [
      'that it did, also where something else has ended',
      { block: departs },
      { shown: blocked, ended: ended('verified', []) },
      gone,
    ],
    ['not of one that is open', { block: departs }, { shown: { status: 'allowed' } }, undefined],
    ['not of one that is not shown', { block: departs }, { shown: undefined }, undefined],
    ['that it is on its way out, also where it is not shown', { ourBlock }, { shown: undefined }, { ...ourBlock, unseen: true }],
    ['not after three looks', { ourBlock, unseen: 3 }, { shown: undefined }, undefined],
  ] as const)
    test(title, () => assert.equal(wayOut(kept(before, run)), expected))

  test('how many looks have left it out, where anything is known of it', () => {
    assert.is(kept({ ourBlock }, { shown: undefined }).unseen, 1)
    assert.is(kept({ ourBlock, unseen: 1 }, { shown: undefined }).unseen, 2)
    assert.is(kept({ ourBlock, unseen: 1 }, { shown: blocked }).unseen, undefined)
    assert.is(kept({}, { shown: undefined }).unseen, undefined)
    const hidden = { sent: new Map([['click_tracking_enabled', { print: 'true', at: 0 }] as const]) }
    const asked = { click_tracking_enabled: true }
    const rule: Partial<UserMemory> = { ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } }
    for (const known of [reached(asked), hidden, rule, { block: { at: NOW } }])
      assert.is(kept(known, { asked, shown: undefined }).unseen, 1)
    const pending: Pending = { change: 'create', wanted: new Map(), at: NOW - HOUR }
    assert.is(kept({ pending, unseen: 2 }, { shown: undefined }).unseen, 3)
    assert.equal(kept({ pending, ourBlock: { _tag: 'Rule', returnsTo: 'allowed' }, unseen: 3 }, { shown: undefined }), stranger)
    assert.equal(kept({ ...hidden, ...reached(asked), unseen: 3 }, { asked, shown: undefined }), {
      ...userMemory(reached(asked)),
      sent: new Map(),
      unseen: 3,
    })
  })
})

spec('of an unlisted user is remembered', (test) => {
  const STATUS = field('status', 'allowed', 'blocked')
  const left = (
    before: Partial<UserMemory>,
    some: Partial<Parameters<typeof unlisted>[1]> = {},
    live: LiveUser = liveUser(ONE),
  ) => unlisted(userMemory(before), { live, planned: undefined, ended: undefined, successor: undefined, after: after(), ...some })
  const BLOCKED = liveUser(ONE, { status: 'blocked' })
  const block = (outcome: Outcome) => ended(outcome, [STATUS], 'block')

  test('nothing where there is nothing, whatever was reached, sent or repaired', () => {
    assert.is(left({}), undefined)
    assert.is(left(reached({ description: 'x', click_tracking_enabled: true })), undefined)
    assert.is(left({ repairs: new Map([['status', [NOW]]]) }), undefined)
  })

  test('that our block of it began its way out, and not that a stop did', () => {
    const ourBlock = { _tag: 'WayOut', returnsTo: 'allowed', elapsedMs: 0, countedAt: NOW } as const
    const out: Ended = { ...change('block', ONE, { fields: [STATUS], ends: 'departs' }), outcome: 'verified' }
    assert.equal(left({}, { ended: out }, BLOCKED), { ...stranger, ourBlock })
    assert.is(left({}, { ended: block('verified') }, BLOCKED), undefined)
    assert.is(left({}, { ended: { ...out, cause: 'undo' } }, BLOCKED), undefined)
    assert.is(left({}, { ended: ended('verified', [STATUS], 'update') }, BLOCKED), undefined)
    assert.is(left({}, { ended: block('failed') }), undefined)
  })

  test('a write of unknown fate, until it is tried again', () => {
    const pending: Pending = { change: 'block', wanted: new Map([['status', '"blocked"']]), at: 1 }
    for (const ended of [undefined, block('unknown'), block('not_attempted')])
      assert.equal(left({ pending }, { ended }), { ...stranger, pending })
    assert.is(left({ pending }, { ended: block('failed') }), undefined)
  })

  test('a block that may yet show, until it does', () => {
    const sent: BlockUnderWay = { at: NOW - HOUR / 10, departs: 'sandbox' }
    assert.equal(left({ block: sent }), { ...stranger, block: sent })
    const ourBlock = { _tag: 'WayOut', returnsTo: 'sandbox', elapsedMs: 0, countedAt: NOW } as const
    assert.equal(left({ block: sent }, {}, BLOCKED), { ...stranger, ourBlock })
  })

  test('the status that returns, what did not take and what was refused', () => {
    assert.equal(left({ ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } }, {}, BLOCKED), {
      ...stranger,
      ourBlock: { _tag: 'Rule', returnsTo: 'allowed' },
    })
    assert.is(left({ ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } }), undefined)
    const taking = { field: 'status', wanted: '"blocked"', live: '"allowed"', at: NOW } as const
    assert.equal(left({}, { ended: block('not_converged') }), { ...stranger, notTaking: [taking] })
    assert.equal(left({ notTaking: [{ ...taking, at: NOW - 1 }] }), { ...stranger, notTaking: [{ ...taking, at: NOW - 1 }] })
    const refusedNow = {
      wanted: sidesOf({ prints }, [STATUS], 'to'),
      live: sidesOf({ prints }, [STATUS], 'from'),
      at: NOW,
      message: 'no',
    }
    const refused = { ...block('failed'), refusal: { lasting: 'no' } }
    assert.equal(left({}, { ended: refused }), { ...stranger, refused: [refusedNow] })
  })
})

spec('of an unlisted user that a rule is about is remembered', (test) => {
  const pending: Pending = { change: 'update', wanted: new Map([['description', '"new"']]), at: 1 }
  const theirs: Pending = { change: 'block', wanted: new Map([['status', '"blocked"']]), at: 2 }
  const replaced = { _tag: 'Replaced', elapsedMs: 7, countedAt: 9 } as const
  const ruled = (before: Partial<UserMemory>, left: Partial<UserMemory> | undefined, asked: Settings = { description: 'new' }) =>
    withRules(userMemory(before), factsOf({ asked, shown: { description: 'old' } }), {
      left: left === undefined ? undefined : userMemory(left),
      departs: false,
    })

  test('its way out by its way out, whatever rules say', () => {
    assert.equal(ruled({}, { replaced }).replaced, replaced)
    assert.is(ruled({ replaced }, undefined).replaced, undefined)
  })

  test('a write of unknown fate by whom it was made for', () => {
    assert.equal(ruled({ pending }, { pending: theirs }).pending, pending)
    assert.equal(ruled({ pending: theirs }, { pending: theirs }).pending, theirs)
    assert.is(ruled({ pending: theirs }, undefined).pending, undefined)
    const both = { ...pending, wanted: new Map([...pending.wanted, ...theirs.wanted]) }
    assert.is(ruled({ pending: both }, undefined).pending, undefined, 'a part of it is of no rule')
    assert.is(ruled({}, { pending: theirs }).pending, undefined)
  })

  test('all else as of a listed one', () => {
    const { pending: _, ...rest } = ruled({ wanted: new Map([['description', '"x"']]) }, undefined)
    const { pending: __, ...same } = userMemory({ wanted: new Map([['description', '"x"']]) })
    assert.equal(rest, same)
  })
})
