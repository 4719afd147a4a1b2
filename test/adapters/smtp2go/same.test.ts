// An answer that says what the last one said is not understood anew: what was made of that one stands, be its own id another one. Whatever else
// differs, by a byte, is read.
import * as assert from 'uvu/assert'
import { printOfAnswer } from '../../../src/adapters/smtp2go/last.ts'
import type { LiveState } from '../../../src/domain/user/live.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { E } from '../../../src/fp.ts'
import { withRawServer } from '../../support/raw-server.ts'
import { reach } from '../../support/reach.ts'
import { spec } from '../../support/spec.ts'

const USER = { username: 'one@a.example', sending_allowed: true, custom_ratelimit: false, description: 'here' }
const view = (id: string, some: object = {}): string =>
  JSON.stringify({ request_id: id, data: { results: [{ ...USER, ...some }] } })

type Answer = { readonly status?: number; readonly body: string }

/** What each of these answers comes to, asked for in this order. */
const shown = async (answers: ReadonlyArray<Answer>, scopes: ReadonlyArray<Scope> = []) => {
  const seen: Array<LiveState | string> = []
  const left = answers.values()
  await withRawServer(
    (response) => {
      const { status = 200, body = '' } = left.next().value ?? {}
      response.writeHead(status).end(body)
    },
    async ({ url }) => {
      const { accounts } = await reach(url)
      for (const [at] of answers.entries()) {
        const one = await accounts.list(scopes[at] ?? 'account')()
        seen.push(E.isRight(one) ? one.right : one.left._tag)
      }
    },
  )
  return seen
}

const print = (text: string): string => printOfAnswer(Buffer.from(text))

spec('an answer like the last one', (test) => {
  test('is taken for what that came to, whatever its own id is', async () => {
    const [first, second] = await shown([{ body: view('a1') }, { body: view('b2') }])
    assert.is(typeof first, 'object')
    assert.is(second, first)
  })

  test('is read where anything else of it differs', async () => {
    const [first, second, third] = await shown([
      { body: view('a') },
      { body: view('a', { description: 'hers' }) },
      { body: view('a') },
    ])
    assert.equal(third, first)
    assert.is.not(second, first)
    assert.is.not(third, first)
  })

  test('is no answer where it is refused, and what was known before that is known after it', async () => {
    const [first, refused, after] = await shown([{ body: view('a') }, { status: 500, body: view('a') }, { body: view('b') }])
    assert.is(refused, 'ServerTrouble')
    assert.is(after, first)
  })

  test('is known for its own scope', async () => {
    const [one, other] = await shown([{ body: view('a') }, { body: view('a') }], ['account', 'subaccount:A'])
    assert.equal(
      [one, other].map((state) => (typeof state === 'object' ? state.scope : state)),
      ['account', 'subaccount:A'],
    )
  })

  test('what is cut off, or no JSON, is never taken for one', async () => {
    const whole = view('a')
    const seen = await shown([{ body: whole }, { body: whole.slice(0, -1) }, { body: whole.slice('{"request_id":"a"'.length) }])
    assert.equal(seen.slice(1), ['IllFormed', 'IllFormed'])
  })
})

spec('the print of an answer', (test) => {
  for (const [title, one, other] of [
    ['another id at its beginning', '{"request_id":"a","data":1}', '{"request_id":"b-2","data":1}'],
    ['another id, with blanks', '{ "request_id" : "a", "data":1}', '{"request_id":"b", "data":1}'],
  ] as const)
    test(`is the same with ${title}`, () => assert.is(print(one), print(other)))

  for (const [title, one, other] of [
    ['an id and none', '{"request_id":"a","data":1}', '"data":1}'],
    ['an id that is no text', '{"request_id":1,"data":1}', '{"request_id":2,"data":1}'],
    ['an id that is elsewhere', '{"data":{"request_id":"a"}}', '{"data":{"request_id":"b"}}'],
    ['an id with a quote in it', '{"request_id":"a\\"","data":1}', '{"request_id":"b\\"","data":1}'],
    ['an endless id', `{"request_id":"${'a'.repeat(200)}","data":1}`, `{"request_id":"${'b'.repeat(200)}","data":1}`],
  ] as const)
    test(`is another one with ${title}`, () => assert.is.not(print(one), print(other)))
})
