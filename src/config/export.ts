// Export: live users as a config that plans to nothing. The other sections come from the config in force, comments included.
import { type Document, isMap, isSeq, parseDocument, Scalar, visit, type YAMLMap } from 'yaml'
import type { LiveState, LiveUser } from '../domain/live.ts'
import { parsePeriod } from '../domain/period.ts'
import { type Scope, subaccountId } from '../domain/scope.ts'
import type { FieldName, Settings, Value } from '../domain/settings.ts'
import { FIELDS, fields, RATE_LIMIT, same } from '../domain/settings.ts'
import { fold, type Glob, matchesAny } from '../domain/username.ts'
import { holdsHidden, visibleYaml } from '../domain/visible.ts'
import { saying, type Unsaid } from './unsaid.ts'

/** What an export is made from. */
export type ExportInput = {
  /** Text of the main config file in force, or of a starting config. */
  readonly base: string
  readonly states: ReadonlyArray<LiveState>
  /** What the defaults of each scope give a user, in canonical form. */
  readonly defaultsOf: (state: LiveState) => Settings
  readonly ignore: ReadonlyArray<Glob>
  readonly unsaid: Unsaid
  /** Scopes that the base lists elsewhere, and that are not among the states. */
  readonly elsewhere: ReadonlyArray<Scope>
}

/** The text of a config for exactly these live users, and what could not be said in it. */
export const exportConfig = ({
  base,
  states,
  defaultsOf,
  ignore,
  unsaid,
  elsewhere,
}: ExportInput): { readonly text: string; readonly notes: ReadonlyArray<string> } => {
  const document = parseDocument(base, { prettyErrors: false })
  const notes: Array<string> = []
  const taken = new Set<string>()
  const entriesOf = (state: LiveState): ReadonlyArray<Entry> =>
    [...state.users]
      .sort((one, other) => (one.username < other.username ? -1 : 1))
      .flatMap((user) => {
        const why = unlistable(user, taken, ignore)
        const note = (text: string): void => void notes.push(`${state.scope}: ${JSON.stringify(user.username)}${text}`)
        if (why !== undefined) {
          note(` is left out: ${why}`)
          return []
        }
        taken.add(fold(user.username))
        const { entry, left } = saying(entryOf(user, defaultsOf(state)), unsaid(state.scope, user))
        for (const one of left) note(`: ${one}`)
        return [entry]
      })
  for (const key of ['users', 'include']) document.delete(key)
  for (const scope of elsewhere) notes.push(`${scope} is left out: ${BESIDE_THE_WORD(scope)}`)
  const previous = subaccountNodes(document)
  if (elsewhere.length === 0 && document.get('subaccounts') !== 'all') document.delete('subaccounts')
  for (const state of states) {
    const id = subaccountId(state.scope)
    const users = document.createNode(entriesOf(state))
    if (id === undefined) document.set('users', users)
    else {
      const node = previous.get(id) ?? document.createNode({ id })
      node.set('users', users)
      if (document.get('subaccounts') === undefined) document.set('subaccounts', document.createNode([]))
      document.addIn(['subaccounts'], node)
    }
  }
  for (const name of listedAgain(document, taken))
    notes.push(`${JSON.stringify(name)} is live, so it is listed and not absent any more`)
  // What is hidden is written out, which only double quotes allow.
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === 'string' && holdsHidden(node.value)) node.type = Scalar.QUOTE_DOUBLE
    },
  })
  // The end line tells a whole file from a cut-off one; some policies demand it.
  return { text: `${visibleYaml(String(document)).replace(/\n*(\.\.\.\n*)?$/, '')}\n...\n`, notes }
}

const BESIDE_THE_WORD = (scope: Scope): string =>
  `the config says subaccounts: all, so its list stands in an included file; export --subaccount ${subaccountId(scope)} writes one`

/** What an included file of subaccounts starts from. */
export const INCLUDED = 'subaccounts: []\n'

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

const subaccountNodes = (document: Document): ReadonlyMap<string, YAMLMap> => {
  const nodes = new Map<string, YAMLMap>()
  const list = document.get('subaccounts')
  const items = typeof list === 'object' && list !== null && 'items' in list && Array.isArray(list.items) ? list.items : []
  for (const item of items) {
    const id: unknown = isMap(item) ? item.get('id') : undefined
    if (isMap(item) && typeof id === 'string') nodes.set(id, item)
  }
  return nodes
}

/** Takes those who are listed out of every list of absent users; gives their names. */
const listedAgain = (document: Document, listed: ReadonlySet<string>): ReadonlyArray<string> =>
  [document.contents, ...subaccountNodes(document).values()].flatMap((node) => {
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
  return /\p{Cc}/u.test(user.username) ? 'its name holds control characters' : undefined
}

/** A live user as a list says it beside these defaults: planning with it changes nothing. */
export const entryOf = (user: LiveUser, defaults: Settings): Entry => {
  const entry: { [key: string]: string | number | boolean | ReadonlyArray<string> } = { username: user.username }
  const unmanaged: Array<FieldName> = []
  const limit = limitOf(user.settings, defaults)
  for (const field of FIELDS) {
    if (field === 'email_password') continue
    if (RATE_LIMIT.some((one) => one === field)) {
      if (limit === 'unsayable' && defaults[field] !== undefined) unmanaged.push(field)
      else if (limit === 'differs') put(entry, field, user.settings[field])
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
const limitOf = (live: Settings, defaults: Settings): 'same' | 'differs' | 'unsayable' => {
  const on = live.custom_ratelimit === true
  if (on && (live.custom_ratelimit_value === undefined || parsePeriod(String(live.custom_ratelimit_period)) === undefined))
    return 'unsayable'
  if (!on) return defaults.custom_ratelimit === true ? 'differs' : 'same'
  return RATE_LIMIT.every((field) => same(field, live[field], defaults[field])) ? 'same' : 'differs'
}
