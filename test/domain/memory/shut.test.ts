// Scopes that were not shown: in which order they are looked at, which of them wait for a later run, and what is remembered of them.
import * as assert from 'uvu/assert'
import { afterLooks, MOST_REFUSED, type Shut, tourOf } from '../../../src/domain/memory/shut.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { HOUR, NOW, ORIGIN } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const scopeOf = (letter: string): Scope => `subaccount:${letter}`
const scopesOf = (letters: string): ReadonlyArray<Scope> => [...letters].map(scopeOf)
const lettersOf = (scopes: Iterable<Scope>): string => [...scopes].map((scope) => scope.slice('subaccount:'.length)).join('')

/** Refused so many hours ago. */
const refused = (hours: number, some: Partial<Shut> = {}): Shut => ({
  at: NOW - hours * HOUR,
  message: 'the subaccount is closed',
  origin: ORIGIN,
  ...some,
})
const failed = (hours: number): Shut => refused(hours, { failed: true, message: 'no answer' })

const knownOf = (of: { readonly [letter: string]: Shut }): ReadonlyMap<Scope, Shut> =>
  new Map(Object.entries(of).map(([letter, one]) => [scopeOf(letter), one]))

type Row = {
  readonly title: string
  readonly known: { readonly [letter: string]: Shut }
  readonly all?: true
  readonly order: string
  readonly waiting?: string
}

const SIX = { A: refused(1), B: refused(6), C: refused(3), D: refused(5), E: refused(2), F: refused(4) }
const { F: _sixth, ...FIVE } = SIX

const ROWS: ReadonlyArray<Row> = [
  { title: 'nothing is known to be shut: all in the order of the config', known: {}, order: 'ABCDEFGH' },
  {
    title: 'what was refused comes after what is open, and what failed last',
    known: { A: failed(1), B: refused(1), D: refused(2) },
    order: 'CEFGHBDA',
  },
  {
    title: 'what failed: the one that has waited longest first',
    known: { A: failed(1), B: failed(3), C: failed(2) },
    order: 'DEFGHBCA',
  },
  { title: 'as many refused ones as a run takes: in the order of the config, and none waits', known: FIVE, order: 'FGHABCDE' },
  {
    title: 'one more: in turn, the one that has waited longest first, and each may wait',
    known: SIX,
    order: 'GHBDFCEA',
    waiting: 'BDFCEA',
  },
  { title: 'a person names the scopes: none of them waits', known: SIX, all: true, order: 'GHABCDEF' },
  {
    title: 'what failed neither waits nor counts as refused',
    known: { ...FIVE, F: failed(1), G: failed(2) },
    order: 'HABCDEGF',
  },
  {
    title: 'what failed comes after what waits',
    known: { ...SIX, G: failed(9) },
    order: 'HBDFCEAG',
    waiting: 'BDFCEA',
  },
  {
    title: 'what befell another key or endpoint says nothing',
    known: { ...FIVE, A: refused(1, { origin: 'another' }), F: refused(4, { origin: 'another' }) },
    order: 'AFGHBCDE',
  },
]

spec('the order of looks', (test) => {
  for (const { title, known, all = false, order, waiting = '' } of ROWS)
    test(title, () => {
      const tour = tourOf(scopesOf('ABCDEFGH'), knownOf(known), { origin: ORIGIN, all })
      assert.is(lettersOf(tour.order), order)
      assert.is(lettersOf(tour.waiting.keys()), waiting)
    })

  test('five refusals are as many as a run takes, and a scope of which nobody asks is not looked at', () => {
    assert.is(MOST_REFUSED, 5)
    assert.is(lettersOf(tourOf(scopesOf('BA'), knownOf(SIX), { origin: ORIGIN, all: false }).order), 'BA')
  })

  test('what waits is told of as refused, with the words and the moment of the last refusal', () => {
    const { waiting } = tourOf(scopesOf('ABCDEF'), knownOf(SIX), { origin: ORIGIN, all: false })
    assert.equal(waiting.get(scopeOf('B')), {
      kind: 'refused',
      message: 'the subaccount is closed; that was at 2026-01-06T06:00:00Z, and it was not asked again in this run',
    })
  })
})

spec('what is remembered of shut scopes', (test) => {
  const looked = (some: Partial<Parameters<typeof afterLooks>[1]>) =>
    [
      ...afterLooks(knownOf({ A: refused(3), B: failed(2), C: refused(1, { origin: 'another' }) }), {
        scopes: scopesOf('ABCD'),
        unshown: new Map(),
        shown: new Set(),
        origin: ORIGIN,
        now: NOW,
        ...some,
      }),
    ].map(([scope, one]) => [lettersOf([scope]), one])

  test('what was not looked at stays known as before, for the same key and endpoint', () =>
    assert.equal(looked({}), [
      ['A', refused(3)],
      ['B', failed(2)],
    ]))

  test('what shows is not shut any more', () => assert.equal(looked({ shown: new Set(scopesOf('AD')) }), [['B', failed(2)]]))

  test('what was not shown again is known with how and when it was last, to this key', () =>
    assert.equal(
      looked({
        unshown: new Map([
          [scopeOf('A'), { message: 'no answer', failed: true }],
          [scopeOf('B'), { message: 'forbidden' }],
          [scopeOf('C'), { message: 'forbidden' }],
          [scopeOf('D'), { message: 'forbidden' }],
        ]),
      }),
      [['A', failed(0)], ...['B', 'C', 'D'].map((letter) => [letter, { at: NOW, origin: ORIGIN, message: 'forbidden' }])],
    ))

  test('a scope that is gone is forgotten', () => assert.equal(looked({ scopes: scopesOf('BD') }), [['B', failed(2)]]))
})
