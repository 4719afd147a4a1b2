// Secrets that somebody has typed into a text which everybody may read, such as a description: the text is one that must not be seen, from the moment
// it is read (C1). It is compared and sent as it is. Which texts these are hangs on the config and this one answer alone, so that every process and
// every look finds the same (S8, S14).
import { each, type Work } from '../../domain/basics/work.ts'
import { type LiveState, type LiveUser, passwordsIn } from '../../domain/user/live.ts'
import { entropyBits, LEAST_BITS } from '../../domain/user/password.ts'
import { Secret } from '../../domain/user/secret.ts'
import type { FieldName, Settings, Value } from '../../domain/user/settings.ts'
import { numberOf, PART } from './tell.ts'

/** The fields that take any text. */
const TEXTS = [
  'description',
  'feedback_domain',
  'feedback_html',
  'feedback_text',
  'audit_email',
  'bounce_notifications',
] as const satisfies ReadonlyArray<FieldName>

/** Wraps the texts of an answer that hold a declared secret, or a password that it shows. An answer without any stays the one it was. */
export type Wrapping = (live: LiveState, declared: ReadonlyArray<Secret>) => Work<LiveState>

/** Knows what it has wrapped, for as long as the answer is kept. */
export const wrapping = (): Wrapping => {
  const done = new WeakMap<LiveState, { readonly ofConfig: Index; readonly as: LiveState }>()
  let known: { readonly declared: ReadonlyArray<Secret>; readonly index: Index } | undefined
  return function* (live, declared) {
    // A config that is read anew mostly declares the same.
    const isSame = declared.length === known?.declared.length && declared.every((one, at) => known?.declared[at]?.equals(one))
    const ofConfig = isSame && known !== undefined ? known.index : yield* indexOf(declared, isSecret)
    known = { declared, index: ofConfig }
    const before = done.get(live)
    if (before?.ofConfig === ofConfig) return before.as
    const indexes = [ofConfig, yield* indexOf(passwordsIn(live), isNoWord)].filter(({ size }) => size > 0)
    const holds = remembering((text) => indexes.some((index) => isIn(index, text)))
    const users = indexes.length === 0 ? live.users : yield* each(live.users, (user) => wrapped(user, holds))
    const as = users.every((user, at) => user === live.users[at]) ? live : { ...live, users }
    done.set(live, { ofConfig, as })
    return as
  }
}

const wrapped = (user: LiveUser, holds: (text: string) => boolean): LiveUser => {
  const found = TEXTS.filter((field) => {
    const text = user.settings[field]
    return typeof text === 'string' && holds(text)
  })
  return found.length === 0 ? user : { ...user, settings: withWrapped(user.settings, found) }
}

const withWrapped = (settings: Settings, found: ReadonlyArray<FieldName>): Settings => {
  const wrapped: { [F in FieldName]?: Value | undefined } = { ...settings }
  for (const field of found) wrapped[field] = new Secret(String(settings[field]))
  return wrapped
}

// A shorter one is part of many a text.
const isSecret = (text: string): boolean => text.length >= PART
// What people have chosen may be a word that says nothing in a text. The service demands more, but what it has may be from before it did.
const isNoWord = (text: string): boolean =>
  text.length >= 8 && ((/[a-z]/i.test(text) && /[^a-z]/i.test(text)) || entropyBits(text) >= LEAST_BITS)

/** Secrets by how they begin, and then by how long they are. */
type Index = ReadonlyMap<number, ReadonlyMap<number, ReadonlySet<string>>>

function* indexOf(secrets: ReadonlyArray<Secret>, isOne: (text: string) => boolean): Work<Index> {
  const index = new Map<number, Map<number, Set<string>>>()
  yield* each(secrets, (secret) => {
    const text = secret.reveal()
    if (!isOne(text)) return
    const start = numberOf(text, 0, PART)
    const byLength = index.get(start) ?? new Map<number, Set<string>>()
    const alike = byLength.get(text.length) ?? new Set<string>()
    index.set(start, byLength.set(text.length, alike.add(text)))
  })
  return index
}

const isIn = (index: Index, text: string): boolean => {
  for (let at = 0; at + PART <= text.length; at += 1)
    for (const [length, secrets] of index.get(numberOf(text, at, PART)) ?? [])
      if (secrets.has(text.slice(at, at + length))) return true
  return false
}

/** A long text is mostly that of many users. */
const LONG = 64
const remembering = (holds: (text: string) => boolean): ((text: string) => boolean) => {
  const known = new Map<string, boolean>()
  return (text) => {
    if (text.length < LONG) return holds(text)
    const is = known.get(text) ?? holds(text)
    known.set(text, is)
    return is
  }
}
