// The service's words made fit to be shown: in one line, not endless, and without what we sent in confidence, whole or in part,
// plain or in another writing.
import type { Secret } from '../../domain/secret.ts'

const LONGEST = 300
const PART = 6
const WITHHELD = 'its words are not shown, since they repeat part of a secret'

/** Makes texts of answers to requests with these secrets fit to be shown. */
export const teller = (secrets: ReadonlyArray<Secret>) => {
  const needles = secrets.map((secret) => secret.reveal()).filter((needle) => needle !== '')
  return (text: string): string => {
    const clean = needles.reduce((sum, needle) => sum.replaceAll(needle, '[secret]'), text)
    if (needles.some((needle) => writingsOf(clean).some((writing) => repeats(writing, needle)))) return WITHHELD
    return clean.replace(/\s+/g, ' ').trim().slice(0, LONGEST)
  }
}

/** The text as it stands and as it reads once escapes of HTML, addresses and base64 are undone. */
const writingsOf = (text: string): ReadonlyArray<string> => [
  text,
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  text
    .replace(/&#x([0-9a-f]{1,6});/gi, (_, hex: string) => character(Number.parseInt(hex, 16)))
    .replace(/&#(\d{1,7});/g, (_, count: string) => character(Number(count)))
    .replace(/&(quot|apos|lt|gt|amp);/g, (_, name: string) => String(NAMED[name])),
  text.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => character(Number.parseInt(hex, 16))).replace(/\\(.)/g, '$1'),
  ...(text.match(/[\w+/-]{8,}/g) ?? []).map((part) => Buffer.from(part, 'base64').toString('utf8')),
]

const NAMED: { readonly [name: string]: string } = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' }
const character = (point: number): string => (point > 0x10ffff ? '' : String.fromCodePoint(point))

const repeats = (text: string, secret: string): boolean => {
  const [haystack, needle] = [text.toLowerCase(), secret.toLowerCase()]
  const size = Math.min(PART, needle.length)
  for (let at = 0; at + size <= needle.length; at += 1) if (haystack.includes(needle.slice(at, at + size))) return true
  return false
}
