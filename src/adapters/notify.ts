// Webhooks: news go out one after the other for each, with a time limit and a few tries, and never hold anything else up. The address is a
// secret, so nothing says more than where it is kept; what a library says of a failure may repeat it and is never shown.
import { setTimeout as sleep } from 'node:timers/promises'
import type { NotificationEnd, Webhook, WebhookFormat, WebhookStatus } from '../domain/wanted/operation.ts'
import { USER_AGENT } from './system.ts'

export type Notifier<News> = {
  /** Whom to tell from now on; what waits for a webhook that stays is still sent. */
  readonly configure: (webhooks: ReadonlyArray<Webhook>) => void
  readonly send: (news: News) => void
  readonly states: () => ReadonlyArray<WebhookStatus>
  /** Waits a moment for what is under way. */
  readonly close: () => Promise<void>
}

type Options<News> = {
  readonly bodyOf: (news: News, format: WebhookFormat) => string
  /** Told how each one ended; `why` only where it was not delivered. */
  readonly ended: (end: { readonly webhook: string; readonly sent: NotificationEnd; readonly why: string | undefined }) => void
  /** Pauses before each further try. */
  readonly pausesMs?: ReadonlyArray<number>
  readonly timeoutMs?: number
}

const MOST_WAITING = 20
// The write in flight may have had eight of the ten seconds that an end may take.
const LAST_WORDS_MS = 1000
const LONGEST_PAUSE_MS = 60_000

/** Tells webhooks. */
export const notifier = <News>(options: Options<News>): Notifier<News> => {
  const stopping = new AbortController()
  let lines: ReadonlyArray<Line> = []
  return {
    configure: (webhooks) => {
      lines = webhooks.map((webhook) => lines.find((line) => line.serves(webhook)) ?? lineTo(webhook, options, stopping.signal))
    },
    send: (news) => {
      for (const line of lines) line.send(options.bodyOf(news, line.format))
    },
    states: () => lines.map((line) => line.state()),
    close: async () => {
      await Promise.race([Promise.all(lines.map((line) => line.idle())), sleep(LAST_WORDS_MS, undefined, { ref: false })])
      stopping.abort()
    },
  }
}

type Line = {
  readonly format: WebhookFormat
  readonly serves: (webhook: Webhook) => boolean
  readonly send: (body: string) => void
  readonly state: () => WebhookStatus
  readonly idle: () => Promise<void>
}

const lineTo = <News>(webhook: Webhook, { ended, pausesMs, timeoutMs }: Options<News>, stopping: AbortSignal): Line => {
  const { name, format, url } = webhook
  const waiting: Array<string> = []
  let [delivered, failed] = [0, 0]
  let lastFailure: string | undefined
  let working: Promise<void> | undefined
  const end = (sent: NotificationEnd, why: string | undefined): void => {
    if (sent === 'delivered') delivered += 1
    else failed += 1
    lastFailure = why
    ended({ webhook: name, sent, why })
  }
  const work = async (): Promise<void> => {
    while (waiting.length > 0 && !stopping.aborted) {
      const body = waiting[0] ?? ''
      const why = await delivery({ post: () => post(url.reveal(), body, timeoutMs ?? 10_000), pausesMs, stopping })
      waiting.shift()
      end(why === undefined ? 'delivered' : 'failed', why)
    }
    working = undefined
  }
  return {
    format,
    serves: (other) => other.name === name && other.format === format && other.url.equals(url),
    send: (body) => {
      // The oldest but the one under way: what is newest matters most.
      if (waiting.length >= MOST_WAITING) {
        waiting.splice(1, 1)
        end('dropped', `more than ${MOST_WAITING} were waiting`)
      }
      waiting.push(body)
      working ??= work()
    },
    state: () => ({ name, format, waiting: waiting.length, delivered, failed, lastFailure }),
    idle: async () => working,
  }
}

type Try = { readonly why: string; readonly again: boolean; readonly afterMs: number }
type Delivery = {
  readonly post: () => Promise<Try | undefined>
  readonly pausesMs: ReadonlyArray<number> | undefined
  readonly stopping: AbortSignal
}

/** Why it was not delivered in the end; `undefined` where it was. */
const delivery = async ({ post, pausesMs = [1000, 5000, 25_000], stopping }: Delivery): Promise<string | undefined> => {
  let last = await post()
  for (const pause of pausesMs) {
    if (last === undefined || !last.again || stopping.aborted) break
    await sleep(Math.max(pause, last.afterMs), undefined, { signal: stopping, ref: false }).catch(() => undefined)
    if (!stopping.aborted) last = await post()
  }
  return last?.why
}

const post = async (url: string, body: string, timeoutMs: number): Promise<Try | undefined> => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': USER_AGENT },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    await response.body?.cancel()
    return faultOf(response)
  } catch (thrown) {
    const late = thrown instanceof Error && thrown.name === 'TimeoutError'
    return { why: late ? `no answer within ${timeoutMs / 1000} s` : 'no connection', again: true, afterMs: 0 }
  }
}

const faultOf = ({ status, ok, headers }: Response): Try | undefined => {
  if (ok) return undefined
  if (status >= 300 && status < 400)
    return { why: 'it answered with a redirect, which is never followed', again: false, afterMs: 0 }
  const afterMs = Math.min(LONGEST_PAUSE_MS, 1000 * Math.max(0, Number(headers.get('retry-after') ?? 0) || 0))
  return { why: `it answered with HTTP ${status}`, again: status === 408 || status === 429 || status >= 500, afterMs }
}
