// Hashes, keyed hashes, keys and ids from node's own crypto. Secrets are opened here for keyed hashes only.
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import type { Crypto } from '../ports.ts'

// The embedded stand-in needs no API key; its digests are keyed with this label instead.
const NO_KEY = 'smtp2go-reconciler without an API key'
const PURPOSE = 'smtp2go-reconciler/digest@1'
const RANDOM_BYTES = 6

/** The crypto of this machine. */
export const crypto = (): Crypto => {
  const derived = new Map<string, Buffer>()
  // The key is derived first, so that a digest never is a hash under the API key itself.
  const derivedFrom = (apiKey: string): Buffer => {
    const key = derived.get(apiKey) ?? Buffer.from(hkdfSync('sha256', apiKey, '', PURPOSE, 32))
    derived.set(apiKey, key)
    return key
  }
  return {
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    ledgerHash: (ledgerKey, secret) => createHmac('sha256', ledgerKey).update(secret.reveal()).digest('hex'),
    digestHash: (apiKey, secret) =>
      createHmac('sha256', derivedFrom(apiKey?.reveal() ?? NO_KEY))
        .update(secret.reveal())
        .digest('hex'),
    newId: () => `${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`,
    newKey: () => randomBytes(32).toString('hex'),
    random: () => randomBytes(RANDOM_BYTES).readUIntBE(0, RANDOM_BYTES) / 2 ** (8 * RANDOM_BYTES),
  }
}
