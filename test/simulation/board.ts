// Plants each bug of the board in a copy of the program, one at a time, and looks whether it is caught.
//   node --import tsx test/simulation/board.ts [--only TEXT] [--seeds N]
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { BUILT, build, built } from './build.ts'
import { manySeeds } from './many.ts'
import { board, type Planted, withBug } from './planted.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const COPIED = ['src', 'test', 'package.json', 'tsconfig.json', 'config.example.yaml', 'README.md', 'CHANGELOG.md']
/** What is searched in the worst case; all but a few bugs are seen within a dozen. */
const MOST_SEEDS = 400
const LIMIT_MS = 300_000

const jsOf = (file: string): string => file.replace(/\.ts$/, '.js')

/** A copy of the program as JavaScript, with the bug in it, while it is used. */
const inCopy = async <A>(fill: (folder: string) => void, use: (folder: string) => Promise<A>): Promise<A> => {
  build()
  const folder = mkdtempSync(`${BUILT}-bug-`)
  try {
    fill(folder)
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const bySeeds = (bug: Planted, seeds: number): Promise<string | undefined> =>
  inCopy(
    (folder) => {
      cpSync(BUILT, folder, { recursive: true })
      writeFileSync(join(folder, jsOf(bug.file)), built(withBug(bug)))
    },
    async (folder) => {
      const all = Array.from({ length: seeds }, (_, n) => n + 1)
      const verdicts = await manySeeds({ seeds: all, folder, untilOneFails: true })
      const caught = verdicts.find(({ violation }) => violation !== undefined)
      return caught === undefined ? undefined : `seed ${caught.seed}: ${caught.violation?.promise} ${caught.violation?.text}`
    },
  )

const byTest = (bug: Planted, path: string): Promise<string | undefined> =>
  inCopy(
    (folder) => {
      for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true })
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
      writeFileSync(join(folder, bug.file), withBug(bug))
      const made = spawnSync('npm', ['run', '--silent', 'bundle'], { cwd: folder, encoding: 'utf8' })
      if (made.status !== 0) throw new Error(`${bug.file} with its bug cannot be built: ${made.stderr}`)
    },
    async (folder) => {
      const run = spawnSync(process.execPath, ['--import', 'tsx', 'test/run.ts', path], {
        cwd: folder,
        encoding: 'utf8',
        timeout: LIMIT_MS,
        env: { ...process.env, WORKERS: '1' },
      })
      const lines = run.stdout.split('\n')
      // A test that cannot run at all has caught nothing.
      if (run.status === 0 || !lines.some((line) => /^\d+ passed, \d+ failed$/.test(line))) return undefined
      return (lines.find((line) => line.includes('FAIL')) ?? `${path} fails`).trim()
    },
  )

/** How a bug is caught; `undefined` where it is not. */
const caughtBy = (bug: Planted, seeds: number = MOST_SEEDS): Promise<string | undefined> =>
  bug.by._tag === 'Seeds' ? bySeeds(bug, seeds) : byTest(bug, bug.by.path)

/** Plants these bugs one after the other, tells of each, and gives those that nobody caught. */
export const plant = async (
  bugs: ReadonlyArray<Planted>,
  tell: (line: string) => void,
  seeds?: number,
): Promise<ReadonlyArray<string>> => {
  const missed: Array<string> = []
  for (const bug of bugs) {
    const started = performance.now()
    const how = await caughtBy(bug, seeds)
    if (how === undefined) missed.push(`${bug.promise}: ${bug.what}`)
    const took = `${Math.round((performance.now() - started) / 1000)} s`
    tell(`${how === undefined ? 'NOT CAUGHT' : 'caught'}  ${bug.promise}  ${bug.what}  (${took})  ${how?.slice(0, 150) ?? ''}`)
  }
  tell(`${bugs.length - missed.length} of ${bugs.length} planted bugs caught`)
  return missed
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === import.meta.filename) {
  const { values } = parseArgs({ options: { only: { type: 'string' }, seeds: { type: 'string' } } })
  const bugs = board().filter(({ what, promise }) => `${promise} ${what}`.includes(values.only ?? ''))
  const seeds = values.seeds === undefined ? undefined : Number(values.seeds)
  const missed = await plant(bugs, (line) => process.stdout.write(`${line}\n`), seeds)
  if (missed.length > 0) process.exitCode = 1
}
