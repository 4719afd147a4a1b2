// `apply`: plan, guard, apply, verify, report. On a terminal it shows the plan and asks; a report is printed on every exit.

import type { Failure } from '../domain/basics/failure.ts'
import type { Unfinished } from '../domain/plan/report.ts'
import type { Glob } from '../domain/user/username.ts'
import { onlyScope, type Scope } from '../domain/wanted/scope.ts'
import { E, TE } from '../fp.ts'
import type { Config } from '../reconcile/plan.ts'
import type { ReconcilePorts } from '../reconcile/reconcile.ts'
import { exactly, reconciling } from '../reconcile/reconcile.ts'
import { applyWith, askedOn, nobodyText, nobodyToAsk } from './agree.ts'
import { failing } from './ending.ts'
import { printJson, reportJson, unfinishedJson } from './render/json.ts'
import { reportText } from './render/text.ts'
import type { Terminal } from './terminal.ts'

export type ApplyOptions = {
  readonly format: 'text' | 'json'
  readonly yes: boolean
  readonly digest: string | undefined
  readonly reason: string
  readonly user: Glob | undefined
  readonly scope: Scope | undefined
}

type Ports = {
  readonly terminal: Terminal
  readonly load: (secrets: 'resolve') => TE.TaskEither<Failure, Config>
  /** Takes the lock of the state directory; a second writer is refused here. */
  readonly writing: (config: Config) => TE.TaskEither<Failure, ReconcilePorts>
  /** The options with which a quoted command finds us. */
  readonly reachedBy: string
  readonly signal: AbortSignal
  /** Name of the person who runs it. */
  readonly who: string
}

/** Runs `apply`; gives its exit code. */
export const apply = async (ports: Ports, options: ApplyOptions): Promise<number> => {
  const { terminal } = ports
  const fail = (unfinished: Unfinished): number =>
    failing(terminal, options.format, () => unfinishedJson(unfinished))(unfinished.failure)
  if (!terminal.interactive && !options.yes && options.digest === undefined) return fail({ failure: nobodyToAsk('apply') })
  const config = await ports.load('resolve')()
  if (E.isLeft(config)) return fail({ failure: config.left })
  const writing = await ports.writing(config.right)()
  if (E.isLeft(writing)) return fail({ failure: writing.left })
  const { user, scope, digest, reason } = options
  const report = await reconciling(writing.right, config.right, {
    user,
    scopes: onlyScope(scope),
    digest,
    person: true,
    frozen: undefined,
    approveWith: applyWith(options),
    reachedBy: ports.reachedBy,
    by: 'apply',
    who: { by: ports.who, reason },
    ...(options.yes || digest !== undefined ? {} : { ask: askedOn(terminal, 'apply') }),
    agree: (plan) => (digest === undefined ? TE.right(true) : exactly(digest, plan)),
    signal: ports.signal,
  })()
  if (E.isLeft(report)) return fail(report.left)
  terminal.out(
    options.format === 'json'
      ? printJson(reportJson(report.right))
      : reportText(report.right, { colour: terminal.colour, width: terminal.width }),
  )
  terminal.err(nobodyText(report.right.plan, user))
  return report.right.exitCode
}
