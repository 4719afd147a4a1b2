// Texts that hold a secret: which they are hangs on the declared secrets and on the one answer.
import * as assert from 'uvu/assert'
import { wrapping } from '../../../src/adapters/smtp2go/typed.ts'
import { atOnce } from '../../../src/domain/basics/work.ts'
import type { LiveState } from '../../../src/domain/user/live.ts'
import { Secret } from '../../../src/domain/user/secret.ts'
import { live, liveUser } from '../../support/build.ts'
import { newPassword } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const [PW, SHOWN] = [newPassword(), newPassword()]
const WORD = 'printer'
const LETTERS = ['correct', 'horse', 'battery', 'staple'].join('')
const SECRETS = [PW, `${PW}-and-more`, 'short'].map((text) => new Secret(text))

const hidden = (state: LiveState, declared = SECRETS): ReadonlyArray<string> =>
  atOnce(wrapping()(state, declared)).users.flatMap(({ username, settings }) =>
    Object.entries(settings).flatMap(([field, value]) =>
      value instanceof Secret && field !== 'email_password' ? [`${username} ${field}`] : [],
    ),
  )

spec('a text of a live user', (test) => {
  for (const [title, text, isHidden] of [
    ['that is a declared secret', PW, true],
    ['that holds one, at its end', `Scanner: ${PW}`, true],
    ['that holds one of two that begin alike', `${PW}-and-more.`, true],
    ['that is long and holds one', `${'x'.repeat(500)}${PW}`, true],
    ['that has a part of one', `Scanner: ${PW.slice(0, -1)}`, false],
    ['that has one that is too short to be told from a word', 'a short text', false],
    ['that has a word that somebody has as password', `the ${WORD}`, false],
    ['that holds the password of another user of this answer', `or ${SHOWN}`, true],
    ['that holds one of letters only, that is strong enough for the service', `pw ${LETTERS}`, true],
    ['that is short', 'Fax', false],
  ] as const)
    test(`${title} is ${isHidden ? 'wrapped' : 'left as it is'}`, () => {
      const state = live([
        liveUser('a', { description: text }),
        liveUser('b', { email_password: new Secret(SHOWN) }),
        liveUser('c', { email_password: new Secret(WORD) }),
        liveUser('d', { email_password: new Secret(LETTERS) }),
      ])
      assert.equal(hidden(state), isHidden ? ['a description'] : [])
    })

  test('S8, S14: is wrapped or not whatever other answers came before', () => {
    const wrap = wrapping()
    const here = live([liveUser('a', { description: `or ${SHOWN}` })])
    const there = live([liveUser('b', { email_password: new Secret(SHOWN) })], { scope: 'subaccount:A' })
    assert.is(atOnce(wrap(here, SECRETS)), here)
    atOnce(wrap(there, SECRETS))
    assert.is(atOnce(wrap(here, SECRETS)), here)
  })

  test('is looked at once more where other secrets are declared', () => {
    const wrap = wrapping()
    const state = live([liveUser('a', { description: PW })])
    assert.is(atOnce(wrap(state, [])), state)
    const first = atOnce(wrap(state, SECRETS))
    assert.is.not(first, state)
    assert.is(atOnce(wrap(state, SECRETS)), first)
    assert.equal(hidden(state, []), [])
  })
})
