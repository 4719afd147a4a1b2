// The story of a failure: which promise, in which seed, after what, and the command that shows it again.
import { COURSES } from './faults.ts'
import { howToKeep } from './kept.ts'
import { less, textOfWithout, type Without } from './shrink.ts'
import type { Result } from './simulate.ts'
import type { Workload } from './workload.ts'

const LAST_LINES = 60

const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 19)

/** What happened in a life that failed, small. */
export const story = ({ seed, violations, trace }: Result, workload: Workload, without: Without): string => {
  const { acts, faults } = less(workload, without)
  const [violation] = violations
  const left = textOfWithout(without)
  return [
    `seed ${seed}: ${violation?.promise} is broken at ${clock(violation?.at ?? 0)}: ${violation?.text}`,
    '',
    'what happens (all that could be left out is):',
    ...acts.map(({ at, what }) => `  ${clock(at)} ${what}`),
    ...faults.map(({ at, kind, on, times }) => `  ${clock(at)} ${kind}, of ${on}, ${times} times${kind in COURSES ? '' : '?'}`),
    '',
    'the last moments:',
    ...trace.slice(-LAST_LINES).map((line) => `  ${line}`),
    '',
    `again: npm run simulate -- --seed ${seed}${left === '' ? '' : ` --without ${left}`}`,
    howToKeep({ seed, without: left }, `${violation?.promise}: ${violation?.text}`),
  ].join('\n')
}
