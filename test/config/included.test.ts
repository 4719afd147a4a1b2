// C1: a pattern that is too wide finds secret files too, and nothing of one is shown, whatever YAML takes it for and wherever the config names it.
import * as assert from 'uvu/assert'
import { E } from '../../src/fp.ts'
import { newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'
import { load, printed } from './load.ts'

const MAIN = 'version: 1\napi: { endpoint: sandbox }\ninclude: ["customers/*"]\n'
const BAKERY =
  'subaccounts: [{ id: SubA, users: [{ username: till-1@a.example, email_password: { file: customers/till-1 } }] }]\n'
const word = newPassword().replace(/[^\w]/g, 'x')
const [first, second] = [word.slice(0, 6), word.slice(6)]

/** A password as YAML reads it. */
const PASSWORDS: { readonly [kind: string]: string } = {
  text: word,
  'a mapping in braces': `{${word}}`,
  'a mapping in braces with a known key within': `{${first}: {users: ${second}}}`,
  'a mapping': `${first}: ${second}`,
  'a list': `[${first}, ${second}]`,
  'an entry of a list': `- ${word}`,
  'a bracket that closes nothing': `]${word}`,
  'a bracket that is not closed': `{${word}`,
  'an alias': `*${word}`,
  'an anchor': `&${first} ${second}`,
  'a tag': `!${first} ${second}`,
  'a block text': `|${word}`,
  'a sign that YAML keeps for itself': `@${word}`,
  'a quote that is not closed': `"${word}`,
  'a directive': `%${word}`,
  'a key that is asked for': `? ${word}`,
  'two lines': `${first}: x\n${second}: y`,
  'two lines that are no YAML': `${first}: x\n]${second}`,
  'a merge key': `<<: {${first}: ${second}}`,
  'a word beside a colon without a blank': `users:${word}`,
}
const silent = (found: string): void => {
  for (const part of [first, second]) assert.not.ok(found.includes(part), found)
}

spec('a secret file that an include pattern finds', (test) => {
  for (const [kind, password] of Object.entries(PASSWORDS))
    for (const text of [password, `${password}\n`])
      for (const [named, bakery] of [
        ['named', BAKERY],
        ['not named yet', 'users: []\n'],
        ['named in a file that is no YAML', `${BAKERY}users: [\n`],
      ] as const)
        test(`shows nothing of itself: ${kind}, ${named}, ${text.endsWith('\n') ? 'with' : 'without'} the end of its line`, async () => {
          const found = await printed(
            { 'config.yaml': MAIN, 'customers/bakery.yaml': bakery, 'customers/till-1': text },
            { 'customers/till-1': text.trimEnd() },
          )
          silent(found)
          assert.match(found, /^customers\/till-1 {2}.*\n {2}include only config files, such as customers\/\*\.yaml/m)
        })

  for (const [where, main, files] of [
    ['a user of an included file', MAIN, { 'customers/bakery.yaml': BAKERY }],
    [
      'another way to write its path',
      MAIN,
      { 'customers/bakery.yaml': BAKERY.replace('customers/', './customers/../customers/') },
    ],
    ['a user of the main file', `${MAIN}${BAKERY}`, {}],
    ['the defaults', `${MAIN}defaults: { email_password: { file: customers/till-1 } }\n`, {}],
    ['a profile', `${MAIN}profiles: { till: { email_password: { generate: customers/till-1 } } }\n`, {}],
    ['a rule', `${MAIN}rules: [{ name: a, set: { email_password: { file: customers/till-1 } } }]\n`, {}],
    ['the API key', MAIN.replace('sandbox', 'eu, key: { file: customers/till-1 }'), {}],
    ['the API key beside a stand-in', MAIN.replace('sandbox', 'sandbox, key: { file: customers/till-1 }'), {}],
    ['a webhook', `${MAIN}notify: [{ webhook: { file: customers/till-1 } }]\n`, {}],
    ['a key that nobody knows', `${MAIN}pasword: { file: customers/till-1 }\n`, {}],
  ] as const)
    test(`is no config file though it reads like one, where it is named by ${where}`, async () => {
      const found = await printed({ 'config.yaml': main, ...files, 'customers/till-1': `users: ${word}\n` })
      silent(found)
      assert.match(
        found,
        /^customers\/till-1 {2}a secret is kept in this file, as (config|customers\/bakery)\.yaml:\d+:\d+ says\n/m,
      )
      assert.not.match(found, /^customers\/till-1:/m)
    })

  test('is none either where no secret is fetched, and all else of the config is in order', async () => {
    const files = { 'config.yaml': MAIN, 'customers/bakery.yaml': BAKERY, 'customers/till-1': 'users: []\n' }
    for (const secrets of ['resolve', 'shared', 'references'] as const)
      assert.ok(E.isLeft(await load(files, { 'customers/till-1': newPassword() }, { secrets })), secrets)
  })

  test('is told beside the faults of all other files, which are shown as ever', async () => {
    const found = await printed({ 'config.yaml': MAIN, 'customers/bakery.yaml': 'users: 3\n', 'customers/till-1': `]${word}\n` })
    assert.match(found, /^customers\/bakery\.yaml:1:8 {2}users: expected a list, got a number\n {2}1 \| users:\n/m)
    silent(found)
  })
})

spec('an included file that is no YAML', (test) => {
  for (const text of ['users: [\n', '# ours\nsubaccounts:\n  - id: A\n  users: [ }\n', '{ "users" : [ }\n', '\ufeffusers: [ }\n'])
    test(`has its fault told with its place where it begins as one does: ${JSON.stringify(text)}`, async () => {
      const found = await printed({ 'config.yaml': MAIN, 'customers/bakery.yaml': text })
      assert.match(found, /^customers\/bakery\.yaml:\d+:\d+ {2}/)
    })
})
