// Checking many users against many rules: what is remembered of one user never changes what is found of the next.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import type { Settings } from '../../../src/domain/user/settings.ts'
import { checking, type Holding, keysOf } from '../../../src/domain/wanted/checking.ts'
import type { Demand } from '../../../src/domain/wanted/rule.ts'
import { NOW } from '../../support/build.ts'
import { rule, waiver } from '../../support/rules.ts'
import { spec } from '../../support/spec.ts'

const LIMITED: Demand = { field: 'custom_ratelimit', _tag: 'Equals', value: true }
const AT_MOST: Demand = { field: 'custom_ratelimit_value', _tag: 'Max', max: 5, per: '1 day' }
const DESCRIBED: Demand = { field: 'description', _tag: 'Present', present: true }
const holding = (id: string, ...require: ReadonlyArray<Demand>): Holding => ({ rule: rule(id, { require }), waiver: undefined })
const HOLDINGS = [
  holding('limit', LIMITED, AT_MOST),
  holding('named', DESCRIBED),
  holding('both', { ...DESCRIBED }, { ...AT_MOST }),
]
const checker = (holdings: ReadonlyArray<Holding> = HOLDINGS) => checking(holdings, keysOf(holdings.map(({ rule: one }) => one)))
const told = (settings: Settings, check = checker()): ReadonlyArray<string> =>
  check(settings).map(({ rule: { id }, unmet }) => `${id}: ${unmet.map(({ why }) => why.split(' ')[0]).join(' ')}`)

const limit = (on: boolean, value?: number, period?: string): Settings => ({
  custom_ratelimit: on,
  custom_ratelimit_value: value,
  custom_ratelimit_period: period,
})
const anySettings: fc.Arbitrary<Settings> = fc
  .tuple(
    fc.boolean(),
    fc.constantFrom(undefined, 1, 5, 9),
    fc.constantFrom(undefined, '1 hour', '1 day'),
    fc.constantFrom(undefined, '', 'Fax'),
  )
  .map(([on, value, period, description]) => ({ ...limit(on, value, period), description }))

spec('checking', (test) => {
  test('of any users one after the other finds of each what it finds of that one alone', () =>
    fc.assert(
      fc.property(fc.array(anySettings, { maxLength: 20 }), (users) => {
        const check = checker()
        for (const settings of users) assert.equal(check(settings), checker()(settings))
      }),
    ))

  for (const [title, settings, expected] of [
    ['nothing of who keeps all', { ...limit(true, 5, '1 day'), description: 'Fax' }, []],
    ['one demand', { ...limit(true, 5, '1 day'), description: '' }, ['named: description', 'both: description']],
    [
      'several of one rule, once',
      { ...limit(true, 9, '1 day'), description: '' },
      ['named: description', 'both: description custom_ratelimit_value', 'limit: custom_ratelimit_value'],
    ],
    [
      'a limit per its period',
      { ...limit(true, 1, '1 hour'), description: 'Fax' },
      ['limit: custom_ratelimit_value', 'both: custom_ratelimit_value'],
    ],
  ] as const)
    test(`finds ${title}`, () => assert.equal(told(settings), expected))

  test('of users that differ in one part of the limit, each', () => {
    const check = checker()
    const each = [
      limit(true, 5, '1 day'),
      limit(true, 9, '1 day'),
      limit(true, 5, '1 day'),
      limit(true, 5, '1 hour'),
      limit(false),
    ]
    assert.equal(
      each.map((one) => told({ ...one, description: 'Fax' }, check).length),
      [0, 2, 0, 2, 2],
    )
  })

  test('of more different texts than are remembered, each', () => {
    const long: Demand = { field: 'description', _tag: 'Equals', value: 'user-250' }
    const check = checker([holding('one', long)])
    const names = Array.from({ length: 300 }, (_, at) => `user-${at}`)
    for (const times of [1, 2])
      assert.equal(
        names.filter((description) => told({ description }, check).length === 0),
        ['user-250'],
        String(times),
      )
  })

  test('keeps the waiver of each', () => {
    const waived: Holding = { rule: rule('named', { require: [DESCRIBED] }), waiver: waiver('*', NOW) }
    assert.equal(
      checker([waived])({ description: '' }).map((one) => one.waiver),
      [waived.waiver],
    )
  })

  test('tells demands apart by all that they ask, a pattern by its text', () => {
    const one: Demand = { field: 'description', _tag: 'Matches', glob: { text: 'a*', matches: () => true } }
    const rules = [rule('a', { require: [one, { ...one, glob: { text: 'b*', matches: () => true } }, { ...one }] })]
    const keys = rules.flatMap(({ require }) => require.map((demand) => keysOf(rules).get(demand)))
    assert.is(new Set(keys).size, 2)
    assert.is(keys[0], '{"field":"description","_tag":"Matches","glob":"a*"}')
  })
})
