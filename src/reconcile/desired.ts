// From the files to the desired state: text, document, decoded file, secrets. All problems of all files end in one failure.
import { discreet } from '../config/discreet.ts'
import type { ProblemAt, SourceDocument } from '../config/document.ts'
import { type ConfigFiles, configFile, type Decoded, type IncludedFile, includedFile } from '../config/file.ts'
import { soundParts } from '../config/further.ts'
import { type FoundFile, sifted } from '../config/included.ts'
import { type Documents, nameProblems, newcomersIn } from '../config/listing.ts'
import { problemAt } from '../config/place.ts'
import { quoted, sorted } from '../config/problem.ts'
import { resolve } from '../config/resolve.ts'
import { refKey } from '../config/secret-ref.ts'
import {
  eachOnce,
  type FoundSecrets,
  type PlacedRef,
  type Refs,
  refsIn,
  refsOf,
  secretProblems,
  unfetched,
} from '../config/secrets.ts'
import type { Shelf } from '../config/shelf.ts'
import type { Failure, Problem } from '../domain/basics/failure.ts'
import type { Secret } from '../domain/user/secret.ts'
import type { DesiredState } from '../domain/wanted/desired.ts'
import type { Scope } from '../domain/wanted/scope.ts'
import { E, type TE } from '../fp.ts'
import type { Clock, ConfigText, Schedules, Secrets, SourceText } from '../ports.ts'

export type DesiredPorts = {
  readonly configText: ConfigText
  readonly secrets: Secrets
  readonly schedules: Schedules
  /** Kept from one time to the next, it spares reading what did not change. */
  readonly shelf: Shelf
  readonly clock: Pick<Clock, 'turn' | 'inTurns'>
}

/** Names by scope. */
export type Seen = ReadonlyMap<Scope, ReadonlySet<string>>

/** `shared`: the passwords of users themselves are left out, and not fetched; `references`: no secret is fetched, and something stands for each password. */
export type DesiredOptions = {
  readonly secrets: 'resolve' | 'shared' | 'references'
  /** Who was live when each scope was last seen, asked only where that decides: whoever else is listed by a name that nobody can be created by is
   * then a fault. Absent: that is none, since in a plan such a user is held and stops nobody else (S12). */
  readonly seen?: (() => Promise<Seen>) | undefined
}

/** The desired state and the texts that it was made from. */
export type LoadedDesired = { readonly desired: DesiredState; readonly texts: ReadonlyArray<SourceText> }

/** Reads, decodes, resolves and checks the whole config. */
export const loadDesired =
  (ports: DesiredPorts, options: DesiredOptions): TE.TaskEither<Failure, LoadedDesired> =>
  async () => {
    const text = await ports.configText.read('')()
    if (E.isLeft(text)) return text
    const main = await ports.shelf.document(text.right)
    if (E.isLeft(main)) return invalid(main.left, [text.right])

    const found = await readIncluded(ports, main.right)
    if (E.isLeft(found)) return found
    const { texts: more, documents, problems } = found.right
    const texts = [text.right, ...more]
    const together = { main: main.right, included: documents }
    ports.shelf.keepOnly(texts)
    const { names, files, refs } = await ports.shelf.together([main.right, ...documents], async () => {
      const decoded = await decodeAll(ports, main.right, documents)
      await ports.clock.turn()
      if (E.isLeft(decoded)) return { names: [], files: decoded, refs: [] }
      const names = await ports.clock.inTurns(nameProblems(together))
      await ports.clock.turn()
      return { names, files: decoded, refs: askedIn(refsOf(decoded.right), options) }
    })
    if (E.isLeft(files) || problems.length > 0) {
      const further = await furtherProblems(ports, options, together, problems.length === 0)
      return invalid([...problems, ...(E.isLeft(files) ? files.left : []), ...further], texts)
    }

    const secrets: Fetched =
      options.secrets === 'references'
        ? { found: unfetched(refsOf(files.right)), problems: [] }
        : await fetchSecrets(ports.secrets, refs, options)
    const desired = await ports.shelf.resolved(files.right, secrets.found, () =>
      ports.clock.inTurns(resolve({ files: files.right, secrets: secrets.found, schedules: ports.schedules })),
    )
    const newcomers = await newcomerProblems(ports, options, together)
    const all = [...names, ...newcomers, ...secrets.problems, ...(E.isLeft(desired) ? desired.left : [])]
    return E.isLeft(desired) || all.length > 0 ? invalid(all, texts) : E.right({ desired: desired.right, texts })
  }

const invalid = (problems: ReadonlyArray<Problem>, texts: ReadonlyArray<SourceText>): E.Either<Failure, never> =>
  E.left({
    _tag: 'ConfigInvalid',
    problems: sorted(
      problems,
      texts.map(({ name }) => name),
    ),
  })

type Included = {
  readonly texts: ReadonlyArray<SourceText>
  readonly documents: ReadonlyArray<SourceDocument>
  readonly problems: ReadonlyArray<Problem>
}

const readIncluded = async (
  { configText, shelf, clock }: DesiredPorts,
  main: SourceDocument,
): Promise<E.Either<Failure, Included>> => {
  const texts: Array<SourceText> = []
  const files: Array<FoundFile> = []
  const problems: Array<Problem> = []
  const paths = new Set<string>()
  const amiss: Array<Pick<ProblemAt, 'path' | 'message' | 'hint'>> = []
  for (const [at, pattern] of includePatterns(main).entries()) {
    if (typeof pattern !== 'string' || pattern === '') continue
    const path = ['include', at]
    const found = await configText.find(pattern)()
    if (E.isLeft(found)) {
      if (found.left._tag === 'NoPattern')
        amiss.push({ path, message: 'this is no valid pattern', hint: 'use *, **, ? and [a-z]' })
      else if (found.left._tag === 'ConfigInvalid') problems.push(...found.left.problems)
      else return E.left(found.left)
    } else if (found.right.length === 0) {
      amiss.push({
        path,
        message: `no file matches ${quoted(pattern)}`,
        hint: 'patterns are relative to the folder of the main file; to begin with none, put a file with subaccounts: [] there',
      })
    } else {
      for (const one of found.right) paths.add(one)
    }
  }
  if (amiss.length > 0) problems.push(...amiss.map(discreet(configFile, main).document.problem))
  // All at once, since one that was changed a moment ago is waited for.
  const read = await Promise.all([...paths].map(async (path) => ({ path, text: await configText.read(path)() })))
  for (const { path, text } of read) {
    if (E.isLeft(text)) {
      if (text.left._tag !== 'ConfigInvalid') return text
      problems.push(...text.left.problems)
      continue
    }
    // A pattern such as *.yaml also matches the main file.
    if (text.right.name === main.name) continue
    texts.push(text.right)
    files.push({ path, text: text.right, document: await shelf.document(text.right) })
  }
  const { documents, problems: more } = await clock.inTurns(sifted(main, files, configText.placeOf))
  return E.right({ texts, documents, problems: [...problems, ...more] })
}

// Read before the file is decoded, so that faults of included files are found beside those of the main one.
const includePatterns = ({ value }: SourceDocument): ReadonlyArray<unknown> => {
  const include =
    typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, 'include')?.value : undefined
  return Array.isArray(include) ? include : []
}

const decodeAll = async (
  { shelf, clock }: Pick<DesiredPorts, 'shelf' | 'clock'>,
  main: SourceDocument,
  documents: ReadonlyArray<SourceDocument>,
): Promise<E.Either<ReadonlyArray<Problem>, ConfigFiles>> => {
  await clock.turn()
  const first = shelf.main(main)
  const problems: Array<Problem> = E.isLeft(first) ? [...first.left] : []
  const included: Array<Decoded<IncludedFile>> = []
  for (const document of documents) {
    await clock.turn()
    const file = shelf.included(document)
    if (E.isLeft(file)) for (const problem of file.left) problems.push(problem)
    else included.push(file.right)
  }
  return E.isLeft(first) || problems.length > 0 ? E.left(problems) : E.right({ main: first.right, included })
}

/** What is wrong beside faults of shape and files that are not read, in all that rests on neither. */
const furtherProblems = async (
  { secrets, clock, schedules }: Pick<DesiredPorts, 'secrets' | 'clock' | 'schedules'>,
  options: DesiredOptions,
  documents: Documents,
  areAllRead: boolean,
): Promise<ReadonlyArray<Problem>> => {
  await clock.turn()
  const main = discreet(configFile, documents.main)
  const included = documents.included.map((document) => discreet(includedFile, document))
  const told = { main: main.document, included: included.map(({ document }) => document) }
  const names = [...(await clock.inTurns(nameProblems(told))), ...(await newcomerProblems({ clock }, options, told))]
  const refs = refsIn(documents.main, documents.included)
  const { found, problems } = await fetchSecrets(secrets, askedIn(refs, options), options)
  const before = [...names, ...problems, ...secretProblems(refs, found)]
  const files = soundParts(main, included, areAllRead)
  if (files === undefined) return before
  const desired = await clock.inTurns(resolve({ files, secrets: new Map(), schedules }))
  return [...before, ...(E.isLeft(desired) ? desired.left : [])]
}

const newcomerProblems = async (
  { clock }: Pick<DesiredPorts, 'clock'>,
  { seen }: DesiredOptions,
  documents: Documents,
): Promise<ReadonlyArray<Problem>> => {
  const newcomers = seen === undefined ? [] : await clock.inTurns(newcomersIn(documents))
  if (seen === undefined || newcomers.length === 0) return []
  const live = await seen()
  return newcomers.filter(({ scope, username }) => live.get(scope)?.has(username) !== true).map(({ problem }) => problem)
}

const askedIn = (refs: Refs, { secrets }: DesiredOptions): ReadonlyArray<PlacedRef> =>
  eachOnce(refs, secrets === 'shared' ? 'shared' : 'all')

type Fetched = { readonly found: FoundSecrets; readonly problems: ReadonlyArray<Problem> }

const fetchSecrets = async (secrets: Secrets, refs: ReadonlyArray<PlacedRef>, options: DesiredOptions): Promise<Fetched> => {
  const found = new Map<string, Secret>()
  const problems: Array<Problem> = []
  if (options.secrets === 'references') return { found, problems }
  for (const { ref, place } of refs) {
    const fetched = await secrets.fetch(ref)
    if (fetched._tag === 'Missing') problems.push(problemAt(place, { message: fetched.why, show: 'nothing' }))
    else if (fetched.secret.bytes === 0) problems.push(problemAt(place, { message: 'this secret is empty', show: 'nothing' }))
    else found.set(refKey(ref), fetched.secret)
  }
  return { found, problems }
}
