// Wiring: which adapters fill the ports of which command. No decision is made here.
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { clock as systemClock } from './adapters/clock.ts'
import { replaceFile } from './adapters/config-edit.ts'
import { configText } from './adapters/config-file.ts'
import { askControl, findSocket, serveControl } from './adapters/control.ts'
import { checkSchedule, cronTrigger, nextRun, shortestGapMs } from './adapters/cron.ts'
import { crypto as systemCrypto } from './adapters/crypto.ts'
import { journalReader } from './adapters/journal/reader.ts'
import { journalFile } from './adapters/journal-file.ts'
import { ledgerFile } from './adapters/ledger-file.ts'
import { acquireLock } from './adapters/lock.ts'
import { logger, tellToLog } from './adapters/log.ts'
import { metrics } from './adapters/metrics.ts'
import { systemdNotify } from './adapters/notify-systemd.ts'
import { sandboxHost } from './adapters/sandbox-host.ts'
import { secretStore } from './adapters/secrets.ts'
import { signalTrigger } from './adapters/signal.ts'
import { CALLS, type Call } from './adapters/smtp2go/calls.ts'
import { connector, lockPrint } from './adapters/smtp2go/connect.ts'
import { inspectStateDir, openStateDir } from './adapters/state-dir.ts'
import { watchTrigger } from './adapters/watch.ts'
import { adopt } from './cli/adopt.ts'
import { answerOf } from './cli/answer.ts'
import { apply } from './cli/apply.ts'
import type { GlobalOptions } from './cli/args.ts'
import type { Asked } from './cli/commands.ts'
import { approve, isReply, reconcileNow, status } from './cli/control.ts'
import { doctor } from './cli/doctor.ts'
import { exporting } from './cli/export.ts'
import { history } from './cli/history.ts'
import { block, hold, release } from './cli/hold.ts'
import { plan } from './cli/plan.ts'
import { run } from './cli/run.ts'
import { colleague, type SandboxOptions, sandbox } from './cli/sandbox.ts'
import { schema } from './cli/schema.ts'
import type { Terminal } from './cli/terminal.ts'
import { validate } from './cli/validate.ts'
import { verifyLog } from './cli/verify-log.ts'
import { startingConfig } from './config/export.ts'
import type { Daemon, DaemonPorts } from './daemon/daemon.ts'
import { supervised } from './daemon/supervised.ts'
import type { Failure } from './domain/failure.ts'
import type { Scope } from './domain/scope.ts'
import { E, pipe, TE } from './fp.ts'

import type { ConfigText, Question, Secrets, SourceText } from './ports.ts'

import { loadDesired } from './reconcile/desired.ts'
import type { ObservePorts } from './reconcile/observe.ts'
import type { Config } from './reconcile/plan.ts'
import type { ReconcilePorts } from './reconcile/reconcile.ts'
import { demoSeed } from './sandbox/demo.ts'
import { readSeed } from './sandbox/seed.ts'
import { startSandbox } from './sandbox/server.ts'
import { controlGroup, surround } from './wiring-operation.ts'
import { decisionsHere } from './wiring-person.ts'

/** The world as `main.ts` found it. */
export type World = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly terminal: Terminal
  /** Aborted when somebody wants the program to end. */
  readonly signal: AbortSignal
  readonly logFormat: 'pretty' | 'json'
  readonly logColour: boolean
  /** Name of the user who runs this. */
  readonly who: string
  readonly pid: number
}

const clock = systemClock()
const crypto = systemCrypto()
const schedules = { check: checkSchedule, shortestGapMs }

/** Runs a command; gives its exit code. */
export const perform = async (world: World, global: GlobalOptions, command: Asked): Promise<number> => {
  const closers: Array<() => Promise<unknown>> = []
  try {
    return await dispatch(world, global, command, (close) => void closers.push(close))
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

type AtEnd = (close: () => Promise<unknown>) => void

const dispatch = async (world: World, global: GlobalOptions, command: Asked, atEnd: AtEnd): Promise<number> => {
  const { terminal, signal, who } = world
  const { load, secrets } = loading(world, global.config, configText({ file: global.config, live: command._tag === 'Run' }))
  const state = stateful(world, global, secrets, atEnd)
  const deciding = async (told: string | undefined) => ({ ...(await state.asking(load, told)), ...state.decisions(load) })
  switch (command._tag) {
    case 'Validate':
      return validate({ terminal, load, shortestGapMs }, command)
    case 'Plan': {
      const live = command.live === undefined ? undefined : await textOf(command.live)
      return plan({ terminal, load, observing: state.observing, clock, crypto }, { ...command, live })
    }
    case 'Apply':
      return apply({ terminal, load, writing: (config) => state.writing(config, 'apply'), signal }, command)
    case 'Run':
      return run({
        terminal,
        load: () => load('resolve'),
        daemon: (config) => state.daemon(config, load),
        serve: state.serve,
        signal,
      })
    case 'Export': {
      const text = command.endpoint === undefined ? undefined : startingConfig(command.endpoint, 'SMTP2GO_API_KEY')
      const from = text === undefined ? load : loading(world, global.config, inMemory(text)).load
      const base = pipe(
        from('resolve'),
        TE.map(({ desired, texts }) => ({
          api: desired.api,
          text: text ?? texts[0]?.text ?? '',
          scopes: text === undefined ? desired.scopes.map(({ scope }) => scope) : (['account'] as const),
          ignore: desired.policy.ignore,
          defaultsOf: (scope: Scope) => desired.scopes.find((one) => one.scope === scope)?.defaults ?? {},
        })),
      )
      return exporting(
        { terminal, connect: (api) => state.connectorIn(stateDirOf(world, global, undefined)).reader(api), base: () => base },
        command,
      )
    }
    case 'Adopt':
      return adopt({
        terminal,
        load: () => load('resolve'),
        loadWith: (texts) =>
          loading(world, global.config, overlaid(configText({ file: global.config, live: false }), texts)).load('resolve'),
        connect: (api) => state.connectorIn(stateDirOf(world, global, undefined)).reader(api),
        replace: replaceFile,
      })
    case 'Schema':
      return schema(terminal, command.of)
    case 'Sandbox':
      return sandbox({ terminal, start: startStandIn, signal }, command)
    case 'SandboxEdit': {
      const host = sandboxHost({ stateDir: await knownStateDir(world, global, load), start: startEmbedded })
      const api = {
        endpoint: { _tag: 'Sandbox' },
        key: undefined,
        pace: undefined,
        concurrency: 1,
        timeoutMs: 5000,
        maxAnswerBytes: 1_000_000,
      } as const
      const accounts = pipe(
        TE.fromTask<string | undefined, Failure>(host.running),
        TE.chain((url) =>
          url === undefined
            ? TE.right(undefined)
            : pipe(
                connector({ clock, sandbox: host.url, notice: () => undefined }).accounts(api),
                TE.map((connection) => connection.accounts),
              ),
        ),
      )
      return colleague({ terminal, accounts: () => accounts }, command)
    }
    case 'Status':
      return status(await state.asking(load, command.socket), command.format)
    case 'Reconcile':
      return reconcileNow(await state.asking(load, command.socket), command)
    case 'Doctor': {
      const dir = await knownStateDir(world, global, load)
      const { ask } = await state.asking(load, command.socket)
      return doctor(
        {
          terminal,
          load,
          dir,
          ask,
          inspect: () => inspectStateDir(dir),
          ledgers: ledgerFile({ dir, newKey: crypto.newKey }),
          journal: journalReader(dir),
          connect: state.connectorIn(dir).reader,
          now: clock.now,
          shortestGapMs,
        },
        command.format,
      )
    }
    case 'History':
      return history({ terminal, journal: journalReader(await knownStateDir(world, global, load)), now: clock.now() }, command)
    case 'VerifyLog': {
      const dir = await knownStateDir(world, global, load)
      return verifyLog({ terminal, journal: journalReader(dir), dir }, command)
    }
    case 'Approve':
      return approve(await deciding(command.socket), { ...command, by: who })
    case 'Hold':
      return hold(await deciding(command.socket), { ...command, by: who })
    case 'Release':
      return release(await deciding(command.socket), { ...command, by: who })
    case 'Block':
      return block(await deciding(command.socket), { ...command, by: who })
  }
}

type Load = (mode: 'resolve' | 'references') => TE.TaskEither<Failure, Loaded>
type Loaded = Config & { readonly texts: ReadonlyArray<SourceText> }

/** Loads the config afresh at each call; generated passwords stay the same within one process. */
const loading = ({ env }: World, file: string, texts: ConfigText) => {
  const secrets = secretStore({
    baseDir: dirname(resolve(file)),
    env,
    credentialsDir: env.CREDENTIALS_DIRECTORY,
    random: crypto.random,
  })
  const load: Load = (mode) =>
    pipe(
      loadDesired({ configText: texts, secrets, schedules }, { secrets: mode }),
      TE.map((loaded) => ({
        ...loaded,
        digest: `sha256:${crypto.sha256(JSON.stringify(loaded.texts.map(({ name, text }) => [name, text])))}`,
      })),
    )
  return { load, secrets }
}

/** Config files of which some have another text. */
const overlaid = (files: ConfigText, texts: ReadonlyMap<string, string>): ConfigText => ({
  ...files,
  read: (path) =>
    pipe(
      files.read(path),
      TE.map(({ name, text }) => ({ name, text: texts.get(name) ?? text })),
    ),
})

/** A config that is no file. */
const inMemory = (text: string): ConfigText => ({
  read: () => TE.right({ name: '(command line)', text }),
  find: () => TE.right([]),
})

const textOf = async (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')

const stateDirOf = ({ env }: World, global: GlobalOptions, fromConfig: string | undefined): string =>
  resolve(global.stateDir ?? fromConfig ?? env.STATE_DIRECTORY?.split(':')[0] ?? xdgStateDir(env))

// Asked for last: the user of a systemd unit has no home.
const xdgStateDir = (env: World['env']): string =>
  join(env.XDG_STATE_HOME ?? join(env.HOME ?? homedir(), '.local', 'state'), 'smtp2go-reconciler')

/** The state directory of a config that may be broken or missing. */
const knownStateDir = async (world: World, global: GlobalOptions, load: Load): Promise<string> => {
  const config = await load('references')()
  return stateDirOf(world, global, E.isRight(config) ? config.right.desired.stateDir : undefined)
}

const startEmbedded = (stateFile: string) => startSandbox({ stateFile, seed: demoSeed })

const startStandIn = async ({ port, state, seed }: SandboxOptions) => {
  try {
    const given = seed === undefined ? demoSeed : readSeed(await readFile(seed, 'utf8'), seed)
    return await startSandbox({
      seed: given,
      ...(port === undefined ? {} : { port }),
      ...(state === undefined ? {} : { stateFile: state }),
    })
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined
    return code !== undefined
      ? `${seed ?? state}: cannot be read (${code})`
      : thrown instanceof Error
        ? thrown.message
        : 'the sandbox cannot start'
  }
}

/** Everything that hangs on a state directory. */
const stateful = (world: World, global: GlobalOptions, secrets: Secrets, atEnd: AtEnd) => {
  const { env, terminal } = world
  const log = logger({ level: global.logLevel, format: world.logFormat, colour: world.logColour })
  const notice = (message: string): void => tellToLog(log)({ _tag: 'Notice', level: 'warn', message })
  const ledgersIn = (dir: string) => ledgerFile({ dir, newKey: crypto.newKey })
  const journalIn = (dir: string) => {
    const journal = journalFile({ dir })
    atEnd(journal.close)
    return journal
  }
  const connectorIn = (stateDir: string, called?: (call: Call) => void) => {
    const host = sandboxHost({ stateDir, start: startEmbedded })
    atEnd(host.close)
    return connector({ clock, sandbox: host.url, notice, ...(called === undefined ? {} : { called }) })
  }
  const asker = (stateDir: string, told: string | undefined) => {
    const path = findSocket({ told, runtimeDir: env.RUNTIME_DIRECTORY, stateDir })
    return (question: Question) => askControl(path, question, isReply)
  }
  const locked = (dir: string, keyPrint: string | undefined, command: string): TE.TaskEither<Failure, string> =>
    pipe(
      openStateDir(dir),
      TE.chain(() => acquireLock({ dir, keyPrint, info: { pid: world.pid, command, socket: socketIn(dir) } })),
      TE.map((lock) => {
        atEnd(lock.release)
        return dir
      }),
    )
  const socketIn = (dir: string): string => join(env.RUNTIME_DIRECTORY ?? dir, 'control.sock')

  const observing = ({ desired }: Config): TE.TaskEither<Failure, ObservePorts & { readonly daemonRuns: boolean }> => {
    const dir = stateDirOf(world, global, desired.stateDir)
    return TE.fromTask(async () => {
      const daemonRuns = (await asker(dir, undefined)({ _tag: 'Status' })) !== undefined
      return { connect: connectorIn(dir).reader, ledgers: ledgersIn(dir), clock, crypto, daemonRuns }
    })
  }
  const writing = ({ desired }: Config, command: string, called?: (call: Call) => void): TE.TaskEither<Failure, ReconcilePorts> =>
    pipe(
      locked(stateDirOf(world, global, desired.stateDir), lockPrint(desired.api), command),
      TE.map((dir) => {
        return {
          connect: connectorIn(dir, called).accounts,
          ledgers: ledgersIn(dir),
          secrets,
          journal: journalIn(dir),
          clock,
          crypto,
          tell: tellToLog(log),
        }
      }),
    )
  const daemon = (config: Config, load: Load): TE.TaskEither<Failure, DaemonPorts> => {
    let files = config.desired.files.map((name) => resolve(name))
    const watch = watchTrigger({ files: () => files, directories: () => files.map((file) => dirname(file)), onError: notice })
    const counts = metrics(CALLS)
    return pipe(
      // Before anything is started, so that a wrong name is told at once.
      controlGroup(config.desired.operation),
      TE.chain(() => writing(config, 'run', counts.called)),
      TE.chain((ports) =>
        pipe(
          surround({ clock, log: tellToLog(log), counts }, config.desired.operation),
          TE.map((surroundings) => {
            atEnd(surroundings.close)
            return { ports, surroundings }
          }),
        ),
      ),
      TE.map(({ ports, surroundings: { tell, attach, beside, take } }) =>
        supervised({
          manager: systemdNotify(env),
          signal: world.signal,
          ports: {
            ...ports,
            attach,
            beside,
            nextOf: ({ cron, timezone }) => (cron === undefined ? undefined : nextRun(cron, timezone, clock.now())),
            tell: (event) => {
              ports.tell(event)
              tell(event)
            },
            load: () => load('resolve'),
            triggers: [watch.trigger, signalTrigger('SIGHUP')],
            scheduled: ({ cron, timezone }) =>
              cron === undefined ? undefined : cronTrigger({ expression: cron, timezone, onError: notice }),
            taken: ({ desired }) => {
              files = desired.files.map((name) => resolve(name))
              watch.refresh()
              take(desired.operation)
            },
          },
        }),
      ),
    )
  }
  const serve = (running: Daemon, config: Config): TE.TaskEither<Failure, () => Promise<void>> =>
    pipe(
      controlGroup(config.desired.operation),
      TE.chain((group) =>
        serveControl({
          path: socketIn(stateDirOf(world, global, config.desired.stateDir)),
          group,
          handle: (question) => answerOf(running, question),
        }),
      ),
    )

  const asking = async (load: Load, told: string | undefined) => ({
    terminal,
    ask: asker(await knownStateDir(world, global, load), told),
    now: clock.now(),
  })

  const decisions = (load: Load) =>
    decisionsHere({
      load: () => load('resolve'),
      deciding: () =>
        pipe(
          TE.fromTask<string, Failure>(() => knownStateDir(world, global, load)),
          TE.chain((dir) => locked(dir, undefined, 'decide')),
          TE.map((dir) => ({ ledgers: ledgersIn(dir), journal: journalIn(dir), clock })),
        ),
      observing,
      writing,
      signal: world.signal,
    })
  return { observing, writing, daemon, serve, asking, decisions, connectorIn }
}
