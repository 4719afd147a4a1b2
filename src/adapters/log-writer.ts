// Writing the lines of a log, whatever becomes of where they go: a disk that is full, a reader who is gone or does not read. Whoever has
// something to say is neither failed nor kept from it; how many lines were lost is said with the first one that gets through again.
import { codeOf } from './system.ts'

type Options = {
  /** Writes bytes, or the first of them, and gives how many; throws where it cannot. */
  readonly write: (bytes: Buffer) => number
  /** The line that says how many lines were lost. */
  readonly lossOf: (count: number) => string
}

// So long a line waits for a reader who is slow, as at the other end of a pipe. The whole process stands still meanwhile: nobody would notice
// that, and neither a signal nor an emergency stop comes too late for it.
const PATIENCE_MS = 150
const BUSY_MS = 10

/** Writes lines, each before it returns, and never throws. */
export const logWriter = ({ write, lossOf }: Options): ((line: string) => void) => {
  // What is still to come of what was begun: the next line must not go on in the middle of another.
  let rest = NOTHING
  let lost = 0
  // A reader for whom a line has waited in vain is not waited for again until one gets through: each line would take that long.
  let isPatient = true
  const isOut = (until: number): boolean => {
    while (rest.length > 0) {
      const count = written(write, rest, until)
      if (count === 0) return false
      rest = rest.subarray(count)
    }
    return true
  }
  return (line) => {
    const until = isPatient ? performance.now() + PATIENCE_MS : Number.NEGATIVE_INFINITY
    isPatient = isOut(until)
    if (!isPatient) {
      lost += 1
      return
    }
    const whole = Buffer.from(lost === 0 ? line : `${lossOf(lost)}${line}`)
    rest = whole
    isPatient = isOut(until)
    const isBegun = isPatient || rest.length < whole.length
    lost = isBegun ? 0 : lost + 1
    if (!isBegun) rest = NOTHING
  }
}

const NOTHING: Buffer = Buffer.alloc(0)

/** How many of the first bytes were written; none where nothing can be, by then at the latest. */
const written = (write: Options['write'], bytes: Buffer, until: number): number => {
  for (;;) {
    try {
      return write(bytes)
    } catch (thrown) {
      if (codeOf(thrown) !== 'EAGAIN' || performance.now() >= until) return 0
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MS)
    }
  }
}
