// What the evidence of commands that ran says of them: no figure of it is better than the journal proves.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
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
const verdict = async (bench: Bench): Promise<string> => (await bench.run('report', '--since', '1h')).out.split('\n')[0] ?? ''
const driftTold = async (bench: Bench): Promise<ReadonlyArray<string>> =>
  (await evidence(bench)).drift.map(
    ({ fields, how }: { readonly fields: ReadonlyArray<string>; readonly how: string }) =>
      `${fields.toSorted().join(' ')} ${how}`,
  )
const colleague = async (bench: Bench, body: object, path = 'edit'): Promise<void> => {
  const answer = await fetch(`${bench.url}/users/smtp/${path}`, {
    method: path === 'edit' ? 'PATCH' : 'POST',
    headers: { 'x-smtp2go-api-key': newKey() },
    body: JSON.stringify(body),
  })
  assert.ok(answer.ok, await answer.text())
}

spec('the evidence', (test) => {
  test('tells of a run that the digest of another plan ended as the report of it does: stopped, and what it saw was seen', () =>
    withBench(quiet, async (bench) => {
      await bench.config('users: [{ username: one@a.example, description: new }]\n')
      const told = await bench.run('apply', '--digest', `sha256:${'0'.repeat(64)}`, '--format', 'json')
      assert.is(told.code, 3)
      const { outcome, requests } = JSON.parse(told.out)
      const lines = (await readFile(join(bench.dir, 'state/journal.jsonl'), 'utf8')).trim().split('\n')
      const run = lines.flatMap((line) => (line.includes('"event":"run"') ? [JSON.parse(line)] : [])).at(-1)
      assert.equal([run.outcome, run.requests, run.seen, run.changes], [outcome, requests, 1, 0])
      assert.is(outcome, 'stopped')
      const { out } = await bench.run('report')
      assert.not.match(out, /1 failed|Nothing was observed/)
    }))

  test('of a rule does not tell that it is kept while nobody has looked at one of the scopes', () =>
    withBench({ ...quiet, subaccounts: { S1: loud.account } }, async (bench) => {
      await bench.config(`users: []\nsubaccounts: [{ id: S1, users: [] }]\n${SET.replace('set:', 'require:')}`)
      for (const _ of [1, 2]) assert.is((await apply(bench, '--scope', 'account')).code, 0)
      const { out } = await bench.run('report', '--since', '1h')
      assert.match(out, /^1 scope of 2 not observed at the end\n/)
      assert.match(out, /subaccount:S1 {2}never observed/)
      assert.match(out, /quiet \(\w+\) {2}not observed in 1 of 2 scopes/)
    }))

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

  for (const [title, config] of [
    ['in observe mode', 'reconcile: { mode: observe }\n'],
    ['over its cap', 'safety: { max_updates: 0 }\n'],
  ] as const)
    test(`of a rule that sets what is held ${title} tells that it is not kept, by one user`, () =>
      withBench(loud, async (bench) => {
        await bench.config(`${config}users: []\n${SET}`)
        await apply(bench)
        await colleague(bench, { username: ONE, description: 'mine' })
        await apply(bench)
        assert.is((await bench.users())[0]?.open_tracking_enabled, true)
        const [{ kept_since, findings_open, broken }] = (await evidence(bench)).rules
        assert.equal([kept_since, findings_open, broken], [null, 1, 1])
        assert.match(await verdict(bench), /^1 rule is not kept/)
      }))

  test('of a rule that sets what the service does not take tells that it is not kept until it is', () =>
    withBench(loud, async (bench) => {
      await bench.config(`users: []\n${SET}`)
      await bench.post('/_faults', [
        { kind: 'ignore_field', field: 'open_tracking_enabled', endpoint: '/users/smtp/edit', times: 1 },
      ])
      await bench.run('apply', '--yes')
      const [{ kept_since }] = (await evidence(bench)).rules
      assert.is(kept_since, null)
      assert.match(await verdict(bench), /^1 rule is not kept/)
      await colleague(bench, { username: ONE, open_tracking_enabled: false })
      await apply(bench)
      const later = await evidence(bench)
      assert.type(later.rules[0].kept_since, 'string')
      assert.equal(
        later.held.map(({ reason }: { readonly reason: string }) => reason),
        ['not_made'],
      )
    }))

  test('of two rules that contradict each other tells that neither is kept', () =>
    withBench(loud, async (bench) => {
      await bench.config(
        `users: []
rules:
  - { id: quiet, match: { username: "one@*" }, set: { open_tracking_enabled: false } }
  - { id: loud, match: { username: "*@a.example" }, set: { open_tracking_enabled: true } }
...
`,
      )
      await apply(bench)
      assert.match(await verdict(bench), /^2 rules are not kept/)
      const { rules } = await evidence(bench)
      assert.equal(
        rules.map(({ kept_since, broken }: { readonly kept_since: string | null; readonly broken: number }) => [
          kept_since,
          broken,
        ]),
        [
          [null, 1],
          [null, 1],
        ],
      )
    }))

  test('of a contested field that is left to people does not tell that it was put back beside one that was', () =>
    withBench(quiet, async (bench) => {
      await bench.config(`policy: { contested: hold }\nusers: [{ username: ${ONE}, description: ours, archive_enabled: true }]\n`)
      await apply(bench)
      for (const some of [{}, {}, { archive_enabled: false }]) {
        await colleague(bench, { username: ONE, description: 'mine', ...some })
        await apply(bench)
      }
      assert.is((await bench.users())[0]?.description, 'mine')
      assert.equal(await driftTold(bench), ['description repaired', 'description repaired', 'archive_enabled description open'])
    }))

  test('of drift tells that it was put back though another field of the user does not take', () =>
    withBench(quiet, async (bench) => {
      await bench.config(`users: [{ username: ${ONE}, description: ours, archive_enabled: true }]\n`)
      await bench.post('/_faults', [{ kind: 'ignore_field', field: 'archive_enabled', endpoint: '/users/smtp/edit', times: 1 }])
      await apply(bench)
      await colleague(bench, { username: ONE, description: 'mine' })
      await apply(bench)
      assert.is((await bench.users())[0]?.description, 'ours')
      assert.equal(await driftTold(bench), ['description repaired'])
    }))

  test('of a rule that comes to hold for everybody tells whom it is for, and that it is in force and kept since then', () =>
    withBench(
      { account: { results: [{ username: ONE }, { username: 'two@b.example', open_tracking_enabled: true }] } },
      async (bench) => {
        const config = (whom: string): string =>
          `users: []\nrules: [{ id: quiet, match: ${whom}, set: { open_tracking_enabled: false } }]\n...\n`
        await bench.config(config('{ username: "*@a.example", scope: account }'))
        await apply(bench)
        assert.match(
          (await bench.run('report', '--since', '1h')).out,
          /quiet \(\w+\) for username \*@a\.example, scope account {2}kept/,
        )
        const widened = new Date().toISOString()
        await bench.config(config('{ username: "*" }'))
        await apply(bench)
        const [{ match, in_force_since, kept_since }] = (await evidence(bench)).rules
        assert.equal(match, { username: '*', scope: null, status: null, profile: null })
        assert.ok(in_force_since > widened && kept_since > widened, `widened at ${widened}: ${in_force_since}, ${kept_since}`)
      },
    ))

  test('of one deviation that somebody else ended does not tell that it was put back', () =>
    withBench(quiet, async (bench) => {
      await bench.config(`users: [{ username: ${ONE}, description: ours }]\n`)
      await apply(bench)
      await bench.run('hold', '--all', '--until', '1h', '--reason', 'wait')
      for (const description of ['mine', 'ours']) {
        await colleague(bench, { username: ONE, description })
        await apply(bench)
      }
      assert.equal(await driftTold(bench), ['description over'])
      assert.match(await verdict(bench), /^1 deviation, ended without us/)
    }))

  test('of a scope says that it was in sync no later than it was last seen to be', () =>
    withBench(quiet, async (bench) => {
      await bench.config(`users: [{ username: ${ONE}, description: new }]\n`)
      await apply(bench)
      const [scope] = (await evidence(bench)).scopes
      assert.is(scope.state, 'in_sync')
      assert.ok(scope.in_sync_since <= scope.last_seen, `in sync since ${scope.in_sync_since}, last seen ${scope.last_seen}`)
    }))

  test('of drift that apply --user put back tells that it was', () =>
    withBench(quiet, async (bench) => {
      await bench.config(`users: []\n${SET}`)
      await apply(bench)
      await colleague(bench, { username: ONE, open_tracking_enabled: true })
      await bench.run('hold', '--user', 'one@*', '--until', '1h', '--reason', 'wait')
      await apply(bench)
      await bench.run('release')
      assert.is((await apply(bench, '--user', 'one@*')).code, 0)
      await apply(bench)
      assert.equal(await driftTold(bench), ['open_tracking_enabled repaired'])
    }))

  test('of drift that apply --user was the first to see tells that it was put back, and that its rule was broken', () =>
    withBench(quiet, async (bench) => {
      await bench.config(`users: []\n${SET}`)
      await apply(bench)
      await colleague(bench, { username: ONE, open_tracking_enabled: true })
      assert.is((await apply(bench, '--user', ONE)).code, 0)
      assert.equal(await driftTold(bench), ['open_tracking_enabled repaired'])
      const { drift, rules } = await evidence(bench)
      assert.is(rules[0].broken, 1)
      assert.ok(rules[0].kept_since >= drift[0].until, JSON.stringify(rules[0]))
    }))

  test('of drift of a user whom an emergency stop blocked then does not tell that it was put back', () =>
    withBench(quiet, async (bench) => {
      await bench.config(
        `policy: { unblock: hold }\nusers: [{ username: ${ONE}, status: allowed }, { username: two@b.example }]\n`,
      )
      await apply(bench)
      await colleague(bench, { username: ONE, status: 'sandbox' })
      assert.is((await apply(bench)).code, 3)
      assert.is((await bench.run('block', '--match', ONE, '--reason', 'r', '--yes')).code, 0)
      assert.equal(await driftTold(bench), ['status open'])
      assert.is((await evidence(bench)).repair_seconds, null)
    }))

  test('of a password that was put back and cannot be read back does not tell that it was read', () =>
    withBench({ ...quiet, switches: { view_password: 'absent' } }, async (bench) => {
      const env = { PW: newPassword() }
      await bench.config(
        `safety: { max_password_changes: 9 }\nusers: [{ username: ${ONE}, email_password: { env: PW } }, { username: two@b.example }]\n`,
      )
      assert.is((await bench.runIn({ env }, 'apply', '--yes')).code, 0)
      await colleague(bench, { username: ONE }, 'remove')
      assert.is((await bench.runIn({ env }, 'apply', '--yes')).code, 0)
      const { out } = await bench.run('report', '--since', '1h')
      assert.match(out, /email_password.* put back, as far as it can be read back 20/)
      assert.not.match(out, /put back, and read back/)
    }))

  const names = ['one', 'two', 'three', 'four'].map((name) => `${name}@a.example`)
  const four = { account: { results: names.map((username) => ({ username, status: 'allowed' as const })) } }
  const BLOCKED = `users:\n${names.map((username) => `  - { username: ${username}, status: blocked }\n`).join('')}`

  test('of looks that found what was held then does not say that all was as configured', () =>
    withBench(four, async (bench) => {
      await bench.config(`safety: { max_blocks: 1 }\n${BLOCKED}`)
      for (const _ of [1, 2]) assert.is((await apply(bench)).code, 3)
      const { digest } = JSON.parse((await bench.run('plan', '--format', 'json')).out)
      assert.is(await verdict(bench), 'Not in sync at the end')
      assert.is((await bench.run('apply', '--digest', digest)).code, 0)
      assert.match(await verdict(bench), /^Not in sync for a time, in sync at the end,/)
      await bench.config(`safety: { max_blocks: 9 }\n${BLOCKED}`)
      await colleague(bench, { username: ONE, status: 'allowed' })
      assert.is((await apply(bench)).code, 0)
      assert.match(await verdict(bench), /^1 deviation, put back; not in sync for a time,/)
      assert.match((await bench.run('report', '--since', '1h', '--format', 'html')).out, /<h1 class="warn">/)
    }))

  test('of a run that made users as a new config says tells of that, and of runs after it that all was as configured', () =>
    withBench(four, async (bench) => {
      await bench.config(`safety: { max_blocks: 4 }\n${BLOCKED}`)
      assert.is((await apply(bench)).code, 0)
      assert.match(await verdict(bench), /^In sync after 4 changes,/)
      const later = new Date().toISOString()
      assert.is((await apply(bench)).code, 0)
      assert.match((await bench.run('report', '--since', later)).out, /^As configured at every look\n/)
    }))

  test('of two scopes says how many were not in sync for a time, also where that one has left the config', () =>
    withBench({ account: { results: [] }, subaccounts: { S1: four.account } }, async (bench) => {
      const S1 = BLOCKED.replace('users:', 'subaccounts:\n  - id: S1\n    users:').replaceAll('  - {', '      - {')
      await bench.config(`safety: { max_blocks: 1 }\nusers: []\n${S1}`)
      assert.is((await apply(bench)).code, 3)
      await bench.config('users: []\nsubaccounts: []\n')
      assert.is((await apply(bench)).code, 0)
      assert.match(await verdict(bench), /^1 scope not in sync for a time, in sync at the end,/)
    }))
})
