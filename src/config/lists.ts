// The lists of one file, every user with its layers merged. They hang on that file and on the ground alone, so a file that is as it was is resolved
// once, whatever becomes of the others.
import type { Problem } from '../domain/basics/failure.ts'
import { each, type Work } from '../domain/basics/work.ts'
import type { AbsentUser, DesiredUser } from '../domain/wanted/desired.ts'
import { type Scope, subaccount } from '../domain/wanted/scope.ts'
import { type Decoded, type IncludedFile, subaccountsIn, type User } from './file.ts'
import type { Ground } from './ground.ts'
import { type At, said } from './place.ts'
import type { Path } from './problem.ts'
import { resolveUser } from './user.ts'
import { bytesFor, LARGEST, scales } from './weight.ts'

/** A listed user, as it stands in a file and as it is resolved. */
export type ListedUser = { readonly scope: Scope; readonly entry: User; readonly user: DesiredUser; readonly at: At }

/** What one file lists of one scope. */
export type FileList = {
  readonly scope: Scope
  readonly source: string
  /** The file as it is remembered. */
  readonly file: string
  /** `undefined`: it has no list of users of this scope. */
  readonly users: ReadonlyArray<ListedUser> | undefined
  readonly absent: ReadonlyArray<AbsentUser>
  /** The first of these. */
  readonly absentAt: At
  /** Those of its users that one request cannot hold. */
  readonly heavy: ReadonlyArray<ListedUser>
  /** What is wrong with its users. */
  readonly problems: ReadonlyArray<Problem>
}

type Made = { readonly ground: Ground; readonly lists: ReadonlyArray<FileList> }

const made = new WeakMap<Decoded<IncludedFile>, Made>()

/** The lists of a file on this ground. */
export function* listsOf(decoded: Decoded<IncludedFile>, ground: Ground): Work<ReadonlyArray<FileList>> {
  const known = made.get(decoded)
  if (known?.ground === ground) return known.lists
  const { file } = decoded
  const lists: Array<FileList> = [...(yield* listOf(decoded, { scope: 'account', lists: file, path: [] }, ground))]
  for (const [at, entry] of subaccountsIn(file).entries()) {
    const about = { scope: subaccount(entry.id), lists: entry, path: ['subaccounts', at] }
    lists.push(...(yield* listOf(decoded, about, ground)))
  }
  made.set(decoded, { ground, lists })
  return lists
}

type About = { readonly scope: Scope; readonly lists: Pick<IncludedFile, 'users' | 'absent'>; readonly path: Path }

function* listOf(
  { document }: Decoded<IncludedFile>,
  { scope, lists: { users, absent = [] }, path }: About,
  { weakerOf, secrets, calendar }: Ground,
): Work<ReadonlyArray<FileList>> {
  if (users === undefined && absent.length === 0) return []
  const problems: Array<Problem> = []
  const resolved = yield* each((users ?? []).entries(), ([index, entry]): ListedUser => {
    const at = { document, path: [...path, 'users', index] }
    const result = resolveUser(entry, at, { weaker: weakerOf(scope, entry.profile), secrets, calendar })
    for (const problem of result.problems) problems.push(problem)
    return { scope, entry, user: result.user, at }
  })
  yield
  const weigh = scales()
  const isHeavy = ({ user: { username, managed } }: ListedUser): boolean => bytesFor(username, [managed], weigh) > LARGEST
  const absentAt = (index: number): At => ({ document, path: [...path, 'absent', index] })
  const key = { document, path: [...path, users === undefined ? 'absent' : 'users'] }
  return [
    {
      scope,
      source: `${said(key, 'key')} users`,
      file: document.remembered,
      users: users === undefined ? undefined : resolved,
      absent: absent.map(({ username, reason }, index) => ({ username, reason, source: `${said(absentAt(index))} absent` })),
      absentAt: absentAt(0),
      heavy: resolved.filter(isHeavy),
      problems,
    },
  ]
}
