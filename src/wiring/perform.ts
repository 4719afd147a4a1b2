// Performing a command: which adapters fill the ports of which command. No decision is made here.
import { replaceFile } from '../adapters/config-edit.ts'
import { configText } from '../adapters/config-file.ts'
import { journalReader } from '../adapters/journal/reader.ts'
import { ledgerFile } from '../adapters/ledger-file.ts'
import { inspectStateDir } from '../adapters/state-dir.ts'
import { adopt } from '../cli/adopt.ts'
import { apply } from '../cli/apply.ts'
import type { GlobalOptions } from '../cli/args.ts'
import type { Asked } from '../cli/commands.ts'
import { approve, reconcileNow, status } from '../cli/control.ts'
import { doctor } from '../cli/doctor.ts'
import { exporting } from '../cli/export.ts'
import { history } from '../cli/history.ts'
import { block, hold, release } from '../cli/hold.ts'
import { plan } from '../cli/plan.ts'
import { run } from '../cli/run.ts'
import { colleague, sandbox } from '../cli/sandbox.ts'
import { schema } from '../cli/schema.ts'
import { validate } from '../cli/validate.ts'
import { verifyLog } from '../cli/verify-log.ts'
import { startingConfig } from '../config/export.ts'
import type { Scope } from '../domain/scope.ts'
import { pipe, TE } from '../fp.ts'
import { daemonPorts, serveDaemon } from './daemon.ts'
import { inMemory, knownStateDir, loading, overlaid, stateDirOf, textOf } from './loading.ts'
import { accountsOfRunning, startStandIn } from './stand-in.ts'
import { stateful } from './state.ts'
import { type AtEnd, clock, crypto, schedules, type World } from './world.ts'

/** Runs a command; gives its exit code. */
export const perform = async (world: World, global: GlobalOptions, command: Asked): Promise<number> => {
  const closers: Array<() => Promise<unknown>> = []
  try {
    return await dispatch(world, global, command, (close) => void closers.push(close))
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

const dispatch = async (world: World, global: GlobalOptions, command: Asked, atEnd: AtEnd): Promise<number> => {
  const { terminal, signal, who } = world
  const { load, secrets } = loading(world, global.config, configText({ file: global.config, live: command._tag === 'Run' }))
  const state = stateful(world, global, secrets, atEnd)
  const around = { world, global, state, load, atEnd }
  const deciding = async (told: string | undefined) => ({ ...(await state.asking(load, told)), ...state.decisions(load) })
  switch (command._tag) {
    case 'Validate':
      return validate({ terminal, load, shortestGapMs: schedules.shortestGapMs }, command)
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
        daemon: (config) => daemonPorts(around, config),
        serve: (running, config) => serveDaemon(around, running, config),
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
      const accounts = accountsOfRunning(await knownStateDir(world, global, load))
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
          ledgers: ledgerFile({ dir, newKey: crypto.newKey, now: clock.now }),
          journal: journalReader(dir),
          connect: state.connectorIn(dir).reader,
          now: clock.now,
          shortestGapMs: schedules.shortestGapMs,
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
