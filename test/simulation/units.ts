// Where the program is kept running, as a service manager does it: in one place for good, and beside it rivals for some hours, which want the
// same key. Whoever cannot begin, or is killed, is started again.
import { randomFrom } from '../support/sequence-world.ts'
import { pick, type Random } from './chance.ts'
import { type Config, KEY, textOf } from './config.ts'
import { crash, type Disk, emptyDisk } from './disk.ts'
import { apply, type File, kill, type Life, live, newLife, type Surroundings } from './program.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const AGAIN = 5 * SECOND

type Unit = {
  readonly name: string
  readonly disk: Disk
  file: () => File
  /** Nobody starts it any more. */
  over: boolean
  /** It is not started before. */
  downUntil: number
  life: Life | undefined
  /** How often in a row it found its state directory or its key taken. */
  refused: number
}

type Around = {
  readonly around: Surroundings
  /** The file that the first place reads, and all rivals in the end. */
  readonly file: () => File
  readonly chance: Random
  readonly say: (text: string) => void
  readonly fail: (promise: string, text: string) => void
  /** Something that should happen now and then did. */
  readonly mark: (what: string) => void
  /** A state directory comes to be used. */
  readonly opened: (disk: Disk) => void
  readonly lifeEnded: (life: Life) => void
}

export type Units = {
  readonly lives: ReadonlyArray<Life>
  readonly nameOf: (life: Life) => string
  /** Who writes with the key, or is next in the first place. */
  readonly current: () => Life | undefined
  /** Starts the first place, where `applied` after a person has applied the config. */
  readonly begin: (applied: boolean) => void
  /** Wakes whoever reads the config file. */
  readonly saved: () => void
  /** Kills the life that is on. */
  readonly strike: (downFor?: number) => void
  /** Kills this life. */
  readonly strikeLife: (life: Life) => void
  /** Asks the life that is on to stop; another one follows. */
  readonly restart: () => void
  /** Ends the life that is on with a crash, so that something can be done to its state directory. */
  readonly without: (change: (life: Life) => void) => void
  /** Another daemon comes up, and goes after a while. */
  readonly rival: (roll: number) => void
  /** Rivals go, but for one that is the writer. */
  readonly calm: () => void
}

/** Nothing runs yet; the first place has this state directory. */
export const unitsOf = ({ around, file, chance, say, fail, mark, opened, lifeEnded }: Around, disk: Disk): Units => {
  const { time, machine } = around
  const lives: Array<Life> = []
  const unitOf = (name: string, where: Disk, reads: () => File): Unit => ({
    name,
    disk: where,
    file: reads,
    over: false,
    downUntil: 0,
    life: undefined,
    refused: 0,
  })
  const first = unitOf(FIRST, disk, file)
  const units = [first]
  /** A rival that does not go. */
  let kept: Unit | undefined
  const current = (): Life | undefined => machine.holderOf({ key: KEY }) ?? (first.life?.alive === true ? first.life : undefined)
  const unitWith = (life: Life): Unit | undefined => units.find((unit) => unit.life === life)

  const born = (unit: Unit): Life => {
    const life = newLife({ n: lives.length, disk: unit.disk, file: () => unit.file() })
    lives.push(life)
    unit.life = life
    say(unit === first ? `life ${life.n}` : `life ${life.n}, ${unit.name}`)
    return life
  }
  const ends = (life: Life): void => {
    kill(life)
    if (!life.owns) return
    crash(life.disk, chance)
    lifeEnded(life)
  }
  const bootIn = (unit: Unit, ms: number): void => {
    unit.downUntil = Math.max(unit.downUntil, time.elapsed() + ms)
    const due = unit.downUntil
    time.after(due - time.elapsed(), () => {
      if (unit.downUntil === due && unit.life?.alive !== true && !unit.over) boot(unit)
    })
  }
  const boot = (unit: Unit): void => {
    const life = born(unit)
    void live(around, life).then((code) => {
      if (!life.alive) return
      if (code !== 0) say(`life ${life.n} ends with code ${code}`)
      const isRefused = code === 3
      if (isRefused) mark(`${unit.name}: refused`)
      unit.refused = isRefused ? unit.refused + 1 : 0
      ends(life)
      bootIn(unit, isRefused ? Math.min(5 * MINUTE, AGAIN * 2 ** (unit.refused - 1)) : code === 0 ? AGAIN : 30 * SECOND)
    })
  }
  const strikeIn = (unit: Unit, downFor: number): void => {
    const { life } = unit
    if (life?.alive !== true) return
    say(unit === first ? 'killed' : `${unit.name} killed`)
    ends(life)
    bootIn(unit, downFor)
  }
  const stop = (life: Life): void => {
    const asked = time.elapsed()
    life.daemon = undefined
    say('stop')
    life.ending.abort()
    time.after(10_001, () => {
      if (life.alive) fail('S16', `it did not stop in ${time.elapsed() - asked} ms`)
    })
  }
  /** The life that is on, and up. */
  const up = (): { readonly life: Life; readonly unit: Unit } | undefined => {
    const life = current()
    const unit = life === undefined ? undefined : unitWith(life)
    return life?.daemon === undefined || unit === undefined ? undefined : { life, unit }
  }
  const strike = (downFor = AGAIN): void => {
    const one = up()
    if (one !== undefined) strikeIn(one.unit, downFor)
  }
  const leave = (unit: Unit, isKilled: boolean): void => {
    if (unit.over || unit === kept) return
    unit.over = true
    if (unit.life?.alive !== true) return
    if (isKilled || unit.life.daemon === undefined) strikeIn(unit, 0)
    else stop(unit.life)
  }
  return {
    lives,
    nameOf: (life) => unitWith(life)?.name ?? '',
    current,
    begin: (applied) => {
      opened(disk)
      if (!applied) return boot(first)
      const life = born(first)
      void apply(around, life).then(() => {
        ends(life)
        boot(first)
      })
    },
    saved: () => {
      for (const { life, file: reads } of units) if (life?.alive === true && reads === file) life.wake('file change')
    },
    strike,
    strikeLife: (life) => {
      const unit = unitWith(life)
      if (unit !== undefined) strikeIn(unit, AGAIN)
    },
    restart: () => {
      const one = up()
      if (one !== undefined) stop(one.life)
    },
    without: (change) => {
      const one = up()
      if (one === undefined) return
      ends(one.life)
      change(one.life)
      bootIn(one.unit, AGAIN)
    },
    rival: (roll) => {
      const random = randomFrom(roll)
      const name = pick(random, RIVALS) ?? 'elsewhere'
      const isHere = name === 'in the same directory'
      const own = isHere ? disk : emptyDisk(`${name} ${units.length}`)
      if (!isHere) opened(own)
      const unit = unitOf(name, own, file)
      units.push(unit)
      const stays = (0.5 + random() * 3.5) * 60 * MINUTE
      if (name === 'with another key') {
        const { config } = file()
        if (config === undefined) return
        const watching = watchingOnly(config)
        unit.file = () => watching
        time.after((random() * stays) / 3, () => {
          unit.file = file
          if (unit.life?.alive === true) unit.life.wake('file change')
        })
      }
      bootIn(unit, 0)
      const [isOften, from, downFor, isKilled] = [
        random() < 0.7,
        ((1 + 2 * random()) * stays) / 3,
        random() * 60 * MINUTE,
        random() < 0.5,
      ]
      if (isOften)
        time.after(from, () => {
          if (!unit.over && unit !== kept) strike(downFor)
        })
      time.after(stays, () => leave(unit, isKilled))
    },
    calm: () => {
      const life = current()
      kept = life === undefined ? undefined : unitWith(life)
      for (const unit of units) if (unit !== first) leave(unit, true)
    },
  }
}

const FIRST = 'the first'
const RIVALS = ['in the same directory', 'elsewhere', 'elsewhere', 'with another key', 'with another key'] as const

/** That somebody with another state directory was the writer. */
export const ELSEWHERE: ReadonlyArray<string> = ['elsewhere: writes', 'with another key: writes']
/** What must happen now and then in many lives. */
export const RIVALRY: ReadonlyArray<string> = [
  ...ELSEWHERE,
  `${FIRST}: refused`,
  'in the same directory: refused',
  'in the same directory: writes',
  'elsewhere: refused',
  'with another key: looks on',
]

/** A config with another key that leaves everything as it is. */
const watchingOnly = (config: Config): File => {
  const watching: Config = { ...config, key: 'OTHER_KEY', mode: 'observe' }
  return { text: textOf(watching), config: watching }
}
