// A bug of ours as a person meets it: told as one, with places that whoever mends it can open, and never with the words of the error.
import * as assert from 'uvu/assert'
import { withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

/** Makes the program fail where it merges what is said of a user. */
const BROKEN = `const get = Map.prototype.get
Map.prototype.get = function (key) {
  if (key === 'description') throw new TypeError('words that may quote a secret')
  return get.call(this, key)
}`

spec('a bug of ours', (test) => {
  test('is told with its kind and its places in the source, without its words, with exit code 1, and in the report where one is asked for', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await bench.config('users:\n  - username: fax@acme.example\n    description: Fax\n')
      const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(BROKEN)}` }
      const { code, err } = await bench.runIn({ env }, 'plan')
      assert.is(code, 1, err)
      assert.match(err, /^this is a bug in smtp2go-reconciler; please report it with these lines:\nTypeError\n/)
      assert.match(err, /\n {4}at [^\n]*src\/config\/\w+\.ts:\d+:\d+/)
      assert.not.match(err, /words that may quote/)
      assert.not.match(err, /dist\/part-/)
      const apply = await bench.runIn({ env }, 'apply', '--yes', '--format', 'json')
      assert.is(apply.code, 1, apply.err)
      const { format, outcome, problems } = JSON.parse(apply.out)
      assert.equal([format, outcome], ['smtp2go-reconciler/report@1', 'failed'])
      assert.match(problems[0].message, /^this is a bug in smtp2go-reconciler; please report it: TypeError\n/)
      assert.not.match(apply.out, /words that may quote/)
    }))
})
