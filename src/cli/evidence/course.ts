// The course of each scope over the period as a strip: in sync, out of sync, or not observed, and a mark where something had been changed by hand.
import type { Evidence, Stretch } from '../../domain/evidence/document.ts'
import { text } from '../page/html.ts'
import { moment } from '../render/moment.ts'
import { counted, scopeName } from './words.ts'

const WIDTH = 1000
const MOST_SCOPES = 40
const MOST_MARKS = 400

/** The hatch of what was not observed, once a document. */
const HATCH =
  '<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#eeebe4"/><rect width="2" height="6" fill="#b9b2a6"/></pattern></defs></svg>'

/** The strips of the scopes, those that were not always in sync first, and of these the longest unobserved. */
export const courseOf = (found: Evidence): string => {
  const { course, scopes } = found
  if (scopes.length === 0) return ''
  const marks = new Map<string, Array<number>>(found.drift.map(({ scope }) => [scope, []]))
  for (const { scope, first_wrong } of found.drift) marks.get(scope)?.push(Date.parse(first_wrong))
  const isCalm = ({ scope }: { readonly scope: string }): boolean => !marks.has(scope) && whole(course, scope)
  const busy = scopes
    .filter((one) => !isCalm(one))
    .sort((one, other) => other.gap_seconds - one.gap_seconds || other.drift - one.drift)
  const sorted = [...busy, ...scopes.filter(isCalm)]
  const rows = sorted.slice(0, MOST_SCOPES).map(({ scope }) => {
    const strip = stripOf(found, course.get(scope) ?? [], marks.get(scope) ?? [])
    return `<span>${text(scopeName(scope))}</span><svg viewBox="0 0 ${WIDTH} 14" preserveAspectRatio="none" role="img" aria-label="${text(sayOf(course.get(scope) ?? [], marks.get(scope) ?? []))}">${strip}</svg>`
  })
  const more = sorted.length - rows.length
  const restIs = busy.length > rows.length ? 'see below' : 'in sync throughout'
  const rest = more > 0 ? `<p class="quiet">and ${counted(more, 'more scope')}, ${restIs}</p>` : ''
  const axis = `<div class="axis"><time>${moment(found.since)}</time><time>${moment(found.until)}</time></div>`
  return `${HATCH}<div class="course">${rows.join('')}${axis}</div>${rest}${LEGEND}`
}

const key = (kind: string, height = 10): string =>
  `<svg viewBox="0 0 14 10"><rect class="${kind}" y="${10 - height}" width="14" height="${height}"/></svg>`
const LEGEND = `<p class="legend"><span>${key('in_sync')}in sync</span><span>${key('out_of_sync', 6)}differs from the config</span><span>${key('unobserved')}not observed, nothing is known</span><span>${key('drift')}changed by somebody else</span></p>`

const whole = (course: Evidence['course'], scope: string): boolean =>
  [...course].some(([one, stretches]) => one === scope && stretches.length === 1 && stretches[0]?.is === 'in_sync')

const stripOf = ({ since, until }: Evidence, stretches: ReadonlyArray<Stretch>, marks: ReadonlyArray<number>): string => {
  const start = Date.parse(since)
  const scale = WIDTH / Math.max(1, Date.parse(until) - start)
  const at = (time: number): number => Math.round((time - start) * scale * 10) / 10
  const bars = stretches.map(({ from, to, is }) => {
    const [x, wide] = [at(from), Math.max(0.8, at(to) - at(from))]
    // Told apart by height too, for who sees no colours and for grey paper.
    return `<rect class="${is}" x="${x}" y="${is === 'out_of_sync' ? 5 : 0}" width="${wide.toFixed(1)}" height="${is === 'out_of_sync' ? 9 : 14}"/>`
  })
  const places = new Set(marks.filter((time) => time >= start).map((time) => Math.round(at(time))))
  const lines = [...places]
    .slice(0, MOST_MARKS)
    .map((x) => `<rect class="drift" x="${Math.min(WIDTH - 2, x)}" y="0" width="2" height="14"/>`)
  return [...bars, ...lines].join('')
}

const sayOf = (stretches: ReadonlyArray<Stretch>, marks: ReadonlyArray<number>): string => {
  const count = (is: Stretch['is']): number => stretches.filter((one) => one.is === is).length
  return `${counted(count('out_of_sync'), 'stretch', 'stretches')} out of sync, ${counted(count('unobserved'), 'gap')}, ${counted(marks.length, 'deviation')}`
}
