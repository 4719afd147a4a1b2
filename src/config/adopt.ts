// Adopting: unlisted users written into the config files as they are. The parser only tells where a list ends; the text around what
// is added stays as it is, byte for byte, comments and blank lines included.
import { type Document, isCollection, isMap, isSeq, parseDocument, stringify, type YAMLSeq } from 'yaml'
import type { LiveState } from '../domain/live.ts'
import { type Scope, subaccountId } from '../domain/scope.ts'
import type { Settings } from '../domain/settings.ts'
import { fold } from '../domain/username.ts'
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

/** What adopting comes to; the notes say who is left out, and which values. */
export type Adopted = { readonly edits: ReadonlyArray<Edited>; readonly notes: ReadonlyArray<string> }

/** The files that change, with the unlisted users of each scope in the list that the scope has, and who or what is left out, in words. */
export const adopted = ({ texts, states, defaultsOf, unsaid, isKnown }: AdoptInput): Adopted => {
  let files: ReadonlyArray<Edited> = texts.map(({ name, text }) => ({ name, before: text, after: text, added: [] }))
  const notes: Array<string> = []
  const live = states.flatMap(({ users }) => users.map(({ username }) => fold(username)))
  const isTwice = (username: string): boolean => live.indexOf(fold(username)) !== live.lastIndexOf(fold(username))
  for (const { scope, users } of states) {
    const note = (username: string, what: string): void => void notes.push(`${scope}: ${JSON.stringify(username)}${what}`)
    const found = users
      .filter(({ username }) => !isKnown(username))
      .filter(({ username }) => {
        const why = isTwice(username) ? TWICE : strangeness(username)
        if (why !== undefined) note(username, ` is left out: ${why}`)
        return why === undefined
      })
      .sort((one, other) => (one.username < other.username ? -1 : 1))
    const home = files.find(({ after }) => listOf(parsed(after), scope) !== undefined) ?? files[0]
    if (found.length === 0 || home === undefined) continue
    const entries = found.map((user) => {
      const { entry, left } = saying(entryOf(user, defaultsOf(scope)), unsaid(scope, user), defaultsOf(scope))
      for (const one of left) note(user.username, `: ${one}`)
      return entry
    })
    const added = [...home.added, ...found.map(({ username }) => ({ scope, username }))]
    files = files.map((file) => (file === home ? { ...file, after: withEntries(file.after, scope, entries), added } : file))
  }
  return { edits: files.filter(({ added }) => added.length > 0), notes }
}

const TWICE = 'the same name is live in another scope too, or in other letters; no config can list both'

const parsed = (text: string): Document => parseDocument(text, { prettyErrors: false })

const listOf = (document: Document, scope: Scope): YAMLSeq | undefined => {
  const id = subaccountId(scope)
  if (id === undefined) return seqIn(document.get('users', true))
  const subaccounts = seqIn(document.get('subaccounts', true))
  const mine = subaccounts?.items.filter(isMap).filter((entry) => entry.get('id') === id)
  return mine?.map((entry) => seqIn(entry.get('users', true))).find((list) => list !== undefined)
}

const seqIn = (node: unknown): YAMLSeq | undefined => (isSeq(node) ? node : undefined)

const withEntries = (text: string, scope: Scope, entries: ReadonlyArray<Entry>): string => {
  const list = listOf(parsed(text), scope)
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  const block = (indent: string): string =>
    stringify(entries, { lineWidth: 0 })
      .split('\n')
      .map((line) => (line === '' ? '' : indent + line))
      .join(lineEnd)
  if (list === undefined) return appended(text, `users:${lineEnd}${block('  ')}`, lineEnd)
  const last = list.items.at(-1)
  const [start = 0, end = 0] = list.range ?? []
  if (list.flow === true) {
    const flow = stringify(entries, { lineWidth: 0, collectionStyle: 'flow' })
      .trim()
      .replace(/^\[\s*|\s*\]$/g, '')
    const at = isCollection(last) ? (last.range?.[1] ?? end - 1) : start + 1
    return `${text.slice(0, at)}${list.items.length === 0 ? flow : `, ${flow}`}${text.slice(at)}`
  }
  const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start)
  const at = endOfItem(text, isCollection(last) ? (last.range?.[1] ?? end) : end, indent.length)
  const broken = at > 0 && text[at - 1] !== '\n' ? lineEnd : ''
  return text.slice(0, at) + broken + block(indent) + text.slice(at)
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

// At the end of the file, before the line that says that this is the end.
const appended = (text: string, block: string, lineEnd: string): string => {
  const marker = /(?:^|\n)\.\.\.[ \t]*(?:#[^\n]*)?\s*$/.exec(text)
  const at = marker === null ? text.length : marker.index + (marker[0].startsWith('\n') ? 1 : 0)
  const broken = at > 0 && text[at - 1] !== '\n' ? lineEnd : ''
  return `${text.slice(0, at)}${broken}${lineEnd}${block}${text.slice(at)}`
}
