// Text into HTML: whatever came from the service or the file is escaped at the one place where it enters (promise C5).
import { visible } from '../../domain/basics/visible.ts'
import { shortened } from '../../domain/user/shown.ts'
import { moment, since, until } from '../render/moment.ts'

const LONGEST = 240
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
])

/** Text that a page shows as it is, cut where it is very long. */
export const text = (raw: string): string =>
  visible(shortened(raw, LONGEST)).replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? '')

// A number stays beside its unit, and who wants the moment itself finds it there.
const timed = (at: string, words: string): string =>
  `<time datetime="${text(at)}" title="${text(moment(at))} UTC">${words.replaceAll(' ', '\u00a0')}</time>`

/** A moment that has passed. */
export const ago = (at: string, now: Date): string => timed(at, `${since(at, now)} ago`)

/** For how long something has been so. */
export const lasting = (at: string, now: Date): string => timed(at, since(at, now))

/** A moment to come. */
export const ahead = (at: string, now: Date): string =>
  Date.parse(at) <= now.getTime() ? timed(at, 'now') : timed(at, `in ${until(at, now)}`)

/** The first few, and how many more there are. */
export const some = <A>(all: ReadonlyArray<A>, most: number): { readonly shown: ReadonlyArray<A>; readonly more: number } => ({
  shown: all.slice(0, most),
  more: Math.max(0, all.length - most),
})

/** The line under a list that was cut. */
export const andMore = (more: number): string =>
  more === 0 ? '' : `<p class="quiet">and ${more} more; <code>smtp2go-reconciler status</code> shows all</p>`

/** Words as a sentence begins. */
export const sentence = (words: string): string => `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`

/** A part of the page with a heading, which the script replaces by itself; nothing where it has nothing to say. */
export const section = (name: string, title: string, inner: string): string =>
  `<section data-part="${name}" aria-label="${title}">${inner === '' ? '' : `<h2>${title}</h2>${inner}`}</section>`

/** A command ready to be copied, and what it does. */
export const release = (what: string, command: string): string =>
  `<p class="release">${what}:</p><pre><code>${text(command)}</code></pre>`
