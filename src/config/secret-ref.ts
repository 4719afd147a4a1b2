// References to secrets: where one is kept, and never what it is.
import { E } from '../fp.ts'
import type { SecretRef } from '../ports.ts'
import { type Codec, codec, isMapping, kindOf, refuse } from './codec.ts'
import { NO_CONTROL, plainFault } from './names.ts'
import { API_KEY } from './secrecy.ts'

// In place of the name of a secret: what is no name, but a key, or the address of a webhook.
const ITSELF = `(?:^|/)${API_KEY}[0-9a-zA-Z]*(?:$|/)|://`
const LOOKS_LIKE_ITSELF = new RegExp(ITSELF)
/** Names that a shell and systemd can set; most passwords are none. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

/** A file in the one directory that systemd gives a unit, and what `LoadCredential=` takes before its colon. */
const CREDENTIAL = /^(?!\.{1,2}$)[ -.0-9;-~]+$/

/** A reference to a secret. A literal is refused, also in place of the name, and never shown. */
export const secretRef = (kinds: ReadonlyArray<SecretRef['_tag']>): Codec<SecretRef> => {
  const form = kinds.map((kind) => `{ ${kind}: ${WHERE[kind]} }`).join(', ')
  const names = { env: VARIABLE.source, credential: CREDENTIAL.source, file: NO_CONTROL, generate: NO_CONTROL }
  const patternOf = (kind: SecretRef['_tag']) => (kind === 'env' ? names.env : `^(?!.*(?:${ITSELF}))${names[kind].slice(1)}`)
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
    if (kind === 'credential' && !CREDENTIAL.test(where))
      return no(
        `the ${place} is a plain name of printable characters, without / or :`,
        'write the name that LoadCredential= gives it',
      )
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

const whereOf = (ref: SecretRef): string => ('name' in ref ? ref.name : ref.path)

/** One text for each place where a secret can be kept. */
export const refKey = (ref: SecretRef): string => `${ref._tag}:${whereOf(ref)}`

/** Such a place in words. */
export const refName = (ref: SecretRef): string => `${ref._tag} ${whereOf(ref)}`
