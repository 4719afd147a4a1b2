// Canaries: every key and password of a test is one of a kind, and every byte that the program puts out is searched for it: as it is, and in
// each encoding that a log, a page or a request could have put it into, also in parts of eight bytes.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A text that nobody may see, and what is searched for. */
type Canary = { readonly name: string; readonly text: string; readonly needles: ReadonlySet<string> }

/** Looks for canaries, and counts what it has looked at. */
export type Scanner = {
  readonly add: (name: string, text: string) => void
  /** Where a canary was found, in words without it. */
  readonly search: (where: string, output: string | Buffer) => ReadonlyArray<string>
  readonly scanned: () => number
}

const WINDOW = 8

/** A scanner that knows no canary yet. */
export const scanner = (): Scanner => {
  const canaries: Array<Canary> = []
  let scanned = 0
  return {
    add: (name, text) => {
      if (!canaries.some((one) => one.text === text)) canaries.push({ name, text, needles: needlesOf(text) })
    },
    search: (where, output) => {
      scanned += 1
      const text = typeof output === 'string' ? output : output.toString('latin1')
      // A byte string and its characters are two ways in which the same could be seen.
      const views = typeof output === 'string' ? [text, Buffer.from(output).toString('latin1')] : [text, output.toString('utf8')]
      return canaries.flatMap(({ name, needles }) =>
        views.some((view) => holds(view, needles)) ? [`${name} is seen in ${where}`] : [],
      )
    },
    scanned: () => scanned,
  }
}

const holds = (text: string, needles: ReadonlySet<string>): boolean => {
  const lengths = new Set([...needles].map(({ length }) => length))
  for (const length of lengths)
    for (let at = 0; at + length <= text.length; at += 1) if (needles.has(text.slice(at, at + length))) return true
  return false
}

const needlesOf = (text: string): ReadonlySet<string> => {
  const bytes = Buffer.from(text)
  const needles = new Set<string>()
  const parts = (whole: string, length: number): void => {
    for (let at = 0; at + length <= whole.length; at += 1) needles.add(whole.slice(at, at + length))
    if (whole.length < length && whole !== '') needles.add(whole)
  }
  parts(text, WINDOW)
  parts(bytes.toString('latin1'), WINDOW)
  parts(JSON.stringify(text).slice(1, -1), WINDOW)
  parts(encodeURIComponent(text), WINDOW)
  parts(text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'), WINDOW)
  parts(bytes.toString('hex'), WINDOW * 2)
  parts(bytes.toString('hex').toUpperCase(), WINDOW * 2)
  // What stands before shifts base64, so each of the three shifts is searched, without the characters that the neighbours change.
  for (const shift of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes])
    for (const encoding of ['base64', 'base64url'] as const) {
      const whole = shifted.toString(encoding).replace(/=+$/, '')
      parts(whole.slice(shift === 0 ? 0 : shift + 1, -1), WINDOW + 2)
    }
  }
  return needles
}

/** The files of a folder and its subfolders, each with its bytes; none of the names in `except`. */
export const filesIn = async (dir: string, except: ReadonlySet<string>): Promise<ReadonlyArray<readonly [string, Buffer]>> => {
  const found: Array<readonly [string, Buffer]> = []
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || except.has(path)) continue
    const bytes = await readFile(path).catch(() => undefined)
    if (bytes !== undefined) found.push([path, bytes])
  }
  return found
}
