// Chance: one stream of numbers for each concern, so that a new kind of fault does not change what people do in the same seed.
import { randomFrom } from '../support/sequence-world.ts'

/** Uniform in [0, 1). */
export type Random = () => number

const CONCERNS = [
  'world',
  'config',
  'people',
  'process',
  'faults',
  'network',
  'server',
  'passwords',
  'disk',
  'program',
  'rivals',
  'searches',
  'others',
  'holds',
  'rules',
  'dates',
  'renames',
  'stores',
  'losses',
  'amid',
  'clocks',
  'edits',
  'refusals',
  'contests',
] as const

/** What chance decides. */
export type Chance = { readonly [C in (typeof CONCERNS)[number]]: Random }

const mixed = (seed: number, name: string): number =>
  [...name].reduce((sum, letter) => Math.imul(sum ^ letter.charCodeAt(0), 0x01000193), (seed * 0x9e3779b1) | 0)

/** The streams of a seed. */
export const chanceOf = (seed: number): Chance => {
  const stream = (name: (typeof CONCERNS)[number]): Random => randomFrom(mixed(seed, name))
  return {
    world: stream('world'),
    config: stream('config'),
    people: stream('people'),
    process: stream('process'),
    faults: stream('faults'),
    network: stream('network'),
    server: stream('server'),
    passwords: stream('passwords'),
    disk: stream('disk'),
    program: stream('program'),
    rivals: stream('rivals'),
    searches: stream('searches'),
    others: stream('others'),
    holds: stream('holds'),
    rules: stream('rules'),
    dates: stream('dates'),
    renames: stream('renames'),
    stores: stream('stores'),
    losses: stream('losses'),
    amid: stream('amid'),
    clocks: stream('clocks'),
    edits: stream('edits'),
    refusals: stream('refusals'),
    contests: stream('contests'),
  }
}

/** A whole number from `least` to `most`. */
export const whole = (random: Random, least: number, most: number): number => least + Math.floor(random() * (most - least + 1))

/** One of these; `undefined` where there is none. */
export const pick = <A>(random: Random, items: ReadonlyArray<A>): A | undefined => items[Math.floor(random() * items.length)]
