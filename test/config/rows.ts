// The rows of the texts of broken configs: a title, which may end with the class of bad input it is of, the files, and what is printed of them.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Files } from './load.ts'

export type Row = { readonly title: string; readonly files: string; readonly expected: string }

/** The texts, by place. */
export const TEXTS = ['broken.txt', 'wrong.txt', 'classes.txt'].map((name) => resolve(import.meta.dirname, name))

/** The rows of one text. */
export const readRows = (text: string): ReadonlyArray<Row> =>
  text
    .split(/^=== /m)
    .slice(1)
    .map((row) => {
      const [, title = '', files = '', expected = ''] = /^(.*)\n([\s\S]*?)^>>>\n([\s\S]*)$/m.exec(row) ?? []
      return { title, files, expected: expected.trimEnd() }
    })

/** The rows of all texts, or of those whose name matches. */
export const allRows = (name = ''): ReadonlyArray<Row> =>
  TEXTS.filter((file) => file.endsWith(name)).flatMap((file) => readRows(readFileSync(file, 'utf8')))

/** The class that a title names behind its last `#`. */
export const classOf = ({ title }: Row): string | undefined => / #([\w-]+)$/.exec(title)?.[1]

/** With the characters that no reader would see in a row, and without the line end that only the row needs. */
const asIs = (text: string): string =>
  text
    .replaceAll(/<U\+([0-9A-F]{4})>/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/<END>\n$/, '')

/** The files of a row, as they are read. */
export const filesOf = (text: string): Files => {
  const [main = '', ...more] = text.split(/^--- /m)
  const included = more.map((part) => [part.slice(0, part.indexOf('\n')), asIs(part.slice(part.indexOf('\n') + 1))])
  return { 'config.yaml': asIs(main), ...Object.fromEntries(included) }
}
