// Once: what follows from one thing alone is worked out once, and known for as long as that thing is.

/** Work whose result hangs on nothing but this object. */
export const onceEach = <K extends object, A>(work: (of: K) => A): ((of: K) => A) => {
  const done = new WeakMap<K, { readonly result: A }>()
  return (of) => {
    const known = done.get(of) ?? { result: work(of) }
    done.set(of, known)
    return known.result
  }
}
