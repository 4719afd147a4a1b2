// Wiring of the config: from files, from memory, or from files of which some have another text.
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { secretStore } from '../adapters/secrets.ts'
import type { Confidence } from '../adapters/smtp2go/tell.ts'
import { codeOf } from '../adapters/system.ts'
import { emptyShelf } from '../config/shelf.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { pipe, TE } from '../fp.ts'
import type { ConfigText, SourceText } from '../ports.ts'
import { type DesiredOptions, loadDesired } from '../reconcile/desired.ts'
import type { Config, Outline } from '../reconcile/plan.ts'
import { parse } from './parsing.ts'
import { unlessStopped } from './until-stopped.ts'
import { clock, crypto, schedules, type World } from './world.ts'

/** Loads the config, with its secrets or without. */
export type Load = {
  (mode: 'resolve' | 'shared'): TE.TaskEither<Failure, Loaded>
  (mode: 'references'): TE.TaskEither<Failure, Outline>
}
type Loaded = Config & { readonly texts: ReadonlyArray<SourceText> }

/** Loads the config afresh at each call; generated passwords stay the same within one process. */
export const loading = ({ env, signal }: World, file: string, texts: ConfigText, { keep }: Pick<Confidence, 'keep'>) => {
  const secrets = secretStore({
    baseDir: dirname(resolve(file)),
    env,
    credentialsDir: env.CREDENTIALS_DIRECTORY,
    random: crypto.random,
    confide: keep,
  })
  const shelf = emptyShelf(parse)
  // With who was seen live, a listed name that nobody can be created by is a fault.
  const loadKnowing = (seen: DesiredOptions['seen']): Load => {
    function load(mode: 'resolve' | 'shared'): TE.TaskEither<Failure, Loaded>
    function load(mode: 'references'): TE.TaskEither<Failure, Outline>
    function load(mode: DesiredOptions['secrets']): TE.TaskEither<Failure, Loaded | Outline> {
      return pipe(
        unlessStopped(signal, loadDesired({ configText: texts, secrets, schedules, shelf, clock }, { secrets: mode, seen })),
        TE.map((loaded) => {
          const digest = `sha256:${crypto.sha256(JSON.stringify(loaded.texts.map(({ name, remembered = name, text }) => [remembered, text])))}`
          return mode === 'references' ? { desired: loaded.desired, digest, isOutline: true as const } : { ...loaded, digest }
        }),
      )
    }
    return load
  }
  return { load: loadKnowing(undefined), loadKnowing, secrets }
}

/** Config files of which some have another text. */
export const overlaid = (files: ConfigText, texts: ReadonlyMap<string, string>): ConfigText => ({
  ...files,
  read: (path) =>
    pipe(
      files.read(path),
      TE.map((found) => ({ ...found, text: texts.get(found.name) ?? found.text })),
    ),
})

/** A config that is no file. */
export const inMemory = (text: string): ConfigText => ({
  read: () => TE.right({ name: '(command line)', text }),
  find: () => TE.right([]),
  placeOf: (path) => path,
})

/** The text of a file; empty where it cannot be read. */
export const textOf = async (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')

/** The text of a file that the command line names. */
export const namedText = (file: string): TE.TaskEither<Failure, string> =>
  TE.tryCatch(
    () => readFile(file, 'utf8'),
    (thrown): Failure => ({
      _tag: 'InputUnusable',
      path: file,
      message: codeOf(thrown) === 'ENOENT' ? 'there is no such file' : 'it cannot be read: check what it is, its owner and mode',
    }),
  )
