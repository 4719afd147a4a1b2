// What most users show as their password: a mask, unless it is one that is wanted of somebody, or was sent to somebody before.
import * as assert from 'uvu/assert'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import { printOf } from '../../../src/domain/user/prints.ts'
import { Secret } from '../../../src/domain/user/secret.ts'
import { unmasked } from '../../../src/domain/user/unmasked.ts'
import { desiredScope, live, liveUser, memory, prints, reached, wanted } from '../../support/build.ts'
import { newPassword, newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const [TEXT, OTHER] = [newSecret(), newSecret()]
const LIVE = live([
  { ...liveUser('a'), shared: TEXT },
  { ...liveUser('b'), shared: TEXT },
  liveUser('c', { email_password: OTHER }),
  liveUser('d'),
])
const named = ({ username, settings: { email_password }, shared }: LiveUser): string =>
  `${username} ${shared === undefined ? '' : 'shares'}${email_password === TEXT ? 'has it' : email_password === OTHER ? 'has another' : ''}`

const shown = (asked: Secret | undefined, sent: Secret | undefined, state = LIVE) => {
  const users = [wanted('d', asked === undefined ? {} : { email_password: asked }), wanted('e', {})]
  const print = printOf(prints, sent)
  const known = reached({}, { sent: new Map([['email_password', { print, at: 1 }]]) })
  const remembered = sent === undefined ? undefined : memory({ users: new Map([['gone', known]]) })
  return unmasked(state, { desired: desiredScope(users), memory: remembered, prints })
}
const MASKED = ['a shares', 'b shares', 'c has another', 'd ']
const REAL = ['a has it', 'b has it', 'c has another', 'd ']

spec('a text that most users show as their password', (test) => {
  for (const [title, asked, sent, lines] of [
    ['is a mask where nobody is known to have it', undefined, undefined, MASKED],
    ['and where others are', OTHER, OTHER, MASKED],
    ['is a password where somebody is to have it', TEXT, undefined, REAL],
    ['and where somebody was given it before', OTHER, TEXT, REAL],
  ] as const)
    test(title, () => assert.equal(shown(asked, sent).users.map(named), lines))

  for (const [title, wants, sent] of [
    ['is a password where another user shows the one that is wanted for it', OTHER, undefined],
    ['and the one that was sent to it', newSecret(), OTHER],
  ] as const)
    test(title, () => {
      const desired = desiredScope([wanted('c', { email_password: wants }), wanted('a', { email_password: newSecret() })])
      const print = printOf(prints, sent)
      const known = reached({}, { sent: new Map([['email_password', { print, at: 1 }]]) })
      const state = unmasked(LIVE, { desired, memory: memory({ users: new Map([['c', known]]) }), prints })
      assert.equal(state.users.map(named), REAL)
    })

  test('is a mask where another user shows what was wanted, or sent, for somebody else', () => {
    const desired = desiredScope([wanted('d', { email_password: OTHER })])
    const known = reached({}, { sent: new Map([['email_password', { print: printOf(prints, OTHER), at: 1 }]]) })
    const state = unmasked(LIVE, { desired, memory: memory({ users: new Map([['d', known]]) }), prints })
    assert.equal(state.users.map(named), MASKED)
  })

  test('is looked for no further where there is none', () => {
    const own = live([liveUser('c', { email_password: OTHER })])
    assert.is(shown(OTHER, OTHER, own), own)
  })
})

// Made up, so that each end of it can be told.
const WANTED = new Secret(['ab', 'cd', newPassword(), 'yz'].join(''))

spec('a text that shows a part of the password that is wanted, and hides the rest', (test) => {
  const isMask = (text: string): boolean => {
    const users = [wanted('a', { email_password: WANTED }), wanted('b', {})]
    const shown = live(['a', 'b'].map((name) => liveUser(name, { email_password: new Secret(text) })))
    const [mine, other] = unmasked(shown, { desired: desiredScope(users), memory: undefined, prints }).users
    assert.ok(other?.settings.email_password instanceof Secret, 'of whom nothing is wanted')
    return mine?.settings.email_password === undefined
  }
  for (const text of ['abcd...', 'ab…yz', 'abcdxxxxxxxxxxxx', 'a**', '••yz', `ab${'X'.repeat(4)}yz`, 'a------z', '…'])
    test(`is a mask: ${text}`, () => assert.ok(isMask(text)))

  for (const text of ['abcd', 'abcd..', 'abcdxx', 'a*', 'abdc...', 'ab…zy', 'hello...', 'Passxxxx', 'winter**', 'a…b…z', ''])
    test(`is none: ${text}`, () => assert.not(isMask(text)))

  test('is none where it is the very one', () => {
    const text = ['ab', 'yz'].join('...')
    const shown = live([liveUser('a', { email_password: new Secret(text) })])
    const desired = desiredScope([wanted('a', { email_password: new Secret(text) })])
    assert.is(unmasked(shown, { desired, memory: undefined, prints }), shown)
  })
})
