// Periods as tables of spellings that mean the same, and as laws over all of them.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import {
  documentedPeriod,
  type Period,
  parsePeriod,
  periodFault,
  periodWords,
  samePeriod,
} from '../../../src/domain/user/period.ts'
import { spec } from '../../support/spec.ts'

const HOUR = 3600
const DAY = 86_400

/** Every spelling that is documented or was seen, by what it means. */
const SPELLINGS: ReadonlyArray<readonly [Period, ReadonlyArray<string>]> = [
  [{ months: 0, seconds: 0 }, ['0:00:00', '00:00:00', '0', '0 days', '0 days, 0:00:00']],
  [{ months: 0, seconds: HOUR / 2 }, ['0:30:00', '00:30:00', '30 minutes', '30 mins', '1800', '00:30:00.00']],
  [{ months: 0, seconds: HOUR }, ['1 hour', '1:00:00', '01:00:00', '01:00:00.00', '3600', '1 HOUR', ' 1 hour ']],
  [{ months: 0, seconds: DAY }, ['1 day', '1 day, 0:00:00', '1 day 00:00:00', '24:00:00', '24 hours', '86400', '1 day,00:00:00']],
  [{ months: 0, seconds: 2 * DAY }, ['2 days', '2 days, 0:00:00', '48:00:00']],
  [{ months: 0, seconds: 7 * DAY }, ['1 week', '7 days', '7 days, 0:00:00', '604800']],
  [{ months: 0, seconds: 30 * DAY }, ['30 days', '30 days, 0:00:00']],
  [{ months: 0, seconds: DAY + 23 * HOUR + 0.35 }, ['1 day, 23:00:00.35', '1 day 23:00:00.350', '169200.35']],
  [{ months: 1, seconds: 0 }, ['1 mon', '1 month', '1 month 0:00:00']],
  [{ months: 3, seconds: 0 }, ['3 months', '3 mons']],
  [{ months: 4, seconds: 5 * HOUR }, ['4 months 5:00:00', '4 mons 05:00:00', '4 months,5:00:00']],
  [{ months: 2, seconds: 3 * HOUR }, ['2 months 3:00:00', '2 months,3:00:00', '2 mons 03:00:00']],
  [{ months: 12, seconds: 0 }, ['1 year', '12 mons', '12 months']],
]

// A clock ends at 23:59:59.
const CLOCK = '(\\d|[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d'
const DOCUMENTED = new RegExp(`^(\\d+ (hour|day|week|month)s?( ${CLOCK})?|${CLOCK})$`)

const NONE = [
  '',
  ' ',
  'unlimited',
  'never',
  'day',
  '1',
  '-1 day',
  '1 fortnight',
  '1h',
  '1 day,',
  '1 days days',
  '1:00',
  '0:99:00',
  '1 day 1',
]

/** The three ways of writing that answers and documents know. */
const PRINTERS: ReadonlyArray<(period: { months: number; days: number; seconds: number }) => string> = [
  // PostgreSQL: "4 mons 2 days 05:00:00"
  ({ months, days, seconds }) =>
    [months && `${months} mon${months > 1 ? 's' : ''}`, days && `${days} day${days > 1 ? 's' : ''}`, clock(seconds, 2)]
      .filter((part) => part !== 0)
      .join(' '),
  // Python: "122 days, 5:00:00"
  ({ months, days, seconds }) => `${months} months, ${days} days, ${clock(seconds, 1)}`,
  // The documents: "4 months,5:00:00"
  ({ months, days, seconds }) => `${months} months,${clock(days * DAY + seconds, 1)}`,
  // A person who counts in hours: "48:00:00"
  ({ months, days, seconds }) =>
    [months && `${months} months`, clock(days * DAY + seconds, 1)].filter((part) => part !== 0).join(' '),
]

const clock = (seconds: number, width: number): string =>
  [Math.floor(seconds / HOUR), Math.floor((seconds % HOUR) / 60), seconds % 60]
    .map((part, at) => String(part).padStart(at === 0 ? width : 2, '0'))
    .join(':')

const texts = fc.oneof(
  fc.constantFrom(...SPELLINGS.flatMap(([, all]) => all), ...NONE),
  fc.string({ maxLength: 20 }),
  fc.stringMatching(/^[0-9]{1,400}( (day|mon|hour)s?)?$/),
)

spec('rate-limit periods', (test) => {
  for (const [period, all] of SPELLINGS)
    test(`${all[0]} is read in every spelling`, () => {
      for (const text of all) assert.equal(parsePeriod(text), period, text)
      for (const one of all) for (const other of all) assert.ok(samePeriod(one, other), `${one} = ${other}`)
    })

  test('a different length is a different period', () => {
    const firsts = SPELLINGS.map(([, [first = '']]) => first)
    const equals = firsts.flatMap((one) =>
      firsts.filter((other) => one < other && samePeriod(one, other)).map((other) => [one, other]),
    )
    assert.equal(equals, [['1 mon', '30 days']], 'only a month counts as 30 days')
  })

  test('what is no period is none, and is like nothing but itself', () => {
    for (const text of NONE.filter((one) => one !== '1')) {
      assert.is(parsePeriod(text), undefined, text)
      assert.ok(samePeriod(text, text), text)
      assert.not(samePeriod(text, '1 day'), text)
    }
    assert.ok(samePeriod('Unlimited', ' unlimited'))
  })

  test('printing and reading agree in every style', () =>
    fc.assert(
      fc.property(fc.nat(100), fc.nat(40), fc.nat(DAY - 1), fc.constantFrom(...PRINTERS), (months, days, seconds, print) => {
        assert.equal(parsePeriod(print({ months, days, seconds })), { months, seconds: days * DAY + seconds })
      }),
    ))

  test('what goes out means what was said, whoever wrote it, and is in the documented syntax where that can say it', () => {
    for (const [, all] of SPELLINGS) for (const text of all) assert.ok(samePeriod(documentedPeriod(text), text), text)
    fc.assert(
      fc.property(fc.nat(100), fc.nat(40), fc.nat(DAY - 1), fc.constantFrom(...PRINTERS), (months, days, seconds, print) => {
        const text = print({ months, days, seconds })
        assert.ok(samePeriod(documentedPeriod(text), text), `${text} went out as ${documentedPeriod(text)}`)
        if (months === 0 || days === 0) assert.match(documentedPeriod(text), DOCUMENTED)
      }),
    )
    for (const [text, out] of [
      ['1 day, 23:00:00.35', '1 day, 23:00:00.35'],
      ['1 mon 2 days', '1 mon 2 days'],
      ['90 minutes', '1:30:00'],
      ['2 mons 03:00:00', '2 months 3:00:00'],
      ['86400', '1 day'],
      ['24:00:00', '1 day'],
      ['023:30:00', '23:30:00'],
      ['36:30:00', '1 day 12:30:00'],
      ['unlimited', 'unlimited'],
    ] as const)
      assert.is(documentedPeriod(text), out)
  })

  test('in words it is as people say it, and means the same', () => {
    const rows = [
      ['01:00:00', '1 hour'],
      ['1 day, 0:00:00', '1 day'],
      ['1 week', '7 days'],
      ['24:00:00', '1 day'],
      ['0:30:00', '30 minutes'],
      ['4 mons', '4 months'],
      ['1 day 1:30:00', '1 day 1:30:00'],
      ['4 mons 05:00:00', '4 mons 05:00:00'],
      ['unlimited', 'unlimited'],
      ['0:00:00', '0:00:00'],
    ] as const
    for (const [text, words] of rows) {
      assert.is(periodWords(text), words)
      assert.ok(samePeriod(text, words), text)
    }
  })

  test('likeness is reflexive and symmetric for any two texts, however long their numbers are', () =>
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        assert.ok(samePeriod(one, one))
        assert.is(samePeriod(one, other), samePeriod(other, one))
      }),
    ))

  test('a text of 50 KB is read in no time', () => {
    const started = process.cpuUsage().user
    for (const text of [`1 day${' '.repeat(50_000)}x`, '1 day '.repeat(9000), `${'9'.repeat(50_000)} days`, '1,'.repeat(25_000)])
      parsePeriod(text)
    assert.ok(process.cpuUsage().user - started < 500_000)
  })

  test('only what is readable, longer than nothing and in the documented syntax may be asked for', () => {
    for (const text of ['1 hour', '2 days', '1 week', '3 months', '0:30:00', '4 months 5:00:00', '3600'])
      assert.is(periodFault(text), undefined, text)
    assert.match(periodFault('unlimited') ?? '', /not a period; write "1 hour"/)
    assert.is(periodFault('0:00:00'), 'a period must be longer than nothing')
    assert.is(periodFault('0 days'), 'a period must be longer than nothing')
    for (const text of ['0.5', '1.5', '1 day, 23:00:00.35', '1 month 2 days', '4 months 30:00:00'])
      assert.match(
        periodFault(text) ?? '',
        /^no request can say parts of a second, nor months and days in one; write "1 hour"/,
        text,
      )
  })
})
