// Text from the file or the service, made safe for a terminal, a log or a page: what could move a cursor, turn a line around,
// hide itself or start a new line is written out.

const UNSAFE = /[\p{Cc}\p{Cs}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu
const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

/** Text in which every character is visible and stays in its line. */
export const escaped = (text: string): string =>
  text.replace(UNSAFE, (character) => SHORT.get(character) ?? `\\u{${character.codePointAt(0)?.toString(16)}}`)

/** The same, with nothing that Markdown or HTML would take for its own. */
export const escapedMarkdown = (text: string): string =>
  escaped(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~@:-]/g, '\\$&')
