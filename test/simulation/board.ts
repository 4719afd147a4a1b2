// Plants each bug of the board in a copy of the program, one at a time, and looks whether it is caught.
//   node --import tsx test/simulation/board.ts [--only TEXT] [--seeds N]
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { BUILT, build, built } from './build.ts'
import { hasFailed, manySeeds } from './many.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
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

/** How a bug was caught, or why it was not. */
type Found = { readonly caught: boolean; readonly how: string }

const missed = (how: string): Found => ({ caught: false, how })
const unproven = (why: string): Found => missed(`not proven: ${why}`)

const bySeeds = async (bug: Planted, seeds: number): Promise<Found> => {
  const verdict = await inCopy(
    (folder) => {
      cpSync(BUILT, folder, { recursive: true })
      writeFileSync(join(folder, jsOf(bug.file)), built(withBug(bug)))
    },
    async (folder) => {
      const all = Array.from({ length: seeds }, (_, n) => n + 1)
      const verdicts = await manySeeds({
        seeds: all,
        folder,
        twice: bug.by._tag === 'Seeds' && bug.by.twice,
        untilOneFails: true,
      })
      return verdicts.find(hasFailed)
    },
  )
  if (verdict === undefined) return missed('no seed fails')
  const { seed, violation } = verdict
  // One life more costs little, so that this is looked at each time.
  const [alone] = await manySeeds({ seeds: [seed], twice: true })
  if (alone === undefined || hasFailed(alone)) return unproven(`seed ${seed} fails by itself`)
  return {
    caught: true,
    how: `seed ${seed}: ${violation === undefined ? 'not alike when lived again' : `${violation.promise} ${violation.text}`}`,
  }
}

/** The program with its tests, as it is or with a bug, while it is used. */
const withTests = <A>(bug: Planted | undefined, use: (folder: string) => Promise<A>): Promise<A> =>
  inCopy((folder) => {
    for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    if (bug !== undefined) writeFileSync(join(folder, bug.file), withBug(bug))
    const made = spawnSync('npm', ['run', '--silent', 'bundle'], { cwd: folder, encoding: 'utf8' })
    if (made.status !== 0)
      throw new Error(`${bug === undefined ? 'the program' : `${bug.file} with its bug`} cannot be built: ${made.stderr}`)
  }, use)

const noneRan = (path: string): string => `no test of ${path} ran to its end`
const reasonOf = (path: string, { _tag }: Outcome): string =>
  _tag === 'Red' ? `its test ${path} is red by itself` : noneRan(path)

const testsOf = (folder: string, path: string): Outcome =>
  outcomeOf(
    spawnSync(process.execPath, ['--import', 'tsx', 'test/run.ts', path], {
      cwd: folder,
      encoding: 'utf8',
      timeout: LIMIT_MS,
      env: { ...process.env, WORKERS: '1' },
    }).stdout,
  )

/** Why these tests prove nothing: without any bug they are red, or do not run. One copy does for all of them. */
const unfit = async (paths: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> => {
  if (paths.size === 0) return new Map()
  return withTests(undefined, async (folder) => {
    const outcomes = [...paths].map((path) => ({ path, outcome: testsOf(folder, path) }))
    return new Map(outcomes.flatMap(({ path, outcome }) => (outcome._tag === 'Green' ? [] : [[path, reasonOf(path, outcome)]])))
  })
}

const byTest = (bug: Planted, path: string): Promise<Found> =>
  withTests(bug, async (folder) => {
    const outcome = testsOf(folder, path)
    switch (outcome._tag) {
      case 'Red':
        return { caught: true, how: outcome.first }
      case 'Green':
        return missed(`${path} stays green`)
      case 'NotRun':
        return unproven(noneRan(path))
    }
  })

export type Planting = {
  readonly tell: (line: string) => void
  /** So many are searched for one that fails, at most. */
  readonly seeds?: number
  /** Whether each test is run without any bug first, as all of them are on a push anyway. */
  readonly alone: boolean
}

const pathsOf = (bugs: ReadonlyArray<Planted>): ReadonlySet<string> =>
  new Set(bugs.flatMap(({ by }) => (by._tag === 'Test' ? [by.path] : [])))

/** Plants these bugs one after the other, tells of each, and gives those that nobody caught. */
export const plant = async (
  bugs: ReadonlyArray<Planted>,
  { tell, seeds = MOST_SEEDS, alone }: Planting,
): Promise<ReadonlyArray<string>> => {
  const reasons = alone ? await unfit(pathsOf(bugs)) : new Map<string, string>()
  const found = async (bug: Planted): Promise<Found> => {
    if (bug.by._tag === 'Seeds') return bySeeds(bug, seeds)
    const why = reasons.get(bug.by.path)
    return why === undefined ? byTest(bug, bug.by.path) : unproven(why)
  }
  const escaped: Array<string> = []
  for (const bug of bugs) {
    const started = performance.now()
    const { caught, how } = await found(bug)
    if (!caught) escaped.push(`${bug.promise}: ${bug.what}: ${how}`)
    const took = `${Math.round((performance.now() - started) / 1000)} s`
    tell(`${caught ? 'caught' : 'NOT CAUGHT'}  ${bug.promise}  ${bug.what}  (${took})  ${how.slice(0, 150)}`)
  }
  tell(`${bugs.length - escaped.length} of ${bugs.length} planted bugs caught`)
  return escaped
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === import.meta.filename) {
  const { values } = parseArgs({ options: { only: { type: 'string' }, seeds: { type: 'string' } } })
  const bugs = board().filter(({ what, promise }) => `${promise} ${what}`.includes(values.only ?? ''))
  const seeds = values.seeds === undefined ? undefined : Number(values.seeds)
  const escaped = await plant(bugs, {
    tell: (line) => process.stdout.write(`${line}\n`),
    alone: true,
    ...(seeds === undefined ? {} : { seeds }),
  })
  if (escaped.length > 0 || bugs.length === 0) process.exitCode = 1
}
