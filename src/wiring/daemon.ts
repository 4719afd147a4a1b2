// Wiring of the daemon: its triggers, what surrounds it, and the control socket.
import { dirname, resolve } from 'node:path'
import type { Looked } from '../adapters/config-file.ts'
import { freeToServe, serveControl } from '../adapters/control.ts'
import { cronTrigger, nextRun } from '../adapters/cron.ts'
import { keepHeapSmall } from '../adapters/heap.ts'
import { lagMeter } from '../adapters/lag.ts'
import { metrics } from '../adapters/metrics.ts'
import { systemdNotify } from '../adapters/notify-systemd.ts'
import { signalTrigger } from '../adapters/signal.ts'
import { CALLS } from '../adapters/smtp2go/calls.ts'
import { watchTrigger } from '../adapters/watch/watch.ts'
import { answerOf } from '../cli/answer.ts'
import type { GlobalOptions } from '../cli/args.ts'
import type { Daemon, DaemonPorts } from '../daemon/daemon.ts'
import { supervised } from '../daemon/supervised.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { pipe, TE } from '../fp.ts'
import type { Config } from '../reconcile/plan.ts'
import { controlGroup, givable, shutOut } from './control-group.ts'
import { socketIn, unmeant } from './daemon-place.ts'
import type { Load } from './loading.ts'
import { toSocket } from './reached.ts'
import type { stateful } from './state.ts'
import { stateDirOf } from './state-place.ts'
import { surround } from './surroundings.ts'
import { type AtEnd, clock, type World } from './world.ts'

type Around = {
  readonly world: World
  readonly global: GlobalOptions
  readonly state: ReturnType<typeof stateful>
  readonly load: Load
  readonly looked: () => Looked
  readonly atEnd: AtEnd
}

/** What a daemon needs, and whatever surrounds it, opened. */
export const daemonPorts = (around: Around, config: Config): TE.TaskEither<Failure, DaemonPorts> => {
  const { world, global, state, load, looked, atEnd } = around
  keepHeapSmall()
  const watch = watchTrigger({
    files: () => looked().files,
    directories: () => looked().folders,
    taken: (path) => looked().taken(path),
    onError: state.notice,
  })
  const tellFixed = fixedAtStart(around, config)
  const dir = stateDirOf(world, global, config.desired.stateDir)
  const path = socketIn(world, dir)
  const reachedBy = toSocket(world, path)
  const lag = lagMeter()
  const counts = metrics({ calls: CALLS, lag: lag.take })
  return pipe(
    // Before anything is started, so that a wrong name is told at once, and nothing is sent.
    TE.Do,
    TE.bind('group', () => controlGroup(config.desired.operation)),
    TE.bind('ports', () => state.writing(config, 'run', counts.called)),
    TE.chainFirst(() => freeToServe(path)),
    TE.bind('given', ({ group }) => givable(config.desired.operation, group, dirname(path))),
    TE.chainFirstTaskK(() => async () => {
      // Said, and no more: for its owner the daemon does all that it did.
      const message = await shutOut(config.desired.operation, path)
      if (message !== undefined) state.notice(message)
    }),
    TE.chainTaskK(({ ports }) => async () => {
      const surroundings = await surround({ clock, log: state.toLog, counts, dir, reachedBy }, config.desired.operation)
      atEnd(surroundings.close)
      return { ports, surroundings }
    }),
    TE.map(({ ports, surroundings: { tell, attach, beside, take } }) => {
      const daemon = supervised({
        manager: systemdNotify(world.env),
        signal: world.signal,
        ports: {
          ...ports,
          attach,
          reachedBy,
          beside,
          nextOf: ({ cron, timezone }) => (cron === undefined ? undefined : nextRun(cron, timezone, clock.now())),
          tell: (event) => {
            ports.tell(event)
            tell(event)
          },
          // Also what a broken config names is watched, so that mending it is heard.
          load: () => async () => {
            const loaded = await load('resolve')()
            watch.refresh()
            return loaded
          },
          triggers: [watch.trigger, signalTrigger('SIGHUP')],
          scheduled: ({ cron, timezone }) =>
            cron === undefined ? undefined : cronTrigger({ expression: cron, timezone, onError: state.notice }),
          taken: ({ desired }) => {
            tellFixed(desired)
            take(desired.operation)
          },
        },
      })
      return {
        ...daemon,
        runBegan: () => {
          lag.begin()
          daemon.runBegan()
        },
        runEnded: (status) => {
          lag.end()
          daemon.runEnded(status)
        },
      }
    }),
  )
}

/** Tells, once each, of what a later config asks for and only the next start can do. */
const fixedAtStart = ({ world, global, state }: Around, { desired: first }: Config) => {
  const fixedIn = ({ stateDir, operation }: Config['desired']) =>
    new Map([
      ['state_dir', stateDirOf(world, global, stateDir)],
      ['control.group', operation.control?.group ?? 'none'],
    ])
  const atStart = fixedIn(first)
  let before = atStart
  return (desired: Config['desired']): void => {
    const now = fixedIn(desired)
    for (const [key, value] of now)
      if (value !== before.get(key) && value !== atStart.get(key))
        state.notice(`${key} is ${value} now, and this daemon stays with ${atStart.get(key)} until it is restarted`)
    before = now
  }
}

/** Opens the control socket of a running daemon. */
export const serveDaemon = (
  { world, global }: Pick<Around, 'world' | 'global'>,
  running: Daemon,
  config: Config,
): TE.TaskEither<Failure, () => Promise<void>> =>
  pipe(
    controlGroup(config.desired.operation),
    TE.chain((group) => {
      const stateDir = stateDirOf(world, global, config.desired.stateDir)
      const path = socketIn(world, stateDir)
      const asked = { controls: running.controls, reachedBy: toSocket(world, path) }
      const refusal = unmeant(path, { config: resolve(global.config), stateDir })
      return serveControl({
        path,
        group,
        version: world.version,
        handle: async (question, meant) => (await refusal(meant)) ?? answerOf(asked, question),
      })
    }),
  )
