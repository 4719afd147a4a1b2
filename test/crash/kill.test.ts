// L5, S8, S9: kill -9 of the real process, exactly at every sync, rename, link, connection and request of the canonical run, and at seeded
// random moments; then the same command again. RECONCILER_KILLS=200 makes the random part as long as a release wants it.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Bench, Ended, Way } from '../support/command.ts'
import { spec } from '../support/spec.ts'
import { again, faultsOf, PASSWORDS, withCanonical } from './canonical.ts'
import { seeded, share } from './share.ts'

const POINTS = ['fsync', 'fdatasync', 'rename', 'link', 'unlink', 'connect', 'writev'] as const
const WORKERS = 2

// One thread for files, since the tracer counts the calls of each thread by itself.
const traced = (...under: ReadonlyArray<string>): Way => ({
  under: ['strace', '-f', '-qq', '-o', 'trace', ...under],
  env: { ...PASSWORDS, UV_THREADPOOL_SIZE: '1' },
})

const apply = (bench: Bench, way: Way = { env: PASSWORDS }): Promise<Ended> => bench.runIn(way, 'apply', '--yes')

/** Runs the command again until it is done; a second time must do, a third is for a service that was busy. */
const recovered = async (bench: Bench): Promise<ReadonlyArray<string>> => {
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const ended = await apply(bench)
    if (ended.code === 0) return faultsOf(bench)
    if (attempt === 3) return [`still exit ${ended.code} after three runs: ${ended.err.slice(-400)}`]
  }
  return []
}

/** Every place to kill at: a call and which of its kind. A look-up of users at the machine's name service is none of ours. */
const placesOf = async (): Promise<ReadonlyArray<string>> => {
  const places: Array<string> = []
  await withCanonical(async (bench) => {
    const ended = await apply(bench, traced('-e', `trace=${POINTS.join()}`))
    assert.is(ended.code, 0, `strace must be installed: ${ended.err.slice(-400)}`)
    const trace = await readFile(join(bench.dir, 'trace'), 'utf8')
    await rm(join(bench.dir, 'trace'))
    assert.equal(await faultsOf(bench), [], 'an undisturbed run ends as declared')
    const counts = new Map<string, number>()
    for (const line of trace.split('\n')) {
      const [, name] = /^\d+ +([a-z0-9]+)\(/.exec(line) ?? []
      if (name === undefined) continue
      const nth = (counts.get(name) ?? 0) + 1
      counts.set(name, nth)
      if (!line.includes('AF_UNIX')) places.push(`${name}:signal=KILL:when=${nth}`)
    }
  })
  return places
}

const durationOfOne = async (): Promise<number> => {
  let ms = 0
  await withCanonical(async (bench) => {
    const before = performance.now()
    await apply(bench)
    ms = performance.now() - before
  })
  return ms
}

spec('kill -9 at every step', (test) => {
  test('L5 S8 S9: at every sync, rename, link, connection and request the next run ends as if nothing had happened', async () => {
    const points = await placesOf()
    const problems: Array<string> = []
    let hit = 0
    await share(points, WORKERS, withCanonical, async (bench, point) => {
      await again(bench)
      const ended = await apply(bench, traced('-e', `trace=${point.split(':')[0]}`, '-e', `inject=${point}`))
      await rm(join(bench.dir, 'trace'), { force: true })
      if (ended.signal === 'SIGKILL') hit += 1
      problems.push(...(await recovered(bench)).map((fault) => `${point}: ${fault}`))
    })
    assert.equal(problems, [])
    process.stdout.write(`${hit} of ${points.length} places reached\n`)
    assert.ok(points.length >= 25 && hit >= points.length - 3, `${hit} of ${points.length} points were reached`)
  })

  test('L5 S8 S9: at seeded random moments', async () => {
    const kills = Number(process.env.RECONCILER_KILLS ?? 60)
    const seed = Number(process.env.RECONCILER_SEED ?? Date.now() % 1_000_000)
    process.stdout.write(`${kills} random kills, RECONCILER_SEED=${seed}\n`)
    const random = seeded(seed)
    // Four kills of one life, each at its own share of a run, before it is left alone.
    const lives = Array.from({ length: Math.ceil(kills / 4) }, () => [random(), random(), random(), random()])
    const problems: Array<string> = []
    let hit = 0
    let wholeMs = await durationOfOne()
    await share(lives, WORKERS, withCanonical, async (bench, moments) => {
      await again(bench)
      for (const moment of moments) {
        const run = bench.startIn({ env: PASSWORDS }, 'apply', '--yes')
        const timer = setTimeout(() => run.child.kill('SIGKILL'), wholeMs * (0.2 + 0.8 * moment))
        const before = performance.now()
        const { signal } = await run.ended
        clearTimeout(timer)
        if (signal === 'SIGKILL') hit += 1
        else wholeMs = (wholeMs + performance.now() - before) / 2
      }
      problems.push(...(await recovered(bench)).map((fault) => `seed ${seed}, moments ${moments.join(' ')}: ${fault}`))
    })
    assert.equal(problems, [])
    assert.ok(hit > 0, 'some kill came in time')
    process.stdout.write(`${hit} of ${lives.length * 4} moments lay within a run\n`)
  })
})
