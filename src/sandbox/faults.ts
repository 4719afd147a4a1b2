// Planted faults: what can go wrong on the way to the service and back, addressed to single requests.

export type FaultKind =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly body?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  | {
      readonly kind:
        | 'reset_before'
        | 'reset_after'
        | 'truncated_json'
        | 'html_200'
        | 'empty_body'
        | 'missing_results'
        | 'empty_results'
        | 'half_results'
    }
  | { readonly kind: 'delay' | 'hang_after'; readonly ms: number }
  /** The service does as asked and then answers so. */
  | { readonly kind: 'status_after'; readonly status: number }
  /** The connection breaks, and the service does as asked so much later. */
  | { readonly kind: 'late_apply'; readonly ms: number }
  /** The true answer with these headers. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'error_200'; readonly error: string }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'wrong_type'; readonly field: string }
  | { readonly kind: 'ignore_field'; readonly field: string }
  | { readonly kind: 'huge'; readonly bytes: number }

/** A fault and the requests it meets: all that fit, or the nth of them, or so many. */
export type Fault = FaultKind & {
  readonly endpoint?: string
  readonly method?: string
  readonly username?: string
  readonly subaccount_id?: string
  /** Counted from 1 among the requests that fit. */
  readonly nth?: number
  readonly times?: number
}

export type Planted = { readonly fault: Fault; met: number; hit: number }

const KINDS =
  'status reset_before reset_after truncated_json html_200 empty_body missing_results empty_results half_results delay hang_after error_200 redirect wrong_type ignore_field huge status_after late_apply headers'.split(
    ' ',
  )

const isFault = (value: unknown): value is Fault =>
  typeof value === 'object' && value !== null && 'kind' in value && KINDS.some((kind) => kind === value.kind)

/** Reads faults from JSON; throws with the kinds that there are. */
export const faultsFrom = (value: unknown): ReadonlyArray<Planted> => {
  if (!Array.isArray(value) || !value.every(isFault))
    throw new Error(`faults are a list of { kind, … }; kinds: ${KINDS.join(', ')}`)
  return value.map((fault) => ({ fault, met: 0, hit: 0 }))
}

type Request = { readonly method: string; readonly endpoint: string; readonly body: { readonly [key: string]: unknown } }

/** The fault that a request meets, if any; counts it. */
export const faultFor = (planted: ReadonlyArray<Planted>, request: Request): Fault | undefined => {
  for (const one of planted) {
    const { fault } = one
    const fits =
      (fault.endpoint === undefined || fault.endpoint === request.endpoint) &&
      (fault.method === undefined || fault.method === request.method) &&
      (fault.username === undefined || fault.username === request.body.username) &&
      (fault.subaccount_id === undefined || fault.subaccount_id === request.body.subaccount_id)
    if (!fits) continue
    one.met += 1
    if ((fault.nth !== undefined && one.met !== fault.nth) || (fault.times !== undefined && one.hit >= fault.times)) continue
    one.hit += 1
    return fault
  }
  return undefined
}
