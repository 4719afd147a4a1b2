// `run`: the daemon, until a signal ends it.
import { type Daemon, type DaemonPorts, startDaemon } from '../daemon/daemon.ts'
import type { Failure } from '../domain/failure.ts'
import { E, type TE } from '../fp.ts'
import type { Config } from '../reconcile/plan.ts'
import { failureExitCode, failureText } from './failure.ts'
import type { Terminal } from './terminal.ts'

type Ports = {
  readonly terminal: Terminal
  readonly load: () => TE.TaskEither<Failure, Config>
  /** Takes the lock and gives what a daemon needs. */
  readonly daemon: (config: Config) => TE.TaskEither<Failure, DaemonPorts>
  /** Opens the control socket and whatever else listens; gives what closes it. */
  readonly serve: (daemon: Daemon, config: Config) => TE.TaskEither<Failure, () => Promise<void>>
  /** Aborted when the daemon is asked to end. */
  readonly signal: AbortSignal
}

/** Runs `run`; gives its exit code once the daemon has ended. */
export const run = async (ports: Ports): Promise<number> => {
  const fail = (failure: Failure): number => {
    ports.terminal.err(failureText(failure))
    return failureExitCode(failure)
  }
  const config = await ports.load()()
  if (E.isLeft(config)) return fail(config.left)
  const daemonPorts = await ports.daemon(config.right)()
  if (E.isLeft(daemonPorts)) return fail(daemonPorts.left)
  const daemon = startDaemon(daemonPorts.right, config.right)
  const served = await ports.serve(daemon, config.right)()
  if (E.isLeft(served)) {
    await daemon.stop()
    return fail(served.left)
  }
  await new Promise<void>((resolve) => {
    if (ports.signal.aborted) resolve()
    else ports.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await daemon.stop()
  await served.right()
  return 0
}
