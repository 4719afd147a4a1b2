// Dates: within them a user may send; outside it is blocked, with the moment and the place that say so; and what ends is told ahead.
import * as assert from 'uvu/assert'
import { momentText } from '../../../src/domain/basics/time.ts'
import { aboutDates, outside, soon } from '../../../src/domain/wanted/dates.ts'
import { DAY, NOW, wanted } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const starts = (at: number) => ({ starts: { at, source: 'c:1:1' } })
const expires = (at: number) => ({ expires: { at, source: 'c:2:2' } })
const NOON = '2026-01-06T12:00:00Z'

spec('dates', (test) => {
  for (const [title, dates, expected] of [
    ['without dates', {}, undefined],
    ['at its start', starts(NOW), undefined],
    ['before its start', starts(NOW + 1000), { why: 'blocked until it starts, at 2026-01-06T12:00:01Z', source: 'c:1:1 starts' }],
    ['before its end', expires(NOW + 1), undefined],
    ['at its end', expires(NOW), { why: `blocked since it expired, at ${NOON}`, source: 'c:2:2 expires' }],
    ['between the two', { ...starts(NOW), ...expires(NOW + 1) }, undefined],
    [
      'after both',
      { ...starts(NOW - 2), ...expires(NOW) },
      { why: `blocked since it expired, at ${NOON}`, source: 'c:2:2 expires' },
    ],
  ] as const)
    test(`a user ${title}: ${expected === undefined ? 'may send' : 'is blocked'}`, () =>
      assert.equal(outside(dates, NOW), expected))

  for (const [ahead, words] of [
    [0, undefined],
    [-1, undefined],
    [1, 'high within a day'],
    [DAY, 'high within a day'],
    [DAY + 1, 'medium within 3 days'],
    [3 * DAY, 'medium within 3 days'],
    [3 * DAY + 1, 'low within 14 days'],
    [14 * DAY, 'low within 14 days'],
    [14 * DAY + 1, undefined],
  ] as const)
    test(`${ahead} ms ahead: ${words ?? 'not soon'}`, () => {
      const found = soon(NOW + ahead, NOW)
      assert.is(found === undefined ? undefined : `${found.severity} ${found.words}`, words)
    })

  test('what has no date is never soon', () => assert.is(soon(undefined, NOW), undefined))

  test('of a user both are told, the start always as something small', () => {
    const about = (dates: object) => aboutDates({ ...wanted('one'), ...dates }, NOW)
    const start = {
      rule: 'starts-soon',
      severity: 'low',
      username: 'one',
      message: 'starts at 2026-01-07T12:00:00Z, within a day: it is blocked until then',
      source: 'c:1:1',
    }
    const end = {
      rule: 'expires-soon',
      severity: 'medium',
      username: 'one',
      message: 'expires at 2026-01-08T12:00:00Z, within 3 days: it is blocked from then on',
      source: 'c:2:2',
    }
    assert.equal(about({}), [])
    assert.equal(about(starts(NOW + DAY)), [start])
    assert.equal(about(expires(NOW + 2 * DAY)), [end])
    assert.equal(about({ ...starts(NOW + DAY), ...expires(NOW + 2 * DAY) }), [start, end])
    assert.equal(about({ ...starts(NOW), ...expires(NOW + 2 * DAY) }), [end])
    assert.equal(about({ ...starts(NOW + DAY), ...expires(NOW + 90 * DAY) }), [start])
    assert.equal(about({ ...starts(NOW - DAY), ...expires(NOW - 1) }), [])
  })

  test('a moment is told in whole seconds where it is one', () => {
    assert.is(momentText(NOW), NOON)
    assert.is(momentText(NOW + 7), '2026-01-06T12:00:00.007Z')
  })
})
