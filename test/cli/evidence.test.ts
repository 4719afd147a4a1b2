// What the evidence of commands that ran says of them: no figure of it is better than the journal proves.
import * as assert from 'uvu/assert'
import { type Bench, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const ONE = 'one@a.example'
const loud = { account: { results: [{ username: ONE, open_tracking_enabled: true }] } }

const inHours = (hours: number): string => `${new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 16)}Z`
const apply = (bench: Bench, ...more: ReadonlyArray<string>) => bench.run('apply', '--yes', ...more)
const evidence = async (bench: Bench) => JSON.parse((await bench.run('report', '--since', '1h', '--format', 'json')).out)

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
})
