// `validate`: decodes and merges the config, offline, and warns where reads alone take longer than the schedule's period, where an empty list would
// have everybody blocked, and where a file that is cut off could be taken for a whole one.

import { counted } from '../domain/basics/counted.ts'
import { visible } from '../domain/basics/visible.ts'
import type { Cap } from '../domain/wanted/desired.ts'
import { E } from '../fp.ts'
import type { Config, LoadEither } from '../reconcile/plan.ts'
import { failing } from './ending.ts'
import { failureJson, printJson } from './render/json.ts'
import { NO_LIST } from './render/plainly.ts'
import type { Terminal } from './terminal.ts'

export type ValidateOptions = { readonly format: 'text' | 'json'; readonly secrets: boolean }

type Ports = {
  readonly terminal: Terminal
  /** A listed name that nobody can be created by is a fault here. */
  readonly load: LoadEither
  /** The shortest time between two runs of a schedule, in milliseconds. */
  readonly shortestGapMs: (expression: string, timezone: string) => number
}

type Checked = Pick<Config, 'desired' | 'digest'>

const FORMAT = 'smtp2go-reconciler/validation@1'

/** Runs `validate`; gives its exit code. */
export const validate = async (ports: Ports, { format, secrets }: ValidateOptions): Promise<number> => {
  const { terminal } = ports
  const config = await (secrets ? ports.load('resolve')() : ports.load('references')())
  if (E.isLeft(config)) return failing(terminal, format, failureJson(FORMAT, { valid: false }))(config.left)
  const { desired, digest } = config.right
  const { coverage } = desired
  const users = desired.scopes.reduce((sum, scope) => sum + scope.users.length, 0)
  const noLists = desired.scopes.length === 0 && coverage === undefined ? [`nobody will be looked at: ${NO_LIST}`] : []
  const unmarked = desired.unmarked === undefined ? [] : [desired.unmarked]
  const warnings = [...noLists, ...emptyLists(config.right), ...unmarked, ...slowReads(ports, config.right)]
  if (format === 'json')
    terminal.out(
      printJson({
        format: FORMAT,
        valid: true,
        files: desired.files,
        digest,
        scopes: desired.scopes.length,
        ...(coverage === undefined ? {} : { subaccounts: 'all' }),
        users,
        warnings,
      }),
    )
  else
    terminal.out(
      `${visible(desired.files.join(', '))}: valid; ${counted(users, 'user')} in ${counted(desired.scopes.length, 'scope')}${coverage === undefined ? '' : `, and every active subaccount (${visible(coverage)}), which only the service knows`}${secrets ? found(desired) : '; secrets were not looked up (--secrets does)'}\n`,
    )
  for (const warning of warnings) terminal.err(`warning: ${visible(warning)}\n`)
  return 0
}

const found = ({ api }: Checked['desired']): string =>
  `, all secrets found${api.endpoint._tag === 'Sandbox' ? '; the sandbox needs no API key, so that one was not looked up' : ''}`

/** A warning where nobody is listed although the policy takes unlisted users away: more often a list that is yet to be written. */
export const emptyLists = ({ desired: { policy, scopes } }: Checked): ReadonlyArray<string> =>
  policy.unlisted !== 'block' && policy.unlisted !== 'remove'
    ? []
    : scopes
        .filter(({ users }) => users.length === 0)
        .map(
          ({ scope }) =>
            `${scope} lists no users and policy.unlisted is ${policy.unlisted}: every user that is live there and not ignored or protected is to be blocked, at most ${capWords(policy.caps.max_blocks)} in 24 h; write the list first (export --adopt), or set policy.unlisted to report`,
        )

const capWords = ({ percent, count }: Cap): string =>
  [...(percent === undefined ? [] : [`${percent}% of them`]), ...(count === undefined ? [] : [String(count)])].join(' or ')

/** A warning where reading alone takes longer than the period of the schedule. */
export const slowReads = (ports: Pick<Ports, 'shortestGapMs'>, { desired }: Checked): ReadonlyArray<string> => {
  const { api, schedule, scopes } = desired
  if (schedule.cron === undefined || api.pace === undefined) return []
  // No window is fresh: the run before has used it up.
  const readsMs = (scopes.length * api.pace.perMs) / api.pace.count
  const periodMs = ports.shortestGapMs(schedule.cron, schedule.timezone)
  if (readsMs <= periodMs) return []
  return [
    `reading ${counted(scopes.length, 'scope')} takes about ${Math.ceil(readsMs / 1000)} s at api.pace, the schedule starts a run every ${Math.round(periodMs / 1000)} s: runs will follow each other without a break; use a longer schedule or a faster pace`,
  ]
}
