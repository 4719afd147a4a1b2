// Problems as people read them: place, path in words, what was expected, the line with a caret, and what to do.
//
//   config.yaml:14:5  users[3].stauts: unknown key 'stauts'
//     14 |     stauts: blocked
//        |     ^
//     did you mean 'status'?
import type { Problem } from '../../domain/basics/failure.ts'
import { visible } from '../../domain/basics/visible.ts'
import { columnsOf } from './wrap.ts'

/** A problem as text of one or more lines, without a line end. */
export const printProblem = (problem: Problem): string => {
  const { file, line, column, path, message, hint } = problem
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`
  const head = `${place}  ${path === '' ? '' : `${path}: `}${message}`
  return [visible(head), ...excerptLines(problem), ...(hint === undefined ? [] : [`  ${visible(hint)}`])].join('\n')
}

// A tab is one blank wide, so that the caret stands where it should.
const shown = (line: string): string => visible(line.replace(/\t/g, ' '))

const excerptLines = ({ line, column, excerpt }: Problem): ReadonlyArray<string> => {
  if (excerpt === undefined || line === undefined) return []
  const margin = String(line)
  // As wide as what stands before the place; what is cut off there counts as blank.
  const before = columnsOf(shown(excerpt.padEnd((column ?? 1) - 1).slice(0, (column ?? 1) - 1)))
  return [`  ${margin} | ${shown(excerpt).trimEnd()}`, `  ${' '.repeat(margin.length)} | ${' '.repeat(before)}^`]
}
