// `npm run mutation`: of the small changes that Stryker makes to the code, one at a time, how many some test notices, and a failure where that
// is less than what is held. With PATTERNs only the files whose path holds one; with --changed only what changed in them, or in the tests that go
// through them, since it was last run.
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'

/** By room: the percentage that is held. */
const HELD = { domain: 91, config: 80 }

const options = { changed: { type: 'boolean', default: false } } as const
const { values, positionals: patterns } = parseArgs({ allowPositionals: true, options })
const found = 'node_modules/.stryker'
const withTypes = ['--import', 'tsx']

for (const [room, held] of Object.entries(HELD)) {
  const mutate = readdirSync(`src/${room}`, { recursive: true, encoding: 'utf8' })
    .map((name) => `src/${room}/${name}`)
    .filter((file) => file.endsWith('.ts') && (patterns.length === 0 || patterns.some((one) => file.includes(one))))
  if (mutate.length === 0) continue
  const stryker = new Stryker({
    room,
    mutate,
    testRunner: 'specs',
    plugins: [resolve(import.meta.dirname, 'runner.ts')],
    testRunnerNodeArgs: withTypes,
    checkerNodeArgs: withTypes,
    coverageAnalysis: 'perTest',
    ignoreStatic: true,
    concurrency: Number(process.env.WORKERS ?? 2),
    timeoutMS: 20_000,
    cleanTempDir: 'always',
    incremental: true,
    force: !values.changed,
    incrementalFile: `${found}/${room}-incremental.json`,
    tempDirName: `${found}/tmp`,
    reporters: ['progress-append-only', 'clear-text', 'json', 'html'],
    jsonReporter: { fileName: `${found}/${room}.json` },
    htmlReporter: { fileName: `${found}/${room}.html` },
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false, skipFull: true },
    allowConsoleColors: false,
    warnings: { unknownOptions: false, preprocessorErrors: true, unserializableOptions: true, slow: true },
    thresholds: { high: 100, low: held, break: patterns.length === 0 ? held : null },
  })
  await stryker.runMutationTest()
}
