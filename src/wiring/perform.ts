// Performing a command: which adapters fill the ports of which command. Beside that it decides where no result may be written, and
// which state directory doctor looks at. What only some commands need is loaded by those, so that the small ones are there at once.

import { resolve } from 'node:path'
import { configText, type Looked } from '../adapters/config-file.ts'
import { nextRun } from '../adapters/cron.ts'
import { confidence } from '../adapters/smtp2go/tell.ts'
import { realPath } from '../adapters/system.ts'
import type { GlobalOptions } from '../cli/args.ts'
import type { Asked } from '../cli/commands.ts'
import { type UnitFacts, unitOf } from '../domain/checkup/unit.ts'
import { askedAs } from '../domain/wanted/declared.ts'
import type { DesiredState } from '../domain/wanted/desired.ts'
import { pipe, TE } from '../fp.ts'
import { inMemory, loading, namedText, overlaid } from './loading.ts'
import { toState } from './reached.ts'
import { isUsualDir, knownStateDir, stateDirOf } from './state-place.ts'
import { untilStopped } from './until-stopped.ts'
import { type AtEnd, clock, crypto, schedules, type World } from './world.ts'

/** What is to be performed: everything but what the program says of itself. */
type Performed = Exclude<Asked, { readonly _tag: 'Schema' | 'Man' | 'Completion' }>

/** Performs a command; gives its exit code. */
export const perform = async (world: World, global: GlobalOptions, command: Performed): Promise<number> => {
  const closers: Array<() => Promise<unknown>> = []
  try {
    return await dispatch(world, global, command, (close) => void closers.push(close))
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

/** What the commands have in common, each made when a command first asks for it. */
const shared = (world: World, global: GlobalOptions, command: Performed, atEnd: AtEnd) => {
  const texts = configText({ file: global.config, live: command._tag === 'Run' })
  const known = confidence()
  const { load, loadKnowing, secrets } = loading(world, global.config, texts, known)
  const stateful = async () => (await import('./state.ts')).stateful(world, global, { secrets, confidence: known }, atEnd)
  let shown: Promise<UnitFacts> | undefined
  const units = async () => {
    const { inspectUnits } = await import('../adapters/units.ts')
    shown ??= realPath(global.config).then((config) => inspectUnits(world.env.PATH, config))
    return shown
  }
  const asking = async (told: string | undefined) => (await import('./asking.ts')).asking(world, global, { load, units }, told)
  return {
    terminal: careful(world, { global, command, looked: texts.looked }),
    texts,
    known,
    load,
    loadKnowing,
    stateful,
    units,
    asking,
    deciding: async (told: string | undefined) => ({ ...(await asking(told)), ...(await stateful()).decisions(load) }),
    journal: async (dir: string) => (await import('../adapters/journal/reader.ts')).journalReader(dir),
    // The sandbox lives in the state directory, which the config may name.
    reading: (connectorIn: Awaited<ReturnType<typeof stateful>>['connectorIn']) => (desired: DesiredState) =>
      untilStopped(connectorIn(stateDirOf(world, global, desired.stateDir)).reader, world.signal)(askedAs(desired)),
    calendar: { shortestGapMs: schedules.shortestGapMs, next: nextRun },
  }
}

/** A terminal that saves no result in the place of the config, nor of a file that it includes. */
const careful = (
  { terminal }: World,
  { global, command, looked }: Readonly<{ global: GlobalOptions; command: Performed; looked: () => Looked }>,
): World['terminal'] => {
  // An export that goes by the config may take its place, unless it is of some subaccounts and perhaps only a list for an included file.
  const isPart = command._tag === 'Export' && (command.subaccounts.length > 0 || command.allSubaccounts)
  const isHeir = command._tag === 'Export' && command.endpoint === undefined && !command.snapshot && !isPart
  return {
    ...terminal,
    save: async (path, text, readers) => {
      const { wouldReplace } = await import('../adapters/result-file.ts')
      const main = resolve(global.config)
      const included = looked().files.filter((file) => file !== main)
      return (await wouldReplace(path, isHeir ? included : [main, ...included])) ?? terminal.save(path, text, readers)
    },
  }
}

/** A list, to be read in one piece: what each command is handed. */
const dispatch = async (world: World, global: GlobalOptions, command: Performed, atEnd: AtEnd): Promise<number> => {
  const { signal, who } = world
  const { terminal, texts, known, load, loadKnowing, stateful, units, asking, deciding, journal, reading, calendar } = shared(
    world,
    global,
    command,
    atEnd,
  )
  switch (command._tag) {
    case 'Validate': {
      const { validate } = await import('../cli/validate.ts')
      const seen = async () => (await stateful()).seenIn(await knownStateDir(world, global, load))
      return validate({ terminal, load: loadKnowing(seen), shortestGapMs: schedules.shortestGapMs }, command)
    }
    case 'Plan': {
      const { plan } = await import('../cli/plan.ts')
      const { observing } = await stateful()
      return plan(
        { terminal, load, observing, clock, crypto, signal },
        {
          ...command,
          live: command.live === undefined ? undefined : namedText(command.live),
        },
      )
    }
    case 'Apply': {
      const { apply } = await import('../cli/apply.ts')
      const { writing } = await stateful()
      return apply(
        { terminal, load, writing: (config) => writing(config, 'apply'), reachedBy: toState(world, global), signal, who },
        command,
      )
    }
    case 'Run': {
      const [{ run }, { daemonPorts, serveDaemon }] = await Promise.all([import('../cli/run.ts'), import('./daemon.ts')])
      const around = { world, global, state: await stateful(), load, looked: texts.looked, atEnd }
      return run({
        terminal,
        load: () => load('resolve'),
        daemon: (config) => daemonPorts(around, config),
        serve: (running, config) => serveDaemon(around, running, config),
        signal,
      })
    }
    case 'Export': {
      const [{ exporting }, { startingConfig }] = await Promise.all([import('../cli/export.ts'), import('../config/export.ts')])
      const { connectorIn, ledgersIn } = await stateful()
      const text = command.endpoint === undefined ? undefined : startingConfig(command.endpoint, 'SMTP2GO_API_KEY')
      const from = text === undefined ? load : loading(world, global.config, inMemory(text), known).load
      const base = pipe(
        // Of what a user has only the shape is written, so that nobody needs the passwords of the service for that.
        from('shared'),
        TE.map(({ desired, texts }) => ({
          desired,
          texts: text === undefined ? texts.map((file) => file.text) : [text],
          scopes: text === undefined ? desired.scopes.map(({ scope }) => scope) : (['account'] as const),
        })),
      )
      return exporting(
        {
          terminal,
          clock,
          ledgers: ({ stateDir }) => ledgersIn(stateDirOf(world, global, stateDir)),
          connect: reading(connectorIn),
          base: () => base,
        },
        command,
      )
    }
    case 'Adopt': {
      const [{ adopt }, { replaceFile }] = await Promise.all([import('../cli/adopt.ts'), import('../adapters/config-edit.ts')])
      const { observing } = await stateful()
      return adopt(
        {
          terminal,
          clock,
          load: () => load('shared'),
          loadWith: (texts) =>
            loading(world, global.config, overlaid(configText({ file: global.config, live: false }), texts), known).load(
              'shared',
            ),
          observing,
          replace: replaceFile,
          signal,
        },
        command.format,
      )
    }
    case 'Sandbox': {
      const [{ sandbox }, { startStandIn }] = await Promise.all([import('../cli/sandbox.ts'), import('./stand-in.ts')])
      return sandbox({ terminal, start: startStandIn, signal }, command)
    }
    case 'SandboxEdit': {
      const [{ colleague }, { accountsOfRunning }] = await Promise.all([import('../cli/sandbox.ts'), import('./stand-in.ts')])
      const dir = await knownStateDir(world, global, load)
      const accounts = signal.aborted ? TE.left({ _tag: 'Stopped' } as const) : accountsOfRunning(dir)
      return colleague({ terminal, dir, accounts: () => accounts }, command)
    }
    case 'Status':
      return (await import('../cli/control.ts')).status(await asking(command.socket), command.format)
    case 'Reconcile':
      return (await import('../cli/control.ts')).reconcileNow(await asking(command.socket), command)
    case 'Doctor': {
      const [{ doctor }, { inspectStateDir }, { openToOthers }] = await Promise.all([
        import('../cli/doctor/doctor.ts'),
        import('../adapters/state-dir.ts'),
        import('../adapters/open-to-others.ts'),
      ])
      const { connectorIn, ledgersIn } = await stateful()
      const [facts, file] = [await units(), await realPath(global.config)]
      const known = await knownStateDir(world, global, load)
      const dir = (isUsualDir(world, global, known) ? unitOf(facts, file)?.stateDir : undefined) ?? known
      const { ask, socket } = await asking(command.socket)
      return doctor(
        {
          terminal,
          load,
          dir,
          reachedBy: toState(world, global),
          ask,
          socket,
          inspect: () => inspectStateDir(dir),
          open: () => openToOthers(texts.looked().files),
          ledgers: ledgersIn(dir, () => undefined),
          journal: await journal(dir),
          connect: untilStopped(connectorIn(dir).reader, signal),
          units: facts,
          isService: world.env.CREDENTIALS_DIRECTORY !== undefined,
          file,
          now: clock.now,
          shortestGapMs: schedules.shortestGapMs,
        },
        command.format,
      )
    }
    case 'Report': {
      const { report } = await import('../cli/report.ts')
      const dir = await knownStateDir(world, global, load)
      return report({ terminal, journal: await journal(dir), calendar, dir, now: clock.now() }, command)
    }
    case 'History': {
      const { history } = await import('../cli/history.ts')
      const dir = await knownStateDir(world, global, load)
      return history({ terminal, journal: await journal(dir), dir, now: clock.now() }, command)
    }
    case 'VerifyLog': {
      const { verifyLog } = await import('../cli/verify-log.ts')
      const dir = await knownStateDir(world, global, load)
      const report = command.report === undefined ? undefined : { file: command.report, text: namedText(command.report) }
      return verifyLog({ terminal, journal: await journal(dir), calendar, dir }, { ...command, report })
    }
    case 'Approve':
      return (await import('../cli/control.ts')).approve(await deciding(command.socket), { ...command, by: who })
    case 'Hold':
      return (await import('../cli/hold.ts')).hold(await deciding(command.socket), { ...command, by: who })
    case 'Release':
      return (await import('../cli/hold.ts')).release(await deciding(command.socket), { ...command, by: who })
    case 'Undo':
      return (await import('../cli/undo.ts')).undo(await deciding(command.socket), { ...command, by: who })
    case 'Block':
      return (await import('../cli/hold.ts')).block(await deciding(command.socket), { ...command, by: who })
  }
}
