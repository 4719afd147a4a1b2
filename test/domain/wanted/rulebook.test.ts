// The rulebook: which rules hold for a user of a scope, whatever was looked up before; which waiver counts, and when; by which fields a user can be
// blocked; what several rules set together.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { type FieldName, RATE_LIMIT, type Settings } from '../../../src/domain/user/settings.ts'
import { glob } from '../../../src/domain/user/username.ts'
import type { Demand, Rule, RuleMatch } from '../../../src/domain/wanted/rule.ts'
import { EMPTY_PAGE, type Page, rulebookOf, type Subject } from '../../../src/domain/wanted/rulebook.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { DAY, managed, NOW } from '../../support/build.ts'
import { rule, waiver } from '../../support/rules.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const PRINTER = 'printer@acme.example'

const subject = (username: string, some: Partial<Subject> = {}): Subject => ({
  username,
  profile: undefined,
  status: 'allowed',
  ...some,
})
const pagesOf = (rules: ReadonlyArray<Rule>, now = NOW, scope: Scope = 'account') => rulebookOf(rules, now)(scope)
const idsOf = ({ rules }: Pick<Page, 'rules'>): ReadonlyArray<string> => rules.map(({ rule: { id } }) => id)
const waivedOf = ({ waived }: Page): ReadonlyArray<string> => waived.map(({ rule: { id } }) => id)
const matching = (match: { readonly [K in keyof RuleMatch]?: string }): Partial<RuleMatch> =>
  Object.fromEntries(Object.entries(match).map(([key, text]) => [key, glob(text)]))

spec('the rules that hold for a user', (test) => {
  const rules = [
    rule('everybody', {}),
    rule('blocked', { match: matching({ status: 'blocked' }) }),
    rule('open', { match: matching({ status: 'allowed' }) }),
    rule('office', { match: matching({ profile: 'office' }) }),
    rule('printers', { match: matching({ profile: 'printers' }) }),
    rule('one', { match: matching({ username: 'one@*' }) }),
    rule('one-blocked', { match: matching({ username: 'ONE@*', status: 'blocked' }) }),
    rule('one-office', { match: matching({ username: '*@acme.example', profile: 'office' }) }),
    rule('one-elsewhere', { match: matching({ username: 'one@*', scope: 'subaccount:*' }) }),
  ]
  const rows: ReadonlyArray<readonly [title: string, who: Subject, scope: Scope, ids: ReadonlyArray<string>]> = [
    ['open, without a profile', subject(PRINTER), 'account', ['everybody', 'open']],
    ['blocked', subject(PRINTER, { status: 'blocked' }), 'account', ['blocked', 'everybody']],
    ['of one profile', subject(PRINTER, { profile: 'office' }), 'account', ['everybody', 'office', 'one-office', 'open']],
    ['of another profile', subject(PRINTER, { profile: 'printers' }), 'account', ['everybody', 'open', 'printers']],
    ['named', subject(ONE), 'account', ['everybody', 'one', 'open']],
    ['named and blocked', subject(ONE, { status: 'blocked' }), 'account', ['blocked', 'everybody', 'one', 'one-blocked']],
    ['named, in another scope', subject(ONE), 'subaccount:A', ['everybody', 'one', 'one-elsewhere', 'open']],
    ['of whom no status is known', subject(PRINTER, { status: undefined }), 'account', ['everybody']],
  ]
  for (const [title, who, scope, ids] of rows)
    test(`${title}: ${ids.join(', ')}`, () => {
      const looked = pagesOf(rules, NOW, scope)
      for (const [, other] of rows) looked(other)
      assert.equal(idsOf(looked(who)), ids, 'after all the others were looked up')
      assert.equal(idsOf(pagesOf([...rules].reverse(), NOW, scope)(who)), ids, 'in whatever order they stand')
    })

  test('patterns that differ are never one, be it that capital letters would make them so', () => {
    const both = [
      rule('sharp', { match: matching({ username: 'stra\u00dfe@*' }) }),
      rule('double', { match: matching({ username: 'strasse@*' }) }),
    ]
    assert.equal(idsOf(pagesOf(both)(subject('strasse@acme.example'))), ['double'])
    assert.equal(idsOf(pagesOf(both)(subject('stra\u00dfe@acme.example'))), ['sharp'])
  })

  test('users for whom the same ones hold share one page, and users for whom none does the empty one', () => {
    const looked = pagesOf(rules.slice(1))
    assert.is(looked(subject(PRINTER)), looked(subject('other@acme.example')))
    assert.is(looked(subject(PRINTER, { status: undefined })), EMPTY_PAGE)
    assert.is(pagesOf([])(subject(ONE)), EMPTY_PAGE)
  })
})

spec('a waiver in the rulebook', (test) => {
  const ENDS = [NOW + DAY, NOW + 2 * DAY, NOW + 3 * DAY]
  const dated = (): ReadonlyArray<Rule> => ENDS.map((until, at) => rule(`rule-${at}`, { waivers: [waiver(ONE, until)] }))
  const MOMENTS = ENDS.flatMap((end) => [end - 1, end, end + 1])

  test('counts until its moment and not from then on, whatever moments the same rules were looked at before', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...MOMENTS), { minLength: 1, maxLength: 12 }), (moments) => {
        const rules = dated()
        for (const now of moments) {
          const page = pagesOf(rules, now)(subject(ONE))
          const inForce = ENDS.flatMap((end, at) => (now < end ? [`rule-${at}`] : []))
          const over = ENDS.flatMap((end, at) => (now < end ? [] : [`rule-${at}`]))
          assert.equal([waivedOf(page), page.ended.map(({ rule: { id } }) => id)], [inForce, over])
        }
      }),
      { seed: 1, numRuns: 100 },
    ))

  test('changes nothing while none ends: the same rules are the very same book', () => {
    const rules = dated()
    for (const [from, to] of [
      [NOW - DAY, NOW + DAY - 1],
      [NOW + DAY, NOW + 2 * DAY - 1],
      [NOW + 3 * DAY, NOW + 99 * DAY],
    ] as const) {
      const book = rulebookOf(rules, to)
      assert.is(rulebookOf(rules, from), book)
      assert.is(rulebookOf(rules, to), book)
    }
  })

  test('is of the user that it names, and of the rule that it stands with', () => {
    const named = (at: number): string => (at === 1 || at === 2 ? ONE : at === 12 ? PRINTER : 'nobody@acme.example')
    const rules = Array.from({ length: 13 }, (_, at) =>
      rule(`rule-${String(at).padStart(2, '0')}`, { waivers: [waiver(named(at), NOW + DAY)] }),
    )
    const looked = pagesOf(rules)
    assert.equal(waivedOf(looked(subject(ONE))), ['rule-01', 'rule-02'])
    assert.equal(waivedOf(looked(subject(PRINTER))), ['rule-12'])
    assert.equal(waivedOf(looked(subject('other@acme.example'))), [])
  })

  test('of several the one that lasts longest counts, and one that ended beside it is not told of', () => {
    const [long, short, past] = [waiver('one*', NOW + 9 * DAY), waiver(ONE, NOW + DAY), waiver('*', NOW - DAY)]
    for (const waivers of [
      [past, short, long],
      [long, short, past],
      [short, long, past],
    ]) {
      const page = pagesOf([rule('limited', { waivers })])(subject(ONE))
      assert.equal(
        page.waived.map((one) => one.waiver?.until),
        [NOW + 9 * DAY],
      )
      assert.equal(page.ended, [])
    }
  })
})

spec('the fields by which a user can be blocked', (test) => {
  const demand = (field: FieldName): Demand => ({ field, _tag: 'Present', present: true })
  const blocking = (...fields: ReadonlyArray<FieldName>): Rule =>
    rule(`blocks for ${fields.join()}`, { require: fields.map(demand), otherwise: 'block' })
  const blockedBy = (...rules: ReadonlyArray<Rule>) => pagesOf(rules)(subject(ONE)).blockedBy

  test('are those that rules which block ask for, in the order of the fields', () => {
    assert.equal(blockedBy(blocking('status', 'description'), blocking('audit_email')), ['description', 'audit_email', 'status'])
    assert.equal(blockedBy(rule('reports', { require: [demand('description')] })), [])
    assert.equal(blockedBy(rule('sets', { set: managed({ description: 'x' }) })), [])
  })

  test('are of no rule that only reports, and of none that is waived', () => {
    const waived = { ...blocking('audit_email'), waivers: [waiver(ONE, NOW + DAY)] }
    assert.equal(blockedBy(waived, rule('reports', { require: [demand('ip_pool')] }), blocking('description')), ['description'])
  })

  for (const field of RATE_LIMIT)
    test(`are all of the limit where one of it is: ${field}`, () => assert.equal(blockedBy(blocking(field)), RATE_LIMIT))
})

spec('what several rules set together', (test) => {
  const setting = (id: string, set: Settings): Rule => rule(id, { set: managed(set) })
  const pageOf = (...rules: ReadonlyArray<Rule>) => pagesOf(rules)(subject(ONE))
  const valuesOf = ({ set, sets }: Page) => sets.map((field) => [field, set[field]?.value])

  test('is all of it where they say the same, in whatever words', () => {
    const page = pageOf(
      setting('one', { bounce_notifications: 'a@acme.example', custom_ratelimit_period: '1 day' }),
      setting('two', { bounce_notifications: 'A@acme.example', custom_ratelimit_period: '24:00:00', description: 'x' }),
    )
    assert.equal(page.clashes, [])
    assert.equal(valuesOf(page), [
      ['description', 'x'],
      ['custom_ratelimit_period', '1 day'],
      ['bounce_notifications', 'a@acme.example'],
    ])
  })

  test('is nothing of a limit where they differ in a part of it, and the rest all the same', () => {
    const limit = (value: number): Settings => ({
      custom_ratelimit: true,
      custom_ratelimit_value: value,
      custom_ratelimit_period: '1 day',
    })
    const page = pageOf(setting('one', { ...limit(5), description: 'x' }), setting('two', limit(6)))
    assert.equal(
      page.clashes.map(({ field, one, other }) => [field, one.id, other.id]),
      [['custom_ratelimit_value', 'one', 'two']],
    )
    assert.equal(valuesOf(page), [['description', 'x']])
  })
})
