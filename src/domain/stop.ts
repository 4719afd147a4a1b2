// What came of an emergency stop, in words, and the YAML that would make it permanent.
import type { Ended, Held, Report } from './plan.ts'
import type { Scope } from './scope.ts'
import type { Glob } from './username.ts'

type Blocked = { readonly scope: Scope; readonly ended: Ended }
type Stuck = { readonly scope: Scope; readonly held: Held }

const blocksIn = (report: Report, pattern: Glob): ReadonlyArray<Blocked> =>
  [...report.ended].flatMap(([scope, ended]) =>
    ended.filter((one) => one.change === 'block' && pattern.matches(one.username)).map((one) => ({ scope, ended: one })),
  )

const stuckIn = (report: Report, pattern: Glob): ReadonlyArray<Stuck> =>
  report.plan.scopes.flatMap((plan) =>
    plan._tag === 'Errored'
      ? []
      : plan.held
          .filter((one) => one.change === 'block' && pattern.matches(one.username))
          .map((held) => ({ scope: plan.scope, held })),
  )

const isDone = ({ ended: { outcome } }: Blocked): boolean => outcome === 'verified' || outcome === 'unobservable'

/** Whether every matching user that could be seen is blocked now. */
export const isStopped = (report: Report, pattern: Glob): boolean =>
  blocksIn(report, pattern).every(isDone) &&
  stuckIn(report, pattern).length === 0 &&
  !report.plan.scopes.some(({ _tag }) => _tag === 'Errored')

/** The result of an emergency stop; `listed` are the users of the config. */
export const stopText = (report: Report, pattern: Glob, listed: ReadonlySet<string>): string => {
  const blocks = blocksIn(report, pattern)
  const done = blocks.filter(isDone)
  const stuck = stuckIn(report, pattern)
  const why =
    blocks.length + stuck.length > 0 ? '' : `: no user that was seen, and was not blocked already, matches '${pattern.text}'`
  const lines = [
    done.length === 0
      ? `nobody was blocked now${why}`
      : `blocked: ${done.map(({ scope, ended }) => `${ended.username} (${scope})`).join(', ')}`,
    ...blocks
      .filter((one) => !isDone(one))
      .map(({ scope, ended }) => `NOT blocked: ${ended.username} (${scope}): ${ended.error ?? ended.outcome}`),
    ...stuck.map(({ scope, held }) => `NOT blocked: ${held.username} (${scope}): ${held.message}`),
    ...report.plan.scopes.flatMap((plan) =>
      plan._tag === 'Errored' ? [`NOT blocked in ${plan.scope}: ${plan.error.message}`] : [],
    ),
    `the stop keeps all that match blocked until it ends, or: release --match '${pattern.text}'`,
    'then the config decides; a user whose config says no status stays blocked',
  ]
  return [...lines, ...permanent(done, listed)].join('\n')
}

const permanent = (done: ReadonlyArray<Blocked>, listed: ReadonlySet<string>): ReadonlyArray<string> => {
  if (done.length === 0) return []
  const names = done.map(({ ended }) => ended.username)
  const ours = names.filter((name) => listed.has(name))
  const others = names.filter((name) => !listed.has(name))
  return [
    'to make it permanent, say so in the config:',
    ...(ours.length === 0 ? [] : ['users:', ...ours.map((name) => `  - { username: ${name}, status: blocked }`)]),
    ...(others.length === 0 ? [] : ['absent:', ...others.map((name) => `  - { username: ${name} }`)]),
  ]
}
