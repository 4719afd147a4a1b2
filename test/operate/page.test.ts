// The status page in a real browser: it renders, follows, obeys nothing that a name says, and can be read by everybody.
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import * as assert from 'uvu/assert'
import { statusPage } from '../../src/cli/page/page.ts'
import { afterEvent, type Status, starting } from '../../src/daemon/status.ts'
import type { Report } from '../../src/domain/plan/plan.ts'
import type { Scope } from '../../src/domain/wanted/scope.ts'
import type { Seed } from '../../src/sandbox/seed.ts'
import { CHROMIUM } from '../support/chromium.ts'
import { type Bench, until, withBench } from '../support/command.ts'
import { newKey } from '../support/fresh.ts'
import { ask, servedAt } from '../support/http.ts'
import { heldBack, report, tried } from '../support/reports.ts'
import { spec } from '../support/spec.ts'

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
const QUIET = ['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage']
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>\u202e@a.example'
const seed: Seed = {
  account: {
    results: [
      { username: 'one@a.example', description: 'old', status: 'blocked' },
      { username: HOSTILE, description: '</li><script>alert(3)</script>' },
    ],
  },
  subaccounts: { Sub1: { results: [{ username: 'sub@b.example' }] } },
}
const CONFIG = `http: { listen: 0 }
reconcile: { schedule: null }
users:
  - { username: one@a.example, description: '<b>new</b>', status: allowed }
  - { username: ${JSON.stringify(HOSTILE)}, description: "<i onclick='x'>ours" }
subaccounts:
  - { id: Sub1, users: [{ username: sub@b.example }] }
`

/** The daemon that holds one change and has made others, and a browser with a profile of its own. */
const withPage = async (body: (page: Page, context: BrowserContext, url: string, bench: Bench) => Promise<void>): Promise<void> =>
  withBench(seed, async (bench) => {
    await bench.config(CONFIG)
    const url = await servedAt(bench.start('run'))
    await until('the daemon is ready', async () => (await ask(url, '/readyz')).status === 200)
    const profile = await mkdtemp(join(tmpdir(), 'browser-'))
    const options = { executablePath: CHROMIUM, headless: true, args: [...FLAGS, ...QUIET], timeout: 120_000 }
    const context = await chromium.launchPersistentContext(profile, options)
    context.setDefaultTimeout(60_000)
    try {
      await body(await context.newPage(), context, url, bench)
    } finally {
      await context.close()
      // A process of the browser may still write for a moment.
      await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    }
  })

const byHand = (bench: Bench, username: string, description: string): Promise<unknown> =>
  fetch(`${bench.url}/users/smtp/edit`, {
    method: 'PATCH',
    headers: { 'x-smtp2go-api-key': newKey() },
    body: JSON.stringify({ username, description }),
  })

spec('the status page', (test) => {
  test('renders, follows without a reload, obeys no name (C5), fits a phone and passes axe in light and dark', () =>
    withPage(async (page, _context, url, bench) => {
      const complaints: Array<string> = []
      page.on('console', (line) => void (line.type() === 'error' ? complaints.push(line.text()) : undefined))
      page.on('pageerror', (error) => void complaints.push(error.message))
      page.on('dialog', (dialog) => {
        complaints.push(`a dialog: ${dialog.message()}`)
        void dialog.dismiss()
      })
      page.on('request', (request) => void (request.url().startsWith(url) ? undefined : complaints.push(request.url())))
      const asked: Array<string> = []
      page.on('request', (request) => void (request.resourceType() === 'fetch' ? undefined : asked.push(request.url())))
      await page.goto(url, { waitUntil: 'load' })
      assert.equal(asked, [url], 'all that is painted comes with the one answer')
      assert.is(await page.locator('h1').textContent(), '1 change waits for you')
      assert.match(
        (await page.locator('pre code').textContent()) ?? '',
        /^smtp2go-reconciler approve sha256:[0-9a-f]{64} --socket \S+\/control\.sock$/,
      )
      assert.equal(await page.locator('.scopes > li > b').allTextContents(), ['account', 'Sub1'])
      const rows = await page.locator('[data-part=changes] li').allTextContents()
      assert.ok(
        rows.some((row) => row.includes('"><img src=x onerror=alert(1)><script>alert(2)</script>\\u{202e}@a.example')),
        rows.join('\n'),
      )
      assert.is(await page.locator('main img, main script, main i').count(), 0)

      const mark = await page.evaluate('window.mark = Math.random()')
      const before = (await ask(url, '/api/status')).body
      await byHand(bench, HOSTILE, 'mine')
      await bench.run('reconcile')
      await page.locator('[data-part=changes]').getByText('changed on the service').first().waitFor()
      assert.is(await page.evaluate('window.mark'), mark, 'the page was not loaded anew')
      assert.is.not((await ask(url, '/api/status')).body, before)

      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        const found = await page.evaluate(
          `${AXE}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))`,
        )
        assert.equal(found, [], colorScheme)
      }
      await page.setViewportSize({ width: 320, height: 640 })
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= 320'), 'no sideways scrolling')
      assert.equal(complaints, [])
    }))

  test('without JavaScript says the same', () =>
    withPage(async (_page, context, url) => {
      const plain = await context.browser()?.newContext({ javaScriptEnabled: false })
      const page = await (plain ?? context).newPage()
      await page.goto(url)
      assert.is(await page.locator('h1').textContent(), '1 change waits for you')
      assert.is(await page.getByRole('main').count(), 1)
      assert.is(await page.getByRole('contentinfo').count(), 1)
      await plain?.close()
    }))
})

spec('the page as text', (test) => {
  const at = '2026-01-01T00:00:00.000Z'
  const now = new Date(Date.parse(at) + 60_000)

  const after = (...reports: ReadonlyArray<Report>): Status =>
    reports.reduce((status, one) => afterEvent(status, { _tag: 'RunEnded', report: one }, at), starting(at))
  const problem = { file: 'c.yaml', line: 3, column: 5, path: 'users', message: '<b>', hint: undefined, excerpt: 'CANARY' }
  const broken = { _tag: 'ConfigInvalid', problems: [problem] } as const
  const [account, B] = ['account', 'subaccount:B'] as const
  const resting = (why: 'refused' | 'throttled', scope: Scope): Report => ({
    ...report({ scope, error: why }),
    pausedUntil: now.getTime() + 60_000,
    pausedFor: why,
  })
  const due = (count: number) => Array.from({ length: count }, (_, one) => tried(`u${one}`, 'verified', 'config'))
  const under = (count: number, before: Status): Status =>
    [
      { _tag: 'RunStarted', runId: 'r', by: 'file change' } as const,
      { _tag: 'PlanMade', runId: 'r', plan: report({ ended: due(count) }).plan } as const,
    ].reduce((status, event) => afterEvent(status, event, at), before)
  const unsettled = (scope: Status['scopes'][number]) => ({ ...scope, inSyncSince: undefined })
  const rows: ReadonlyArray<readonly [tone: string, says: string, status: Status]> = [
    ['quiet', 'The first run is under way', starting(at)],
    ['good', 'Everything is in sync', after(report())],
    ['quiet', '12 changes are being made', under(12, after(report()))],
    ['quiet', '1 change is being made', under(1, after(report({ findings: 2 })))],
    ['quiet', 'The first run is under way', under(1, starting(at))],
    ['quiet', 'A run is under way', under(0, after(report({ error: 'unreachable' })))],
    [
      'quiet',
      '3 changes are being made',
      afterEvent(under(0, after(report())), { _tag: 'ChangeSent', scope: 'account', done: 1, due: 3 }, at),
    ],
    ['warn', 'Not everything is in sync', { ...after(report()), scopes: after(report()).scopes.map(unsettled) }],
    ['good', 'In sync, with 2 findings', after(report({ findings: 2 }))],
    ['warn', '1 change waits for you', after(report({ held: [heldBack('a')] }))],
    ['bad', '1 change did not come about', after(report({ ended: [tried('a', 'failed')] }))],
    ['bad', 'The service cannot be reached', after(report({ error: 'unreachable' }))],
    ['bad', '1 of 2 scopes cannot be read', after(report(), report({ scope: B, error: 'unreachable' }))],
    ['bad', '1 of 2 scopes cannot be read', after(report(), report({ scope: B, error: 'ill_formed' }))],
    ['bad', 'The service answers nonsense', after(...[account, B].map((scope) => report({ scope, error: 'ill_formed' })))],
    [
      'bad',
      '2 of 2 scopes cannot be read',
      after(report({ scope: B, error: 'refused' }), report({ scope: account, error: 'unreachable' })),
    ],
    ['bad', 'The service refuses 1 of 2 scopes', after(report(), report({ scope: B, error: 'refused' }))],
    ['bad', 'The service refuses 1 of 1 scope', after(report({ scope: B, error: 'refused' }))],
    ['bad', 'The service refused the key', after(report(), resting('refused', B))],
    ['bad', 'The service asked for quiet', after(report(), resting('throttled', B))],
    ['bad', 'An answer of the service is not believed', after(report({ error: 'suspicious_answer' }))],
    ['bad', 'The config file is broken', { ...after(report()), configFailure: broken }],
    [
      'bad',
      'The key that the config names has another writer',
      { ...after(report()), configFailure: { _tag: 'Locked', pid: 7, message: 'see its holder' } },
    ],
  ]
  for (const [tone, says, status] of rows)
    test(`says at once: ${says}`, () => {
      const page = statusPage(status, now)
      assert.ok(page.includes(`<h1 class="${tone}">${says}</h1>`), page)
      assert.not.match(page, /CANARY|<b>\W/)
    })

  test('draws a run that could not read a scope as failed, and names the last drift and what was done about it', () => {
    const away = statusPage(after(report(), report({ error: 'unreachable' })), now)
    assert.match(away, /aria-label="The last 2 runs: [^"]*, 1 with failures"/)
    assert.is(away.match(/<rect class="bad"/g)?.length, 1)
    const event = { _tag: 'ChangeEnded', runId: 'r', scope: 'account', ended: tried('fax@a.example'), done: 1, due: 1 } as const
    assert.match(
      statusPage(afterEvent(after(report()), event, at), now),
      /Last drift<\/dt><dd><b>fax@a\.example<\/b>, .*: put back</,
    )
  })

  test('says once why many wait, and the command that releases them', () => {
    const page = statusPage(after(report({ held: ['a', 'b', 'c'].map((name) => heldBack(name, 'capped')) })), now)
    assert.is(page.match(/<p class="why">because/g)?.length, 1)
    assert.is(page.match(/smtp2go-reconciler approve sha256:/g)?.length, 1)
  })

  test('stays under 50 kB with style and script, however much there is to say', async () => {
    const name = (index: number): string => `${'&<>"\u202e'.repeat(60)}${index}@a.example`
    const many = Array.from({ length: 300 }, (_, index) => name(index))
    let status = starting(at)
    for (let scope = 0; scope < 300; scope += 1) {
      const ended = many.slice(0, 60).map((username) => tried(username, 'not_converged'))
      const held = many.map((username) => heldBack(username, 'capped'))
      status = afterEvent(
        status,
        { _tag: 'RunEnded', report: report({ scope: `subaccount:${scope}`, ended, held, findings: 99 }) },
        at,
      )
      for (const [index, one] of ended.slice(0, 2).entries())
        status = afterEvent(status, { _tag: 'ChangeEnded', runId: 'r', scope: 'account', ended: one, done: index, due: 2 }, at)
    }
    const size = Buffer.byteLength(statusPage(status, now))
    assert.ok(size < 50_000, `${size} bytes`)
  })
})
