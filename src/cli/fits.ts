// Whether what comes from outside is of a type. The tests are put together as the type is, so that a type that grows does not compile
// before its test does. What a type does not know is let through.

export type Fits<A> = (value: unknown) => value is A

export const text: Fits<string> = (value): value is string => typeof value === 'string'
export const number: Fits<number> = (value): value is number => typeof value === 'number'
export const flag: Fits<boolean> = (value): value is boolean => typeof value === 'boolean'
/** A JSON document, whatever is in it. */
export const document: Fits<unknown> = (value): value is unknown => typeof value === 'object'

/** JSON leaves out what is undefined. */
export const maybe =
  <A>(fits: Fits<A>): Fits<A | undefined> =>
  (value): value is A | undefined =>
    value === undefined || fits(value)

export const list =
  <A>(fits: Fits<A>): Fits<ReadonlyArray<A>> =>
  (value): value is ReadonlyArray<A> =>
    Array.isArray(value) && value.every((one) => fits(one))

/** One of some words. */
export const word =
  <A extends string>(words: { readonly [W in A]: true }): Fits<A> =>
  (value): value is A =>
    typeof value === 'string' && Object.hasOwn(words, value)

export type Fields<A> = { readonly [K in keyof A]-?: Fits<A[K]> }

const own = (value: object, key: string): unknown => Object.getOwnPropertyDescriptor(value, key)?.value

export const record =
  <A extends object>(fields: Fields<A>): Fits<A> =>
  (value): value is A => {
    if (typeof value !== 'object' || value === null) return false
    for (const key in fields) if (!fields[key](own(value, key))) return false
    return true
  }

type Cases<A extends { readonly _tag: string }> = {
  readonly [T in A['_tag']]: Fields<Omit<Extract<A, { readonly _tag: T }>, '_tag'>>
}

/** One of some records, told apart by their tag. */
export const tagged =
  <A extends { readonly _tag: string }, C extends Cases<A> = Cases<A>>(cases: C): Fits<A> =>
  (value): value is A => {
    if (typeof value !== 'object' || value === null) return false
    const tag = own(value, '_tag')
    for (const one in cases) if (one === tag) return record(cases[one])(value)
    return false
  }
