// The scopes of a config: what all files together list for the account and each subaccount, every user with its layers merged.
import type { Defaults, DesiredScope, DesiredUser } from '../domain/desired.ts'
import type { Problem } from '../domain/failure.ts'
import { byScope, type Scope, subaccount } from '../domain/scope.ts'
import type { FieldName, Settings, Value } from '../domain/settings.ts'
import { each, type Work } from '../domain/work.ts'
import { type Absent, type ConfigFiles, type Decoded, type IncludedFile, subaccountsIn, type User } from './file.ts'
import { merged, type SaidValues, sayings } from './layers.ts'
import { calendarOf } from './moment.ts'
import { type At, problemAt, said } from './place.ts'
import { type Path, quoted } from './problem.ts'
import type { FoundSecrets } from './secrets.ts'
import { resolveUser } from './user.ts'

type Lists = Pick<IncludedFile, 'users' | 'absent'>
type Listed = { readonly user: User; readonly at: At }
type Gathered = {
  readonly source: string
  readonly users: Array<Listed>
  readonly absent: Array<{ readonly entry: Absent; readonly at: At }>
  /** The files with a list of users of this scope, as they are remembered. */
  readonly files: Set<string>
}

/** A listed user, as it stands in a file and as it is resolved. */
export type ListedUser = { readonly scope: Scope; readonly entry: User; readonly user: DesiredUser; readonly at: At }

/** The scopes of a config in their order, what the defaults give in each, all listed users, and what is wrong with them. */
export type Scopes = {
  readonly scopes: ReadonlyArray<DesiredScope>
  readonly defaults: Defaults
  readonly listed: ReadonlyArray<ListedUser>
  readonly problems: ReadonlyArray<Problem>
}

/** The scopes of all files with their users, layers merged. */
export function* scopesOf(files: ConfigFiles, secrets: FoundSecrets): Work<Scopes> {
  const { document, file } = files.main
  const gathered = new Map<Scope, Gathered>()
  const scopeDefaults = new Map<Scope, SaidValues>()
  for (const one of [files.main, ...files.included]) gather(one, secrets, gathered, scopeDefaults)

  const calendar = calendarOf(file.reconcile.timezone)
  const listed: Array<ListedUser> = []
  const none: SaidValues = new Map()
  const defaults = sayings(file.defaults, { document, path: ['defaults'] }, 'defaults', secrets)
  const bases = new Map([...scopeDefaults].map(([scope, said]) => [scope, merged(defaults, said)]))
  const profiles = new Map(
    [...file.profiles].map(([name, layer]) => [
      name,
      sayings(layer, { document, path: ['profiles', name] }, `profile ${quoted(name).slice(1, -1)}`, secrets),
    ]),
  )
  const problems: Array<Problem> = []
  const scopes: Array<DesiredScope> = []
  for (const [scope, { source, users, absent, files }] of gathered) {
    const base = bases.get(scope) ?? defaults
    const withProfile = new Map([['', base]])
    const weakerOf = (profile = ''): SaidValues => {
      const weaker = withProfile.get(profile) ?? merged(base, profiles.get(profile) ?? none)
      withProfile.set(profile, weaker)
      return weaker
    }
    const resolved = yield* each(users, ({ user, at }) => {
      const result = resolveUser(user, at, { weaker: weakerOf(user.profile), secrets, calendar })
      listed.push({ scope, entry: user, user: result.user, at })
      for (const problem of result.problems) problems.push(problem)
      return result.user
    })
    yield
    if (files.size === 0) problems.push(...absent.slice(0, 1).map(({ at }) => withoutUsers(at, scope)))
    scopes.push({
      scope,
      source,
      users: [...resolved].sort((one, other) => (one.username < other.username ? -1 : 1)),
      absent: absent.map(({ entry: { username, reason }, at }) => ({ username, reason, source: `${said(at)} absent` })),
      files: [...files],
    })
  }
  return {
    scopes: scopes.sort((one, other) => byScope(one.scope, other.scope)),
    defaults: { general: valuesIn(defaults), scopes: new Map([...bases].map(([scope, base]) => [scope, valuesIn(base)])) },
    listed,
    problems,
  }
}

const withoutUsers = (at: At, scope: Scope): Problem =>
  problemAt(at, {
    message: `absent without a list of users: only a users list brings ${scope} under management`,
    hint: 'write users: [] where nobody is to be listed; then policy.unlisted holds for all others',
  })

const valuesIn = (said: SaidValues): Settings => {
  const values: { [F in FieldName]?: Value } = {}
  for (const [field, { value }] of said) values[field] = value
  return values
}

const gather = (
  { document, file }: Decoded<IncludedFile>,
  secrets: FoundSecrets,
  gathered: Map<Scope, Gathered>,
  scopeDefaults: Map<Scope, SaidValues>,
): void => {
  const into = (scope: Scope, path: Path): Gathered => {
    const found = gathered.get(scope) ?? {
      source: `${said({ document, path }, 'key')} users`,
      users: [],
      absent: [],
      files: new Set(),
    }
    gathered.set(scope, found)
    return found
  }
  const add = (scope: Scope, { users, absent }: Lists, path: Path): void => {
    if (users !== undefined) {
      const found = into(scope, [...path, 'users'])
      found.files.add(document.remembered)
      for (const [at, user] of users.entries()) found.users.push({ user, at: { document, path: [...path, 'users', at] } })
    }
    for (const [at, entry] of (absent ?? []).entries())
      into(scope, [...path, 'absent']).absent.push({ entry, at: { document, path: [...path, 'absent', at] } })
  }
  add('account', file, [])
  for (const [at, entry] of subaccountsIn(file).entries()) {
    const { id, defaults } = entry
    const scope = subaccount(id)
    add(scope, entry, ['subaccounts', at])
    if (defaults === undefined) continue
    scopeDefaults.set(scope, sayings(defaults, { document, path: ['subaccounts', at, 'defaults'] }, 'scope defaults', secrets))
  }
}
