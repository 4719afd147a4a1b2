// Patterns: which of many globs match a name. A glob is looked up by its literal end or beginning, so that a hundred of them cost a name
// little more than one, and is only tried where these fit.
import { fold, type Glob } from './username.ts'

/** The numbers of the globs that match a name, in their order. */
export type Patterns = (name: string) => ReadonlyArray<number>

type Candidate = { readonly at: number /** `undefined`: the end or beginning says it all. */; readonly glob: Glob | undefined }
type Ends = Map<number, Map<string, Array<Candidate>>>

/** Makes many globs one; a missing glob matches every name. */
export const patternsOf = (globs: ReadonlyArray<Glob | undefined>): Patterns => {
  const always: Array<number> = []
  const exact = new Map<string, Array<number>>()
  const [heads, tails]: readonly [Ends, Ends] = [new Map(), new Map()]
  for (const [at, glob] of globs.entries()) {
    const text = glob === undefined ? '*' : fold(glob.text)
    const [head = '', tail = ''] = [/^[^*?]*/.exec(text)?.[0], /[^*?]*$/.exec(text)?.[0]]
    if (/^\*+$/.test(text)) always.push(at)
    else if (head === text) exact.set(text, [...(exact.get(text) ?? []), at])
    else if (tail.length >= head.length) add(tails, tail, { at, glob: text === `*${tail}` ? undefined : glob })
    else add(heads, head, { at, glob: text === `${head}*` ? undefined : glob })
  }
  return (name) => {
    const folded = fold(name)
    const found = [...always, ...(exact.get(folded) ?? [])]
    for (const [length, byText] of tails)
      if (length <= folded.length) collect(byText.get(folded.slice(folded.length - length)), name, found)
    for (const [length, byText] of heads) if (length <= folded.length) collect(byText.get(folded.slice(0, length)), name, found)
    return found.length > always.length ? found.sort((one, other) => one - other) : found
  }
}

const add = (ends: Ends, text: string, candidate: Candidate): void => {
  const byText = ends.get(text.length) ?? new Map<string, Array<Candidate>>()
  ends.set(text.length, byText)
  byText.set(text, [...(byText.get(text) ?? []), candidate])
}

const collect = (candidates: ReadonlyArray<Candidate> | undefined, name: string, found: Array<number>): void => {
  for (const { at, glob } of candidates ?? []) if (glob === undefined || glob.matches(name)) found.push(at)
}
