// Wiring of what surrounds the daemon: where it is seen, and who is told.
import { join } from 'node:path'
import { movingServer, type Page, type Site } from '../adapters/http.ts'
import { harmless } from '../adapters/log.ts'
import type { Metrics } from '../adapters/metrics.ts'
import { notifier } from '../adapters/notify.ts'
import { saveResult } from '../adapters/result-file.ts'
import { SCRIPT, STYLE } from '../cli/page/assets.ts'
import { statusPage } from '../cli/page/page.ts'
import { printJson } from '../cli/render/json.ts'
import { notificationBody } from '../cli/render/notification.ts'
import { statusJson } from '../cli/render/status-json.ts'
import { type Beside, type Status, starting, unready } from '../daemon/status.ts'
import { keptText, telling } from '../daemon/telling.ts'
import type { News } from '../daemon/transitions.ts'
import type { Operation } from '../domain/wanted/operation.ts'
import type { Clock, Tell } from '../ports.ts'
import { textOf } from './loading.ts'

/** What surrounds a daemon while it runs. */
export type Surroundings = {
  readonly tell: Tell
  readonly beside: () => Omit<Beside, 'nextRun' | 'holds' | 'endedHolds'>
  /** Where the status is from now on. */
  readonly attach: (status: () => Status) => void
  /** The sections of a config that was taken. */
  readonly take: (operation: Operation) => void
  readonly close: () => Promise<void>
}

type Ports = {
  readonly clock: Clock
  readonly log: Tell
  readonly counts: Metrics
  readonly dir: string
  /** The options with which a quoted command finds this daemon. */
  readonly reachedBy: string
}

/** Opens what surrounds a daemon. Where it cannot listen, that is told, and no reason to enforce nothing. */
export const surround = async ({ clock, log, counts, dir, reachedBy }: Ports, operation: Operation): Promise<Surroundings> => {
  const webhooks = notifier<News>({
    bodyOf: notificationBody,
    ended: ({ webhook, sent, why }) => {
      counts.notified(sent)
      if (why !== undefined)
        log({ _tag: 'Notice', level: 'warn', message: `webhook ${webhook}: a notification was not delivered: ${why}` })
    },
  })
  const file = join(dir, 'told.json')
  const kept = keptText(await textOf(file), async (text) => {
    const why = await saveResult(file, text)
    const message = `what was told could not be kept, so a restart may tell it again: ${file} ${why ?? ''}`
    if (why !== undefined) log({ _tag: 'Notice', level: 'warn', message })
    return why === undefined
  })
  const news = telling({ webhooks, kept, clock })
  let status = (): Status => starting(clock.now().toISOString())
  const http = movingServer(site({ counts, status: () => status(), clock, reachedBy }), (level, message) =>
    log({ _tag: 'Notice', level, message }),
  )
  await http.follow(operation.http?.listen)
  webhooks.configure(operation.notify)
  const [count, send] = [harmless(counts.tell, log), harmless(news.tell, log)]
  return {
    tell: (event) => {
      count(event)
      send(event)
    },
    beside: () => ({ http: http.url(), httpFault: http.fault(), webhooks: webhooks.states() }),
    attach: (source) => {
      status = source
    },
    take: (next) => {
      webhooks.configure(next.notify)
      void http.follow(next.http?.listen)
    },
    close: async () => {
      await webhooks.close()
      await news.close()
      await http.close()
    },
  }
}

const HTML = 'text/html; charset=utf-8'
const PLAIN = 'text/plain; charset=utf-8'

type Shown = { readonly counts: Metrics; readonly status: () => Status; readonly clock: Clock; readonly reachedBy: string }

const site = ({ counts, status, clock, reachedBy }: Shown): Site => {
  const fine = (type: string, body: string): Page => ({ status: 200, type, body })
  return new Map<string, () => Page | Promise<Page>>([
    ['/', () => ({ ...fine(HTML, statusPage(status(), clock.now(), reachedBy)), inline: { style: STYLE, script: SCRIPT } })],
    ['/healthz', () => fine(PLAIN, 'alive\n')],
    [
      '/readyz',
      () => {
        const why = unready(status())
        return why === undefined ? fine(PLAIN, 'ready\n') : { status: 503, type: PLAIN, body: `not ready: ${why}\n` }
      },
    ],
    ['/metrics', async () => fine(counts.type, await counts.text(status(), clock.now()))],
    ['/api/status', () => fine('application/json; charset=utf-8', printJson(statusJson(status())))],
  ])
}
