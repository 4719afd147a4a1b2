// Answers as hostile data, over real HTTP: too large, too deep, too slow, somewhere else, no text, or of the wrong shape.
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { describe } from '../../../src/domain/basics/failure.ts'
import type { LiveState } from '../../../src/domain/user/live.ts'
import { Secret } from '../../../src/domain/user/secret.ts'
import type { Api } from '../../../src/domain/wanted/desired.ts'
import { E } from '../../../src/fp.ts'
import { newKey, newPassword, newSecret } from '../../support/fresh.ts'
import { listening } from '../../support/listening.ts'
import { withRawServer } from '../../support/raw-server.ts'
import { reach } from '../../support/reach.ts'
import { spec } from '../../support/spec.ts'

const KEY = newKey()
const MiB = 1024 * 1024
const user = { username: 'one@acme.example', sending_allowed: true, custom_ratelimit: false }
const view = (...users: ReadonlyArray<object>): string => JSON.stringify({ request_id: 'r', data: { results: users } })

const listed = async (url: string, api: Partial<Api> = {}): Promise<LiveState | string> => {
  const answer = await (await reach(url, api)).accounts.list('account')()
  return E.isLeft(answer) ? describe(answer.left) : answer.right
}

const answering = (
  body: string | Buffer,
  check: (answer: LiveState | string) => void,
  headers: Readonly<Record<string, string>> = {},
) =>
  withRawServer(
    (response) => {
      response.writeHead(200, headers)
      response.end(body)
    },
    async ({ url }) => check(await listed(url)),
  )

const failsWith = (pattern: RegExp) => (answer: LiveState | string) => {
  if (typeof answer !== 'string') throw new Error('the answer was believed')
  assert.match(answer, pattern)
  assert.not.match(answer, 'H'.repeat(8))
}

spec('C4: size, depth, time and place of an answer', (test) => {
  test('an answer larger than allowed is not read to its end', () => {
    let written = 0
    return withRawServer(
      (response) => {
        response.on('error', () => {})
        const more = (): void => {
          while (!response.destroyed && written < 400 * MiB && response.write('x'.repeat(MiB))) written += MiB
          if (!response.destroyed && written < 400 * MiB) response.once('drain', more)
        }
        more()
      },
      async ({ url }) => {
        failsWith(/larger than api\.max_answer \(1048576 bytes\)/)(await listed(url))
        assert.ok(written < 100 * MiB, `${written} bytes were taken`)
      },
    )
  })

  test('nothing compressed is asked for, and what comes compressed all the same is never unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(300 * MiB))
    const before = process.memoryUsage().rss
    await withRawServer(
      (response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' })
        response.end(bomb)
      },
      async ({ url, seen }) => {
        failsWith(/not text in UTF-8/)(await listed(url))
        assert.is(seen[0]?.headers['accept-encoding'], 'identity')
        assert.ok(process.memoryUsage().rss - before < 200 * MiB, 'memory grew')
      },
    )
  })

  test('a request says who asks and what it understands, and nothing else: a firewall refuses who does not say it', () =>
    withRawServer(
      (response) => void response.end(view(user)),
      async ({ url, seen }) => {
        const { accounts } = await reach(url)
        await accounts.list('account')()
        await accounts.perform('account', { _tag: 'Patch', username: user.username, settings: { description: 'x' } })()
        for (const { headers } of seen) {
          const { host, 'content-length': length, 'x-smtp2go-api-key': key, ...others } = headers
          assert.ok(host !== undefined && length !== undefined && key !== undefined)
          assert.equal(others, {
            accept: 'application/json',
            'accept-encoding': 'identity',
            connection: 'keep-alive',
            'content-type': 'application/json',
            'user-agent': 'smtp2go-reconciler',
          })
        }
        assert.is(seen.length, 2)
      },
    ))

  test('an answer nested deeper than any of the service is refused, and brackets in a text are no depth', async () => {
    await answering(
      `{"request_id":"r","data":{"results":[],"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
      failsWith(/nested deeper than 64/),
    )
    await answering(`${'{"a":'.repeat(70)}1${'}'.repeat(70)}`, failsWith(/nested deeper than 64/))
    await answering(view({ ...user, description: `${'[{'.repeat(500)}\\"` }), (answer) => assert.not.type(answer, 'string'))
  })

  test('an answer of more values than any of the service is refused before they are made, and text and many users are not', async () => {
    const most = 1_000_000
    const wide = (piece: string, count: number): string => `{"data":{"results":[],"x":[${piece.repeat(count)}0]}}`
    const api = { maxAnswerBytes: 64 * MiB }
    const check = async (body: string): Promise<LiveState | string> => {
      let found: LiveState | string = ''
      await withRawServer(
        (response) => void response.end(body),
        async ({ url }) => {
          found = await listed(url, api)
        },
      )
      return found
    }
    for (const [piece, count] of [
      ['{},', most / 2 + 1],
      ['[],', most / 2 + 1],
      ['0,', most + 1],
      ['{},', 10 * most],
    ] as const)
      failsWith(/more values than/)(await check(wide(piece, count)))
    assert.not.type(await check(wide('0,', most - 10)), 'string')
    assert.not.type(await check(view({ ...user, description: '{},'.repeat(2 * most) })), 'string')
    const users = Array.from({ length: 50_000 }, (_, at) => ({
      ...user,
      username: `u${at}@a.example`,
      description: 'x'.repeat(40),
      a: 1,
      b: 2,
      c: 3,
    }))
    assert.not.type(await check(view(...users)), 'string')
  })

  test('one deadline holds for the whole answer, however steadily it drips', () =>
    withRawServer(
      (response) => {
        response.write('{"request_id":"')
        const drip = setInterval(() => void response.write('x'), 20)
        response.on('close', () => clearInterval(drip))
      },
      async ({ url }) => failsWith(/did not answer within 0\.4 s.*tries again/)(await listed(url, { timeoutMs: 400 })),
    ))

  test('a redirect is never followed: its target sees no connection', async () => {
    for (const status of [301, 302, 303, 307, 308])
      await withRawServer(
        (response) => void response.end(view(user)),
        async (target) => {
          await withRawServer(
            (response) => {
              response.writeHead(status, { location: `${target.url}/users/smtp/view` })
              response.end()
            },
            async ({ url }) => {
              failsWith(/redirect, which is never followed/)(await listed(url))
              const { accounts } = await reach(url)
              const settings = { email_password: newSecret() }
              const written = await accounts.perform('account', { _tag: 'Patch', username: 'one@acme.example', settings })()
              assert.ok(E.isLeft(written) && written.left._tag === 'IllFormed')
            },
          )
          assert.is(target.connections(), 0, `status ${status}`)
        },
      )
  })

  test('what is no UTF-8, no JSON, cut off or empty is refused without a word of it', async () => {
    const latin = Buffer.from(view({ ...user, username: 'm\xfcller-secret@acme.example' }), 'latin1')
    await answering(latin, failsWith(/not text in UTF-8/))
    for (const body of ['', '<html>secret</html>', view(user).slice(0, -5), '{"request_id":"r","data":{"results":[]}} secret'])
      await answering(body, (answer) => {
        failsWith(/not JSON/)(answer)
        assert.not.match(JSON.stringify(answer), 'secret')
      })
    await answering(view(user), (answer) => assert.not.type(answer, 'string'), { 'content-type': 'text/html' })
  })

  test('a server that speaks no HTTP, or hangs up, is unreachable', async () => {
    for (const words of ['', 'SSH-2.0-OpenSSH\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"da']) {
      const server = createServer((socket) => {
        socket.on('error', () => {})
        socket.once('data', () => socket.end(words))
      })
      const port = await listening(server)
      failsWith(/connection to the service broke/)(await listed(`http://127.0.0.1:${port}/v3`))
      await new Promise<void>((closed) => server.close(() => closed()))
    }
  })

  test('S11: a 429 that asks for ninety seconds keeps the next request here for as long', () =>
    withRawServer(
      (response) => {
        response.writeHead(429, { 'retry-after': '90' })
        response.end()
      },
      async ({ url, seen }) => {
        const { accounts } = await reach(url)
        await accounts.list('account')()
        const next = await accounts.list('account')()
        if (E.isRight(next) || next.left._tag !== 'Throttled') throw new Error('it was not held back')
        assert.is(next.left.sent, 'no')
        assert.ok((next.left.retryAfterMs ?? 0) > 80_000, `${next.left.retryAfterMs} ms`)
        assert.is(seen.length, 1)
      },
    ))

  test('a key that no header can carry is told as such, and nothing is sent', () =>
    withRawServer(
      (response) => void response.end(view()),
      async ({ url, seen }) => {
        for (const key of [`${KEY}\n`, `\ufeff${KEY}`, `${KEY}é`, ''])
          failsWith(/characters that no key has/)(await listed(url, { key: new Secret(key) }))
        assert.is(seen.length, 0)
      },
    ))
})

spec('the shape of an answer', (test) => {
  test('new keys are tolerated and told once a process, by their names and never their values', () =>
    withRawServer(
      (response) =>
        void response.end(
          view({
            ...user,
            sending_status: 'value-1',
            'evil\u001b[31m\u202e': 'value-2',
            ['long'.repeat(100)]: 1,
            ['__proto__']: { status: 'blocked' },
          }),
        ),
      async ({ url }) => {
        const { accounts, notices } = await reach(url)
        for (const scope of ['account', 'subaccount:S', 'account'] as const) assert.ok(E.isRight(await accounts.list(scope)()))
        assert.is(notices.length, 1)
        assert.match(notices[0] ?? '', /the service shows .*sending_status.*does not know/)
        assert.not.match(notices[0] ?? '', 'value-')
        assert.not.match(notices[0] ?? '', '\u001b')
        assert.ok((notices[0] ?? '').length < 400)
      },
    ))

  test('a flood of new keys is told by a few names', () =>
    withRawServer(
      (response) =>
        void response.end(view({ ...user, ...Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`key_${at}`, at])) })),
      async ({ url }) => {
        const { accounts, notices } = await reach(url)
        const live = await accounts.list('account')()
        assert.ok(E.isRight(live) && live.right.unknownKeys.length === 20)
        assert.ok((notices[0] ?? '').length < 1000)
      },
    ))

  test('an answer to a write that names other users too is told every time', () =>
    withRawServer(
      (response) => void response.end(JSON.stringify({ request_id: 'r', data: [user, { username: 'two@acme.example' }] })),
      async ({ url }) => {
        const { accounts, notices } = await reach(url)
        const edit = { _tag: 'Patch', username: 'one@acme.example', settings: { description: 'x' } } as const
        const receipt = await accounts.perform('account', edit)()
        await accounts.perform('account', edit)()
        assert.equal(receipt, E.right({ requestId: 'r', others: ['two@acme.example'] }))
        assert.is(notices.length, 2)
        assert.match(notices[0] ?? '', /account: .*one@acme\.example also met two@acme\.example/)
      },
    ))

  test('C1: no name in an answer is told that repeats the key or a password that was shown', () => {
    const shown = newPassword()
    const bodies = [
      view({ ...user, email_password: shown, [`x_${shown}`]: 1, [KEY]: 2 }),
      JSON.stringify({ request_id: shown, data: [{ username: `${shown}@acme.example` }] }),
      JSON.stringify({ request_id: 'r', data: ['/users/smtp/view', `/users/smtp/${KEY}`] }),
    ]
    return withRawServer(
      (response) => void response.end(bodies.shift()),
      async ({ url }) => {
        const { accounts, notices } = await reach(url, { key: new Secret(KEY) })
        assert.ok(E.isRight(await accounts.list('account')()))
        const edit = { _tag: 'Patch', username: 'one@acme.example', settings: { description: 'x' } } as const
        const receipt = await accounts.perform('account', edit)()
        assert.ok(E.isRight(receipt) && receipt.right.requestId === undefined)
        assert.equal(await accounts.permissions()(), E.right(['/users/smtp/view', '/users/smtp/[secret]']))
        assert.is(notices.length, 2)
        for (const notice of notices) assert.ok(![KEY, shown].some((secret) => notice.includes(secret)), notice)
      },
    )
  })

  test('C2: a password in an answer is wrapped as it is decoded, and a masked one is not known at all', async () => {
    await answering(view({ ...user, email_password: 'Summer***2026' }), (answer) => {
      if (typeof answer === 'string') throw new Error(answer)
      assert.ok(answer.users[0]?.settings.email_password !== undefined, 'a password may have stars')
    })
    for (const mask of [
      '********',
      '•••••',
      'x'.repeat(12),
      '<hidden>',
      '[REDACTED]',
      '',
      null,
      'Sec****23',
      '*** (not kept here)',
      'Begin******End-of-it',
    ])
      await answering(view({ ...user, email_password: mask }), (answer) => {
        if (typeof answer === 'string') throw new Error(answer)
        assert.is(answer.users[0]?.settings.email_password, undefined, String(mask))
      })
    const same = { email_password: newPassword() }
    await answering(view({ ...user, ...same }, { ...user, ...same, username: 'two@acme.example' }), (answer) => {
      if (typeof answer === 'string') throw new Error(answer)
      for (const { settings } of answer.users) assert.is(settings.email_password, undefined)
    })
    const shown = newPassword()
    await answering(view({ ...user, email_password: shown }), (answer) => {
      if (typeof answer === 'string') throw new Error(answer)
      assert.ok(answer.users[0]?.settings.email_password instanceof Secret)
      assert.not.match(inspect(answer, { depth: 9, showHidden: true }) + JSON.stringify(answer), shown)
    })
  })

  test('lists that are none, users that are none, names that are none or stand twice are refused', async () => {
    const bad: ReadonlyArray<readonly [body: string, pattern: RegExp]> = [
      ['{"request_id":"r","data":{}}', /data\.results of view is missing/],
      ['{"request_id":"r","data":{"results":null}}', /data\.results/],
      ['{"request_id":"r","data":{"results":{}}}', /data\.results/],
      ['{"request_id":"r","data":[]}', /data\.results/],
      ['{"request_id":"r"}', /data\.results/],
      ['[]', /data\.results/],
      ['null', /data\.results/],
      [JSON.stringify({ data: { results: [null] } }), /data\.results/],
      [JSON.stringify({ data: { results: ['text'] } }), /data\.results/],
      [view({ ...user, username: '' }), /results\[0\]\.username is empty/],
      [view(user, user), /results\[1\]\.username stands twice/],
    ]
    for (const [body, pattern] of bad) await answering(body, failsWith(pattern))
  })
})
