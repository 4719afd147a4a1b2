// Full edits: in which lives they are made, and of whom. Each goes out complete, so it takes a user of whom all is declared that no answer shows.
import type { Random } from './chance.ts'
import { type Config, type Listing, passwordOf, type ScopeId, type Setting } from './config.ts'

/** Lives in which every edit is a full one, and those in which some users have a field that no other edit can say, by the roll up to which. */
const ALL = 0.06
const SOME = 0.1
/** How many of the users of such a life say enough. */
const OF_ALL = 0.8
const OF_SOME = 0.4

/** What a full edit must be given, since not every service shows it, and perhaps what only a full edit takes. */
const enough = (random: Random, username: string, isDomain: boolean): Setting => ({
  ...passwordOf(username, 'A'),
  click_tracking_enabled: random() < 0.5,
  ip_pool: random() < 0.5 ? 1234 : null,
  ...(isDomain ? { feedback_domain: 'links.x.example' } : {}),
})

/** The config with full edits, in a tenth of the lives. */
export const withFullEdits = (config: Config, random: Random): Config => {
  const roll = random()
  if (roll >= SOME) return config
  const isAll = roll < ALL
  const told = (username: string, setting: Setting): Setting =>
    random() < (isAll ? OF_ALL : OF_SOME) ? { ...enough(random, username, !isAll || random() < 0.5), ...setting } : setting
  const scopes = [...config.scopes].map(([scope, { users, absent }]): [ScopeId, Listing] => [
    scope,
    { absent, users: new Map([...users].map(([username, setting]) => [username, told(username, setting)])) },
  ])
  return { ...config, edit: isAll ? 'full' : 'auto', scopes: new Map(scopes) }
}

/** What of a user no answer shows, and a full edit must be given; nothing where a password is declared and the rest is shown or declared. */
export const isUnsayable = (
  managed: Setting | undefined,
  user: Setting | undefined,
  switches: { readonly click_tracking: string; readonly unset_ippool: string },
): boolean =>
  managed?.email_password === undefined ||
  (switches.click_tracking === 'absent' && !('click_tracking_enabled' in managed)) ||
  (switches.unset_ippool === 'absent' && (user?.ippool ?? null) === null && !('ippool' in managed))
