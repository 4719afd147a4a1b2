// Runs the test files whose paths come on standard input, one after the other, through uvu's queue.
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { searchedSoFar } from './canary.ts'
import { type Ended, endedLine } from './ended.ts'

type Group = [errors: string | true, passed: number, skipped: number, total: number]
type Queue = Array<[file: string, ...groups: Array<() => Promise<Group>>]>

const LIMIT_MS = 1_800_000
const shared = globalThis as typeof globalThis & { UVU_DEFER?: number; UVU_INDEX?: number; UVU_QUEUE?: Queue }
shared.UVU_DEFER = 1
await import('uvu')
const queue: Queue = []
shared.UVU_QUEUE = queue

const withLimit = async <A>(work: Promise<A>): Promise<A> => {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not settle within ${LIMIT_MS / 1000} s`)), LIMIT_MS)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

const run = async (path: string): Promise<Pick<Ended, 'passed' | 'failed'>> => {
  const index = queue.push([path]) - 1
  shared.UVU_INDEX = index
  let [passed, failed] = [0, 0]
  try {
    await import(pathToFileURL(path).href)
    const [, ...groups] = queue[index] ?? [path]
    if (groups.length === 0) throw new Error('registers no test: no spec(…) in this file')
    for (const group of groups) {
      const [errors, good, skipped, total] = await withLimit(group())
      passed += good
      failed += total - good - skipped
      if (typeof errors === 'string' && errors !== '') process.stdout.write(`${errors}\n`)
    }
  } catch (why) {
    failed += 1
    process.stdout.write(`${path}: ${why instanceof Error ? (why.stack ?? why.message) : String(why)}\n`)
  }
  return { passed, failed }
}

for await (const path of createInterface({ input: process.stdin })) {
  const started = performance.now()
  const before = new Map(searchedSoFar())
  const counts = await run(path)
  const searched = [...searchedSoFar()].map(([channel, count]) => [channel, count - (before.get(channel) ?? 0)] as const)
  process.stdout.write(endedLine({ ...counts, ms: Math.round(performance.now() - started), searched }))
}
process.exit()
