// Adopting: unlisted users written into the config files as they are. The parser only tells where a list ends; the text around what
// is added stays as it is, byte for byte, comments and blank lines included.
import { Document, isCollection, isMap, isSeq, parseDocument, Scalar, stringify, visit, type YAMLSeq } from 'yaml'
import type { LiveState } from '../domain/user/live.ts'
import type { Settings } from '../domain/user/settings.ts'
import { fold } from '../domain/user/username.ts'
import { type Scope, subaccount } from '../domain/wanted/scope.ts'
import type { SourceText } from '../ports.ts'
import { type Entry, entryOf, strangeness } from './export.ts'
import { saying, type Unsaid } from './unsaid.ts'

/** What is adopted from. */
export type AdoptInput = {
  /** The config files, the main one first. */
  readonly texts: ReadonlyArray<SourceText>
  readonly states: ReadonlyArray<LiveState>
  readonly defaultsOf: (scope: Scope) => Settings
  readonly unsaid: Unsaid
  /** Users that stand in the config already, or are none of its business. */
  readonly isKnown: (username: string) => boolean
}

/** A file with the users that are added to it. */
export type Edited = {
  readonly name: string
  readonly before: string
  readonly after: string
  readonly added: ReadonlyArray<{ readonly scope: Scope; readonly username: string }>
}

/** A file that is being added to. */
type Open = Pick<Edited, 'name'> & {
  readonly text: string
  readonly lists: ReadonlyMap<Scope, YAMLSeq>
  readonly insertions: Array<Insertion>
  readonly added: Array<Edited['added'][number]>
}

/** What adopting comes to; the notes say who is left out, and which values. */
export type Adopted = { readonly edits: ReadonlyArray<Edited>; readonly notes: ReadonlyArray<string> }

/** The files that change, with the unlisted users of each scope in the list that the scope has there, and who or what is left out, in words. */
export const adopted = ({ texts, states, defaultsOf, unsaid, isKnown }: AdoptInput): Adopted => {
  const files = texts.map(({ name, text }): Open => ({ name, text, lists: listsIn(text), insertions: [], added: [] }))
  const notes: Array<string> = []
  const twice = standingTwice(states.flatMap(({ users }) => users.map(({ username }) => fold(username))))
  for (const { scope, users } of states) {
    const note = (username: string, what: string): void => void notes.push(`${scope}: ${JSON.stringify(username)}${what}`)
    const found = users
      .filter(({ username }) => !isKnown(username))
      .filter(({ username }) => {
        const why = twice.has(fold(username)) ? TWICE : strangeness(username)
        if (why !== undefined) note(username, ` is left out: ${why}`)
        return why === undefined
      })
      .sort((one, other) => (one.username < other.username ? -1 : 1))
    const home = files.find(({ lists }) => lists.has(scope))
    const list = home?.lists.get(scope)
    if (found.length === 0 || home === undefined || list === undefined) continue
    const entries = found.map((user) => {
      const { entry, left } = saying(entryOf(user, defaultsOf(scope)), unsaid(scope, user), defaultsOf(scope))
      for (const one of left) note(user.username, `: ${one}`)
      return entry
    })
    home.insertions.push(insertionOf(home.text, list, entries))
    home.added.push(...found.map(({ username }) => ({ scope, username })))
  }
  const edits = files
    .filter(({ added }) => added.length > 0)
    .map(({ name, text, insertions, added }) => ({ name, before: text, after: withInsertions(text, insertions), added }))
  return { edits, notes }
}

const TWICE = 'the same name is live in another scope too, or in other letters; no config can list both'

const standingTwice = (names: ReadonlyArray<string>): ReadonlySet<string> => {
  const once = new Set<string>()
  return new Set(names.filter((name) => once.size === once.add(name).size))
}

/** The list of users that each scope has in a file. */
const listsIn = (text: string): ReadonlyMap<Scope, YAMLSeq> => {
  const document = parseDocument(text, { prettyErrors: false })
  const lists = new Map<Scope, YAMLSeq>()
  const add = (scope: Scope, users: unknown): void => {
    if (isSeq(users) && !lists.has(scope)) lists.set(scope, users)
  }
  add('account', document.get('users', true))
  const subaccounts = document.get('subaccounts', true)
  for (const entry of isSeq(subaccounts) ? subaccounts.items.filter(isMap) : []) {
    const id = entry.get('id')
    if (typeof id === 'string') add(subaccount(id), entry.get('users', true))
  }
  return lists
}

/** What comes into a text, and where. */
type Insertion = { readonly at: number; readonly text: string }

// All at once, since to parse a large file anew for each of its scopes takes minutes.
const withInsertions = (text: string, insertions: ReadonlyArray<Insertion>): string => {
  let [after, from] = ['', 0]
  for (const { at, text: added } of [...insertions].sort((one, other) => one.at - other.at)) {
    after += text.slice(from, at) + added
    from = at
  }
  return after + text.slice(from)
}

const insertionOf = (text: string, list: YAMLSeq, entries: ReadonlyArray<Entry>): Insertion => {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  const last = list.items.at(-1)
  const [start = 0, end = 0] = list.range ?? []
  if (list.flow === true) {
    const flow = inOneLine(entries).replace(/^\[\s*|\s*\]$/g, '')
    const at = isCollection(last) ? (last.range?.[1] ?? end - 1) : start + 1
    return { at, text: list.items.length === 0 ? flow : `, ${flow}` }
  }
  const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start)
  const at = endOfItem(text, isCollection(last) ? (last.range?.[1] ?? end) : end, indent.length)
  const block = stringify(entries, { lineWidth: 0 })
    .split('\n')
    .map((line) => (line === '' ? '' : indent + line))
    .join(lineEnd)
  return { at, text: (at > 0 && text[at - 1] !== '\n' ? lineEnd : '') + block }
}

// A text of several lines would have to stand deeper than what is around it, and that is not known here.
const inOneLine = (entries: ReadonlyArray<Entry>): string => {
  const document = new Document(entries)
  visit(document, {
    Scalar: (_key, scalar) => {
      if (typeof scalar.value === 'string' && scalar.value.includes('\n')) scalar.type = Scalar.QUOTE_DOUBLE
    },
  })
  return document.toString({ lineWidth: 0, collectionStyle: 'flow', doubleQuotedAsJSON: true }).trim()
}

// Behind the rest of the item's line, and behind comments that stand deeper than the list and so belong to the item.
const endOfItem = (text: string, end: number, indent: number): number => {
  const lineBreak = end > 0 && text[end - 1] === '\n' ? end - 1 : text.indexOf('\n', end)
  let at = lineBreak < 0 ? text.length : lineBreak + 1
  for (;;) {
    const comment = /^( *)#[^\n]*\n/.exec(text.slice(at, at + 10_000))
    if (comment?.[1] === undefined || comment[1].length <= indent) return at
    at += comment[0].length
  }
}
