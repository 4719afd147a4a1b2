// Lives that failed once, `seeds.txt`: a seed, what of its workload is left out, and what was found. They are lived again on each push.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A life to be lived: a seed, less some of its workload, as `--without` has it. */
export type Lived = { readonly seed: number; readonly without: string }

const LINE = /^(\d+)(?: --without ((?:[af]\d+)(?:,[af]\d+)*))? [^\s-]/

/** The line that keeps a life. */
export const keptLine = ({ seed, without }: Lived, what: string): string =>
  `${seed}${without === '' ? '' : ` --without ${without}`} ${what.replaceAll(/\s+/g, ' ')}`

/** How to keep a life, for whoever sees it fail. */
export const howToKeep = (life: Lived, what: string): string =>
  `to have it lived on each push, add this line to test/simulation/seeds.txt: ${keptLine(life, what)}`

/** All lives that are kept; throws where a line says none. */
export const keptLives = (text: string = readFileSync(join(import.meta.dirname, 'seeds.txt'), 'utf8')): ReadonlyArray<Lived> =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, seed, without = ''] = LINE.exec(line) ?? []
      if (seed === undefined) throw new Error(`seeds.txt: neither a seed nor a comment: ${line}`)
      return { seed: Number(seed), without }
    })
