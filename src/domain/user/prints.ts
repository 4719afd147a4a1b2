// Prints: short stand-ins for values, so that neither ledger nor digest ever holds a secret.
import { Secret } from './secret.ts'
import type { Value } from './settings.ts'

/** A short stand-in for a value: its JSON text, a hash of it where it is long, a keyed hash where it is secret. */
export type Print = string

/** How values are printed for memory and for digests; made from the keys once a run. */
export type Prints = {
  readonly sha256: (text: string) => string
  /** Keyed hash under the ledger's own random key. */
  readonly ledgerHash: (secret: Secret) => string
  /** Keyed hash under a key derived from the API key: another machine computes the same. */
  readonly digestHash: (secret: Secret) => string
}

const LONGEST = 64

/** Stands for a value in the ledger; `-` for a value that is not known. */
export const printOf = (prints: Prints, value: Value | undefined): Print => {
  if (value === undefined) return '-'
  if (value instanceof Secret) return value.isUnfetched ? '-' : prints.ledgerHash(value)
  const text = JSON.stringify(value)
  return text.length <= LONGEST ? text : prints.sha256(text)
}

/** Stands for a value in a digest. A password that is still to be made has no value yet, nor has one that was not fetched. */
export const digestOf = (prints: Prints, value: Value | undefined): string | number | boolean | null => {
  if (value === undefined) return null
  if (!(value instanceof Secret)) return value
  if (value.isUnfetched) return 'declared'
  return value.unsaved === undefined ? prints.digestHash(value) : 'generated'
}
