// C1: what is kept from view of a config: whatever may hold a secret, rather too much than too little.
import * as assert from 'uvu/assert'
import { holdsCredentials, mayHoldLiteral, mayHoldSecret } from '../../src/config/secrecy.ts'
import { spec } from '../support/spec.ts'

spec('what may hold a secret', (test) => {
  for (const [key, expected] of [
    ['email_password', true],
    ['passwd', true],
    ['pwd', true],
    ['pw', true],
    ['smtp_pw', true],
    ['pws', true],
    ['pin', true],
    ['pinned', false],
    ['spin', false],
    ['apw_x', false],
    ['API_KEY', true],
    ['webhook', true],
    ['token', true],
    ['authority', true],
    ['credential', true],
    ['emial_pawssord', true],
    ['EMAIL_WORD', true],
    ['email_paword', true],
    ['emailparole', false],
    ['description', false],
    ['unknown_password', false],
    ['max_password_changes', false],
    ['username', false],
    ['', false],
  ] as const)
    test(`the key ${JSON.stringify(key)}: ${expected ? 'yes' : 'no'}`, () => assert.is(mayHoldSecret(key), expected))

  for (const [text, expected] of [
    ['https://me:word@x.example/', true],
    ['see ftp://me@x.example', true],
    ['https://x.example/me@x', false],
    ['me@x.example', false],
    ['https://x.example me@x', false],
  ] as const)
    test(`the address ${text}: ${expected ? 'yes' : 'no'}`, () => assert.is(holdsCredentials(text), expected))

  for (const [text, expected] of [
    ['', false],
    ['users: []', false],
    ['a: https://me:word@x.example', true],
    ['api: abc', true],
    ['api:abc', true],
    ['api \t:\tabc', true],
    ['x: 1\napi: abc', true],
    ['api:', false],
    ['api: # none', false],
    ['api: { endpoint: eu }', false],
    [' my api: abc', false],
    ['email_password: abc', true],
    ['- email_password abc', true],
    ['# password', true],
    ['x email_password=abc', true],
    ['email_password: { env: FAX }', false],
    ['email_password: { file: /run/fax }', false],
    ['email_password: { word: FAX }', true],
    ['description: abc', false],
  ] as const)
    test(`the text ${JSON.stringify(text)}: ${expected ? 'yes' : 'no'}`, () => assert.is(mayHoldLiteral(text), expected))

  test('one long word takes no more than as much text in short words', () => {
    const costOf = (text: string): number =>
      Math.min(
        ...Array.from({ length: 5 }, () => {
          const began = process.cpuUsage().user
          assert.not(mayHoldLiteral(text))
          return process.cpuUsage().user - began
        }),
      )
    const [short, long] = [costOf('ab cd '.repeat(200_000)), costOf('abcdef'.repeat(200_000))]
    assert.ok(long < 12 * Math.max(short, 1), `${long} against ${short}`)
  })
})
