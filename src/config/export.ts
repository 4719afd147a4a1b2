// Export: live users as a config that plans to nothing. The other sections come from the config in force, comments included.
import { type Document, isMap, isSeq, parseDocument, Scalar, visit, type YAMLMap } from 'yaml'
import { holdsHidden, visibleYaml } from '../domain/basics/visible.ts'
import type { LiveState, LiveUser } from '../domain/user/live.ts'
import type { FieldName, Settings, Value } from '../domain/user/settings.ts'
import { FIELDS, fields, isRateLimit, RATE_LIMIT, same } from '../domain/user/settings.ts'
import { fold, type Glob, matchesAny } from '../domain/user/username.ts'
import { type Scope, subaccountId } from '../domain/wanted/scope.ts'
import { type Beside, saying, type Unsaid } from './unsaid.ts'

/** What an export is made from. */
export type ExportInput = {
  /** Texts of the config files in force, the main one first, or that of a starting config. */
  readonly texts: ReadonlyArray<string>
  /** What is written: a whole config, or a list of subaccounts to include in the one in force. */
  readonly as: 'config' | 'list'
  readonly states: ReadonlyArray<LiveState>
  /** What the defaults of each scope give a user, in canonical form. */
  readonly defaultsOf: (state: LiveState) => Settings
  readonly ignore: ReadonlyArray<Glob>
  readonly unsaid: Unsaid
  readonly beside: Beside
  /** Scopes that stand in an included file, and that are not among the states. */
  readonly elsewhere: ReadonlyArray<Scope>
}

/** The text of a config, how many users it lists, and what could not be said in it. */
export type Exported = { readonly text: string; readonly users: number; readonly notes: ReadonlyArray<string> }

/** Writes a config for exactly these live users. */
export const exportConfig = ({ texts, as, states, defaultsOf, ignore, unsaid, beside, elsewhere }: ExportInput): Exported => {
  const [main = parsed(''), ...included] = texts.map(parsed)
  const document = as === 'config' ? main : parsed('subaccounts: []\n')
  const notes: Array<string> = []
  const noteOf = (scope: Scope, username: string, left: string): void =>
    void notes.push(`${scope}: ${JSON.stringify(username)}${left}`)
  const taken = new Set<string>()
  const entriesOf = (state: LiveState): ReadonlyArray<Entry> =>
    [...state.users]
      .sort((one, other) => (one.username < other.username ? -1 : 1))
      .flatMap((user) => {
        const why = unlistable(user, taken, ignore)
        const note = (text: string): void => noteOf(state.scope, user.username, text)
        if (why !== undefined) {
          note(` is left out: ${why}`)
          return []
        }
        taken.add(fold(user.username))
        const { entry, left } = saying(entryOf(user, defaultsOf(state)), unsaid(state.scope, user), defaultsOf(state))
        for (const one of left) note(`: ${one}`)
        return [entry]
      })
  const previous = subaccountNodes([main, ...included])
  for (const key of ['users', 'include']) document.delete(key)
  if (as === 'config') for (const { contents } of included) takeAbsent(main.contents, contents)
  for (const scope of elsewhere) notes.push(`${scope} is left out: ${BESIDE_THE_WORD(scope)}`)
  const isListing = elsewhere.length === 0 && document.get('subaccounts') !== 'all'
  if (isListing) document.delete('subaccounts')
  const add = (node: YAMLMap): void => {
    if (document.get('subaccounts') === undefined) document.set('subaccounts', document.createNode([]))
    document.addIn(['subaccounts'], node)
  }
  for (const state of states) {
    const id = subaccountId(state.scope)
    const users = document.createNode(entriesOf(state))
    for (const [username, left] of beside(state)) noteOf(state.scope, username, left)
    if (id === undefined) document.set('users', users)
    else {
      const node = previous.get(id) ?? document.createNode({ id })
      node.set('users', users)
      add(node)
    }
  }
  // The defaults of a subaccount may stand there before anybody is listed in it.
  if (as === 'config' && isListing)
    for (const [id, node] of previous)
      if (!states.some(({ scope }) => subaccountId(scope) === id) && node.has('defaults') && !node.has('users')) add(node)
  for (const name of listedAgain(document, taken))
    notes.push(`${JSON.stringify(name)} is live, so it is listed and not absent any more`)
  // What is hidden is written out, which only double quotes allow.
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === 'string' && holdsHidden(node.value)) node.type = Scalar.QUOTE_DOUBLE
    },
  })
  // The end line tells a whole file from a cut-off one; some policies demand it. It is the last line, whatever stood behind it.
  if (document.directives !== undefined) document.directives.docEnd = false
  return { text: `${visibleYaml(String(document)).replace(/\n+$/, '')}\n...\n`, users: taken.size, notes }
}

const BESIDE_THE_WORD = (scope: Scope): string =>
  `the config says subaccounts: all, so its list stands in an included file; export --subaccount ${subaccountId(scope)} writes one`

/** A config to start from where there is none. */
export const startingConfig = (endpoint: string, keyVariable: string): string => `version: 1

api:
  endpoint: ${JSON.stringify(endpoint)}
  key: { env: ${keyVariable} }

reconcile:
  mode: observe # finds and reports drift, writes nothing; set it to enforce when a plan shows what you expect
`

/** A user as it stands in a list. */
export type Entry = { readonly [key: string]: string | number | boolean | ReadonlyArray<string> }

const parsed = (text: string): Document => parseDocument(text, { prettyErrors: false })

const subaccountsIn = (document: Document): ReadonlyArray<YAMLMap> => {
  const list = document.get('subaccounts')
  return isSeq(list) ? list.items.filter(isMap) : []
}

/** What all files say of each subaccount, as one entry. */
const subaccountNodes = (documents: ReadonlyArray<Document>): ReadonlyMap<string, YAMLMap> => {
  const nodes = new Map<string, YAMLMap>()
  for (const node of documents.flatMap(subaccountsIn)) {
    const id = String(node.get('id'))
    const earlier = nodes.get(id)
    if (earlier === undefined) nodes.set(id, node)
    else {
      if (node.has('defaults')) earlier.set('defaults', node.get('defaults', true))
      takeAbsent(earlier, node)
    }
  }
  return nodes
}

/** Takes the absent users of one map over into another. */
const takeAbsent = (into: unknown, from: unknown): void => {
  const found = isMap(from) ? from.get('absent', true) : undefined
  if (!isMap(into) || !isSeq(found)) return
  const there = into.get('absent', true)
  if (isSeq(there)) there.items.push(...found.items)
  else into.set('absent', found)
}

/** Takes those who are listed out of every list of absent users; gives their names. */
const listedAgain = (document: Document, listed: ReadonlySet<string>): ReadonlyArray<string> =>
  [document.contents, ...subaccountsIn(document)].flatMap((node) => {
    const absent = isMap(node) ? node.get('absent', true) : undefined
    if (!isMap(node) || !isSeq(absent)) return []
    const nameOf = (item: unknown): string => (isMap(item) ? String(item.get('username')) : '')
    const [gone, kept] = [true, false].map((wanted) => absent.items.filter((item) => listed.has(fold(nameOf(item))) === wanted))
    absent.items = kept ?? []
    if (absent.items.length === 0) node.delete('absent')
    return (gone ?? []).map(nameOf)
  })

const unlistable = (user: LiveUser, taken: ReadonlySet<string>, ignore: ReadonlyArray<Glob>): string | undefined => {
  if (matchesAny(ignore, user.username)) return 'policy.ignore matches it'
  if (taken.has(fold(user.username)))
    return 'the same name stands in the export already, in this or another scope, perhaps in other letters'
  return strangeness(user.username)
}

/** Why no list can hold a name, whoever else stands in it. */
export const strangeness = (username: string): string | undefined =>
  /[\p{Cc}\p{Cs}]/u.test(username) ? 'its name holds control characters, or half a character' : undefined

/** A live user as a list says it beside these defaults: planning with it changes nothing. */
export const entryOf = (user: LiveUser, defaults: Settings): Entry => {
  const entry: { [key: string]: string | number | boolean | ReadonlyArray<string> } = { username: user.username }
  const unmanaged: Array<FieldName> = []
  const isLimitSaid = limitDiffers(user.settings, defaults)
  for (const field of FIELDS) {
    if (field === 'email_password') {
      // A password is never said, and one that the defaults would set is not the one that is there.
      const shown = user.settings.email_password ?? user.shared
      if (defaults[field] !== undefined && !same(field, shown, defaults[field])) unmanaged.push(field)
      continue
    }
    if (isRateLimit(field)) {
      if (isLimitSaid) put(entry, field, user.settings[field])
      continue
    }
    const live = user.settings[field]
    const given = defaults[field] ?? fields[field].reset
    if (live === undefined && defaults[field] !== undefined) unmanaged.push(field)
    else if (live !== undefined && !same(field, live, given)) put(entry, field, live)
  }
  if (unmanaged.length > 0) entry.unmanaged = unmanaged
  return entry
}

const put = (
  entry: { [key: string]: string | number | boolean | ReadonlyArray<string> },
  field: FieldName,
  value: Value | undefined,
): void => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') entry[field] = value
}

/** The rate limit is said as a whole or not at all. */
const limitDiffers = (live: Settings, defaults: Settings): boolean =>
  live.custom_ratelimit === true
    ? !RATE_LIMIT.every((field) => same(field, live[field], defaults[field]))
    : defaults.custom_ratelimit === true
