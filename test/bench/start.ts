// How long help takes, as a multiple of what Node takes to start: pairs of runs, so that other load meets both, and the middle of them.
import { spawnSync } from 'node:child_process'
import { MAIN, type Tell } from './measure.ts'

const PAIRS = 30

const NOTHING = ['-e', '0']
const HELP = [MAIN, '--help']

/** Wall time and processor time of one start, in milliseconds. */
const once = (args: ReadonlyArray<string>): { readonly wall: number; readonly cpu: number } => {
  const began = performance.now()
  const timed = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1'
  const { stderr } = spawnSync('bash', ['-c', timed, 'bash', process.execPath, ...args], { encoding: 'utf8' })
  const wall = performance.now() - began
  return {
    wall,
    cpu: stderr
      .trim()
      .split(' ')
      .reduce((sum, seconds) => sum + Number(seconds) * 1000, 0),
  }
}

const middle = (numbers: ReadonlyArray<number>): number =>
  [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN

/** Measures the start. */
export const start = async (tell: Tell): Promise<void> => {
  const pairs = Array.from({ length: PAIRS }, () => ({ bare: once(NOTHING), help: once(HELP) }))
  for (const kind of ['wall', 'cpu'] as const) {
    const ratio = middle(pairs.map(({ help }) => help[kind])) / middle(pairs.map(({ bare }) => bare[kind]))
    tell(`help, as a multiple of the start of Node, ${kind === 'wall' ? 'time passed' : 'processor time'}`, ratio, 2, 'times')
  }
}
