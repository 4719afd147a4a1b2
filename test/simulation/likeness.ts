// What two lives have in common that are alike: what happened and when, every value that was sent, the digest of every plan, and who is there in
// the end, as what. The names of fields alone would not tell that another value was sent.
import { shortHash } from './config.ts'
import type { Entry } from './service.ts'

type Lived = {
  readonly trace: ReadonlyArray<string>
  readonly log: ReadonlyArray<Entry>
  readonly digests: ReadonlyArray<string>
  readonly left: ReadonlyMap<string, string>
}

const PASSWORD = 'email_password'

/** A body as the service got it; of a password only what tells it from another one. */
const bodyOf = ({ n, body }: Entry): string =>
  `#${n} ${JSON.stringify({ ...body, ...(PASSWORD in body ? { [PASSWORD]: shortHash(String(body[PASSWORD])) } : {}) })}`

/** The same for lives that are alike, and for no others. */
export const likenessOf = ({ trace, log, digests, left }: Lived): string =>
  shortHash([...trace, ...log.map(bodyOf), ...digests, ...[...left].map(([place, user]) => `${place} ${user}`)].join('\n'))
