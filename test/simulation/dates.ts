// Dates as a model: from when on and until when a listed user may send.
import type { Config, ScopeId, Setting } from './config.ts'

/** From when on and until when. */
export const DATES: ReadonlyArray<string> = ['starts', 'expires']

const HOUR = 3_600_000

/** A setting with other dates, or with none, some hours before or after a moment. */
export const withDates = (setting: Setting, random: () => number, now: number): Setting => {
  const free = Object.fromEntries(Object.entries(setting).filter(([name]) => !DATES.includes(name)))
  const [kind, starts, lasts] = [random(), now + (random() * 12 - 6) * HOUR, random() * 12 * HOUR]
  if (kind < 0.15) return free
  return {
    ...free,
    ...(kind < 0.75 ? { starts: textOf(starts) } : {}),
    ...(kind < 0.45 || kind >= 0.75 ? { expires: textOf(starts + lasts) } : {}),
  }
}

const textOf = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z')

/** Whether a date of a listed user came within so long before a moment. */
export const hasJustCome = (config: Config, scope: ScopeId, username: string, now: number, within: number): boolean =>
  DATES.map((name) => Date.parse(String(entryOf(config, scope, username)?.[name]))).some((at) => at <= now && now - at <= within)

/** What the config says of a listed user, also by a name that it had before. */
const entryOf = (config: Config, scope: ScopeId, username: string): Setting | undefined => {
  const users = config.scopes.get(scope)?.users
  const hadName = ({ previously }: Setting): boolean => Array.isArray(previously) && previously.includes(username)
  return users?.get(username) ?? [...(users?.values() ?? [])].find(hadName)
}

/** Whether a listed user is to be blocked at a moment; by a name that it had before, also where its status says so. */
export const isOutside = (config: Config, scope: ScopeId, username: string, now: number): boolean => {
  const setting = entryOf(config, scope, username)
  if (setting === undefined) return false
  const isFormer = config.scopes.get(scope)?.users.has(username) !== true
  const [starts, expires] = DATES.map((name) => Date.parse(String(setting[name])))
  const { status } = { ...config.defaults, ...setting }
  return (
    (starts !== undefined && now < starts && !isFormer) ||
    (expires !== undefined && now >= expires) ||
    (isFormer && status === 'blocked')
  )
}
