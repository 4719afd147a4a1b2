// Layers of settings with their provenance, merged from weak to strong:
//   defaults < the scope's defaults < profile < the user's own keys
import type { Sourced } from '../domain/desired.ts'
import { dropped, FIELDS, type FieldName, fields } from '../domain/settings.ts'
import type { User } from './file.ts'
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
