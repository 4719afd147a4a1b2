// `npm run coverage`: the branches of the program that the tests which run its code in their own process go through, and a failure where one
// of the rooms that guard is not gone through whole.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** What stands between a file or an answer and somebody's mail: guards, scopes, comparing, reading back, and what hides secrets. */
const WHOLE = [
  ...[
    'basics/visible',
    'decisions/hold',
    'draft/diff',
    'draft/leaving',
    'draft/vain',
    'guards/approve',
    'guards/believe',
    'guards/caps',
    'guards/cut-off',
    'guards/policy',
    'memory/hold-memory',
    'memory/pause',
    'plan/outcome',
    'remembering/barred',
    'user/shown',
    'user/unmasked',
    'wanted/scope',
  ].map((name) => `domain/${name}`),
  'config/secrecy',
  'adapters/smtp2go/tell',
].map((name) => `src/${name}.ts`)
/** The tests that run the code in their own process. */
const TESTS = [
  'domain/',
  'config/',
  'adapters/',
  'no-fight',
  'unknown-outcome',
  'leaving',
  'rules',
  'cut-off',
  'detection',
  'subaccounts',
  'reconcile/',
]

const root = resolve(import.meta.dirname, '..')
const found = mkdtempSync(join(tmpdir(), 'coverage-'))

const run = (command: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}): boolean =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status === 0

const report = (...args: ReadonlyArray<string>): boolean =>
  run(resolve(root, 'node_modules/.bin/c8'), ['report', '--temp-directory', found, '--reporter', 'text', ...args])

try {
  // Whether they pass is for `npm test` to say: being watched makes them slow, which one of them is there to notice.
  for (const test of TESTS) run(process.execPath, ['--import', 'tsx', 'test/run.ts', test], { NODE_V8_COVERAGE: found })
  report('--include', 'src/domain/**', '--include', 'src/config/**')
  const isWhole = report('--check-coverage', '--per-file', ...limits(100), ...WHOLE.flatMap((file) => ['--include', file]))
  process.exitCode = isWhole ? 0 : 1
} finally {
  rmSync(found, { recursive: true })
}

function limits(percent: number): ReadonlyArray<string> {
  return ['branches', 'functions', 'lines', 'statements'].flatMap((what) => [`--${what}`, String(percent)])
}
