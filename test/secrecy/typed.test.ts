// C1, C2: a password, or the key, that somebody has typed into a text of a user: it stands in no output either, while the text is compared, matched
// and put back like any other.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, until, withBench } from '../support/command.ts'
import { ask, servedAt } from '../support/http.ts'
import { spec } from '../support/spec.ts'
import { PASSWORDS } from './classes.ts'

const [PW = '', OTHER = ''] = [PASSWORDS.PW_0, PASSWORDS.PW_1]
const SEED = {
  account: {
    results: [
      { username: 'one@a.example', description: 'Scanner', email_password: PW },
      { username: 'two@a.example', description: 'Faxer', email_password: 'Shown-By-The-Service-7!' },
      { username: 'three@a.example', description: 'Printer', feedback_text: 'by Acme' },
    ],
  },
}
const way = { env: PASSWORDS }
const CONFIG = `http: { listen: "127.0.0.1:0" }
rules:
  - { id: named, require: { description: { matches: "*er*" } }, otherwise: block }
  - { id: told, require: { feedback_text: by Acme } }
users:
  - { username: one@a.example, description: Scanner, email_password: { env: PW_0 } }
  - { username: two@a.example, audit_email: "", email_password: { env: PW_1 } }
  - { username: three@a.example }
`

/** What people have typed where everybody reads it. */
const typed = async (bench: Bench): Promise<void> => {
  const edit = async (username: string, fields: object): Promise<void> => {
    const { status } = await fetch(`${bench.url}/users/smtp/edit`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', 'X-Smtp2go-Api-Key': bench.key },
      body: JSON.stringify({ username, ...fields }),
    })
    assert.is(status, 200)
  }
  await edit('one@a.example', { description: `Scanner, pw ${PW}` })
  await edit('two@a.example', { description: `Faxer: ${OTHER}` })
  await edit('three@a.example', { description: `Printer of ${bench.key}`, feedback_text: `${bench.key}\nby Acme` })
}

const descriptions = async (bench: Bench): Promise<ReadonlyArray<unknown>> =>
  (await bench.users()).map(({ description }) => description)

spec('a secret in a text of a user', (test) => {
  test('stands in no plan, report, export, journal or log, is put back, and is not reversible', () =>
    withBench(SEED, async (bench) => {
      await bench.config(CONFIG)
      assert.is((await bench.runIn(way, 'apply', '--yes')).code, 0)
      await typed(bench)
      for (const args of [
        ['plan'],
        ['plan', '--format', 'json'],
        ['plan', '--format', 'markdown'],
        ['export'],
        ['export', '--snapshot'],
      ]) {
        const { code, out, err } = await bench.runIn(way, ...args)
        assert.is(code, 0, err)
        if (args[0] === 'plan') assert.match(out, /\(sensitive\\?\)/, `${args.join(' ')}: ${out}`)
        assert.not.match(out, /blocked/)
      }
      const { code, out, err } = await bench.runIn(way, 'apply', '--yes')
      assert.is(code, 0, err)
      assert.match(out, /description +\(sensitive\) → "?Scanner/)
      assert.is((await descriptions(bench))[0], 'Scanner')
      const journal = await readFile(join(bench.dir, 'state/journal.jsonl'), 'utf8')
      assert.match(journal, /"from":"\(sensitive\)","to":"Scanner"/)
      const run = /"run_id":"([\w-]+)"[^\n]*"from":"\(sensitive\)","to":"Scanner"/.exec(journal)?.[1] ?? ''
      const undone = await bench.runIn(way, 'undo', run, '--yes')
      assert.match(undone.out + undone.err, /not reversible: description \(it held a secret/)
      assert.is((await descriptions(bench))[0], 'Scanner')
      await bench.runIn(way, 'history')
    }))

  test('nor in what an export says of it, which is that it is left out', () =>
    withBench(SEED, async (bench) => {
      await bench.config(CONFIG)
      assert.is((await bench.runIn(way, 'apply', '--yes')).code, 0)
      await typed(bench)
      const { code, out, err } = await bench.runIn(way, 'plan')
      assert.is(code, 0, err)
      assert.match(out, /feedback_text is \(sensitive\): feedback_text must be "by Acme"/)
      const adopted = await bench.runIn(way, 'export')
      assert.match(adopted.err, /"three@a\.example": description is left out: its text holds a password or key/)
    }))

  test('nor in what a daemon answers, logs and shows', () =>
    withBench(SEED, async (bench) => {
      await bench.config(`reconcile: { mode: observe, schedule: "* * * * * *" }\n${CONFIG}`)
      await typed(bench)
      const daemon = bench.startIn(way, '--log-level', 'trace', 'run')
      await until('two runs', () => daemon.err().split('run ended').length > 2)
      for (const args of [['status'], ['status', '--format', 'json']])
        assert.match((await bench.runIn(way, ...args)).out, /one@a/)
      const url = await servedAt(daemon)
      for (const path of ['/', '/metrics', '/api/status']) assert.is((await ask(url, path)).status, 200)
      daemon.child.kill('SIGTERM')
      assert.is((await daemon.ended).code, 0)
    }))
})
