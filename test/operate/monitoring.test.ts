// Alert rules and dashboard: every metric, label and label value that they name is one that `/metrics` serves.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { lagMeter } from '../../src/adapters/lag.ts'
import { metrics } from '../../src/adapters/metrics.ts'
import { CALLS } from '../../src/adapters/smtp2go/calls.ts'
import { afterEvent, starting } from '../../src/daemon/status.ts'
import type { RunEvent } from '../../src/domain/run/event.ts'
import type { Scope } from '../../src/domain/wanted/scope.ts'
import { series } from '../support/http.ts'
import { heldBack, report } from '../support/reports.ts'
import { spec } from '../support/spec.ts'

const AT = '2026-01-01T00:00:00.000Z'
const read = (name: string): string => readFileSync(resolve(import.meta.dirname, '../../systemd', name), 'utf8')
const fresh = () => metrics({ calls: CALLS, lag: lagMeter().take })
const exposed = (): Promise<string> =>
  fresh().text(afterEvent(starting(AT), { _tag: 'RunEnded', report: report() }, AT), new Date(AT))

const expressionsOf = (value: unknown): ReadonlyArray<string> => {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'expr' && typeof inner === 'string' ? [inner] : expressionsOf(inner),
  )
}

const ALERTS = expressionsOf(parse(read('prometheus-alerts.yaml')))
const PANELS = expressionsOf(JSON.parse(read('grafana-dashboard.json')))

spec('alerts and dashboard', (test) => {
  test('are there', () => {
    assert.ok(ALERTS.length >= 10 && PANELS.length >= 15)
  })
  for (const expression of [...ALERTS, ...PANELS])
    test(`ask only for what exists: ${expression}`, async () => {
      const text = await exposed()
      const asked = [...expression.matchAll(/(smtp2go_reconciler_\w+)(?:\{([^}]*)\})?/g)]
      assert.ok(asked.length > 0 || expression.startsWith('up{'))
      for (const [, name = '', selector = ''] of asked) {
        const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
        assert.ok(lines.length > 0, name)
        for (const [, label, , values = ''] of selector.matchAll(/(\w+)(=~|=)"([^"]*)"/g))
          for (const value of values.split('|'))
            assert.ok(
              lines.some((line) => line.includes(`${label}="${value}"`)),
              `${name} with ${label} ${value}`,
            )
      }
    })
})

type Rule = {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly action: string }
}

spec('the alert rules', (test) => {
  const { groups }: { groups: ReadonlyArray<{ readonly name: string; readonly rules: ReadonlyArray<Rule> }> } = parse(
    read('prometheus-alerts.yaml'),
  )
  const rules = groups.flatMap((group) => group.rules)

  test('have the shape that Prometheus wants, a name of their own, a severity, and what to do', () => {
    assert.is(new Set(rules.map(({ alert }) => alert)).size, rules.length)
    for (const rule of rules) {
      assert.equal(
        Object.keys(rule).filter((key) => !['alert', 'expr', 'for', 'labels', 'annotations'].includes(key)),
        [],
      )
      assert.match(rule.alert, /^Reconciler[A-Za-z]+$/)
      assert.match(rule.for ?? '1m', /^\d+[smhd]$/)
      assert.ok(['critical', 'warning', 'info'].includes(rule.labels.severity), rule.alert)
      assert.ok(rule.annotations.summary !== '' && rule.annotations.action !== '', rule.alert)
      const open = [...rule.expr].filter((one) => '({['.includes(one)).length
      assert.is([...rule.expr].filter((one) => ')}]'.includes(one)).length, open, rule.expr)
    }
  })

  test('say which of several daemons they are about, whether Prometheus or the summary names it', () => {
    for (const { alert, expr, annotations } of rules) {
      const said = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label)
      assert.ok(said.includes('instance'), `${alert}: the summary does not say which`)
      // What is summed up loses every label that it does not name, or the one that it names.
      for (const [, how = '', labels = ''] of expr.matchAll(/\b(?:sum|max|min|avg|count)\b\s*(?:(by|without)\s*\(([^)]*)\))?/g))
        for (const label of ['instance', ...said]) {
          const named = labels.split(/,\s*/).includes(label)
          assert.ok(how === 'by' ? named : how === 'without' && !named, `${alert}: ${label} is lost on the way`)
        }
    }
  })

  test('count from the start of the daemon where no run has ended', () => {
    const never = rules.find(({ alert }) => alert === 'ReconcilerNotRunning')?.expr ?? ''
    const at = (name: string): string => `smtp2go_reconciler_${name}_timestamp_seconds`
    assert.is(never, `time() - (${at('last_run')} > 0 or ${at('start')}) > 3600`)
  })

  test('wake somebody for each thing that a person has to know', () => {
    for (const metric of [
      'config_last_reload_successful',
      'last_run_timestamp_seconds',
      'seconds_since_looked_at',
      'seconds_since_verified_in_sync',
      'drift_age_seconds',
      'held',
      'scope_errors',
      'changes_total',
      'findings',
      'notifications_total',
      'event_loop_lag_seconds',
    ])
      assert.ok(
        rules.some(({ expr }) => new RegExp(`smtp2go_reconciler_${metric}\\b`).test(expr)),
        metric,
      )
  })
})

spec('metrics', (test) => {
  test('take a hostile scope as a value and nothing else, and bound how many and how long they are (C5)', async () => {
    let status = starting(AT)
    const hostile = 'subaccount:"} 1\n# HELP evil' as const
    status = afterEvent(status, { _tag: 'RunEnded', report: report({ scope: hostile }) }, AT)
    for (let at = 0; at < 300; at += 1)
      status = afterEvent(
        { ...status, config: { digest: 'sha256:c', files: [], since: AT } },
        { _tag: 'RunEnded', report: report({ scope: `subaccount:${String(at).padStart(300, 'x')}` }) },
        AT,
      )
    const text = await fresh().text(status, new Date(AT))
    assert.match(text, 'live_users{scope="subaccount:\\"} 1\\n# HELP evil"} 5')
    assert.not.match(text, /^# HELP evil/m)
    const scopes = [...text.matchAll(/^smtp2go_reconciler_live_users\{scope="(.*)"\}/gm)].map(([, scope = '']) => scope)
    assert.ok(scopes.length <= 201 && scopes.every((scope) => scope.length < 80), String(scopes.length))
    assert.ok(scopes.includes('others'))
  })

  test('count from zero: every series that can be counted is there before the first run', async () => {
    const text = await fresh().text(starting(AT), new Date(AT))
    const counted = text.split('\n').filter((line) => /^smtp2go_reconciler_\w+_total/.test(line))
    assert.is(counted.length, 5 + 4 * 6 * 6 + 6 * 12 + 3 + 2 * 3)
    assert.ok(counted.every((line) => line.endsWith(' 0')))
  })

  test('count a scope that has never been in sync, or never been looked at, from when it became known, however old the daemon is', async () => {
    const [joined, now] = ['2026-01-31T00:00:00.000Z', '2026-01-31T00:00:04.000Z']
    const taken = (...scopes: ReadonlyArray<Scope>): RunEvent => ({
      _tag: 'ConfigTaken',
      files: [],
      digest: scopes.join(),
      scopes,
    })
    const waits: RunEvent = { _tag: 'RunEnded', report: report({ scope: 'subaccount:B', held: [heldBack('b')] }) }
    const resting = report({ scope: 'subaccount:C', error: 'throttled' })
    const unasked: RunEvent = {
      _tag: 'RunEnded',
      report: {
        ...resting,
        plan: {
          ...resting.plan,
          scopes: resting.plan.scopes.map((one) => (one._tag === 'Errored' ? { ...one, unasked: true } : one)),
        },
      },
    }
    const ages = async (...events: ReadonlyArray<readonly [RunEvent, string]>): Promise<ReadonlyArray<number | undefined>> => {
      const status = events.reduce((before, [event, at]) => afterEvent(before, event, at), starting(AT))
      const text = await fresh().text(status, new Date(now))
      return ['verified_in_sync{scope="subaccount:B"}', 'looked_at{scope="subaccount:C"}'].map((name) =>
        series(text, `seconds_since_${name}`),
      )
    }
    assert.equal(await ages([waits, joined], [unasked, joined]), [4, 4])
    assert.equal(await ages([waits, AT], [unasked, AT], [waits, joined], [unasked, joined]), [30 * 86_400 + 4, 30 * 86_400 + 4])
    assert.equal(
      await ages([waits, AT], [unasked, AT], [taken('account'), AT], [waits, joined], [unasked, joined]),
      [4, 4],
      'taken out of the config meanwhile',
    )
  })

  test('say how old drift is, and how long a scope was not seen in sync', async () => {
    const drifted = report({ held: [heldBack('a', 'observe_mode', 'drift'), heldBack('b', 'capped')] })
    const later = '2026-01-01T00:10:00.000Z'
    let status = afterEvent(starting(AT), { _tag: 'RunEnded', report: report() }, AT)
    status = afterEvent(status, { _tag: 'RunEnded', report: drifted }, later)
    status = afterEvent(status, { _tag: 'RunEnded', report: drifted }, '2026-01-01T00:15:00.000Z')
    const text = await fresh().text(status, new Date('2026-01-01T00:20:00.000Z'))
    for (const line of [
      'drift{scope="account"} 1',
      'drift_age_seconds{scope="account"} 600',
      'seconds_since_verified_in_sync{scope="account"} 1200',
      'seconds_since_looked_at{scope="account"} 300',
      'held{reason="capped"} 1',
      'held{reason="observe_mode"} 1',
    ])
      assert.match(text, `smtp2go_reconciler_${line}\n`)
  })
})
