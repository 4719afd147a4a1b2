// Moments as they are written: which days and times there are, and when they begin and end in a zone, also where its clocks are changed.
import * as assert from 'uvu/assert'
import { calendarOf, moment } from '../../src/config/moment.ts'
import { E } from '../../src/fp.ts'
import { spec } from '../support/spec.ts'

const EXPECTED = 'a date such as 2027-03-31, or a time such as 2027-03-31T18:00'
const read = (text: string): string => {
  const written = moment.decode(text)
  if (E.isLeft(written)) return written.left.map(({ message }) => message ?? '').join()
  const { day, time, offset } = written.right
  return `${new Date(day).toISOString().slice(0, 10)} ${time ?? '-'} ${offset ?? '-'}`
}

spec('a moment', (test) => {
  for (const [text, expected] of [
    ['2027-03-31', '2027-03-31 - -'],
    ['2028-02-29', '2028-02-29 - -'],
    ['1970-01-01', '1970-01-01 - -'],
    ['2027-03-31T00:00', '2027-03-31 0 -'],
    ['2027-03-31T18:05', '2027-03-31 65100000 -'],
    ['2027-03-31T18:05:09', '2027-03-31 65109000 -'],
    ['2027-03-31T23:59:59', '2027-03-31 86399000 -'],
    ['2027-03-31T18:00Z', '2027-03-31 64800000 0'],
    ['2027-03-31T18:00:01Z', '2027-03-31 64801000 0'],
    ['2027-03-31T18:00+02:00', '2027-03-31 64800000 120'],
    ['2027-03-31T18:00-03:30', '2027-03-31 64800000 -210'],
    ['2027-03-31T18:00+14:00', '2027-03-31 64800000 840'],
    ['2027-03-31T18:00-14:00', '2027-03-31 64800000 -840'],
  ] as const)
    test(`${text} is read`, () => assert.is(read(text), expected))

  const noDay = `there is no such day; expected ${EXPECTED}`
  const noTime = `there is no such time; expected ${EXPECTED}`
  const other = `expected ${EXPECTED}`
  for (const [text, message] of [
    ['2027-02-29', noDay],
    ['2027-02-30T12:00', noDay],
    ['2027-13-01', noDay],
    ['2027-00-10', noDay],
    ['1969-12-31', noDay],
    ['0099-01-01', noDay],
    ['2027-03-31T24:00', noTime],
    ['2027-03-31T23:60', noTime],
    ['2027-03-31T23:59:60', noTime],
    ['2027-03-31T18:00+14:01', noTime],
    ['2027-03-31T18:00-14:01', noTime],
    ['2027-03-31T18:00+02:60', noTime],
    ['2027-03-31T18:00:00-02:90', noTime],
    ['', other],
    ['31.3.2027', other],
    ['2027-3-31', other],
    [' 2027-03-31', other],
    ['2027-03-31 ', other],
    ['2027-03-31T18', other],
    ['2027-03-31T18:00:00.5', other],
    ['2027-03-31Z', other],
    ['2027-03-31T18:00 Z', other],
    ['12027-03-31', other],
  ] as const)
    test(`${JSON.stringify(text)} is refused: ${message.split(';')[0] ?? ''}`, () => assert.is(read(text), message))
})

spec('the calendar of a zone', (test) => {
  const at = (zone: string, text: string): ReadonlyArray<string> => {
    const written = moment.decode(text)
    if (E.isLeft(written)) throw new Error(text)
    const { startOf, endOf } = calendarOf(zone)
    return [startOf(written.right), endOf(written.right)].map((one) => new Date(one).toISOString().slice(0, 19))
  }
  const same = (moment: string): readonly [string, string] => [moment, moment]
  for (const [zone, text, expected] of [
    ['UTC', '2027-03-31', ['2027-03-31T00:00:00', '2027-04-01T00:00:00']],
    ['UTC', '2027-03-31T18:05:09', same('2027-03-31T18:05:09')],
    ['UTC', '2027-03-31T18:00+02:00', same('2027-03-31T16:00:00')],
    ['UTC', '2027-03-31T18:00-03:30', same('2027-03-31T21:30:00')],
    ['Europe/Paris', '2027-03-31T18:00Z', same('2027-03-31T18:00:00')],
    ['Europe/Paris', '2027-01-15', ['2027-01-14T23:00:00', '2027-01-15T23:00:00']],
    ['Europe/Paris', '2027-07-15T12:30:45', same('2027-07-15T10:30:45')],
    ['Europe/Paris', '2027-03-28', ['2027-03-27T23:00:00', '2027-03-28T22:00:00']],
    ['Europe/Paris', '2027-10-31', ['2027-10-30T22:00:00', '2027-10-31T23:00:00']],
    ['Europe/Paris', '2027-03-28T01:59', same('2027-03-28T00:59:00')],
    ['Europe/Paris', '2027-03-28T03:00', same('2027-03-28T01:00:00')],
    ['America/New_York', '2027-03-14', ['2027-03-14T05:00:00', '2027-03-15T04:00:00']],
    ['America/New_York', '2027-12-31', ['2027-12-31T05:00:00', '2028-01-01T05:00:00']],
    ['Asia/Kolkata', '2027-05-01T00:00:01', same('2027-04-30T18:30:01')],
    ['Pacific/Kiritimati', '2027-01-01', ['2026-12-31T10:00:00', '2027-01-01T10:00:00']],
  ] as const)
    test(`${zone}: ${text}`, () => assert.equal(at(zone, text), expected))
})

spec('a date', (test) => {
  test('has its end within the years of four digits, so that what ends later sorts behind', () => {
    const [last, whole] = [Date.parse('9999-12-31'), { time: undefined, offset: undefined }]
    for (const zone of ['UTC', 'Pacific/Kiritimati', 'America/Los_Angeles']) {
      const { startOf, endOf } = calendarOf(zone)
      for (const at of [endOf({ day: last, ...whole }), startOf({ day: last, time: 86_399_000, offset: -840 })])
        assert.match(new Date(at).toISOString(), /^9999-12-31T/)
    }
  })

  for (const [zone, day, first] of [
    ['America/Santiago', '2027-09-05', '2027-09-05T04:00:00.000Z'],
    ['America/Havana', '2027-03-14', '2027-03-14T05:00:00.000Z'],
    ['Atlantic/Azores', '2027-03-28', '2027-03-28T01:00:00.000Z'],
  ] as const)
    test(`of ${zone} begins where the day before ends, when clocks are put forward at midnight`, () => {
      const { startOf, endOf } = calendarOf(zone)
      const at = Date.parse(day)
      const whole = { time: undefined, offset: undefined }
      const found = [startOf({ day: at, ...whole }), endOf({ day: at - 86_400_000, ...whole })]
      assert.equal(
        found.map((moment) => new Date(moment).toISOString()),
        [first, first],
      )
    })
})
