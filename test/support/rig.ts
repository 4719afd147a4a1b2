// The whole reconciler in one process, with the real client over HTTP against the stand-in, ledger and journal in a real folder, and a
// time that only passes where a test lets it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkSchedule, shortestGapMs } from '../../src/adapters/cron.ts'
import { crypto as systemCrypto } from '../../src/adapters/crypto.ts'
import { journalReader } from '../../src/adapters/journal/reader.ts'
import { journalFile } from '../../src/adapters/journal-file.ts'
import { ledgerFile } from '../../src/adapters/ledger-file.ts'
import { secretStore } from '../../src/adapters/secrets.ts'
import { type Connector, connector } from '../../src/adapters/smtp2go/connect.ts'
import { type Confidence, confidence } from '../../src/adapters/smtp2go/tell.ts'
import { parseText } from '../../src/config/parsed.ts'
import { emptyShelf } from '../../src/config/shelf.ts'
import { type Daemon, type DaemonPorts, startDaemon } from '../../src/daemon/daemon.ts'
import type { StopReports } from '../../src/domain/decisions/stop.ts'
import type { JournalLine } from '../../src/domain/journal/journal.ts'
import type { PlainDecision } from '../../src/domain/memory/decision.ts'
import { emptyLedger, type Ledger } from '../../src/domain/memory/ledger.ts'
import { takenUp, writtenAt } from '../../src/domain/memory/time-of-day.ts'
import type { Ended, Plan, Report } from '../../src/domain/plan/plan.ts'
import type { RunEvent } from '../../src/domain/run/event.ts'
import { glob } from '../../src/domain/user/username.ts'
import { E, pipe, TE } from '../../src/fp.ts'
import type { Crypto, Ledgers, WokenBy } from '../../src/ports.ts'
import { decide } from '../../src/reconcile/decide.ts'
import { loadDesired } from '../../src/reconcile/desired.ts'
import type { Config } from '../../src/reconcile/plan.ts'
import { type ReconcilePorts, type Run, reconcile } from '../../src/reconcile/reconcile.ts'
import { witnessMemory } from '../../src/reconcile/testify.ts'
import { type Agreement, type Undone, undoRun } from '../../src/reconcile/undo.ts'
import type { Fault } from '../../src/sandbox/faults.ts'
import type { Seed } from '../../src/sandbox/seed.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import type { Switches } from '../../src/sandbox/switches.ts'
import { type LoggedRequest, type TruthUser, usersIn } from './command.ts'
import { newKey, newKeyUnlikeHashes } from './fresh.ts'
import { ledgerText } from './ledger-text.ts'
import { standingTime, type Time } from './time.ts'
import { listen, type Told } from './told.ts'

const KEY = newKeyUnlikeHashes()
const COLLEAGUE = newKey()
/** Milliseconds. */
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

const START = Date.UTC(2026, 0, 5, 12)

/** A daemon that runs in this process. */
export type RunningDaemon = Daemon & {
  readonly wake: (by: WokenBy) => void
  readonly reports: () => ReadonlyArray<Report>
}

export type Rig = {
  /** Where ledger and journal are; `undefined` where they are in memory. */
  readonly dir: string | undefined
  readonly time: Time
  /** What `{ env: NAME }` finds. */
  readonly env: { [name: string]: string | undefined }
  /** The config from now on: `api` is filled in, the rest is given. */
  readonly config: (text: string, api?: string) => void
  /** An included file from now on; nothing takes it away. */
  readonly include: (name: string, text: string | undefined) => void
  /** One run, by a person unless told otherwise; time passes as it needs. */
  readonly run: (ask?: Partial<Run>) => Promise<Report>
  /** Undoes a run, whatever the plan is unless told otherwise. */
  readonly undo: (run: string, agreement?: Agreement) => Promise<Undone>
  /** A person decides something; the answer in words. */
  readonly decide: (decision: PlainDecision) => Promise<string>
  /** Starts a daemon; whatever it kept in its memory only, the next one does not have. */
  readonly daemon: () => Promise<RunningDaemon>
  readonly ledger: () => Promise<Ledger>
  /** All requests but those of colleagues. */
  readonly log: () => Promise<ReadonlyArray<LoggedRequest>>
  readonly writes: () => Promise<ReadonlyArray<LoggedRequest>>
  readonly users: (subaccount?: string) => Promise<ReadonlyArray<TruthUser>>
  readonly user: (username: string) => Promise<TruthUser | undefined>
  readonly faults: (faults: ReadonlyArray<Fault>) => Promise<void>
  readonly switches: (switches: Partial<Switches>) => Promise<void>
  /** What the service has from now on is this. */
  readonly becomes: (seed: Seed) => Promise<void>
  /** A colleague edits a user by hand. */
  readonly colleague: (path: 'add' | 'edit' | 'remove', body: Readonly<Record<string, unknown>>) => Promise<void>
  /** Forgets what the process knows of the service, as a restart does. */
  readonly restart: () => void
}

type Options = {
  readonly switches?: Partial<Switches>
  /** Keep ledger and journal in memory: for very many short lives. */
  readonly memory?: boolean
  readonly random?: () => number
}

/** Opens a rig, and closes it whatever happens. */
export const withRig = async (seed: Seed, body: (rig: Rig) => Promise<void>, options: Options = {}): Promise<void> => {
  const time = standingTime(START)
  const sandbox = await startSandbox({
    seed,
    now: time.now,
    ...(options.switches === undefined ? {} : { switches: options.switches }),
  })
  const dir = options.memory === true ? undefined : await mkdtemp(join(tmpdir(), 'rig-'))
  const daemons: Array<RunningDaemon> = []
  const crypto: Crypto = { ...systemCrypto(), random: options.random ?? (() => 0.5) }
  const told = listen()
  const ledgers =
    dir === undefined ? ledgersInMemory(crypto, told, time) : ledgerFile({ dir, newKey: crypto.newKey, clock: time.clock })
  const journal = dir === undefined ? journalInMemory(told) : journalFile({ dir })
  const past = dir === undefined ? { read: () => TE.right(undefined) } : journalReader(dir)
  const env: Rig['env'] = { TEST_KEY: KEY }
  const known = confidence()
  const secrets = secretStore({
    baseDir: dir ?? tmpdir(),
    env,
    credentialsDir: undefined,
    random: crypto.random,
    confide: known.keep,
  })
  let text = ''
  const included = new Map<string, string>()
  let connect = connected(time, known)
  const events: Array<RunEvent> = []
  const journalTold = witnessMemory()
  const call = async (path: string, value: unknown): Promise<void> => {
    const answer = await fetch(new URL(path, sandbox.url), { method: 'POST', body: JSON.stringify(value) })
    const said = await answer.text()
    if (!answer.ok) throw new Error(`${path}: ${said}`)
  }
  // What did not change is not read again, which is worth a lot in many short lives.
  let loaded: { readonly from: string; readonly config: Config } | undefined
  const read = (): ReturnType<DaemonPorts['load']> => async () => {
    const from = JSON.stringify([text, env, ...included])
    if (loaded?.from === from) return E.right(loaded.config)
    const found = await loadDesired(
      {
        configText: {
          read: (path) =>
            TE.right({ name: path === '' ? 'config.yaml' : path, text: path === '' ? text : (included.get(path) ?? '') }),
          find: () => TE.right([...included.keys()]),
          placeOf: (path) => path,
        },
        secrets,
        shelf: emptyShelf(async (text) => parseText(text)),
        clock: time.clock,
        schedules: { check: checkSchedule, shortestGapMs },
      },
      { secrets: 'resolve' },
    )()
    if (E.isLeft(found)) return found
    const config = { desired: found.right.desired, digest: crypto.sha256(text) }
    loaded = { from, config }
    return E.right(config)
  }
  const load = (): TE.TaskEither<never, Config> => async () => {
    const found = await read()()
    if (E.isLeft(found)) throw new Error(`${JSON.stringify(found.left, undefined, 1)}\n${text}`)
    return found
  }
  const ports = (): ReconcilePorts => ({
    connect: (api) => connect.accounts(api),
    ledgers: quietly(time, ledgers),
    secrets: { save: (secret) => time.busy(secrets.save(secret)) },
    journal: { append: (lines) => time.busy(journal.append(lines)) },
    told: journalTold,
    clock: time.clock,
    crypto,
    tell: (event) => {
      events.push(event)
      told.tell(event)
    },
  })
  const rig: Rig = {
    dir,
    time,
    env,
    config: (rest, api = 'pace: off') => {
      text = `version: 1\napi: { endpoint: "${sandbox.url}", key: { env: TEST_KEY }, ${api} }\n${rest}`
    },
    include: (name, file) => {
      if (file === undefined) included.delete(name)
      else included.set(name, file)
    },
    run: (ask = {}) =>
      time.until(
        right(
          pipe(
            load(),
            TE.chain((config) => reconcile(ports(), config, { ...BY_A_PERSON, ...ask })),
          ),
        ),
      ),
    undo: (wanted, agreement = { _tag: 'Anyway' }) =>
      time.until(
        right(
          pipe(
            load(),
            TE.chain((config) =>
              undoRun({ ...ports(), past }, config, {
                ...BY_A_PERSON,
                wanted,
                agreement,
                word: { by: 'tester', reason: 'testing' },
              }),
            ),
          ),
        ),
      ),
    decide: async (decision) => {
      const taken = await right(decide(ports(), decision, { by: 'tester', reason: 'testing' }))
      return E.isLeft(taken) ? taken.left : taken.right
    },
    daemon: async () => {
      const first = await time.until(right(load()))
      const from = events.length
      let wake: RunningDaemon['wake'] = () => undefined
      const daemon = startDaemon(
        {
          ...ports(),
          past,
          load: () => time.busy(read()),
          follow: () => TE.right(undefined),
          triggers: [
            (woken) => {
              wake = woken
              return async () => undefined
            },
          ],
          scheduled: ({ cron }) => (cron === undefined ? undefined : every(time, shortestGapMs(cron, 'UTC'))),
          taken: () => undefined,
          nextOf: () => undefined,
          beside: () => ({ http: undefined, httpFault: undefined, webhooks: [] }),
          attach: () => undefined,
          runBegan: () => undefined,
          runEnded: () => undefined,
        },
        first,
      )
      const running: RunningDaemon = {
        ...daemon,
        wake: (by) => wake(by),
        reports: () => events.slice(from).flatMap((event) => (event._tag === 'RunEnded' ? [event.report] : [])),
      }
      daemons.push(running)
      return running
    },
    ledger: () => right(ledgers.read()),
    log: async () => {
      const own = crypto.sha256(KEY).slice(0, 12)
      return sandbox.log().filter(({ key }) => key === own)
    },
    writes: async () => (await rig.log()).filter(({ path }) => !/\/(view|search)$/.test(path)),
    users: async (subaccount) => usersIn(sandbox.state(), subaccount),
    user: async (username) => (await rig.users()).find((user) => user.username === username),
    faults: (faults) => call('/_faults', faults),
    switches: (switches) => call('/_switches', switches),
    becomes: (next) => call('/_reset', next),
    colleague: async (path, body) => {
      const answer = await fetch(`${sandbox.url}/users/smtp/${path}`, {
        method: path === 'edit' ? 'PATCH' : 'POST',
        headers: { 'x-smtp2go-api-key': COLLEAGUE },
        body: JSON.stringify(body),
      })
      const said = await answer.text()
      if (!answer.ok) throw new Error(`a colleague may not ${path} ${JSON.stringify(body)}: ${said}`)
    },
    restart: () => {
      connect = connected(time, known)
    },
  }
  try {
    await body(rig)
  } finally {
    for (const { stop } of daemons) await time.until(stop())
    await sandbox.close()
    await journal.close()
    await told.close(dir, env)
    if (dir !== undefined) await rm(dir, { recursive: true, force: true })
  }
}

const NOTHING_HAPPENS = { after: 0, happens: async () => undefined }

/** An emergency stop through a daemon of this process; time passes until it is answered, and so much before something else happens. */
export const stopThrough = async (
  rig: Rig,
  { controls }: RunningDaemon,
  match: string,
  { after, happens }: { readonly after: number; readonly happens: () => Promise<void> } = NOTHING_HAPPENS,
): Promise<StopReports> => {
  const pattern = glob(match)
  if (pattern === undefined) throw new Error('no pattern')
  const until = rig.time.now() + 24 * HOUR
  const stopping = controls.stop(pattern, until, { by: 'tester', reason: 'phished' })
  await rig.time.pass(after)
  await happens()
  const taken = await rig.time.until(stopping)
  if (E.isLeft(taken) || E.isLeft(taken.right)) throw new Error('the stop was not taken')
  return taken.right.right
}

const BY_A_PERSON: Run = {
  user: undefined,
  scopes: undefined,
  digest: undefined,
  person: true,
  frozen: undefined,
  approveWith: (digest) => `apply --digest ${digest}`,
  by: 'apply',
  agree: () => TE.right(true),
  signal: new AbortController().signal,
}

const connected = (time: Time, known: Confidence): Connector =>
  connector({
    clock: time.clock,
    confidence: known,
    sandbox: () => TE.left({ _tag: 'Defect', message: 'no embedded sandbox here' }),
    notice: () => undefined,
  })

const journalInMemory = (told: Told) => ({
  append: (lines: ReadonlyArray<JournalLine>) => async () => {
    for (const line of lines) told.kept('a journal', JSON.stringify(line))
    return E.right(undefined)
  },
  close: async () => undefined,
})

const ledgersInMemory = (crypto: Crypto, told: Told, { clock }: Time): Ledgers => {
  let kept = emptyLedger(crypto.newKey())
  return {
    read: () => async () => {
      kept = takenUp(kept, clock.now().getTime())
      return E.right(kept)
    },
    update: (change) => async () => {
      kept = writtenAt(await change(kept), clock.now().getTime())
      told.kept('a ledger', ledgerText({ generation: 1, ledger: kept }))
      return E.right(kept)
    },
    current: () => kept,
  }
}

const quietly = (time: Time, { read, update, current }: Ledgers): Ledgers => ({
  read: () => time.busy(read()),
  update: (change) => time.busy(update(change)),
  current,
})

const right = async <A>(work: TE.TaskEither<unknown, A>): Promise<A> => {
  const result = await work()
  if (E.isLeft(result)) throw new Error(`a run failed: ${JSON.stringify(result.left)}`)
  return result.right
}

/** A schedule in standing time. */
const every = (time: Time, ms: number) => (wake: (by: WokenBy) => void) => {
  let stopped = false
  const tick = async (): Promise<void> => {
    await time.clock.sleep(ms)
    if (stopped) return
    wake('schedule')
    await tick()
  }
  void tick()
  return async () => {
    stopped = true
  }
}

/** All changes of a run with their ends. */
export const endedIn = (report: Report): ReadonlyArray<Ended> => [...report.ended.values()].flat()

/** What a run held back. */
export const heldIn = ({ plan }: { readonly plan: Plan }) =>
  plan.scopes.flatMap((scope) => (scope._tag === 'Planned' ? scope.held : []))

/** A user of a change, with how it ended: `one@a.example verified`. */
export const ends = (report: Report): ReadonlyArray<string> =>
  endedIn(report).map(({ username, change, outcome }) => `${change} ${username} ${outcome}`)
