// The document end line (S2): where a file that was cut off in saving could do harm, it should end with one, so that a part of it is never taken
// for the whole. Where not being listed takes something away every file must. Where the lost end of a rule, a waiver or a user could let a rule
// reach further, block somebody, or open a user whose time is over, no file may end within a line, and a file that ended with one once is
// remembered. A user that has lost its own `status` gets that of its layers.
import type { Problem } from '../domain/basics/failure.ts'
import { fields } from '../domain/user/settings.ts'
import type { SourceDocument } from './document.ts'
import { type ConfigFiles, type Decoded, type IncludedFile, subaccountsIn, type User } from './file.ts'
import { layersOfMain, layersOfScopes } from './layers.ts'
import { said } from './place.ts'
import { inWords, type Path } from './problem.ts'
import type { Layer } from './settings.ts'

/** Files that end in a way in which a part of them could be taken for the whole, and must not. */
export const markerProblems = (files: ConfigFiles): ReadonlyArray<Problem> => {
  const all = documentsOf(files)
  const must = demandIn(files)
  if (must !== undefined)
    return all
      .filter(({ endsWithMarker }) => !endsWithMarker)
      .map((document) => atEnd(document, `${must} demands a last line of three dots, so that ${NEVER_SHORTER}`))
  const should = adviceIn(files)
  return should === undefined
    ? []
    : all
        .filter(({ endsWithMarker, endsLine }) => !endsWithMarker && !endsLine)
        .map((document) => atEnd(document, `${should} demands a line end at the end of this file, so that ${NEVER_SHORTER}`))
}

/** What is said where every file is whole, yet one that is cut off at the end of a line would be taken for it; `undefined` where none would. */
export const unmarked = (files: ConfigFiles): string | undefined => {
  const names = documentsOf(files).flatMap(({ name, endsWithMarker }) => (endsWithMarker ? [] : [name]))
  const why = names.length === 0 ? undefined : (demandIn(files) ?? adviceIn(files) ?? narrowedIn(files))
  return why === undefined ? undefined : `${why} asks for a last line of three dots in ${names.join(', ')}: ${WHAT_FOR}`
}

const NEVER_SHORTER = 'a cut-off file is never taken for a shorter list'
const WHAT_FOR = 'without it a file that is cut off in saving can be taken for a whole one'

const documentsOf = ({ main, included }: ConfigFiles): ReadonlyArray<SourceDocument> =>
  [main, ...included].map(({ document }) => document)

const atEnd = (document: SourceDocument, message: string): Problem => ({
  file: document.name,
  line: document.lines,
  column: 1,
  path: '',
  message,
  hint: 'end this file with a line ...',
  excerpt: undefined,
})

/** What takes something away from whom it does not list, so that a shorter list does harm by itself. */
const demandIn = ({ main, included }: ConfigFiles): string | undefined => {
  const unlisted = main.file.policy.unlisted
  if (unlisted === 'block' || unlisted === 'remove')
    return `policy.unlisted: ${unlisted} (${said({ document: main.document, path: ['policy', 'unlisted'] })})`
  return foundIn([main, ...included], absentIn)
}

/** What may block somebody, or keep somebody blocked, so that the loss of what stands beside it may do harm. */
const adviceIn = ({ main, included }: ConfigFiles): string | undefined => {
  if (main.file.rules.length > 0) return `rules (${said({ document: main.document, path: ['rules'] }, 'key')})`
  const dates = foundIn([main, ...included], datesIn)
  if (dates !== undefined) return dates
  // Those that stand below the users' own keys.
  const found = [...layersOfMain(main), ...[main, ...included].flatMap(layersOfScopes)].find(
    ({ layer }) => layer.status === 'blocked' || layer.status === 'sandbox',
  )
  if (found === undefined) return undefined
  const { document, path } = found.place
  const at = { document, path: [...path, 'status'] }
  return `${inWords(at.path)}: ${found.layer.status} (${said(at)})`
}

/** A user whose own status lets it do less than its layers would, which without its last line are all that is left. */
const narrowedIn = ({ main, included }: ConfigFiles): string | undefined => {
  const { defaults, profiles } = main.file
  const files = [main, ...included]
  const ofScopes = new Map(
    files
      .flatMap(({ file }) => subaccountsIn(file))
      .flatMap(({ id, defaults: layer }) => (layer === undefined ? [] : [[id, layer] as const])),
  )
  const isNarrowed =
    (ofScope: Layer | undefined) =>
    ({ status, profile }: User): boolean => {
      const layers = [profiles.get(profile ?? ''), ofScope, defaults]
      const under = layers.find((layer) => layer?.status !== undefined)?.status
      return (status === 'blocked' || status === 'sandbox') && (under === null ? fields.status.reset : under) === 'allowed'
    }
  return foundIn(files, (file) => {
    for (const { users, path, subaccount } of userLists(file)) {
      const at = users.findIndex(isNarrowed(ofScopes.get(subaccount ?? '')))
      if (at >= 0) return [...path, at, 'status']
    }
    return undefined
  })
}

const foundIn = (
  files: ReadonlyArray<Decoded<IncludedFile>>,
  find: (one: Decoded<IncludedFile>) => Path | undefined,
): string | undefined => {
  for (const one of files) {
    const path = find(one)
    const key = path?.at(-1)
    if (path !== undefined) return `${String(key)} (${said({ document: one.document, path }, 'key')})`
  }
  return undefined
}

const absentIn = ({ file }: Decoded<IncludedFile>): Path | undefined => {
  const lists = [file.absent, ...subaccountsIn(file).map(({ absent }) => absent)]
  const at = lists.findIndex((list) => list !== undefined && list.length > 0)
  return at < 0 ? undefined : at === 0 ? ['absent'] : ['subaccounts', at - 1, 'absent']
}

const datesIn = (file: Decoded<IncludedFile>): Path | undefined => {
  for (const { users, path } of userLists(file)) {
    const at = users.findIndex(({ starts, expires }) => starts !== undefined || expires !== undefined)
    if (at >= 0) return [...path, at, users[at]?.starts === undefined ? 'expires' : 'starts']
  }
  return undefined
}

/** A list of users, and the subaccount that they are of. */
type UserList = { readonly users: ReadonlyArray<User>; readonly path: Path; readonly subaccount: string | undefined }

const userLists = ({ file }: Decoded<IncludedFile>): ReadonlyArray<UserList> => [
  { users: file.users ?? [], path: ['users'], subaccount: undefined },
  ...subaccountsIn(file).map(({ id, users = [] }, at) => ({
    users,
    path: ['subaccounts', at, 'users'],
    subaccount: id,
  })),
]
