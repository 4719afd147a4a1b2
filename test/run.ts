// Runs every *.test.ts below this folder, a file at a time in each of a few processes (as many as there are cores, at most four), with honest
// counts: a file that cannot be imported, registers nothing, never settles, throws in a hook or takes its process with it is a failure, and so
// is a run without tests. `node --import tsx test/run.ts [PATTERN]` runs the files whose path holds PATTERN; WORKERS says how many processes,
// and NODE_OF_TESTS by which Node.js; the built program is run by this one.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { relative, resolve, sep } from 'node:path'
import { CHANNELS } from './support/canary.ts'
import { type Ended, endedIn } from './support/ended.ts'
import { NODE, NODE_OF_TESTS } from './support/node.ts'

/** Outputs that a whole run searches for secrets, at least; and so many of each kind. */
const LEAST_SEARCHED = 100_000
const LEAST_OF_A_KIND = 10
const MOST_WORKERS = 4
/** What takes longest is begun first, so that the processes end together. */
const LONGEST_FIRST = [
  'crash/kill',
  'sequences',
  'secrecy',
  'simulation/lives',
  'simulation',
  'switches',
  'install',
  'systemd',
  'cli/history',
  'crash/disk',
  'state',
  'signals',
]
const here = import.meta.dirname

// Where Node.js takes the types out by itself, nothing else need: the loader also names every function as it is made, each time. Below node_modules,
// where the copies stand that bugs are planted in, Node.js leaves them in.
const features = spawnSync(NODE_OF_TESTS, ['-p', 'process.features.typescript'], { encoding: 'utf8' })
const isPackage = here.split(sep).includes('node_modules')
const LOADER = features.stdout.trim() === 'strip' && !isPackage ? [] : ['--import', 'tsx']

let passed = 0
let failed = 0
const searched = new Map<string, number>()
const fail = (file: string, why: string): void => {
  failed += 1
  process.stdout.write(`FAIL ${file}: ${why}\n`)
}

const pattern = process.argv[2] ?? ''
const rank = (name: string): number => {
  const at = LONGEST_FIRST.findIndex((one) => name.includes(one))
  return at === -1 ? LONGEST_FIRST.length : at
}
const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts') && name.includes(pattern))
  .sort()
  .sort((one, other) => rank(one) - rank(other))

const take = (name: string, ended: Ended | undefined, said: string): void => {
  const file = relative(process.cwd(), resolve(here, name))
  if (said.trim() !== '') process.stdout.write(`${said.trimEnd()}\n`)
  if (ended === undefined) {
    fail(file, 'its process ended before it did')
    return
  }
  passed += ended.passed
  failed += ended.failed
  for (const [channel, count] of ended.searched) searched.set(channel, (searched.get(channel) ?? 0) + count)
  process.stdout.write(
    `${ended.failed === 0 ? 'ok  ' : 'FAIL'} ${file}  ${ended.passed}/${ended.passed + ended.failed}  ${ended.ms} ms\n`,
  )
}

/** A process that takes one file after the other; another takes its place where it ends too early. */
const worker = async (): Promise<void> => {
  let child: ChildProcessWithoutNullStreams | undefined
  for (let name = files.shift(); name !== undefined; name = files.shift()) {
    child ??= spawn(NODE_OF_TESTS, [...LOADER, resolve(here, 'support/worker.ts')], {
      env: { ...process.env, NODE_OF_PROGRAM: NODE },
      stdio: 'pipe',
    })
    const { said, ended } = await answer(child, resolve(here, name))
    take(name, ended, said)
    if (ended === undefined) child = undefined
  }
  child?.stdin.end()
}

const answer = (child: ChildProcessWithoutNullStreams, path: string): Promise<{ said: string; ended: Ended | undefined }> =>
  new Promise((settle) => {
    let said = ''
    const hear = (text: string): void => {
      said += text
      const found = endedIn(said)
      if (found !== undefined) over(found)
    }
    const gone = (): void => over({ said, ended: undefined })
    const over = (found: { said: string; ended: Ended | undefined }): void => {
      child.stdout.off('data', hear)
      child.stderr.off('data', hear)
      child.off('close', gone)
      settle(found)
    }
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
    child.on('close', gone)
    child.stdin.write(`${path}\n`)
  })

const workers = Math.min(files.length, Number(process.env.WORKERS ?? Math.min(MOST_WORKERS, availableParallelism())))
await Promise.all(Array.from({ length: workers }, worker))

const counts = CHANNELS.map((channel) => ({ channel, count: searched.get(channel) ?? 0 }))
const all = counts.reduce((sum, { count }) => sum + count, 0)
if (all > 0)
  process.stdout.write(
    `${all} outputs searched for secrets: ${counts.map(({ channel, count }) => `${count} ${channel}`).join(', ')}\n`,
  )
// A find has failed its own test already.
if (pattern === '' && all < LEAST_SEARCHED) fail('all files', `${all} outputs were searched for secrets, not ${LEAST_SEARCHED}`)
for (const { channel, count } of counts)
  if (pattern === '' && count < LEAST_OF_A_KIND)
    fail('all files', `${count} outputs of the kind "${channel}" were searched for secrets`)
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)
