// Wiring of the config: from files, from memory, or from files of which some have another text; and where its state is kept.
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { configText } from '../adapters/config-file.ts'
import { secretStore } from '../adapters/secrets.ts'
import type { Confidence } from '../adapters/smtp2go/tell.ts'
import { codeOf } from '../adapters/system.ts'
import type { GlobalOptions } from '../cli/args.ts'
import { emptyShelf } from '../config/shelf.ts'
import type { Failure } from '../domain/failure.ts'
import { E, pipe, TE } from '../fp.ts'
import type { ConfigText, SourceText } from '../ports.ts'
import { type DesiredOptions, loadDesired } from '../reconcile/desired.ts'
import type { Config, Outline } from '../reconcile/plan.ts'
import { parse } from './parsing.ts'
import { clock, crypto, schedules, type World } from './world.ts'

/** Loads the config, with its secrets or without. */
export type Load = {
  (mode: 'resolve' | 'shared'): TE.TaskEither<Failure, Loaded>
  (mode: 'references'): TE.TaskEither<Failure, Outline>
}
type Loaded = Config & { readonly texts: ReadonlyArray<SourceText> }

/** Loads the config afresh at each call; generated passwords stay the same within one process. */
export const loading = ({ env }: World, file: string, texts: ConfigText, { keep }: Pick<Confidence, 'keep'>) => {
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
        loadDesired({ configText: texts, secrets, schedules, shelf, clock }, { secrets: mode, seen }),
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

/** The state directory, from the first place that names one. */
export const stateDirOf = ({ env }: World, global: GlobalOptions, fromConfig: string | undefined): string =>
  resolve(global.stateDir ?? besideConfig(global, fromConfig) ?? env.STATE_DIRECTORY?.split(':')[0] ?? xdgStateDir(env))

const besideConfig = ({ config }: GlobalOptions, path: string | undefined): string | undefined =>
  path === undefined ? undefined : resolve(dirname(config), path)

/** The state directory of a person. Asked for last: the user of a systemd unit has no home. */
export const xdgStateDir = (env: World['env']): string =>
  join(env.XDG_STATE_HOME ?? join(env.HOME ?? home(), '.local', 'state'), 'smtp2go-reconciler')

// Whom the machine does not know has the home of those who have none: nothing is kept there, and what must be asks for --state-dir.
const home = (): string => {
  const found = E.tryCatch(homedir, () => undefined)
  return E.isRight(found) ? found.right : '/nonexistent'
}

/** Whether a state directory is the person's own, since nothing names one. */
export const isUsualDir = ({ env }: World, global: GlobalOptions, dir: string): boolean =>
  global.stateDir === undefined && env.STATE_DIRECTORY === undefined && dir === resolve(xdgStateDir(env))

/** The state directory of a config that may be broken or missing; where the file does not say which, the one without a config. */
export const knownStateDir = async (world: World, global: GlobalOptions, load: Load): Promise<string> => {
  const told = await toldStateDir(world, global, load)()
  return E.isRight(told) ? told.right : stateDirOf(world, global, undefined)
}

/** The state directory that is meant beyond doubt; where a broken config hides it, its faults. */
export const toldStateDir =
  (world: World, global: GlobalOptions, load: Load): TE.TaskEither<Failure, string> =>
  async () => {
    const config = await load('references')()
    if (E.isRight(config)) return E.right(stateDirOf(world, global, config.right.desired.stateDir))
    if (global.stateDir !== undefined) return E.right(stateDirOf(world, global, undefined))
    const source = await configText({ file: global.config, live: false }).read('')()
    const parsed = E.isRight(source) ? await parse(source.right.text) : undefined
    const value = parsed?._tag === 'Data' ? parsed.placed.value : undefined
    if (typeof value !== 'object' || value === null) return config
    const stateDir = Object.getOwnPropertyDescriptor(value, 'state_dir')?.value
    if (stateDir === undefined || stateDir === null) return E.right(stateDirOf(world, global, undefined))
    return typeof stateDir === 'string' ? E.right(stateDirOf(world, global, stateDir)) : config
  }
