// io-ts codecs with three things more: strict keys, faults in words with clean paths, and a JSON Schema of the same shape.
// io-ts' own unions and intersections put invisible steps into paths, so none is used.
import * as t from 'io-ts'
import { E } from '../fp.ts'
import { didYouMean, orList, type Path, quoted, quotedKey } from './problem.ts'

/** A JSON Schema, draft 2020-12. */
export type Schema = { readonly [word: string]: unknown }

/** Decodes unknown data, and knows its schema. */
export type Codec<A> = t.Type<A, A, unknown> & { readonly schema: Schema }

/** A fault with what the printing needs: what to point at, and how much of the line may be shown. */
export type Fault = t.ValidationError & {
  readonly part: 'key' | 'value'
  readonly show: 'line' | 'key' | 'before' | 'nothing'
  readonly hint: string | undefined
}

type Extra = { readonly part?: Fault['part']; readonly show?: Fault['show']; readonly hint?: string | undefined }

/** A fault as the only result. Of what holds something nothing is shown unless `extra` says so: it may be anything. */
export const refuse = (value: unknown, context: t.Context, message: string, extra: Extra = {}): t.Validation<never> =>
  t.failures([faultOf(value, context, message, extra)])

const isFull = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length > 0

const faultOf = (value: unknown, context: t.Context, message: string, extra: Extra): Fault => ({
  value,
  context,
  message,
  part: extra.part ?? 'value',
  show: extra.show ?? (isFull(value) ? 'before' : 'line'),
  hint: extra.hint,
})

/** Reads back what `refuse` put in; nothing else makes faults here. */
export const isFault = (error: t.ValidationError): error is Fault => 'part' in error

/** The path of a fault: the keys from the top of the file. */
export const pathOf = (error: t.ValidationError): Path =>
  error.context.slice(1).map(({ key }, at) => (Array.isArray(error.context[at]?.actual) ? Number(key) : key))

/** A codec from a function. */
export const codec = <A>(name: string, schema: Schema, decode: t.Validate<unknown, A>): Codec<A> =>
  Object.assign(new t.Type<A, A, unknown>(name, (input): input is A => E.isRight(decode(input, [])), decode, t.identity), {
    schema,
  })

/** What a value is, without showing it. */
export const kindOf = (input: unknown): string => {
  if (input === null || input === undefined) return 'nothing'
  if (Array.isArray(input)) return 'a list'
  switch (typeof input) {
    case 'string':
      return input === '' ? 'an empty text' : 'text'
    case 'boolean':
      return String(input)
    case 'object':
      return 'a mapping'
    default:
      return 'a number'
  }
}

/** Whether a value is a mapping. */
export const isMapping = (input: unknown): input is { readonly [key: string]: unknown } =>
  typeof input === 'object' && input !== null && !Array.isArray(input)

/** Refuses a value of the wrong kind. Where a list or mapping was expected, what stands there instead is not shown. */
export const wrongKind = (input: unknown, context: t.Context, expected: string): t.Validation<never> => {
  const structure = expected.startsWith('a list') || expected.startsWith('a mapping') || typeof input === 'object'
  return refuse(input, context, `expected ${expected}, got ${kindOf(input)}`, {
    show: structure ? 'before' : 'line',
    hint: hintFor(input, expected),
  })
}

const hintFor = (input: unknown, expected: string): string | undefined => {
  if (expected.startsWith('text') && (typeof input === 'number' || typeof input === 'boolean'))
    return 'quote it, so that it stays as it is written'
  if (expected === 'true or false' && typeof input === 'string' && /^(yes|no|on|off|y|n|true|false)$/i.test(input)) {
    return 'write true or false, without quotes'
  }
  if ((expected === 'a list' || expected === 'a mapping') && input === null) {
    return `write ${expected === 'a list' ? '[]' : '{}'} for an empty one, or remove the key`
  }
  if (input === null) return 'null has no meaning here; remove the key, or give it a value'
  return undefined
}

/** Text; `fault` says what is wrong with it and `schema` as much of it as a schema can. */
export const text = (fault: (text: string) => string | undefined = () => undefined, schema: Schema = {}): Codec<string> =>
  parsed((input) => {
    const message = fault(input)
    return message === undefined ? E.right(input) : E.left(message)
  }, schema)

/** Text that is read into something else. */
export const parsed = <A>(read: (text: string) => E.Either<string, A>, schema: Schema, expected = 'text'): Codec<A> =>
  codec('text', { type: 'string', ...schema }, (input, context) => {
    if (typeof input !== 'string') return wrongKind(input, context, expected)
    const result = read(input)
    return E.isLeft(result) ? refuse(input, context, result.left) : t.success(result.right)
  })

/** true or false. */
export const flag: Codec<boolean> = codec('flag', { type: 'boolean' }, (input, context) =>
  typeof input === 'boolean' ? t.success(input) : wrongKind(input, context, 'true or false'),
)

/** A whole number within bounds. */
export const integer = (least: number, most: number): Codec<number> =>
  codec('integer', { type: 'integer', minimum: least, maximum: most }, (input, context) => {
    if (typeof input !== 'number') return wrongKind(input, context, `a whole number from ${least} to ${most}`)
    return Number.isInteger(input) && input >= least && input <= most
      ? t.success(input)
      : refuse(input, context, `expected a whole number from ${least} to ${most}`)
  })

/** One word of a few. */
export const word = <W extends string>(words: ReadonlyArray<W>): Codec<W> =>
  codec('word', { enum: words }, (input, context) => {
    const found = words.find((one) => one === input)
    if (found !== undefined) return t.success(found)
    if (typeof input !== 'string') return wrongKind(input, context, orList(words))
    return refuse(input, context, `expected ${orList(words)}, got ${quoted(input)}`, { hint: didYouMean(input, words) })
  })

/** A value or null. */
export const nullable = <A>(inner: Codec<A>): Codec<A | null> =>
  codec<A | null>(inner.name, { anyOf: [inner.schema, { type: 'null' }] }, (input, context) =>
    input === null ? t.success(null) : inner.validate(input, context),
  )

/** A value, or null, which switches it off. */
export const orOff = <A>(inner: Codec<A>): Codec<A | undefined> => {
  const { name, schema, validate } = nullable(inner)
  return codec<A | undefined>(name, schema, (input, context) => {
    const result = validate(input, context)
    return E.isRight(result) ? t.success(result.right ?? undefined) : result
  })
}

/** A list. */
export const list = <A>(item: Codec<A>): Codec<ReadonlyArray<A>> => {
  const inner = t.array(item)
  return codec<ReadonlyArray<A>>('list', { type: 'array', items: item.schema }, (input, context) =>
    Array.isArray(input) ? inner.validate(input, context) : wrongKind(input, context, 'a list'),
  )
}

/** A mapping with names of the user's own: profiles. */
export const named = <A>(item: Codec<A>): Codec<ReadonlyMap<string, A>> =>
  codec<ReadonlyMap<string, A>>('named', { type: 'object', additionalProperties: item.schema }, (input, context) => {
    if (!isMapping(input)) return wrongKind(input, context, 'a mapping')
    const found = new Map<string, A>()
    const errors: Array<t.ValidationError> = []
    for (const [name, value] of Object.entries(input)) {
      const result = item.validate(value, t.appendContext(context, name, item, value))
      if (E.isLeft(result)) for (const error of result.left) errors.push(error)
      else found.set(name, result.right)
    }
    return errors.length > 0 ? t.failures(errors) : t.success(found)
  })

/** A key of a mapping: its codec, what it is for, and what it comes to where it is left out. */
export type Key<A> = Codec<A> & { readonly description: string; readonly absent: 'refused' | 'nothing' | 'preset' }

/** What a key stands for where it is left out, as a file would say it. */
type Preset = string | number | boolean | null | ReadonlyArray<never>

/** A key that must be there. */
export const required = <A>(description: string, inner: Codec<A>): Key<A> =>
  key(inner, { description, absent: 'refused' }, (input, context) =>
    input === undefined ? refuse(input, context, 'required, but missing') : inner.validate(input, context),
  )

/** A key that may be left out, and then says nothing. */
export const optional = <A>(description: string, inner: Codec<A>): Key<A | undefined> =>
  key<A | undefined>(inner, { description, absent: 'nothing' }, (input, context) =>
    input === undefined ? t.success(undefined) : inner.validate(input, context),
  )

/** A key that may be left out, and then says what the schema shows as its default. */
export const preset = <A>(description: string, inner: Codec<A>, value: Preset): Key<A> =>
  key(inner, { description, absent: 'preset', shown: { default: value } }, (input, context) =>
    inner.validate(input === undefined ? value : input, context),
  )

/** A mapping or list that may be left out, and then says what it says when it is empty. */
export const section = <A>(description: string, inner: Codec<A>, empty: Readonly<Record<string, never>> | readonly []): Key<A> =>
  key(inner, { description, absent: 'preset' }, (input, context) => inner.validate(input === undefined ? empty : input, context))

const key = <A>(
  inner: { readonly name: string; readonly schema: Schema },
  { shown, ...about }: Pick<Key<A>, 'description' | 'absent'> & { readonly shown?: Schema },
  decode: t.Validate<unknown, A>,
): Key<A> => Object.assign(codec(inner.name, { ...inner.schema, description: about.description, ...shown }, decode), about)

type Keys = { readonly [name: string]: t.Mixed & { readonly schema: Schema; readonly absent: Key<unknown>['absent'] } }
type Decoded<K extends Keys> = { [N in keyof K]: t.TypeOf<K[N]> }

/** A mapping with exactly these keys; every fault in it is found at once. */
export const struct = <K extends Keys>(keys: K, unknownHint?: (key: string) => string | undefined): Codec<Decoded<K>> => {
  const inner = t.type(keys)
  const names = Object.keys(keys)
  const each = Object.entries(keys)
  const needed = each.flatMap(([name, { absent }]) => (absent === 'nothing' ? [] : [name]))
  const isWhole = (value: object): value is Decoded<K> => needed.every((name) => Object.hasOwn(value, name))
  const schema: Schema = {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, keys[name]?.schema])),
    required: names.filter((name) => keys[name]?.absent === 'refused'),
    additionalProperties: false,
  }
  return codec<Decoded<K>>('mapping', schema, (input, context) => {
    if (!isMapping(input)) return wrongKind(input, context, 'a mapping')
    const strangers = Object.keys(input).filter((name) => !Object.hasOwn(keys, name))
    const faults = strangers.map((name) =>
      faultOf(undefined, [...context, { key: name, type: inner, actual: input[name] }], `unknown key ${quotedKey(name)}`, {
        part: 'key',
        show: 'key',
        hint: unknownHint?.(name) ?? didYouMean(name, names) ?? `known keys here: ${names.join(', ')}`,
      }),
    )
    // Most keys of most users are absent, and what is absent has nothing to be looked at.
    const errors: Array<t.ValidationError> = [...faults]
    let decoded = input
    for (const [name, codec] of each) {
      if (codec.absent === 'nothing' && !Object.hasOwn(input, name)) continue
      const value = input[name]
      const result = codec.validate(value, t.appendContext(context, name, codec, value))
      if (E.isLeft(result)) for (const error of result.left) errors.push(error)
      else if (result.right !== value || !Object.hasOwn(input, name)) decoded = { ...decoded, [name]: result.right }
    }
    return errors.length === 0 && isWhole(decoded) ? t.success(decoded) : t.failures(errors)
  })
}
