// `report` from outside: what the journal of a real daemon proves, in every format, and what it says of a journal that was changed.
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as assert from 'uvu/assert'
import { journalFile } from '../../src/adapters/journal-file.ts'
import type { JournalLine } from '../../src/domain/journal/journal.ts'
import { type Bench, until, withBench } from '../support/command.ts'
import { newKey } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const HOSTILE = '=<b>x</b>"@a.example'
const seed = {
  account: {
    results: [
      { username: 'one@a.example', description: 'ours' },
      { username: HOSTILE, sending_allowed: false },
    ],
  },
}
const CONFIG = 'reconcile: { schedule: "* * * * * *" }\nusers: [{ username: one@a.example, description: ours }]\n'

const colleague = (bench: Bench): Promise<Response> =>
  fetch(`${bench.url}/users/smtp/edit`, {
    method: 'PATCH',
    headers: { 'x-smtp2go-api-key': newKey() },
    body: JSON.stringify({ username: 'one@a.example', description: 'mine' }),
  })

const journalOf = (bench: Bench): string => join(bench.dir, 'state', 'journal.jsonl')
const linesOf = async (
  bench: Bench,
): Promise<ReadonlyArray<{ readonly event: string; readonly seq: number; readonly at: string }>> =>
  (await readFile(journalOf(bench), 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

spec('report', (test) => {
  test('of a daemon that ran: the colleague’s edit with its window, the stop as a gap, in every format; a changed line is told', () =>
    withBench(seed, async (bench) => {
      await bench.config(CONFIG)
      const looks = async (): Promise<number> => (await linesOf(bench)).filter(({ event }) => event === 'run').length
      const first = bench.start('run')
      await until('it looked twice', async () => (await looks().catch(() => 0)) >= 2)
      await colleague(bench)
      await until(
        'it was put back',
        async () =>
          (await bench.users()).some(({ description }) => description === 'ours') &&
          (await readFile(journalOf(bench), 'utf8')).includes('"repaired"'),
      )
      first.child.kill('SIGTERM')
      await first.ended
      const stopped = Date.now()
      const before = await looks()
      await until('two periods and more have passed', () => Date.now() - stopped > 4000)
      const second = bench.start('run')
      await until('it looks again', async () => (await looks()) >= before + 2)
      second.child.kill('SIGTERM')
      await second.ended

      const json = await bench.run('report', '--since', '1h', '--format', 'json')
      assert.is(json.code, 0, json.err)
      const found = JSON.parse(json.out)
      assert.is(found.format, 'smtp2go-reconciler/evidence@1')
      const schema = JSON.parse((await bench.run('schema', '--for', 'evidence')).out)
      const valid = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)
      assert.ok(valid(JSON.parse(json.out)), JSON.stringify(valid.errors))
      const [drift] = found.drift
      assert.equal([drift.username, drift.fields, drift.how], ['one@a.example', ['description'], 'repaired'])
      assert.ok(drift.last_right < drift.first_wrong && drift.first_wrong <= drift.until, JSON.stringify(drift))
      assert.ok(drift.at_most_seconds >= drift.seconds)
      const lines = await linesOf(bench)
      for (const { seq } of [...found.drift, ...found.findings, ...found.configs])
        assert.ok(
          lines.some((line) => line.seq === seq),
          'each statement names its line',
        )
      const gap = found.gaps.find(
        ({ why, seconds }: { readonly why: string; readonly seconds: number }) =>
          why === 'no_run' && seconds >= 3 && seconds < 600,
      )
      assert.ok(gap !== undefined, `the stop is a gap: ${JSON.stringify(found.gaps)}`)
      assert.is(found.findings[0]?.username, HOSTILE)
      assert.is(found.findings.length, 1, 'a restart opens no finding anew')

      const text = await bench.run('report', '--since', '1h')
      assert.match(text.out, /one@a\.example: description {2}last right .*, first wrong .*, put back, and read back/)
      assert.match(text.out, /nothing ran/)
      const html = await bench.run('report', '--since', '1h', '--format', 'html', '--out', 'evidence.html')
      assert.is(html.code, 0, html.err)
      const page = await readFile(join(bench.dir, 'evidence.html'), 'utf8')
      assert.not.match(page, /<b>x|<script|src=|href=|url\((?!#)/, 'hostile names are escaped, and nothing is fetched')
      assert.match(page, /=&lt;b&gt;x&lt;\/b&gt;&quot;@a\.example/)
      const csv = await bench.run('report', '--since', '1h', '--format', 'csv')
      assert.match(csv.out, /"'=<b>x<\/b>""@a\.example"/, 'no cell is a formula')
      for (const line of csv.out.split('\r\n')) assert.not.match(line, /(?:^|,)"?[=+@]/)

      for (const [name, text] of [
        ['evidence.json', json.out],
        ['evidence.csv', csv.out],
      ] as const)
        await writeFile(join(bench.dir, name), text)
      assert.is((await bench.run('hold', '--all', '--until', '1h', '--reason', 'the journal goes on')).code, 0)
      for (const name of ['evidence.html', 'evidence.json', 'evidence.csv']) {
        const check = await bench.run('verify-log', '--report', name)
        assert.is(check.code, 0, check.out)
        assert.match(check.out, new RegExp(`^${name} says what lines 1 to \\d+ of the journal say$`, 'm'))
        const report = await readFile(join(bench.dir, name), 'utf8')
        await writeFile(join(bench.dir, name), report.replace('one@a.example', 'two@a.example'))
        const forged = await bench.run('verify-log', '--report', name)
        assert.is(forged.code, 4, name)
        assert.match(forged.out, new RegExp(`^${name}:\\d+ does not say what the journal says`, 'm'))
      }
      const other = await bench.run('verify-log', '--report', 'config.yaml', '--format', 'json')
      assert.is(other.code, 4)
      assert.equal(JSON.parse(other.out).report, { file: 'config.yaml', fits: false, line: null })

      const whole = await readFile(journalOf(bench), 'utf8')
      const at = whole.indexOf('"description"')
      await writeFile(journalOf(bench), `${whole.slice(0, at)}"descriptio_"${whole.slice(at + 13)}`)
      const changed = await bench.run('report', '--since', '1h')
      assert.is(changed.code, 4)
      assert.match(changed.out, /^The journal was changed: this is no proof/)
      assert.match(changed.out, /journal\.jsonl:\d+ does not fit: .*was changed after it was written/)
      assert.match((await bench.run('report', '--since', '1h', '--format', 'html')).out, /journal\.jsonl:\d+ does not fit/)
    }))

  test('of a journal that is not there says so, and takes no period that is none', () =>
    withBench(seed, async (bench) => {
      const told = await bench.run('report')
      assert.is(told.code, 0, told.err)
      assert.match(told.out, /there is no journal/)
      assert.match(told.err, /^no journal is in \S+\/state: .* then say where with --state-dir\n$/)
      assert.is((await bench.run('report', '--since', 'yesterday')).code, 64)
    }))

  test('of a period that ends before it begins, or has not begun, is wrong usage', () =>
    withBench(seed, async (bench) => {
      for (const [since, until, end] of [
        ['2026-03-01', '2026-02-01', '2026-02-01T00:00:00.000Z'],
        ['2026-03-01', '2026-03-01', '2026-03-01T00:00:00.000Z'],
        ['1h', '2h', ''],
        ['2199-01-01', '2199-02-01', ', which is now'],
      ] as const) {
        const { code, out, err } = await bench.run('report', '--since', since, '--until', until, '--format', 'json')
        assert.is(code, 64, out)
        assert.match(err, /^--since is .*, and the period would end at .*: it must begin before that\n$/)
        assert.ok(err.includes(end), err)
        assert.is(JSON.parse(out).problems[0].message, err.trim())
      }
    }))

  test('of a period without a look says that nothing was observed, however the config stood before', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: [{ username: one@a.example, description: ours }]\n')
      const headline = async (since: string): Promise<string> =>
        (await bench.run('report', '--since', since)).out.split('\n')[0] ?? ''
      const now = (): string => new Date().toISOString()
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const afterIt = now()
      assert.is(await headline(afterIt), 'Nothing was observed in this period')
      await bench.post('/_faults', [{ kind: 'status', status: 500, times: 1 }])
      assert.is((await bench.run('apply', '--yes')).code, 6)
      assert.is(await headline(afterIt), 'Nothing was observed in this period')
      const later = now()
      assert.is((await bench.run('apply', '--yes')).code, 0)
      assert.is(await headline(later), 'As configured at every look')
      await bench.config('subaccounts: []\n')
      assert.is((await bench.run('apply', '--yes')).code, 0)
      assert.is(await headline(later), 'No scope is in the config at the end: nobody is looked at any more')
    }))
})

const AT = ['2026-02-01T00:00:00.000Z', '2026-02-02T23:30:00.000Z', '2026-02-03T01:00:00.000Z'] as const
/** Looks by a daily schedule, of which the last two are farther apart than two days of 23 hours. */
const LOOKS: ReadonlyArray<JournalLine> = [
  {
    event: 'config',
    at: AT[0],
    digest: 'sha256:a',
    files: ['config.yaml'],
    scopes: ['account'],
    mode: 'enforce',
    schedule: '0 2 * * *',
    timezone: 'Europe/Berlin',
    rules: [],
    waivers: [],
  },
  ...AT.map(
    (at): JournalLine => ({
      event: 'run',
      at,
      run_id: at.slice(0, 13),
      trigger: 'schedule',
      config_digest: 'sha256:a',
      outcome: 'in_sync',
      duration_ms: 0,
      looked_at: at,
      requests: 1,
      scopes: 1,
      seen: 1,
      changes: 0,
      whole: ['account'],
    }),
  ),
]
const decidedAt = (moment: string): JournalLine => ({ event: 'decision', at: moment, what: 'apply', by: 'root', reason: 'r' })
const SET_CLOCK = `data:text/javascript,${encodeURIComponent(`const Real = Date, ahead = Real.parse(process.env.NOW_IS) - Real.now()
globalThis.Date = class Date extends Real {
  constructor(...some) { some.length === 0 ? super(Real.now() + ahead) : super(...some) }
  static now() { return Real.now() + ahead }
}`)}`
const at = (now: string) => ({ env: { NOW_IS: now, NODE_OPTIONS: `--import=${SET_CLOCK}` } })

spec('verify-log --report', (test) => {
  test('says the same of a report at any time of the year', () =>
    withBench(seed, async (bench) => {
      const dir = join(bench.dir, 'state')
      await mkdir(dir)
      const journal = journalFile({ dir, maxBytes: 1_000_000 })
      await journal.append(LOOKS)()
      await journal.close()
      const period = ['--since', '2026-02-01', '--until', '2026-02-03T02:00Z', '--format', 'json', '--out', 'r.json']
      assert.is((await bench.runIn(at('2026-03-15T12:00:00Z'), 'report', ...period)).code, 0)
      const { code, out } = await bench.runIn(at('2026-06-01T12:00:00Z'), 'verify-log', '--report', 'r.json')
      assert.is(code, 0, out)
    }))

  test('does not take one that leaves out lines of its own period', () =>
    withBench(seed, async (bench) => {
      const dir = join(bench.dir, 'state')
      await mkdir(dir)
      const journal = journalFile({ dir, maxBytes: 1_000_000 })
      const report = ['report', '--since', '2026-02-01', '--until', '2026-02-03T02:00Z', '--format']
      const written = async (lines: ReadonlyArray<JournalLine>, ...names: ReadonlyArray<string>): Promise<void> => {
        await journal.append(lines)()
        for (const name of names) assert.is((await bench.run(...report, name.split('.')[1] ?? '', '--out', name)).code, 0, name)
      }
      await written(LOOKS.slice(0, 2), 'early.json', 'early.csv', 'early.html')
      await written(LOOKS.slice(2), 'late.json')
      const onItsWay = '2026-02-03T01:59:59.500Z'
      await written([decidedAt(onItsWay), decidedAt('2026-02-04T00:00:00.000Z')])
      await journal.close()
      for (const name of ['early.json', 'early.csv', 'early.html']) {
        const { code, out } = await bench.run('verify-log', '--report', name)
        assert.is(code, 4, out)
        assert.ok(out.includes('its period has 2 more lines in the journal (seq 3 to 4) than it was made from\n'), out)
      }
      const told = await bench.run('verify-log', '--report', 'early.json', '--format', 'json')
      assert.equal(JSON.parse(told.out).report, {
        file: 'early.json',
        fits: false,
        line: null,
        more: { lines: 2, first: 3, last: 4 },
      })
      assert.is((await bench.run('verify-log', '--report', 'late.json')).code, 0)
    }))

  test('knows no report by a period that is none', () =>
    withBench(seed, async (bench) => {
      for (const [since, until] of [
        ['2026-02-30T00:00:00.000Z', '2026-03-03T00:00:00.000Z'],
        ['2026-02-01T00:00:00.000Z', '2026-99-03T00:00:00.000Z'],
        ['2026-02-02T00:00:00.000Z', '2026-02-01T00:00:00.000Z'],
        ['2026-02-02T00:00:00.000Z', '2026-02-02T00:00:00.000Z'],
      ]) {
        await writeFile(join(bench.dir, 'r.json'), JSON.stringify({ since, until, journal: { last: null } }))
        const { code, out } = await bench.run('verify-log', '--report', 'r.json')
        assert.is(code, 4, out)
        assert.match(out, /^r\.json is no report in html, csv or json/m)
      }
    }))

  test('takes a report that was made while the newest file had no line yet', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: [{ username: one@a.example, description: new }]\n')
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await rename(journalOf(bench), join(bench.dir, 'state', 'journal-1.jsonl'))
      await writeFile(journalOf(bench), '', { mode: 0o600 })
      assert.is((await bench.run('report', '--format', 'html', '--out', 'r.html')).code, 0)
      const { code, out } = await bench.run('verify-log', '--report', 'r.html')
      assert.is(code, 0, out)
    }))

  test('takes the report of a journal that was put back as it was made, and not one that was changed to say that the journal fits', () =>
    withBench(seed, async (bench) => {
      const old = join(bench.dir, 'old')
      await bench.config('users: [{ username: one@a.example, description: ours }]\n')
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await copyFile(journalOf(bench), old)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await copyFile(old, journalOf(bench))
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const made = await bench.run('report', '--format', 'json', '--out', 'r.json')
      assert.is(made.code, 4)
      const says = /says what lines 1 to \d+ of the journal say/
      assert.match((await bench.run('verify-log', '--report', 'r.json')).out, says)
      const text = await readFile(join(bench.dir, 'r.json'), 'utf8')
      const { journal, ...rest } = JSON.parse(text)
      const forged = { ...rest, journal: { ...journal, fits: true, misfit: null } }
      await writeFile(join(bench.dir, 'r.json'), `${JSON.stringify(forged, undefined, 2)}\n`)
      assert.not.match((await bench.run('verify-log', '--report', 'r.json')).out, says)
    }))
})
