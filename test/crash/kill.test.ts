// L5, S8, S9: kill -9 of the real process, exactly at every sync, rename, link, file that is written, lock, connection and request of the
// canonical run and of a decision, and at seeded random moments, `apply` and the daemon in turn; then the same command again.
// RECONCILER_KILLS=200 makes the random part as long as a release wants it.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, type Ended, until, type Way } from '../support/command.ts'
import { spec } from '../support/spec.ts'
import { again, faultsOf, journalOf, PASSWORDS, withCanonical } from './canonical.ts'
import { seeded, share } from './share.ts'

const WORKERS = 2
const CALLS = ['fsync', 'fdatasync', 'rename', 'link', 'unlink', 'bind', 'listen', 'connect', 'writev'] as const
const APPLY = ['apply', '--yes'] as const
const HOLD = ['hold', '--all', '--until', '1d', '--reason', 'killed'] as const

/** A place to kill at: the nth call of its kind, or the nth write to a file. */
type Place = { readonly call: string; readonly nth: number; readonly file?: string }

// One thread for files, since the tracer counts the calls of each thread by itself.
const traced = (...under: ReadonlyArray<string>): Way => ({
  under: ['strace', '-f', '-qq', '-o', 'trace', ...under],
  env: { ...PASSWORDS, UV_THREADPOOL_SIZE: '1' },
})

const killedAt = (bench: Bench, { call, nth, file }: Place): Way =>
  traced(
    ...(file === undefined ? [] : ['-P', join(bench.dir, file)]),
    '-e',
    `trace=${call}`,
    '-e',
    `inject=${call}:signal=KILL:when=${nth}`,
  )

const named = ({ call, nth, file }: Place): string => `${call} ${nth}${file === undefined ? '' : ` of ${file}`}`

const OURS = /<[^>]*\/(state\/[^>]+|four\.pw[^>/]*)>/

/** Every place in a command that ends well. A look-up of users at the machine's name service is none of ours. */
const placesOf = async (command: ReadonlyArray<string>): Promise<ReadonlyArray<Place>> => {
  const places: Array<Place> = []
  await withCanonical(async (bench) => {
    const ended = await bench.runIn(traced('-y', '-e', `trace=write,${CALLS.join()}`), ...command)
    assert.is(ended.code, 0, `strace must be installed: ${ended.err.slice(-400)}`)
    const counts = new Map<string, number>()
    for (const line of (await readFile(join(bench.dir, 'trace'), 'utf8')).split('\n')) {
      const [, call] = /^\d+ +([a-z0-9]+)\(/.exec(line) ?? []
      const file = call === 'write' ? OURS.exec(line)?.[1] : undefined
      if (call === undefined || (call === 'write' && file === undefined)) continue
      const kind = `${call} ${file ?? ''}`
      const nth = (counts.get(kind) ?? 0) + 1
      counts.set(kind, nth)
      if (!line.includes('nscd')) places.push({ call, nth, ...(file === undefined ? {} : { file }) })
    }
  })
  return places
}

/** Runs `apply` until it is done; a second time must do, a third is for a service that was busy. */
const recovered = async (bench: Bench): Promise<ReadonlyArray<string>> => {
  for (let attempt = 1; ; attempt += 1) {
    const ended = await bench.runIn({ env: PASSWORDS }, ...APPLY)
    if (ended.code === 0) return faultsOf(bench)
    if (attempt === 3) return [`still exit ${ended.code} after three runs: ${ended.err.slice(-400)}`]
  }
}

const held = async (bench: Bench): Promise<ReadonlyArray<string>> => {
  const faults: Array<string> = []
  for (const command of [HOLD, ['verify-log']]) {
    const { code, out, err } = await bench.run(...command)
    if (code !== 0) faults.push(`${command[0]}: exit ${code}: ${out}${err}`)
  }
  const ledger: { readonly holds?: ReadonlyArray<{ readonly what: { readonly _tag: string } }> } = JSON.parse(
    await readFile(join(bench.dir, 'state/ledger.json'), 'utf8'),
  )
  if (ledger.holds?.length !== 1 || ledger.holds[0]?.what._tag !== 'All') faults.push(`holds: ${JSON.stringify(ledger.holds)}`)
  return [...faults, ...(await journalOf(bench)).faults, ...((await bench.log()).length === 0 ? [] : ['something was sent'])]
}

/** Kills the command at each of its places, lets it be made good, and gives what is not as it should be. */
const killedEverywhere = async (
  command: ReadonlyArray<string>,
  check: (bench: Bench) => Promise<ReadonlyArray<string>>,
): Promise<{ readonly places: number; readonly hit: number; readonly problems: ReadonlyArray<string> }> => {
  const places = await placesOf(command)
  const problems: Array<string> = []
  let hit = 0
  await share(places, WORKERS, withCanonical, async (bench, place) => {
    await again(bench)
    const ended = await bench.runIn(killedAt(bench, place), ...command)
    await rm(join(bench.dir, 'trace'), { force: true })
    if (ended.signal === 'SIGKILL') hit += 1
    problems.push(...(await check(bench)).map((fault) => `${named(place)}: ${fault}`))
  })
  process.stdout.write(`${command[0]}: killed at ${hit} of ${places.length} places\n`)
  return { places: places.length, hit, problems }
}

/** A random moment: as many requests after the start, and so many milliseconds after that. */
type Moment = { readonly command: 'apply' | 'run'; readonly requests: number; readonly ms: number }

// A fifth of the moments lies before the first request, the others anywhere between it and reading back.
const START_MS = 400
const REQUESTS = 11

const momentFrom = (random: () => number): Moment => {
  const command = random() < 0.5 ? 'apply' : 'run'
  const requests = random() < 0.2 ? 0 : Math.ceil(random() * REQUESTS)
  return { command, requests, ms: random() * (requests === 0 ? START_MS : 12) }
}

const RESTS = /run ended|no request before|first request at/

/** Kills at a moment, or when a daemon has nothing more to do; whether it was still alive by then. */
const killAt = async (bench: Bench, { command, requests, ms }: Moment): Promise<boolean> => {
  const before = bench.requests()
  const run = bench.startIn({ env: PASSWORDS }, ...(command === 'apply' ? APPLY : ['run']))
  let over = false
  const ended: Promise<Ended> = run.ended.finally(() => {
    over = true
  })
  if (requests > 0)
    await until('the moment', () => over || bench.requests() - before >= requests || (command === 'run' && RESTS.test(run.err())))
  await new Promise((next) => setTimeout(next, ms))
  run.child.kill('SIGKILL')
  return (await ended).signal === 'SIGKILL'
}

// Groups of their own, since each may take its time.
spec('kill -9 at every step', (test) => {
  test('L5 S8 S9: at every sync, rename, link, write, lock, connection and request the next run ends as if nothing had happened', async () => {
    await withCanonical(async (bench) => assert.equal(await recovered(bench), [], 'an undisturbed run ends as declared'))
    const { places, hit, problems } = await killedEverywhere(APPLY, recovered)
    assert.equal(problems, [])
    assert.ok(places >= 38 && hit >= places - 3, `${hit} of ${places} places were reached`)
  })
})

spec('kill -9 at every step of a decision', (test) => {
  test('L5 S9: a decision, which asks nothing of the service, is there once after the next try, and the journal fits', async () => {
    const { places, hit, problems } = await killedEverywhere(HOLD, held)
    assert.equal(problems, [])
    assert.ok(places >= 10 && hit >= places - 1, `${hit} of ${places} places were reached`)
  })
})

spec('kill -9 at random moments', (test) => {
  test('L5 S8 S9: at seeded random moments, of `apply` and of the daemon', async () => {
    const kills = Number(process.env.RECONCILER_KILLS ?? 60)
    const seed = Number(process.env.RECONCILER_SEED ?? Date.now() % 1_000_000)
    process.stdout.write(`${kills} random kills, RECONCILER_SEED=${seed}\n`)
    const random = seeded(seed)
    // Five kills of one life before it is left alone; more lives than needed, since some commands are done before they can be killed.
    const lives = Array.from({ length: kills }, () => Array.from({ length: 5 }, () => momentFrom(random)))
    const problems: Array<string> = []
    const hits = { apply: 0, run: 0 }
    await share(lives, WORKERS, withCanonical, async (bench, moments) => {
      if (hits.apply + hits.run >= kills) return
      await again(bench)
      for (const moment of moments) if (await killAt(bench, moment)) hits[moment.command] += 1
      problems.push(...(await recovered(bench)).map((fault) => `seed ${seed}, ${JSON.stringify(moments)}: ${fault}`))
    })
    assert.equal(problems, [])
    process.stdout.write(`killed ${hits.apply} times in apply, ${hits.run} times in the daemon\n`)
    assert.ok(hits.apply + hits.run >= kills && hits.run > kills / 4 && hits.apply > kills / 8, JSON.stringify(hits))
  })
})
