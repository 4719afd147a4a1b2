// How a process that runs test files says that one has ended: a line among what the tests themselves say, so that nothing is out of order.

/** What came of one file. */
export type Ended = {
  readonly passed: number
  readonly failed: number
  readonly ms: number
  /** Outputs searched for secrets in it, by channel. */
  readonly searched: ReadonlyArray<readonly [channel: string, count: number]>
}

const MARK = '\u0000ended '

/** The line that says it. */
export const endedLine = (ended: Ended): string => `${MARK}${JSON.stringify(ended)}\n`

/** What was said before that line, and what it tells; `undefined` until it is there whole. */
export const endedIn = (text: string): { readonly said: string; readonly ended: Ended } | undefined => {
  const at = text.indexOf(MARK)
  const end = text.indexOf('\n', at)
  if (at === -1 || end === -1) return undefined
  return { said: text.slice(0, at) + text.slice(end + 1), ended: JSON.parse(text.slice(at + MARK.length, end)) }
}
