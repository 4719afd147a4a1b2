// What came of an emergency stop, in words, and the YAML that would make it permanent.

import type { E } from '../../fp.ts'
import { fullMessage, shellWord } from '../basics/command.ts'
import type { Failure } from '../basics/failure.ts'
import { visibleYaml } from '../basics/visible.ts'
import { isDone } from '../plan/outcome.ts'
import type { Change, Ended, Held, Report } from '../plan/plan.ts'
import { exitCodeOf } from '../plan/report.ts'
import { fold, type Glob } from '../user/username.ts'
import type { DesiredState } from '../wanted/desired.ts'
import { type Scope, subaccountId } from '../wanted/scope.ts'
import { STOP_OVER } from './hold.ts'

/** The names that a config lists. */
export type Listed = ReadonlyMap<Scope, ReadonlySet<string>>

const listedIn = ({ scopes }: Pick<DesiredState, 'scopes'>): Listed =>
  new Map(scopes.map(({ scope, users }) => [scope, new Set(users.map(({ username }) => username))]))

/** What else a config says of names, and of those that it does not list. */
export type Naming = {
  readonly listed: Listed
  readonly absent: Listed
  /** The names before a rename, in any scope, in small letters. */
  readonly former: ReadonlySet<string>
  /** `policy.unlisted` where it takes away whom nobody lists; absent where it does not. */
  readonly takesAway?: 'block' | 'remove'
  /** The lists of subaccounts stand in included files. */
  readonly isIncluded?: true
}

export const namingIn = (desired: Pick<DesiredState, 'scopes' | 'policy' | 'coverage'>): Naming => {
  const { scopes, policy } = desired
  const { unlisted } = policy
  return {
    listed: listedIn(desired),
    absent: new Map(scopes.map(({ scope, absent }) => [scope, new Set(absent.map(({ username }) => username))])),
    former: new Set(scopes.flatMap(({ users }) => users.flatMap(({ previously }) => previously.map(fold)))),
    ...(unlisted === 'block' || unlisted === 'remove' ? { takesAway: unlisted } : {}),
    ...(desired.coverage === undefined ? {} : { isIncluded: true }),
  }
}

type Blocked = { readonly scope: Scope; readonly ended: Ended }
type Stuck = { readonly scope: Scope; readonly held: Held }

const isMeant =
  (pattern: Glob) =>
  ({ change, username }: Change): boolean =>
    change === 'block' && pattern.matches(username)

const blocksIn = (report: Report, pattern: Glob): ReadonlyArray<Blocked> =>
  [...report.ended].flatMap(([scope, ended]) => ended.filter(isMeant(pattern)).map((one) => ({ scope, ended: one })))

const stuckIn = (report: Report, pattern: Glob): ReadonlyArray<Stuck> =>
  report.plan.scopes.flatMap((plan) =>
    plan._tag === 'Errored' ? [] : plan.held.filter(isMeant(pattern)).map((held) => ({ scope: plan.scope, held })),
  )

/** A report as far as it is about these scopes. */
const within = ({ plan, ended, ...report }: Report, scopes: ReadonlySet<Scope>): Report => ({
  ...report,
  plan: { ...plan, scopes: plan.scopes.filter(({ scope }) => scopes.has(scope)) },
  ended: new Map([...ended].filter(([scope]) => scopes.has(scope))),
})

const placeOf = (scope: Scope, { username }: Pick<Change, 'username'>): string => `${scope} ${username}`

type Around = {
  readonly naming: Naming
  /** The options with which a quoted command finds us. */
  readonly reachedBy: string
}

/** What came of an emergency stop. */
export type Stopped = {
  /** 0 where every matching user that could be seen is blocked now. */
  readonly exitCode: number
  /** Who is blocked, for how long, and what would make it permanent. */
  readonly result: ReadonlyArray<string>
  /** Who is not, and why. */
  readonly trouble: ReadonlyArray<string>
}

/** Where users were known to be, and then wherever else: what came of a stop, or why there was no look at all scopes. */
export type StopReports = { readonly first: ReadonlyArray<Report>; readonly whole: E.Either<Failure, Report> }

/** Who is known to be blocked by the first reports of a stop. */
export const blockedFirst = ({ first }: Pick<StopReports, 'first'>, pattern: Glob): ReadonlyArray<string> =>
  first
    .flatMap((one) => blocksIn(one, pattern))
    .filter(({ ended }) => isDone(ended))
    .map(nameOf)

const isOver = ({ ended }: Blocked): boolean => ended.error === STOP_OVER

const nameOf = ({ scope, ended }: Blocked): string => `${ended.username} (${scope})`

/** The result of an emergency stop: what the look at all scopes shows of somebody is the last word. */
export const stopped = (
  { first, whole: report }: { readonly first: ReadonlyArray<Report>; readonly whole: Report },
  pattern: Glob,
  { naming, reachedBy }: Around,
): Stopped => {
  const unseen = report.plan.scopes.filter((plan) => plan._tag === 'Errored')
  const unseenIn = new Set(unseen.map(({ scope }) => scope))
  // Where that look showed nothing, what was met before it is all there is to tell.
  const met = [...first.map((one) => within(one, unseenIn)), report]
  const blocks = met.flatMap((one) => blocksIn(one, pattern))
  const stuck = met.flatMap((one) => stuckIn(one, pattern))
  const later = new Set([
    ...blocks.map(({ scope, ended }) => placeOf(scope, ended)),
    ...stuck.map(({ scope, held }) => placeOf(scope, held)),
  ])
  // Whom the last word is not about is not to be blocked any more: what was sent took, though it was not seen to, or the user is gone.
  const sent = first.flatMap((one) => blocksIn(one, pattern)).filter(({ scope, ended }) => !later.has(placeOf(scope, ended)))
  const late = sent.filter(({ ended }) => ended.outcome === 'unknown' || ended.outcome === 'not_converged')
  const done = [...sent, ...blocks].filter(({ ended }) => isDone(ended))
  const seen = new Set(
    [...first, report].flatMap(({ plan }) => plan.scopes).flatMap((plan) => (plan._tag === 'Planned' ? [plan.scope] : [])),
  )
  const never = unseen.filter(({ scope }) => !seen.has(scope))
  const why =
    done.length + late.length + blocks.length + stuck.length > 0 || seen.size === 0
      ? ''
      : `: no user that was seen, and was not blocked already, matches '${pattern.text}'`
  const isCutOff =
    unseen.some(({ error }) => error.stopped !== undefined) ||
    blocks.some((one) => !isOver(one) && (one.ended.waits === 'next run' || one.ended.waits === 'next start'))
  const trouble = [
    ...[...sent.filter(isOver), ...blocks.filter(({ ended }) => !isDone(ended))].map(
      ({ scope, ended }) => `NOT blocked: ${ended.username} (${scope}): ${ended.error ?? ended.outcome}`,
    ),
    ...stuck.map(({ scope, held }) => `NOT blocked: ${held.username} (${scope}): ${fullMessage(held)}`),
    ...never.map(({ scope, error }) => `NOT blocked in ${scope}: ${fullMessage(error)}`),
    ...(isCutOff ? [STANDS] : []),
  ]
  const result = [
    ...(done.length > 0 ? [`blocked: ${done.map(nameOf).join(', ')}`] : late.length > 0 ? [] : [`nobody was blocked now${why}`]),
    ...(late.length > 0 ? [`blocked by now, or gone: ${late.map(nameOf).join(', ')}`] : []),
    ...([...sent, ...blocks].some(isOver)
      ? ['the stop has ended meanwhile, and blocks nobody any more']
      : [`the stop keeps all that match blocked until it ends, or: release --match ${shellWord(pattern.text)}${reachedBy}`]),
    'then the config decides; a user whose config says no status stays blocked',
  ]
  // What waits for nothing but a person is no success of a stop either.
  const exitCode = trouble.length === 0 ? 0 : exitCodeOf(report, isMeant(pattern)) || 3
  return { exitCode, result: [...result, ...permanent([...late, ...done], { naming, reachedBy })], trouble }
}

// Who ends a stop half-way may take it for undone.
const STANDS = 'the stop stands: the next run blocks whom this one did not come to, as does the same command once more'

// S2: a config with `absent` is refused without it.
const END_LINE = '... # with absent, each file of the config ends with this line'

/** The YAML that keeps them blocked, as far as there is one. */
const permanent = (done: ReadonlyArray<Blocked>, { naming, reachedBy }: Around): ReadonlyArray<string> => {
  const { scopes, bare, kept, unsayable } = sorted(done, naming)
  const account = scopes.get('account')
  const others = [...scopes].flatMap(([scope, said]) => {
    const id = subaccountId(scope)
    return id === undefined ? [] : [`  - id: ${yamlText(id)}`, ...listsOf(said, 'subaccount').map((line) => `    ${line}`)]
  })
  return [
    ...(scopes.size === 0 ? [] : ['to make it permanent, say so in the config:']),
    ...(account === undefined ? [] : listsOf(account, 'account')),
    ...(others.length === 0 ? [] : [`subaccounts:${naming.isIncluded === true ? INCLUDED : ''}`, ...others]),
    ...([...scopes.values()].some(({ absent }) => absent.length > 0) ? [END_LINE] : []),
    ...listFirst(bare, { naming, reachedBy }),
    ...(kept.length === 0 ? [] : [`permanent already, for the config has them as absent: ${kept.map(nameOf).join(', ')}`]),
    ...unsayable.map(({ one, why }) => `not to be said in a config: ${nameOf(one)}, ${why}`),
  ]
}

type Sorted = {
  readonly scopes: ReadonlyMap<Scope, Permanent>
  /** Of subaccounts that are to get a list first. */
  readonly bare: ReadonlyArray<Blocked>
  /** For whom nothing need be said. */
  readonly kept: ReadonlyArray<Blocked>
  readonly unsayable: ReadonlyArray<{ readonly one: Blocked; readonly why: string }>
}

/** What a config can say of each: a name stands once in it, whatever the scope. */
const sorted = (done: ReadonlyArray<Blocked>, { listed, absent, former, takesAway }: Naming): Sorted => {
  const taken = new Set([...listed.values(), ...absent.values()].flatMap((names) => [...names].map(fold)))
  const scopes = new Map<Scope, Permanent>()
  const [bare, kept]: [Array<Blocked>, Array<Blocked>] = [[], []]
  const unsayable: Array<Sorted['unsayable'][number]> = []
  for (const one of done) {
    const { scope, ended } = one
    const { username } = ended
    const said = scopes.get(scope) ?? { listed: [], absent: [] }
    if (listed.get(scope)?.has(username) === true) said.listed.push(username)
    else if (absent.get(scope)?.has(username) === true) kept.push(one)
    else if (former.has(fold(username))) unsayable.push({ one, why: FORMER })
    else if (taken.has(fold(username))) unsayable.push({ one, why: TAKEN })
    else {
      taken.add(fold(username))
      if (takesAway !== undefined && subaccountId(scope) !== undefined && !listed.has(scope)) bare.push(one)
      else said.absent.push(username)
    }
    if (said.listed.length + said.absent.length > 0) scopes.set(scope, said)
  }
  return { scopes, bare, kept, unsayable }
}

const TAKEN = 'for this name stands there for another user, perhaps in other letters'
const FORMER = 'for this name stands there under `previously`: take it out there, and then `absent` can say it'

const INCLUDED = ' # in an included file, since the config says subaccounts: all'

// S3: a list of nobody would have all others of that subaccount taken away. One of all that are there has the blocked ones as blocked.
const listFirst = (bare: ReadonlyArray<Blocked>, { naming, reachedBy }: Around): ReadonlyArray<string> =>
  [...new Set(bare.map(({ scope }) => scope))].map((scope) => {
    const names = bare.filter((one) => one.scope === scope).map(({ ended }) => ended.username)
    const first = `list the users of ${scope} first, for policy.unlisted is ${naming.takesAway} and would take away whoever is not in its list`
    const command = `export --subaccount ${shellWord(subaccountId(scope) ?? '')}${reachedBy}`
    return `to make it permanent of ${names.join(', ')}, ${first}: ${command}; it lists who is blocked as blocked`
  })

type Permanent = { readonly listed: Array<string>; readonly absent: Array<string> }

// Only a list of users, be it empty, brings a subaccount under management; the account has one, or nobody would have been blocked there.
const listsOf = ({ listed, absent }: Permanent, of: 'account' | 'subaccount'): ReadonlyArray<string> => [
  ...(listed.length === 0 && of === 'subaccount' ? ['users: []'] : []),
  ...(listed.length === 0 ? [] : ['users:', ...listed.map((name) => `  - { username: ${yamlText(name)}, status: blocked }`)]),
  ...(absent.length === 0 ? [] : ['absent:', ...absent.map((name) => `  - { username: ${yamlText(name)} }`)]),
]

const yamlText = (text: string): string =>
  /^[a-z][\w.@+-]*$/i.test(text) && !/^(?:true|false|null)$/i.test(text) ? text : visibleYaml(JSON.stringify(text))
