// Where the daemon of a command is asked: that of what was named, and never one of another config or state directory.
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { askControl, type Meant, socketAt } from '../adapters/control.ts'
import { realPath } from '../adapters/system.ts'
import type { GlobalOptions } from '../cli/args.ts'
import type { Reply } from '../cli/reply.ts'
import { isReply } from '../cli/reply-fits.ts'
import { type Unit, type UnitFacts, unitOf } from '../domain/checkup/unit.ts'
import { E } from '../fp.ts'
import { OF_THE_UNIT } from './reached.ts'
import { isUsualDir } from './state-place.ts'
import type { World } from './world.ts'

/** Where a daemon is asked. */
export type Place = {
  readonly path: string
  readonly meant: Meant
  /** Why nothing is done where nobody answers there; nothing where no daemon can be at work on the state directory then. */
  readonly deserted: string | undefined
  /** Whom else one might have thought of. */
  readonly passedBy: string | undefined
}

// A unit may have several, and systemd names all of them.
const runtimeDir = ({ env }: World): string | undefined => env.RUNTIME_DIRECTORY?.split(':')[0]

/** Where a daemon listens on a state directory. */
export const socketIn = (world: World, dir: string): string => join(runtimeDir(world) ?? dir, 'control.sock')

/** The place that was told: whoever listens there is meant. */
export const toldPlace = (path: string): Place => ({ path, meant: {}, deserted: desertedText(path), passedBy: undefined })

const desertedText = (path: string): string =>
  `no daemon answers at ${path}, and nothing was done: check --socket, or start the daemon that listens there`

type Asking = { readonly world: World; readonly global: GlobalOptions; readonly units: () => Promise<UnitFacts> }

/** Where the daemon of a state directory is asked. */
export const placeOf = async ({ world, global, units }: Asking, dir: string): Promise<Place> => {
  const usual = isUsualDir(world, global, dir)
  const config = await realPath(global.config)
  const ofConfig: Meant = global.configNamed ? { config } : {}
  const meant: Meant = { ...ofConfig, ...(usual ? {} : { stateDir: dir }) }
  const inDir = join(dir, 'control.sock')
  // Whoever listens in a state directory that was named has it, by whatever name they know it.
  const own: Place = { path: inDir, meant: usual ? meant : ofConfig, deserted: undefined, passedBy: undefined }
  const runtime = runtimeDir(world)
  // Whoever listens in the runtime directory may have any state directory.
  const inRuntime = runtime === undefined ? [] : [{ ...own, path: join(runtime, 'control.sock'), meant }]
  const near = await firstMeant(world, usual ? [...inRuntime, own] : [own, ...inRuntime], isListened)
  if (near.place !== undefined) return near.place
  // A socket that was left behind shows where the daemon of a directory was; one of the runtime directory may be anybody's.
  if (!usual && existsSync(inDir)) return { ...own, passedBy: near.others[0]?.said }
  // Where nothing was named the service is meant, and systemd need not be asked which one.
  if (usual && !global.configNamed && existsSync(OF_THE_UNIT))
    return { ...own, path: OF_THE_UNIT, deserted: desertedText(OF_THE_UNIT) }
  const facts = usual ? await units() : undefined
  const unit = facts === undefined ? undefined : unitOf(facts, config)
  const ofUnit = unit === undefined ? undefined : placeOfUnit(unit, config)
  if (ofUnit !== undefined) return ofUnit
  const tried = usual ? [] : inRuntime.map(({ path }) => path)
  const installed = [...(usual ? [] : besideRuntime(dir)), OF_THE_UNIT].filter((path) => !tried.includes(path))
  const far = await firstMeant(
    world,
    installed.map((path) => ({ path, meant, deserted: desertedText(path), passedBy: undefined })),
    async (path) => existsSync(path),
  )
  if (far.place !== undefined) return far.place
  const deserted =
    facts?._tag === 'Silent'
      ? `systemd does not tell which service runs ${config} (${facts.why}), and nothing was done: say with --state-dir or --socket which daemon is meant`
      : undefined
  // Whoever is asked says it too.
  const passedBy = [...near.others, ...far.others].find(({ path }) => path !== inDir)?.said
  return { ...own, deserted, passedBy }
}

type Found = {
  readonly place: Place | undefined
  readonly others: ReadonlyArray<{ readonly path: string; readonly said: string }>
}

/** The first of some places that is one and where nobody says to be another daemon; and what those before it said. */
const firstMeant = async (
  world: World,
  places: ReadonlyArray<Place>,
  isPlace: (path: string) => Promise<boolean>,
): Promise<Found> => {
  const others: Array<Found['others'][number]> = []
  for (const place of places) {
    if (!(await isPlace(place.path))) continue
    const said = await anotherAt(world, place)
    if (said === undefined) return { place, others }
    others.push({ path: place.path, said })
  }
  return { place: undefined, others }
}

/** Where systemd puts the socket of who has this state directory from it. */
const besideRuntime = (dir: string): ReadonlyArray<string> =>
  basename(dir).startsWith('smtp2go-reconciler') ? [join('/run', basename(dir), 'control.sock')] : []

/** The place of a unit that keeps its state where we would not look. */
const placeOfUnit = ({ id, runtimeDir, stateDir }: Unit, config: string): Place | undefined => {
  const dir = runtimeDir ?? stateDir
  if (dir === undefined) return undefined
  const path = join(dir, 'control.sock')
  const state = stateDir === undefined ? '' : `, with its state in ${stateDir}`
  const deserted = `${id} runs this config${state}; no daemon answers at ${path}, and nothing was done: start it (systemctl start ${id}), or say with --state-dir that another state directory is meant`
  return { path, meant: { config }, deserted, passedBy: undefined }
}

/** Whether somebody listens there, be it closed to us. */
const isListened = async (path: string): Promise<boolean> => {
  const { state } = await socketAt(path)
  return state !== 'absent' && state !== 'dead'
}

/** What a daemon says that is not meant; nothing where it is, or says nothing. */
const anotherAt = async ({ signal }: World, place: Place): Promise<string | undefined> => {
  if (Object.keys(place.meant).length === 0) return undefined
  const reply = await askControl(place, { _tag: 'Status' }, isReply, signal)
  return E.isRight(reply) && reply.right._tag === 'Unanswered' ? reply.right.message : undefined
}

/** What a daemon says to whom means another one; nothing where it is meant. */
export const unmeant =
  (path: string, own: Required<Meant>) =>
  async (meant: Meant): Promise<Reply | undefined> => {
    if ((await isSame(own.config, meant.config)) && (await isSame(own.stateDir, meant.stateDir))) return undefined
    const message = `the daemon at ${path} runs ${own.config}, with its state in ${own.stateDir}; that is not what was named, and it was not asked`
    return { _tag: 'Unanswered', message, undone: true }
  }

const isSame = async (own: string, meant: string | undefined): Promise<boolean> =>
  // systemd gives a service another path to its state than everybody else sees.
  meant === undefined || meant === own || (await realPath(meant)) === (await realPath(own))
