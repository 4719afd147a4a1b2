// A question to the person at the terminal. What it is about gets older while it stands, and holds up others: so no answer in time is no.
import { createInterface } from 'node:readline/promises'

type At = {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
  /** Aborted when no answer is wanted any more. */
  readonly signal: AbortSignal
  readonly withinMs: number
}

/** Asks; the line that is typed, or nothing where none comes. */
export const asked = async ({ input, output, signal, withinMs }: At, question: string): Promise<string> => {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), withinMs)
  const prompt = createInterface({ input, output })
  const closed = new Promise<string>((settle) => prompt.once('close', () => settle('')))
  const typed = prompt.question(question, { signal: AbortSignal.any([signal, late.signal]) }).catch(() => '')
  try {
    return await Promise.race([typed, closed])
  } finally {
    if (late.signal.aborted) output.write(`no answer in ${Math.round(withinMs / 60_000)} minutes, which is no\n`)
    clearTimeout(timer)
    prompt.close()
  }
}
