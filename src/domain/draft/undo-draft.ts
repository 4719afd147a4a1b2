// The draft of an undo: each deed of a run against the live user. Three-way, since somebody may have had a reason to change it since:
//
//   live = before the run   nothing to do
//   live = as the run left  set back: as it was set, or as the service took it
//   a later run has set it  left alone, and told: as that run left it, or somebody else's, who by chance set what this run had
//   live is another value   left alone, and told
//   before is not known     not reversible, and told: passwords, removals, what the service did not show
import { type Deed, type DeedField, isAsLeft, type Undo } from '../decisions/undo.ts'
import type { FieldChange, LiveEdit } from '../plan/plan.ts'
import { type LiveState, type LiveUser, usersByName } from '../user/live.ts'
import type { FieldName, Value } from '../user/settings.ts'
import { FIELDS, isLimit, isRateLimit, same } from '../user/settings.ts'
import { SENSITIVE } from '../user/shown.ts'
import type { Managed } from '../wanted/desired.ts'
import { carried } from './carried.ts'
import type { Context } from './diff.ts'
import type { Draft, Withheld, World } from './draft.ts'
import { withhold } from './draft.ts'
import { elsewhere, liveTwice } from './listed.ts'
import { unmakable } from './makeable.ts'
import { draftOf, type Part } from './part.ts'

/** What becomes of one field of a deed. */
type Verdict =
  | { readonly _tag: 'Back'; readonly change: FieldChange }
  | { readonly _tag: 'AsBefore'; readonly field: FieldName }
  | { readonly _tag: 'ChangedSince'; readonly change: FieldChange; readonly by: string | undefined }
  | { readonly _tag: 'Lost'; readonly field: FieldName; readonly why: string }

/** What undoing a run comes to in one scope; `whole` is what the config asks for there. */
export const undoDraft = (context: Context, world: World, whole: Draft, undo: Undo): Draft => {
  const { scope, live, listed, governed } = whole
  const users = usersByName(live)
  const managed = new Map(
    [...governed.quiet, ...governed.listed, ...governed.others].map((user) => [user.username, user.managed]),
  )
  const parts = undo.deeds
    .filter((deed) => deed.scope === scope)
    .map((deed): Part => {
      const twin = users.get(deed.username)
      if (twin === undefined) return gone(deed)
      return partOf(
        context,
        { world, live, twin, managed: managed.get(deed.username) ?? {}, source: `before run ${undo.run}` },
        deed,
      )
    })
  // What is remembered of everybody is by what is governed, rules and dates included, whoever is in the run.
  return draftOf(parts, { scope, live, listed, governed, unmended: [] })
}

/** What the config says of a user, for an undo: nothing of the rate limit, whose three parts are sent as one and stay as they are live. */
export const besideUndo = (managed: Managed): Managed => ({
  ...managed,
  custom_ratelimit: undefined,
  custom_ratelimit_value: undefined,
  custom_ratelimit_period: undefined,
})

const changeOf = (username: string, fields: ReadonlyArray<FieldChange>): LiveEdit => {
  const edit = { username, cause: 'undo', fields } as const
  const blocks = fields.some(({ field, to }) => field === 'status' && to === 'blocked')
  return blocks ? { change: 'block', ...edit, ends: 'never' } : { change: 'update', ...edit }
}

/** A deed whose user is not live. */
const gone = ({ change, username }: Deed): Part => {
  switch (change) {
    case 'create':
      return { inSync: 1 }
    case 'remove':
      return {
        withheld: [
          withhold(
            { change: 'create', username, cause: 'undo', fields: [] },
            'impossible',
            'a removal is not reversible: password and settings are gone; list the user in the config, and a new one is made',
          ),
        ],
      }
    case 'update':
    case 'block':
      return { withheld: [withhold(changeOf(username, []), 'changed_since', 'this user is not live any more')] }
  }
}

type Scene = {
  readonly world: World
  readonly live: LiveState
  readonly twin: LiveUser
  readonly managed: Managed
  readonly source: string
}

const partOf = (context: Context, { world, live, twin, managed, source }: Scene, deed: Deed): Part => {
  const { change, username } = deed
  // Whoever was removed and is there again was made anew by somebody.
  if (change === 'remove') return { inSync: 1 }
  const verdicts = together(verdictsOf(twin, change === 'create' ? made(deed) : deed, source))
  const back = verdicts.filter((one) => one._tag === 'Back').map((one) => one.change)
  const since = verdicts.filter((one) => one._tag === 'ChangedSince')
  const lost = verdicts.filter((one) => one._tag === 'Lost')
  const withheld: ReadonlyArray<Withheld> = [
    ...(since.length === 0
      ? []
      : [
          withhold(
            changeOf(
              username,
              since.map((one) => one.change),
            ),
            'changed_since',
            `${whose(since)}: left as it is now`,
          ),
        ]),
    ...(lost.length === 0
      ? []
      : [
          withhold(
            changeOf(username, []),
            'impossible',
            `not reversible: ${lost.map(({ field, why }) => `${field} (${why})`).join(', ')}`,
          ),
        ]),
  ]
  if (back.length === 0) return withheld.length === 0 ? { inSync: 1 } : { withheld }
  const user = { username, managed: besideUndo(managed) }
  const due = carried(
    context,
    { user, twin },
    {
      ...changeOf(username, back),
      ...(change === 'create' ? { note: 'made by that run: blocked, not removed' } : {}),
    },
  )
  const others = elsewhere(world, username, live.scope)
  const twice = liveTwice(others)
  if (others.length > 0) return { withheld: [...withheld, withhold(due, 'impossible', twice)] }
  const hindered = unmakable(context, live, { user, twin }, due)
  return hindered === undefined ? { due: [due], withheld } : { withheld: [...withheld, hindered] }
}

/** By whom fields were changed since the run. */
const whose = (since: ReadonlyArray<{ readonly by: string | undefined }>): string =>
  [...new Set(since.map(({ by }) => (by === undefined ? 'changed by somebody since that run' : `set by run ${by} since`)))].join(
    ', and ',
  )

/** What of a deed there is to undo. */
type Facts = Pick<Deed, 'fields' | 'since'>

/** A user that a run made was there from then on; undone, it is blocked, be it that a later run has opened it. */
const made = ({ fields, since }: Facts): Facts => {
  const { to = 'allowed', left } = since?.get('status') ?? fields.find(({ field }) => field === 'status') ?? {}
  return { fields: [{ field: 'status', from: 'blocked', to, left }] }
}

const verdictsOf = (twin: LiveUser, { fields, since }: Facts, source: string): ReadonlyArray<Verdict> => {
  // Value and period are stored only while the flag is true, so they go with it, unless they are others by now.
  const wasOff = fields.some(({ field, from }) => field === 'custom_ratelimit' && from === false)
  const along = wasOff ? fields.filter(({ field }) => isLimit(field)) : []
  const moved = along.find((one) => {
    const now = twin.settings[one.field]
    return since?.has(one.field) === true || (now !== undefined && one.to !== null && !isAsLeft(one, now))
  })
  return FIELDS.flatMap((field) => fields.filter((one) => one.field === field && !along.includes(one))).map((one): Verdict => {
    const verdict = verdictOf(twin, one, source)
    if (verdict._tag !== 'Back' && verdict._tag !== 'ChangedSince') return verdict
    const { change } = verdict
    const later = since?.get(one.field)
    if (later !== undefined && (verdict._tag === 'Back' || isAsLeft(later, change.from)))
      return { _tag: 'ChangedSince', change, by: later.run }
    return moved !== undefined && one.field === 'custom_ratelimit'
      ? { _tag: 'ChangedSince', change, by: since?.get(moved.field)?.run }
      : verdict
  })
}

const verdictOf = ({ settings }: LiveUser, deed: DeedField, source: string): Verdict => {
  const { field, from, to, along } = deed
  const lost = (why: string): Verdict => ({ _tag: 'Lost', field, why })
  if (field === 'email_password') return lost('what it was is kept nowhere; give the user a new one in the config')
  if (from === SENSITIVE || to === SENSITIVE) return lost('it held a secret, so what it was is kept nowhere')
  if (from === null || (to === null && along !== true)) return lost('what it was is not known')
  const now = settings[field]
  const set = (value: Value): FieldChange => ({ field, from: now, to: value, source })
  // What went with the limit is as the run left it while that is off.
  if (along === true && settings.custom_ratelimit === false) return { _tag: 'Back', change: set(from) }
  if (now === undefined)
    // The limit was switched off since.
    return isLimit(field) && settings.custom_ratelimit === false
      ? { _tag: 'ChangedSince', change: set(from), by: undefined }
      : lost('the service does not show it, so nobody can tell what it is now')
  if (same(field, now, from)) return { _tag: 'AsBefore', field }
  return isAsLeft(deed, now) ? { _tag: 'Back', change: set(from) } : { _tag: 'ChangedSince', change: set(from), by: undefined }
}

/** The rate limit is one: where a part of it was changed since, or cannot be set back, none of it is. */
const together = (verdicts: ReadonlyArray<Verdict>): ReadonlyArray<Verdict> => {
  const isLimited = (one: Verdict): boolean => isRateLimit('change' in one ? one.change.field : one.field)
  const limits = verdicts.filter(isLimited)
  const known = new Set(
    limits.flatMap((one) => ('change' in one ? [one.change.field] : one._tag === 'AsBefore' ? [one.field] : [])),
  )
  const opens = limits.some((one) => one._tag === 'Back' && one.change.field === 'custom_ratelimit' && one.change.to === true)
  const isShort = opens && !(known.has('custom_ratelimit_value') && known.has('custom_ratelimit_period'))
  const isLost = isShort || limits.some(({ _tag }) => _tag === 'Lost')
  const changed = limits.find((one) => one._tag === 'ChangedSince')
  return verdicts.map((one) => {
    if (!isLimited(one) || one._tag !== 'Back') return one
    if (changed !== undefined) return { ...changed, change: one.change }
    return isLost
      ? { _tag: 'Lost', field: one.change.field, why: 'its three parts go together, and not all of what they were is known' }
      : one
  })
}
