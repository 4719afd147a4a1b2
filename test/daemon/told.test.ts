// What was told survives a restart as it was, and text that is none of ours says that nothing was told.
import * as assert from 'uvu/assert'
import { toldIn, toldText } from '../../src/daemon/told.ts'
import { nothingTold, type Watch, watched } from '../../src/daemon/transitions.ts'
import type { ScopeErrorKind } from '../../src/domain/plan/plan.ts'
import { heldBack, report, tried } from '../support/reports.ts'
import { spec } from '../support/spec.ts'

const AT = '2026-01-01T00:00:00.000Z'
const KINDS: { readonly [K in ScopeErrorKind]: true } = {
  suspicious_answer: true,
  identity_mismatch: true,
  ill_formed: true,
  unreachable: true,
  throttled: true,
  refused: true,
}
const WATCH: Watch = {
  configBroken: true,
  runFailed: true,
  scopes: new Map([
    ['account', { error: undefined, drift: new Set(['__proto__', 'a']), held: new Set(['["capped"]']), missed: new Set(['b']) }],
    ['subaccount:*', { error: 'throttled', drift: new Set(), held: new Set(), missed: new Set() }],
    ['subaccount:S1', { error: 'refused', drift: new Set(), held: new Set(), missed: new Set() }],
  ]),
}

spec('what was told', (test) => {
  test('is read as it was written', () => assert.equal(toldIn(toldText(WATCH)), WATCH))

  for (const kind in KINDS)
    test(`holds that a scope is ${kind}`, () => {
      const text = toldText(WATCH).replace('throttled', kind)
      assert.is(toldIn(text).scopes.get('subaccount:*')?.error, kind)
    })

  test('of a run is not told again after a restart, and its end is', () => {
    const stuck = report({ ended: [tried('a', 'not_converged')], held: [heldBack('b')] })
    const { watch, news } = watched(nothingTold, { _tag: 'RunEnded', report: stuck }, AT)
    assert.is(news?.transitions.length, 3)
    const again = toldIn(toldText(watch))
    assert.is(watched(again, { _tag: 'RunEnded', report: stuck }, AT).news, undefined)
    const over = watched(again, { _tag: 'RunEnded', report: report() }, AT).news
    assert.equal(
      over?.transitions.map(({ kind }) => kind),
      ['recovered'],
    )
  })

  for (const text of ['', '{', 'null', '[]', '{"format":"other"}', '{"format":"smtp2go-reconciler/told@1","scopes":1}'])
    test(`is nothing in ${JSON.stringify(text)}`, () => assert.equal(toldIn(text), nothingTold))

  test('leaves out what it does not understand', () => {
    const scopes = [1, null, { scope: 'other' }, { scope: 'account', error: 'new', drift: [1, 'a'], held: 'x' }]
    const { scopes: found } = toldIn(JSON.stringify({ format: 'smtp2go-reconciler/told@1', scopes }))
    assert.equal(found, new Map([['account', { error: undefined, drift: new Set(['a']), held: new Set(), missed: new Set() }]]))
  })
})
