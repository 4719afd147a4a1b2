// The timeline as a small chart: one slot a run; up, what was made; down, what was held or failed. Runs with nothing to do leave a dot.

import type { RecentRun } from '../../daemon/timeline.ts'
import { counted } from '../../domain/basics/counted.ts'
import { moment } from '../render/moment.ts'
import { outcomeWords, wokenWords } from '../render/plainly.ts'
import { lasting, text } from './html.ts'

const WIDTH = 600
const FEWEST_SLOTS = 30
const BASE = 46
const FOOT = 76

/** The chart of the last runs, the newest at the right. */
export const timeline = (runs: ReadonlyArray<RecentRun>, now: Date): string => {
  const [first] = runs
  if (first === undefined) return ''
  const slots = Math.max(FEWEST_SLOTS, runs.length)
  const wide = WIDTH / slots
  const drawn = runs.map((run, at) => slot(run, { x: (slots - runs.length + at) * wide, wide })).join('')
  const axis = `<path class="axis" d="M0 ${BASE}H${WIDTH}"/>`
  const chart = `<svg viewBox="0 0 ${WIDTH} ${FOOT}" role="img" aria-label="${text(summary(runs))}">${axis}${drawn}</svg>`
  return `${chart}<p class="legend"><span class="made">made</span><span class="held">held</span><span class="bad">failed</span><span class="calm">nothing to do</span><span class="reach">the last ${lasting(first.at, now)}</span></p>`
}

const summary = (runs: ReadonlyArray<RecentRun>): string => {
  const calm = runs.filter(({ outcome }) => outcome === 'in_sync').length
  const made = runs.reduce((sum, run) => sum + run.made, 0)
  const failed = runs.filter(({ outcome, missed, unread }) => outcome === 'failed' || missed + unread > 0).length
  return `The last ${counted(runs.length, 'run')}: ${calm} with nothing to do, ${counted(made, 'change')} made, ${failed} with failures`
}

type Slot = { readonly x: number; readonly wide: number }

const slot = (run: RecentRun, { x, wide }: Slot): string => {
  const [made, held] = [tall(run.made, { least: 8, most: 42 }), tall(run.held, { least: 5, most: 13 })]
  // A run that failed as a whole, or a scope that could not be read, has no change to show for it.
  const missed = tall(run.missed + run.unread || Number(run.outcome === 'failed'), { least: 5, most: 13 })
  const bars = [
    bar('made', { x, wide, y: BASE - 2 - made, tall: made }),
    bar('held', { x, wide, y: BASE + 2, tall: held }),
    bar('bad', { x, wide, y: BASE + 3 + held, tall: missed }),
  ].join('')
  const inner = bars === '' ? `<circle class="calm" cx="${round(x + wide / 2)}" cy="${BASE}" r="2"/>` : bars
  const hit = `<path class="hit" d="M${round(x)} 0h${round(wide)}v${FOOT}h-${round(wide)}z"/>`
  return `<g><title>${text(titleOf(run))}</title>${hit}${inner}</g>`
}

const tall = (count: number, { least, most }: { readonly least: number; readonly most: number }): number =>
  count === 0 ? 0 : Math.min(most, Math.round(least + 6 * Math.log2(count)))

const bar = (kind: string, { x, wide, y, tall }: Slot & { readonly y: number; readonly tall: number }): string =>
  tall === 0
    ? ''
    : `<rect class="${kind}" x="${round(x + wide * 0.2)}" y="${y}" width="${round(wide * 0.6)}" height="${tall}" rx="1.5"/>`

const round = (number: number): number => Math.round(number * 10) / 10

const titleOf = ({ at, by, outcome, drift, made, held, missed, unread }: RecentRun): string =>
  `${moment(at)} (${wokenWords(by)}): ${outcomeWords(outcome)}; ${drift} drifted, ${made} made, ${held} held, ${missed} failed${unread === 0 ? '' : `, ${counted(unread, 'scope')} not read`}`
