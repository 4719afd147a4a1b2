// A pool: at most `width` at once, started in order, and none once `stopped` says so. Order and stopping are the point, so it is a plain loop.

type Work<A, B> = {
  readonly items: ReadonlyArray<A>
  readonly width: number
  readonly work: (item: A) => Promise<B>
  /** What an item gets instead of work; `undefined` lets it start. */
  readonly stopped: (item: A) => B | undefined
  /** Whether it may start while so many others are under way; where it may not, it waits until one of them has ended. */
  readonly beside?: (item: A, underWay: number) => boolean
}

/** Results in the order of the items. */
export const inPool = async <A, B>({
  items,
  width,
  work,
  stopped,
  beside = () => true,
}: Work<A, B>): Promise<ReadonlyArray<B>> => {
  const results = new Map<number, B>()
  const underWay = new Set<Promise<void>>()
  const mayStart = (item: A): boolean => underWay.size === 0 || (underWay.size < width && beside(item, underWay.size))
  for (const [at, item] of items.entries()) {
    while (!mayStart(item)) await Promise.race(underWay)
    const instead = stopped(item)
    if (instead !== undefined) {
      results.set(at, instead)
      continue
    }
    const one: Promise<void> = work(item)
      .then((result) => void results.set(at, result))
      .finally(() => underWay.delete(one))
    underWay.add(one)
  }
  await Promise.all(underWay)
  return items.flatMap((_, at) => {
    const result = results.get(at)
    return result === undefined ? [] : [result]
  })
}
