// How each file ends (S2), and what in it lets less be written: all that it says of users besides its lists of them. Where a file was cut off, the
// end of that is missing, or the end of the entry that now stands last.
import type { Ending } from '../domain/wanted/desired.ts'
import { type Scope, subaccount } from '../domain/wanted/scope.ts'
import { isMapping } from './codec.ts'
import { type SourceDocument, valueAt } from './document.ts'
import { type ConfigFiles, type Decoded, type IncludedFile, subaccountsIn } from './file.ts'
import { inWords, type Path } from './problem.ts'

/** How the files end, the main one first. */
export const endingsOf = ({ main, included }: ConfigFiles): ReadonlyArray<Ending> => [main, ...included].map(endingOf)

/** Who is listed, and what says nothing of users. */
const NO_RESTRAINT = ['users', 'absent', 'subaccounts', 'version', 'http', 'control', 'notify', 'state_dir']

const endingOf = ({ document, file }: Decoded<IncludedFile>): Ending => {
  const last = lastIn(document.value, [])
  const entry = openEntry(document, last)
  const sections = isMapping(document.value) ? Object.keys(document.value).filter((name) => !NO_RESTRAINT.includes(name)) : []
  const inScopes = new Map<Scope, ReadonlyArray<string>>()
  for (const [at, { id, defaults }] of subaccountsIn(file).entries())
    if (defaults !== undefined) {
      // Its place in the list may change, its id does not.
      const said = saidAt(document, last, ['subaccounts', at, 'defaults']).map((path) => inWords(path.slice(2)))
      inScopes.set(
        subaccount(id),
        said.map((one) => `${subaccount(id)} ${one}`),
      )
    }
  return {
    file: document.remembered,
    isMarked: document.endsWithMarker,
    restraints: sections.flatMap((name) => saidAt(document, last, [name])).map(inWords),
    ...(inScopes.size === 0 ? {} : { inScopes }),
    ...(entry === undefined ? {} : { last: entry }),
  }
}

/** The way to what stands last. */
const lastIn = (value: unknown, path: Path): Path => {
  const step = isMapping(value)
    ? Object.keys(value).at(-1)
    : Array.isArray(value) && value.length > 0
      ? value.length - 1
      : undefined
  return step === undefined ? path : lastIn(valueAt({ value }, [step]), [...path, step])
}

/** What a file says at a path and below it, of a list its entries; but nothing that it may have been cut off within. */
const saidAt = (document: SourceDocument, last: Path, path: Path): ReadonlyArray<Path> => {
  const value = valueAt(document, path)
  const below = (step: string | number): ReadonlyArray<Path> => saidAt(document, last, [...path, step])
  if (isMapping(value)) return [path, ...Object.keys(value).flatMap(below)]
  // Of waivers there may be hundreds, which stand in the memory of every scope: their number tells that some are gone.
  if (Array.isArray(value) && value.some(isMapping) && path.length > 1) return [path, [...path, value.length]]
  if (Array.isArray(value)) return [path, ...[...value.keys()].flatMap(below)]
  const isLast = path.length === last.length && path.every((step, at) => step === last[at])
  const mayGoOn = isLast && (!document.endsLine || (typeof value === 'string' && value.includes('\n')))
  return mayGoOn ? [] : [path]
}

/** The listed user whose entry stands last, where no brackets end it. */
const openEntry = (document: SourceDocument, last: Path): Ending['last'] => {
  const [list, at, users] = last
  const path = last.slice(0, list === 'users' ? 2 : list === 'subaccounts' && users === 'users' ? 4 : 0)
  const username = valueAt(document, [...path, 'username'])
  if (typeof username !== 'string' || document.isInBrackets(path)) return undefined
  const id = list === 'users' ? undefined : valueAt(document, ['subaccounts', at ?? '', 'id'])
  const hasStatus = valueAt(document, [...path, 'status']) !== undefined
  return { scope: typeof id === 'string' ? subaccount(id) : 'account', username, hasStatus }
}
