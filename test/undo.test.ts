// `undo RUN` from outside: what a run changed is set back through every guard, its users are held for a day, and nothing that somebody
// changed since is overwritten (contract section 3).
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { HoldWhat } from '../src/domain/decisions/hold.ts'
import { type Bench, type Ended, until, withBench } from './support/command.ts'
import { newKey, newPassword } from './support/fresh.ts'
import { AGAIN, auto, by, DAY, GONE, LIST, listing, OTHERS, policy, seedOf, statusOf } from './support/gone.ts'
import { ends, HOUR, heldIn as heldInReport, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const seed = {
  account: {
    results: [
      { username: 'one@a.example', description: 'old' },
      { username: 'two@a.example' },
      { username: 'three@a.example', email_password: newPassword() },
    ],
  },
  subaccounts: { Sub1: { results: [{ username: 'sub@b.example', open_tracking_enabled: true }] } },
}
const PASSWORD = newPassword()
const CONFIG = `users:
  - { username: one@a.example, description: new, custom_ratelimit: true, custom_ratelimit_value: 9, custom_ratelimit_period: 1 day }
  - { username: two@a.example, status: blocked }
  - { username: three@a.example, email_password: { env: PASSWORD } }
  - { username: four@a.example, description: made }
subaccounts:
  - { id: Sub1, users: [{ username: sub@b.example, open_tracking_enabled: false }] }
`
const SMALL = 'users: [{ username: one@a.example, description: new }]\n'

/** Applies the config; gives the id of that run. */
const applied = async (bench: Bench, env: Readonly<Record<string, string>> = {}): Promise<string> => {
  const { code, out, err } = await bench.runIn({ env }, 'apply', '--yes', '--format', 'json')
  assert.is(code, 0, err)
  return JSON.parse(out).run_id
}
const userNamed = async (bench: Bench, name: string, subaccount?: string) =>
  (await bench.users(subaccount)).find(({ username }) => username.startsWith(`${name}@`))
const edited = (bench: Bench, body: Readonly<Record<string, unknown>>): Promise<unknown> =>
  fetch(`${bench.url}/users/smtp/edit`, {
    method: 'PATCH',
    headers: { 'x-smtp2go-api-key': newKey() },
    body: JSON.stringify(body),
  })
const writes = async (bench: Bench) => (await bench.log()).filter(({ path }) => !path.endsWith('/view'))
const heldIn = ({ out }: Ended) => JSON.parse(out).scopes.flatMap((scope: { held: ReadonlyArray<object> }) => scope.held)

spec('undo without a daemon', (test) => {
  test('sets every kind of change back, tells what it cannot, and holds the users, so that the config is enforced only after release', () =>
    withBench(seed, async (bench) => {
      const env = { PASSWORD }
      await bench.config(CONFIG)
      const before = await bench.users()
      const run = await applied(bench, env)
      const undone = await bench.runIn({ env }, 'undo', run, '--yes', '--reason', 'the wrong file', '--format', 'json')
      assert.is(undone.code, 4, undone.err)
      const { format, undo } = JSON.parse(undone.out)
      assert.is(format, 'smtp2go-reconciler/report@1')
      assert.is(undo.run, run)
      const hours = (Date.parse(undo.held_until) - Date.now()) / 3_600_000
      assert.ok(hours > 23.9 && hours <= 24, `${hours} h`)
      const [lost] = heldIn(undone)
      assert.is(lost.username, 'three@a.example')
      assert.match(lost.message, /not reversible: email_password \(what it was is kept nowhere/)
      const after = await bench.users()
      assert.equal(
        after.filter(({ username }) => username !== 'three@a.example').slice(0, 2),
        before.filter(({ username }) => username !== 'three@a.example'),
      )
      const three = await userNamed(bench, 'three')
      assert.is(three?.email_password_sha256, createHash('sha256').update(PASSWORD).digest('hex'), 'no password is touched')
      const four = await userNamed(bench, 'four')
      assert.is(four?.status, 'blocked', 'what was made is blocked, not removed')
      assert.is(four?.description, 'made')
      assert.is((await userNamed(bench, 'sub', 'Sub1'))?.open_tracking_enabled, true)

      const { changes, decisions } = JSON.parse((await bench.run('history', '--format', 'json')).out)
      const ours = changes.filter((change: { cause: string }) => change.cause === 'undo')
      assert.is(ours.length, 4)
      for (const change of ours) {
        assert.is(change.trigger, `undo ${run}`)
        assert.is(change.reason, 'the wrong file')
        assert.ok(change.approved_by.length > 0)
      }
      assert.match(decisions[0].what, new RegExp(`^undo ${run}, its users on hold until `))
      assert.match((await bench.run('history')).out, new RegExp(`run ${run}, .*\\n.*undo, woken by undo ${run}`, 's'))

      const sent = (await writes(bench)).length
      const again = await bench.runIn({ env }, 'apply', '--yes', '--format', 'json')
      assert.is(again.code, 3)
      const held = heldIn(again)
      assert.is(held.length, 3)
      for (const { reason, message } of held) {
        assert.is(reason, 'on_hold')
        assert.match(
          message,
          new RegExp(`the wrong file; to end it: release --undo ${run}(?: --socket \\S+| --state-dir \\S+)*$`),
        )
      }
      assert.is((await writes(bench)).length, sent, 'while the hold lasts nothing is written')
      assert.is((await bench.run('release', '--undo', run.slice(0, 18))).code, 0)
      assert.is((await bench.runIn({ env }, 'apply', '--yes')).code, 0)
      assert.is((await userNamed(bench, 'one'))?.description, 'new')
      assert.is((await userNamed(bench, 'two'))?.status, 'blocked')
      assert.is((await bench.run('verify-log')).code, 0)
    }))

  test('S5: what somebody changed since is told and left alone, the rest is set back, and only the fields of the run are sent', () =>
    withBench(seed, async (bench) => {
      const config = CONFIG.replace(/ {2}- { username: three.*\n/, '')
      await bench.config(config)
      const run = await applied(bench)
      await edited(bench, { username: 'one@a.example', description: 'theirs', audit_email: 'audit@a.example' })
      await edited(bench, { username: 'four@a.example', status: 'sandbox' })
      const sent = (await writes(bench)).length
      const undone = await bench.run('undo', run, '--yes', '--format', 'json')
      assert.is(undone.code, 3, undone.err)
      assert.equal(
        heldIn(undone).map(({ username, reason, fields }: Record<string, unknown>) => [username, reason, fields]),
        [
          ['four@a.example', 'changed_since', [{ field: 'status', from: 'sandbox', to: 'blocked', source: `before run ${run}` }]],
          ['one@a.example', 'changed_since', [{ field: 'description', from: 'theirs', to: 'old', source: `before run ${run}` }]],
        ],
      )
      const one = await userNamed(bench, 'one')
      assert.equal([one?.description, one?.audit_email, one?.custom_ratelimit], ['theirs', 'audit@a.example', false])
      assert.is((await userNamed(bench, 'four'))?.status, 'sandbox')
      const bodies = (await writes(bench)).slice(sent).map(({ body }) => body)
      // The two scopes are written at once.
      const [there, here] = [
        bodies.filter(({ subaccount_id }) => subaccount_id),
        bodies.filter(({ subaccount_id }) => !subaccount_id),
      ]
      assert.equal(here, [
        { username: 'one@a.example', custom_ratelimit: false },
        { username: 'two@a.example', status: 'allowed' },
      ])
      assert.equal(there, [{ username: 'sub@b.example', open_tracking_enabled: true, subaccount_id: 'Sub1' }])
    }))

  for (const [off, plain] of [
    ['null', 'the default'],
    ['false', 'off'],
  ])
    test(`gives back a limit that the run switched off (${plain}), with the value and the period that the service had shown`, () =>
      withBench(
        {
          account: {
            results: [
              { username: 'one@a.example', custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 hour' },
            ],
          },
        },
        async (bench) => {
          await bench.config(`users: [{ username: one@a.example, custom_ratelimit: ${off} }]\n`)
          const before = await bench.users()
          const planned = JSON.parse((await bench.run('plan', '--format', 'json')).out)
          assert.equal(
            planned.scopes[0].changes[0].fields.map(({ field }: Record<string, unknown>) => field),
            ['custom_ratelimit'],
          )
          const run = await applied(bench)
          assert.equal((await writes(bench)).at(-1)?.body, { username: 'one@a.example', custom_ratelimit: false })
          assert.not.equal(await bench.users(), before)
          assert.is((await bench.run('verify-log')).code, 0)
          const undone = await bench.run('undo', run, '--yes', '--format', 'json')
          assert.is(undone.code, 0, undone.out)
          assert.equal((await writes(bench)).at(-1)?.body, {
            username: 'one@a.example',
            custom_ratelimit: true,
            custom_ratelimit_value: 5,
            custom_ratelimit_period: '01:00:00',
          })
          assert.equal(await bench.users(), before)
          const { run_id } = JSON.parse(undone.out)
          assert.is((await bench.run('undo', run_id, '--yes')).code, 0)
          assert.is((await userNamed(bench, 'one'))?.custom_ratelimit, false)
        },
      ))

  test('a second undo finds nothing to do, and the undo of an undo brings the config back', () =>
    withBench(seed, async (bench) => {
      await bench.config(SMALL)
      const run = await applied(bench)
      const undone = JSON.parse((await bench.run('undo', run, '--yes', '--format', 'json')).out)
      const sent = (await writes(bench)).length
      const twice = await bench.run('undo', run, '--yes')
      assert.is(twice.code, 0)
      assert.match(twice.out, /nothing to set back/)
      assert.is((await writes(bench)).length, sent)
      assert.is(
        (await bench.run('undo', undone.run_id, '--yes')).code,
        0,
        'the hold of an undo is for the config, not for the next undo',
      )
      assert.is((await userNamed(bench, 'one'))?.description, 'new')
    }))

  test('a run that nobody knows, or several begin so, is told with exit code 64, and nothing is sent', () =>
    withBench(seed, async (bench) => {
      await bench.config(SMALL)
      const run = await applied(bench)
      const sent = (await bench.log()).length
      const none = await bench.run('undo', '19990101T', '--yes')
      assert.is(none.code, 64)
      assert.match(none.err, /the journal tells of no run '19990101T': `history` shows/)
      assert.is((await bench.run('undo', 'a b', '--yes')).code, 64)
      const nobody = await bench.run('undo', run)
      assert.is(nobody.code, 64)
      assert.match(nobody.err, /nobody sits at this terminal: give --yes, or --digest/)
      assert.is((await bench.log()).length, sent)
      assert.is((await bench.run('undo', run, '--yes')).code, 0)
      const several = await bench.run('undo', run.slice(0, 4), '--yes', '--format', 'json')
      assert.is(several.code, 64)
      assert.match(
        JSON.parse(several.out).problems[0].message,
        new RegExp(`which run\\? 2 runs begin with '${run.slice(0, 4)}': ${run}, `),
      )
    }))

  test('a journal that was changed is no ground to set values from', () =>
    withBench(seed, async (bench) => {
      await bench.config(SMALL)
      const run = await applied(bench)
      const journal = join(bench.dir, 'state', 'journal.jsonl')
      await writeFile(journal, (await readFile(journal, 'utf8')).replace('"old"', '"odd"'))
      const sent = (await writes(bench)).length
      const undone = await bench.run('undo', run, '--yes')
      assert.is(undone.code, 1)
      assert.match(undone.err, /journal\.jsonl:\d: the journal does not fit here, so nothing is set back by it: see `verify-log`/)
      assert.is((await writes(bench)).length, sent)
    }))

  for (const [what, spoilt] of [
    ['its first lines are gone', (text: string) => text.slice(text.indexOf('\n') + 1)],
    ['its last line is gone', (text: string) => text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1)],
  ] as const)
    test(`a journal whose lines do not all stand there, since ${what}, is no ground to set values from`, () =>
      withBench(seed, async (bench) => {
        await bench.config(SMALL)
        const run = await applied(bench)
        const journal = join(bench.dir, 'state', 'journal.jsonl')
        await writeFile(journal, spoilt(await readFile(journal, 'utf8')))
        const sent = (await writes(bench)).length
        const undone = await bench.run('undo', run, '--yes')
        assert.is(undone.code, 1)
        assert.match(
          undone.err,
          /journal\.jsonl:\d: the journal does not fit here, so nothing is set back by it: see `verify-log`/,
        )
        assert.is((await writes(bench)).length, sent)
      }))

  test('where an older journal was put back, a run from before that is not undone, and one after it is', () =>
    withBench(seed, async (bench) => {
      await bench.config(SMALL)
      const first = await applied(bench)
      const journal = join(bench.dir, 'state', 'journal.jsonl')
      const older = await readFile(journal, 'utf8')
      await bench.config(SMALL.replace('new', 'newer'))
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await writeFile(journal, older)
      await bench.config(SMALL.replace('new', 'newest'))
      const last = await applied(bench)
      assert.is((await bench.run('verify-log')).code, 4)
      const sent = (await writes(bench)).length
      const refused = await bench.run('undo', first, '--yes')
      assert.is(refused.code, 1)
      assert.match(
        refused.err,
        /journal\.jsonl:\d+: an older or changed journal had been put back when this line was written, and a run of this name stands before it, so nothing is set back by it: see `verify-log`/,
      )
      assert.is((await writes(bench)).length, sent)
      const undone = await bench.run('undo', last, '--yes')
      assert.is(undone.code, 0, undone.err + undone.out)
      assert.is((await userNamed(bench, 'one'))?.description, 'newer')
    }))

  // README: "A field that is no longer as the run left it was changed by somebody since". Nobody changed it; the service stored it otherwise.
  for (const [since, told, html] of [
    ['nobody has changed it since', [], '<p>old</p>'],
    ['somebody changed it since', ['changed_since'], '<p>mine</p>'],
  ] as const)
    test(`what the service stored otherwise than it was sent is ${told.length === 0 ? 'set back' : 'left alone'} where ${since}`, () =>
      withRig(
        { account: { results: [{ username: 'one@a.example', feedback_enabled: true, feedback_html: '<p>old</p>' }] } },
        async (rig) => {
          rig.config('users: [{ username: one@a.example, feedback_html: \'<p onclick="x()">new</p>\' }]\n')
          const { runId } = await rig.run()
          assert.is((await rig.user('one@a.example'))?.feedback_html, '<p>new</p>')
          if (told.length > 0) await rig.colleague('edit', { username: 'one@a.example', feedback_html: html })
          const { report } = await rig.undo(runId)
          assert.is((await rig.user('one@a.example'))?.feedback_html, html)
          assert.equal(
            heldInReport(report).map(({ reason }) => reason),
            told,
          )
        },
        { switches: { feedback_html: 'sanitised' } },
      ))

  test('S6: it waits for no other writer: while one is at work it is refused with its pid', () =>
    withBench(seed, async (bench) => {
      await bench.config(SMALL)
      const run = await applied(bench)
      await bench.post('/_faults', [{ kind: 'delay', ms: 600_000, endpoint: '/users/smtp/view' }])
      const other = bench.start('apply', '--yes')
      const lock = join(bench.dir, 'state', 'lock')
      await until('the other one is at work', async () => {
        const text = await readFile(lock, 'utf8').catch((error: unknown) => String(error))
        return text === `${other.child.pid}\n`
      })
      const refused = await bench.run('undo', run, '--yes')
      assert.is(refused.code, 3)
      assert.match(refused.err, new RegExp(String(other.child.pid)))
      other.child.kill('SIGKILL')
    }))
})

spec('undo is held by what holds any change', (test) => {
  test('S4: more blocks than the cap are all held, and the digest of exactly this plan lets them through', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await bench.config(`users:\n${[1, 2, 3].map((at) => `  - { username: user-${at}@a.example }\n`).join('')}`)
      const run = await applied(bench)
      const undone = await bench.run('undo', run, '--yes', '--format', 'json')
      assert.is(undone.code, 3)
      const held = heldIn(undone)
      assert.equal(
        held.map(({ change, reason }: Record<string, unknown>) => [change, reason]),
        Array.from({ length: 3 }, () => ['block', 'capped']),
      )
      const [, command = ''] =
        /^3 blocks in 24 h, the cap is 2 .*; to approve exactly this plan: (undo .*)$/.exec(held[0].message) ?? []
      assert.match(command, new RegExp(`^undo ${run} --digest sha256:`))
      const wrong = await bench.run('undo', run, '--digest', `sha256:${'0'.repeat(64)}`)
      assert.is(wrong.code, 3)
      assert.match(wrong.err, /something changed since; nothing was sent/)
      assert.is((await writes(bench)).length, 3)
      assert.is((await bench.run('release', '--every')).code, 3, 'where nothing is written nobody is held')
      assert.is((await bench.run(...command.split(' '))).code, 0)
      assert.equal(
        (await bench.users()).map(({ status }) => status),
        ['blocked', 'blocked', 'blocked'],
      )
    }))

  type Held = readonly [what: string, reason: string, config: string, hold: HoldWhat | undefined]
  const HELD: ReadonlyArray<Held> = [
    ['S5: the protection of its user', 'protected', 'safety: { protected: ["one@*"] }\n', undefined],
    ['observe mode', 'observe_mode', 'reconcile: { mode: observe }\n', undefined],
    ['S5: a hold of the user', 'on_hold', '', { _tag: 'Users', glob: 'one@*' }],
    ['S5: a hold of everything', 'on_hold', '', { _tag: 'All' }],
  ]
  for (const [what, reason, more, hold] of HELD)
    test(`by ${what}, and then nobody is put on hold`, () =>
      withRig(seed, async (rig) => {
        rig.config(SMALL)
        const { runId } = await rig.run()
        rig.config(`${more}${SMALL}`)
        if (hold !== undefined) await rig.decide({ _tag: 'Hold', what: hold, until: rig.time.now() + HOUR })
        const { report, heldUntil } = await rig.undo(runId)
        assert.is(report.exitCode, 3)
        assert.equal(
          heldInReport(report).map((held) => held.reason),
          [reason],
        )
        assert.is(heldUntil, undefined)
        assert.is((await rig.writes()).length, 1)
      }))

  test('S5: an emergency stop is not undone, and no digest and no hold of an undo opens its users', () =>
    withRig(seed, async (rig) => {
      rig.config(SMALL)
      await rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: 'one@*' }, until: rig.time.now() + HOUR })
      const { runId } = await rig.run()
      const { report } = await rig.undo(runId)
      assert.equal(
        heldInReport(report).map(({ change, reason }) => [change, reason]),
        [['update', 'on_hold']],
      )
      const { digest = '' } = report.plan
      await rig.undo(runId, { _tag: 'Exactly', digest })
      assert.is((await rig.user('one@a.example'))?.status, 'blocked')
    }))

  test('S3: by an answer that is not believed', () =>
    withRig(seed, async (rig) => {
      rig.config(SMALL)
      const { runId } = await rig.run()
      await rig.faults([{ kind: 'empty_results' }])
      const { report } = await rig.undo(runId)
      assert.is(report.exitCode, 3)
      assert.is((await rig.writes()).length, 1)
    }))
})

spec('an undo beside rules', (test) => {
  const [first = ''] = OTHERS
  const writesTo = async (rig: Rig): Promise<number> => (await rig.writes()).filter(({ body }) => body.username === GONE).length
  /** A rule sets a field of one user, and a run that changes another one is undone. */
  const undone = async (rig: Rig, list: string, field: string): Promise<void> => {
    const ruled = (description: string): string =>
      policy(
        'report',
        list.replace(`{ username: ${first} }`, `{ username: ${first}, description: ${description} }`),
        `rules: [{ id: set, match: { username: "${GONE}" }, set: { ${field}: false } }]\n`,
      )
    rig.config(ruled('one'))
    await rig.run()
    rig.config(ruled('two'))
    const { runId } = await auto(rig)
    await auto(rig)
    await rig.undo(runId)
    assert.is((await rig.user(first))?.description, 'one')
    await auto(rig)
  }
  for (const [who, list] of [
    ['a listed', AGAIN],
    ['an unlisted', LIST],
  ] as const)
    test(`L4: what a rule has set unseen of ${who} user that is not in that run is not sent again`, () =>
      withRig(
        seedOf({}),
        async (rig) => {
          await undone(rig, list, 'click_tracking_enabled')
          assert.is(await writesTo(rig), 1)
        },
        { switches: { click_tracking: 'absent' } },
      ))

  test('S8: what a rule sets and a user that is not in that run does not take is not sent again', () =>
    withRig(seedOf({ archive_enabled: true }), async (rig) => {
      await rig.faults([{ kind: 'ignore_field', field: 'archive_enabled', username: GONE, endpoint: '/users/smtp/edit' }])
      await undone(rig, AGAIN, 'archive_enabled')
      assert.is(await writesTo(rig), 1)
    }))
})

spec('an undo of a run that others came after', (test) => {
  const told = ({ report }: Awaited<ReturnType<Rig['undo']>>) => [
    ...ends(report),
    ...heldInReport(report).map(({ reason, message }) => `${reason} ${message}`),
  ]

  test('S5: who was opened by a later run, and is blocked by hand since, stays blocked', () =>
    withRig(seedOf({}), async (rig) => {
      const head = 'policy: { unblock: hold }\n'
      rig.config(`${head}${listing(', expires: 2026-01-01')}`)
      const first = await rig.run()
      assert.equal(ends(first), [`block ${GONE} verified`])
      rig.config(`${head}${listing()}`)
      const second = await rig.run()
      assert.equal(ends(second), [`update ${GONE} verified`])
      await rig.time.pass(DAY)
      await by(rig, { status: 'blocked' })
      assert.equal(told(await rig.undo(first.runId)), [`changed_since set by run ${second.runId} since: left as it is now`])
      assert.is(await statusOf(rig), 'blocked')
    }))

  test('what a later run has only repaired is set back', () =>
    withRig(seedOf({ description: 'old' }), async (rig) => {
      rig.config(listing(', description: new'))
      const { runId } = await rig.run()
      await by(rig, { description: 'x' })
      assert.equal(ends(await auto(rig)), [`update ${GONE} verified`])
      assert.equal(told(await rig.undo(runId)), [`update ${GONE} verified`])
      assert.is((await rig.user(GONE))?.description, 'old')
    }))

  test('what a later run was to set, and did not, is set back', () =>
    withRig(seedOf({ description: 'old' }), async (rig) => {
      rig.config(listing(', description: new'))
      const { runId } = await rig.run()
      await rig.faults([{ kind: 'reset_before', method: 'PATCH' }])
      assert.equal(ends((await rig.undo(runId)).report), [`update ${GONE} unknown`])
      await rig.faults([])
      assert.equal(told(await rig.undo(runId)), [`update ${GONE} verified`])
      assert.is((await rig.user(GONE))?.description, 'old')
    }))

  for (const [title, theirs, status, expected] of [
    ['is open', undefined, 'blocked', [`block ${GONE} verified`]],
    [
      'is moved by hand since',
      { status: 'sandbox' },
      'sandbox',
      ['changed_since changed by somebody since that run: left as it is now'],
    ],
  ] as const)
    test(`a user that the run made blocked, and a later run has opened, ${title}`, () =>
      withRig(seedOf(undefined), async (rig) => {
        rig.config(listing(', status: blocked'))
        const first = await rig.run()
        assert.equal(ends(first), [`create ${GONE} verified`])
        assert.is(await statusOf(rig), 'blocked')
        rig.config(listing(', status: allowed'))
        await rig.run()
        assert.is(await statusOf(rig), 'allowed')
        if (theirs !== undefined) await by(rig, theirs)
        assert.equal(told(await rig.undo(first.runId)), expected)
        assert.is(await statusOf(rig), status)
      }))
})
