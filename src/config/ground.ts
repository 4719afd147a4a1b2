// The ground of a config: what stands below the users' own keys, and with what they are resolved. It stays the same for as long as nothing of it
// changes, so that what was made on it is known again.
import { type Scope, subaccount } from '../domain/wanted/scope.ts'
import { type ConfigFile, type ConfigFiles, type Decoded, subaccountsIn } from './file.ts'
import { merged, type SaidValues, sayings } from './layers.ts'
import { type Calendar, calendarOf } from './moment.ts'
import type { At } from './place.ts'
import { quoted } from './problem.ts'
import { type FoundSecrets, sameSecrets } from './secrets.ts'
import type { Layer } from './settings.ts'

/** What the users of a config are resolved on. */
export type Ground = {
  readonly defaults: SaidValues
  /** The defaults with those of a scope that has its own. */
  readonly bases: ReadonlyMap<Scope, SaidValues>
  /** All layers below a user's own keys. */
  readonly weakerOf: (scope: Scope, profile: string | undefined) => SaidValues
  readonly secrets: FoundSecrets
  readonly calendar: Calendar
}

type ScopeDefaults = { readonly scope: Scope; readonly layer: Partial<Layer>; readonly at: At }
type Made = { readonly own: ReadonlyArray<ScopeDefaults>; readonly ground: Ground }

const made = new WeakMap<Decoded<ConfigFile>, Made>()

/** The ground of these files; the one of the last time where it is the same. */
export const groundOf = (files: ConfigFiles, secrets: FoundSecrets): Ground => {
  const own = [files.main, ...files.included].flatMap(({ document, file }) =>
    subaccountsIn(file).flatMap(({ id, defaults: layer }, at): ReadonlyArray<ScopeDefaults> => {
      const place = { document, path: ['subaccounts', at, 'defaults'] }
      return layer === undefined ? [] : [{ scope: subaccount(id), layer, at: place }]
    }),
  )
  const known = made.get(files.main)
  const isSame =
    known?.own.length === own.length &&
    own.every(({ layer }, at) => layer === known.own[at]?.layer) &&
    sameSecrets(known.ground.secrets, secrets)
  if (known !== undefined && isSame) return known.ground
  const ground = laid(files.main, own, secrets)
  made.set(files.main, { own, ground })
  return ground
}

const laid = ({ document, file }: Decoded<ConfigFile>, own: ReadonlyArray<ScopeDefaults>, secrets: FoundSecrets): Ground => {
  const defaults = sayings(file.defaults, { document, path: ['defaults'] }, 'defaults', secrets)
  const bases = new Map(
    own.map(({ scope, layer, at }) => [scope, merged(defaults, sayings(layer, at, 'scope defaults', secrets))]),
  )
  const profiles = new Map(
    [...file.profiles].map(([name, layer]) => [
      name,
      sayings(layer, { document, path: ['profiles', name] }, `profile ${quoted(name).slice(1, -1)}`, secrets),
    ]),
  )
  const none: SaidValues = new Map()
  const laidOver = new Map<SaidValues, Map<string, SaidValues>>()
  return {
    defaults,
    bases,
    weakerOf: (scope, profile) => {
      const base = bases.get(scope) ?? defaults
      if (profile === undefined) return base
      const known = laidOver.get(base) ?? new Map<string, SaidValues>()
      const weaker = known.get(profile) ?? merged(base, profiles.get(profile) ?? none)
      laidOver.set(base, known.set(profile, weaker))
      return weaker
    },
    secrets,
    calendar: calendarOf(file.reconcile.timezone),
  }
}
