// Demands: whether the settings of a user are as a rule asks of one field, and where they are not, in words with the numbers what would do.
// Limits are compared per time: 1000 in an hour are more than 2000 in a day. What the service does not show is never taken as right.

import { MONTH_SECONDS } from '../basics/time.ts'
import { parsePeriod, periodWords } from '../user/period.ts'
import { Secret } from '../user/secret.ts'
import type { Settings, Value } from '../user/settings.ts'
import { fields, isLimit, same } from '../user/settings.ts'
import { valueInFinding } from '../user/shown.ts'
import type { Demand } from './rule.ts'

/** What is missing, in words. `known` is false where nobody can tell. */
export type Unmet = { readonly why: string; readonly known: boolean }

/** Why the settings do not meet a demand; `undefined` where they do. */
export const unmet = (demand: Demand, settings: Settings): Unmet | undefined => {
  const { field } = demand
  if (isLimit(field) && settings.custom_ratelimit === false) return withoutLimit(demand)
  const value = settings[field]
  if (value === undefined) return unknown(`the service does not show ${field}`, demand)
  const isMet = meets(demand, value, settings)
  if (isMet === undefined)
    return unknown(`the period ${valueInFinding(settings.custom_ratelimit_period)} of the limit is not understood`, demand)
  return isMet ? undefined : { why: `${field} is ${shownIn(demand, value, settings)}: ${wanted(demand)}`, known: true }
}

const unknown = (why: string, demand: Demand): Unmet => ({ why: `${why}, so nobody can tell: ${wanted(demand)}`, known: false })

const meets = (demand: Demand, value: Value, settings: Settings): boolean | undefined => {
  switch (demand._tag) {
    case 'Equals':
      return same(demand.field, value, demand.value)
    case 'OneOf':
      return demand.values.some((one) => same(demand.field, value, one))
    case 'Matches':
      return value instanceof Secret ? value.is(demand.glob.matches) : demand.glob.matches(String(value))
    case 'Present':
      return demand.present === !isNone(demand, value)
    case 'Max':
      return compared(demand, value, settings, (is, asked) => is <= asked)(demand.max)
    case 'Min':
      return compared(demand, value, settings, (is, asked) => is >= asked)(demand.min)
  }
}

const isNone = ({ field }: Demand, value: Value): boolean => value === '' || value === 0 || value === fields[field].reset

type Bound = Extract<Demand, { readonly per: string | undefined }>

// As whole numbers, each side times the period of the other, so that nothing is rounded.
const compared =
  ({ per }: Bound, value: Value, settings: Settings, fits: (is: bigint, asked: bigint) => boolean) =>
  (bound: number): boolean | undefined => {
    if (per === undefined) return fits(BigInt(Number(value)), BigInt(bound))
    const [own, unit] = [lengthOf(settings.custom_ratelimit_period), lengthOf(per)]
    return own === undefined || unit === undefined
      ? undefined
      : fits(BigInt(Number(value)) * BigInt(unit), BigInt(bound) * BigInt(own))
  }

/** The length of a period in milliseconds, a month having 30 days. */
const lengthOf = (text: Value | undefined): number | undefined => {
  const period = text === undefined ? undefined : parsePeriod(String(text))
  if (period === undefined) return undefined
  const ms = Math.round((period.months * MONTH_SECONDS + period.seconds) * 1000)
  return ms > 0 ? ms : undefined
}

/** What a user without a limit of its own makes of a demand on it: as many as the account lets through. */
const withoutLimit = (demand: Demand): Unmet | undefined => {
  const isMet = demand._tag === 'Min' || (demand._tag === 'Present' && !demand.present)
  return isMet ? undefined : { why: `there is no limit of its own: ${wanted(demand)}`, known: true }
}

/** A demand in words. */
export const wanted = (demand: Demand): string => {
  const { field } = demand
  const unit = 'per' in demand && demand.per !== undefined ? ` per ${demand.per}` : ''
  switch (demand._tag) {
    case 'Equals':
      return `${field} must be ${valueInFinding(demand.value)}`
    case 'OneOf':
      return `${field} must be one of ${demand.values.map(valueInFinding).join(', ')}`
    case 'Matches':
      return `${field} must match ${demand.glob.text}`
    case 'Present':
      return `${field} must ${demand.present ? 'have a value' : 'be empty'}`
    case 'Max':
      return `${field} must be at most ${demand.max}${unit}`
    case 'Min':
      return `${field} must be at least ${demand.min}${unit}`
  }
}

const shownIn = (demand: Demand, value: Value, settings: Settings): string => {
  if (demand.field !== 'custom_ratelimit_value') return valueInFinding(value)
  const period = settings.custom_ratelimit_period
  const told = `${valueInFinding(value)} per ${periodWords(String(period))}`
  if (!('per' in demand) || demand.per === undefined || same('custom_ratelimit_period', period, demand.per)) return told
  const [own, unit] = [lengthOf(period), lengthOf(demand.per)]
  if (own === undefined || unit === undefined) return told
  const rate = (Number(value) * unit) / own
  return `${told}, which is ${Number(rate.toFixed(rate < 100 ? 4 : 2))} per ${demand.per}`
}
