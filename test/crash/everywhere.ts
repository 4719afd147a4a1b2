// kill -9 of the real process at exact places: at the nth call of a kind, or the nth write to a file, of a command. The places are counted in
// a run of the same command that is left alone.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Bench, Way } from '../support/command.ts'
import { PASSWORDS } from './canonical.ts'
import { share } from './share.ts'

/** Benches that work at once. */
export const WORKERS = 2
const CALLS = ['fsync', 'fdatasync', 'rename', 'link', 'unlink', 'bind', 'listen', 'connect', 'writev', 'write']

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
const placesOf = async ({ withBench, ready, command, calls = CALLS }: Story): Promise<ReadonlyArray<Place>> => {
  const places: Array<Place> = []
  await withBench(async (bench) => {
    await ready(bench)
    const ended = await bench.runIn(traced('-y', '-e', `trace=${calls.join()}`), ...(await command(bench)))
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

/** What is killed everywhere: on which bench, how that is made ready each time, the command, and what is wrong after it was made good. */
export type Story = {
  readonly withBench: (body: (bench: Bench) => Promise<void>) => Promise<void>
  readonly ready: (bench: Bench) => Promise<void>
  readonly command: (bench: Bench) => ReadonlyArray<string> | Promise<ReadonlyArray<string>>
  readonly check: (bench: Bench) => Promise<ReadonlyArray<string>>
  /** The kinds of call to kill at, where not all. */
  readonly calls?: ReadonlyArray<string>
}

/** Kills the command at each of its places, lets it be made good, and gives what is not as it should be. */
export const killedEverywhere = async (
  story: Story,
): Promise<{ readonly places: number; readonly hit: number; readonly problems: ReadonlyArray<string> }> => {
  const places = await placesOf(story)
  const problems: Array<string> = []
  let hit = 0
  let name = ''
  await share(places, WORKERS, story.withBench, async (bench, place) => {
    await story.ready(bench)
    const command = await story.command(bench)
    name = command[0] ?? ''
    const ended = await bench.runIn(killedAt(bench, place), ...command)
    await rm(join(bench.dir, 'trace'), { force: true })
    if (ended.signal === 'SIGKILL') hit += 1
    problems.push(...(await story.check(bench)).map((fault) => `${named(place)}: ${fault}`))
  })
  process.stdout.write(`${name}: killed at ${hit} of ${places.length} places\n`)
  return { places: places.length, hit, problems }
}
