// `validate`: decodes and merges the config, offline, and warns where reads alone take longer than the schedule's period.
import type { Failure } from '../domain/failure.ts'
import { visible } from '../domain/visible.ts'
import { E, type TE } from '../fp.ts'
import type { Config } from '../reconcile/plan.ts'
import { failureExitCode, failureText } from './failure.ts'
import { failureJson, printJson } from './render/json.ts'
import type { Terminal } from './terminal.ts'

export type ValidateOptions = { readonly format: 'text' | 'json'; readonly secrets: boolean }

type Ports = {
  readonly terminal: Terminal
  readonly load: (secrets: 'resolve' | 'references') => TE.TaskEither<Failure, Config>
  /** The shortest time between two runs of a schedule, in milliseconds. */
  readonly shortestGapMs: (expression: string, timezone: string) => number
}

/** Runs `validate`; gives its exit code. */
export const validate = async (ports: Ports, { format, secrets }: ValidateOptions): Promise<number> => {
  const { terminal } = ports
  const config = await ports.load(secrets ? 'resolve' : 'references')()
  if (E.isLeft(config)) {
    if (format === 'json')
      terminal.out(printJson({ ...failureJson(config.left), format: 'smtp2go-reconciler/validation@1', valid: false }))
    terminal.err(failureText(config.left))
    return failureExitCode(config.left)
  }
  const { desired, digest } = config.right
  const users = desired.scopes.reduce((sum, scope) => sum + scope.users.length, 0)
  const warnings = slowReads(ports, config.right)
  if (format === 'json')
    terminal.out(
      printJson({
        format: 'smtp2go-reconciler/validation@1',
        valid: true,
        files: desired.files,
        digest,
        scopes: desired.scopes.length,
        users,
        warnings,
      }),
    )
  else
    terminal.out(
      `${visible(desired.files.join(', '))}: valid; ${counted(users, 'user')} in ${counted(desired.scopes.length, 'scope')}${secrets ? ', all secrets found' : '; secrets were not looked up (--secrets does)'}\n`,
    )
  for (const warning of warnings) terminal.err(`warning: ${visible(warning)}\n`)
  return 0
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

/** A warning where reading alone takes longer than the period of the schedule. */
export const slowReads = (ports: Pick<Ports, 'shortestGapMs'>, { desired }: Config): ReadonlyArray<string> => {
  const { api, schedule, scopes } = desired
  if (schedule.cron === undefined || api.pace === undefined) return []
  const periodMs = ports.shortestGapMs(schedule.cron, schedule.timezone)
  const readsMs = Math.max(0, scopes.length - api.pace.count) * (api.pace.perMs / api.pace.count)
  if (readsMs <= periodMs) return []
  return [
    `reading ${counted(scopes.length, 'scope')} takes about ${Math.ceil(readsMs / 1000)} s at api.pace, the schedule starts a run every ${Math.round(periodMs / 1000)} s: runs will follow each other without a break; use a longer schedule or a faster pace`,
  ]
}
