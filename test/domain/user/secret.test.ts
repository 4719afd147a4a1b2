// Secrets never show (C1), and passwords are as strong as the service wants them.
import { format, inspect } from 'node:util'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { isLoopback } from '../../../src/domain/basics/loopback.ts'
import { entropyBits, generated, LEAST_BITS } from '../../../src/domain/user/password.ts'
import { digestOf, printOf } from '../../../src/domain/user/prints.ts'
import { Secret } from '../../../src/domain/user/secret.ts'
import { same } from '../../../src/domain/user/settings.ts'
import { cases } from '../../support/cases.ts'
import { newPassword } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const CANARY = newPassword()
const secret = new Secret(CANARY, 'passwords/fax')
const secretOf = (text: string): Secret => new Secret(text)

const WAYS: { readonly [way: string]: () => string } = {
  'a joined list': () => [secret, secret].join(' '),
  concatenation: () => `a ${String(secret)}`,
  JSON: () => JSON.stringify({ secret, list: [secret] }),
  inspection: () => inspect({ secret }, { depth: 9, showHidden: true }),
  'inspection without hooks': () => inspect(secret, { customInspect: false, showHidden: true }),
  'a format': () => format('%s %o %O %j %d', secret, secret, secret, secret, secret),
  'its own keys': () => JSON.stringify([Object.entries(secret), Object.getOwnPropertyDescriptors(secret)]),
  'a copy': () => JSON.stringify([{ ...secret }, Object.assign({}, secret), structuredClone(secret)]),
  'an error': () => inspect(new Error('refused', { cause: secret })),
  'a map and a set': () => inspect([new Map([[secret, secret]]), new Set([secret])]),
}

/** Evenly spread numbers in [0, 1) from a seed. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

spec('what stands for a secret that was not fetched', (test) => {
  const unfetched = Secret.unfetched()

  test('shows as any other does, and there is nothing to send', () => {
    assert.is([String(unfetched), JSON.stringify(unfetched), inspect(unfetched)].join(' '), '[secret] "[secret]" [secret]')
    assert.throws(() => unfetched.reveal(), 'a secret that was not fetched cannot be had')
  })

  test('is like no other, and its print and its digest are of no value', () => {
    for (const other of [secretOf(''), secret, Secret.unfetched()]) {
      assert.not.ok(unfetched.equals(other))
      assert.not.ok(same('email_password', other, unfetched))
      assert.not.ok(other.isHiddenIn(unfetched))
    }
    assert.ok(unfetched.equals(unfetched))
    const never = (): never => {
      throw new Error('it has no value')
    }
    const prints = { sha256: never, ledgerHash: never, digestHash: never }
    assert.equal([printOf(prints, unfetched), digestOf(prints, unfetched)], ['-', 'declared'])
  })
})

spec('secrets', (test) => {
  for (const [way, show] of Object.entries(WAYS))
    test(`C1: ${way} shows no secret`, () => {
      const shown = show()
      for (let at = 0; at + 8 <= CANARY.length; at += 1) assert.not.ok(shown.includes(CANARY.slice(at, at + 8)))
    })

  test('C1: every way of its own shows the same word', () => {
    assert.is(String(secret), '[secret]')
    assert.is(JSON.stringify({ secret }), '{"secret":"[secret]"}')
    assert.is(inspect([secret]), '[ [secret] ]')
  })

  test('a secret is opened on purpose, and compared without being shown', () => {
    assert.is(secret.reveal(), CANARY)
    assert.ok(secret.equals(new Secret(CANARY)))
    assert.not(secret.equals(new Secret(`${CANARY} `)))
    assert.is(new Secret(`${CANARY}ü€`).bytes, CANARY.length + 5)
    assert.is(secret.unsaved, 'passwords/fax')
    assert.is(new Secret(CANARY).unsaved, undefined)
  })

  for (const [text, expected] of [
    ['https://hooks.acme.example/x', 'https'],
    ['https://localhost', 'https'],
    ['http://hooks.acme.example', 'http'],
    ['http://localhost:8080/x', 'loopback'],
    ['http://[::1]/x', 'loopback'],
    ['http://127.0.0.1', 'loopback'],
    ['http://127.255.3.200', 'loopback'],
    ['http://128.0.0.1', 'http'],
    ['http://127.0.0.1.acme.example', 'http'],
    ['http://acme.example.127.0.0.1.nip.example', 'http'],
    ['http://localhost.acme.example', 'http'],
    ['https://me@hooks.acme.example', undefined],
    ['https://:word@hooks.acme.example', undefined],
    ['http://me@localhost', undefined],
    ['ftp://localhost', undefined],
    ['hooks.acme.example', undefined],
    ['', undefined],
  ] as const)
    test(`as a web address ${JSON.stringify(text)} is ${expected ?? 'none'}`, () => assert.is(secretOf(text).address, expected))

  for (const [host, expected] of [
    ['localhost', true],
    ['::1', true],
    ['[::1]', true],
    ['127.0.0.1', true],
    ['127.9.99.255', true],
    ['127.0.0', false],
    ['1.127.0.0.1', false],
    ['127.0.0.1.x', false],
    ['127.0.0.0.1', false],
    ['127.a.0.1', false],
    ['::2', false],
    ['', false],
  ] as const)
    test(`${JSON.stringify(host)} is ${expected ? '' : 'not '}this machine`, () => assert.is(isLoopback(host), expected))

  for (const [text, fits] of [
    ['!Aa0~', true],
    ['', false],
    ['a b', false],
    [' a', false],
    ['a ', false],
    ['a\n', false],
    ['\u007f', false],
    ['ü', false],
  ] as const)
    test(`${JSON.stringify(text)} ${fits ? 'fits' : 'does not fit'} into a header`, () =>
      assert.is(secretOf(text).fitsHeader, fits))
})

spec('passwords', (test) => {
  for (const [text, bits] of [
    ['', 0],
    ['aaaaaaaaaaaaaaaa', 0],
    ['ab', 2],
    ['abababab', 8],
    ['abcdefghijklmnop', 64],
    ['😀😃', 2],
  ] as const)
    test(`the strength of ${JSON.stringify(text)} is ${bits} bits`, () =>
      assert.is(Math.round(entropyBits(text) * 1e6) / 1e6, bits))

  test('our strength is never above length times the distinct characters', () =>
    fc.assert(
      fc.property(fc.string(), (text) => {
        const characters = [...text]
        const bound = characters.length * Math.log2(Math.max(1, new Set(characters).size))
        assert.ok(entropyBits(text) <= bound + 1e-9)
        assert.is(new Secret(text).bits, entropyBits(text))
      }),
    ))

  test('a generated password has 32 characters of every class, none confusing, and far more strength than is asked', () =>
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const text = generated(randomFrom(seed))
        assert.match(text, /^[A-HJ-NP-Za-km-z2-9\-_.+]{32}$/)
        for (const kind of [/[A-Z]/, /[a-z]/, /[0-9]/, /[-_.+]/]) assert.match(text, kind)
        assert.ok(entropyBits(text) >= 1.5 * LEAST_BITS)
      }),
      cases(500),
    ))

  test('one poor stretch of chance does not make a poor password', () => {
    const good = randomFrom(1)
    let calls = 0
    const text = generated(() => {
      calls += 1
      return calls <= 32 ? 0 : good()
    })
    assert.ok(entropyBits(text) >= 1.5 * LEAST_BITS)
  })
})
