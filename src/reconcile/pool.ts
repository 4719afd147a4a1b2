// A pool: at most `width` at once, in order, and none started once `stop` says so. Order and stopping are the point, so it is a plain loop.

type Work<A, B> = {
  readonly items: ReadonlyArray<A>
  readonly width: number
  readonly work: (item: A) => Promise<B>
  /** What an item gets instead of work; `undefined` lets it start. */
  readonly stopped: (item: A) => B | undefined
}

/** Results in the order of the items. */
export const inPool = async <A, B>({ items, width, work, stopped }: Work<A, B>): Promise<ReadonlyArray<B>> => {
  const results = new Map<number, B>()
  const waiting = items.entries()
  const worker = async (): Promise<void> => {
    for (const [at, item] of waiting) results.set(at, stopped(item) ?? (await work(item)))
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
  return items.flatMap((_, at) => {
    const result = results.get(at)
    return result === undefined ? [] : [result]
  })
}
