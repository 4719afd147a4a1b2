// Work in steps: what takes long over many users says where it may be interrupted, and whoever does it decides whether to. What it comes to
// does not depend on that, since everything that it is made from stays as it was when it began.

/** Something that is worked out step by step. */
export type Work<A> = Generator<undefined, A, undefined>

/** So many items are one step. */
const STEP = 100

/** What comes of each item, in their order. */
export function* each<A, B>(items: Iterable<A>, of: (item: A) => B): Work<ReadonlyArray<B>> {
  const results: Array<B> = []
  for (const item of items) {
    results.push(of(item))
    if (results.length % STEP === 0) yield
  }
  return results
}

/** Does work without interruption. */
export const atOnce = <A>(work: Work<A>): A => {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
  }
}

/** What is worked out when it is asked for first, since at most looks nobody asks. */
export const whenAsked = <A>(work: () => A): (() => A) => {
  let known: { readonly result: A } | undefined
  return () => {
    known ??= { result: work() }
    return known.result
  }
}
