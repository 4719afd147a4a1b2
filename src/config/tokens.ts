// A first look at the tokens of a YAML text, before a tree is made of them: the library builds trees by recursion, and
// deep nesting could end the process there. Here it is only a loop.
import { CST, Lexer, Parser } from 'yaml'
import type { Path } from './problem.ts'

/** A fault at an offset of the text, and where it is in a key or value, the way to that. */
export type FaultAt = { readonly offset: number; readonly path?: Path; readonly message: string; readonly hint?: string }

/** The tokens of the first document of a text, and what can be said of them alone. */
export type Tokens = {
  readonly tokens: ReadonlyArray<CST.Token>
  readonly endsWithMarker: boolean
  /** What is wrong with it and lets all else in it be read: directives, and what follows the first document. */
  readonly faults: ReadonlyArray<FaultAt>
  /** Why no tree can be made of them. */
  readonly hopeless: FaultAt | undefined
}

const DIRECTIVES = 'YAML directives are not supported; remove this line'
/** The one directive that says what holds anyway. */
const VERSION = '%YAML 1.2'
const DEEPEST = 32
/** The library closes what is open by recursion: so many levels it closes anywhere. */
const MOST_OPEN = 500
const MOST_NODES = 4_000_000

/** Reads tokens; refuses directives other than `%YAML 1.2`, more than one document, deep nesting and far too many values. */
export const readTokens = (text: string): Tokens => {
  const tokens: Array<CST.Token> = []
  let endsWithMarker = false
  let documents = 0
  const faults: Array<FaultAt> = []
  let hopeless: FaultAt | undefined
  const parser = new Parser()
  const isVersion = (token: CST.Token): boolean =>
    token.type === 'directive' && token.source === VERSION && documents === 0 && !tokens.some(({ type }) => type === 'directive')
  const take = (token: CST.Token): void => {
    if (isVersion(token)) {
      tokens.push(token)
      return
    }
    // Told once: a fault of each of a million would take more memory than there is.
    if (token.type === 'directive' && !faults.some(({ message }) => message === DIRECTIVES))
      faults.push({ offset: token.offset, message: DIRECTIVES })
    if (token.type === 'document') {
      documents += 1
      if (documents === 2)
        faults.push({ offset: token.offset, message: 'a config file holds one YAML document, a second one begins here' })
      hopeless ??= limits(token)
    }
    if (token.type !== 'directive' && documents < 2) tokens.push(token)
    if (token.type === 'doc-end') endsWithMarker = documents > 0
    else if (token.type !== 'comment' && token.type !== 'newline' && token.type !== 'space') endsWithMarker = false
  }
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) take(token)
    if (parser.stack.length > MOST_OPEN) return { tokens, endsWithMarker: false, faults, hopeless: hopeless ?? tooDeep(parser) }
  }
  for (const token of parser.end()) take(token)
  return { tokens, endsWithMarker, faults, hopeless }
}

const nested = (offset: number): FaultAt => ({ offset, message: `nested deeper than ${DEEPEST} levels` })

const tooDeep = ({ stack, offset }: Parser): FaultAt =>
  nested(stack.filter((token) => CST.isCollection(token))[DEEPEST]?.offset ?? offset)

type Below = { readonly token: CST.Token; readonly depth: number }

const limits = (document: CST.Document): FaultAt | undefined => {
  const open: Array<Below> = document.value === undefined ? [] : [{ token: document.value, depth: 1 }]
  let nodes = 0
  for (let below = open.pop(); below !== undefined; below = open.pop()) {
    const { token, depth } = below
    nodes += 1
    if (nodes > MOST_NODES) return { offset: token.offset, message: `a config file holds at most ${MOST_NODES} values` }
    if (!CST.isCollection(token)) continue
    if (depth > DEEPEST) return nested(token.offset)
    for (const item of token.items) {
      if (item.key) open.push({ token: item.key, depth: depth + 1 })
      if (item.value) open.push({ token: item.value, depth: depth + 1 })
    }
  }
  return undefined
}
