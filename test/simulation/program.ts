// One life of the program: the real `run` on ports that are made of virtual time, the simulated machine and disk, and the service in process.
// A killed life is frozen where it stands: nothing that it asked for ever comes back to it.
import { checkSchedule, nextRun, shortestGapMs } from '../../src/adapters/cron.ts'
import { crypto as machineCrypto } from '../../src/adapters/crypto.ts'
import type { Lock } from '../../src/adapters/lock.ts'
import { secretStore } from '../../src/adapters/secrets.ts'
import { connector } from '../../src/adapters/smtp2go/connect.ts'
import { confidence } from '../../src/adapters/smtp2go/tell.ts'
import { run } from '../../src/cli/run.ts'
import { parseText } from '../../src/config/parsed.ts'
import { emptyShelf } from '../../src/config/shelf.ts'
import type { Daemon, DaemonPorts } from '../../src/daemon/daemon.ts'
import type { Failure } from '../../src/domain/basics/failure.ts'
import type { Report } from '../../src/domain/plan/plan.ts'
import type { RunEvent } from '../../src/domain/run/event.ts'
import type { Api, Schedule } from '../../src/domain/wanted/desired.ts'
import type { Scope } from '../../src/domain/wanted/scope.ts'
import { E, pipe, TE } from '../../src/fp.ts'
import type { Clock, Crypto, Trigger, WokenBy } from '../../src/ports.ts'
import { loadDesired } from '../../src/reconcile/desired.ts'
import type { Config as Loaded } from '../../src/reconcile/plan.ts'
import { type ReconcilePorts, reconcile } from '../../src/reconcile/reconcile.ts'
import { witnessMemory } from '../../src/reconcile/testify.ts'
import { turning } from '../support/turning.ts'
import type { Random } from './chance.ts'
import { type Config, filesOf, KEYS, PASSWORDS } from './config.ts'
import { type Disk, stateOn } from './disk.ts'
import type { Machine } from './machine.ts'
import type { Entry, Service } from './service.ts'
import type { Time } from './time.ts'

/** The config file as it is now: its text, and what it means where it is whole. */
export type File = { readonly text: string; readonly config: Config | undefined }

/** A run that is under way, as the ports see it. */
export type Run = {
  readonly n: number
  readonly began: number
  /** What the last config says that could be loaded, and whose key could be had; `broken`: the one of now is none, so that nothing may be written. */
  config: Config | undefined
  broken: boolean
  /** It has read the config that it goes by. */
  isLoaded: boolean
  /** Somebody else has the key of the config. */
  refused: boolean
  /** Another run was still under way when this one began. */
  readonly overlaps: boolean
  /** Whether its end could be written down. */
  remembered: boolean
  lastAnswerAt: number
  readonly requests: Array<Entry>
}

export type Life = {
  readonly n: number
  readonly disk: Disk
  readonly file: () => File
  /** Asked to end. */
  readonly ending: AbortController
  alive: boolean
  /** Whether it ever had its state directory. */
  owns: boolean
  run: Run | undefined
  runs: number
  readonly reports: Array<Report>
  daemon: Daemon | undefined
  wake: (by: WokenBy) => void
}

export type Surroundings = {
  readonly time: Time
  readonly service: Service
  readonly machine: Machine<Life>
  readonly random: Random
  readonly wrote: (life: Life) => void
  readonly told: (life: Life, event: RunEvent) => void
  readonly runBegan: (life: Life, run: Run) => void
  readonly runEnded: (life: Life, run: Run) => void
}

/** A life that has not begun to do anything. */
export const newLife = (of: Pick<Life, 'n' | 'disk' | 'file'>): Life => ({
  ...of,
  ending: new AbortController(),
  alive: true,
  owns: false,
  run: undefined,
  runs: 0,
  reports: [],
  daemon: undefined,
  wake: () => undefined,
})

/** Runs the daemon of a life until it is asked to end, or cannot begin; gives the exit code. */
export const live = (around: Surroundings, life: Life): Promise<number> => {
  const { ports, load, take, follow } = portsOf(around, life)
  const daemonPorts: DaemonPorts = {
    ...ports,
    // Nobody undoes a run here.
    past: { read: () => TE.right(undefined) },
    load: () => load,
    follow,
    triggers: [
      (wake) => {
        life.wake = wake
        return async () => undefined
      },
    ],
    scheduled: (schedule) => cronOf(around.time, life, schedule),
    taken: () => undefined,
    nextOf: () => undefined,
    beside: () => ({ http: undefined, httpFault: undefined, webhooks: [] }),
    attach: () => undefined,
    runBegan: () => begin(around, life),
    runEnded: () => end(around, life),
  }
  return run({
    terminal: { err: () => undefined },
    load: () => load,
    daemon: ({ desired }) =>
      pipe(
        take(desired.api),
        TE.map(() => daemonPorts),
      ),
    serve: (daemon) => {
      life.daemon = daemon
      return TE.right(async () => undefined)
    },
    signal: life.ending.signal,
  })
}

/** A person applies the config as it is. */
export const apply = async (around: Surroundings, life: Life): Promise<void> => {
  const { ports, load, take } = portsOf(around, life)
  begin(around, life)
  await pipe(
    load,
    TE.chainFirst(({ desired }) => take(desired.api)),
    TE.chain((config) =>
      reconcile(ports, config, {
        user: undefined,
        scopes: undefined,
        digest: undefined,
        person: true,
        frozen: undefined,
        approveWith: (digest) => `apply --digest ${digest}`,
        by: 'apply',
        agree: () => TE.right(true),
        signal: new AbortController().signal,
      }),
    ),
  )()
  end(around, life)
}

/** A person asks what the key may, in a process of his own; nothing where that cannot be known. */
export const askPermissions = async (around: Surroundings, asking: Life): Promise<ReadonlyArray<string> | undefined> => {
  const { ports, load } = portsOf(around, asking)
  const config = await load()
  if (E.isLeft(config)) return undefined
  const connection = await ports.connect(config.right.desired.api)()
  if (E.isLeft(connection)) return undefined
  const answer = await connection.right.accounts.permissions()()
  return E.isLeft(answer) ? undefined : answer.right
}

/** Ends a life as `kill -9` does. */
export const kill = (life: Life): void => {
  life.alive = false
  life.run = undefined
}

/** A person approves all that a daemon holds, vouches for what it does not believe where it takes a person to know, and waits for what comes of it. */
export const approveAll = async (
  life: Life | undefined,
  isForPeople: (scope: Scope) => boolean,
  wait: () => Promise<void>,
): Promise<void> => {
  const daemon = life?.daemon
  const plan = life?.reports.at(-1)?.plan
  if (daemon === undefined || plan === undefined) return
  const person = { by: 'operator', reason: 'as it should be' }
  for (const scope of plan.scopes)
    if (scope._tag === 'Errored' && isForPeople(scope.scope))
      void daemon.controls.decide({ _tag: 'Vouch', scope: scope.scope }, person)
  if (plan.digest !== undefined) void daemon.controls.approve(plan.digest, person)
  await wait()
}

const begin = (around: Surroundings, life: Life): void => {
  if (!life.alive) return
  life.runs += 1
  const overlaps = life.run !== undefined
  life.run = {
    n: life.runs,
    began: around.time.elapsed(),
    config: undefined,
    broken: false,
    isLoaded: false,
    refused: false,
    overlaps,
    remembered: false,
    lastAnswerAt: 0,
    requests: [],
  }
  around.runBegan(life, life.run)
}

const end = (around: Surroundings, life: Life): void => {
  if (!life.alive || life.run === undefined) return
  life.run.remembered = life.disk.writtenAt >= life.run.lastAnswerAt && !life.disk.isBehind
  around.runEnded(life, life.run)
  life.run = undefined
}

const ENV = { ...KEYS, ...PASSWORDS }

const portsOf = (around: Surroundings, life: Life) => {
  const { time, service, machine, random } = around
  const sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      time.after(ms, () => {
        if (life.alive) wake()
      })
    })
  const clock: Clock = { now: () => new Date(time.now()), elapsed: time.elapsed, sleep, ...turning() }
  let ids = 0
  const real = machineCrypto()
  const prints = new Map<string, string>()
  const crypto: Crypto = {
    ...real,
    newId: () => {
      ids += 1
      return `run-${life.n}-${ids}`
    },
    newKey: () => [1, 2, 3, 4, 5, 6].map(() => Math.floor(random() * 2 ** 40).toString(16)).join(''),
    random,
    ledgerHash: (key, secret) => remembered(prints, `${key} ${secret.reveal()}`, () => real.ledgerHash(key, secret)),
  }
  const known = confidence()
  const connect = connector({
    clock,
    confidence: known,
    sandbox: () => TE.left({ _tag: 'Defect', message: 'no embedded stand-in here' }),
    notice: () => undefined,
    way: ({ key }) => service.sendFor(life, key.reveal()),
  })
  const secrets = secretStore({
    baseDir: '/',
    env: ENV,
    credentialsDir: undefined,
    random,
    confide: known.keep,
  })
  const ports: ReconcilePorts = {
    connect: connect.accounts,
    ...stateOn({ disk: life.disk, time, life, newKey: crypto.newKey, wrote: () => around.wrote(life) }),
    secrets,
    told: witnessMemory(),
    clock,
    crypto,
    tell: (event: RunEvent) => {
      around.told(life, event)
      if (event._tag === 'RunEnded') life.reports.splice(0, life.reports.length, event.report)
      if (event._tag === 'RunFailed' && event.failure._tag === 'Defect') throw new Error(event.failure.message)
    },
  }
  let [lastGood, loadedNow]: [Config | undefined, Config | undefined] = [undefined, undefined]
  const load = async (): Promise<E.Either<Failure, Loaded>> => {
    await sleep(2)
    const { text, config } = life.file()
    const loaded = await loadText(text, secrets, crypto)
    // A run goes by the config as it was when it began; to look at it later is to see whether it has changed.
    if (life.run?.isLoaded === true) return loaded
    loadedNow = config
    if (life.run !== undefined) {
      life.run.isLoaded = true
      life.run.config = lastGood
      life.run.broken = true
    }
    return loaded
  }
  let lock: Lock | undefined
  const had = (taken: Lock): void => {
    lock = taken
    life.owns = true
    counts()
  }
  /** A config counts once its key is had. */
  const counts = (): void => {
    lastGood = loadedNow
    if (life.run === undefined) return
    life.run.config = lastGood
    life.run.broken = lastGood === undefined
  }
  const refused = (failure: Failure): Failure => {
    if (life.run !== undefined) life.run.refused = true
    return failure
  }
  const take = ({ key }: Api): TE.TaskEither<Failure, void> =>
    pipe(
      machine.acquire({ who: life, dir: life.disk.dir, key: key?.reveal() }, () => sleep(1)),
      TE.map((taken) => had(taken)),
    )
  const follow = ({ key }: Api): TE.TaskEither<Failure, void> =>
    lock === undefined
      ? TE.left({ _tag: 'Defect', message: 'no lock is held' })
      : pipe(lock.follow(key?.reveal()), TE.map(counts), TE.mapLeft(refused))
  return { ports, load, take, follow }
}

const checks = new Map<string, { readonly fault: string | undefined }>()
const gaps = new Map<string, number>()
const remembered = <A extends NonNullable<unknown>>(known: Map<string, A>, name: string, find: () => A): A => {
  const found = known.get(name)
  if (found !== undefined) return found
  const made = find()
  known.set(name, made)
  return made
}
// The same few schedules stand in all configs, and to look at them takes long.
const schedules = {
  check: (cron: string, zone: string) =>
    remembered(checks, `${cron} ${zone}`, () => ({ fault: checkSchedule(cron, zone) })).fault,
  shortestGapMs: (cron: string, zone: string) => remembered(gaps, `${cron} ${zone}`, () => shortestGapMs(cron, zone)),
}

/** When each schedule fires, one after the other; asked of the library once, and each firing from the one before. */
const firings = new Map<string, Array<number>>()
/** Before all that is lived here, in autumn and in spring; the same for all, so that a firing does not depend on who asked first. */
const ORIGINS = [Date.UTC(2026, 9, 23), Date.UTC(2026, 2, 23)]

const firesAfter = (cron: string, zone: string, now: number): number | undefined => {
  const origin = ORIGINS.find((one) => one <= now) ?? Number.POSITIVE_INFINITY
  const known = remembered(firings, `${cron} ${zone} ${origin}`, () => [origin])
  if (known[0] === undefined || known[0] > now) return nextRun(cron, zone, new Date(now))?.getTime()
  for (let last = known.at(-1) ?? now; last <= now; ) {
    const next = nextRun(cron, zone, new Date(last))?.getTime()
    if (next === undefined) return undefined
    known.push(next)
    last = next
  }
  let [low, high] = [0, known.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((known[middle] ?? 0) > now) high = middle
    else low = middle + 1
  }
  return known[low]
}

let texts = new Map<string, E.Either<Failure, Loaded>>()

/** Loads a text as the program does; the same text once only, since loading is pure. */
const loadText = async (
  text: string,
  secrets: ReturnType<typeof secretStore>,
  { sha256 }: Crypto,
): Promise<E.Either<Failure, Loaded>> => {
  const known = texts.get(text)
  if (known !== undefined) return known
  const files = filesOf(text)
  const read = await loadDesired(
    {
      configText: {
        read: (path) => TE.right({ name: path === '' ? 'config.yaml' : path, text: files.get(path) ?? '' }),
        find: () => TE.right([...files.keys()].filter((path) => path !== '')),
        placeOf: (path) => path,
      },
      secrets,
      shelf: emptyShelf(async (text) => parseText(text)),
      schedules,
      clock: turning(),
    },
    { secrets: 'resolve' },
  )()
  const loaded = E.isLeft(read) ? read : E.right({ desired: read.right.desired, digest: `sha256:${sha256(text)}` })
  if (texts.size > 200) texts = new Map()
  texts.set(text, loaded)
  return loaded
}

/** The schedule in virtual time; when it fires next is said by the library that says it in earnest. */
const cronOf = (time: Time, life: Life, { cron, timezone }: Schedule): Trigger | undefined => {
  if (cron === undefined) return undefined
  return (wake) => {
    let stopped = false
    const arm = (): void => {
      const next = firesAfter(cron, timezone, time.now())
      if (next === undefined) return
      const wait = (): void => {
        time.after(next - time.now(), () => {
          if (stopped || !life.alive) return
          // The time of day may have been set back meanwhile.
          if (time.now() < next) return wait()
          wake('schedule')
          arm()
        })
      }
      wait()
    }
    arm()
    return async () => {
      stopped = true
    }
  }
}
