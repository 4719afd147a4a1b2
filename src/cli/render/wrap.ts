// Lines that are longer than a terminal is wide, broken between words, what follows further in than the line itself. What is there to be
// copied stays whole: a word that is too long by itself, such as a digest, and a line that is a command.
import stringWidth from 'fast-string-width'

const COMMAND = /^ *(?:\p{Cc}\[[0-9;]*m)*smtp2go-reconciler /u
const STEP = 4
// Further in than this nothing would be left to write in.
const MOST_INDENT = 10

/** How many columns of a terminal a text takes: none for colours, two for each character of the wide scripts. */
export const columnsOf = (text: string): number => stringWidth(text)

/** A text with blanks up to so many columns. */
export const padded = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - columnsOf(text)))

/** A text whose lines fit the width. */
export const wrapped = (text: string, width: number): string =>
  Number.isFinite(width)
    ? text
        .split('\n')
        .map((line) => wrappedLine(line, width))
        .join('\n')
    : text

const wrappedLine = (line: string, width: number): string => {
  if (columnsOf(line) <= width || COMMAND.test(line)) return line
  const indent = line.length - line.trimStart().length
  const hanging = ' '.repeat(Math.min(indent + STEP, MOST_INDENT))
  const lines: Array<string> = []
  let current = ' '.repeat(indent)
  let [columns, empty] = [indent, true]
  // Gaps of several spaces are there to align or to set apart, so they stay as long as both sides are on one line.
  for (const [, gap = '', word = ''] of line.slice(indent).matchAll(/( *)([^ ]+)/g)) {
    const wide = columnsOf(word)
    if (!empty && columns + gap.length + wide > width) {
      lines.push(current)
      ;[current, columns, empty] = [`${hanging}${word}`, hanging.length + wide, false]
    } else {
      const between = empty ? '' : gap
      ;[current, columns, empty] = [`${current}${between}${word}`, columns + between.length + wide, false]
    }
  }
  return [...lines, current].join('\n')
}
