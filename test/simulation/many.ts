// Many seeds, shared by as many processes as there are processors, and what a person needs where one of them fails.
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { NODE_OF_TESTS } from '../support/node.ts'
import { build } from './build.ts'
import type { Lived } from './kept.ts'

/** What came of one seed. */
export type Verdict = {
  readonly seed: number
  readonly without: string
  readonly violation: { readonly promise: string; readonly at: number; readonly text: string } | undefined
  readonly hash: string
  readonly runs: number
  readonly requests: number
  readonly writes: number
  readonly faults: number
  readonly users: number
  readonly scopes: number
  readonly met: ReadonlyArray<readonly [string, number]>
  readonly rivalry: ReadonlyArray<string>
  /** The verdict of the same seed lived again differs. */
  readonly unlike: boolean
}

/** What is done with each life of many, and not only with some. */
export type Each = {
  /** It is compared with the same life without its faults, as every twentieth is. */
  readonly compared?: boolean
  /** It is lived twice, as every hundredth is, and must be alike. */
  readonly twice?: boolean
}

/** What a worker is sent. */
export type Life = Lived & Each

type Ask = Each & {
  readonly seeds: ReadonlyArray<number | Lived>
  /** Where the built program is; that of this repository unless given. */
  readonly folder?: string
  readonly workers?: number
  /** Ends all as soon as one seed fails. */
  readonly untilOneFails?: boolean
}

const isVerdict = (value: unknown): value is Verdict =>
  typeof value === 'object' && value !== null && 'hash' in value && 'seed' in value

/** Whether it broke a promise, or was another life when it was lived again. */
export const hasFailed = ({ violation, unlike }: Verdict): boolean => violation !== undefined || unlike

/** Lives all the seeds. */
export const manySeeds = async ({
  seeds,
  folder = build(),
  compared = false,
  twice = false,
  workers = availableParallelism(),
  untilOneFails = false,
}: Ask): Promise<ReadonlyArray<Verdict>> => {
  const waiting = seeds.values()
  const verdicts: Array<Verdict> = []
  let over = false
  const worker = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = fork(join(folder, 'test/simulation/worker.js'), {
        // Most of what a life makes is thrown away soon; and each processor has a worker, whom the engine's own threads would only be in the way of.
        execPath: NODE_OF_TESTS,
        execArgv: ['--max-semi-space-size=64', '--single-threaded'],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      })
      const next = (): void => {
        const { done, value } = waiting.next()
        if (done === true || over) child.disconnect()
        else {
          const life: Life = { ...(typeof value === 'number' ? { seed: value, without: '' } : value), compared, twice }
          child.send(life)
        }
      }
      child.on('message', (message) => {
        if (isVerdict(message)) {
          verdicts.push(message)
          over ||= untilOneFails && hasFailed(message)
        }
        next()
      })
      child.on('error', reject)
      child.on('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`a worker of the simulation ended with ${String(code)}`)),
      )
    })
  await Promise.all(Array.from({ length: Math.max(1, Math.min(workers, seeds.length)) }, worker))
  return verdicts.sort((one, other) => one.seed - other.seed)
}
