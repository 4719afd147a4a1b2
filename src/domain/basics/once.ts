// Once: what follows from one thing alone is worked out once, and known for as long as that thing is.

import type { Work } from './work.ts'

/** Work whose result hangs on nothing but this object. */
export const onceEach = <K extends object, A>(work: (of: K) => A): ((of: K) => A) => {
  const done = new WeakMap<K, { readonly result: A }>()
  return (of) => {
    const known = done.get(of) ?? { result: work(of) }
    done.set(of, known)
    return known.result
  }
}

/** The same of work that is done in steps. */
export const onceEachInSteps = <K extends object, A>(work: (of: K) => Work<A>): ((of: K) => Work<A>) => {
  const done = new WeakMap<K, { readonly result: A }>()
  return function* (of) {
    const known = done.get(of) ?? { result: yield* work(of) }
    done.set(of, known)
    return known.result
  }
}
