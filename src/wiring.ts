// Wiring: which adapters fill the ports of which command. No decision is made here.
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { clock as systemClock } from './adapters/clock.ts'
import { configText } from './adapters/config-file.ts'
import { askControl, findSocket, serveControl } from './adapters/control.ts'
import { checkSchedule, cronTrigger, shortestGapMs } from './adapters/cron.ts'
import { crypto as systemCrypto } from './adapters/crypto.ts'
import { journalFile } from './adapters/journal-file.ts'
import { ledgerFile } from './adapters/ledger-file.ts'
import { acquireLock } from './adapters/lock.ts'
import { logger, tellToLog } from './adapters/log.ts'
import { systemdNotify } from './adapters/notify-systemd.ts'
import { sandboxHost } from './adapters/sandbox-host.ts'
import { secretStore } from './adapters/secrets.ts'
import { signalTrigger } from './adapters/signal.ts'
import { connector, lockPrint } from './adapters/smtp2go/connect.ts'
import { openStateDir } from './adapters/state-dir.ts'
import { watchTrigger } from './adapters/watch.ts'
import { apply } from './cli/apply.ts'
import type { Asked, GlobalOptions } from './cli/args.ts'
import { approve, reconcileNow, status } from './cli/control.ts'
import { exporting } from './cli/export.ts'
import { plan } from './cli/plan.ts'
import { run } from './cli/run.ts'
import { colleague, sandbox, type SandboxOptions } from './cli/sandbox.ts'
import { schema } from './cli/schema.ts'
import type { Terminal } from './cli/terminal.ts'
import { validate } from './cli/validate.ts'
import { startingConfig } from './config/export.ts'
import type { Daemon, DaemonPorts } from './daemon/daemon.ts'
import type { Failure } from './domain/failure.ts'
import type { Scope } from './domain/scope.ts'
import { E, pipe, TE } from './fp.ts'
import type { ConfigText } from './ports.ts'
import { loadDesired } from './reconcile/desired.ts'
import type { Config } from './reconcile/plan.ts'
import { demoSeed } from './sandbox/demo.ts'
import { readSeed } from './sandbox/seed.ts'
import { startSandbox } from './sandbox/server.ts'

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
const HOUR_MS = 3_600_000

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
      return run({ terminal, load: () => load('resolve'), daemon: (config) => state.daemon(config, load), serve: state.serve, signal })
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
      return exporting({ terminal, connect: (api) => state.connector(stateDirOf(world, global, undefined)).reader(api), base: () => base }, command)
    }
    case 'Schema':
      return schema(terminal, command.of)
    case 'Sandbox':
      return sandbox({ terminal, start: startStandIn, signal }, command)
    case 'SandboxEdit': {
      const host = sandboxHost({ stateDir: await knownStateDir(world, global, load), start: startEmbedded })
      return colleague({ terminal, accounts: () => TE.fromTask(async () => ((await host.running()) === undefined ? undefined : state.standIn(host))) }, command)
    }
    case 'Status':
      return status(await state.asking(load, command.socket), command.format)
    case 'Reconcile':
      return reconcileNow(await state.asking(load, command.socket))
    case 'Approve':
      return approve({ ...(await state.asking(load, command.socket)), vouch: (scope) => state.vouch(load, scope) }, { ...command, by: who })
  }
}

type Load = (mode: 'resolve' | 'references') => TE.TaskEither<Failure, Config>
