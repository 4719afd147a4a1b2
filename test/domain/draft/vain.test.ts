// In vain (S8, S12): what did not take or was refused is not sent again while it would be the same, for a day; what PATCH was seen not to reset
// goes by the full edit, once, where that is safe; and each is told in the service's words, where it had some.
import * as assert from 'uvu/assert'
import type { Context, Difference } from '../../../src/domain/draft/diff.ts'
import { refusal, sidesOf, triedInVain, vain, wasRefused } from '../../../src/domain/draft/vain.ts'
import type { NotTaking, Refused } from '../../../src/domain/memory/user-memory.ts'
import type { Change, FieldChange } from '../../../src/domain/plan/plan.ts'
import { printOf } from '../../../src/domain/user/prints.ts'
import { FIELDS, type FieldName, type Settings, type Value } from '../../../src/domain/user/settings.ts'
import { change, context, DAY, live, liveUser, memory, NOW, policy, prints, userMemory, wanted } from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const UNTIL = 'tried again when the config or the live value changes, or after a day'
const field = (name: FieldName, from: Value | undefined, to: Value): FieldChange => ({ field: name, from, to, source: 'here' })
const stuck = (name: FieldName, some: Partial<NotTaking> = {}): NotTaking => ({
  field: name,
  wanted: 'w',
  live: 'l',
  at: NOW - 1,
  ...some,
})
/** A context that remembers this of the one user. */
const knowing = (
  notTaking: ReadonlyArray<NotTaking>,
  some: Partial<Context> = {},
  refused: ReadonlyArray<Refused> = [],
): Context => context({ memory: memory({ users: new Map([[ONE, userMemory({ notTaking, refused })]]) }), ...some })

const [EMPTIED, OTHER] = [field('description', 'old', ''), field('audit_email', 'a@a.example', 'b@a.example')]
const WHOLE: Settings = { email_password: newSecret(), click_tracking_enabled: true, description: '' }
const sorted = (
  about: Context,
  notTaking: ReadonlyArray<FieldChange>,
  managed: Settings = WHOLE,
  fields: ReadonlyArray<FieldChange> = [],
) => {
  const found: Difference = { fields, cause: 'drift', notTaking, unobservable: [], assumed: [] }
  const twin = liveUser(ONE, { description: 'old' })
  return vain(about, { user: wanted(ONE, managed), twin, live: live([twin]), found })
}
const held = (fields: ReadonlyArray<FieldChange>, what: string) => ({
  change: { change: 'update', username: ONE, cause: 'retry', fields },
  reason: 'not_converging',
  why: `${fields.map((one) => one.field).join(', ')}: ${what}; ${UNTIL}`,
})
const KEPT = 'sent before, the service kept its own value'

spec('what did not take', (test) => {
  test('is nothing where all took', () => assert.equal(sorted(knowing([stuck('description')]), []), { withheld: [], whole: [] }))

  test('is held, in the words of the service where it refused a field, each once, and of these fields alone', () => {
    const both = [OTHER, field('bounce_notifications', 'from', 'drop')]
    const rows: ReadonlyArray<readonly [ReadonlyArray<NotTaking>, string]> = [
      [[], KEPT],
      [[stuck('audit_email')], KEPT],
      [[stuck('description', { why: 'too long' })], KEPT],
      [[stuck('audit_email', { why: 'no address' })], 'refused before: no address'],
      [
        [stuck('audit_email', { why: 'no address' }), stuck('bounce_notifications', { why: 'no such place' })],
        'refused before: no address; no such place',
      ],
      [
        [stuck('audit_email', { why: 'no' }), stuck('bounce_notifications', { why: 'no' }), stuck('description', { why: 'x' })],
        'refused before: no',
      ],
      [[stuck('audit_email'), stuck('bounce_notifications', { why: 'no' })], 'refused before: no'],
    ]
    for (const [notTaking, what] of rows)
      assert.equal(sorted(knowing(notTaking), both), { withheld: [held(both, what)], whole: [] })
  })

  test('goes by the full edit where it is a reset that PATCH did not make, and everything is declared', () =>
    assert.equal(sorted(knowing([stuck('description')]), [EMPTIED]), { withheld: [], whole: [EMPTIED] }))

  test('and beside it the rest is held', () =>
    assert.equal(sorted(knowing([stuck('description'), stuck('audit_email')]), [EMPTIED, OTHER]), {
      withheld: [held([OTHER], KEPT)],
      whole: [EMPTIED],
    }))

  for (const [title, about] of [
    ['it was tried by the full edit too', knowing([stuck('description', { whole: true })])],
    ['the full edit is forbidden', knowing([stuck('description')], { policy: policy({ edit: 'patch' }) })],
    ['every edit is a full one', knowing([stuck('description')], { policy: policy({ edit: 'full' }) })],
  ] as const)
    test(`is held and not sent whole where ${title}`, () =>
      assert.equal(sorted(about, [EMPTIED]), { withheld: [held([EMPTIED], KEPT)], whole: [] }))

  test('goes whole where another field was tried so', () =>
    assert.equal(sorted(knowing([stuck('description'), stuck('audit_email', { whole: true })]), [EMPTIED]).whole, [EMPTIED]))

  test('is held and not sent whole where it is no reset, or where the field has none', () => {
    const limit = field('custom_ratelimit_value', 9, 5)
    for (const one of [OTHER, limit]) assert.equal(sorted(knowing([]), [one]), { withheld: [held([one], KEPT)], whole: [] })
  })

  test('is impossible where the full edit would reset what nobody declared, and says what', () => {
    const why = (fields: string, names: string, them: string): string =>
      `PATCH was seen not to reset ${fields}; only the full edit can make this, and it would reset ${names}: declare ${them} for this user`
    const impossible = (fields: ReadonlyArray<FieldChange>, text: string) => ({
      change: { change: 'update', username: ONE, cause: 'retry', fields },
      reason: 'impossible',
      why: text,
    })
    assert.equal(sorted(knowing([]), [EMPTIED, OTHER], { email_password: newSecret() }), {
      withheld: [held([OTHER], KEPT), impossible([EMPTIED], why('description', 'click_tracking_enabled', 'it'))],
      whole: [],
    })
    const address = field('audit_email', 'a@a.example', '')
    assert.equal(sorted(knowing([]), [EMPTIED, address], {}), {
      withheld: [
        impossible([EMPTIED, address], why('description, audit_email', 'email_password, click_tracking_enabled', 'them')),
      ],
      whole: [],
    })
  })
})

spec('what was refused', (test) => {
  const one = change('update', ONE, { fields: [OTHER] })
  const sides = (fields: ReadonlyArray<FieldChange>) => ({
    wanted: sidesOf({ prints }, fields, 'to'),
    live: sidesOf({ prints }, fields, 'from'),
  })
  const refused = (some: Partial<Refused> = {}): Refused => ({ ...sides([OTHER]), at: NOW - 1, message: 'no address', ...some })
  const again = { change: one, reason: 'not_converging', why: `refused before: no address; ${UNTIL}` }
  const told = (some: Partial<Refused>, asked: Change = one) => refusal(knowing([], {}, [refused(some)]), asked)

  test('is not asked for again while it would be the same, for a day', () => {
    assert.equal(told({}), again)
    assert.equal(told({ at: NOW - DAY + 1 }), again)
    assert.is(told({ at: NOW - DAY }), undefined)
    assert.is(refusal(context(), one), undefined)
    assert.is(refusal(context({ memory: undefined }), one), undefined)
  })

  test('is asked for again where either side is another', () => {
    const rows = [
      field('audit_email', 'a@a.example', 'c@a.example'),
      field('audit_email', 'c@a.example', 'b@a.example'),
      field('bounce_notifications', 'a@a.example', 'b@a.example'),
    ]
    for (const other of rows) assert.is(told({}, { ...one, fields: [other] }), undefined)
    assert.is(told({}, { ...one, fields: [OTHER, EMPTIED] }), undefined)
  })

  test('is not asked for again though something else was refused since, which is not either', () => {
    const later = refused({ ...sides([EMPTIED]), message: 'no text' })
    const both = knowing([], {}, [refused(), later])
    assert.equal(refusal(both, one), again)
    assert.match(refusal(both, { ...one, fields: [EMPTIED] })?.why ?? '', /^refused before: no text; /)
  })

  test('is told as a name that is taken elsewhere, where it was that', () =>
    assert.equal(told({ taken: true }), {
      ...again,
      reason: 'impossible',
      why: `taken elsewhere: no address; ${UNTIL}`,
    }))

  test('a side of a change is one print of all its fields in their order', () => {
    const print = (value: Value | undefined): string => printOf(prints, value)
    assert.is(
      sidesOf({ prints }, [OTHER, EMPTIED], 'to'),
      prints.sha256(
        JSON.stringify([
          ['audit_email', print('b@a.example')],
          ['description', print('')],
        ]),
      ),
    )
    assert.is(sidesOf({ prints }, [OTHER], 'from'), prints.sha256(JSON.stringify([['audit_email', print('a@a.example')]])))
  })

  test('of an unlisted user is held by what was refused, else by what did not take, else not at all', () => {
    const block = change('block', ONE)
    const [status] = block.fields
    if (status === undefined) throw new Error('a field')
    const taking = [stuck('status', { wanted: printOf(prints, status.to), live: printOf(prints, status.from) })]
    assert.is(triedInVain(knowing([]), block), undefined)
    assert.is(triedInVain(knowing(taking, { now: NOW + DAY }), block), undefined)
    assert.equal(triedInVain(knowing(taking), block), { ...held([status], KEPT), change: block })
    assert.is(triedInVain(knowing(taking, {}, [refused(sides([status]))]), block)?.why, again.why)
  })

  test('is known of a block in any of its ways, and what was taken without a word is no refusal', () => {
    const block = change('block', ONE)
    const [status] = block.fields
    if (status === undefined) throw new Error('a field')
    const kept = { wanted: printOf(prints, status.to), live: printOf(prints, status.from) }
    const is = (some: Context): boolean => wasRefused(some, block)
    assert.equal(
      [
        is(knowing([])),
        is(knowing([stuck('status', kept)])),
        is(knowing([stuck('status', { ...kept, why: 'no' })])),
        is(knowing([stuck('status', { ...kept, why: 'no' })], { now: NOW + DAY })),
        is(knowing([], {}, [refused(sides([status]))])),
      ],
      [false, false, true, false, true],
    )
  })

  test('every field has its own line in what is held', () => {
    const all = FIELDS.map((name) => field(name, 'x', 'y'))
    assert.is(sorted(knowing([]), all).withheld[0]?.why, `${FIELDS.join(', ')}: ${KEPT}; ${UNTIL}`)
  })
})
