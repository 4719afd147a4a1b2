// Text from a file or the service, made safe for wherever it is shown. One set of characters for all places: whatever a terminal obeys,
// turns a line around, ends it, or cannot be seen is written out. Each place has its own way to write it:
//
//   people     \n  \u{1b}  \u{202e}        log lines, plans, problems, status
//   JSON       \u001b  \u202e              stays JSON and parses back to the same text
//   YAML       \u202e  \U000e0041          the same inside double quotes
//   Markdown   as for people, and nothing that Markdown or HTML takes for its own

const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

const hexOf = (character: string): string => Number(character.codePointAt(0)).toString(16)

/** Text for people, in which every character can be seen and stays in its line. */
export const visible = (text: string): string =>
  text.replace(HIDDEN, (character) => SHORT.get(character) ?? `\\u{${hexOf(character)}}`)

// Bold, dim, and colours of the text: nothing that moves, hides or asks for anything.
const OURS = new RegExp(`(\n|${String.fromCharCode(27)}\\[(?:[0-2]|2[2-4]|3[0-79]|9[0-7])m)`)

/** Text of several lines for a terminal, which may be coloured, and in which a terminal obeys nothing else. */
export const visibleText = (text: string): string =>
  text
    .split(OURS)
    .map((part) => (OURS.test(part) ? part : visible(part)))
    .join('')

/** JSON in which nothing is hidden; its own line ends stay. */
export const visibleJson = (json: string): string =>
  json.replace(HIDDEN, (character) =>
    character === '\n'
      ? character
      : character
          .split('')
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
  )

/** Whether text holds something that `visible` writes out. */
export const holdsHidden = (text: string): boolean => text.search(HIDDEN) >= 0

/** The first character of a text that takes no room where it is shown, written out; tabs and line ends do take some. */
export const unseenIn = (text: string): string | undefined => {
  const [found] = text.match(HIDDEN)?.filter((character) => !SHORT.has(character)) ?? []
  return found === undefined ? undefined : visible(found)
}

/** YAML in which nothing is hidden, where every text that holds something hidden stands in double quotes; its own line ends stay. */
export const visibleYaml = (yaml: string): string =>
  yaml.replace(HIDDEN, (character) => {
    if (character === '\n') return character
    const hex = hexOf(character)
    return hex.length > 4 ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`
  })

/** Text for a cell or line of Markdown. */
export const visibleMarkdown = (text: string): string =>
  visible(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~@:-]/g, '\\$&')
    // GitHub makes a link of it where nothing parts it.
    .replace(/\b(www)\./gi, '$1<!-- -->.')
