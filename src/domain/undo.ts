// Undo: what a run did to whom, as the journal alone tells it. Counted is what took effect and what may have; what the service refused, and
// what was never sent, is not.
import { E } from '../fp.ts'
import type { IntentLine, JournalField, JournalLine, OutcomeLine } from './journal.ts'
import { type LiveState, usersByName } from './live.ts'
import type { Change, Kind, Left } from './plan.ts'
import type { Scope } from './scope.ts'
import { Secret } from './secret.ts'
import { dropped } from './settings.ts'
import { DAY } from './time.ts'

/** What a run did to one field; `left` is what the service made of it, `along` that it went with the limit, and was in no request. */
export type DeedField = JournalField & { readonly left?: Left['value'] | undefined; readonly along?: true }

/** What a run did to one user. */
export type Deed = {
  readonly scope: Scope
  readonly username: string
  readonly change: Kind
  readonly fields: ReadonlyArray<DeedField>
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
  const runs = new Map<string, Map<string, Begun>>()
  return {
    take: (line) => {
      if (line.event !== 'intent' && line.event !== 'outcome' && line.event !== 'run') return
      if (!line.run_id.startsWith(wanted)) return
      const begun = runs.get(line.run_id) ?? new Map<string, Begun>()
      // Where several runs are meant, their names are all that is told.
      runs.set(line.run_id, begun)
      if (line.event === 'run' || (runs.size > 1 && line.run_id !== wanted)) return
      const key = JSON.stringify([line.scope, line.username])
      if (line.event === 'intent') begun.set(key, { intent: line, ended: undefined })
      else {
        const one = begun.get(key)
        if (one !== undefined) one.ended = line
      }
    },
    knows: () => runs.size > 0,
    found: () => {
      const run = runs.has(wanted) ? wanted : runs.size === 1 ? [...runs.keys()][0] : undefined
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

const deedOf = ({ intent: { scope, username, change, fields, along = [] }, ended }: Begun): Deed => ({
  scope,
  username,
  change,
  fields: [
    ...fields.map((one) => {
      const left = ended?.left?.find(({ field }) => field === one.field)?.value
      return left === undefined ? one : { ...one, left }
    }),
    ...along.map(({ field, value }): DeedField => ({ field, from: value, to: null, along: true })),
  ],
})
