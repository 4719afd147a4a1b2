// The scopes of a config: what all files together list for the account and each subaccount.
import type { Problem } from '../domain/basics/failure.ts'
import type { Work } from '../domain/basics/work.ts'
import type { FieldName, Settings, Value } from '../domain/user/settings.ts'
import type { Defaults, DesiredScope } from '../domain/wanted/desired.ts'
import { byScope, type Scope } from '../domain/wanted/scope.ts'
import type { ConfigFiles } from './file.ts'
import { groundOf } from './ground.ts'
import type { SaidValues } from './layers.ts'
import { type FileList, type ListedUser, listsOf } from './lists.ts'
import { problemAt } from './place.ts'
import type { FoundSecrets } from './secrets.ts'

/** The scopes of a config in their order, what the defaults give in each, all listed users, and what is wrong with them. */
export type Scopes = {
  readonly scopes: ReadonlyArray<DesiredScope>
  readonly defaults: Defaults
  readonly listed: ReadonlyArray<ListedUser>
  /** Those of them that one request cannot hold. */
  readonly heavy: ReadonlyArray<ListedUser>
  readonly problems: ReadonlyArray<Problem>
}

/** The scopes of all files with their users, layers merged. */
export function* scopesOf(files: ConfigFiles, secrets: FoundSecrets): Work<Scopes> {
  const ground = groundOf(files, secrets)
  const lists: Array<FileList> = []
  for (const file of [files.main, ...files.included]) for (const list of yield* listsOf(file, ground)) lists.push(list)
  const byName = new Map<Scope, [FileList, ...Array<FileList>]>()
  for (const list of lists) {
    const before = byName.get(list.scope)
    if (before === undefined) byName.set(list.scope, [list])
    else before.push(list)
  }
  const scopes: Array<DesiredScope> = []
  for (const [scope, ofScope] of byName) {
    yield
    scopes.push(desiredScope(scope, ofScope))
  }
  yield
  const { defaults, bases } = ground
  return {
    scopes: scopes.sort((one, other) => byScope(one.scope, other.scope)),
    defaults: { general: valuesIn(defaults), scopes: new Map([...bases].map(([scope, base]) => [scope, valuesIn(base)])) },
    listed: lists.flatMap(({ users = [] }) => users),
    heavy: lists.flatMap(({ heavy }) => heavy),
    problems: [
      ...lists.flatMap(({ problems }) => problems),
      ...[...byName].flatMap(([scope, list]) => withoutUsers(scope, list)),
    ],
  }
}

const desiredScope = (scope: Scope, lists: readonly [FileList, ...ReadonlyArray<FileList>]): DesiredScope => ({
  scope,
  source: lists[0].source,
  users: lists
    .flatMap(({ users = [] }) => users.map(({ user }) => user))
    .sort((one, other) => (one.username < other.username ? -1 : 1)),
  absent: lists.flatMap(({ absent }) => absent),
  files: [...new Set(lists.flatMap(({ users, file }) => (users === undefined ? [] : [file])))],
})

const withoutUsers = (scope: Scope, lists: ReadonlyArray<FileList>): ReadonlyArray<Problem> =>
  lists.some(({ users }) => users !== undefined)
    ? []
    : lists.slice(0, 1).map(({ absentAt }) =>
        problemAt(absentAt, {
          message: `absent without a list of users: only a users list brings ${scope} under management`,
          hint: 'write users: [] where nobody is to be listed; then policy.unlisted holds for all others',
        }),
      )

const valuesIn = (said: SaidValues): Settings => {
  const values: { [F in FieldName]?: Value } = {}
  for (const [field, { value }] of said) values[field] = value
  return values
}
