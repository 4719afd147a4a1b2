// What is made up for one test alone: no two tests share a key or a password, so that whatever is let out tells whose it was.
import { randomBytes } from 'node:crypto'
import { Secret } from '../../src/domain/user/secret.ts'

/** A key of the service's form that nobody else uses. */
export const newKey = (): string => `api-${randomBytes(16).toString('hex')}`

// None of them is a digit of a hash: a journal has so many that a part of a key would now and then be found among them.
const LETTERS = 'ghijkmnpqrstuvwx'

/** Such a key, where what is searched for it holds hashes, as every journal and ledger does. */
export const newKeyUnlikeHashes = (): string =>
  `api-${[...randomBytes(32)].map((byte) => LETTERS[byte % LETTERS.length]).join('')}`

/** A password that the service takes and nobody else uses; in whatever case, no part of it that is searched for could be of a hash. */
export const newPassword = (): string => `${randomBytes(12).toString('base64url').replace(/.{4}/g, '$&Z')}-aZ9`

/** Such a password as the program carries it. */
export const newSecret = (): Secret => new Secret(newPassword())
