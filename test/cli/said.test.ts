// What people decided, as the evidence says it to who does not know the command line.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as assert from 'uvu/assert'
import { decisionWords } from '../../src/cli/evidence/said.ts'
import type { DecisionNote } from '../../src/domain/journal/journal.ts'
import { until, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const UNTIL = '2026-01-06T13:00:00.000Z'
const DIGEST = `sha256:${'0f'.repeat(32)}`
const hold = (what: Extract<DecisionNote, { readonly _tag: 'Hold' }>['what']): DecisionNote => ({
  _tag: 'Hold',
  what,
  until: UNTIL,
})

spec('a decision in plain words', (test) => {
  const rows: ReadonlyArray<readonly [what: string, decision: DecisionNote | undefined, words: string]> = [
    ['', hold({ _tag: 'Users', glob: "o'b*" }), "hold: users named o'b* are not touched, until 2026-01-06 13:00:00"],
    ['', hold({ _tag: 'Removals' }), 'hold: nobody is removed, until 2026-01-06 13:00:00'],
    ['', hold({ _tag: 'All' }), 'hold: nobody is touched, until 2026-01-06 13:00:00'],
    ['', hold({ _tag: 'Stop', glob: 'x' }), 'hold: emergency stop: users named x are kept blocked, until 2026-01-06 13:00:00'],
    [
      '',
      hold({ _tag: 'Undo', run: 'r1' }),
      'hold: the users of run r1, which was undone, are not touched, until 2026-01-06 13:00:00',
    ],
    ['', { _tag: 'Release' }, 'ended what was on hold'],
    ['', { _tag: 'Release', what: { _tag: 'All' } }, 'ended the hold: nobody is touched'],
    ['', { _tag: 'Approve', digest: DIGEST }, 'approved the changes of the plan sha256:0f0f0f0f0f0f…'],
    ['approve 0f0f0f0f0f0f', { _tag: 'Approve', digest: '0f0f0f0f0f0f' }, 'approve 0f0f0f0f0f0f'],
    ['', { _tag: 'Vouch', scope: 'account' }, 'vouched for what the service shows of the main account'],
    ['', { _tag: 'Unprotect', glob: 'boss@*' }, 'ended the protection of users named boss@*'],
    ['undo r1', undefined, 'set back what run r1 had changed'],
    ['apply', undefined, 'made the users as the config says'],
    ['block', undefined, 'block'],
    ['not taken: release --all', undefined, 'could not be taken, so it does not stand: release --all'],
    [
      `not taken: hold --all until ${UNTIL}`,
      { _tag: 'Release', what: { _tag: 'All' } },
      `could not be taken, so it does not stand: hold --all until ${UNTIL}`,
    ],
    [
      `as before: hold --all until ${UNTIL}`,
      hold({ _tag: 'All' }),
      'stands as before: hold: nobody is touched, until 2026-01-06 13:00:00',
    ],
  ]
  for (const [what, decision, words] of rows)
    test(words, () => assert.is(decisionWords(decision === undefined ? { what } : { what, decision }), words))

  test('stands on the page, the journal has it as data, and the JSON as its command', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await bench.config('users: []\n')
      for (const args of [
        ['hold', '--user', 'to*', '--until', '1h', '--reason', 'r'],
        ['release', '--user', 'to*'],
      ])
        assert.is((await bench.run(...args)).code, 0)
      const lines = (await readFile(join(bench.dir, 'state', 'journal.jsonl'), 'utf8'))
        .split('\n')
        .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
      const [held, released] = lines.map(({ decision }) => decision)
      assert.equal(held, { ...held, _tag: 'Hold', what: { _tag: 'Users', glob: 'to*' } })
      assert.equal(released, { _tag: 'Release', what: { _tag: 'Users', glob: 'to*' } })
      const html = await bench.run('report', '--since', '1h', '--format', 'html')
      assert.match(html.out, /hold: users named to\* are not touched, until /)
      assert.match(html.out, /ended the hold: users named to\* are not touched/)
      const { out } = await bench.run('report', '--since', '1h', '--format', 'json')
      const { decisions, holds } = JSON.parse(out)
      const schema = JSON.parse((await bench.run('schema', '--for', 'evidence')).out)
      assert.ok(new Ajv2020({ strict: false, validateFormats: false }).validate(schema, JSON.parse(out)))
      assert.equal(Object.keys(decisions[0]), ['seq', 'at', 'what', 'by', 'reason', 'changes'])
      assert.equal(Object.keys(holds[0]), ['seq', 'what', 'by', 'reason', 'from', 'ends', 'until', 'until_seq'])
    }))
})

spec('a hold of users', (test) => {
  for (const by of ['a daemon', 'the command itself'])
    test(`that ${by} takes is told with whom it is for, who is only listed as well, and that it is for nobody`, () =>
      withBench({ account: { results: [{ username: 'one@a.example' }, { username: 'other@b.example' }] } }, async (bench) => {
        await bench.config('reconcile: { schedule: null, mode: observe }\nusers: [{ username: new@a.example }]\n')
        const daemon = bench.start('run')
        await until('a run has ended', () => daemon.err().includes('run ended'))
        if (by !== 'a daemon') {
          daemon.child.kill('SIGTERM')
          await daemon.ended
        }
        for (const [pattern, said] of [
          ['*@a.example', 'it is for 2 users now:\n  new@a.example (account)\n  one@a.example (account)\n'],
          ['*@a.exmaple', 'it is for nobody now: no user that the last run saw, or that the config lists, matches\n'],
        ] as const) {
          const { code, out } = await bench.run('hold', '--user', pattern, '--until', '1h', '--reason', 'x')
          assert.is(code, 0)
          assert.is(out.replace(/^done: .*\n/, ''), said)
        }
      }))

  test('is for nobody in a scope that the config does not name any more, and neither is a stop', () =>
    withBench(
      { account: { results: [] }, subaccounts: { Sub1: { results: [{ username: 'till@b.example' }] } } },
      async (bench) => {
        const list = 'users: []\n'
        await bench.config(
          `reconcile: { schedule: null }\n${list}subaccounts: [{ id: Sub1, users: [{ username: till@b.example }] }]\n`,
        )
        const daemon = bench.start('run')
        await until('a run has ended', () => daemon.err().includes('run ended'))
        const held = () => bench.run('hold', '--user', '*@b.example', '--until', '1h', '--reason', 'x')
        assert.match((await held()).out, /it is for 1 user now:\n {2}till@b\.example/)
        await bench.config(`reconcile: { schedule: null }\n${list}`)
        await until('the config is taken', () => daemon.err().split('run ended').length > 2)
        assert.match((await held()).out, /it is for nobody now/)
      },
    ))
})
