// Snapshots: the live state of every scope as a file, without passwords, for planning where there is no key.
import * as t from 'io-ts'
import { parsedJson } from '../domain/basics/json.ts'
import type { LiveState, LiveUser } from '../domain/user/live.ts'
import { Secret } from '../domain/user/secret.ts'
import type { FieldName, Value } from '../domain/user/settings.ts'
import { FIELDS } from '../domain/user/settings.ts'
import { isScope } from '../domain/wanted/scope.ts'
import type { Subaccount } from '../domain/wanted/subaccount.ts'
import { E } from '../fp.ts'

const FORMAT = 'smtp2go-reconciler/snapshot@1'

const User = t.type({ username: t.string, sending_allowed: t.union([t.boolean, t.null]), settings: t.UnknownRecord })
const Subaccounts = t.type({ subaccounts: t.array(t.type({ id: t.string, name: t.string, state: t.string })) })
const Document = t.type({
  format: t.literal(FORMAT),
  scopes: t.array(
    t.type({ scope: t.string, returned: t.array(t.string), unknown_keys: t.array(t.string), users: t.array(User) }),
  ),
})

/** The live state of every scope, and the subaccounts where they were searched for. */
export type Snapshot = {
  readonly states: ReadonlyArray<LiveState>
  readonly subaccounts: ReadonlyArray<Subaccount> | undefined
}

/** The live state as data that may be shown and stored. */
export const snapshotOf = ({ states, subaccounts }: Snapshot): unknown => ({
  format: FORMAT,
  ...(subaccounts === undefined ? {} : { subaccounts }),
  scopes: states.map(({ scope, users, returned, unknownKeys }) => ({
    scope,
    returned: FIELDS.filter((field) => returned.has(field)),
    unknown_keys: unknownKeys,
    users: users.map(({ username, sendingAllowed, settings }) => ({
      username,
      sending_allowed: sendingAllowed ?? null,
      settings: Object.fromEntries(
        FIELDS.flatMap((field) =>
          settings[field] === undefined || settings[field] instanceof Secret ? [] : [[field, settings[field]]],
        ),
      ),
    })),
  })),
})

/** Reads a snapshot; what is wrong in words. */
export const readSnapshot = (text: string): E.Either<string, Snapshot> => {
  const value = parsedJson(text)
  if (!Document.is(value))
    return E.left(`not a snapshot: it must be JSON with the format ${FORMAT}, as \`export --snapshot\` writes it`)
  const states = value.scopes.map(({ scope, returned, unknown_keys, users }) => {
    return !isScope(scope)
      ? undefined
      : {
          scope,
          unknownKeys: unknown_keys,
          returned: new Set(FIELDS.filter((field) => returned.includes(field))),
          users: users.map(userOf),
        }
  })
  const known = states.filter((state) => state !== undefined)
  const subaccounts = Subaccounts.is(value) ? value.subaccounts : undefined
  return known.length === states.length
    ? E.right({ states: known, subaccounts })
    : E.left('not a snapshot: a scope is neither account nor subaccount:ID')
}

const userOf = ({ username, sending_allowed, settings }: t.TypeOf<typeof User>): LiveUser => {
  const values: { [F in FieldName]?: Value } = {}
  for (const field of FIELDS) {
    const value = settings[field]
    if (field !== 'email_password' && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'))
      values[field] = value
  }
  return { username, sendingAllowed: sending_allowed ?? undefined, settings: values }
}
