// What requests weigh: all that a user is to have may go in one, and the service takes none of more than 1 MB.
import type { Managed } from '../domain/desired.ts'
import { Secret } from '../domain/secret.ts'
import { FIELDS, type Value } from '../domain/settings.ts'

/** The service refuses larger requests, in bytes. */
export const LARGEST = 1_000_000
// Room for braces, key names, the subaccount's id and the API key.
export const OVERHEAD = 2_000
/** What weighs less is not the reason. */
export const WEIGHTY = LARGEST / 100

/** The bytes of what these layers say, weakest first. */
export type Weigh = (layers: ReadonlyArray<Managed>) => number

/** Scales that weigh a long text, which is mostly that of many users, once. */
export const scales = (): Weigh => {
  const long = new Map<string, number>()
  const bytesOf = (value: Value): number => {
    if (value instanceof Secret) return value.bytes
    if (typeof value !== 'string') return 20
    const bytes = long.get(value) ?? sizeOf(value)
    if (value.length > WEIGHTY) long.set(value, bytes)
    return bytes
  }
  return (layers) => {
    let bytes = 0
    for (const field of FIELDS) {
      const value = layers.findLast((layer) => layer[field] !== undefined)?.[field]?.value
      if (value !== undefined) bytes += bytesOf(value)
    }
    return bytes
  }
}

/** The bytes of a request for a user of this name with these layers. */
export const bytesFor = (username: string, layers: ReadonlyArray<Managed>, weigh: Weigh): number =>
  OVERHEAD + sizeOf(username) + weigh(layers)

const sizeOf = (text: string): number =>
  text.length * 6 < WEIGHTY ? text.length * 6 : new TextEncoder().encode(JSON.stringify(text)).length
