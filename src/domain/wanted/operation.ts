// Operation: where the daemon is seen, who may control it, and who is told what happens.
import type { Failure } from '../basics/failure.ts'
import type { Secret } from '../user/secret.ts'

/** Where something stands in a config file. */
export type Spot = { readonly file: string; readonly line: number; readonly column: number }

/** Where HTTP is served; port 0 is any free one. */
export type Listen = { readonly host: string; readonly port: number }

export type WebhookFormat = 'generic' | 'slack'

/** Somebody who is told; the address is a secret, so `name` says where it is kept. */
export type Webhook = { readonly name: string; readonly url: Secret; readonly format: WebhookFormat }

/** How a webhook fares. */
export type WebhookStatus = {
  readonly name: string
  /** A word of ours; a daemon of another version may know others. */
  readonly format: string
  readonly waiting: number
  readonly delivered: number
  readonly failed: number
  /** Why the last one did not arrive; `undefined` once one has. */
  readonly lastFailure: string | undefined
}

/** How a notification ended. */
export const NOTIFICATION_ENDS = ['delivered', 'failed', 'dropped'] as const
export type NotificationEnd = (typeof NOTIFICATION_ENDS)[number]

/** How the daemon is operated; what is `undefined` is off. */
export type Operation = {
  readonly http: { readonly listen: Listen } | undefined
  readonly control: { readonly group: string; readonly spot: Spot } | undefined
  readonly notify: ReadonlyArray<Webhook>
}

/** What of these sections cannot be had on this machine, as a fault of the config. */
export const sectionFault = (spot: Spot, path: string, message: string, hint: string): Failure => ({
  _tag: 'ConfigInvalid',
  problems: [{ ...spot, path, message, hint, excerpt: undefined }],
})
