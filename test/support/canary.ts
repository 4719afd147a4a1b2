// Canaries: every key and password of a test is one of a kind, and every byte that the program puts out is searched for it: as it is, and in
// each encoding that a log, a page or a request could have put it into, also in parts of eight bytes. An output is what somebody reads as
// one thing: a line of a log or of the journal, a document, a file, an answer, a message. What is read again is not counted again.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The ways out of the program. */
export const CHANNELS = [
  'standard output',
  'standard error',
  'a journal',
  'a ledger',
  'a file',
  'a file name',
  'an exported plan',
  'an HTTP answer',
  'the control socket',
  'a notification',
  'an argument or variable of a child',
] as const
export type Channel = (typeof CHANNELS)[number]

/** Looks for the canaries of one test, and counts what it has looked at. */
export type Scanner = {
  /** Names a text that nobody may see. */
  readonly add: (name: string, text: string) => void
  /** Searches an output, line by line where a line is an output; gives where a canary was found, in words without it. */
  readonly search: (channel: Channel, output: string | Buffer, name?: string) => ReadonlyArray<string>
  readonly scanned: (channel?: Channel) => number
  /** Ends the part that this test has in what is searched for by `searchEverywhere`. */
  readonly close: () => void
}

// What is read again and again while a test goes on: only what is new in it is an output.
const READ_AGAIN: ReadonlySet<Channel> = new Set(['a journal', 'a ledger', 'a file', 'a file name', 'an exported plan'])
const BY_LINE: ReadonlySet<Channel> = new Set(['standard error', 'a journal', 'an argument or variable of a child'])
// A text for people is read line by line, a document of JSON as one thing.
const BY_LINE_UNLESS_JSON: ReadonlySet<Channel> = new Set(['standard output', 'an exported plan'])
const isByLine = (channel: Channel, bytes: Buffer): boolean =>
  BY_LINE.has(channel) || (BY_LINE_UNLESS_JSON.has(channel) && bytes[0] !== 0x7b && bytes[0] !== 0x5b)
const WINDOW = 8

const open = new Set<Scanner>()
const totals = new Map<Channel, number>()

/** How many outputs were searched in this process, by channel. */
export const searchedSoFar = (): ReadonlyMap<Channel, number> => totals

/** Searches an output that came from some test's program, whichever it is. */
export const searchEverywhere = (channel: Channel, output: string | Buffer): void => {
  const found = [...open].flatMap((one) => one.search(channel, output))
  if (found.length > 0) throw new Error(`C1: secrets were let out: ${found.join('; ')}`)
}

/** A scanner that knows no canary yet. */
export const scanner = (): Scanner => {
  const names = new Map<string, string>()
  const needles = needleTable()
  const seen = new Set<string>()
  const counts = new Map<Channel, number>()
  const isNew = (channel: Channel, bytes: Buffer): boolean => {
    if (READ_AGAIN.has(channel)) {
      const print = `${channel} ${createHash('sha1').update(bytes).digest('base64')}`
      if (seen.has(print)) return false
      seen.add(print)
    }
    counts.set(channel, (counts.get(channel) ?? 0) + 1)
    totals.set(channel, (totals.get(channel) ?? 0) + 1)
    return true
  }
  const one: Scanner = {
    add: (name, text) => {
      if (names.has(text)) return
      names.set(text, name)
      for (const needle of needlesOf(text)) needles.add(needle, name)
      // What was searched before was not searched for this one.
      seen.clear()
    },
    search: (channel, output, name = channel) => {
      const whole = typeof output === 'string' ? Buffer.from(output) : output
      const found = new Set<string>()
      for (const bytes of isByLine(channel, whole) ? linesOf(whole) : [whole])
        if (bytes.length > 0 && isNew(channel, bytes))
          for (const canary of needles.in(bytes)) found.add(`${canary} is seen in ${name}`)
      return [...found]
    },
    scanned: (channel) =>
      channel === undefined ? [...counts.values()].reduce((sum, n) => sum + n, 0) : (counts.get(channel) ?? 0),
    close: () => void open.delete(one),
  }
  open.add(one)
  return one
}

const linesOf = (bytes: Buffer): ReadonlyArray<Buffer> => {
  const lines: Array<Buffer> = []
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(10, from)
    lines.push(bytes.subarray(from, end < 0 ? bytes.length : end))
    from = end < 0 ? bytes.length : end + 1
  }
  return lines
}

type Needles = {
  readonly add: (needle: Buffer, name: string) => void
  readonly in: (bytes: Buffer) => ReadonlySet<string>
}

const BITS = 18

// Four bytes at a time against a table of bits that are almost all 0; only where one is 1 the needles themselves are compared.
const needleTable = (): Needles => {
  const table = new Uint8Array(2 ** BITS)
  const byStart = new Map<number, Array<{ readonly needle: Buffer; readonly name: string }>>()
  const slotOf = (start: number): number => Math.imul(start, 0x9e3779b1) >>> (32 - BITS)
  return {
    add: (needle, name) => {
      const start = needle.readInt32LE(0)
      table[slotOf(start)] = 1
      byStart.set(start, [...(byStart.get(start) ?? []), { needle, name }])
    },
    in: (bytes) => {
      const found = new Set<string>()
      let window = 0
      for (let at = 0; at < bytes.length; at += 1) {
        window = (window >>> 8) | ((bytes[at] ?? 0) << 24)
        if (at < 3 || table[slotOf(window)] === 0) continue
        for (const { needle, name } of byStart.get(window) ?? [])
          if (bytes.compare(needle, 0, needle.length, at - 3, Math.min(at - 3 + needle.length, bytes.length)) === 0)
            found.add(name)
      }
      return found
    },
  }
}

const needlesOf = (text: string): ReadonlyArray<Buffer> => {
  const bytes = Buffer.from(text)
  const needles = new Map<string, Buffer>()
  const parts = (whole: string | Buffer, length: number): void => {
    const all = typeof whole === 'string' ? Buffer.from(whole) : whole
    for (let at = 0; at === 0 || at + length <= all.length; at += 1) {
      const part = all.subarray(at, at + length)
      if (part.length >= 4) needles.set(part.toString('latin1'), part)
    }
  }
  parts(text, WINDOW)
  parts(Buffer.from(text, 'latin1'), WINDOW)
  parts(bytes.toString('latin1'), WINDOW)
  parts(text.toUpperCase(), WINDOW)
  parts(text.toLowerCase(), WINDOW)
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
  return [...needles.values()]
}

const channelOf = (path: string): Channel =>
  /journal(-\d+)?\.jsonl$/.test(path)
    ? 'a journal'
    : /ledger\.json(\.new)?$/.test(path)
      ? 'a ledger'
      : /plan\.(json|md|txt)$/.test(path)
        ? 'an exported plan'
        : 'a file'

/** The files of a folder and its subfolders, each with its bytes and what kind of output it is; none of the names in `except`. */
export const filesIn = async (
  dir: string,
  except: ReadonlySet<string>,
): Promise<ReadonlyArray<{ readonly path: string; readonly channel: Channel; readonly bytes: Buffer }>> => {
  const found: Array<{ readonly path: string; readonly channel: Channel; readonly bytes: Buffer }> = []
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || except.has(path)) continue
    const bytes = await readFile(path).catch(() => undefined)
    if (bytes !== undefined) found.push({ path, channel: channelOf(path), bytes })
  }
  return found
}
