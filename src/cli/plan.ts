// `plan`: observes and prints the plan. It is handed a reader, so that it cannot write.
import type { Failure } from '../domain/basics/failure.ts'
import type { Plan } from '../domain/plan/plan.ts'
import { planExitCode } from '../domain/plan/report.ts'
import type { Glob } from '../domain/user/username.ts'
import { onlyScope, type Scope } from '../domain/wanted/scope.ts'
import { E, type TE } from '../fp.ts'
import type { ObservePorts } from '../reconcile/observe.ts'
import { planOffline } from '../reconcile/offline.ts'
import type { Config, LoadEither } from '../reconcile/plan.ts'
import { consider } from '../reconcile/plan.ts'
import { applyWith, nobodyText } from './agree.ts'
import { delivered, failing } from './ending.ts'
import { planJson, printJson, unfinishedJson } from './render/json.ts'
import { planMarkdown } from './render/markdown.ts'
import { planText } from './render/text.ts'
import { PLAIN, type Terminal } from './terminal.ts'

export type PlanOptions = {
  readonly format: 'text' | 'json' | 'markdown'
  readonly out: string | undefined
  readonly detailedExitcode: boolean
  readonly user: Glob | undefined
  readonly scope: Scope | undefined
  /** Text of a saved snapshot to plan against instead of the service. */
  readonly live: TE.TaskEither<Failure, string> | undefined
}

type Ports = Pick<ObservePorts, 'clock' | 'crypto'> & {
  readonly terminal: Terminal
  readonly load: LoadEither
  readonly observing: (
    config: Config,
  ) => TE.TaskEither<Failure, ObservePorts & { readonly daemonRuns: boolean; readonly reachedBy: string }>
  /** Aborted when nobody waits for the plan any more. */
  readonly signal: AbortSignal
}

/** Runs `plan`; gives its exit code. */
export const plan = async (ports: Ports, options: PlanOptions): Promise<number> => {
  const made = await makePlan(ports, options)
  if (E.isLeft(made)) return failing(ports.terminal, options.format, (failure) => unfinishedJson({ failure }))(made.left)
  const text = rendered(ports.terminal, options, made.right)
  if ((await delivered(ports.terminal, options.out, text)) !== 0) return 1
  ports.terminal.err(nobodyText(made.right, options.user))
  return planExitCode(made.right, options.detailedExitcode)
}

const makePlan = async (ports: Ports, options: PlanOptions): Promise<E.Either<Failure, Plan>> => {
  if (options.live !== undefined) {
    const outline = await ports.load('references')()
    if (E.isLeft(outline)) return outline
    const text = await options.live()
    if (E.isLeft(text)) return text
    return planOffline(ports, outline.right, { text: text.right, user: options.user, scopes: onlyScope(options.scope) })
  }
  const config = await ports.load('resolve')()
  if (E.isLeft(config)) return config
  const observing = await ports.observing(config.right)()
  if (E.isLeft(observing)) return observing
  const { daemonRuns, reachedBy } = observing.right
  const considered = await consider(observing.right, config.right, {
    user: options.user,
    scopes: onlyScope(options.scope),
    digest: undefined,
    person: !daemonRuns,
    frozen: undefined,
    signal: ports.signal,
    approveWith: daemonRuns ? (digest) => (options.user === undefined ? `approve ${digest}` : undefined) : applyWith(options),
    reachedBy,
  })()
  return E.isLeft(considered) ? considered : E.right(considered.right.plan)
}

const rendered = (terminal: Terminal, options: PlanOptions, made: Plan): string => {
  switch (options.format) {
    case 'json':
      return printJson(planJson(made))
    case 'markdown':
      return planMarkdown(made)
    case 'text':
      return planText(made, {
        ...(options.out === undefined ? terminal : PLAIN),
        command: 'apply',
        partial: options.user !== undefined || options.scope !== undefined,
      })
  }
}
