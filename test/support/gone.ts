// A small world of one user that comes and goes: three others are always listed, and what is said of this one changes.
import { HOUR, type Rig } from './rig.ts'

export const DAY = 24 * HOUR
/** The users that are always listed. */
export const OTHERS = ['kept@a.example', 'kept-too@a.example', 'kept-3@a.example']
/** The user that comes and goes. */
export const GONE = 'gone@a.example'
/** The users that are live at first: the others, and this one with these settings, or without it. */
export const seedOf = (gone: object | undefined) => ({
  account: {
    results: [...OTHERS.map((username) => ({ username })), ...(gone === undefined ? [] : [{ username: GONE, ...gone }])],
  },
})
/** The list of the others. */
export const LIST = `users:\n${OTHERS.map((one) => `  - { username: ${one} }\n`).join('')}`
/** The list with this one, and something said of it. */
export const listing = (some = '') => `${LIST}  - { username: ${GONE}${some} }\n`
/** The list with this one. */
export const AGAIN = listing()
/** A rule that blocks while it is not met. */
export const RULE =
  'rules:\n  - { id: quiet, match: { username: "*" }, require: { open_tracking_enabled: false }, otherwise: block }\n'
/** A rule that sets something of everybody. */
export const SETTING = 'rules:\n  - { id: dull, match: { username: "*" }, set: { open_tracking_enabled: false } }\n'
/** A config: a policy for unlisted users, a list, and more. */
export const policy = (unlisted: string, rest = LIST, more = ''): string =>
  `policy: { unlisted: ${unlisted}, grace: 3d }\nsafety: { max_removes: 5, max_blocks: 5 }\n${more}${rest}...\n`
/** A run by schedule. */
export const auto = (rig: Rig, some = {}) => rig.run({ person: false, by: 'schedule', ...some })
/** What cuts a run short before its first change. */
export const CUT = { outdated: () => 'superseded' } as const
/** Somebody else edits this user. */
export const by = (rig: Rig, some: object) => rig.colleague('edit', { username: GONE, ...some })
/** Its status on the service. */
export const statusOf = async (rig: Rig): Promise<unknown> => (await rig.user(GONE))?.status
/** So many days, with a run on each. */
export const days = async (rig: Rig, count: number): Promise<void> => {
  for (let day = 1; day <= count; day += 1) {
    await rig.time.pass(DAY)
    await auto(rig)
  }
}
/** The next edit. */
export const EDIT = { endpoint: '/users/smtp/edit', times: 1 } as const
/** The next edit never arrives. */
export const RESET = { kind: 'reset_before', ...EDIT } as const
/** The next edit is taken without its status. */
export const IGNORED = { kind: 'ignore_field', field: 'status', ...EDIT } as const
/** The next edit takes effect, its answer is lost, and reading back fails. */
export const TOOK = [
  { kind: 'reset_after', ...EDIT } as const,
  ...[1, 2, 3, 4].map(() => ({ kind: 'status', status: 500, endpoint: '/users/smtp/view', nth: 2 }) as const),
]
