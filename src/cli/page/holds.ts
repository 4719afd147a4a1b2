// What a person asked to be left alone or kept blocked: why, by whom, until when, and the command that ends it.
import type { Status } from '../../daemon/status.ts'
import { iso } from '../../domain/basics/time.ts'
import { type Hold, holdOptions, releaseOf } from '../../domain/decisions/hold.ts'
import { typed } from '../render/command.ts'
import { ago, ahead, andMore, release, some, text } from './html.ts'

/** The holds in force, and those that ended a short while ago. */
export const holdList = ({ holds, endedHolds }: Status, { now, most, reachedBy }: Options): string => {
  const { shown, more } = some(holds, most)
  const inForce = shown.map((hold) => {
    const command = typed({ purpose: 'to end it', line: `${releaseOf(hold.what)}${reachedBy}` })
    return `<div class="group"><ul class="rows"><li>${titled(hold)}: ends ${ahead(iso(hold.until), now)}<br>${reasonOf(hold)}</li></ul>${release('To end it', command)}</div>`
  })
  const ended = some(endedHolds, most).shown.map(
    (hold) => `<li class="quiet">${titled(hold)}: ended ${ago(iso(hold.until), now)}<br>${reasonOf(hold)}</li>`,
  )
  return `${inForce.join('')}${andMore(more)}${ended.length === 0 ? '' : `<ul class="rows">${ended.join('')}</ul>`}`
}

type Options = { readonly now: Date; readonly most: number; readonly reachedBy: string }

const titled = ({ what }: Hold): string =>
  `<b>${what._tag === 'Stop' ? 'Kept blocked' : 'Left alone'}</b> <code>${text(holdOptions(what))}</code>`

const reasonOf = ({ reason, by }: Hold): string => `${text(reason)} <span class="quiet">(${text(by)})</span>`
