// Wiring of what surrounds the daemon: who may control it, where it is seen, who is told.
import { join } from 'node:path'
import { isShutIn } from '../adapters/control.ts'
import { groupId, mayGive } from '../adapters/group.ts'
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
import { groupFinding } from '../domain/checkup.ts'
import type { Failure } from '../domain/failure.ts'
import type { Operation, Spot } from '../domain/operation.ts'
import { E, type TE } from '../fp.ts'
import type { Clock, Tell } from '../ports.ts'
import { textOf } from './loading.ts'

/** The number of the group that may use the control socket; a name that this machine does not know is a fault of the config. */
export const controlGroup =
  ({ control }: Operation): TE.TaskEither<Failure, number | undefined> =>
  async () => {
    if (control === undefined) return E.right(undefined)
    const id = await groupId(control.group)
    if (id !== undefined) return E.right(id)
    const message = `this machine has no group '${control.group}'`
    const hint = `create it (groupadd --system ${control.group}), name another one, or remove the key: then only the daemon's own user may ask`
    return E.left(fault(control.spot, 'control.group', message, hint))
  }

/** Whether the control socket, in a folder, can be given to that group; where it cannot, that is a fault of the config. */
export const givable =
  ({ control }: Operation, group: number | undefined, folder: string): TE.TaskEither<Failure, void> =>
  async () => {
    if (control === undefined || group === undefined || (await mayGive(folder, group))) return E.right(undefined)
    const message = `the control socket cannot be given to the group '${control.group}', which only its members may do`
    const hint =
      'make the user who runs this one of them (under systemd take the drop-in control-group.conf: README, As a service), or remove the key'
    return E.left(fault(control.spot, 'control.group', message, hint))
  }

/** What is to be told where the group that may use a control socket does not get to it. */
export const shutOut = async ({ control }: Operation, path: string): Promise<string | undefined> => {
  if (control === undefined || !(await isShutIn(path))) return undefined
  const { says, advice } = groupFinding(control.group, path)
  return `${says}; ${advice}`
}

const fault = (spot: Spot, path: string, message: string, hint: string): Failure => ({
  _tag: 'ConfigInvalid',
  problems: [{ ...spot, path, message, hint, excerpt: undefined }],
})

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

/** Opens what surrounds a daemon; where it cannot listen, that is a fault at the start. */
export const surround =
  ({ clock, log, counts, dir, reachedBy }: Ports, operation: Operation): TE.TaskEither<Failure, Surroundings> =>
  async () => {
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
    if (operation.http !== undefined) {
      const why = await http.move(operation.http.listen)
      if (why !== undefined)
        return E.left(fault(operation.http.spot, 'http.listen', why, 'or remove the section: then nothing is served'))
    }
    webhooks.configure(operation.notify)
    const [count, send] = [harmless(counts.tell, log), harmless(news.tell, log)]
    return E.right({
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
        http.follow(next.http?.listen)
      },
      close: async () => {
        await webhooks.close()
        await news.close()
        await http.close()
      },
    })
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
