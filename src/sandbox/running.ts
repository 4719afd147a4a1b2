// The stand-in while it runs: its world, its faults, its request log, and what it knows of the address that calls.

import type { Planted } from './faults.ts'
import type { Body } from './fields.ts'
import type { World } from './world.ts'

/** One request in the log. */
export type Entry = {
  readonly n: number
  readonly at: number
  finished_at: number
  readonly method: string
  readonly path: string
  readonly body: Body
  readonly has_password: boolean
  status: number
  readonly request_id: string
  readonly key: string
}

/** What all requests share. */
export type Running = {
  readonly isEmbedded: boolean
  world: World
  planted: ReadonlyArray<Planted>
  readonly log: Array<Entry>
  n: number
  /** Times of the requests and errors of the address, for the limits. */
  requests: Array<number>
  errors: Array<number>
  blockedUntil: number
  readonly latencyMs: number
  readonly now: () => number
  readonly changed: () => void
  /** What takes effect only later, whatever was answered. */
  late: ReadonlyArray<{ readonly at: number; readonly take: () => void }>
}
