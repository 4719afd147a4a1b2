// Makes the pictures of the README from the real thing: the daemon on the embedded sandbox, a real terminal, a real browser; each in light
// and in dark. `npm run screenshots` writes them to `.docs/`.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { askControl } from '../../src/adapters/control.ts'
import { isReply } from '../../src/cli/reply-fits.ts'
import { CHROMIUM } from '../support/chromium.ts'
import { type Bench, until, withBench } from '../support/command.ts'
import { servedAt } from '../support/http.ts'
import { inTerminal } from '../support/terminal.ts'
import { terminalPage } from './terminal-page.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const TO = join(ROOT, '.docs')
const COLUMNS = 96
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
const SCHEMES = ['light', 'dark'] as const

const picture = async (
  browser: Browser,
  name: string,
  from: { readonly url: string } | { readonly html: string },
): Promise<void> => {
  const width = 'url' in from ? 860 : 800
  for (const colorScheme of SCHEMES) {
    const page = await browser.newPage({
      viewport: { width, height: 400 },
      colorScheme,
      deviceScaleFactor: 'url' in from ? 1.25 : 1,
    })
    if ('url' in from) await page.goto(from.url)
    else await page.setContent(from.html)
    // What is below the fold of the page is more of the same.
    const height = Math.min(
      1000,
      Number(await page.evaluate('Math.ceil(document.documentElement.getBoundingClientRect().height)')),
    )
    await page.setViewportSize({ width, height })
    await page.screenshot({ path: join(TO, `${name}-${colorScheme}.png`) })
    await page.close()
  }
}

/** The example, on a free port and without the schedule, so that each run is one of ours. */
const example = async ({ dir }: Bench): Promise<void> => {
  const text = await readFile(join(ROOT, 'config.example.yaml'), 'utf8')
  await writeFile(
    join(dir, 'config.yaml'),
    text.replace(/^ {2}schedule: .*$/m, '  schedule: null').replace(/"127\.0\.0\.1:9465"/, '0'),
  )
}

const run = async (bench: Bench, done: () => number): Promise<void> => {
  const before = done()
  await askControl({ path: join(bench.dir, 'state', 'control.sock'), meant: {} }, { _tag: 'Reconcile' }, isReply)
  await until('a run has ended', () => done() > before)
}

await rm(TO, { recursive: true, force: true })
await mkdir(TO)
await withBench({ account: { results: [] } }, async (bench) => {
  await example(bench)
  const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS, timeout: 120_000 })
  const shown = async (name: string, ...args: ReadonlyArray<string>): Promise<void> => {
    const { raw } = await inTerminal(bench, { columns: COLUMNS }, ...args)
    await picture(browser, name, { html: terminalPage(`smtp2go-reconciler ${args.join(' ')}`, raw) })
  }
  try {
    await shown('plan', 'plan', '--scope', 'account')
    const daemon = bench.start('run')
    const url = await servedAt(daemon)
    const ended = (): number => daemon.err().match(/run ended/g)?.length ?? 0
    await until('the first runs have ended', () => ended() >= 1)
    for (let at = 0; at < 24; at += 1) {
      if (at === 9) await bench.run('sandbox', 'edit', 'fax@acme.example', 'description=mine')
      if (at === 18) await bench.run('sandbox', 'edit', 'scanner-lobby@acme.example', 'description=mine')
      await run(bench, ended)
    }
    await picture(browser, 'page', { url })
  } finally {
    await browser.close()
  }
})
