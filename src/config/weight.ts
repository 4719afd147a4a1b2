// What requests weigh: all that a user is to have may go in one, and the service takes none of more than 1 MB.
import { Secret } from '../domain/user/secret.ts'
import { FIELDS, type Value } from '../domain/user/settings.ts'
import type { Managed } from '../domain/wanted/desired.ts'

/** The service refuses larger requests, in bytes. */
export const LARGEST = 1_000_000
// Room for braces, key names, the subaccount's id and the API key.
export const OVERHEAD = 2_000
/** What weighs less is not the reason. */
export const WEIGHTY = LARGEST / 100

/** The bytes of what these layers say, weakest first; near enough, but where that decides whether with what is beside it all is too much. */
export type Weigh = (layers: ReadonlyArray<Managed>, beside?: number) => number

/** Scales that weigh a long text, which is mostly that of many users, once; and short ones closely only where that decides. */
export const scales = (): Weigh => {
  const long = new Map<string, number>()
  const exactly = (text: string): number => {
    const bytes = long.get(text) ?? bytesOf(text)
    if (text.length > WEIGHTY) long.set(text, bytes)
    return bytes
  }
  const sum = (values: ReadonlyArray<Value>, ofText: (text: string) => number): number =>
    values.reduce<number>(
      (bytes, value) => bytes + (value instanceof Secret ? value.bytes : typeof value === 'string' ? ofText(value) : 20),
      0,
    )
  return (layers, beside = OVERHEAD) => {
    const values = FIELDS.flatMap((field) => layers.findLast((layer) => layer[field] !== undefined)?.[field]?.value ?? [])
    const most = sum(values, (text) => (isShort(text) ? mostFor(text) : exactly(text)))
    return most + beside > LARGEST ? sum(values, exactly) : most
  }
}

/** The bytes of a request for a user of this name with these layers. */
export const bytesFor = (username: string, layers: ReadonlyArray<Managed>, weigh: Weigh): number => {
  const beside = OVERHEAD + bytesOf(username)
  return beside + weigh(layers, beside)
}

const mostFor = (text: string): number => text.length * 6
const isShort = (text: string): boolean => mostFor(text) < WEIGHTY
const bytesOf = (text: string): number => new TextEncoder().encode(JSON.stringify(text)).length
