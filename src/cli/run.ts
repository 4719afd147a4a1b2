// `run`: the daemon, until a signal ends it.

import { type Daemon, type DaemonPorts, startDaemon } from '../daemon/daemon.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { failureExitCode } from '../domain/plan/report.ts'
import { E, type TE } from '../fp.ts'
import { whenAborted } from '../reconcile/aborted.ts'
import type { Config } from '../reconcile/plan.ts'
import { failureText } from './failure.ts'
import type { Terminal } from './terminal.ts'

type Ports = {
  readonly terminal: Pick<Terminal, 'err'>
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
  if (E.isLeft(config)) {
    const code = fail(config.left)
    // A daemon that was asked to end has ended in order.
    return config.left._tag === 'Stopped' ? 0 : code
  }
  const daemonPorts = await ports.daemon(config.right)()
  if (E.isLeft(daemonPorts)) return fail(daemonPorts.left)
  for (const message of hintsFor(config.right)) daemonPorts.right.tell({ _tag: 'Notice', level: 'info', message })
  const daemon = startDaemon(daemonPorts.right, config.right)
  const served = await ports.serve(daemon, config.right)()
  if (E.isLeft(served)) {
    await daemon.stop()
    return fail(served.left)
  }
  await whenAborted(ports.signal)
  await daemon.stop()
  await served.right()
  daemonPorts.right.tell({
    _tag: 'Notice',
    level: 'info',
    message: 'the daemon has ended as it was asked to; nothing is under way',
  })
  return 0
}

// Who runs the stand-in wants to try things, and the log is where they look.
const hintsFor = ({ desired: { api, files, scopes } }: Config): ReadonlyArray<string> => {
  if (api.endpoint._tag !== 'Sandbox') return []
  const someone = scopes.flatMap(({ users }) => users)[0]?.username ?? 'USERNAME'
  return [
    'this runs on the embedded sandbox: no account and no mail is touched',
    'it shows passwords, so one that is changed by hand is put back; the service may hide them, and then nobody can tell',
    `try: edit ${files[0] ?? 'the config'} and save it; the users follow within a second`,
    `try: sandbox edit ${someone} description=mine, as a colleague who changes a user by hand (in a checkout: npm run colleague -- ${someone} description=mine); the schedule puts it back`,
  ]
}
