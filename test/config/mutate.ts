// Mutants of configs: a valid one as data, changed in its structure by a few steps, and written as YAML again with what only text can say:
// keys that stand twice, anchors, aliases, tags, numbers that are none. Numbers draw all of it, so that a mutant can be made small.

/** One step: which change, where, and with what. */
export type Step = readonly [what: number, where: number, how: number]

type Fields = Readonly<Record<string, unknown>>
type Way = ReadonlyArray<string | number>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const entriesOf = (value: Fields): ReadonlyArray<readonly [string, unknown]> => Object.entries(value)
// Keys such as `__proto__` are data too.
const fieldsOf = (entries: ReadonlyArray<readonly [string, unknown]>): Fields => Object.fromEntries(entries)

/** Every way into a value but the one that leads nowhere. */
const waysIn = (value: unknown, way: Way = []): ReadonlyArray<Way> => {
  const inner: ReadonlyArray<readonly [string | number, unknown]> = Array.isArray(value)
    ? value.map((one: unknown, at) => [at, one] as const)
    : isFields(value)
      ? entriesOf(value)
      : []
  return inner.flatMap(([step, one]) => [[...way, step], ...waysIn(one, [...way, step])])
}

const at = (value: unknown, way: Way): unknown =>
  way.reduce<unknown>(
    (one, step) =>
      Array.isArray(one) ? one[Number(step)] : isFields(one) ? entriesOf(one).find(([key]) => key === step)?.[1] : undefined,
    value,
  )

type Entry = readonly [string | number, unknown]

/** A value with the entry at a way replaced by others. */
const changed = (value: unknown, [step, ...rest]: Way, change: (entry: Entry) => ReadonlyArray<Entry>): unknown => {
  const each = (entry: Entry): ReadonlyArray<Entry> =>
    entry[0] !== step ? [entry] : rest.length === 0 ? change(entry) : [[entry[0], changed(entry[1], rest, change)]]
  if (Array.isArray(value)) return value.flatMap((one: unknown, n) => each([n, one])).map(([, one]) => one)
  return isFields(value)
    ? fieldsOf(
        entriesOf(value)
          .flatMap(each)
          .map(([key, one]) => [String(key), one]),
      )
    : value
}

/** What stands in place of text that is no data; each is put in once all is written. */
const RAW = '@raw'
const raw = (text: string): string => `${RAW}${Buffer.from(text).toString('hex')}@`
const unraw = (text: string): string =>
  text.replaceAll(/"@raw((?:[0-9a-f]{2})*)@"/g, (_, hex: string) => Buffer.from(hex, 'hex').toString('utf8'))

const SCALARS: ReadonlyArray<unknown> = [
  null,
  true,
  0,
  -1,
  1e308,
  2 ** 53 + 2,
  '',
  ' ',
  'x'.repeat(5000),
  '*',
  'a@b.example',
  'bücher@a.example',
  'ａdmin@a.example',
  '\u202eevil',
  '\u0000',
  '\ud800',
  '2026-02-30',
  '1 fortnight',
  '../../etc/passwd',
  '__proto__',
  [],
  {},
  [[]],
  [{ username: null }],
  ...['.inf', '.nan', '0o17', '0x1f', '1:30', 'NO', '99999999999999999999999', '1e999', '-0', '~', '2026-11-24'].map(raw),
  ...['&a [1]', '*a', '!!binary aGk=', '!!python/object x', '!!set {a, b}', '!x {}', '{<<: {a: 1}}', '{? [a]: 1}'].map(raw),
  ...['"\\x00"', '|\n  x', '>-\n  x', '[1, 2', '{a: 1', '"', '# ', '- -', '%YAML 1.1', '---', '...', '@', '`'].map(raw),
]
const KEYS = [
  '__proto__',
  'constructor',
  'toString',
  'username',
  'status',
  'email_password',
  'users',
  'absent',
  'unlisted',
  'policy',
  '<<',
  '',
  ' ',
  'USERNAME',
  'usеrname',
  'null',
  'x'.repeat(300),
]

const one = <A>(items: ReadonlyArray<A>, n: number): A | undefined => items[n % items.length]

const deep = (value: unknown, depth: number): unknown =>
  depth === 0 ? value : deep(depth % 2 === 0 ? [value] : { users: value }, depth - 1)

type Change = (value: unknown, way: Way, how: number, ways: ReadonlyArray<Way>) => unknown

// Somebody else's value of the same key, which may well do here too.
const alike: Change = (value, way, how, ways) => {
  const from = one(
    ways.filter((other) => other.at(-1) === way.at(-1)),
    how,
  )
  return from === undefined ? value : changed(value, way, ([key]) => [[key, at(value, from)]])
}

const CHANGES: ReadonlyArray<Change> = [
  alike,
  alike,
  // Drop.
  (value, way) => changed(value, way, () => []),
  (value, way) => changed(value, way, () => []),
  // Duplicate: of a list the item, of a mapping the key, which only text can say twice.
  (value, way, how) =>
    changed(value, way, ([key, inner]) => [
      [key, inner],
      [raw(JSON.stringify(String(key))), how % 2 === 0 ? inner : one(SCALARS, how)],
    ]),
  // Rename.
  (value, way, how) => changed(value, way, ([, inner]) => [[one(KEYS, how) ?? '', inner]]),
  // Another type.
  (value, way, how) => changed(value, way, ([key]) => [[key, one(SCALARS, how)]]),
  // Move, or swap.
  (value, way, how, ways) => {
    const to = one(ways, how) ?? way
    const [here, there] = [at(value, way), at(value, to)]
    const moved = changed(value, to, ([key]) => [[key, here]])
    return how % 2 === 0 ? moved : changed(moved, way, ([key]) => [[key, there]])
  },
  // Nest.
  (value, way, how) => changed(value, way, ([key, inner]) => [[key, deep(inner, 1 + (how % 40))]]),
  // Anchors, aliases and tags before what is there.
  (value, way, how) =>
    changed(value, way, ([key, inner]) => [
      [key, raw(`${one(['&a ', '!!str ', '!t ', '!!map ', '&a !!seq ', '*a '], how) ?? ''}${unraw(JSON.stringify(inner))}`)],
    ]),
  // The same many times.
  (value, way, how) =>
    changed(value, way, ([key, inner]) => Array.from({ length: 2 + (how % 9) }, (_, n) => [n === 0 ? key : `${key}${n}`, inner])),
]

/**
 * A secret as somebody writes it by mistake; it is written last, so that nothing moves it to where text may be shown, and never as nothing but
 * the name of a variable, which is told, also where the file is cut off after it.
 */
const withLiteral = (value: unknown, n: number, literal: string): unknown => {
  const places = waysIn(value).filter((way) => way.at(-1) === 'email_password')
  const way = one(places, n)
  return way === undefined
    ? value
    : changed(value, way, ([key]) => [
        [key, one([literal, { literal, env: literal.repeat(1) }, [literal], { value: literal }], n)],
      ])
}

/** What a mutant came to: its text, and whether its end is its own. */
export type Mutant = { readonly text: string; readonly names: ReadonlySet<string>; readonly isCut: boolean }

type Drawn = { readonly steps: ReadonlyArray<Step>; readonly literal: number; readonly indent: number; readonly cut: number }

// Whatever is cut off between two lines leaves a shorter list.
const inLines = (value: Fields): string =>
  entriesOf(value)
    .map(([key, inner]) => {
      const said =
        Array.isArray(inner) && inner.length > 0
          ? inner.map((item: unknown) => `\n- ${JSON.stringify(item)}`).join('')
          : ` ${JSON.stringify(inner)}`
      return `${JSON.stringify(key)}:${said}`
    })
    .join('\n')

/** A mutant of this data. `literal` and `cut` below zero: none. */
export const mutantOf = (data: unknown, secret: string, { steps, literal, indent, cut }: Drawn): Mutant => {
  let value = data
  for (const [what, where, how] of steps) {
    const ways = waysIn(value)
    const way = one(ways, where)
    if (way !== undefined) value = one(CHANGES, what)?.(value, way, how, ways)
  }
  if (literal >= 0) value = withLiteral(value, literal, secret)
  const written = indent === 0 && isFields(value) ? inLines(value) : JSON.stringify(value, undefined, indent)
  const whole = `${unraw(written ?? '')}\n...\n`
  const isCut = cut >= 0
  const text = isCut ? whole.slice(0, cut % (whole.length - 4)) : whole
  // Whatever stands as a whole text in it may come to be a username, and nothing else.
  const texts = waysIn(value)
    .map((way) => at(value, way))
    .filter((inner) => typeof inner === 'string')
  const names = new Set([
    ...texts,
    ...texts.map((inner) => unraw(`"${inner}"`)),
    ...[...text.matchAll(/[^\s"'[\]{},:&*!|>#]+/gu)].map(([name]) => name),
  ])
  return { text, names, isCut }
}
