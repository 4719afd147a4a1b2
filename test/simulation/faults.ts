// Faults of the service and of the way to it, as data: what goes wrong, with which requests, from when on. Each kind is one row.

/** What a request is for. */
export type Endpoint = 'view' | 'add' | 'edit' | 'remove'

/** What the service's users look like in an answer that lies. */
export type Lie = 'stale' | 'empty' | 'half' | 'one missing' | 'twice' | 'no results' | 'wrong type'

export type Course = {
  /** Whether the request reaches the service at all. */
  readonly reaches: boolean
  /** What the service does of what it is asked. */
  readonly does: 'once' | 'twice' | 'nothing' | 'later' | 'without a field'
  /** What comes back; `lost`: nothing ever. */
  readonly answer:
    | { readonly _tag: 'True' }
    | { readonly _tag: 'Lost' }
    | { readonly _tag: 'Refused' }
    | { readonly _tag: 'Reset' }
    | { readonly _tag: 'Cut' }
    | { readonly _tag: 'Said'; readonly status: number; readonly text: string }
    | { readonly _tag: 'Users'; readonly lie: Lie }
}

const TRUE: Course = { reaches: true, does: 'once', answer: { _tag: 'True' } }
const said = (status: number, text = ''): Course => ({ reaches: true, does: 'nothing', answer: { _tag: 'Said', status, text } })
const saidAfter = (status: number, text = ''): Course => ({ ...said(status, text), does: 'once' })
const lying = (lie: Lie): Course => ({ ...TRUE, answer: { _tag: 'Users', lie } })
const error = (words: string, code: string): string =>
  JSON.stringify({ request_id: 'r', data: { error: words, error_code: `E_ApiResponseCodes.${code}` } })
const HTML = '<html><body>we are back soon</body></html>'
const UNKNOWN_KEY = error("An API User matching the passed 'api_key' was not found", 'API_EXCEPTION')

/** What each kind of fault does to a request. */
export const COURSES = {
  'nobody listens': { ...TRUE, reaches: false, does: 'nothing', answer: { _tag: 'Refused' } },
  'reset before': { ...TRUE, reaches: false, does: 'nothing', answer: { _tag: 'Reset' } },
  'reset after': { ...TRUE, answer: { _tag: 'Reset' } },
  'time-out before': { ...TRUE, does: 'nothing', answer: { _tag: 'Lost' } },
  'time-out after': { ...TRUE, answer: { _tag: 'Lost' } },
  'late apply': { ...TRUE, does: 'later', answer: { _tag: 'Lost' } },
  'reset and late apply': { ...TRUE, does: 'later', answer: { _tag: 'Reset' } },
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
} as const satisfies { readonly [kind: string]: Course }

export type FaultKind = keyof typeof COURSES

/** The course of a request that meets a fault, or none. */
export const courseOf = (kind: FaultKind | undefined): Course => (kind === undefined ? TRUE : COURSES[kind])

/** Kinds that make sense for writes only, or for views only; all others are for both. */
const OF_WRITES: ReadonlyArray<FaultKind> = [
  'late apply',
  'reset and late apply',
  'acknowledged, not done',
  'done twice',
  'field ignored',
]
const isOfViews = (kind: FaultKind): boolean => courseOf(kind).answer._tag === 'Users'

/** A fault meets so many requests, or all until a moment. Moments are milliseconds from the start. */
export type Fault = {
  readonly kind: FaultKind
  readonly on: Endpoint | 'any'
  readonly at: number
  readonly times: number
  readonly until: number
  readonly roll: number
}

const KINDS = Object.keys(COURSES).filter((kind): kind is FaultKind => kind in COURSES)

/** The kinds of fault that an endpoint can meet. */
export const kindsOf = (on: Endpoint): ReadonlyArray<FaultKind> =>
  KINDS.filter((kind) => (on === 'view' ? !OF_WRITES.includes(kind) : !isOfViews(kind)))
