// Findings over time: new, open since, resolved, through the ledger alone.
import * as assert from 'uvu/assert'
import { openAfter, resolvedIn, withSince } from '../../../src/domain/memory/finding-memory.ts'
import type { OpenFinding, ScopeMemory } from '../../../src/domain/memory/ledger.ts'
import type { Finding } from '../../../src/domain/plan/plan.ts'
import { DAY, HOUR, NOW } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const found = (username: string, rule = 'limit'): Finding => ({ rule, severity: 'high', username, message: 'm' })
const MEMORY: ScopeMemory = {
  since: NOW,
  trusted: false,
  origin: 'o',
  lastSeen: [],
  listed: 0,
  files: [],
  protected: [],
  users: new Map(),
  spent: [],
}
const memory = (findings: ReadonlyArray<OpenFinding> | undefined): ScopeMemory => ({ ...MEMORY, findings })

/** Runs one after the other, each with what it finds; gives what each says. */
const told = (
  runs: ReadonlyArray<{
    readonly findings: ReadonlyArray<Finding>
    readonly at: number
    readonly filtered?: true
    readonly untold?: true
  }>,
): ReadonlyArray<string> => {
  let kept: ScopeMemory | undefined
  return runs.map(({ findings, at, filtered = false, untold = false }) => {
    const open = withSince(kept, findings).map(
      ({ username, openSince, raisedFrom }) =>
        `${username} ${openSince === undefined ? 'new' : `since ${(openSince - NOW) / HOUR} h`}${raisedFrom === undefined ? '' : `, was ${raisedFrom}`}`,
    )
    const over = filtered ? [] : resolvedIn(kept, findings, at).map(({ username }) => `${username} resolved`)
    kept = memory(openAfter(kept, { findings, now: at, filtered, untold }))
    return untold ? 'nobody is told' : [...open, ...over].join(', ')
  })
}

spec('a finding', (test) => {
  test('is new once, open since then, resolved once, and new again', () =>
    assert.equal(
      told([
        { findings: [found('a')], at: NOW },
        { findings: [found('a'), found('b')], at: NOW + HOUR },
        { findings: [found('b')], at: NOW + 2 * HOUR },
        { findings: [found('a'), found('b')], at: NOW + 3 * HOUR },
      ]),
      ['a new', 'a since 0 h, b new', 'b since 1 h, a resolved', 'a new, b since 1 h'],
    ))

  test('that becomes graver says so once, and one that becomes less grave says nothing', () => {
    const as = (severity: Finding['severity']) => ({ ...found('a'), severity })
    assert.equal(
      told(
        (['low', 'medium', 'medium', 'high', 'low', 'high'] as const).map((severity, at) => ({
          findings: [as(severity)],
          at: NOW + at * HOUR,
        })),
      ),
      ['a new', 'a since 0 h, was low', 'a since 0 h', 'a since 0 h, was medium', 'a since 0 h', 'a since 0 h, was low'],
    )
  })

  test('is over for no run that looked at some users only', () =>
    assert.equal(
      told([
        { findings: [found('a')], at: NOW },
        { findings: [], at: NOW + HOUR, filtered: true },
        { findings: [found('a')], at: NOW + 2 * HOUR },
      ]),
      ['a new', '', 'a since 0 h'],
    ))

  test('that is only seen while somebody is at it is over after a day without, not in between', () =>
    assert.equal(
      told([
        { findings: [found('a', 'contested')], at: NOW },
        { findings: [], at: NOW + HOUR },
        { findings: [found('a', 'contested')], at: NOW + 2 * HOUR },
        { findings: [], at: NOW + DAY + HOUR },
        { findings: [], at: NOW + DAY + 2 * HOUR },
        { findings: [], at: NOW + DAY + 3 * HOUR },
      ]),
      ['a new', '', 'a since 0 h', '', 'a resolved', ''],
    ))

  test('of which nobody is told, since its run came to no report, is new, graver or over in the next one that does', () => {
    const grave = { ...found('d'), severity: 'low' as const }
    assert.equal(
      told([
        { findings: [found('a'), found('b'), grave], at: NOW },
        { findings: [found('a'), found('c'), { ...grave, severity: 'high' }], at: NOW + HOUR, untold: true },
        { findings: [found('a'), found('c'), found('e'), { ...grave, severity: 'high' }], at: NOW + 2 * HOUR, untold: true },
        { findings: [found('a'), found('c'), { ...grave, severity: 'high' }], at: NOW + 3 * HOUR },
        { findings: [found('a'), found('c'), { ...grave, severity: 'high' }], at: NOW + 4 * HOUR },
      ]),
      [
        'a new, b new, d new',
        'nobody is told',
        'nobody is told',
        'a since 0 h, c new, d since 0 h, was low, b resolved',
        'a since 0 h, c since 1 h, d since 0 h',
      ],
    )
  })

  test('leaves nothing in a memory that has none', () =>
    assert.is(openAfter(undefined, { findings: [], now: NOW, filtered: false, untold: false }), undefined))
})
