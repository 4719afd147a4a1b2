// The story of a failure: which promise, in which seed, after what, and the command that shows it again.
import { chanceOf } from './chance.ts'
import { COURSES } from './faults.ts'
import { howToKeep } from './kept.ts'
import { less, textOfWithout, type Without } from './shrink.ts'
import { type Result, startOf } from './simulate.ts'
import { beginning, namesIn } from './start.ts'
import type { Workload } from './workload.ts'

const LAST_LINES = 60

const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 19)

const words = (options: object): string =>
  Object.entries(options)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')

/** Under which options a seed is lived: when it begins, what the config says besides its lists, and how its service behaves. */
const optionsOf = (seed: number): ReadonlyArray<string> => {
  const { config, seed: world, applied } = beginning(chanceOf(seed))
  const { scopes, ...options } = config
  const sizes = [...scopes.keys()].map((scope) => `${scope} ${namesIn({ seed: world, config }, scope).length}`)
  return [
    `  begins at ${new Date(startOf(seed)).toISOString()}, ${applied ? 'after a person has applied the config' : 'without a memory'}`,
    `  users: ${sizes.join(', ')}`,
    `  config: ${words(options)}`,
    `  service: ${words(world.switches ?? {})}`,
  ]
}

/** What happened in a life that failed, small. */
export const story = ({ seed, violations, trace }: Result, workload: Workload, without: Without): string => {
  const { acts, faults } = less(workload, without)
  const [violation] = violations
  const left = textOfWithout(without)
  return [
    `seed ${seed}: ${violation?.promise} is broken at ${clock(violation?.at ?? 0)}: ${violation?.text}`,
    '',
    'the options:',
    ...optionsOf(seed),
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
