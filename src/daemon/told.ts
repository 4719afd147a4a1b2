// What was told, as it is kept between two starts: a restart tells nothing anew, and what began before it is told when it is over. Text that
// is none of ours says that nothing was told.
import { parsedJson } from '../domain/basics/json.ts'
import { SCOPE_ERRORS } from '../domain/plan/plan.ts'
import { isWatched, type Scope } from '../domain/wanted/scope.ts'
import type { ToldOfScope } from './scope-watch.ts'
import { nothingTold, type Watch } from './transitions.ts'

const FORMAT = 'smtp2go-reconciler/told@1'

/** What was told, as text. */
export const toldText = ({ configBroken, runFailed, scopes }: Watch): string => {
  const each = [...scopes].map(([scope, { error, drift, held, missed }]) => ({
    scope,
    error,
    drift: [...drift],
    held: [...held],
    missed: [...missed],
  }))
  return `${JSON.stringify({ format: FORMAT, config_broken: configBroken, run_failed: runFailed, scopes: each })}\n`
}

/** What a text says was told. */
export const toldIn = (text: string): Watch => {
  const json = parsedJson(text)
  if (!isRecord(json) || json.format !== FORMAT || !Array.isArray(json.scopes)) return nothingTold
  return {
    ...nothingTold,
    configBroken: json.config_broken === true,
    runFailed: json.run_failed === true,
    scopes: new Map(json.scopes.flatMap(scopeIn)),
  }
}

const scopeIn = (json: unknown): ReadonlyArray<readonly [Scope, ToldOfScope]> => {
  if (!isRecord(json) || !isWatched(json.scope)) return []
  const { scope, drift, held, missed } = json
  const error = SCOPE_ERRORS.find((kind) => kind === json.error)
  return [[scope, { error, drift: namesIn(drift), held: namesIn(held), missed: namesIn(missed) }]]
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

const namesIn = (value: unknown): ReadonlySet<string> =>
  new Set(Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [])
