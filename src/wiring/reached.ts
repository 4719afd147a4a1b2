// How a person's shell reaches us: the options that a quoted command needs. None where every shell of this machine, or of this user, finds
// the way by itself.
import { join, resolve } from 'node:path'
import type { GlobalOptions } from '../cli/args.ts'
import { shellWord } from '../domain/basics/command.ts'
import { xdgStateDir } from './state-place.ts'
import type { World } from './world.ts'

/** The control socket of the unit that comes with the program. */
export const OF_THE_UNIT = '/run/smtp2go-reconciler/control.sock'

/** The options that lead to a daemon with this control socket. */
export const toSocket = ({ env }: Pick<World, 'env'>, path: string): string =>
  path === OF_THE_UNIT || (hasHome(env) && path === join(xdgStateDir(env), 'control.sock')) ? '' : ` --socket ${shellWord(path)}`

// The user of a systemd unit has none, and to ask for it is an error.
const hasHome = ({ XDG_STATE_HOME, HOME }: World['env']): boolean => XDG_STATE_HOME !== undefined || HOME !== undefined

/** The options that lead to this config and this state directory, as far as they were typed. */
export const toState = ({ env }: Pick<World, 'env'>, { config, stateDir }: GlobalOptions): string => {
  const isUsual = config === 'config.yaml' || config === env.SMTP2GO_RECONCILER_CONFIG
  return [
    ...(isUsual ? [] : [` --config ${shellWord(resolve(config))}`]),
    ...(stateDir === undefined ? [] : [` --state-dir ${shellWord(resolve(stateDir))}`]),
  ].join('')
}
