// Text into HTML: whatever came from the service or the file is escaped at the one place where it enters (promise C5).
import { visible } from '../../domain/visible.ts'
import { since, until } from '../render/moment.ts'

const LONGEST = 240
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
])

/** Text that a page shows as it is, cut where it is very long. */
export const text = (raw: string): string => {
  const cut = raw.length > LONGEST ? `${raw.slice(0, LONGEST)}…` : raw
  return visible(cut).replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? '')
}

/** A word of ours, such as `needs_approval`, as people read it. */
export const plainly = (word: string): string => text(word.replaceAll('_', ' '))

const OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['in_sync', 'nothing to do'],
  ['applied', 'changes made'],
  ['partial', 'partly done'],
  ['stopped', 'held back'],
  ['failed', 'failed'],
])

/** How a run ended, as people say it. */
export const outcomeWords = (outcome: string): string => OUTCOMES.get(outcome) ?? outcome

/** A moment that has passed. */
export const ago = (moment: string, now: Date): string => `<time datetime="${text(moment)}">${since(moment, now)} ago</time>`

/** For how long something has been so. */
export const lasting = (moment: string, now: Date): string => `<time datetime="${text(moment)}">${since(moment, now)}</time>`

/** A moment to come. */
export const ahead = (moment: string, now: Date): string =>
  Date.parse(moment) <= now.getTime()
    ? `<time datetime="${text(moment)}">now</time>`
    : `<time datetime="${text(moment)}">in ${until(moment, now)}</time>`

/** A number with its noun. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** The first few, and how many more there are. */
export const some = <A>(all: ReadonlyArray<A>, most: number): { readonly shown: ReadonlyArray<A>; readonly more: number } => ({
  shown: all.slice(0, most),
  more: Math.max(0, all.length - most),
})

/** The line under a list that was cut. */
export const andMore = (more: number): string =>
  more === 0 ? '' : `<p class="quiet">and ${more} more; <code>smtp2go-reconciler status</code> shows all</p>`

/** A part of the page with a heading, which the script replaces by itself; nothing where it has nothing to say. */
export const section = (name: string, title: string, inner: string): string =>
  `<section data-part="${name}" aria-label="${title}">${inner === '' ? '' : `<h2>${title}</h2>${inner}`}</section>`
