// Globs: `*` is any characters, `?` is one, and a pattern says what a whole name is. Only the last star is ever gone back to, so the work is
// at most one length times the other, whatever pattern and name are.

/** Whether a name is what a pattern says. */
export type Matches = (name: string) => boolean

/** What may stand at one place of a name: one character, by its code point, or one of a set. */
type Piece = number | ((character: number) => boolean)
// No code points.
const [STAR, ANY] = [-1, -2]

/** A pattern in which nothing but `*` and `?` is special. */
export const plainGlob = (text: string): Matches => matching(charactersOf(text).map(wild))

/** A pattern that also knows sets, `[a-c]` and `[!a-c]`; nothing where one of them is none, such as `[c-a]`. */
export const setGlob = (text: string): Matches | undefined => {
  const pieces: Array<Piece> = []
  for (const [piece, not, set] of text.matchAll(/\[(!|\^)?(\][^\]]*|[^\]]+)\]|[\s\S]/gu)) {
    const one = set === undefined ? charactersOf(piece).map(wild)[0] : oneOf(charactersOf(set), not !== undefined)
    if (one === undefined) return undefined
    pieces.push(one)
  }
  return matching(pieces)
}

const charactersOf = (text: string): ReadonlyArray<number> => Array.from(text, (character) => character.codePointAt(0) ?? 0)

const [A_STAR, A_QUESTION_MARK, A_HYPHEN] = [0x2a, 0x3f, 0x2d]

const wild = (character: number): number => (character === A_STAR ? STAR : character === A_QUESTION_MARK ? ANY : character)

const oneOf = (set: ReadonlyArray<number>, none: boolean): Piece | undefined => {
  const ranges: Array<readonly [first: number, last: number]> = []
  for (let at = 0; at < set.length; at += 1) {
    const [first = 0, hyphen, end] = set.slice(at, at + 3)
    const last = hyphen === A_HYPHEN && end !== undefined ? end : undefined
    if (last !== undefined && last < first) return undefined
    if (last !== undefined) at += 2
    ranges.push([first, last ?? first])
  }
  return (character) => ranges.some(([first, last]) => first <= character && character <= last) !== none
}

const matching = (pieces: ReadonlyArray<Piece>): Matches => {
  const pattern = pieces.filter((piece, at) => piece !== STAR || pieces[at - 1] !== STAR)
  const least = pattern.filter((piece) => piece !== STAR).length
  return (name) => {
    const characters = charactersOf(name)
    return characters.length >= least && fits(pattern, characters)
  }
}

const fits = (pattern: ReadonlyArray<Piece>, name: ReadonlyArray<number>): boolean => {
  let [at, read, star, from] = [0, 0, -1, 0]
  for (let character = name[0]; character !== undefined; character = name[read]) {
    const wanted = pattern[at]
    if (wanted === STAR) {
      star = at
      from = read
      at += 1
    } else if (wanted === ANY || wanted === character || (typeof wanted === 'function' && wanted(character))) {
      at += 1
      read += 1
    } else if (star >= 0) {
      at = star + 1
      from += 1
      read = from
    } else return false
  }
  return pattern.slice(at).every((rest) => rest === STAR)
}
