// Which secrets the files ask for, and what is wrong with those that were found.
import type { Problem } from '../domain/failure.ts'
import { LEAST_BITS } from '../domain/password.ts'
import type { Secret } from '../domain/secret.ts'
import type { SecretRef } from '../ports.ts'
import { type ConfigFiles, type Decoded, type IncludedFile, subaccountsIn } from './file.ts'
import { webhookRefs } from './operation.ts'
import { type At, problemAt } from './place.ts'
import type { Layer } from './settings.ts'

/** A reference to a secret and where it stands. */
export type PlacedRef = { readonly ref: SecretRef; readonly place: At }

/** Secrets by the key of their reference. */
export type FoundSecrets = ReadonlyMap<string, Secret>

/** One text for each place where a secret can be kept. */
export const refKey = (ref: SecretRef): string =>
  ref._tag === 'env' || ref._tag === 'credential' ? `${ref._tag}:${ref.name}` : `${ref._tag}:${ref.path}`

/** The references of all files, or but those of the users themselves, each once, with the place where it stands first. */
export const secretRefs = (files: ConfigFiles, which: 'all' | 'shared' = 'all'): ReadonlyArray<PlacedRef> => {
  const first = new Map<string, PlacedRef>()
  const passwords = passwordRefs(files).filter(({ place }) => which === 'all' || !place.path.includes('users'))
  for (const placed of [...keyRef(files), ...webhookRefs(files.main), ...passwords]) {
    const key = refKey(placed.ref)
    if (!first.has(key)) first.set(key, placed)
  }
  return [...first.values()]
}

/** Passwords that the service would refuse. */
export const weakPasswords = (files: ConfigFiles, secrets: FoundSecrets): ReadonlyArray<Problem> =>
  passwordRefs(files).flatMap(({ ref, place }) => {
    const secret = secrets.get(refKey(ref))
    if (secret === undefined || secret.bits >= LEAST_BITS) return []
    return [
      problemAt(place, {
        message: `this password has ${Math.floor(secret.bits)} bits of strength, the service demands ${LEAST_BITS}`,
        hint: 'use a longer one with more different characters, or { generate: PATH }',
        show: 'nothing',
      }),
    ]
  })

// With the embedded stand-in no key is needed, so none is asked for.
const keyRef = ({ main: { file, document } }: ConfigFiles): ReadonlyArray<PlacedRef> =>
  file.api.key === undefined || file.api.endpoint._tag === 'Sandbox'
    ? []
    : [{ ref: file.api.key, place: { document, path: ['api', 'key'] } }]

const passwordRefs = (files: ConfigFiles): ReadonlyArray<PlacedRef> =>
  layersOf(files).flatMap(({ layer, place: { document, path } }) =>
    layer.email_password === undefined
      ? []
      : [{ ref: layer.email_password, place: { document, path: [...path, 'email_password'] } }],
  )

/** A layer of settings and where it stands. */
type PlacedLayer = { readonly layer: Partial<Layer>; readonly place: At }

/** Every layer of settings in all files: defaults, profiles, scopes' defaults, users, and what rules set. */
export const layersOf = (files: ConfigFiles): ReadonlyArray<PlacedLayer> => {
  const { document, file } = files.main
  return [
    { layer: file.defaults, place: { document, path: ['defaults'] } },
    ...[...file.profiles].map(([name, layer]) => ({ layer, place: { document, path: ['profiles', name] } })),
    ...[files.main, ...files.included].flatMap(layersOfLists),
    ...file.rules.flatMap(
      ({ set }, at): ReadonlyArray<PlacedLayer> =>
        set === undefined ? [] : [{ layer: set, place: { document, path: ['rules', at, 'set'] } }],
    ),
  ]
}

const layersOfLists = ({ document, file }: Decoded<IncludedFile>): ReadonlyArray<PlacedLayer> => [
  ...(file.users ?? []).map((layer, at) => ({ layer, place: { document, path: ['users', at] } })),
  ...subaccountsIn(file).flatMap(({ defaults, users }, at) => [
    ...(defaults === undefined ? [] : [{ layer: defaults, place: { document, path: ['subaccounts', at, 'defaults'] } }]),
    ...(users ?? []).map((layer, user) => ({ layer, place: { document, path: ['subaccounts', at, 'users', user] } })),
  ]),
]
