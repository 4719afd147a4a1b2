// Cut points shared by as many processes as there are processors.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { NODE_OF_TESTS } from '../support/node.ts'
import { build } from './build.ts'
import type { Tally } from './cuts.ts'

const isTally = (value: unknown): value is Tally =>
  typeof value === 'object' && value !== null && 'lives' in value && 'faults' in value && Array.isArray(value.faults)

const share = (script: string, args: ReadonlyArray<string>): Promise<Tally> =>
  new Promise((resolve, reject) => {
    const child = spawn(NODE_OF_TESTS, ['--max-semi-space-size=64', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += String(chunk)
    })
    child.on('error', reject)
    child.on('close', (code) => {
      const told: unknown = code === 0 ? JSON.parse(text) : undefined
      if (isTally(told)) resolve(told)
      else reject(new Error(`a process of the cut points ended with ${String(code)}`))
    })
  })

/** Cuts all plans at every step, with `pairs` at every pair of steps. */
export const allCuts = async (pairs: boolean, processes = availableParallelism()): Promise<Tally> => {
  const script = join(build(), 'test/simulation/cutting.js')
  const parts = Array.from({ length: processes }, (_, part) => String(part))
  const all = await Promise.all(parts.map((part) => share(script, [part, String(processes), pairs ? 'pairs' : 'single'])))
  return { lives: all.reduce((sum, { lives }) => sum + lives, 0), faults: all.flatMap(({ faults }) => faults) }
}
