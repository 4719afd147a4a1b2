// Moved: a new name that one scope lists and an old one that is live in another. No rename goes across scopes: the old one is not ours to end for a
// user that is somewhere else, and the new one would be made without what it is to keep. So both wait, and a person is told of either.
import type { Cause } from '../plan/plan.ts'
import type { LiveState } from '../user/live.ts'
import { fold } from '../user/username.ts'
import type { DesiredScope, DesiredUser } from '../wanted/desired.ts'
import type { Scope } from '../wanted/scope.ts'
import type { Context } from './diff.ts'
import { memoryOf } from './diff.ts'
import type { Heir, World } from './draft.ts'
import { renamedIn } from './renamed.ts'

/** Who is listed under a new name, by folded old name. The config names nobody as the former one of two. */
export const heirsOf = (scopes: ReadonlyArray<Pick<DesiredScope, 'scope' | 'users'>>): World['heirs'] =>
  new Map(
    scopes.flatMap(({ scope, users }) =>
      renamedIn(users).flatMap(({ username, source, previously }) =>
        previously.map((old): readonly [string, Heir] => [fold(old), { username, source, scope }]),
      ),
    ),
  )

/** Who is listed in another scope under the new name of a live user. */
export const heirElsewhere = (heirs: World['heirs'], username: string, scope: Scope): Heir | undefined => {
  const heir = heirs.get(fold(username))
  return heir?.scope === scope ? undefined : heir
}

const BOUND = 'a rename does not go from one scope to another'

/** Why a live user stays as it is, and what to do. */
export const stays = ({ username, scope, source }: Heir, here: Scope): string =>
  `${username}, listed in ${scope} (${source}), names it in \`previously\`, and ${BOUND}: it stays as it is; take it out of \`previously\`, and list it in ${here} for as long as it is needed`

type About = { readonly world: World; readonly live: LiveState; readonly cause: Cause }

/** Why a new name is not made: an old one of it is in another scope, or may be (S3). One that was here already has all that it ever had. */
export const formerElsewhere = (context: Context, user: DesiredUser, { world, live, cause }: About): string | undefined => {
  const memory = memoryOf(context.memory, user.username)
  if (cause === 'drift' || cause === 'retry' || memory.wanted.size > 0) return undefined
  const away = user.previously.filter((name) => !live.users.some(({ username }) => username === name))
  for (const name of away) {
    const { now, before } = placesBut(world, name, live.scope)
    if (now.length + before.length === 0) continue
    const [first = ''] = [...now, ...before]
    const where = now.length > 0 ? `is live in ${now.join(', ')}` : `was live in ${before.join(', ')} when that was last read`
    return `its former name ${name} ${where}, and ${BOUND}: take that out of \`previously\`, say here what this user is to have, and list ${name} in ${first} for as long as it is needed`
  }
  const unread = world.unread.filter((scope) => scope !== live.scope)
  const isKnown = (name: string): boolean => context.seen.has(name) || context.memory?.users.has(name) === true
  const [unknown] = away
  if (unread.length === 0 || unknown === undefined || away.length < user.previously.length || away.some(isKnown)) return undefined
  return `its former name ${unknown} is not live here, and may be in ${unread.join(', ')}, which nobody has read yet: let that be read, or take ${unknown} out of \`previously\``
}

/** The other scopes in which a name is live, in whatever case, and those in which it was when they were last read. */
const placesBut = (
  { nearlyIn, lastSeenIn, leftIn }: Pick<World, 'nearlyIn' | 'lastSeenIn' | 'leftIn'>,
  username: string,
  here: Scope,
): { readonly now: ReadonlyArray<Scope>; readonly before: ReadonlyArray<Scope> } => {
  const before = [...(lastSeenIn?.get(username) ?? []), ...(leftIn?.get(username) ?? [])].filter((one) => one !== here)
  const now = [...new Set(nearlyIn(username))].filter((one) => one !== here && !before.includes(one))
  return { now, before }
}
