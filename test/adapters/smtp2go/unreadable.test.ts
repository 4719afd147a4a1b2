// A refusal whose body nobody can read, as gateways and firewalls send them: in another encoding, packed though nobody asked for it, too
// deep, cut off, stuck or endless. The status stands all the same.
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { type ApiFailure, neverLeft, outcomeUnknown } from '../../../src/domain/basics/failure.ts'
import { E } from '../../../src/fp.ts'
import { withRawServer } from '../../support/raw-server.ts'
import { reach } from '../../support/reach.ts'
import { spec } from '../../support/spec.ts'

const PAGE = Buffer.from('<html><title>Zugriff verweigert</title>Zu viele Anfragen f\xfcr heute</html>', 'latin1')
// Short only where it has to run out.
const LIMITS = { timeoutMs: 10_000, maxAnswerBytes: 1024 }
const STUCK = { ...LIMITS, timeoutMs: 400 }
type Headers = Readonly<Record<string, string>>
type Sends = (response: ServerResponse, status: number, headers?: Headers) => void

const whole =
  (body: Buffer): Sends =>
  (response, status, headers = {}) => {
    response.writeHead(status, headers)
    response.end(body)
  }

/** Whole bodies that are no JSON of the service. */
const UNREADABLE: Readonly<Record<string, Sends>> = {
  'in another encoding': whole(PAGE),
  packed: whole(gzipSync(PAGE)),
  'nested too deep': whole(Buffer.from('['.repeat(200))),
}

/** Bodies that never come whole. */
const LOST: Readonly<Record<string, Sends>> = {
  'cut off': (response, status, headers = {}) => {
    response.writeHead(status, { ...headers, 'content-length': '5000' })
    response.write(PAGE, () => response.destroy())
  },
  stuck: (response, status, headers = {}) => {
    response.writeHead(status, headers)
    response.write(PAGE)
  },
  'too large': (response, status, headers = {}) => whole(Buffer.alloc(5000, 'x'))(response, status, headers),
}

const EDIT = { _tag: 'Patch', username: 'one@a.example', settings: { description: 'x' } } as const
const VIEW = JSON.stringify({ request_id: 'r', data: { results: [] } })

type Refused = { readonly failure: ApiFailure; readonly next: ApiFailure | undefined; readonly seen: number }

/** How a write ends that is answered so, after a good view or without one, and the request after it. */
const refused = async (
  how: string,
  send: (response: ServerResponse) => void,
  { proven }: { readonly proven: boolean },
): Promise<Refused> => {
  const all: Array<Refused> = []
  await withRawServer(
    (response, { path }) => (path.endsWith('view') ? void response.end(VIEW) : send(response)),
    async ({ url, seen }) => {
      const { accounts } = await reach(url, how === 'stuck' ? STUCK : LIMITS)
      if (proven) assert.ok(E.isRight(await accounts.list('account')()))
      const written = await accounts.perform('account', EDIT)()
      const next = await accounts.list('account')()
      assert.ok(E.isLeft(written), 'it was taken for done')
      all.push({ failure: written.left, next: E.isLeft(next) ? next.left : undefined, seen: seen.length })
    },
  )
  const [one] = all
  if (one === undefined) throw new Error('nothing was asked')
  return one
}

spec('a refusal that cannot be read', (test) => {
  for (const [how, send] of Object.entries({ ...UNREADABLE, ...LOST })) {
    test(`S11: a 429 is one though its body is ${how}, and its wait is kept`, async () => {
      const { failure, next, seen } = await refused(how, (response) => send(response, 429, { 'retry-after': '90' }), {
        proven: true,
      })
      assert.equal(failure, { _tag: 'Throttled', retryAfterMs: 90_000 })
      assert.ok(next?._tag === 'Throttled' && neverLeft(next))
      assert.is(seen, 2)
    })

    test(`S11: a 401 refuses the key though its body is ${how}`, async () => {
      const { failure, next, seen } = await refused(how, (response) => send(response, 401), { proven: true })
      assert.is(failure._tag, 'KeyRefused')
      assert.ok(next?._tag === 'KeyRefused' && neverLeft(next))
      assert.is(seen, 2)
    })

    test(`S12: a 403 for one write is no write of unknown outcome though its body is ${how}`, async () => {
      const known = await refused(how, (response) => send(response, 403), { proven: true })
      assert.is(known.failure._tag, 'Forbidden')
      assert.is(outcomeUnknown(known.failure), false)
      assert.is(known.next, undefined)
      assert.is((await refused(how, (response) => send(response, 403), { proven: false })).failure._tag, 'KeyRefused')
    })

    test(`trouble stays trouble though its body is ${how}`, async () => {
      const { failure } = await refused(how, (response) => send(response, 502), { proven: true })
      assert.equal(failure, { _tag: 'ServerTrouble', status: 502 })
    })

    test(`S1: of a good status the body counts, and one that is ${how} leaves a write unknown`, async () => {
      const { failure } = await refused(how, (response) => send(response, 200), { proven: true })
      assert.is(outcomeUnknown(failure), true)
    })
  }

  for (const [how, send] of Object.entries(UNREADABLE))
    test(`a status that says nothing by itself is a refusal without a word where its body is ${how}`, async () => {
      const { failure } = await refused(how, (response) => send(response, 406), { proven: true })
      assert.equal(failure, { _tag: 'Rejected', message: 'HTTP 406 without a word' })
    })

  for (const [how, send] of Object.entries(LOST))
    test(`a status that says nothing by itself is asked again where the words for it were ${how}`, async () => {
      const { failure } = await refused(how, (response) => send(response, 400), { proven: true })
      assert.is(outcomeUnknown(failure), true)
    })
})
