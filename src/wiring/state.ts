// Wiring of everything that hangs on a state directory: ledger, journal, lock, and the way to the service.
import { journalReader } from '../adapters/journal/reader.ts'
import { journalFile } from '../adapters/journal-file.ts'
import { ledgerFile } from '../adapters/ledger-file.ts'
import { acquireLock, type Lock } from '../adapters/lock.ts'
import { harmless, logger, tellToLog } from '../adapters/log.ts'
import { knowingRests, restFile } from '../adapters/rest-file.ts'
import { sandboxHost } from '../adapters/sandbox-host.ts'
import { connector, lockPrint } from '../adapters/smtp2go/connect.ts'
import type { Confidence } from '../adapters/smtp2go/tell.ts'
import { openStateDir } from '../adapters/state-dir.ts'
import type { GlobalOptions } from '../cli/args.ts'
import { progress } from '../cli/progress.ts'
import type { Failure } from '../domain/basics/failure.ts'
import type { Hold } from '../domain/decisions/hold.ts'
import type { Api, Pace } from '../domain/wanted/desired.ts'
import { E, pipe, TE } from '../fp.ts'
import type { EndedCall, Secrets, Tell } from '../ports.ts'
import type { Seen } from '../reconcile/desired.ts'
import type { ObservePorts } from '../reconcile/observe.ts'
import type { Config } from '../reconcile/plan.ts'
import { recalledHolds } from '../reconcile/recall.ts'
import { witnessMemory } from '../reconcile/testify.ts'
import type { UndoPorts } from '../reconcile/undo.ts'
import { asker } from './asking.ts'
import { type Place, placeOf, socketIn } from './daemon-place.ts'
import type { Load } from './loading.ts'
import { decisionsHere } from './person.ts'
import { toSocket, toState } from './reached.ts'
import { startEmbedded } from './stand-in.ts'
import { stateDirOf, toldStateDir } from './state-place.ts'
import { type AtEnd, clock, crypto, type World } from './world.ts'

type Held = Pick<Lock, 'follow'> & { readonly dir: string }
/** What writes, and has the lock of its key go with a config that names another one. */
type WritePorts = UndoPorts & { readonly follow: (api: Api) => TE.TaskEither<Failure, void> }

/** The secrets of the config, and all that is known in confidence. */
type Trusted = { readonly secrets: Secrets; readonly confidence: Confidence }

/** Everything that hangs on a state directory. */
export const stateful = (world: World, global: GlobalOptions, { secrets, confidence }: Trusted, atEnd: AtEnd) => {
  const { terminal } = world
  const logAt = (level: 'info' | 'warn') => () =>
    logger({ level: global.logLevel ?? level, format: world.logFormat, colour: world.logColour, before: world.beforeLog })
  const toLog = tellToLog(logAt('info'))
  const notice = (message: string): void => toLog({ _tag: 'Notice', level: 'warn', message })
  const restsIn = (dir: string) => restFile({ dir, open: openStateDir(dir), now: clock.now, random: crypto.random })
  const ledgersIn = (dir: string, onLoss = notice) => {
    const recalled = (before: ReadonlyArray<Hold>) => recalledHolds(journalReader(dir), before, clock.now().getTime())
    const ledgers = ledgerFile({ dir, newKey: crypto.newKey, clock, onLoss, recalled })
    return knowingRests(ledgers, restsIn(dir), clock.now)
  }
  /** Who was live when each scope was last seen, as far as this directory tells: nothing is made there, and no lock is needed. */
  const seenIn = async (dir: string): Promise<Seen> => {
    const ledger = await ledgersIn(dir, () => undefined).read()()
    return new Map(E.isLeft(ledger) ? [] : [...ledger.right.scopes].map(([scope, { lastSeen }]) => [scope, new Set(lastSeen)]))
  }
  const journalIn = (dir: string) => {
    const journal = journalFile({ dir, onRewound: notice })
    atEnd(journal.close)
    return journal
  }
  const connectorIn = (stateDir: string, called?: (call: EndedCall) => void) => {
    const host = sandboxHost({ stateDir, holder: { pid: world.pid, command: 'sandbox' }, start: startEmbedded })
    atEnd(host.close)
    return connector({
      clock,
      confidence,
      sandbox: host.url,
      notice,
      rested: restsIn(stateDir).note,
      ...(called === undefined ? {} : { called }),
    })
  }
  const locked = (dir: string, keyPrint: string | undefined, command: string): TE.TaskEither<Failure, Held> =>
    pipe(
      openStateDir(dir),
      TE.chain(() =>
        acquireLock({ dir, keyPrint, info: { pid: world.pid, command, socket: socketIn(world, dir) }, warn: notice }),
      ),
      TE.map((lock) => {
        atEnd(lock.release)
        return { dir, follow: lock.follow }
      }),
    )

  const observing = ({
    desired,
  }: Config): TE.TaskEither<Failure, ObservePorts & { readonly daemonRuns: boolean; readonly reachedBy: string }> => {
    const dir = stateDirOf(world, global, desired.stateDir)
    return TE.fromTask(async () => {
      // That of a unit is not looked for: a plan is there at once, and the state of a unit is beyond it.
      const daemonAt = async (asked: GlobalOptions): Promise<Place | undefined> => {
        const place = await placeOf({ world, global: asked, units: async () => ({ _tag: 'NoSystemd' }) }, dir)
        return (await asker(world, place)({ _tag: 'Status' }))?._tag === 'Status' ? place : undefined
      }
      // Whoever tries out another config beside a daemon asks what the one that has this state directory would do.
      const place = (await daemonAt(global)) ?? (await daemonAt({ ...global, configNamed: false, stateDir: dir }))
      const daemonRuns = place !== undefined
      const reachedBy = daemonRuns ? toSocket(world, place.path) : toState(world, global)
      const tell = progress({ terminal, clock }, desired.api.pace)
      return { connect: connectorIn(dir).reader, ledgers: ledgersIn(dir), clock, crypto, tell, daemonRuns, reachedBy }
    })
  }
  const writing = (
    { desired }: Config,
    command: string,
    called?: (call: EndedCall) => void,
  ): TE.TaskEither<Failure, WritePorts> =>
    pipe(
      locked(stateDirOf(world, global, desired.stateDir), lockPrint(desired.api), command),
      TE.map(({ dir, follow }) => {
        return {
          follow: (api: Api) => follow(lockPrint(api)),
          connect: connectorIn(dir, called).accounts,
          ledgers: ledgersIn(dir),
          secrets,
          journal: journalIn(dir),
          past: journalReader(dir),
          told: witnessMemory(),
          clock,
          crypto,
          tell: command === 'run' ? toLog : toLogAndFoot(desired.api.pace),
        }
      }),
    )
  // Whoever watches the progress sees the changes again in the report.
  const toLogAndFoot = (pace: Pace | undefined): Tell => {
    const beside = tellToLog(logAt(terminal.hasFoot ? 'warn' : 'info'))
    const toFoot = harmless(progress({ terminal, clock }, pace), beside)
    return (event) => {
      beside(event)
      toFoot(event)
    }
  }
  const decisions = (load: Load) =>
    decisionsHere({
      load: () => load('resolve'),
      deciding: () =>
        pipe(
          toldStateDir(world, global, load),
          TE.bindTo('dir'),
          // The key too, where it is known: a daemon that writes with it from another state directory would not hear of this.
          TE.bind('config', () => TE.fromTask(load('resolve'))),
          TE.chain(({ dir, config }) =>
            E.isLeft(config) && config.left._tag === 'Stopped'
              ? TE.left(config.left)
              : locked(dir, E.isRight(config) ? lockPrint(config.right.desired.api) : undefined, 'decide'),
          ),
          TE.map(({ dir }) => ({ ledgers: ledgersIn(dir), journal: journalIn(dir), clock })),
        ),
      observing,
      writing,
      reachedBy: toState(world, global),
      signal: world.signal,
    })
  return { observing, writing, decisions, connectorIn, ledgersIn, seenIn, toLog, notice }
}
