// One seed from its beginning to its verdict: a day of work and trouble, then calm, and what must be true after it.

import { type HoldWhat, holdOptions } from '../../src/domain/decisions/hold.ts'
import type { RunEvent } from '../../src/domain/run/event.ts'
import { glob } from '../../src/domain/user/username.ts'
import { E } from '../../src/fp.ts'
import { randomFrom } from '../support/sequence-world.ts'
import { amidRuns } from './amid.ts'
import { type Chance, chanceOf, pick, type Random } from './chance.ts'
import { checks, stateChecks } from './checks/all.ts'
import { awry, doubted, going, hasLooked, isBlind, scopeIn, strays, unmakable, unnamed } from './checks/liveness.ts'
import { telling } from './checks/telling.ts'
import { type Config, IN_PASSWORDS, isProtected, managedOf, stored, textOf } from './config.ts'
import { isOutside } from './dates.ts'
import { type Disk, emptyDisk, failUntil } from './disk.ts'
import { canMeet, courseOf, FAILING, type FaultKind, KINDS } from './faults.ts'
import { likenessOf } from './likeness.ts'
import { machineOf } from './machine.ts'
import {
  createByHand,
  dated,
  editByHand,
  edited,
  regained,
  removeByHand,
  renamed,
  setBackByHand,
  setPasswordByHand,
  shortened,
} from './people.ts'
import { approveAll, askPermissions, type File, type Life, newLife, type Run } from './program.ts'
import { withRules } from './rules.ts'
import { type Check, isForPeople, isWrite, type Scene, told, type Violation } from './scene.ts'
import { type Entry, type Service, serviceOf } from './service.ts'
import { type Beginning, beginning, namesIn, placeOf } from './start.ts'
import { type Time, virtualTime } from './time.ts'
import { unitsOf } from './units.ts'
import { type Act, DAY, isTrouble, PATIENCE, type Workload, workloadOf } from './workload.ts'

/** In place of a place. */
export const EVERYBODY = '*'
const MINUTE = 60_000
const HOUR = 60 * MINUTE
// Some days before the clocks are set forward in Europe; in every third seed some hours before, and in a third of these before they are set back.
const START = Date.UTC(2026, 2, 24, 22, 30)
const EVE = Date.UTC(2026, 2, 28, 22, 30)
const EVE_IN_AUTUMN = Date.UTC(2026, 9, 24, 22, 30)
/** What is told is searched for secrets in every so many lives. */
const TOLD_EVERY = 10
/** The time of day at which a seed begins. */
export const startOf = (seed: number): number => (seed % 3 !== 0 ? START : seed % 9 === 0 ? EVE_IN_AUTUMN : EVE)

export type Result = {
  readonly seed: number
  readonly violations: ReadonlyArray<Violation>
  readonly trace: ReadonlyArray<string>
  readonly hash: string
  readonly runs: number
  readonly requests: number
  readonly writes: number
  readonly faults: number
  /** By place: how often the program made, removed, and changed the password of a user. */
  readonly counts: ReadonlyMap<string, string>
  /** Who is there in the end, and as what. */
  readonly left: ReadonlyMap<string, string>
  /** The same, less what nobody manages of a user that the config lists. */
  readonly managed: ReadonlyMap<string, string>
  /** By place: what people did to a user. */
  readonly hands: ReadonlyMap<string, string>
  readonly users: number
  readonly scopes: number
  /** How often each kind of fault met each kind of request. */
  readonly met: ReadonlyMap<string, number>
  /** What rivals did. */
  readonly rivalry: ReadonlySet<string>
  /** Whether a ledger was lost. */
  readonly forgot: boolean
  /** Whose password the service said that it set, and did not. */
  readonly misled: ReadonlySet<string>
  /** Of whom a block or a removal met a fault, so that nobody may know later whose doing it was. */
  readonly unsure: ReadonlySet<string>
  /** Whom the program ever blocked for a rule. */
  readonly ruled: ReadonlySet<string>
  /** Whose removal waits for a cap in the end. */
  readonly going: ReadonlySet<string>
  /** Who is told to be blocked by somebody else in the end. */
  readonly strays: ReadonlySet<string>
  /** Of whom it is told in the end that no edit can make them. */
  readonly unmakable: ReadonlySet<string>
  /** Who is listed and outside its dates in the end. */
  readonly outside: ReadonlySet<string>
}

/** What a key is told that has to rest. */
const TOLD = ['429', '429', 'unknown key', '401'] as const
const isTold = ({ fault, ending }: Entry): boolean => ending === 'refused' && TOLD.some((one) => one === fault)
const ON_PERMISSIONS = KINDS.filter((kind) => canMeet('permissions', kind))

/** The workload of a seed, and the same without faults. */
export const workloadFor = (seed: number): Workload => workloadOf(chanceOf(seed))
export const withoutTrouble = ({ acts }: Workload): Workload => ({ acts: acts.filter((act) => !isTrouble(act)), faults: [] })

/** What a script can do in a life besides what its workload says. */
export type Hands = {
  readonly time: Time
  readonly service: Service
  readonly save: (config: Config) => void
  /** Ends the life that is on, as `kill -9` does; another one begins after five seconds. */
  readonly kill: () => void
  /** How many lives there were before the one that is on; `undefined` where none is. */
  readonly life: () => number | undefined
  readonly ask: (kind: FaultKind | undefined) => void
  /** Whether a run is under way. */
  readonly isRunning: () => boolean
}

/** A life that is told, not drawn: how it begins, how long its trouble may last, what happens in it. */
export type Script = {
  readonly begun: Beginning
  readonly lasts: number
  /** Nothing is kept of what is over, so that a year fits. */
  readonly forgets?: true
  readonly play: (hands: Hands) => void
}

/** So many runs must write nothing in the end. */
const QUIET_RUNS = 10

/** What is left of a config that says all: a part of its last lines. */
const ENDS = /^\n?\.{0,3}\n?$/
/** So many requests, and lines of the journal, are there where nothing is kept of what is over. */
const KEPT = 1000

/** Lives one seed, or a script with the chance of a seed. */
export const simulate = async (seed: number, workload: Workload = workloadFor(seed), script?: Script): Promise<Result> => {
  const chance: Chance = chanceOf(seed)
  const begun = script?.begun ?? beginning(chance)
  const time = virtualTime(startOf(seed))
  const disk = emptyDisk('first')
  const machine = machineOf<Life>()
  const [trace, digests]: [Array<string>, Array<string>] = [[], []]
  const forgets = script?.forgets === true
  const say = (text: string): void => {
    if (!forgets) trace.push(`${time.elapsed()} ${text}`)
  }
  const lifeOf = ({ life }: Entry): Life | undefined => units.lives[life]
  const hands = new Map<string, string>()
  const service = serviceOf(
    { time, chance, seed: begun.seed, faults: workload.faults, ...(forgets ? { keep: KEPT } : {}) },
    {
      left: (entry) => {
        const life = lifeOf(entry)
        say(`#${entry.n} ${told(entry)}`)
        if (life === undefined) return
        if (isWrite(entry)) {
          mark(`${units.nameOf(life)}: writes`)
          const act = atWrite
          atWrite = undefined
          act?.(entry)
        }
        amid.left(entry, life.run)
        for (const check of watching(life)) check.left?.(entry, life, life.run)
        life.run?.requests.push(entry)
      },
      ended: (entry) => {
        const life = lifeOf(entry)
        say(`#${entry.n} ${entry.ending} ${entry.status ?? '-'}${entry.fault === undefined ? '' : ` (${entry.fault})`}`)
        if (life === undefined) return
        if (life.run !== undefined) life.run.lastAnswerAt = time.elapsed()
        for (const check of watching(life)) check.ended?.(entry, life)
        if (isTold(entry)) {
          const act = atRest
          atRest = undefined
          act?.()
        }
        amid.ended(entry, life.run)
      },
      meanwhile: (what, entry, random) => {
        const life = lifeOf(entry)
        if (life === undefined) return
        if (what === 'kill') time.after(random() * 400, () => units.strikeLife(life))
        else failUntil(life.disk, FAILING[what], time.elapsed() + random() * 30 * MINUTE)
      },
      byHand: (endpoint, scope, body) => {
        const place = placeOf(scope, String(body.username))
        if (endpoint === 'remove') scene.removedIn.add(scope)
        if (endpoint === 'add') scene.madeByHand.set(place, time.elapsed())
        if (body.status !== undefined) scene.statusByHand.set(place, time.elapsed())
        hands.set(place, `${hands.get(place) ?? ''}${endpoint} ${JSON.stringify(body)}\n`)
      },
    },
  )
  /** Runs that ended after a look at everything. */
  let looks = 0
  /** What happens when the next write leaves. */
  let atWrite: ((entry: Entry) => void) | undefined
  /** What happens when the key is next told to rest. */
  let atRest: (() => void) | undefined
  let file: File = { text: textOf(begun.config), config: begun.config }
  const scene: Scene = {
    time,
    service,
    start: begun,
    machine,
    random: chance.program,
    config: begun.config,
    approving: false,
    clockSetAt: Number.NEGATIVE_INFINITY,
    forward: 0,
    statusByHand: new Map(),
    madeByHand: new Map(),
    removedIn: new Set(),
    blocks: new WeakMap(),
    ruled: new Set(),
    forgot: false,
    stops: [],
    violations: [],
  }
  const fail = (promise: string, text: string): void => {
    say(`${promise} BROKEN: ${text}`)
    scene.violations.push({ promise, at: time.elapsed(), text })
  }
  const ofWorld: ReadonlyArray<Check> = [...checks, ...(seed % TOLD_EVERY === 0 ? [telling] : [])].map((make) =>
    make(scene, fail),
  )
  const ofStates = new Map<Disk, ReadonlyArray<Check>>()
  const watching = (life: Life): ReadonlyArray<Check> => ofStates.get(life.disk) ?? ofWorld
  const goOn = (): boolean => scene.violations.length === 0

  const around = {
    time,
    service,
    machine,
    random: chance.program,
    wrote: (life: Life) => {
      for (const check of watching(life)) check.wrote?.(life)
    },
    told: (life: Life, event: RunEvent) => {
      for (const check of watching(life)) check.told?.(event)
    },
    runBegan: (life: Life, run: Run) => {
      if (forgets) life.disk.journal.splice(0, Math.max(0, life.disk.journal.length - KEPT))
      say(`run ${life.n}.${run.n}`)
      for (const check of watching(life)) check.runBegan?.(life, run)
    },
    runEnded: (life: Life, run: Run) => {
      say(`run ${life.n}.${run.n} over`)
      if (!forgets) digests.push(`${life.n}.${run.n} ${life.reports.at(-1)?.plan.digest}`)
      if (run.refused && run.requests.length > 0) mark(`${units.nameOf(life)}: looks on`)
      if (hasLooked(run)) looks += 1
      for (const check of watching(life)) check.runEnded?.(life, run)
    },
  }
  const rivalry = new Set<string>()
  const mark = (what: string): void => void rivalry.add(what)
  const opened = (where: Disk): void => {
    const state = { disk: where, isNew: where !== disk || !begun.applied }
    if (where !== disk) scene.forgot = true
    ofStates.set(where, [...ofWorld, ...stateChecks.map((make) => make(scene, fail, state))])
  }
  const lifeEnded = (life: Life): void => {
    for (const check of watching(life)) check.lifeEnded?.(life)
  }
  const units = unitsOf({ around, file: () => file, chance: chance.disk, say, fail, mark, opened, lifeEnded }, disk)
  const { current } = units
  const save = (next: File): void => {
    file = next
    const isDeaf = chance.process() < 0.1
    time.after(isDeaf ? 30_000 * chance.process() : 300, units.saved)
  }
  const saveConfig = (config: Config): void => {
    scene.config = config
    for (const { what, fields } of config.rules)
      if (what === 'set') for (const field of Object.keys(fields)) scene.ruled.add(stored(field, undefined)[0])
    save({ text: textOf(config), config })
  }
  const [erased, overwritten] = [new Set<string>(), new Set<string>()]
  const tell = (what: string, place: string): void => {
    say(`${place}: ${what}`)
    mark(what)
    // When a run comes is not the same in a life with faults and in one without, so that only what happened at one moment can be compared.
    hands.set(place, `${hands.get(place) ?? ''}amid ${time.elapsed()}\n`)
  }
  const amid = amidRuns(scene, { erased, overwritten, tell })
  const scopes = [...begun.config.scopes.keys()]

  const happens = ({ what, roll }: Act): void => {
    say(what)
    const random = randomFrom(roll)
    switch (what) {
      case 'edit the config':
        saveConfig(edited(scene.config, begun, roll))
        return
      case 'save slowly': {
        const { text } = file
        const there = Math.floor(random() * text.length)
        // Where nothing but the end line is missing, all is said; whether that is enough, the program decides.
        const isSaid = ENDS.test(text.slice(there))
        save({ text: text.slice(0, there), config: isSaid ? scene.config : undefined })
        // So that there is something to write while nothing may be.
        editByHand(service, begun, roll)
        time.after(1500, () => current()?.wake('SIGHUP'))
        time.after(2000 + random() * 60_000, () => saveConfig(scene.config))
        return
      }
      case 'edit a user by hand':
        editByHand(service, begun, roll)
        return
      case 'remove a user by hand':
        removeByHand(service, begun.parts, roll, erased)
        return
      case 'set a password by hand':
        setPasswordByHand(service, begun.parts, roll, overwritten)
        return
      case 'act by hand amid a run':
        amid.wait(roll)
        return
      case 'set a user back again and again':
        for (let times = 0; times < 5; times += 1)
          time.after(times * 100 * MINUTE, () => {
            if (time.elapsed() < DAY) setBackByHand(service, scene.config, begun, roll)
          })
        return
      case 'create a user by hand':
        createByHand(service, begun, roll)
        return
      case 'SIGHUP':
        current()?.wake('SIGHUP')
        return
      case 'set the clock':
        setClock(Math.floor((random() - 0.5) * 4 * HOUR))
        return
      case 'set the clock in a rest': {
        // Mostly back, and by more than has passed of the rest, so that it is dated by a time that is yet to come.
        const ms = Math.floor(random() * (random() < 0.7 ? -2 * HOUR : random() < 0.5 ? 30_000 : 2 * HOUR))
        const fault = {
          kind: pick(random, TOLD) ?? '429',
          on: 'view',
          at: 0,
          times: 1,
          until: Number.POSITIVE_INFINITY,
          roll,
        } as const
        const isKilled = random() < 0.7
        service.plant(fault)
        atRest = () =>
          time.after(random() * (fault.kind === '429' ? 50_000 : 4 * MINUTE), () => {
            mark('the clock is set in a rest')
            setClock(ms)
            // So that somebody asks while it lasts, mostly one who knows no more of it than what is written down, and when it must be over.
            if (isKilled) units.strike()
            for (const later of [1000, 15 * MINUTE, 75 * MINUTE]) time.after(later, () => current()?.wake('SIGHUP'))
          })
        return
      }
      case 'set the clock a day forward':
        setClock(DAY)
        return
      case 'suspend':
        // Timers stand still meanwhile and the time of day does not; what was under way is done, and nobody hears of it. People go on.
        service.cut()
        editByHand(service, begun, roll)
        setClock(8 * HOUR)
        return
      case 'disk full':
        fillUntil(time.elapsed() + random() * 2 * HOUR)
        return
      case 'kill': {
        const later = random() * 400
        if (random() < 0.3) units.strike()
        else atWrite = () => time.after(later, () => units.strike())
        return
      }
      case 'lose the ledger':
        units.without((life) => {
          life.disk.ledger = undefined
          scene.forgot = true
          for (const check of watching(life)) check.ledgerLost?.()
        })
        return
      case 'search for subaccounts':
        saveConfig({ ...scene.config, searches: true })
        return
      case 'ask what the key may':
        ask(pick(random, ON_PERMISSIONS))
        return
      case 'change the rules':
        saveConfig(withRules(scene.config, roll))
        return
      case 'change dates':
        saveConfig(dated(scene.config, roll, startOf(seed) + time.elapsed()))
        return
      case 'rename a user':
        saveConfig(renamed(scene.config, begun, roll))
        return
      case 'lose most of the list': {
        const before = scene.config
        saveConfig(shortened(before))
        time.after(Math.min((0.5 + random() * 3.5) * HOUR, DAY - time.elapsed()), () =>
          saveConfig(regained(scene.config, before)),
        )
        return
      }
      case 'put on hold':
        // Mostly while a run is at work, since then there is something that may still leave.
        if (random() < 0.3) putOnHold(random)
        else atWrite = () => time.after(random() * 400, () => putOnHold(random))
        return
      case 'a rival comes':
        units.rival(roll)
        return
      case 'restart':
        if (random() < 0.5) units.restart()
        else
          atWrite = ({ endpoint }) => {
            service.plant({ kind: 'time-out after', on: endpoint, at: 0, times: 1, until: Number.POSITIVE_INFINITY, roll })
            time.after(5, units.restart)
          }
        return
    }
  }

  function setClock(ms: number): void {
    say(`the clock is set by ${ms} ms`)
    scene.clockSetAt = time.elapsed()
    scene.forward += Math.max(0, ms)
    time.jump(ms)
  }
  /** A person puts somebody, everybody or all removals on hold for a while, or stops somebody. */
  function putOnHold(random: Random): void {
    const life = current()
    if (life?.daemon === undefined) return
    const kind = random()
    const username =
      pick(
        random,
        scopes.flatMap((scope) => namesIn(begun, scope)),
      ) ?? ''
    const what: HoldWhat =
      kind < 0.2
        ? { _tag: 'All' }
        : kind < 0.3
          ? { _tag: 'Removals' }
          : { _tag: kind < 0.5 && scene.config.edit !== 'full' ? 'Stop' : 'Users', glob: username }
    const until = time.now() + (5 + random() * 115) * MINUTE
    if (what._tag === 'Stop') scene.stops.push({ username, until })
    void life.daemon.controls
      .decide({ _tag: 'Hold', what, until }, { by: 'operator', reason: 'a change at the customer' })
      .then((answer) => {
        if (!E.isRight(answer) || !life.alive) return
        say(`hold ${holdOptions(what)} is taken`)
        // Where it was taken in one life and not in the other, nobody can be compared of whom it kept something.
        const whose = 'glob' in what ? scopes.map((scope) => placeOf(scope, username)) : [EVERYBODY]
        for (const place of whose) hands.set(place, `${hands.get(place) ?? ''}${what._tag}\n`)
        for (const check of watching(life)) check.held?.({ what, until })
        // As `block` does it: whatever is under way gives way.
        const pattern = what._tag === 'Stop' ? glob(what.glob) : undefined
        if (pattern !== undefined)
          void life.daemon?.controls.stop(pattern, until, { by: 'operator', reason: 'a change at the customer' })
      })
  }
  /** A person asks what the key may, and meets a fault. */
  function ask(kind: FaultKind | undefined): void {
    if (kind !== undefined) service.plant({ kind, on: 'permissions', at: 0, times: 1, until: Number.POSITIVE_INFINITY, roll: 0 })
    void askPermissions(around, newLife({ n: -1, disk: emptyDisk('none'), file: () => file })).then((grants) => {
      if (grants === undefined) return
      const asked = service.log.findLast(({ endpoint }) => endpoint === 'permissions')
      if (asked?.ending !== 'good') fail('L8', `an answer is believed that is ${asked?.ending}`)
      if (!grants.some((grant) => grant === '*' || grant === '/users/smtp/view')) fail('L8', `the key may ${grants.join(', ')}`)
    })
  }
  const fillUntil = (moment: number): void => {
    for (const where of ofStates.keys()) failUntil(where, FAILING['disk full'], moment)
  }

  units.begin(begun.applied)
  for (const act of workload.acts) time.after(act.at, () => happens(act))
  script?.play({
    time,
    service,
    save: saveConfig,
    kill: units.strike,
    life: () => current()?.n,
    ask,
    isRunning: () => current()?.run !== undefined,
  })
  await time.run(script?.lasts ?? DAY, goOn)

  await calm()
  if (goOn()) for (const check of new Set([...ofStates.values()].flat())) check.over?.()

  /** The trouble is over: what is not as it should be must have a name, then with a person's word and a day it must be so, and stay so. */
  async function calm(): Promise<void> {
    if (!goOn()) return
    say('calm')
    atWrite = undefined
    atRest = undefined
    amid.calm()
    service.heal()
    units.calm()
    fillUntil(0)
    saveConfig(scene.config)
    await time.run(time.elapsed() + PATIENCE, goOn)
    if (goOn() && current()?.daemon === undefined) fail('L5', 'no daemon runs')
    if (goOn()) for (const text of unnamed(scene, current())) fail('L3', text)
    scene.approving = true
    saveConfig({ ...scene.config, cron: '0 */6 * * *' })
    // A day until what did not take is sent again, and then grace; an old name goes only some looks after the new one came.
    let from = 0
    for (let run = 0; (run < 6 || (run < 9 && service.log.slice(from).some(isWrite))) && goOn(); run += 1) {
      from = service.log.length
      await time.run(time.elapsed() + 6 * HOUR, goOn)
      await approveAll(
        current(),
        (scope) => isForPeople(scene, scopeIn(scope)),
        () => time.run(time.elapsed() + 5 * MINUTE, goOn),
      )
    }
    if (goOn()) for (const text of [...awry(scene, current()), ...doubted(current())]) fail('L5', text)
    await still()
  }
  /** Ten runs that write nothing; who is dead writes nothing either, so each must have looked. */
  async function still(): Promise<void> {
    const [from, before] = [service.log.length, looks]
    for (let run = 0; run < QUIET_RUNS && goOn(); run += 1) {
      current()?.wake('control')
      await time.run(time.elapsed() + MINUTE, goOn)
    }
    if (goOn() && looks - before < QUIET_RUNS)
      fail('L7', `of ${QUIET_RUNS} runs asked for, ${looks - before} looked at everything`)
    const first = service.log.slice(from).find(isWrite)
    if (goOn() && first !== undefined) fail('L4', `a world at rest is written to: ${told(first)}`)
  }
  const left = leftIn(service, scopes)
  const faulted = service.log.filter(({ fault }) => fault !== undefined)
  const met = new Map<string, number>()
  for (const { fault, endpoint } of faulted) met.set(`${fault} ${endpoint}`, (met.get(`${fault} ${endpoint}`) ?? 0) + 1)
  return {
    seed,
    violations: scene.violations,
    trace,
    hash: likenessOf({ trace, log: service.log, digests, left }),
    runs: units.lives.reduce((sum, life) => sum + life.runs, 0),
    requests: service.log.length,
    writes: service.log.filter(isWrite).length,
    faults: faulted.length,
    counts: countsOf(service.log),
    left,
    managed: managedIn(scene, scopes),
    hands,
    users: new Set(scopes.flatMap((scope) => namesIn(begun, scope))).size,
    scopes: scopes.length,
    met,
    rivalry,
    forgot: scene.forgot,
    misled: new Set(faulted.filter(isMisleading).map(({ scope, username }) => placeOf(scope, username))),
    unsure: new Set(faulted.filter(isShutting).map(({ scope, username }) => placeOf(scope, username))),
    ruled: new Set(
      service.log.flatMap((entry) => (scene.blocks.get(entry) === 'rule' ? [placeOf(entry.scope, entry.username)] : [])),
    ),
    going: going(current()),
    strays: strays(current()),
    unmakable: unmakable(scene, current()),
    outside: outsideIn(scene),
  }
}

const outsideIn = ({ config, time }: Scene): ReadonlySet<string> =>
  new Set(
    [...config.scopes].flatMap(([scope, { users }]) =>
      [...users.keys()].filter((name) => isOutside(config, scope, name, time.now())).map((name) => placeOf(scope, name)),
    ),
  )

const leftIn = (service: Service, scopes: ReadonlyArray<string>): ReadonlyMap<string, string> =>
  new Map(
    scopes.flatMap((scope) =>
      [...service.usersOf(scope).values()].map(({ email_password, ...user }) => {
        // One that the service made says nothing.
        const password = email_password.includes(IN_PASSWORDS) ? email_password : ''
        return [`${scope} ${user.username}`, JSON.stringify({ ...user, password })] as const
      }),
    ),
  )

const IGNORING: ReadonlyArray<Config['unlisted']> = ['report', 'ignore']

const managedIn = (scene: Scene, scopes: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const {
    config,
    service,
    start: { parts },
  } = scene
  return new Map(
    scopes.flatMap((scope) =>
      [...service.usersOf(scope).values()].flatMap((user) => {
        // A protected one keeps what it was made with, whenever that was.
        const managed = isProtected(user.username) ? {} : managedOf(config, scope, user.username)
        // Of one that the config listed once, what it set of it depends on how long it did; so does the status, where nothing is made of that.
        const place = placeOf(scope, user.username)
        const wasListed = managed === undefined && parts.has(place)
        if (wasListed && IGNORING.includes(config.unlisted)) return []
        const kept = managed ?? (wasListed ? { status: '' } : user)
        const isOwn = !user.email_password.includes(IN_PASSWORDS)
        const fields = Object.entries(user).filter(
          ([field]) =>
            field in kept &&
            !(managed === undefined && scene.ruled.has(field)) &&
            !(isOwn && field === 'email_password') &&
            !(managed !== undefined && isBlind(field, scene)),
        )
        return [[place, JSON.stringify(fields)] as const]
      }),
    ),
  )
}

const isMisleading = ({ ending, fault, body }: Entry): boolean =>
  ending === 'good' && body.email_password !== undefined && ['nothing', 'without a field'].includes(courseOf(fault).does)

const isShutting = ({ endpoint, body }: Entry): boolean => endpoint === 'remove' || body.status === 'blocked'

const countsOf = (log: ReadonlyArray<Entry>): ReadonlyMap<string, string> => {
  const counts = new Map<string, { made: number; removed: number; passwords: number }>()
  for (const { scope, username, effects } of log)
    for (const { before, after } of effects) {
      const place = `${scope} ${username}`
      const count = counts.get(place) ?? { made: 0, removed: 0, passwords: 0 }
      counts.set(place, count)
      if (before === undefined && after !== undefined) count.made += 1
      if (before !== undefined && after === undefined) count.removed += 1
      if (before !== undefined && after !== undefined && before.email_password !== after.email_password) count.passwords += 1
    }
  return new Map([...counts].map(([place, { made, removed, passwords }]) => [place, `${made} ${removed} ${passwords}`]))
}

/** Whether a life that is lived again is another one. */
export const differs = async (seed: number, workload: Workload, hash: string): Promise<boolean> =>
  (await simulate(seed, workload)).hash !== hash
