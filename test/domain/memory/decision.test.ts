// Decisions in the journal: the holds that it gives back to a lost memory, and what it is told where a decision could not be remembered.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { iso } from '../../../src/domain/basics/time.ts'
import { type Hold, type HoldWhat, holding, holdOptions } from '../../../src/domain/decisions/hold.ts'
import type { DecisionLine, DecisionNote } from '../../../src/domain/journal/journal.ts'
import { type Decision, decisionNote, decisionText, holdsAfter, untaken } from '../../../src/domain/memory/decision.ts'
import { HOUR, ledger, NOW } from '../../support/build.ts'
import { cases } from '../../support/cases.ts'
import { spec } from '../../support/spec.ts'

const ALL: HoldWhat = { _tag: 'All' }
const REMOVALS: HoldWhat = { _tag: 'Removals' }
const PRINTERS: HoldWhat = { _tag: 'Users', glob: 'printer-*' }
const STOPPED: HoldWhat = { _tag: 'Stop', glob: 'printer-*' }
const undoOf = (run: string, ...users: ReadonlyArray<string>): HoldWhat => ({ _tag: 'Undo', run, users })

const UNTIL = NOW + 2 * HOUR
const before = (what: HoldWhat, until = NOW + HOUR): Hold => ({
  what,
  since: NOW - HOUR,
  until,
  reason: 'ticket 1',
  by: 'one',
})

const line = (decision?: DecisionNote): DecisionLine => ({
  event: 'decision',
  at: iso(NOW),
  what: 'in words',
  by: 'two',
  reason: 'ticket 2',
  ...(decision === undefined ? {} : { decision }),
})
const holdLine = (what: HoldWhat): DecisionLine => line(decisionNote({ _tag: 'Hold', what, until: UNTIL }))
const releaseLine = (what?: HoldWhat): DecisionLine => line(decisionNote({ _tag: 'Release', what, every: what === undefined }))
const namesOf = (holds: ReadonlyArray<Hold>): ReadonlyArray<string> => holds.map(({ what }) => holdOptions(what))

spec('holds that the journal tells of', (test) => {
  for (const what of [ALL, REMOVALS, PRINTERS, STOPPED])
    test(`${what._tag}: a hold counts from its line on, with who and why, and in place of an earlier one of its name`, () => {
      const told = { what, since: NOW, until: UNTIL, reason: 'ticket 2', by: 'two' }
      assert.equal(holdsAfter([], holdLine(what)), [told])
      const other = before({ _tag: 'Users', glob: 'fax@acme.example' })
      assert.equal(holdsAfter([before(what), other], holdLine(what)), [other, told])
    })

  test('whom the hold of an undo is for, its run tells, and not the line', () => {
    const told = { what: undoOf('run-1'), since: NOW, until: UNTIL, reason: 'ticket 2', by: 'two' }
    assert.equal(holdsAfter([before(undoOf('run-1', 'fax@acme.example'))], holdLine(undoOf('run-1', 'fax@acme.example'))), [told])
  })

  const holds = [before(ALL), before(PRINTERS), before(STOPPED), before(undoOf('run-12')), before(undoOf('run-2'))]
  for (const [title, said, left] of [
    [
      'of all ends that of all, and no other',
      releaseLine(ALL),
      ["--user 'printer-*'", "--match 'printer-*'", '--undo run-12', '--undo run-2'],
    ],
    [
      'of users ends no emergency stop of the same pattern',
      releaseLine(PRINTERS),
      ['--all', "--match 'printer-*'", '--undo run-12', '--undo run-2'],
    ],
    [
      'of an undo may name the beginning of its run',
      releaseLine(undoOf('run-1')),
      ['--all', "--user 'printer-*'", "--match 'printer-*'", '--undo run-2'],
    ],
    ['of what is not on hold ends nothing', releaseLine(REMOVALS), namesOf(holds)],
    ['without a name ends every hold', releaseLine(), []],
  ] as const)
    test(`a release ${title}`, () => assert.equal(namesOf(holdsAfter(holds, said)), left))

  for (const note of [
    { _tag: 'Approve', digest: 'sha256:0' },
    { _tag: 'Unprotect', glob: 'printer-*' },
    { _tag: 'Vouch', scope: 'account' },
    undefined,
  ] as const)
    test(`${note?._tag ?? 'a line that nobody can read'} neither makes nor ends a hold`, () =>
      assert.equal(holdsAfter(holds, line(note)), holds))
})

const NOW_BY_TWO = { by: 'two', reason: 'ticket 2', now: NOW }
const holdAsked = (what: HoldWhat): Decision => ({ _tag: 'Hold', what, until: UNTIL })
const releaseAsked = (what?: HoldWhat): Decision => ({ _tag: 'Release', what, every: what === undefined })

spec('a decision that could not be remembered', (test) => {
  const holds = [before(ALL), before(PRINTERS), before(undoOf('run-12', 'fax@acme.example')), before(REMOVALS, NOW)]
  const told = (decision: Decision) => untaken(ledger([], { holds }), decision, NOW_BY_TWO)
  const not = (what: string) => ({ what: `not taken: ${what}`, by: 'two', reason: 'ticket 2' })
  const asBefore = (what: HoldWhat) => {
    const stands: Decision = { _tag: 'Hold', what, until: NOW + HOUR }
    return { what: `as before: ${decisionText(stands)}`, by: 'one', reason: 'ticket 1', decision: decisionNote(stands) }
  }

  for (const [decision, what] of [
    [{ _tag: 'Vouch', scope: 'account' }, 'approve --live account'],
    [{ _tag: 'Approve', digest: 'sha256:0', changes: [] }, 'approve sha256:0'],
    [{ _tag: 'Unprotect', glob: 'printer-*' }, "release --protected 'printer-*'"],
  ] as const)
    test(`${what} is told of as not taken, and nothing of the holds`, () => assert.equal(told(decision), [not(what)]))

  test('a new hold is ended again', () =>
    assert.equal(told(holdAsked(STOPPED)), [
      { ...not("hold --match 'printer-*' until 2026-01-06T14:00:00.000Z"), decision: { _tag: 'Release', what: STOPPED } },
    ]))

  test('a hold that would have taken the place of an earlier one is ended, and the earlier one stands with who and why', () =>
    assert.equal(told(holdAsked(PRINTERS)), [
      { ...not("hold --user 'printer-*' until 2026-01-06T14:00:00.000Z"), decision: { _tag: 'Release', what: PRINTERS } },
      asBefore(PRINTERS),
    ]))

  test('a release leaves the hold that it named as it was', () => {
    assert.equal(told(releaseAsked(ALL)), [not('release --all'), asBefore(ALL)])
    assert.equal(told(releaseAsked(undoOf('run'))), [not('release --undo run'), asBefore(undoOf('run-12'))])
  })

  test('a release of every hold leaves all that are in force, and brings none back that has ended', () =>
    assert.equal(told(releaseAsked()), [not('release --every'), asBefore(ALL), asBefore(PRINTERS), asBefore(undoOf('run-12'))]))

  const whats = fc.constantFrom(ALL, REMOVALS, PRINTERS, STOPPED, undoOf('run-1'), undoOf('run-2'))
  const remembered = fc.uniqueArray(
    fc.tuple(whats, fc.constantFrom(NOW, NOW + 1, NOW + HOUR)).map(([what, until]) => before(what, until)),
    { selector: ({ what }) => holdOptions(what), maxLength: 6 },
  )
  const decisions = fc.oneof(whats.map(holdAsked), fc.option(whats, { nil: undefined }).map(releaseAsked))

  test('leaves whoever reads the journal with the holds that were in force, be it a hold or a release', () =>
    fc.assert(
      fc.property(remembered, decisions, (known, decision) => {
        const lines = [
          { what: decisionText(decision), by: 'two', reason: 'ticket 2', decision: decisionNote(decision) },
          ...untaken(ledger([], { holds: known }), decision, NOW_BY_TWO),
        ]
        const read = lines.reduce<ReadonlyArray<Hold>>(
          (sum, said) => holdsAfter(sum, { event: 'decision', at: iso(NOW), ...said }),
          known,
        )
        const inForce = (some: ReadonlyArray<Hold>) =>
          holding(some, NOW)
            .map(({ what, until, by, reason }) => `${holdOptions(what)} ${until} ${by} ${reason}`)
            .sort()
        assert.equal(inForce(read), inForce(known))
      }),
      { ...cases(500), seed: 1 },
    ))
})
