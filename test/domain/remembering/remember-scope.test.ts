// What a run leaves behind of a scope as a whole: how long the list was (S3), which end lines the files had (S2), what was due, what is open, and
// whether a person stood behind it. Each run is a draft with what became of its changes.
import * as assert from 'uvu/assert'
import { atOnce } from '../../../src/domain/basics/work.ts'
import type { Hold } from '../../../src/domain/decisions/hold.ts'
import type { Draft, Withheld } from '../../../src/domain/draft/draft.ts'
import { ON_PURPOSE } from '../../../src/domain/guards/policy.ts'
import type { Ledger, ScopeMemory } from '../../../src/domain/memory/ledger.ts'
import type { Change, Ended, FieldChange, Finding, HoldReason, Outcome } from '../../../src/domain/plan/plan.ts'
import { remembering } from '../../../src/domain/remembering/remember.ts'
import type { ToRemember } from '../../../src/domain/remembering/remember-users.ts'
import {
  change,
  desiredScope,
  draftOf,
  ENDINGS,
  HOUR,
  ledger,
  live,
  liveUser,
  memory,
  NOW,
  ORIGIN,
  prints,
  unmarked,
} from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const [ONE, TWO] = ['one@acme.example', 'printer@acme.example']
const STATUS: FieldChange = { field: 'status', from: 'allowed', to: 'blocked', source: '' }
const OPENED: FieldChange = { field: 'status', from: 'blocked', to: 'allowed', source: '' }
const TEXT: FieldChange = { field: 'description', from: 'old', to: 'new', source: '' }
const BLOCK = change('block', ONE, { fields: [STATUS] })
const OPEN = change('update', ONE, { fields: [OPENED] })
const DESCRIBE = change('update', ONE, { fields: [TEXT] })

type Run = {
  readonly before?: Partial<ScopeMemory>
  readonly about?: Partial<Ledger>
  readonly draft?: Partial<Draft>
  readonly after?: Partial<ToRemember>
}
const scopeAfter = ({ before = {}, about = {}, draft = {}, after = {} }: Run): ScopeMemory | undefined => {
  const planned = live([liveUser(ONE), liveUser(TWO)])
  const done = remembering(ledger([['account', memory(before)]], about), {
    draft: draftOf({ live: planned, ...draft }),
    desired: { ...desiredScope([]), files: ['new.yaml'] },
    config: 'sha256:new',
    endings: ENDINGS,
    ended: [],
    live: planned,
    origin: ORIGIN,
    prints,
    now: NOW,
    person: false,
    protect: [],
    filtered: false,
    ...after,
  })
  return atOnce(done).scopes.get('account')
}
const ended = (one: Change, outcome: Outcome): Ended => ({ ...one, outcome })
const held = (one: Change, reason: HoldReason, why = ''): Withheld => ({ change: one, reason, why })

spec('after a run of a scope', (test) => {
  test('nothing is remembered of which there is nothing', () => {
    const { users: _, ...rest } = scopeAfter({ before: { files: [] } }) ?? memory()
    assert.equal(rest, {
      since: NOW - 30 * 24 * HOUR,
      trusted: false,
      origin: ORIGIN,
      lastSeen: [ONE, TWO],
      listed: 0,
      files: ['new.yaml'],
      protected: [],
      spent: [],
      due: { config: 'sha256:new', users: [] },
    })
  })

  for (const [title, trusted, after, expected] of [
    ['it is trusted, where a person stood behind it', false, { person: true }, true],
    ['it is not, where that was about some users', false, { person: true, filtered: true }, false],
    ['it is not, where nobody did', false, {}, false],
    ['it is not, where a run without a person was about some', false, { filtered: true }, false],
    ['it stays so', true, { filtered: true }, true],
  ] as const)
    test(title, () => assert.is(scopeAfter({ before: { trusted }, after })?.trusted, expected))

  const finding: Finding = { rule: 'provider-block', username: ONE, severity: 'high', message: 'stopped' }
  const openOf = (after: Partial<ToRemember>) => scopeAfter({ draft: { findings: [finding] }, after })?.findings
  test('what it has found is open, and told unless it came to no report', () => {
    const open = { rule: 'provider-block', username: ONE, severity: 'high', since: NOW }
    assert.equal(openOf({}), [open])
    assert.equal(openOf({ untold: false }), [open])
    assert.equal(openOf({ untold: true }), [{ ...open, untold: true }])
  })

  test('of whom nobody knows what became is unanswered', () => {
    assert.equal(scopeAfter({ after: { ended: [ended(DESCRIBE, 'unknown')] } })?.unanswered, [ONE])
    assert.is(scopeAfter({ after: { ended: [ended(DESCRIBE, 'verified')] } })?.unanswered, undefined)
  })

  const due = { config: 'sha256:old', users: [[TWO, 'drift']] } as const
  const BROUGHT = change('create', ONE, { cause: 'drift' })
  for (const [title, before, after, expected] of [
    ['what it was to do and did not is due', due, {}, { config: 'sha256:new', users: [[ONE, 'drift']] }],
    ['not what it did', due, { ended: [ended(BROUGHT, 'verified')] }, { config: 'sha256:new', users: [] }],
    ['what was due stays so, where it was about some users', due, { filtered: true }, due],
    ['and where it undid another, since the config was not applied', due, { undone: true }, due],
    ['not where it undid nothing', due, { undone: false }, { config: 'sha256:new', users: [[ONE, 'drift']] }],
    ['nothing is due yet, where nobody has looked at all of it', undefined, { filtered: true }, undefined],
  ] as const)
    test(title, () => {
      const scope = scopeAfter({ before: { due: before }, draft: { due: [BROUGHT] }, after })
      assert.equal(scope?.due, expected)
      assert.is(scope !== undefined && 'due' in scope, expected !== undefined)
    })
})

spec('how many users were listed, and in which files, is as before', (test) => {
  const listed = (run: Run, now = 1) => {
    const scope = scopeAfter({ ...run, before: { listed: 4, files: ['config.yaml'] }, draft: { listed: now, ...run.draft } })
    return scope === undefined ? [] : [scope.listed, ...scope.files]
  }
  const [before, new1, new3] = [
    [4, 'config.yaml'],
    [1, 'new.yaml'],
    [3, 'new.yaml'],
  ] as const
  for (const [title, run, expected] of [
    ['while somebody is to be blocked who may be lost', { draft: { due: [BLOCK] } }, before],
    ['and that has failed', { draft: { due: [BLOCK] }, after: { ended: [ended(BLOCK, 'failed')] } }, before],
    ['not once it was done', { draft: { due: [BLOCK] }, after: { ended: [ended(BLOCK, 'verified')] } }, new1],
    ['while that waits for a person', { draft: { withheld: [held(BLOCK, 'needs_approval')] } }, before],
    ['while opening somebody does', { draft: { withheld: [held(OPEN, 'needs_approval')] } }, before],
    ['not where only a setting does', { draft: { withheld: [held(DESCRIBE, 'needs_approval')] } }, new1],
    [
      'not while one waits whom somebody blocked on purpose',
      { draft: { withheld: [held(OPEN, 'needs_approval', ON_PURPOSE)] } },
      new1,
    ],
    ['not while one waits whom somebody keeps blocking', { draft: { withheld: [held(OPEN, 'contested')] } }, new1],
    ['but while one does who is to be blocked, contested or not', { draft: { withheld: [held(BLOCK, 'contested')] } }, before],
    ['where it was about some users', { after: { filtered: true } }, before],
    ['where nothing of it was tried', { after: { ended: [ended(DESCRIBE, 'not_attempted')] } }, before],
    [
      'not where only some of it was not',
      { after: { ended: [ended(DESCRIBE, 'verified'), ended({ ...DESCRIBE, username: TWO }, 'not_attempted')] } },
      new1,
    ],
    ['where it undid another', { after: { undone: true } }, before],
    ['not where nothing was to be done', {}, new1],
  ] satisfies ReadonlyArray<readonly [string, Run, ReadonlyArray<number | string>]>)
    test(title, () => assert.equal(listed(run), expected))

  for (const reason of ['protected', 'impossible', 'not_converging', 'report_only'] as const)
    test(`not for what is held as ${reason}, which no approval lets through and no waiting`, () =>
      assert.equal(listed({ draft: { withheld: [held(BLOCK, reason)] } }), new1))

  test('not where the list has lost less than half, whatever waits', () => {
    assert.equal(listed({ draft: { due: [BLOCK] } }, 3), new3)
    assert.equal(listed({ after: { filtered: true } }, 3), new3)
    assert.equal(listed({ after: { ended: [ended(DESCRIBE, 'not_attempted')] } }, 3), before)
    assert.equal(listed({ after: { undone: true } }, 3), before)
  })
})

spec('S2: a lost end line is settled by what was made by a person’s word on the file', (test) => {
  const before = { ends: [{ file: 'config.yaml', restraints: ['safety'] }] }
  const after = { endings: [unmarked('config.yaml')] }
  const stop: Hold = { what: { _tag: 'Stop', glob: '*' }, since: 1, until: NOW + 1, reason: 'r', by: 'p' }
  const stopped = change('block', ONE, { fields: [STATUS], stop: true })
  const endsAfter = (one: Ended, holds: ReadonlyArray<Hold> = []) =>
    scopeAfter({ before, about: { holds }, after: { ...after, ended: [one] } })?.ends

  for (const [title, one, holds, expected] of [
    ['a change that it had held', ended(DESCRIBE, 'verified'), [], undefined],
    ['not by one that was not tried', ended(DESCRIBE, 'not_attempted'), [], before.ends],
    ['not by one that was refused', ended(DESCRIBE, 'failed'), [], before.ends],
    ['not by an emergency stop, which says nothing of the file', ended(stopped, 'verified'), [stop], before.ends],
    ['not by one that was refused under a stop', ended(DESCRIBE, 'failed'), [stop], before.ends],
  ] as const)
    test(title, () => assert.equal(endsAfter(one, holds), expected))

  test('and is remembered as it was where nothing was tried, be it that a person stood behind that', () => {
    const untried = { ...after, person: true, ended: [ended(DESCRIBE, 'not_attempted')] }
    assert.equal(scopeAfter({ before, after: untried })?.ends, before.ends)
    assert.is(scopeAfter({ before, after: { ...after, person: true } })?.ends, undefined)
  })

  test('as long as nothing else waits for it', () => {
    const draft = { withheld: [held(OPEN, 'needs_approval')] }
    const made = { ...after, ended: [ended({ ...DESCRIBE, username: TWO }, 'verified')] }
    assert.equal(scopeAfter({ before, draft, after: made })?.ends, before.ends)
  })
})
