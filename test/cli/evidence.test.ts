// What the evidence of commands that ran says of them: no figure of it is better than the journal proves.
import * as assert from 'uvu/assert'
import { type Bench, withBench } from '../support/command.ts'
import { newKey, newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const ONE = 'one@a.example'
const loud = { account: { results: [{ username: ONE, open_tracking_enabled: true }] } }

const quiet = { account: { results: [{ username: ONE }, { username: 'two@b.example' }] } }
const SET = 'rules: [{ id: quiet, set: { open_tracking_enabled: false } }]\n...\n'

const inHours = (hours: number): string => `${new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 16)}Z`
const apply = (bench: Bench, ...more: ReadonlyArray<string>) => bench.run('apply', '--yes', ...more)
const evidence = async (bench: Bench) => JSON.parse((await bench.run('report', '--since', '1h', '--format', 'json')).out)
const colleague = async (bench: Bench, body: object, path = 'edit'): Promise<void> => {
  const answer = await fetch(`${bench.url}/users/smtp/${path}`, {
    method: path === 'edit' ? 'PATCH' : 'POST',
    headers: { 'x-smtp2go-api-key': newKey() },
    body: JSON.stringify(body),
  })
  assert.ok(answer.ok, await answer.text())
}

spec('the evidence', (test) => {
  test('of two waivers of one user that end soon tells of each', () =>
    withBench(loud, async (bench) => {
      await bench.config(
        `users: []
rules:
  - { id: quiet, require: { open_tracking_enabled: false }, waivers: [{ username: "*", until: "${inHours(20)}", reason: first }] }
  - { id: filed, require: { archive_enabled: true }, waivers: [{ username: "*", until: "${inHours(200)}", reason: second }] }
...
`,
      )
      await apply(bench)
      const { findings } = await evidence(bench)
      assert.is(findings.filter(({ rule }: { readonly rule: string }) => rule === 'waiver-ends').length, 2)
    }))

  test('of a user that came and did not keep a rule tells that, and that the rule is kept since it was put back', () =>
    withBench(quiet, async (bench) => {
      await bench.config(`users: []\n${SET}`)
      await apply(bench)
      await colleague(bench, { username: 'new@a.example', open_tracking_enabled: true, email_password: newPassword() }, 'add')
      const broken = new Date().toISOString()
      await apply(bench)
      assert.is((await bench.users()).find(({ username }) => username === 'new@a.example')?.open_tracking_enabled, false)
      const { rules, drift } = await evidence(bench)
      assert.equal([drift.length, drift[0].username, drift[0].how], [1, 'new@a.example', 'repaired'])
      assert.ok(rules[0].kept_since > broken, `broken at ${broken}, said to be kept since ${rules[0].kept_since}`)
    }))

  test('of a reason under absent that ends like the name of a rule breaks no rule', () =>
    withBench(quiet, async (bench) => {
      await bench.config(
        `users: [{ username: ${ONE} }]\nabsent: [{ username: two@b.example, reason: as in a.yaml:1:2 rule quiet }]\n${SET}`,
      )
      await apply(bench)
      await colleague(bench, { username: 'two@b.example', status: 'allowed' })
      await apply(bench)
      const { rules, drift } = await evidence(bench)
      assert.equal([drift[0].fields, drift[0].rules, rules[0].broken], [['status'], [], 0])
    }))
})
