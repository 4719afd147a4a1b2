// Names and addresses: endpoints, globs, mail addresses, domains, time zones.
import { isLoopback } from '../domain/basics/loopback.ts'
import { FOREIGN_SIGN, type Glob, glob, patternFault } from '../domain/user/username.ts'
import type { Api } from '../domain/wanted/desired.ts'
import { isSubaccountId } from '../domain/wanted/scope.ts'
import { E } from '../fp.ts'
import { type Codec, parsed, text } from './codec.ts'
import { ENDPOINT_FORM, ENDPOINT_NAMES, readEndpoint } from './endpoint.ts'
import { didYouMean, quoted } from './problem.ts'

const CONTROL = /\p{Cc}/u
/** The same as a pattern of a schema. */
export const NO_CONTROL = '^[^\\u0000-\\u001f\\u007f-\\u009f]+$'

/** What is wrong with a text that is to be one line and not empty. */
export const plainFault = (input: string): string | undefined => {
  if (input === '') return 'must not be empty'
  return CONTROL.test(input) ? 'a control character is in it' : undefined
}

/** Text of one line that is not empty. */
export const plain: Codec<string> = text(plainFault, { minLength: 1, pattern: NO_CONTROL })

/** A subaccount's id. */
export const id: Codec<string> = text(
  (input) => {
    if (input === '*') return 'a star is no id; `subaccounts: all` means all of them'
    const fault = plainFault(input)
    if (fault !== undefined || isSubaccountId(input)) return fault
    return `the id of a subaccount has ${/\s/.test(input) ? 'no spaces' : 'at most 128 characters, and none that is hidden'}`
  },
  { minLength: 1, maxLength: 128, pattern: '^(?!\\*$)[^\\s\\u0000-\\u001f\\u007f-\\u009f]+$' },
)

const patternOf = (faultOf: (input: string) => string | undefined, form: string): Codec<Glob> =>
  parsed(
    (input) => {
      const fault = plainFault(input) ?? faultOf(input)
      const found = fault === undefined ? glob(input) : undefined
      return found === undefined ? E.left(fault ?? 'not a pattern') : E.right(found)
    },
    { minLength: 1, pattern: form },
  )

/** A pattern of any text. */
export const pattern = patternOf(() => undefined, NO_CONTROL)

/** A pattern of usernames. One that uses signs as other patterns do would match nobody, and guard nobody. */
export const usernames = patternOf(patternFault, `^(?!.*(?:${FOREIGN_SIGN}))${NO_CONTROL.slice(1)}`)

/** A time zone that this machine knows. */
export const timezone: Codec<string> = text(
  (input) => (knowsZone(input) ? undefined : `unknown time zone ${quoted(input)}; write UTC or a name such as Europe/Oslo`),
  { minLength: 1 },
)

const knowsZone = (name: string): boolean => {
  // What stands in most configs; to ask for a zone takes longer than all else in reading a small one.
  if (name === 'UTC') return true
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** Whether a text can be the address of a mailbox. */
const isAddress = (input: string): boolean => {
  const at = input.lastIndexOf('@')
  const local = input.slice(0, at)
  if (at < 1 || input.length > 254 || local.length > 64 || /[\s"(),:;<>@[\\\]\p{Cc}]/u.test(local)) return false
  return !local.startsWith('.') && !local.endsWith('.') && !local.includes('..') && isDomain(input.slice(at + 1))
}

const isDomain = (input: string): boolean =>
  input.length <= 253 && /^[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63})+$/u.test(input) && !/(?:^|\.)-|-(?:\.|$)/.test(input)

/** A mail address; empty for none. */
export const auditAddress: Codec<string> = text(
  (input) => (input === '' || isAddress(input) ? undefined : `not a mail address: ${quoted(input)}`),
  { pattern: '^$|@' },
)

/** Where bounces go. */
export const bounces: Codec<string> = text(
  (input) => {
    if (input === 'from' || input === 'drop' || isAddress(input)) return undefined
    const meant = didYouMean(input, ['from', 'drop'])
    return `expected from, drop or a mail address, got ${quoted(input)}${meant === undefined ? '' : `; ${meant}`}`
  },
  { pattern: '^(?:from|drop)$|@' },
)

/** A domain, or `default`. */
export const footerDomain: Codec<string> = text(
  (input) => (input === 'default' || isDomain(input) ? undefined : `expected a domain or default, got ${quoted(input)}`),
  { minLength: 1 },
)

/** How the service is reached. */
export const endpoint: Codec<Api['endpoint']> = parsed(
  (input) => {
    const read = readEndpoint(input)
    return read._tag === 'NoEndpoint' ? E.left(read.why) : E.right(read)
  },
  { anyOf: [{ enum: ENDPOINT_NAMES }, { pattern: '^[hH][tT][tT][pP][sS]?://[^@?#\\s\\\\]+/v3$' }] },
  ENDPOINT_FORM,
)

/** Whether requests stay on this machine. */
export const isLocal = (to: Api['endpoint']): boolean => to._tag === 'Sandbox' || isLoopback(new URL(to.url).hostname)
