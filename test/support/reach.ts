// The real client over the network, connected to an address of a test.
import { clock } from '../../src/adapters/clock.ts'
import { connector } from '../../src/adapters/smtp2go/connect.ts'
import { confidence } from '../../src/adapters/smtp2go/tell.ts'
import { Secret } from '../../src/domain/user/secret.ts'
import type { Api } from '../../src/domain/wanted/desired.ts'
import { E, TE } from '../../src/fp.ts'
import type { Accounts } from '../../src/ports.ts'
import { newKey } from './fresh.ts'

export type Reached = { readonly accounts: Accounts; readonly notices: ReadonlyArray<string> }

/** A connection of its own pace, with all that it noticed; of a key of its own unless one is given. */
export const reach = async (url: string, api: Partial<Api> = {}): Promise<Reached> => {
  const notices: Array<string> = []
  const connected = await connector({
    clock: clock(),
    confidence: confidence(),
    sandbox: () => TE.right(url),
    notice: (message) => void notices.push(message),
  }).accounts({
    endpoint: { _tag: 'Address', url },
    key: new Secret(newKey()),
    pace: undefined,
    concurrency: 2,
    timeoutMs: 5000,
    maxAnswerBytes: 1024 * 1024,
    ...api,
  })()
  if (E.isLeft(connected)) throw new Error('not connected')
  return { accounts: connected.right.accounts, notices }
}
