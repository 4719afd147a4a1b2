// A config of given files and secrets, loaded without a file system.
import { normalize } from 'node:path'
import { printProblem } from '../../src/cli/render/problem.ts'
import { type Parse, parseText } from '../../src/config/parsed.ts'
import { emptyShelf, type Shelf } from '../../src/config/shelf.ts'
import type { Problem } from '../../src/domain/basics/failure.ts'
import { Secret } from '../../src/domain/user/secret.ts'
import { E, TE } from '../../src/fp.ts'
import type { ConfigText, Schedules, Secrets } from '../../src/ports.ts'
import { type DesiredOptions, type LoadedDesired, loadDesired } from '../../src/reconcile/desired.ts'
import { newKey } from '../support/fresh.ts'
import { turning } from '../support/turning.ts'

/** Files by name, the main one being `config.yaml`. */
export type Files = { readonly [name: string]: string }

/** The value behind each reference; one that is not there is missing. */
export type Values = { readonly [name: string]: string }

const textsOf = (files: Files): ConfigText => ({
  read: (path) => TE.right({ name: path === '' ? 'config.yaml' : path, text: files[path === '' ? 'config.yaml' : path] ?? '' }),
  find: (pattern) => {
    const [start = '', end = ''] = pattern.split('*')
    return TE.right(
      Object.keys(files)
        .filter((name) => (pattern.includes('*') ? name.startsWith(start) && name.endsWith(end) : name === pattern))
        .sort(),
    )
  },
  placeOf: (path) => normalize(path),
})

const secretsOf = (values: Values): Secrets => ({
  fetch: async (ref) => {
    const name = ref._tag === 'env' || ref._tag === 'credential' ? ref.name : ref.path
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) return { _tag: 'Missing', why: `nothing is kept under ${ref._tag} ${name}` }
    return { _tag: 'Found', secret: new Secret(value) }
  },
  save: () => TE.right(undefined),
})

const schedules: Schedules = {
  check: (expression) => (/^[\d*/ ,-]+$/.test(expression) ? undefined : `not a cron expression; write five or six fields`),
  shortestGapMs: (expression) => (expression.split(' ').length === 6 ? 1000 : 60_000),
}

/** Parses a text here. */
export const parse: Parse = async (text) => parseText(text)

/** A shelf on which nothing stands. */
export const newShelf = (): Shelf => emptyShelf(parse)

/** The key that configs here find in the variable KEY. */
export const KEY = newKey()

/** Loads a config; one text is the main file. */
export const load = (
  files: Files | string,
  values: Values = {},
  options: DesiredOptions = { secrets: 'resolve' },
  shelf: Shelf = newShelf(),
) =>
  loadDesired(
    {
      configText: textsOf(typeof files === 'string' ? { 'config.yaml': files } : files),
      secrets: secretsOf({ KEY, ...values }),
      shelf,
      schedules,
      clock: turning(),
    },
    options,
  )()

/** The problems of a config that must not load. */
export const problemsOf = async (files: Files | string, values: Values = {}): Promise<ReadonlyArray<Problem>> => {
  const loaded = await load(files, values)
  if (E.isRight(loaded)) return []
  if (loaded.left._tag !== 'ConfigInvalid') throw new Error(`not a config fault: ${loaded.left._tag}`)
  return loaded.left.problems
}

/** The problems as they are printed. */
export const printed = async (files: Files | string, values: Values = {}): Promise<string> =>
  (await problemsOf(files, values)).map(printProblem).join('\n')

/** A config that must load. */
export const loaded = async (files: Files | string, values: Values = {}, options?: DesiredOptions): Promise<LoadedDesired> => {
  const result = await load(files, values, options)
  if (E.isRight(result)) return result.right
  const why = result.left._tag === 'ConfigInvalid' ? result.left.problems.map(printProblem).join('\n') : result.left._tag
  throw new Error(`does not load:\n${why}`)
}
