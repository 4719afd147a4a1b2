// Telling: what each event is news of, sent to whoever is to be told, and kept, so that a restart tells nothing anew.

import type { WebhookStatus } from '../domain/wanted/operation.ts'
import type { Clock, Tell } from '../ports.ts'
import { toldIn, toldText } from './told.ts'
import { type News, nothingTold, watched } from './transitions.ts'

/** A text that outlives the daemon. */
export type Kept = {
  readonly text: () => string
  readonly keep: (next: string) => void
  /** Resolves when all of it was written. */
  readonly kept: () => Promise<unknown>
}

/**
 * A text as it was found, and how the next one is written, and whether it was: one after the other. What could not be written is written with
 * the next one, be it the same: an old text would tell the next start that something was told which has ended since, and may begin again.
 */
export const keptText = (found: string, write: (text: string) => Promise<boolean>): Kept => {
  let text = found
  let isWritten = true
  let last: Promise<unknown> = Promise.resolve()
  return {
    text: () => text,
    keep: (next) => {
      if (next === text && isWritten) return
      text = next
      last = last.then(async () => {
        isWritten = await write(next)
      })
    },
    kept: () => last,
  }
}

/** Whoever is to be told. */
type Webhooks = {
  readonly send: (news: News) => void
  readonly states: () => ReadonlyArray<Pick<WebhookStatus, 'waiting' | 'lastFailure'>>
}

type Ports = { readonly webhooks: Webhooks; readonly kept: Kept; readonly clock: Pick<Clock, 'now'> }

/** Tells the webhooks what is news; `close` when they have had their last words. */
export const telling = ({ webhooks, kept, clock }: Ports): { readonly tell: Tell; readonly close: () => Promise<void> } => {
  let told = toldIn(kept.text())
  return {
    tell: (event) => {
      const { watch, news } = watched(told, event, clock.now().toISOString())
      // Whom nobody could be told of is news to the first webhook that there is.
      told = webhooks.states().length === 0 ? nothingTold : watch
      if (news !== undefined) webhooks.send(news)
      const isOver = news !== undefined || event._tag === 'RunEnded' || event._tag === 'RunFailed'
      // Where nobody was ever told of anything there is nothing to keep.
      if (isOver && (webhooks.states().length > 0 || kept.text() !== '')) kept.keep(toldText(told))
    },
    close: async () => {
      // What nobody has taken is told anew by the next start.
      if (webhooks.states().some(({ waiting, lastFailure }) => waiting > 0 || lastFailure !== undefined)) kept.keep('')
      await kept.kept()
    },
  }
}
