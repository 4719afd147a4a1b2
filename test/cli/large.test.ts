// Large config files, which are parsed in a thread of their own: what comes of them is what comes of small ones.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { withBench } from '../support/command.ts'
import { newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const USERS = 4000
const list = (count: number): string =>
  `users:\n${Array.from({ length: count }, (_, at) => `  - { username: user-${at}@acme.example, description: "one of very many users" }\n`).join('')}`

spec('a large config file', (test) => {
  test('is planned like a small one', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await bench.config(list(USERS))
      const plan = JSON.parse((await bench.run('plan', '--format', 'json')).out)
      assert.is(plan.summary.held, USERS)
    }))

  test('has its faults where they are, of grammar, of words and of what must be hidden', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await bench.config(`${list(USERS)}  - { username: x@acme.example, statsu: allowed }\n`)
      const word = await bench.run('validate')
      assert.is(word.code, 5)
      const at = /config\.yaml:(\d+):33/.exec(word.err)?.[1]
      assert.ok(Number(at) > USERS, word.err)
      assert.match(word.err, "did you mean 'status'")

      await bench.config(`${list(USERS)}  - { username: x@acme.example, status: [\n`)
      const grammar = await bench.run('validate')
      assert.is(grammar.code, 5)
      assert.match(grammar.err, /config\.yaml:4\d\d\d:\d+/)

      const password = newPassword()
      bench.secret('a password in a large file', password, 'config.yaml')
      await bench.config(`${list(USERS)}  - { username: x@acme.example, pasword: ${password} }\n`)
      const hidden = await bench.run('validate')
      assert.is(hidden.code, 5)
      assert.match(hidden.err, 'pasword')
      await writeFile(join(bench.dir, 'config.yaml'), '')
    }))

  test('has all its faults told, also to a reader behind a pipe', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await bench.config(Array.from({ length: USERS }, (_, at) => `unknown_${at}: 1\n`).join(''))
      const { out } = await bench.runIn({ under: ['sh', '-c', '"$@" 2>&1 | cat', 'sh'] }, 'validate')
      assert.is(out.match(/unknown key 'unknown_/g)?.length, USERS)
    }))
})
