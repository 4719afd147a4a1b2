// Runs every *.test.ts below this folder in one process through uvu's queue, with honest counts: a file that cannot be
// imported, registers nothing, never settles or throws in a hook is a failure, and so is a run without tests.
// `node --import tsx test/run.ts [PATTERN]` runs the files whose path holds PATTERN.
import { readdirSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CHANNELS, searchedSoFar } from './support/canary.ts'

type Group = [errors: string | true, passed: number, skipped: number, total: number]
type Queue = Array<[file: string, ...groups: Array<() => Promise<Group>>]>

const LIMIT_MS = 600_000
/** Outputs that a whole run searches for secrets, at least; and so many of each kind. */
const LEAST_SEARCHED = 50_000
const LEAST_OF_A_KIND = 10
const here = import.meta.dirname
const shared = globalThis as typeof globalThis & { UVU_DEFER?: number; UVU_INDEX?: number; UVU_QUEUE?: Queue }
shared.UVU_DEFER = 1
await import('uvu')
const queue: Queue = []
shared.UVU_QUEUE = queue

let passed = 0
let failed = 0
const fail = (file: string, why: unknown): void => {
  failed += 1
  process.stdout.write(`FAIL ${file}: ${why instanceof Error ? (why.stack ?? why.message) : String(why)}\n`)
}

const withLimit = async <A>(work: Promise<A>, file: string): Promise<A> => {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${file} did not settle within ${LIMIT_MS / 1000} s`)), LIMIT_MS)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

process.on('exit', () => {
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
  if (failed > 0 || passed === 0) process.exitCode = 1
})

const pattern = process.argv[2] ?? ''
const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts') && name.includes(pattern))
  .sort()

for (const name of files) {
  const file = relative(process.cwd(), resolve(here, name))
  const index = queue.push([file]) - 1
  shared.UVU_INDEX = index
  const started = performance.now()
  try {
    await import(pathToFileURL(resolve(here, name)).href)
    const [, ...groups] = queue[index] ?? [file]
    if (groups.length === 0) throw new Error('registers no test: no spec(…) in this file')
    let [good, bad] = [0, 0]
    for (const group of groups) {
      const [errors, groupPassed, groupSkipped, total] = await withLimit(group(), file)
      good += groupPassed
      bad += total - groupPassed - groupSkipped
      if (typeof errors === 'string' && errors !== '') process.stdout.write(`${errors}\n`)
    }
    passed += good
    failed += bad
    process.stdout.write(
      `${bad === 0 ? 'ok  ' : 'FAIL'} ${file}  ${good}/${good + bad}  ${Math.round(performance.now() - started)} ms\n`,
    )
  } catch (why) {
    fail(file, why)
  }
}
const searched = CHANNELS.map((channel) => ({ channel, count: searchedSoFar().get(channel) ?? 0 }))
const all = searched.reduce((sum, { count }) => sum + count, 0)
if (all > 0)
  process.stdout.write(
    `${all} outputs searched for secrets: ${searched.map(({ channel, count }) => `${count} ${channel}`).join(', ')}\n`,
  )
// A find has failed its own test already.
if (pattern === '' && all < LEAST_SEARCHED) fail('all files', `${all} outputs were searched for secrets, not ${LEAST_SEARCHED}`)
for (const { channel, count } of searched)
  if (pattern === '' && count < LEAST_OF_A_KIND)
    fail('all files', `${count} outputs of the kind "${channel}" were searched for secrets`)
process.exit()
