// The workload of a seed as data: what people do, what the process suffers, what goes wrong on the way. Each entry carries its own chance, so
// that leaving one out changes nothing about the others: that is how a failure is made small.
import { type Chance, pick, type Random, whole } from './chance.ts'
import { canMeet, type Endpoint, type Fault, type FaultKind, FIRST_KINDS, KINDS_OF_STORES, NEXT_KINDS } from './faults.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** A key that was refused rests for up to an hour, and the schedule may be hourly. */
export const PATIENCE = 2.2 * HOUR

/** Something that somebody does, or that happens to the process. */
export type Act = {
  readonly what:
    | 'edit the config'
    | 'save slowly'
    | 'edit a user by hand'
    | 'remove a user by hand'
    | 'set a password by hand'
    | 'restart'
    | 'kill'
    | 'set the clock'
    | 'SIGHUP'
    | 'disk full'
    | 'lose the ledger'
    | 'a rival comes'
    | 'search for subaccounts'
    | 'ask what the key may'
    | 'put on hold'
    | 'change the rules'
    | 'change dates'
    | 'rename a user'
    | 'lose most of the list'
    | 'act by hand amid a run'
    | 'create a user by hand'
    | 'set the clock in a rest'
    | 'set the clock a day forward'
    | 'suspend'
    | 'set a user back again and again'
  readonly at: number
  readonly roll: number
}

export type Workload = { readonly acts: ReadonlyArray<Act>; readonly faults: ReadonlyArray<Fault> }

/** Acts that are faults: the same life without faults does not have them. */
export const isTrouble = ({ what }: Act): boolean =>
  what === 'kill' ||
  what === 'restart' ||
  what === 'set the clock' ||
  what === 'set the clock in a rest' ||
  what === 'set the clock a day forward' ||
  what === 'suspend' ||
  what === 'disk full' ||
  what === 'lose the ledger' ||
  what === 'a rival comes'

// Many with few, few with many.
const count = (random: Random, median: number): number => Math.round(median * (random() + random()))

const some = (random: Random, what: Act['what'], howMany: number): ReadonlyArray<Act> =>
  Array.from({ length: howMany }, () => ({ what, at: Math.floor(random() * DAY), roll: Math.floor(random() * 2 ** 31) }))

const byTime = (one: { readonly at: number }, other: { readonly at: number }): number => one.at - other.at

/**
 * The workload of a seed. What comes from another stream of chance stands after what was there before, so that the number of an entry stays
 * what it is when there is something new.
 */
export const workloadOf = ({
  config,
  people,
  process,
  faults,
  rivals,
  searches,
  others,
  holds,
  rules,
  dates,
  renames,
  stores,
  losses,
  amid,
  clocks,
  refusals,
  contests,
}: Chance): Workload => {
  const search = some(searches, 'search for subaccounts', searches() < 0.15 ? 1 : 0)
  return {
    acts: [
      ...[
        ...some(config, 'edit the config', count(config, 9)),
        ...some(config, 'save slowly', config() < 0.3 ? 1 : 0),
        ...some(people, 'edit a user by hand', count(people, 9)),
        ...some(people, 'remove a user by hand', whole(people, 0, 2)),
        ...some(people, 'set a password by hand', whole(people, 0, 2)),
        ...some(process, 'restart', whole(process, 0, 1)),
        ...some(process, 'kill', whole(process, 0, 3)),
        ...some(process, 'SIGHUP', whole(process, 0, 1)),
        ...some(process, 'set the clock', process() < 0.2 ? 1 : 0),
        ...some(process, 'disk full', process() < 0.3 ? 1 : 0),
        ...some(process, 'lose the ledger', process() < 0.1 ? 1 : 0),
      ].sort(byTime),
      ...some(rivals, 'a rival comes', rivals() < 0.35 ? whole(rivals, 1, 2) : 0),
      ...search,
      ...some(searches, 'ask what the key may', whole(searches, 0, 1)),
      ...some(holds, 'put on hold', whole(holds, 0, 3)),
      ...(rules() < 0.4 ? some(rules, 'change the rules', whole(rules, 1, 4)) : []),
      ...(dates() < 0.3 ? some(dates, 'change dates', whole(dates, 1, 5)) : []),
      ...(renames() < 0.4 ? some(renames, 'rename a user', whole(renames, 1, 3)) : []),
      ...some(losses, 'lose most of the list', losses() < 0.4 ? 1 : 0),
      ...(amid() < 0.5 ? some(amid, 'act by hand amid a run', whole(amid, 1, 4)) : []),
      ...some(amid, 'create a user by hand', amid() < 0.3 ? whole(amid, 1, 2) : 0),
      ...some(clocks, 'set the clock in a rest', clocks() < 0.3 ? 1 : 0),
      ...some(clocks, 'set the clock a day forward', clocks() < 0.05 ? 1 : 0),
      ...some(clocks, 'suspend', clocks() < 0.15 ? 1 : 0),
      ...some(contests, 'set a user back again and again', contests() < 0.2 ? 1 : 0),
    ],
    faults: [
      ...someFaults(faults).sort(byTime),
      ...Array.from({ length: count(others, 4) }, () => oneFault(others, NEXT_KINDS, ENDPOINTS)).sort(byTime),
      ...(search.length === 0 ? [] : Array.from({ length: 3 }, () => oneFault(others, NEXT_KINDS, ['search']))).sort(byTime),
      ...Array.from({ length: whole(stores, 0, 3) }, () => oneFault(stores, KINDS_OF_STORES, ENDPOINTS)).sort(byTime),
      ...(refusals() < 0.5 ? [refusal(refusals)] : []),
    ],
  }
}

const ENDPOINTS: ReadonlyArray<Endpoint> = ['view', 'view', 'add', 'edit', 'edit', 'remove']

const someFaults = (random: Random): Array<Fault> => {
  const made = Array.from({ length: count(random, 36) }, () => oneFault(random, FIRST_KINDS, ENDPOINTS))
  return random() < 0.5 ? made : [...made, outage(random)]
}

const oneFault = (random: Random, kinds: ReadonlyArray<FaultKind>, endpoints: ReadonlyArray<Endpoint>): Fault => {
  const on = pick(random, endpoints) ?? 'view'
  const met = kinds.filter((one) => canMeet(on, one))
  const kind = pick(random, met) ?? '500'
  const roll = Math.floor(random() * 2 ** 31)
  return {
    kind,
    on,
    at: Math.floor(random() * DAY),
    times: random() < 0.8 ? 1 : whole(random, 2, 6),
    until: Number.POSITIVE_INFINITY,
    roll,
  }
}

/** For a while every request fails. */
const outage = (random: Random): Fault => {
  const kind =
    pick(random, ['nobody listens', 'time-out before', '503', '429', 'unknown key', '502 in HTML', 'empty view'] as const) ??
    '503'
  const at = Math.floor(random() * DAY)
  return {
    kind,
    on: kind === 'empty view' ? 'view' : 'any',
    at,
    times: Number.POSITIVE_INFINITY,
    until: at + whole(random, 1, 90) * MINUTE,
    roll: 0,
  }
}

/** For some hours one user cannot be edited. */
const refusal = (random: Random): Fault => {
  const at = Math.floor(random() * (DAY / 2))
  return {
    kind: 'refused in words',
    on: 'edit',
    at,
    times: Number.POSITIVE_INFINITY,
    until: at + whole(random, 2, 12) * HOUR,
    roll: 0,
    ofOne: true,
  }
}
