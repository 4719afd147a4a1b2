// Words: whether a value from outside is one of a list that a type is made of.

/** Whether a value is one of some words. */
export const isOneOf = <W extends string>(words: ReadonlyArray<W>): ((value: unknown) => value is W) => {
  const all = new Set<unknown>(words)
  return (value): value is W => all.has(value)
}
