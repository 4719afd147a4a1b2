// The status as a person reads it: what needs somebody, with places, numbers and commands, and what to do where no daemon runs.
import * as assert from 'uvu/assert'
import { headlineOf } from '../../src/cli/page/headline.ts'
import { statusPage } from '../../src/cli/page/page.ts'
import { statusText } from '../../src/cli/render/status.ts'
import { statusJson } from '../../src/cli/render/status-json.ts'
import { afterEvent, type Status, starting } from '../../src/daemon/status.ts'
import type { Failure } from '../../src/domain/basics/failure.ts'
import type { Ended, Held } from '../../src/domain/plan/plan.ts'
import type { RunEvent } from '../../src/domain/run/event.ts'
import type { Scope } from '../../src/domain/wanted/scope.ts'
import { change } from '../support/build.ts'
import { until, withBench } from '../support/command.ts'
import { ask, servedAt } from '../support/http.ts'
import { heldBack, report, tried } from '../support/reports.ts'
import { MINUTE, withRig } from '../support/rig.ts'
import { spec } from '../support/spec.ts'

const AT = '2026-01-01T00:00:00.000Z'
const NOW = new Date('2026-01-01T00:05:00.000Z')
const problem = {
  file: 'config.yaml',
  line: 3,
  column: 5,
  path: 'users',
  message: 'not a list',
  hint: 'write []',
  excerpt: 'CANARY',
}
const after = (...events: ReadonlyArray<RunEvent>): Status =>
  events.reduce((status, event) => afterEvent(status, event, AT), starting(AT))
const FULL = { _tag: 'StateUnusable', path: '/s', message: 'disk full' } as const
const named = (name: string) => ({ username: `${name}@a.example` })
const shown = (status: Status): string => statusText(status, { colour: false, width: 100, now: NOW })

spec('the status in words', (test) => {
  test('says what is in sync since when, drift, what is held with its command, what failed and what was found', () => {
    const held = [heldBack('b\u001b[2J@a.example', 'capped'), heldBack('c@a.example', 'observe_mode', 'drift')]
    const run = report({ ended: [tried('a@a.example', 'not_converged')], held, findings: 1 })
    const text = shown({
      ...after({ _tag: 'RunStarted', runId: 'r', by: 'schedule' }, { _tag: 'RunEnded', report: { ...run, outcome: 'partial' } }),
      nextRun: '2026-01-01T00:15:00.000Z',
      http: 'http://127.0.0.1:9465/',
    })
    assert.is(
      text,
      `running for 5 min, 1 run
last run 5 min ago (on schedule): partly done; next run in 10 min
no config taken yet
status page: http://127.0.0.1:9465/

account  not in sync  5 live, 2 in sync
  drift a@a.example: description; not put back, known for up to 5 min
  drift c@a.example: description; not put back, known for up to 5 min
  failed update a@a.example: not converged
  held b\\u{1b}[2J@a.example  update, capped
      description mine → ours
  held c@a.example  update, observe mode
      description mine → ours
    because
    to let them through:
    smtp2go-reconciler approve sha256:${'0'.repeat(64)}
  provider-block u0@a.example: stopped by the provider; open for 5 min
`,
    )
  })

  test('says until when the service is left in quiet, and not when that is over', () => {
    const paused = { ...report({ error: 'throttled' }), pausedUntil: NOW.getTime() + 60_000, pausedFor: 'throttled' as const }
    assert.match(
      shown(after({ _tag: 'RunEnded', report: paused })),
      /the service asked for quiet: no request before 2026-01-01T00:06:00\.000Z \(60 s\)/,
    )
    assert.not.match(shown(after({ _tag: 'RunEnded', report: { ...paused, pausedUntil: NOW.getTime() } })), /quiet/)
  })

  for (const [pausedFor, error, state] of [
    ['gone', 'throttled', 'not asked yet'],
    ['put_back', 'throttled', 'not asked yet'],
    ['refused', 'refused', 'refused'],
  ] as const)
    test(`does not say that the service asked for quiet where it did not: ${pausedFor}`, () => {
      const paused = { ...report({ error }), pausedUntil: NOW.getTime() + 60_000, pausedFor }
      const told = after({ _tag: 'RunEnded', report: paused })
      assert.match(shown(told), /nothing is sent by itself before 2026-01-01T00:06:00\.000Z \(60 s\)/)
      assert.ok(shown(told).includes(`account  ${state}`))
      assert.not.match(`${shown(told)}${headlineOf(told).title}`, /quiet/)
    })

  test('tells a trouble that many scopes have once, under the first of them, and each of them in its line', () => {
    const scopes = ['account', 'subaccount:B', 'subaccount:C'] as const
    const ends = scopes.map((scope): RunEvent => ({ _tag: 'RunEnded', report: report({ scope, error: 'refused' }) }))
    const taken: RunEvent = { _tag: 'ConfigTaken', files: ['config.yaml'], digest: 'sha256:c', scopes }
    const text = shown(after(taken, ...ends))
    const [, first = ''] = text.split('\n\n')
    const said = /^ {2}\S.*$/m.exec(first)?.[0] ?? 'nothing'
    assert.is(text.split(said).length, 2, text)
    assert.equal(
      first.split('\n').filter((line) => /^(?:account|subaccount:[BC]) {2}refused/.test(line)).length,
      scopes.length,
      text,
    )
  })

  test('names the config in force and the fault of a newer one with its place, never its line', () => {
    const text = shown(
      after(
        { _tag: 'ConfigTaken', files: ['config.yaml'], digest: 'sha256:c', scopes: ['account'] },
        { _tag: 'ConfigBroken', failure: { _tag: 'ConfigInvalid', problems: [problem] }, lastGood: true },
      ),
    )
    assert.match(text, `config in force for 5 min: config.yaml\nthe config file is broken; the one above`)
    assert.match(text, '\n  config.yaml:3:5  users: not a list; write []\n')
    assert.not.match(text, /CANARY/)
  })

  test('helps where no daemon runs', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await bench.config('users: []\n')
      const { code, err, out } = await bench.run('status')
      assert.equal([code, out], [6, ''])
      assert.match(err, /^no daemon answers here\n {2}start one: smtp2go-reconciler run, or systemctl start smtp2go-reconciler\n/)
    }))
})

spec('the status after a run', (test) => {
  test('counts who is live as the run left them: never more in sync than live', () => {
    const made: Ended = { ...change('create', 'new@a.example'), outcome: 'verified' }
    const gone: Ended = { ...change('remove', 'old@a.example'), outcome: 'verified' }
    const text = (...ended: ReadonlyArray<Ended>): string => shown(after({ _tag: 'RunEnded', report: report({ ended }) }))
    assert.match(text(made), '6 live, 5 in sync')
    assert.match(text(made, gone), '5 live, 4 in sync')
    assert.match(text({ ...made, outcome: 'failed' }), '5 live, 4 in sync')
  })

  test('counts as in sync nobody who is not listed, or of whom something is held', () => {
    const made: Ended = { ...change('update', 'one@a.example'), outcome: 'verified' }
    const gone: Ended = { ...change('remove', 'old@a.example'), outcome: 'verified' }
    const count = (unlistedDue: ReadonlyArray<string>, held: ReadonlyArray<Held> = []): number | undefined => {
      const { plan, ...rest } = report({ ended: [made, gone], held })
      const scopes = plan.scopes.map((one) => ({ ...one, unlistedDue }))
      return after({ _tag: 'RunEnded', report: { ...rest, plan: { ...plan, scopes } } }).scopes[0]?.inSync
    }
    assert.is(count(['old@a.example']), 4)
    assert.is(count(['old@a.example', 'one@a.example']), 3)
    assert.is(count(['old@a.example'], [heldBack('one@a.example', 'capped')]), 2)
  })

  test('counts who is in sync as the next run will, whatever a rule sets of users that are listed nowhere', () =>
    withRig({ account: { results: ['one', 'two', 'three', 'old'].map(named) } }, async (rig) => {
      rig.config(`reconcile: { schedule: null }
safety: { max_blocks: 9, max_updates: 9 }
rules: [{ id: r, match: { username: "*" }, set: { open_tracking_enabled: true } }]
users: [{ username: one@a.example, description: ours }, { username: new@a.example }]
...
`)
      const daemon = await rig.daemon()
      const count = async (): Promise<string> => {
        await rig.time.pass(MINUTE)
        const scope = daemon.controls.status().scopes[0]
        return `${scope?.inSync} of ${scope?.liveUsers}, ${scope?.changes} due`
      }
      const first = await count()
      daemon.wake('SIGHUP')
      assert.equal([first, await count()], ['2 of 5, 5 due', '2 of 5, 0 due'])
    }))
})

spec('a scope that cannot be read', (test) => {
  const seen: RunEvent = {
    _tag: 'RunEnded',
    report: report({ ended: [tried('a@a.example', 'failed')], held: [heldBack('b@a.example', 'capped')], findings: 2 }),
  }
  const away: RunEvent = { _tag: 'RunEnded', report: report({ error: 'unreachable' }) }
  const back: RunEvent = { _tag: 'RunEnded', report: report() }

  test('keeps what was held, found and missed when it was last read: none of it is over because nobody can look', () => {
    const [before, now] = [after(seen).scopes[0], after(seen, away, away).scopes[0]]
    assert.equal([now?.held, now?.findings, now?.missed], [before?.held, before?.findings, before?.missed])
    assert.equal([now?.held.length, now?.findings.length, now?.missed.length], [1, 2, 1])
    const over = after(seen, away, back).scopes[0]
    assert.equal([over?.held, over?.findings, over?.missed], [[], [], []])
  })

  test('says that this is how it was then', () => {
    const text = shown(after(seen, away))
    assert.match(
      text,
      /^account {2}unreachable {2}.*\n {2}it is unreachable\n {2}when it was last read:\n {2}drift a@a\.example/m,
    )
    assert.match(text, /\n {2}held b@a\.example {2}update, capped\n/)
    assert.match(text, /\n {2}provider-block u1@a\.example/)
    for (const status of [after(seen), after(away), after(seen, away, back)]) assert.not.match(shown(status), /last read/)
    assert.equal(headlineOf(after(seen, away)), { tone: 'bad', title: 'The service cannot be reached' })
  })

  test('tells for a day what was resolved, as where it can be read', () => {
    const gone = { rule: 'r', severity: 'low' as const, username: 'a@a.example', since: Date.parse(AT) }
    const { plan, ...rest } = report()
    const resolved: RunEvent = {
      _tag: 'RunEnded',
      report: { ...rest, plan: { ...plan, scopes: plan.scopes.map((one) => ({ ...one, resolved: [gone] })) } },
    }
    const told = (later: string) => afterEvent(after(resolved), away, later).scopes[0]?.resolved.length
    assert.equal([told('2026-01-01T23:00:00.000Z'), told('2026-01-02T01:00:00.000Z')], [1, 0])
  })
})

spec('a scope that is taken out of the config', (test) => {
  const taken = (...scopes: ReadonlyArray<Scope>): RunEvent => ({
    _tag: 'ConfigTaken',
    files: ['config.yaml'],
    digest: `sha256:${scopes.length}`,
    scopes,
  })
  const held: RunEvent = { _tag: 'RunEnded', report: report({ scope: 'subaccount:B', held: [heldBack('b')] }) }
  const calm: RunEvent = { _tag: 'RunEnded', report: report() }
  const scopesOf = (...events: ReadonlyArray<RunEvent>) => after(...events).scopes.map(({ scope }) => scope)

  test('waits for nobody from then on, whether a run has looked at the others since or not', () => {
    const both = [taken('account', 'subaccount:B'), calm, held]
    assert.equal(scopesOf(...both), ['account', 'subaccount:B'])
    assert.equal(scopesOf(...both, calm), ['account', 'subaccount:B'])
    assert.equal(scopesOf(...both, taken('account')), ['account'])
    assert.equal(scopesOf(...both, taken('account'), calm), ['account'])
    assert.equal(scopesOf(...both, taken('subaccount:B')), ['subaccount:B'])
  })

  test('stays where the search for subaccounts may find it, until that has', () => {
    const all = taken('account', 'subaccount:*')
    const searched: RunEvent = { _tag: 'RunEnded', report: report({ scope: 'subaccount:*' }) }
    assert.equal(scopesOf(all, calm, held, all), ['account', 'subaccount:B'])
    assert.equal(scopesOf(all, calm, held, all, searched), ['subaccount:*'])
    assert.equal(scopesOf(all, calm, held, taken('subaccount:*')), ['subaccount:B'])
  })

  test('leaves status and metrics of a running daemon at once', () => {
    const b = { username: 'b@x.example', description: 'theirs' }
    return withBench({ account: { results: [] }, subaccounts: { A: { results: [] }, B: { results: [b] } } }, async (bench) => {
      const config = (lists: string) =>
        bench.config(`reconcile: { schedule: null }\nsafety: { max_updates: 0 }\nhttp: { listen: 0 }\nsubaccounts: [${lists}]\n`)
      const status = async (): Promise<string> => (await bench.run('status')).out
      await config('{ id: A, users: [] }, { id: B, users: [{ username: b@x.example, description: ours }] }')
      bench.start('run')
      await until('it waits for a person', async () => (await status()).includes('held b@x.example'))
      await config('{ id: A, users: [] }')
      await until('nothing of it waits any more', async () => !/^subaccount:B {2}|held|approve/m.test(await status()))
      const page = /status page: (\S+)/.exec(await status())?.[1]
      assert.not.match(await (await fetch(`${page}metrics`)).text(), /subaccount:B/)
    })
  })
})

spec('a password that would be made anew and waits for a person', (test) => {
  test('says so wherever they look before they approve it', () =>
    withBench({ account: { results: [{ username: 'printer@a.example' }, { username: 'two@a.example' }] } }, async (bench) => {
      await bench.config(
        'reconcile: { schedule: null }\nhttp: { listen: 0 }\nusers:\n  - { username: printer@a.example, email_password: { generate: a.password } }\n  - { username: two@a.example }\n',
      )
      const url = await servedAt(bench.start('run'))
      const status = async (): Promise<string> => (await bench.run('status')).out
      await until('it waits', async () => (await status()).includes('needs approval'))
      for (const [where, told] of [
        ['plan', (await bench.run('plan')).out],
        ['plan --format json', (await bench.run('plan', '--format', 'json')).out],
        ['plan --format markdown', (await bench.run('plan', '--format', 'markdown')).out],
        ['status', await status()],
        ['/api/status', (await ask(url, '/api/status')).body],
        ['the page', (await ask(url, '/')).body],
      ] as const)
        assert.match(told, /no password file at [^;]*a\.password; a new one will be made and set/, where)
    }))
})

spec('a daemon of years', (test) => {
  test('remembers no more runs and changes than one of a day', () => {
    let status = starting(AT)
    for (let at = 0; at < 500; at += 1) {
      status = afterEvent(
        status,
        { _tag: 'ChangeEnded', runId: 'r', scope: 'account', ended: tried(`u${at}`), done: 1, due: 1 },
        AT,
      )
      status = afterEvent(status, { _tag: 'RunEnded', report: report() }, AT)
    }
    assert.equal([status.recentRuns.length, status.recentChanges.length, status.completed], [60, 50, 500])
    assert.is(status.recentChanges[0]?.username, 'u499')
  })
})

spec('what waits for nobody', (test) => {
  const hold = { since: 0, until: NOW.getTime() + 3_600_000, reason: 'audit <of> the mail', by: 'operator' }
  const all = { ...hold, what: { _tag: 'All' } } as const
  const stop = { ...hold, what: { _tag: 'Stop', glob: 'two@*' } } as const
  const calm = after({ _tag: 'RunEnded', report: report() })

  test('a hold and an emergency stop are on the page with reason, end and the command that ends them, and nobody reads that all is well', () => {
    const page = statusPage({ ...calm, holds: [all, stop] }, NOW, ' --socket /run/a.sock')
    assert.match(page, /audit &lt;of&gt; the mail <span class="quiet">\(operator\)<\/span>/)
    assert.match(page, /ends <time [^>]*>in\u00a060\u00a0min<\/time>/)
    assert.ok(page.includes('smtp2go-reconciler release --all --socket /run/a.sock'))
    assert.ok(page.includes('smtp2go-reconciler release --match &#39;two@*&#39; --socket /run/a.sock'))
    assert.equal(headlineOf({ ...calm, holds: [all, stop] }), { tone: 'warn', title: 'Everything is on hold' })
    assert.equal(headlineOf({ ...calm, holds: [stop] }), { tone: 'warn', title: 'In sync, with 1 emergency stop in force' })
    assert.match(
      statusPage({ ...calm, endedHolds: [{ ...all, until: NOW.getTime() - 60_000 }] }, NOW),
      /ended <time [^>]*>60\u00a0s\u00a0ago/,
    )
  })

  test('grace passes by itself, and the page asks nobody to do anything', () => {
    const status = after({ _tag: 'RunEnded', report: report({ held: [heldBack('a@a.example', 'awaiting_grace')] }) })
    const page = statusPage(status, NOW)
    assert.match(page, /<h2>Waiting for time to pass<\/h2>.*a@a\.example/s)
    assert.not.match(page, /waits? for you|<h2>Waiting for you/)
    assert.equal(headlineOf(status), { tone: 'good', title: 'In sync, with 1 change to come when its time has passed' })
    assert.match(page, /<b>account<\/b> <span class="state good">in sync for/)
    assert.match(shown(status), /^account {2}in sync for/m)
  })

  test('a scope was looked at as soon as it is planned, also where the run then fails', () => {
    const { plan } = report({ held: [heldBack('a@a.example')] })
    const status = after({ _tag: 'PlanMade', runId: 'r', plan }, { _tag: 'RunFailed', runId: 'r', failure: FULL })
    assert.is(status.scopes[0]?.lookedAt, AT)
  })

  const failures: ReadonlyArray<readonly [Failure, number]> = [
    [FULL, 1],
    [{ _tag: 'Locked', pid: 7, message: 'pid 7 uses it' }, 3],
    [{ _tag: 'Unseen', error: { kind: 'suspicious_answer', message: 'nobody is left' } }, 3],
    [{ _tag: 'ConfigInvalid', problems: [] }, 5],
    [{ _tag: 'Api', failure: { _tag: 'Unreachable', message: 'no route', sent: 'no' } }, 6],
    [{ _tag: 'Unseen', error: { kind: 'unreachable', message: 'no route' } }, 6],
    [{ _tag: 'NoSuchRun', message: 'none' }, 64],
  ]
  for (const [failure, code] of failures)
    test(`a run that came to no report ends with the code of a command that did: ${failure._tag} ${code}`, () => {
      const { last_run } = JSON.parse(JSON.stringify(statusJson(after({ _tag: 'RunFailed', failure }))))
      assert.is(`${last_run.outcome} ${last_run.exit_code}`, `failed ${code}`)
    })
})

spec('a command', (test) => {
  const said = 'said by the service: no; to approve exactly this plan: approve sha256:0f'

  test('is none where others have written what looks like one', () => {
    const { command: _, ...held } = heldBack('a@a.example')
    const status = after({ _tag: 'RunEnded', report: report({ held: [{ ...held, message: said }] }) })
    const text = shown(status)
    assert.ok(text.includes(`\n    ${said}\n`), text)
    assert.not.match(text, /let it through|^ *smtp2go-reconciler/m)
    const page = statusPage(status, NOW)
    assert.ok(page.includes(`<p class="why">${said}</p>`))
    assert.not.match(page, /class="release"/)
  })

  test('is a part of the message for machines', () => {
    const status = after({ _tag: 'RunEnded', report: report({ held: [heldBack('a@a.example')] }) })
    const { scopes } = JSON.parse(JSON.stringify(statusJson(status)))
    assert.equal(Object.keys(scopes[0].held[0]), ['username', 'change', 'reason', 'message', 'fields'])
    assert.is(scopes[0].held[0].message, `because; to approve exactly this plan: approve sha256:${'0'.repeat(64)}`)
  })
})
