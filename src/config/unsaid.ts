// What a list of live users leaves unsaid, so that it is a valid config beside the sections in force: a value that a rule sets otherwise would
// contradict the rule, and some values there is no request for.
import type { DesiredState } from '../domain/desired.ts'
import type { LiveUser } from '../domain/live.ts'
import type { Scope } from '../domain/scope.ts'
import { FIELDS, type FieldName, isRateLimit, RATE_LIMIT, same } from '../domain/settings.ts'
import { matchesAny } from '../domain/username.ts'
import type { Entry } from './export.ts'

/** Why fields of a user are left unsaid. */
export type Unsaid = (scope: Scope, user: LiveUser) => ReadonlyMap<FieldName, string>

/** The fields that cannot be said beside the rules and the api section of a config. */
export const unsaidIn =
  ({ rules, policy }: Pick<DesiredState, 'rules' | 'policy'>): Unsaid =>
  (scope, { username, settings }) => {
    const why = new Map<FieldName, string>(policy.edit === 'patch' ? [['feedback_domain', 'api.edit: patch cannot set it']] : [])
    for (const { id, match, set, waivers } of rules) {
      const isWaived = matchesAny(
        waivers.map((waiver) => waiver.username),
        username,
      )
      // Who is listed without a profile is not meant by one; which status a rule will meet is not known yet.
      const isMeant = match.profile === undefined && match.username?.matches(username) !== false
      if (isWaived || !isMeant || match.scope?.matches(scope) === false) continue
      for (const field of FIELDS) {
        const wanted = set[field]
        if (wanted === undefined || same(field, settings[field], wanted.value)) continue
        for (const one of isRateLimit(field) ? RATE_LIMIT : [field]) why.set(one, `the rule ${id} sets it`)
      }
    }
    return why
  }

/** A user as a list says it, without what is left unsaid, and that in words. */
export const saying = (
  entry: Entry,
  why: ReadonlyMap<FieldName, string>,
): { readonly entry: Entry; readonly left: ReadonlyArray<string> } => {
  const left = [...why].filter(([field]) => Object.hasOwn(entry, field))
  const names = new Set<string>(left.map(([field]) => field))
  return {
    entry: Object.fromEntries(Object.entries(entry).filter(([key]) => !names.has(key))),
    left: left.map(([field, reason]) => `${field} is left out: ${reason}`),
  }
}
