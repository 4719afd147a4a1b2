// Where the state of a config is kept: its state directory, as far as anything names one.
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { configText } from '../adapters/config-file.ts'
import type { GlobalOptions } from '../cli/args.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { E, type TE } from '../fp.ts'
import type { Load } from './loading.ts'
import { parse } from './parsing.ts'
import { unlessStopped } from './until-stopped.ts'
import type { World } from './world.ts'

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
    if (config.left._tag === 'Stopped') return config
    if (global.stateDir !== undefined) return E.right(stateDirOf(world, global, undefined))
    const source = await unlessStopped(world.signal, configText({ file: global.config, live: false }).read(''))()
    if (E.isLeft(source) && source.left._tag === 'Stopped') return source
    const parsed = E.isRight(source) ? await parse(source.right.text) : undefined
    const value = parsed?._tag === 'Data' ? parsed.placed.value : undefined
    if (typeof value !== 'object' || value === null) return config
    const stateDir = Object.getOwnPropertyDescriptor(value, 'state_dir')?.value
    if (stateDir === undefined || stateDir === null) return E.right(stateDirOf(world, global, undefined))
    return typeof stateDir === 'string' ? E.right(stateDirOf(world, global, stateDir)) : config
  }
