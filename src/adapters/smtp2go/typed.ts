// Secrets that somebody has typed into a text which everybody may read, such as a description: the text is one that must not be seen, from the moment
// it is read (C1). It is compared and sent as it is.
import type { LiveState, LiveUser } from '../../domain/live.ts'
import { Secret } from '../../domain/secret.ts'
import type { FieldName, Settings, Value } from '../../domain/settings.ts'
import { each, type Work } from '../../domain/work.ts'
import type { Confidence } from './tell.ts'

/** The fields that take any text. */
const TEXTS = [
  'description',
  'feedback_domain',
  'feedback_html',
  'feedback_text',
  'audit_email',
  'bounce_notifications',
] as const satisfies ReadonlyArray<FieldName>

/** What an answer shows, with each text wrapped that holds a secret known by now. One that holds none stays the one it was. */
export const wrapping = ({ holds, epoch }: Pick<Confidence, 'holds' | 'epoch'>) => {
  const done = new WeakMap<LiveState, { readonly epoch: number; readonly as: LiveState }>()
  const wrapped = (user: LiveUser): LiveUser => {
    const found = TEXTS.filter((field) => {
      const text = user.settings[field]
      return typeof text === 'string' && holds(text)
    })
    return found.length === 0 ? user : { ...user, settings: withWrapped(user.settings, found) }
  }
  return function* (live: LiveState): Work<LiveState> {
    const before = done.get(live)
    const now = epoch()
    if (before?.epoch === now) return before.as
    const users = yield* each(live.users, wrapped)
    const as = users.every((user, at) => user === live.users[at]) ? live : { ...live, users }
    done.set(live, { epoch: now, as })
    return as
  }
}

const withWrapped = (settings: Settings, found: ReadonlyArray<FieldName>): Settings => {
  const wrapped: { [F in FieldName]?: Value | undefined } = { ...settings }
  for (const field of found) wrapped[field] = new Secret(String(settings[field]))
  return wrapped
}
