// Hashes, keyed hashes, keys and ids from node's own crypto. Secrets are opened here for keyed hashes only.
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import type { Secret } from '../domain/user/secret.ts'
import type { Crypto } from '../ports.ts'

// The embedded stand-in needs no API key; its digests are keyed with this label instead.
const NO_KEY = 'smtp2go-reconciler without an API key'
const PURPOSE = 'smtp2go-reconciler/digest@1'
const RANDOM_BYTES = 6

/** The crypto of this machine. */
export const crypto = (): Crypto => {
  // By the secret and not by its text, which would stay here in the clear for as long as the process lives.
  const derived = new WeakMap<Secret, Buffer>()
  // The key is derived first, so that a digest never is a hash under the API key itself.
  const derive = (text: string): Buffer => Buffer.from(hkdfSync('sha256', text, '', PURPOSE, 32))
  const withoutKey = derive(NO_KEY)
  const derivedFrom = (apiKey: Secret): Buffer => {
    const key = derived.get(apiKey) ?? derive(apiKey.reveal())
    derived.set(apiKey, key)
    return key
  }
  return {
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    ledgerHash: (ledgerKey, secret) => createHmac('sha256', ledgerKey).update(secret.reveal()).digest('hex'),
    digestHash: (apiKey, secret) =>
      createHmac('sha256', apiKey === undefined ? withoutKey : derivedFrom(apiKey))
        .update(secret.reveal())
        .digest('hex'),
    newId: () => `${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`,
    newKey: () => randomBytes(32).toString('hex'),
    random: () => randomBytes(RANDOM_BYTES).readUIntBE(0, RANDOM_BYTES) / 2 ** (8 * RANDOM_BYTES),
  }
}
