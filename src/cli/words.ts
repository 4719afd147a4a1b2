// Words: what was typed after a command, read into what the commands understand. What is wrong is collected, so that it is told at once.
import { parseDuration } from '../config/duration.ts'
import { readEndpoint } from '../config/endpoint.ts'
import { DAY } from '../domain/basics/time.ts'
import { type AskedHold, type HoldWhat, LONGEST_HOLD } from '../domain/decisions/hold.ts'
import { isRunName, LONGEST_REASON } from '../domain/decisions/said.ts'
import { type Glob, glob, LONGEST_GLOB, patternFault } from '../domain/user/username.ts'
import { ALL_SUBACCOUNTS, isScope, isSubaccountId, type Scope } from '../domain/wanted/scope.ts'

/** The options and arguments of one command, as typed. */
export type Words = {
  readonly text: (option: string) => string | undefined
  readonly flag: (option: string) => boolean
  readonly list: (option: string) => ReadonlyArray<string>
  readonly argument: (at: number) => string | undefined
  /** A last argument that may be given several times. */
  readonly rest: (at: number) => ReadonlyArray<string>
  /** When it was typed, in milliseconds since the epoch. */
  readonly now: number
  /** Takes note of something wrong; the command is then not run. */
  readonly refuse: (fault: string) => undefined
}

type Typed = {
  readonly options: Readonly<Record<string, unknown>>
  readonly args: ReadonlyArray<unknown>
  readonly now: number
}

const texts = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The words of a command line; faults go to the list. */
export const wordsOf = ({ options, args, now }: Typed, faults: Array<string>): Words => ({
  now,
  text: (option) => textOf(options[option]),
  flag: (option) => options[option] === true,
  list: (option) => texts(options[option]),
  argument: (at) => textOf(args[at]),
  rest: (at) => texts(args[at]),
  refuse: (fault) => {
    faults.push(fault)
    return undefined
  },
})

/** `--format`: text unless JSON was asked for. */
export const formatOf = ({ text }: Words): 'text' | 'json' => (text('format') === 'json' ? 'json' : 'text')

/** A pattern of usernames, such as that of `--user`. */
export const globOf = ({ text, refuse }: Words, option: string): Glob | undefined => {
  const pattern = text(option)
  if (pattern === undefined) return undefined
  const why = pattern === '' ? 'an empty pattern matches nobody' : `a pattern has at most ${LONGEST_GLOB} characters`
  return glob(pattern) ?? refuse(`--${option}: ${why}`)
}

/** The same, of those whom a person is to be kept from, or kept off: it must not be one that matches nobody by mistake. */
export const carefulGlobOf = (words: Words, option: string): Glob | undefined => {
  const found = globOf(words, option)
  const fault = found === undefined ? undefined : patternFault(found.text)
  return fault === undefined ? found : words.refuse(`--${option}: ${fault}`)
}

/** A place of the file system; `flag` is how its option is typed. An empty one would be the folder of the moment. */
export const placeOf = ({ text, refuse }: Words, option: string, flag = `--${option}`): string | undefined =>
  text(option) === '' ? refuse(`${flag}: the empty text names no place`) : text(option)

/** `--endpoint`, as it was typed. */
export const endpointOf = ({ text, refuse }: Words): string | undefined => {
  const given = text('endpoint')
  const read = given === undefined ? undefined : readEndpoint(given)
  return read?._tag === 'NoEndpoint' ? refuse(`--endpoint: ${read.why}`) : given
}

/** A scope: `account` or `subaccount:ID`. */
export const scopeOf = ({ text, refuse }: Words, option: string): Scope | undefined => {
  const given = text(option)
  if (given === undefined || isScope(given)) return given
  const meant = /^accounts?$/i.test(given) ? 'account' : `subaccount:${given}`
  return refuse(
    `--${option}: a scope is account or subaccount:ID${isScope(meant) && !given.startsWith('subaccount:') ? `; did you mean ${meant}?` : ''}`,
  )
}

/** A scope whose answer can be doubted: also the subaccounts as a whole. */
export const doubtedOf = (words: Words, option: string): Scope | undefined =>
  words.text(option) === ALL_SUBACCOUNTS ? ALL_SUBACCOUNTS : scopeOf(words, option)

/** Ids of subaccounts. An empty one would be the account. */
export const idsOf = ({ list, refuse }: Words, option: string): ReadonlyArray<string> => {
  const ids = list(option)
  if (!ids.every(isSubaccountId)) refuse(`--${option}: an id of a subaccount is not empty and has no spaces`)
  return ids
}

/** A digest as a plan shows it. */
export const digestOf = ({ refuse }: Words, given: string | undefined): string | undefined => {
  if (given === undefined) return undefined
  const hex = hexOf(given)
  return /^[0-9a-f]{64}$/.test(hex)
    ? `sha256:${hex}`
    : refuse('a digest is sha256: and 64 hexadecimal digits, as a plan shows it')
}

// Other tools print the same number in capitals.
const hexOf = (given: string): string => given.toLowerCase().replace(/^sha256:/, '')

/** A hash as it was printed whole. */
export const hashOf = ({ text, refuse }: Words, option: string): string | undefined => {
  const given = text(option)
  const hex = given === undefined ? undefined : hexOf(given)
  if (hex === undefined || /^[0-9a-f]{64}$/.test(hex)) return hex
  return refuse(`--${option}: a hash is sha256: and 64 hexadecimal digits`)
}

const MOST = 100_000

/** How many. */
export const countOf = ({ text, refuse }: Words, option: string): number | undefined => {
  const given = text(option)
  if (given === undefined) return undefined
  const count = Number(given)
  return /^[1-9]\d{0,8}$/.test(given) && count <= MOST ? count : refuse(`--${option}: expected a number from 1 to ${MOST}`)
}

/** A moment: as such, or so long before now or after it. */
export type TimeOrSpan = { readonly _tag: 'At'; readonly at: number } | { readonly _tag: 'In'; readonly ms: number }

/** The moment so long ago. */
export const before = (given: TimeOrSpan, now: number): number => (given._tag === 'At' ? given.at : now - given.ms)

/** The moment in so long. */
export const after = (given: TimeOrSpan, now: number): number => (given._tag === 'At' ? given.at : now + given.ms)

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/

// Farther from now there are no dates.
const LONGEST_SPAN = 100_000 * DAY

/** A time or a duration, such as that of `--since`; a time without a zone is UTC, as all times that are printed. */
export const timeOrSpanOf = ({ text, refuse }: Words, option: string): TimeOrSpan | undefined => {
  const given = text(option)
  if (given === undefined) return undefined
  const ms = parseDuration(given)
  if (ms !== undefined) return ms > LONGEST_SPAN ? refuse(`--${option}: at most ${LONGEST_SPAN / DAY}d`) : { _tag: 'In', ms }
  const [, date, time = '00:00', zone = 'Z'] = ISO.exec(given) ?? []
  const at = date === undefined || !isDate(date) ? Number.NaN : Date.parse(`${date}T${time}${zone}`)
  return Number.isNaN(at)
    ? refuse(`--${option}: a time such as 2027-03-31T18:00Z, or a duration such as 2h or 7d`)
    : { _tag: 'At', at }
}

/** When a hold ends: still to come, and not too far ahead. */
export const endOf = (words: Words, option: string): TimeOrSpan | undefined => {
  const until = timeOrSpanOf(words, option)
  if (until === undefined) return undefined
  const ahead = until._tag === 'In' ? until.ms : until.at - words.now
  if (ahead > LONGEST_HOLD) return words.refuse(`--${option}: at most ${LONGEST_HOLD / DAY}d ahead, so that it is not forgotten`)
  return ahead > 0 ? until : words.refuse(`--${option}: this time is over already (it is UTC unless it has a zone)`)
}

// JavaScript takes 30 February for a day in March.
const isDate = (date: string): boolean => {
  const ms = Date.parse(`${date}T00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date)
}

/** An option that must be given. */
const needed = ({ text, refuse }: Words, option: string, why: string): string => {
  const given = text(option)
  if (given === undefined || given.trim() === '') refuse(`--${option} is needed: ${why}`)
  return given ?? ''
}

/** `--reason`: no longer than a daemon takes; `why` it must be given, where it must. */
export const reasonOf = (words: Words, why?: string): string => {
  const given = why === undefined ? words.text('reason') : needed(words, 'reason', why)
  if (given !== undefined && given.length > LONGEST_REASON)
    words.refuse(`--reason: at most ${LONGEST_REASON} characters, since it stands in the journal and in each status`)
  return given ?? ''
}

/** A run by its id or the beginning of it, as `history` shows it. */
export const runOf = ({ refuse }: Words, given: string | undefined): string | undefined =>
  given === undefined || isRunName(given)
    ? given
    : refuse('a run is named by its id or the beginning of it, as `history` shows it')

const asked = (words: Words, patternOf = globOf): ReadonlyArray<AskedHold> => {
  const users = patternOf(words, 'user')
  return [
    ...(users === undefined ? [] : [{ _tag: 'Users', glob: users.text } as const]),
    ...(words.flag('removals') ? [{ _tag: 'Removals' } as const] : []),
    ...(words.flag('all') ? [{ _tag: 'All' } as const] : []),
  ]
}

const atMostOne = <W>(given: ReadonlyArray<W>, { refuse }: Words, options: string): W | undefined =>
  given.length > 1 ? refuse(`one of these at a time: ${options}`) : given[0]

/** What is put on hold: exactly one of --user, --removals, --all; nothing where none was given. */
export const askedHoldOf = (words: Words): AskedHold | undefined =>
  atMostOne(asked(words, carefulGlobOf), words, '--user, --removals, --all')

/** The hold that is ended: one of these, --match or --undo; nothing where none was given. */
export const holdOf = (words: Words): HoldWhat | undefined => {
  const [stop, undone] = [globOf(words, 'match'), runOf(words, words.text('undo'))]
  const given: ReadonlyArray<HoldWhat> = [
    ...asked(words),
    ...(stop === undefined ? [] : [{ _tag: 'Stop', glob: stop.text } as const]),
    ...(undone === undefined ? [] : [{ _tag: 'Undo', run: undone, users: [] } as const]),
  ]
  return atMostOne(given, words, '--user, --removals, --all, --match, --undo')
}

/** A port of this machine. */
export const portOf = ({ text, refuse }: Words): number | undefined => {
  const given = text('port')
  if (given === undefined) return undefined
  const port = Number(given)
  return /^\d+$/.test(given) && port <= 65535 ? port : refuse('--port: a port is a number from 0 to 65535')
}
