// Evidence in words that a reader understands who has never seen this program.
import { BUILT_IN } from '../../domain/draft/finding.ts'
import type {
  DriftEvidence,
  Evidence,
  GapEvidence,
  HowEnded,
  NoOutcomeEvidence,
  RuleEvidence,
  ScopeEvidence,
} from '../../domain/evidence/document.ts'
import { moment } from '../render/moment.ts'
import type { Check } from '../report.ts'

const UNITS: ReadonlyArray<readonly [seconds: number, unit: string]> = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
]

/** A length of time in its two largest units. */
export const lasting = (seconds: number): string => {
  const at = UNITS.findIndex(([size]) => seconds >= size)
  const [size = 1, unit = 's'] = UNITS[at === -1 ? UNITS.length - 1 : at] ?? []
  const whole = Math.floor(seconds / size)
  const [less, lessUnit] = UNITS[at + 1] ?? []
  const rest = at === -1 || less === undefined ? 0 : Math.floor((seconds % size) / less)
  return rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${lessUnit}`
}

// A share has four digits and is rounded down already: down again, 0.819 would lose one more.
/** A share as per cent. */
export const percent = (share: number): string => `${share === 1 ? '100' : (Math.round(share * 10_000) / 100).toFixed(2)} %`

/** A number with its noun. */
export const counted = (count: number, noun: string, many = `${noun}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? noun : many}`

/** The scope as people call it. */
export const scopeName = (scope: string): string =>
  scope === 'account'
    ? 'main account'
    : scope === 'subaccount:*'
      ? 'list of subaccounts'
      : scope.replace('subaccount:', 'subaccount ')

type Told = { readonly seq: number | null; readonly until_seq?: number | null }

/** The journal lines that say so: the one with which it began, and the one with which it ended. */
export const linesOf = ({ seq, until_seq: end = null }: Told): string =>
  seq === null || end === null || seq === end ? `${seq ?? end ?? ''}` : `${seq}–${end}`

const WHY: ReadonlyMap<string, string> = new Map([
  ['no_run', 'nothing ran: the program was stopped, or had not been started'],
  ['unreachable', 'the service could not be reached'],
  ['throttled', 'the service asked for quiet'],
  ['refused', 'the service refused access'],
  ['ill_formed', 'the answers of the service could not be understood'],
  ['suspicious_answer', 'the answers of the service could not be believed'],
  ['identity_mismatch', 'the key led to another account than before'],
])

/** A gap that several scopes share. */
export type SharedGap = Omit<GapEvidence, 'scope'> & { readonly scopes: ReadonlyArray<string> }

/** Gaps that are the same in several scopes, as when nothing ran, told once. */
export const sharedGaps = (gaps: Evidence['gaps']): ReadonlyArray<SharedGap> => {
  const shared = new Map<string, SharedGap>()
  for (const { scope, ...gap } of gaps) {
    const key = JSON.stringify([gap.from, gap.until, gap.why, gap.how])
    const known = shared.get(key)
    shared.set(key, { ...(known ?? gap), scopes: [...(known?.scopes ?? []), scope] })
  }
  return [...shared.values()]
}

const MOST_NAMED = 5

/** The scopes of a gap, the first few by name. */
export const gapScopes = ({ scopes }: SharedGap): string => {
  const named = scopes.slice(0, MOST_NAMED).map(scopeName).join(', ')
  return scopes.length > MOST_NAMED ? `${named} and ${scopes.length - MOST_NAMED} more` : named
}

/** Why nothing was observed. */
export const whyText = ({ why }: Pick<GapEvidence, 'why'>): string => WHY.get(why) ?? why.replaceAll('_', ' ')

const HOW: { readonly [H in DriftEvidence['how']]: string } = {
  repaired: 'put back, and read back',
  sent: 'put back, as far as it can be read back',
  over: 'ended without us',
  left: 'its scope left the config',
  open: 'not put back',
}

/** How drift ended. */
export const howText = ({ how }: Pick<DriftEvidence, 'how'>): string => HOW[how]

/** How something ended that is over, or left. */
export const endText = ({ how }: { readonly how: HowEnded }, over: string): string => (how === 'left' ? HOW.left : over)

/** How much of the period a scope was observed. */
export const observedText = ({ observed, in_config: there }: Pick<ScopeEvidence, 'observed' | 'in_config'>): string =>
  `${percent(observed)}${there === 1 ? '' : `, in the config for ${percent(there)}`}`

/** How a scope stands at the end. */
export const stateText = ({ state, in_sync_since, last_seen, left_at }: ScopeEvidence): string => {
  if (left_at !== null)
    return `left the config ${moment(left_at)}, ${last_seen === null ? 'never observed' : `last observed ${moment(last_seen)}`}`
  if (state === 'unobserved') return last_seen === null ? 'never observed' : `not observed since ${moment(last_seen)}`
  if (state === 'out_of_sync') return 'differs from the config'
  return in_sync_since === null ? 'in sync' : `in sync since ${moment(in_sync_since)}`
}

/** The lines of a scope: from which it was in sync, and that of the last look. */
export const scopeLines = ({ in_sync_seq, seq }: ScopeEvidence): Told =>
  in_sync_seq === null || seq === null ? { seq } : { seq: Math.min(in_sync_seq, seq), until_seq: Math.max(in_sync_seq, seq) }

/** The scopes that stand in the config at the end. */
export const present = ({ scopes }: Pick<Evidence, 'scopes'>): Evidence['scopes'] =>
  scopes.filter(({ left_at }) => left_at === null)

/** How many changes, and of how many of them it is known that they were made. */
export const changesText = ({ tried, verified, no_outcome }: Evidence['changes']): string =>
  `${counted(tried, 'change')}, ${verified} read back${no_outcome === 0 ? '' : `, ${no_outcome} with no outcome written down`}`

/** The run of a change, and who woke it. */
export const runText = ({ run_id, trigger, by }: NoOutcomeEvidence): string =>
  `run ${run_id}${trigger === null ? '' : ` (${trigger}${by === null ? '' : ` of ${by}`})`}`

/** What it all comes to, in one sentence, and how good that is. */
export const verdict = (found: Evidence, check: Check): { readonly tone: 'good' | 'warn' | 'bad'; readonly text: string } => {
  if (!check.fits) return { tone: 'bad', text: 'The journal was changed: this is no proof' }
  if (found.scopes.every(({ looks }) => looks === 0)) return { tone: 'bad', text: 'Nothing was observed in this period' }
  if (present(found).length === 0)
    return { tone: 'warn', text: 'No scope is in the config at the end: nobody is looked at any more' }
  const broken = found.rules.filter(({ findings_open }) => findings_open > 0).length
  if (broken > 0) return { tone: 'warn', text: `${counted(broken, 'rule')} ${broken === 1 ? 'is' : 'are'} not kept at the end` }
  const away = present(found).filter(({ state }) => state === 'unobserved').length
  if (away > 0) return { tone: 'warn', text: scopesText(found, away, 'not observed at the end') }
  const off = present(found).filter(({ state }) => state === 'out_of_sync').length
  if (off > 0) return { tone: 'warn', text: scopesText(found, off, 'not in sync at the end') }
  const gaps = found.gaps.length === 0 ? '' : `, with ${counted(sharedGaps(found.gaps).length, 'gap')} in the observation`
  const late = offForATime(found)
  const open = found.changes.no_outcome
  const unknown = open === 0 ? '' : `; ${counted(open, 'change')} with no outcome written down`
  const isGood = gaps === '' && unknown === '' && late === 0 && brokenText(found) === undefined
  return { tone: isGood ? 'good' : 'warn', text: `${courseText(found, late)}${gaps}${unknown}` }
}

// What was held, or failed, is no deviation: nobody had changed it, but it was not as configured. Also of scopes that have left since.
const offForATime = ({ course }: Evidence): number =>
  [...course.values()].filter((stretches) => stretches.some(({ is }) => is === 'out_of_sync')).length

/** How it went, where all is in sync at the end. */
const courseText = (found: Evidence, late: number): string => {
  const broken = brokenText(found)
  const went = wentText(found, late)
  if (broken === undefined) return went ?? 'As configured at every look'
  return went === undefined ? broken : `${went}; ${broken}`
}

const builtIn = new Set<string>(BUILT_IN)

/** Rules that were not kept for a time, by what was found: what drifted or was held is told as that. */
const brokenText = ({ findings, rules }: Evidence): string | undefined => {
  const found = findings.filter(({ waived }) => !waived).flatMap((one) => [one.rule, ...one.rules])
  const broken = new Set(found.filter((rule) => !builtIn.has(rule)))
  if (broken.size === 0) return undefined
  const isKept = [...broken].every((id) => rules.some(({ rule, kept_since: since }) => rule === id && since !== null))
  return `${counted(broken.size, 'rule')} not kept for a time${isKept ? ', kept at the end' : ''}`
}

/** Nothing where all was as configured at every look. */
const wentText = (found: Evidence, late: number): string | undefined => {
  const { drift, changes } = found
  const { length, 0: only } = drift
  const who = found.course.size === 1 ? '' : `${counted(late, 'scope')} `
  if (length === 0 && late > 0) return `${who}${who === '' ? 'N' : 'n'}ot in sync for a time, in sync at the end`
  if (length === 0) return changes.tried === 0 ? undefined : `In sync after ${counted(changes.tried, 'change')}`
  const mended = drift.filter(({ how }) => how === 'repaired' || how === 'sent').length
  const some = length === 1 && only !== undefined ? howText(only) : `${mended} put back`
  const all = mended < length ? some : length === 1 ? 'put back' : 'all put back'
  return `${counted(length, 'deviation')}, ${all}${late === 0 ? '' : `; ${who}not in sync for a time`}`
}

const scopesText = (found: Evidence, count: number, what: string): string => {
  const { length } = present(found)
  return length === 1 ? `${what[0]?.toUpperCase()}${what.slice(1)}` : `${counted(count, 'scope')} of ${length} ${what}`
}

/** Why a rule is not proved to be kept everywhere. */
export const notKept = ({ scopes, findings_open: open }: Pick<RuleEvidence, 'scopes' | 'findings_open'>): string => {
  if (open > 0) {
    const off = scopes.filter(({ findings_open }) => findings_open > 0).length
    return `not kept by ${counted(open, 'user')} in ${off} of ${counted(scopes.length, 'scope')}`
  }
  if (scopes.length === 0) return 'there is no scope that it is for'
  const away = scopes.filter(({ kept_since }) => kept_since === null).length
  return `not observed in ${away} of ${counted(scopes.length, 'scope')}`
}

/** Whom a rule is for, in words; nothing where it is for everybody. */
export const whomText = ({ match }: Pick<RuleEvidence, 'match'>): string => {
  const named = Object.entries(match).flatMap(([what, glob]) => (glob === null ? [] : [`${what} ${glob}`]))
  return named.length === 0 ? '' : `for ${named.join(', ')}`
}

/** Users that need not keep a rule for now, in words. */
export const waivedText = ({ waived }: Pick<RuleEvidence, 'waived'>): string =>
  waived === 0 ? '' : `${counted(waived, 'user')} excepted for now`

/** What the check of the journal came to. */
export const checkText = ({ fits, chain, misfit, unreadable, last }: Check): ReadonlyArray<string> => {
  if (misfit !== undefined)
    return [
      `${misfit.file}:${misfit.line} does not fit: ${misfit.meaning}`,
      `expected ${misfit.expected}, found ${misfit.found}`,
      `${counted(chain.lines, 'line')} before it fit; what is told of later times is not proved`,
    ]
  if (chain.lines === 0) return ['there is no journal']
  const strange = unreadable === 0 ? [] : [`${counted(unreadable, 'line')} could not be understood`]
  return [
    `${counted(chain.lines, 'line')} in ${counted(chain.files, 'file')}, each with the hash of the one before: ${fits ? 'all fit' : ''}`,
    `the last one: seq ${chain.end?.seq ?? 0}${last === undefined ? '' : `, written ${moment(last)}`}, sha256:${chain.end?.sha256 ?? ''}`,
    ...strange,
    'a chain alone cannot show that all of it was written anew, or its end cut off: verify-log --expect can, with a hash that was kept elsewhere',
  ]
}
