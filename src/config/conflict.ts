// A merge that nobody finished: the lines that a version control system leaves around two sides. Whatever else is wrong there follows from them.
import { counted } from '../domain/basics/counted.ts'
import type { FaultAt } from './tokens.ts'

const HINT = 'keep one of the two sides, and delete the lines that begin with <<<<<<<, ======= and >>>>>>>'
const OPENS = /^<{7}(?: |\r?$)/
const PARTS = /^={7}\r?$/
const CLOSES = /^>{7}(?: |\r?$)/

/** The conflicts in a text that is no YAML. */
export const conflictsIn = (text: string): ReadonlyArray<FaultAt> => {
  const found: Array<FaultAt> = []
  let open: { readonly offset: number; readonly lines: number; readonly parted: boolean } | undefined
  let offset = 0
  for (const line of text.split('\n')) {
    if (OPENS.test(line)) open = { offset, lines: 0, parted: false }
    else if (open !== undefined) {
      open = { ...open, lines: open.lines + 1, parted: open.parted || PARTS.test(line) }
      if (open.parted && CLOSES.test(line)) {
        const message = `a merge conflict was left here: this line and the ${counted(open.lines, 'line')} that follow`
        found.push({ offset: open.offset, message, hint: HINT })
        open = undefined
      }
    }
    offset += line.length + 1
  }
  return found
}
