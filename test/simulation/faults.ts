// Faults of the service and of the way to it, as data: what goes wrong, with which requests, from when on. Each kind is one row.

/** What a request is for. */
export type Endpoint = 'view' | 'add' | 'edit' | 'remove' | 'search' | 'permissions'

/** What the list of users, or of subaccounts, looks like in an answer that lies. */
export type Lie = 'stale' | 'empty' | 'half' | 'one missing' | 'twice' | 'no results' | 'wrong type'

export type Course = {
  /** Whether the request reaches the service at all. */
  readonly reaches: boolean
  /** What the service does of what it is asked. */
  readonly does: 'once' | 'twice' | 'nothing' | 'later' | 'without a field' | 'with another text'
  /** What comes back; `lost`: nothing ever. */
  readonly answer:
    | { readonly _tag: 'True' }
    | { readonly _tag: 'Lost' }
    /** An error as a socket has it; `unsent`: one that arises before a request has left. */
    | { readonly _tag: 'Broken'; readonly code: string; readonly unsent: boolean }
    | { readonly _tag: 'Cut' }
    | { readonly _tag: 'Said'; readonly status: number; readonly text: string }
    /** Bytes that nobody can read. */
    | { readonly _tag: 'Garbage'; readonly bytes: Uint8Array }
    | { readonly _tag: 'Users'; readonly lie: Lie }
  /** How long the answer waits at the service. */
  readonly waits?: { readonly least: number; readonly most: number }
  /** What happens to the process while the request is under way. */
  readonly meanwhile?: keyof typeof FAILING | 'kill'
}

/** The stores of a state directory that cannot be written for a while. */
export const FAILING = {
  'disk full': ['ledger', 'journal'],
  'journal fails': ['journal'],
  'ledger fails': ['ledger'],
} as const

const TRUE: Course = { reaches: true, does: 'once', answer: { _tag: 'True' } }
const said = (status: number, text = ''): Course => ({ reaches: true, does: 'nothing', answer: { _tag: 'Said', status, text } })
const saidAfter = (status: number, text = ''): Course => ({ ...said(status, text), does: 'once' })
const broken = (code: string, unsent = false): Course['answer'] => ({ _tag: 'Broken', code, unsent })
const unreached = (code: string, unsent = false): Course => ({ reaches: false, does: 'nothing', answer: broken(code, unsent) })
const lying = (lie: Lie): Course => ({ ...TRUE, answer: { _tag: 'Users', lie } })
const error = (words: string, code: string): string =>
  JSON.stringify({ request_id: 'r', data: { error: words, error_code: `E_ApiResponseCodes.${code}` } })
const HTML = '<html><body>we are back soon</body></html>'
const UNKNOWN_KEY = error("An API User matching the passed 'api_key' was not found", 'API_EXCEPTION')

/** What each kind of fault does to a request. */
export const COURSES = {
  'nobody listens': unreached('ECONNREFUSED', true),
  'reset before': unreached('ECONNRESET'),
  'reset after': { ...TRUE, answer: broken('ECONNRESET') },
  'time-out before': { ...TRUE, does: 'nothing', answer: { _tag: 'Lost' } },
  'time-out after': { ...TRUE, answer: { _tag: 'Lost' } },
  'late apply': { ...TRUE, does: 'later', answer: { _tag: 'Lost' } },
  'reset and late apply': { ...TRUE, does: 'later', answer: broken('ECONNRESET') },
  '500': said(500),
  '502 in HTML': said(502, HTML),
  '503': said(503),
  '504 after': saidAfter(504, HTML),
  '429': said(429),
  '401': said(401),
  'unknown key': said(400, UNKNOWN_KEY),
  'no permission': said(400, error('You do not have permission to access this API endpoint', 'ENDPOINT_PERMISSION_DENIED')),
  'error in 200': said(200, error('Something went wrong', 'API_EXCEPTION')),
  'cut short': { ...TRUE, answer: { _tag: 'Cut' } },
  'empty body': saidAfter(200, ''),
  'HTML in 200': saidAfter(200, HTML),
  'wrong shape': saidAfter(200, '{"request_id":"r","data":7}'),
  redirect: said(307),
  'acknowledged, not done': { ...TRUE, does: 'nothing' },
  'done twice': { ...TRUE, does: 'twice' },
  'field ignored': { ...TRUE, does: 'without a field' },
  'stale view': lying('stale'),
  'empty view': lying('empty'),
  'half a view': lying('half'),
  'row missing': lying('one missing'),
  'row twice': lying('twice'),
  'no results': lying('no results'),
  'wrong type': lying('wrong type'),
  'no such name': unreached('ENOTFOUND', true),
  'TLS fails': unreached('CERT_HAS_EXPIRED', true),
  'no connection in time': unreached('ETIMEDOUT'),
  'torn in sending': unreached('EPIPE'),
  slow: { ...TRUE, waits: { least: 5_000, most: 28_000 } },
  'late answer': { ...TRUE, waits: { least: 31_000, most: 90_000 } },
  '403': said(403),
  'not UTF-8': { ...TRUE, answer: { _tag: 'Garbage', bytes: Buffer.from([0x7b, 0xff, 0x7d]) } },
  'too large': { ...TRUE, answer: broken('ERR_ANSWER_TOO_LARGE') },
  'nested deep': { ...TRUE, answer: { _tag: 'Garbage', bytes: Buffer.from(`${'['.repeat(1000)}${']'.repeat(1000)}`) } },
  'another user in the answer': saidAfter(200, '{"request_id":"r","data":{"results":[{"username":"stranger@x.example"}]}}'),
  'text changed': { ...TRUE, does: 'with another text' },
  'disk full meanwhile': { ...TRUE, meanwhile: 'disk full' },
  'killed meanwhile': { ...TRUE, meanwhile: 'kill' },
  'journal fails meanwhile': { ...TRUE, meanwhile: 'journal fails' },
  'ledger fails meanwhile': { ...TRUE, meanwhile: 'ledger fails' },
  'refused in words': said(400, error('This user cannot be changed now', 'INVALID_IN_PAYLOAD')),
} as const satisfies { readonly [kind: string]: Course }

export type FaultKind = keyof typeof COURSES

/** The course of a request that meets a fault, or none. */
export const courseOf = (kind: FaultKind | undefined): Course => (kind === undefined ? TRUE : COURSES[kind])

/** Kinds that make sense for some requests only; all others are for all. */
const OF_WRITES: ReadonlyArray<FaultKind> = [
  'late apply',
  'reset and late apply',
  'acknowledged, not done',
  'done twice',
  'field ignored',
  'another user in the answer',
  'text changed',
]
const OF_SETTINGS: ReadonlyArray<FaultKind> = ['text changed']
const OF_EDITS: ReadonlyArray<FaultKind> = ['refused in words']
const isOfLists = (kind: FaultKind): boolean => courseOf(kind).answer._tag === 'Users'

/** A fault meets so many requests, or all until a moment. Moments are milliseconds from the start. */
export type Fault = {
  readonly kind: FaultKind
  readonly on: Endpoint | 'any'
  readonly at: number
  readonly times: number
  readonly until: number
  readonly roll: number
  /** It meets nobody but the user that it met first. */
  readonly ofOne?: true
}

const isKind = (kind: string): kind is FaultKind => kind in COURSES

/** All kinds of fault. */
export const KINDS: ReadonlyArray<FaultKind> = Object.keys(COURSES).filter(isKind)
const before = (kind: FaultKind): ReadonlyArray<FaultKind> => KINDS.slice(0, KINDS.indexOf(kind))
/** Those that were there first, and those that came next: what a seed draws of them stays as it is when others are added. */
export const FIRST_KINDS = before('no such name')
export const NEXT_KINDS = before('journal fails meanwhile')
/** One of ledger and journal cannot be written, and the other can. */
export const KINDS_OF_STORES: ReadonlyArray<FaultKind> = ['journal fails meanwhile', 'ledger fails meanwhile']

const isWrite = (on: Endpoint): boolean => on === 'add' || on === 'edit' || on === 'remove'

/** Whether requests of an endpoint can meet a kind of fault: this is the table of all that goes wrong. */
export const canMeet = (on: Endpoint, kind: FaultKind): boolean => {
  if (OF_EDITS.includes(kind)) return on === 'edit'
  if (OF_WRITES.includes(kind)) return isWrite(on) && (on !== 'remove' || !OF_SETTINGS.includes(kind))
  // Who only asks what a key may has no state directory, and may end as he likes.
  if (courseOf(kind).meanwhile !== undefined) return on !== 'permissions'
  return isOfLists(kind) ? on === 'view' || on === 'search' : true
}
