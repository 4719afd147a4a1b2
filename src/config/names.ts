// Names and addresses: endpoints, globs, mail addresses, domains, time zones, references to secrets.
import type { Api } from '../domain/desired.ts'
import { isLoopback } from '../domain/loopback.ts'
import { isSubaccountId } from '../domain/scope.ts'
import { FOREIGN_SIGN, type Glob, glob, patternFault } from '../domain/username.ts'
import { E } from '../fp.ts'
import type { SecretRef } from '../ports.ts'
import { type Codec, codec, isMapping, kindOf, parsed, refuse, text } from './codec.ts'
import { ENDPOINT_FORM, ENDPOINT_NAMES, readEndpoint } from './endpoint.ts'
import { didYouMean, quoted } from './problem.ts'
import { API_KEY } from './secrecy.ts'

const CONTROL = /\p{Cc}/u
const NO_CONTROL = '^[^\\u0000-\\u001f\\u007f-\\u009f]+$'

const plainFault = (input: string): string | undefined => {
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

// In place of the name of a secret: what is no name, but a key, or the address of a webhook.
const ITSELF = `(?:^|/)${API_KEY}[0-9a-zA-Z]*(?:$|/)|://`
const LOOKS_LIKE_ITSELF = new RegExp(ITSELF)
/** Names that a shell and systemd can set; most passwords are none. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

/** A reference to a secret. A literal is refused, also in place of the name, and never shown. */
export const secretRef = (kinds: ReadonlyArray<SecretRef['_tag']>): Codec<SecretRef> => {
  const form = kinds.map((kind) => `{ ${kind}: ${WHERE[kind]} }`).join(', ')
  const patternOf = (kind: SecretRef['_tag']) => (kind === 'env' ? VARIABLE.source : `^(?!.*(?:${ITSELF}))${NO_CONTROL.slice(1)}`)
  const schema = {
    type: 'object',
    properties: Object.fromEntries(
      kinds.map((kind) => [kind, { type: 'string', minLength: 1, pattern: patternOf(kind), description: HELP[kind] }]),
    ),
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  }
  return codec<SecretRef>('secret reference', schema, (input, context) => {
    const no = (message: string, hint?: string) => refuse(undefined, context, message, { show: 'nothing', hint })
    if (input === null) return no('null has no meaning for a secret', 'leave the key out, and it stays as it is')
    if (typeof input === 'string' || typeof input === 'number')
      return no('a secret must not stand in the file', `write one of ${form}`)
    if (!isMapping(input)) return no(`expected a reference to a secret, got ${kindOf(input)}`, `write one of ${form}`)
    const [key, ...others] = Object.keys(input)
    const kind = kinds.find((one) => one === key)
    if (kind === undefined || others.length > 0) return no('expected exactly one place of the secret', `write one of ${form}`)
    const where = input[kind]
    if (typeof where !== 'string') return no(`expected text after ${kind}, got ${kindOf(where)}`, 'quote it')
    const fault = plainFault(where)
    const place = `${WHERE[kind]} after ${kind}`
    if (fault !== undefined) return no(`${place} ${fault === 'must not be empty' ? fault : 'has a control character in it'}`)
    if (LOOKS_LIKE_ITSELF.test(where)) return no(`the ${place} looks like the secret itself`, NAME_IT[kind])
    if (kind === 'env' && !VARIABLE.test(where))
      return no(`the ${place} has only letters, digits and _, and no digit first`, `if it is the secret itself, ${NAME_IT.env}`)
    return E.right(refOf(kind, where))
  })
}

const WHERE: { readonly [K in SecretRef['_tag']]: string } = { env: 'NAME', file: 'PATH', credential: 'NAME', generate: 'PATH' }
const HELP: { readonly [K in SecretRef['_tag']]: string } = {
  env: 'name of an environment variable',
  file: 'path of a file that only its owner may read',
  credential: 'name of a systemd credential',
  generate: 'path of a file; the password is made and stored there when the file does not exist yet',
}

const NAME_IT: { readonly [K in SecretRef['_tag']]: string } = {
  env: 'put it into an environment variable, and write the name of that here',
  file: 'put it into a file that only its owner may read, and write the path of that here',
  credential: 'give it to the unit with LoadCredential=NAME:PATH, and write that NAME here',
  generate: 'put it into a file that only its owner may read, and write { file: PATH }',
}

const refOf = (kind: SecretRef['_tag'], where: string): SecretRef =>
  kind === 'env' || kind === 'credential' ? { _tag: kind, name: where } : { _tag: kind, path: where }
