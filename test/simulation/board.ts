// Plants each bug of the board in a copy of the program, one at a time, and looks whether it is caught.
//   node --import tsx test/simulation/board.ts [--only TEXT] [--sample N] [--seeds N]        --sample: so many, others each day
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { BUILT, build, built } from './build.ts'
import { manySeeds } from './many.ts'
import { BOARD, type Planted } from './planted.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const DAY_MS = 86_400_000

/** A source with the bug in it; throws where the line is not there once, since a board that is out of date proves nothing. */
export const withBug = ({ file, was, is }: Planted): string => {
  const text = readFileSync(join(ROOT, file), 'utf8')
  if (text.split(was).length !== 2) throw new Error(`${file} does not have this once: ${was}`)
  return text.replace(was, () => is)
}

const bySeeds = async (bug: Planted, seeds: number): Promise<string | undefined> => {
  build()
  const folder = mkdtempSync(`${BUILT}-bug-`)
  try {
    cpSync(BUILT, folder, { recursive: true })
    writeFileSync(join(folder, bug.file.replace(/\.ts$/, '.js')), built(withBug(bug)))
    const all = Array.from({ length: seeds }, (_, n) => n + 1)
    const verdicts = await manySeeds({ seeds: all, folder, untilOneFails: true })
    const caught = verdicts.find(({ violation }) => violation !== undefined)
    return caught === undefined ? undefined : `seed ${caught.seed}: ${caught.violation?.promise} ${caught.violation?.text}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const byTest = (bug: Planted): string | undefined => {
  const folder = mkdtempSync(join(ROOT, 'node_modules', '.bug-'))
  try {
    for (const name of ['src', 'test', 'package.json', 'tsconfig.json', 'config.example.yaml'])
      cpSync(join(ROOT, name), join(folder, name), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, bug.file), withBug(bug))
    const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', 'test/run.ts', bug.by], {
      cwd: folder,
      encoding: 'utf8',
    })
    const line = stdout.split('\n').find((one) => one.startsWith('FAIL') || one.includes('FAIL'))
    return status === 0 ? undefined : (line ?? `${bug.by} fails`).trim()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** How a bug is caught; `undefined` where it is not. */
export const caughtBy = (bug: Planted, seeds: number): Promise<string | undefined> | string | undefined =>
  bug.by === 'seeds' ? bySeeds(bug, seeds) : byTest(bug)

/** So many of the board, others each day. */
export const sampleOf = (count: number, now: number): ReadonlyArray<Planted> => {
  const first = (Math.floor(now / DAY_MS) * count) % BOARD.length
  return [...BOARD, ...BOARD].slice(first, first + count)
}

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { only: { type: 'string' }, sample: { type: 'string' }, seeds: { type: 'string' } } })
  const chosen = values.sample === undefined ? BOARD : sampleOf(Number(values.sample), Date.now())
  const bugs = chosen.filter(({ what }) => what.includes(values.only ?? ''))
  let caught = 0
  for (const bug of bugs) {
    const how = await caughtBy(bug, Number(values.seeds ?? 2000))
    caught += how === undefined ? 0 : 1
    process.stdout.write(`${how === undefined ? 'NOT CAUGHT' : 'caught'}  ${bug.promise}  ${bug.what}  ${how ?? ''}\n`)
  }
  process.stdout.write(`${caught} of ${bugs.length} planted bugs caught\n`)
  if (caught < bugs.length) process.exitCode = 1
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === import.meta.filename) await main()
