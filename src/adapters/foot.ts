// The foot of a terminal: one line that says how far something is, made anew each second, and gone before anything else is written.

export type Foot = {
  /** Shows a line; it is asked for anew while it stands. */
  readonly show: (line: () => string) => void
  readonly clear: () => void
}

type Stream = { readonly write: (text: string) => unknown; readonly columns?: number }

const CLEAR = '\r\u001b[K'
// Often enough to be followed by an eye.
const LEAST_MS = 100

// A serial line and the like say 0.
const widthOf = ({ columns = 0 }: Stream): number => (columns > 0 ? columns : 80)

/** The foot of a terminal. */
export const foot = (stream: Stream): Foot => {
  let shown: (() => string) | undefined
  let drawnAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  const draw = (): void => {
    drawnAt = performance.now()
    // A line that fills the last column would wrap, and could not be taken back.
    const text = [...(shown?.() ?? '')].slice(0, Math.max(1, widthOf(stream) - 1)).join('')
    stream.write(`${CLEAR}${text}`)
  }
  return {
    show: (line) => {
      const first = shown === undefined
      shown = line
      timer ??= setInterval(draw, 1000).unref()
      if (first || performance.now() - drawnAt >= LEAST_MS) draw()
    },
    clear: () => {
      clearInterval(timer)
      timer = undefined
      if (shown !== undefined) stream.write(CLEAR)
      shown = undefined
    },
  }
}

/** Where no line can be rewritten, such as in a pipe. */
export const noFoot: Foot = { show: () => undefined, clear: () => undefined }
