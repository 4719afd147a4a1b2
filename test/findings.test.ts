// Findings of one rule about one user are told apart by what they are about: another waiver, another field, another pair of rules.
import * as assert from 'uvu/assert'
import { nothingTold, watched } from '../src/daemon/transitions.ts'
import type { Report } from '../src/domain/plan/plan.ts'
import { E } from '../src/fp.ts'
import { auto, by, GONE, LIST, listing, policy, seedOf } from './support/gone.ts'
import { ends, HOUR, type Rig, type RunningDaemon, stopThrough, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const teller = () => {
  let watch = nothingTold
  return (report: Report): ReadonlyArray<string> => {
    const step = watched(watch, { _tag: 'RunEnded', report }, '')
    watch = step.watch
    return (step.news?.transitions ?? []).map(({ kind, users, message }) => `${kind} ${users.join(' ')}: ${message}`)
  }
}

const waived = (id: string, field: string, until: number): string =>
  `  - { id: ${id}, match: { username: ${GONE} }, require: { ${field} }, waivers: [{ username: "*", until: "${new Date(until).toISOString().slice(0, 16)}Z", reason: ticket }] }\n`

spec('findings of one rule and user', (test) => {
  test('that two waivers end, one sooner than the other, are news once', () =>
    withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
      const news = teller()
      const now = rig.time.now()
      const rules = [
        waived('tracked', 'open_tracking_enabled: false', now + 20 * HOUR),
        waived('filed', 'archive_enabled: true', now + 200 * HOUR),
      ]
      rig.config(policy('report', LIST, `rules:\n${rules.join('')}`))
      news(await rig.run())
      await rig.time.pass(HOUR)
      assert.equal(news(await auto(rig)), [])
      await rig.time.pass(20 * HOUR)
      assert.equal(
        news(await auto(rig)).map((line) => /^\S+ .*? (?:rule \w+|waiver-ends|true)/.exec(line)?.[0]),
        [
          'finding_opened gone@a.example: the waiver of rule tracked',
          'finding_raised gone@a.example: open_tracking_enabled is true',
          'finding_resolved gone@a.example: waiver-ends',
        ],
      )
    }))

  test('that a second field is contested is told as that the first one was', () =>
    withRig(seedOf({}), async (rig) => {
      const news = teller()
      rig.config(policy('report', listing(', description: ours, archive_enabled: true')))
      news(await rig.run())
      const all: Array<string> = []
      for (const some of [{ description: 'mine' }, { archive_enabled: false }])
        for (let turn = 0; turn < 3; turn += 1) {
          await by(rig, some)
          await rig.time.pass(HOUR)
          all.push(...news(await auto(rig)))
        }
      assert.equal(
        all.filter((line) => line.startsWith('finding')).map((line) => /: (\S+ was set back)/.exec(line)?.[1]),
        ['description was set back', 'archive_enabled was set back'],
      )
    }))
})

spec('a finding that came since the last run', (test) => {
  const seed = { account: { results: [{ username: 'one@a.example' }] } }
  const rule = 'rules: [{ id: tracked, match: { username: "*" }, require: { open_tracking_enabled: false } }]\n'
  const listed = (description: string): string =>
    `reconcile: { schedule: null }\n${rule}users: [{ username: one@a.example, description: ${description} }]\n`
  const newsOf = (daemon: RunningDaemon): ReadonlyArray<string> =>
    daemon
      .reports()
      .flatMap(teller())
      .flatMap((line) => /^finding_\w+ [^:]+/.exec(line)?.[0] ?? [])

  for (const [what, lookAside, besides] of [
    // That it has blocked the user is a finding of its own, and stays one.
    ['the first blocks of a stop', (rig, daemon) => stopThrough(rig, daemon, 'one@*'), ['finding_opened one@a.example']],
    [
      'an undo',
      async (rig, daemon) => {
        const [, changed] = daemon.reports()
        const undone = await rig.time.until(
          daemon.controls.undo(changed?.runId ?? '', { _tag: 'Anyway' }, { by: 'tester', reason: '' })(),
        )
        assert.ok(E.isRight(undone) && ends(undone.right.report).length > 0)
      },
      [],
    ],
  ] as const satisfies ReadonlyArray<
    readonly [string, (rig: Rig, daemon: RunningDaemon) => Promise<unknown>, ReadonlyArray<string>]
  >)
    test(`is told once where ${what} saw it first, and so is its end`, () =>
      withRig(seed, async (rig) => {
        rig.config(listed('old'))
        const daemon = await rig.daemon()
        await rig.time.pass(1000)
        rig.config(listed('new'))
        daemon.wake('file change')
        await rig.time.pass(1000)
        assert.equal(newsOf(daemon), [])
        for (const tracked of [true, false]) {
          await rig.colleague('edit', { username: 'one@a.example', open_tracking_enabled: tracked })
          if (tracked) await lookAside(rig, daemon)
          daemon.wake('control')
          await rig.time.pass(HOUR)
        }
        assert.equal(newsOf(daemon), ['finding_opened one@a.example', ...besides, 'finding_resolved one@a.example'])
      }))
})
