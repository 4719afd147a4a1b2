// Wiring of the daemon: its triggers, what surrounds it, and the control socket.
import { dirname, resolve } from 'node:path'
import { serveControl } from '../adapters/control.ts'
import { cronTrigger, nextRun } from '../adapters/cron.ts'
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
import type { Failure } from '../domain/failure.ts'
import { pipe, TE } from '../fp.ts'
import type { Config } from '../reconcile/plan.ts'
import { socketIn } from './asking.ts'
import { type Load, stateDirOf } from './loading.ts'
import { controlGroup, surround } from './operation.ts'
import { toSocket } from './reached.ts'
import type { stateful } from './state.ts'
import { type AtEnd, clock, type World } from './world.ts'

type Around = {
  readonly world: World
  readonly global: GlobalOptions
  readonly state: ReturnType<typeof stateful>
  readonly load: Load
  readonly atEnd: AtEnd
}

/** What a daemon needs, and whatever surrounds it, opened. */
export const daemonPorts = (
  { world, global, state, load, atEnd }: Around,
  config: Config,
): TE.TaskEither<Failure, DaemonPorts> => {
  let files = config.desired.files.map((name) => resolve(name))
  const watch = watchTrigger({ files: () => files, directories: () => files.map((file) => dirname(file)), onError: state.notice })
  const lag = lagMeter()
  const counts = metrics({ calls: CALLS, lag: lag.take })
  return pipe(
    // Before anything is started, so that a wrong name is told at once.
    controlGroup(config.desired.operation),
    TE.chain(() => state.writing(config, 'run', counts.called)),
    TE.chain((ports) =>
      pipe(
        surround({ clock, log: state.told, counts }, config.desired.operation),
        TE.map((surroundings) => {
          atEnd(surroundings.close)
          return { ports, surroundings }
        }),
      ),
    ),
    TE.map(({ ports, surroundings: { tell, attach, beside, take } }) => {
      const daemon = supervised({
        manager: systemdNotify(world.env),
        signal: world.signal,
        ports: {
          ...ports,
          attach,
          reachedBy: toSocket(world, socketIn(world, stateDirOf(world, global, config.desired.stateDir))),
          beside,
          nextOf: ({ cron, timezone }) => (cron === undefined ? undefined : nextRun(cron, timezone, clock.now())),
          tell: (event) => {
            ports.tell(event)
            tell(event)
          },
          load: () => load('resolve'),
          digestNow: pipe(
            load('references'),
            TE.map(({ digest }) => digest),
          ),
          triggers: [watch.trigger, signalTrigger('SIGHUP')],
          scheduled: ({ cron, timezone }) =>
            cron === undefined ? undefined : cronTrigger({ expression: cron, timezone, onError: state.notice }),
          taken: ({ desired }) => {
            files = desired.files.map((name) => resolve(name))
            watch.refresh()
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
/** Opens the control socket of a running daemon. */
export const serveDaemon = (
  { world, global }: Pick<Around, 'world' | 'global'>,
  running: Daemon,
  config: Config,
): TE.TaskEither<Failure, () => Promise<void>> =>
  pipe(
    controlGroup(config.desired.operation),
    TE.chain((group) =>
      serveControl({
        path: socketIn(world, stateDirOf(world, global, config.desired.stateDir)),
        group,
        handle: (question) => answerOf(running, question),
      }),
    ),
  )
