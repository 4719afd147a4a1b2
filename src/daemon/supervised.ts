// The daemon under a service manager such as systemd: its ports with an ear on them. What is said then is decided in `domain/run/supervision.ts`.
import type { SupervisionEvent, Word } from '../domain/run/supervision.ts'
import { beginning, stuckAfterMs, supervise } from '../domain/run/supervision.ts'
import { pipe, TE } from '../fp.ts'
import type { ServiceManager, Trigger } from '../ports.ts'
import type { DaemonPorts } from './daemon.ts'
import type { Status } from './status.ts'
import { statusLine } from './status-line.ts'

type Options = {
  readonly manager: ServiceManager
  /** Aborted when the daemon is asked to end. */
  readonly signal: AbortSignal
  readonly ports: Omit<DaemonPorts, 'runBegan' | 'runEnded'>
}

/** The ports of a daemon that tells its service manager how it is. */
export const supervised = ({ manager, signal, ports }: Options): DaemonPorts => {
  let life = beginning
  let stuckAfter = Number.POSITIVE_INFINITY
  let statusNow: (() => Status) | undefined
  const every = manager.signOfLifeEveryMs
  const hear = (event: SupervisionEvent): void => {
    const { next, say } = supervise(life, event)
    life = next
    for (const word of say) void tell(word)
  }
  const tell = (word: Word): Promise<void> => {
    switch (word) {
      case 'Ready':
        return manager.ready()
      case 'Reloading':
        return manager.reloading()
      case 'Stopping':
        return manager.stopping()
      case 'Alive':
        return manager.alive()
      case 'Patience':
        return manager.patience(PATIENCE_TURNS * (every ?? 0))
    }
  }
  const answered = <F, A>(request: TE.TaskEither<F, A>): TE.TaskEither<F, A> => {
    return async () => {
      const answer = await request()
      hear({ _tag: 'Answered' })
      return answer
    }
  }
  const listening =
    (trigger: Trigger): Trigger =>
    (wake) =>
      trigger((by) => {
        // Said first: the run may begin at once.
        if (by === 'SIGHUP') hear({ _tag: 'ReloadAsked' })
        wake(by)
      })
  const pulse: Trigger = () => {
    const sign = (afterMs: number): void => hear({ _tag: 'SignDue', afterMs, stuckAfterMs: stuckAfter })
    const timer = every === undefined ? undefined : setInterval(() => sign(every), every)
    return async () => clearInterval(timer)
  }
  const standing = (status: Status | undefined): void => {
    if (!signal.aborted && status !== undefined) void manager.status(statusLine(status))
  }
  const stop = (): void => {
    hear({ _tag: 'StopAsked' })
    void manager.status('stopping; the change in flight is awaited')
  }

  void manager.status('the first run is under way')
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return {
    ...ports,
    triggers: [...ports.triggers.map(listening), pulse],
    connect: (api) =>
      pipe(
        ports.connect(api),
        TE.map((connection) => {
          const { accounts } = connection
          return {
            ...connection,
            accounts: {
              ...accounts,
              list: (scope, wish) => answered(accounts.list(scope, wish)),
              perform: (scope, edit, wish) => answered(accounts.perform(scope, edit, wish)),
            },
          }
        }),
      ),
    tell: (event) => {
      hear({ _tag: 'GotOn' })
      ports.tell(event)
      if (event._tag === 'ConfigBroken' || event._tag === 'ConfigMended') standing(statusNow?.())
    },
    attach: (status) => {
      statusNow = status
      ports.attach(status)
    },
    taken: (config) => {
      stuckAfter = stuckAfterMs(config.desired.api)
      ports.taken(config)
    },
    runBegan: () => hear({ _tag: 'RunBegan' }),
    runEnded: (status) => {
      // Said first, so that whoever waits for the end of a start or a reload finds it.
      standing(status)
      hear({ _tag: 'RunEnded' })
    },
  }
}

/** What is under way may take until the sign of life after the next. */
const PATIENCE_TURNS = 3
