// Who is listed where, read from the plain data so that these checks also work beside other faults in the files:
// the same user twice, listed and ignored or absent, names of before that are still in use, profiles that do not exist, two defaults of
// one subaccount.
import type { Problem } from '../domain/basics/failure.ts'
import { onceEach } from '../domain/basics/once.ts'
import { each, type Work } from '../domain/basics/work.ts'
import { differingIn, fold, type Glob, glob, usernameFault } from '../domain/user/username.ts'
import { type Scope, subaccount } from '../domain/wanted/scope.ts'
import { E } from '../fp.ts'
import { isMapping } from './codec.ts'
import type { SourceDocument } from './document.ts'
import { plain } from './names.ts'
import { type At, problemAt, said } from './place.ts'
import { didYouMean, type Path, quoted } from './problem.ts'

/** The files as data, the main one first. */
export type Documents = { readonly main: SourceDocument; readonly included: ReadonlyArray<SourceDocument> }

type Listed = {
  readonly scope: Scope
  readonly username: string
  readonly folded: string
  readonly at: At
  readonly profile: unknown
}

/** Faults of names across all files. */
export function* nameProblems(documents: Documents): Work<ReadonlyArray<Problem>> {
  const all = [documents.main, ...documents.included]
  const listed = (yield* each(all, listedIn)).flat()
  const names: Names = { listed, all, main: documents.main }
  const found: Array<ReadonlyArray<Problem>> = []
  for (const check of CHECKS) {
    yield
    found.push(check(names))
  }
  return found.flat()
}

/** A listed name that the service takes for no new user: a fault unless that user is live. */
export type Newcomer = { readonly scope: Scope; readonly username: string; readonly problem: Problem }

/** Such names, where the policy has who is missing created. */
export function* newcomersIn({ main, included }: Documents): Work<ReadonlyArray<Newcomer>> {
  if ((below(below(main.value, 'policy'), 'missing') ?? 'create') !== 'create') return []
  const listed = (yield* each([main, ...included], listedIn)).flat()
  return (yield* each(listed, newcomerOf)).flat()
}

const newcomerOf = (user: Listed): ReadonlyArray<Newcomer> => {
  const { scope, username } = user
  const fault = usernameFault(username)
  // Of what is no name at all that is told already.
  if (fault === undefined || E.isLeft(plain.decode(username))) return []
  const message = `${quoted(username)} cannot be created: ${fault}`
  return [{ scope, username, problem: problemAt(nameOf(user), { message, hint: MAY_STAND }) }]
}

const MAY_STAND =
  'a name that is live already may stand: it is valid where the state directory that has seen it is read (--state-dir), or with policy.missing: report'

/** All that is listed, and the files in which. */
type Names = {
  readonly listed: ReadonlyArray<Listed>
  readonly all: ReadonlyArray<SourceDocument>
  readonly main: SourceDocument
}

const CHECKS: ReadonlyArray<(names: Names) => ReadonlyArray<Problem>> = [
  ({ listed }) => listedTwice(listed),
  ({ listed, main }) => listedAndIgnored(listed, main),
  ({ listed, all }) => goneAndListed(listed, all.flatMap(goneIn)),
  ({ listed, main }) => unknownProfiles(listed, main),
  ({ all }) => twoDefaults(all),
  ({ listed, all }) => cutOff(listed, all),
]

/** Names with which a file ends: the beginning of a name is a name, so a file that is half saved would make a user of it. */
const cutOff = (listed: ReadonlyArray<Listed>, all: ReadonlyArray<SourceDocument>): ReadonlyArray<Problem> => {
  const open = new Set(all.filter(({ endsLine }) => !endsLine))
  const names = listed.filter((user) => open.has(user.at.document)).map((user) => ({ ...nameOf(user), name: user.username }))
  const ids = [...open].flatMap((document) =>
    subaccountsOf(document).map(({ id, index }) => ({ ...at(document, ['subaccounts', index, 'id']), name: id })),
  )
  return [...names, ...ids]
    .filter(({ document, path, name }) => document.endsIn(path, name))
    .map((place) =>
      problemAt(place, {
        message: `the file ends with ${quoted(place.name)} and no line end: it may be cut off within this name`,
        hint: 'end the file with a line end, or with the document end line ...',
      }),
    )
}

const at = (document: SourceDocument, path: Path): At => ({ document, path })
const itemsOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])
const below = (value: unknown, key: string): unknown => (isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined)

const listedIn = onceEach((document: SourceDocument): ReadonlyArray<Listed> => {
  const usersOf = (list: unknown, path: Path, scope: Scope): ReadonlyArray<Listed> =>
    itemsOf(list).flatMap((user, index) => {
      const username = below(user, 'username')
      if (typeof username !== 'string') return []
      const [profile, place] = [below(user, 'profile'), at(document, [...path, index])]
      return [{ scope, username, folded: fold(username), at: place, profile }]
    })
  return [
    ...usersOf(below(document.value, 'users'), ['users'], 'account'),
    ...subaccountsOf(document).flatMap(({ entry, id, index }) =>
      usersOf(below(entry, 'users'), ['subaccounts', index, 'users'], subaccount(id)),
    ),
  ]
})

const subaccountsOf = (document: SourceDocument) =>
  itemsOf(below(document.value, 'subaccounts')).flatMap((entry, index) => {
    const id = below(entry, 'id')
    return typeof id === 'string' ? [{ entry, id, index }] : []
  })

type Gone = { readonly username: string; readonly at: At; readonly as: 'absent' | 'a former name' }

/** Names that are to go: those under `absent`, and the former names of users. */
const goneIn = onceEach((document: SourceDocument): ReadonlyArray<Gone> => {
  const goneOf = (list: unknown, path: Path): ReadonlyArray<Gone> => [
    ...itemsOf(below(list, 'absent')).flatMap((entry, index): ReadonlyArray<Gone> => {
      const username = below(entry, 'username')
      return typeof username === 'string'
        ? [{ username, at: at(document, [...path, 'absent', index, 'username']), as: 'absent' }]
        : []
    }),
    ...itemsOf(below(list, 'users')).flatMap((user, index) =>
      itemsOf(below(user, 'previously')).flatMap((username, name): ReadonlyArray<Gone> => {
        const place = at(document, [...path, 'users', index, 'previously', name])
        return typeof username === 'string' ? [{ username, at: place, as: 'a former name' }] : []
      }),
    ),
  ]
  return [
    ...goneOf(document.value, []),
    ...subaccountsOf(document).flatMap(({ entry, index }) => goneOf(entry, ['subaccounts', index])),
  ]
})

const goneAndListed = (listed: ReadonlyArray<Listed>, gone: ReadonlyArray<Gone>): ReadonlyArray<Problem> => {
  if (gone.length === 0) return []
  const first = new Map(listed.map((user) => [user.folded, { at: nameOf(user), as: 'listed' }]))
  return gone.flatMap(({ username, at: place, as }) => {
    const earlier = first.get(fold(username))
    if (earlier === undefined) {
      first.set(fold(username), { at: place, as })
      return []
    }
    const message = `${quoted(username)} stands here as ${as}, and is ${earlier.as} at ${said(earlier.at)}`
    return [problemAt(place, { message, hint: 'a name is listed, absent or a former name, and only one of these' })]
  })
}

const nameOf = ({ at: { document, path } }: Listed): At => at(document, [...path, 'username'])

const listedTwice = (listed: ReadonlyArray<Listed>): ReadonlyArray<Problem> => {
  const names = new Set<string>()
  for (const { folded } of listed) names.add(folded)
  if (names.size === listed.length) return []
  const first = new Map<string, Listed>()
  return listed.flatMap((user) => {
    const earlier = first.get(user.folded)
    if (earlier === undefined) {
      first.set(user.folded, user)
      return []
    }
    const place = said(nameOf(earlier))
    const message =
      earlier.scope !== user.scope
        ? `${quoted(user.username)} is also listed in ${earlier.scope} (${place})`
        : earlier.username === user.username
          ? `${quoted(user.username)} is listed twice, first at ${place}`
          : `${quoted(user.username)} differs ${differingIn(user.username, earlier.username)} from ${quoted(earlier.username)} (${place})`
    return [problemAt(nameOf(user), { message, hint: 'a user is listed once, in one scope' })]
  })
}

const listedAndIgnored = (listed: ReadonlyArray<Listed>, main: SourceDocument): ReadonlyArray<Problem> => {
  const globs = itemsOf(below(below(main.value, 'policy'), 'ignore')).flatMap(
    (text, index): ReadonlyArray<{ one: Glob; index: number }> => {
      const one = typeof text === 'string' ? glob(text) : undefined
      return one === undefined ? [] : [{ one, index }]
    },
  )
  if (globs.length === 0) return []
  return listed.flatMap((user) => {
    const found = globs.find(({ one }) => one.matches(user.username))
    if (found === undefined) return []
    const place = said(at(main, ['policy', 'ignore', found.index]))
    const message = `${quoted(user.username)} is listed here and ignored by ${quoted(found.one.text)} (${place})`
    return [problemAt(nameOf(user), { message, hint: 'remove one of the two' })]
  })
}

const unknownProfiles = (listed: ReadonlyArray<Listed>, main: SourceDocument): ReadonlyArray<Problem> => {
  const profiles = below(main.value, 'profiles')
  if (profiles !== undefined && !isMapping(profiles)) return []
  const names = isMapping(profiles) ? Object.keys(profiles) : []
  const known = new Set(names)
  // Among very many names the nearest one is not looked for: that would take its time for every user.
  const candidates = names.slice(0, 200)
  const isUnknown = ({ profile }: Listed): boolean => typeof profile === 'string' && profile !== '' && !known.has(profile)
  return listed.filter(isUnknown).flatMap(({ profile, at: { document, path } }) => {
    if (typeof profile !== 'string') return []
    const hint =
      didYouMean(profile, candidates) ??
      (names.length === 0 ? 'the main file has no profiles' : `profiles: ${names.slice(0, 10).map(quoted).join(', ')}`)
    return [problemAt(at(document, [...path, 'profile']), { message: `unknown profile ${quoted(profile)}`, hint })]
  })
}

const twoDefaults = (documents: ReadonlyArray<SourceDocument>): ReadonlyArray<Problem> => {
  const first = new Map<string, At>()
  return documents.flatMap((document) =>
    subaccountsOf(document).flatMap(({ entry, id, index }) => {
      if (below(entry, 'defaults') === undefined) return []
      const place = at(document, ['subaccounts', index, 'defaults'])
      const earlier = first.get(id)
      if (earlier === undefined) {
        first.set(id, place)
        return []
      }
      return [
        problemAt(place, { part: 'key', message: `subaccount ${quoted(id)} already has defaults at ${said(earlier, 'key')}` }),
      ]
    }),
  )
}
