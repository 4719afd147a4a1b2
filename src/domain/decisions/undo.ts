// Undo: what a run did to whom, as the journal alone tells it. Counted is what took effect and what may have; what the service refused, and
// what was never sent, is not.
import { E } from '../../fp.ts'
import { DAY } from '../basics/time.ts'
import type { IntentLine, JournalField, JournalLine, OutcomeLine } from '../journal/journal.ts'
import { isDone } from '../plan/outcome.ts'
import type { Change, Kind, Left } from '../plan/plan.ts'
import { type LiveState, usersByName } from '../user/live.ts'
import { Secret } from '../user/secret.ts'
import { dropped, type FieldName, same, type Value } from '../user/settings.ts'
import type { Scope } from '../wanted/scope.ts'

/** What a field was set to; `left` is what the service made of that. */
type SetTo = Pick<JournalField, 'field' | 'to'> & { readonly left?: Left['value'] | undefined }

/** What a later run has set a field to, and which one. */
export type SetSince = SetTo & { readonly run: string }

/** What a run did to one field; `along` says that it went with the limit, and was in no request. */
export type DeedField = JournalField & SetTo & { readonly along?: true }

/** Whether a field is as it was set, or as the service took that. */
export const isAsLeft = ({ field, to, left }: SetTo, now: Value | undefined): boolean =>
  (to !== null && same(field, now, to)) || (left !== undefined && same(field, now, left))

/** What a run did to one user; `since` is what later runs have set to something else, and last. */
export type Deed = {
  readonly scope: Scope
  readonly username: string
  readonly change: Kind
  readonly fields: ReadonlyArray<DeedField>
  readonly since?: ReadonlyMap<FieldName, SetSince>
}

/** A run that is to be undone, with its deeds. */
export type Undo = { readonly run: string; readonly deeds: ReadonlyArray<Deed> }

/** What wakes the run that undoes another, as the journal has it. */
export const undoTrigger = (run: string): `undo ${string}` => `undo ${run}`

/** The run that was undone, by what woke the run that did so. */
export const undoneBy = (trigger: string): string | undefined => /^undo (\S+)$/.exec(trigger)?.[1]

/** How long the users of an undone run are held, so that the config does not set its values again at once. */
export const UNDO_HOLD = DAY

/** The users that are held while a run is undone; who was removed may come back by the config. */
export const usersOf = ({ deeds }: Undo): ReadonlyArray<string> => [
  ...new Set(deeds.filter(({ change }) => change !== 'remove').map(({ username }) => username)),
]

/** Whether a run did something in this scope. */
export const reaches = ({ deeds }: Undo, scope: Scope): boolean => deeds.some((deed) => deed.scope === scope)

/** What a change takes away besides what it sets, for whoever undoes it. */
export const takenAlong = ({ username, fields }: Change, live: LiveState | undefined): Pick<IntentLine, 'along'> => {
  const gone = fields.flatMap(({ field, from, to }) => (field === 'custom_ratelimit' && from === true ? dropped(to) : []))
  if (gone.length === 0 || live === undefined) return {}
  const settings = usersByName(live).get(username)?.settings
  const along = gone.flatMap((field): ReadonlyArray<Left> => {
    const value = settings?.[field]
    return value === undefined || value instanceof Secret ? [] : [{ field, value }]
  })
  return along.length === 0 ? {} : { along }
}

type Begun = { readonly intent: IntentLine; ended: OutcomeLine | undefined }

/** A deed of the run in the making: `later` is what a later run has begun with the same user, `since` what came of all before that. */
type Followed = Begun & { later: Begun | undefined; since: ReadonlyMap<FieldName, SetSince> }

const MOST_SHOWN = 5

/** Remembers, line by line, what the run did whose id begins so; at the end, the run or why there is none, in words. */
export const recollection = (
  wanted: string,
): {
  readonly take: (line: JournalLine) => void
  /** Whether there is a run whose id begins so. */
  readonly knows: () => boolean
  readonly found: () => E.Either<string, Undo>
} => {
  const runs = new Map<string, Map<string, Followed>>()
  const meant = (): string | undefined => (runs.has(wanted) ? wanted : runs.size === 1 ? [...runs.keys()][0] : undefined)
  return {
    take: (line) => {
      if (line.event !== 'intent' && line.event !== 'outcome' && line.event !== 'run') return
      const isOfIt = line.run_id.startsWith(wanted)
      const run = isOfIt ? line.run_id : meant()
      if (run === undefined) return
      const begun = runs.get(run) ?? new Map<string, Followed>()
      // Where several runs are meant, their names are all that is told.
      runs.set(run, begun)
      if (line.event === 'run' || (runs.size > 1 && run !== wanted)) return
      const key = JSON.stringify([line.scope, line.username])
      const one = begun.get(key)
      if (!isOfIt) followed(one, line)
      else if (line.event === 'intent') begun.set(key, { intent: line, ended: undefined, later: undefined, since: new Map() })
      else if (one !== undefined) one.ended = line
    },
    knows: () => runs.size > 0,
    found: () => {
      const run = meant()
      if (run !== undefined) return E.right({ run, deeds: [...(runs.get(run)?.values() ?? [])].filter(counts).map(deedOf) })
      if (runs.size === 0)
        return E.left(`the journal tells of no run '${wanted}': \`history\` shows the runs that changed something`)
      const more = runs.size > MOST_SHOWN ? `, and ${runs.size - MOST_SHOWN} more` : ''
      const names = [...runs.keys()].slice(0, MOST_SHOWN).join(', ')
      return E.left(`which run? ${runs.size} runs begin with '${wanted}': ${names}${more}`)
    },
  }
}

const counts = ({ ended }: Begun): boolean => ended?.outcome !== 'failed' && ended?.outcome !== 'not_attempted'

const fieldsOf = ({ intent: { fields, along = [] }, ended }: Begun): ReadonlyArray<DeedField> => [
  ...fields.map((one) => {
    const left = ended?.left?.find(({ field }) => field === one.field)?.value
    return left === undefined ? one : { ...one, left }
  }),
  ...along.map(({ field, value }): DeedField => ({ field, from: value, to: null, along: true })),
]

/** What a later run has to say of the user of a deed. */
const followed = (deed: Followed | undefined, line: IntentLine | OutcomeLine): void => {
  if (deed === undefined) return
  if (line.event === 'intent') {
    deed.since = sinceOf(deed)
    deed.later = { intent: line, ended: undefined }
  } else if (deed.later?.intent.run_id === line.run_id) deed.later.ended = line
}

/** What later runs have set of a user, and last. Whoever only repairs sets what stands there already; what may not have taken is tried again. */
const sinceOf = (deed: Followed): Followed['since'] => {
  const { later, since } = deed
  if (later === undefined || !isDone(later.ended)) return since
  const before = new Map<FieldName, SetTo>([...fieldsOf(deed).map((one) => [one.field, one] as const), ...since])
  const news = fieldsOf(later).filter(({ field, to }) => {
    const known = before.get(field)
    return known === undefined || to === null || !isAsLeft(known, to)
  })
  const run = later.intent.run_id
  return new Map([...since, ...news.map(({ field, to, left }) => [field, { field, to, left, run }] as const)])
}

const deedOf = (deed: Followed): Deed => {
  const { scope, username, change } = deed.intent
  const since = sinceOf(deed)
  return { scope, username, change, fields: fieldsOf(deed), ...(since.size === 0 ? {} : { since }) }
}
