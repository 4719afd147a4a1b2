// The terminal as the commands see it: results to `out`, everything else to `err`.

import type { Readers } from '../ports.ts'

export type Terminal = {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Whether results go to a terminal that shows colour. */
  readonly colour: boolean
  /** Columns of the terminal that results go to; endless where they go elsewhere. */
  readonly width: number
  /** Whether a person sits there who can be asked. */
  readonly interactive: boolean
  /** Shows a line of progress, asked for anew each second, until something else is written; only where that can be taken back. */
  readonly foot: (line: () => string) => void
  /** Whether such a line is ever shown. */
  readonly hasFoot: boolean
  readonly ask: (question: string) => Promise<string>
  /** Writes a result to a file, whole or not at all, or into a pipe or a device; why not, in words. */
  readonly save: (path: string, text: string, readers?: Readers) => Promise<string | undefined>
}

/** How a text looks that is for no terminal, or for one that only the asker knows: a command that is broken over two lines cannot be pasted. */
export const PLAIN: Pick<Terminal, 'colour' | 'width'> = { colour: false, width: Number.POSITIVE_INFINITY }
