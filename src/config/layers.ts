// Layers of settings with their provenance: where each stands in the files, and how they are merged, from weak to strong:
//   defaults < the scope's defaults < profile < the user's own keys
import { dropped, FIELDS, type FieldName, fields } from '../domain/user/settings.ts'
import type { Sourced } from '../domain/wanted/desired.ts'
import type { SourceDocument } from './document.ts'
import { type ConfigFile, type ConfigFiles, type Decoded, type IncludedFile, subaccountsIn, type User } from './file.ts'
import { type At, said } from './place.ts'
import { refKey } from './secret-ref.ts'
import type { FoundSecrets } from './secrets.ts'
import type { Layer } from './settings.ts'

/** A value, what said it, and where. */
export type SaidValue = Sourced & { readonly at: At }

/** Settings by field. */
export type SaidValues = ReadonlyMap<FieldName, SaidValue>

/** A layer as it stands in a file; `null` becomes the service's default. A secret that is not among those found is left out. */
export const sayings = (layer: Partial<Layer>, place: At, name: string, secrets: FoundSecrets): SaidValues => {
  const found = new Map<FieldName, SaidValue>()
  for (const field of FIELDS) {
    const wanted = layer[field]
    if (wanted === undefined) continue
    const value = wanted === null ? fields[field].reset : typeof wanted === 'object' ? secrets.get(refKey(wanted)) : wanted
    if (value === undefined) continue
    const at = { document: place.document, path: [...place.path, field] }
    found.set(field, { value, source: `${said(at)} ${name}`, at })
  }
  return found
}

/** Two layers as one. */
export const merged = (weaker: SaidValues, stronger: SaidValues): SaidValues => {
  if (weaker.size === 0) return stronger
  if (stronger.size === 0) return weaker
  const result = new Map(weaker)
  for (const field of dropped(stronger.get('custom_ratelimit')?.value)) result.delete(field)
  for (const [field, value] of stronger) result.set(field, value)
  return result
}

/** The weaker layers of a user without what it declares unmanaged. */
export const withoutUnmanaged = (weaker: SaidValues, { unmanaged }: User): SaidValues => {
  if (unmanaged === undefined || unmanaged.length === 0) return weaker
  return new Map([...weaker].filter(([field]) => !unmanaged.includes(field)))
}

/** A layer of settings and where it stands. */
export type PlacedLayer = { readonly layer: Partial<Layer>; readonly place: At }

/** Every layer of settings in all files: defaults, profiles, scopes' defaults, users, and what rules set. */
export const layersOf = ({ main, included }: ConfigFiles): ReadonlyArray<PlacedLayer> => [
  ...layersOfMain(main),
  ...[main, ...included].flatMap(layersOfLists),
  ...layersOfRules(main),
]

/** The defaults and the profiles. */
export const layersOfMain = ({ document, file }: Decoded<ConfigFile>): ReadonlyArray<PlacedLayer> => [
  { layer: file.defaults, place: { document, path: ['defaults'] } },
  ...[...file.profiles].map(([name, layer]) => ({ layer, place: { document, path: ['profiles', name] } })),
]

/** What rules set. */
export const layersOfRules = ({ document, file }: Decoded<ConfigFile>): ReadonlyArray<PlacedLayer> =>
  file.rules.flatMap(
    ({ set }, at): ReadonlyArray<PlacedLayer> =>
      set === undefined ? [] : [{ layer: set, place: { document, path: ['rules', at, 'set'] } }],
  )

/** The defaults of the scopes of a file. */
export const layersOfScopes = ({ document, file }: Decoded<IncludedFile>): ReadonlyArray<PlacedLayer> =>
  subaccountsIn(file).flatMap(({ defaults }, at) => defaultsAt(document, at, defaults))

/** The same, and its users. */
export const layersOfLists = ({ document, file }: Decoded<IncludedFile>): ReadonlyArray<PlacedLayer> => [
  ...(file.users ?? []).map((layer, at) => ({ layer, place: { document, path: ['users', at] } })),
  ...subaccountsIn(file).flatMap(({ defaults, users }, at) => [
    ...defaultsAt(document, at, defaults),
    ...(users ?? []).map((layer, user) => ({ layer, place: { document, path: ['subaccounts', at, 'users', user] } })),
  ]),
]

const defaultsAt = (document: SourceDocument, at: number, layer: Layer | undefined): ReadonlyArray<PlacedLayer> =>
  layer === undefined ? [] : [{ layer, place: { document, path: ['subaccounts', at, 'defaults'] } }]
