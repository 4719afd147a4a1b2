// Which secrets the files ask for, and what is wrong with those that were found.
import type { Problem } from '../domain/basics/failure.ts'
import { onceEach } from '../domain/basics/once.ts'
import { LEAST_BITS } from '../domain/user/password.ts'
import { Secret } from '../domain/user/secret.ts'
import { E } from '../fp.ts'
import type { SecretRef } from '../ports.ts'
import type { Codec } from './codec.ts'
import { type SourceDocument, valueAt } from './document.ts'
import type { ConfigFiles, Decoded, IncludedFile } from './file.ts'
import { layersOfLists, layersOfMain, layersOfRules, type PlacedLayer } from './layers.ts'
import { endpoint } from './names.ts'
import { webhookProblems, webhookRefs } from './operation.ts'
import { type At, problemAt } from './place.ts'
import type { Path } from './problem.ts'
import { refKey, secretRef } from './secret-ref.ts'
import { KEY_SOURCES, PASSWORD_SOURCES } from './settings.ts'

/** A reference to a secret and where it stands. */
export type PlacedRef = { readonly ref: SecretRef; readonly place: At }

/** Secrets by the key of their reference. */
export type FoundSecrets = ReadonlyMap<string, Secret>

/** Whether the same secrets were found. */
export const sameSecrets = (one: FoundSecrets, other: FoundSecrets): boolean =>
  one.size === other.size &&
  [...one].every(([key, secret]) => {
    const found = other.get(key)
    return found?.equals(secret) === true && found.unsaved === secret.unsaved
  })

/** All references of a config, by what is kept there. */
export type Refs = {
  readonly keys: ReadonlyArray<PlacedRef>
  readonly webhooks: ReadonlyArray<PlacedRef>
  readonly passwords: ReadonlyArray<PlacedRef>
}

/** The references of these files. */
export const refsOf = (files: ConfigFiles): Refs => ({
  keys: keyRef(files),
  webhooks: webhookRefs(files.main),
  passwords: [
    ...passwordsOf(layersOfMain(files.main)),
    ...[files.main, ...files.included].flatMap(passwordsOfLists),
    ...passwordsOf(layersOfRules(files.main)),
  ],
})

const passwordsOf = (layers: ReadonlyArray<PlacedLayer>): ReadonlyArray<PlacedRef> =>
  layers.flatMap(({ layer, place: { document, path } }) =>
    layer.email_password === undefined
      ? []
      : [{ ref: layer.email_password, place: { document, path: [...path, 'email_password'] } }],
  )

const passwordsOfLists = onceEach((one: Decoded<IncludedFile>) => passwordsOf(layersOfLists(one)))

/** What stands for the passwords where none is fetched. */
export const unfetched = ({ passwords }: Refs): FoundSecrets =>
  new Map(passwords.map(({ ref }) => [refKey(ref), UNFETCHED] as const))

/** What was fetched of a reference. One place may keep a password and something else too, and what stands for the password is neither. */
export const fetchedOf =
  (secrets: FoundSecrets) =>
  (ref: SecretRef): Secret | undefined => {
    const found = secrets.get(refKey(ref))
    return found?.isUnfetched === true ? undefined : found
  }

// One for all, so that what was made of them is known again.
const UNFETCHED = Secret.unfetched()

// With the embedded stand-in no key is needed, so none is asked for.
const keyRef = ({ main: { file, document } }: ConfigFiles): ReadonlyArray<PlacedRef> =>
  file.api.key === undefined || file.api.endpoint._tag === 'Sandbox'
    ? []
    : [{ ref: file.api.key, place: { document, path: ['api', 'key'] } }]

const PASSWORDS_OF_LISTS = [
  ['users', '*'],
  ['subaccounts', '*', 'users', '*'],
  ['subaccounts', '*', 'defaults'],
]
const PASSWORDS = [['defaults'], ['profiles', '*'], ...PASSWORDS_OF_LISTS].map((at) => [...at, 'email_password'])

/** The references that stand in files of which nothing else may be right. */
export const refsIn = (main: SourceDocument, included: ReadonlyArray<SourceDocument>): Refs => {
  const found = endpoint.decode(valueAt(main, ['api', 'endpoint']))
  const isAsked = E.isRight(found) && found.right._tag !== 'Sandbox'
  const [key, password] = [secretRef(KEY_SOURCES), secretRef(PASSWORD_SOURCES)]
  return {
    keys: isAsked ? readAt(main, ['api', 'key'], key) : [],
    webhooks: readAt(main, ['notify', '*', 'webhook'], key),
    passwords: [
      ...PASSWORDS.flatMap((at) => readAt(main, at, password)),
      ...included.flatMap((one) => PASSWORDS_OF_LISTS.flatMap((at) => readAt(one, [...at, 'email_password'], password))),
    ],
  }
}

const readAt = (document: SourceDocument, at: Path, shape: Codec<SecretRef>): ReadonlyArray<PlacedRef> =>
  waysIn(document.value, at).flatMap((path) => {
    const read = shape.decode(valueAt(document, path))
    return E.isRight(read) ? [{ ref: read.right, place: { document, path } }] : []
  })

const waysIn = (value: unknown, [step, ...rest]: Path): ReadonlyArray<Path> => {
  if (step === undefined) return [[]]
  if (typeof value !== 'object' || value === null) return []
  const steps = step !== '*' ? [step] : Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  return steps.flatMap((one) => waysIn(valueAt({ value }, [one]), rest).map((way) => [one, ...way]))
}

/** References, all or but those of the users themselves, each once, with the place where it stands first. */
export const eachOnce = ({ keys, webhooks, passwords }: Refs, which: 'all' | 'shared'): ReadonlyArray<PlacedRef> => {
  const first = new Map<string, PlacedRef>()
  const asked = passwords.filter(({ place }) => which === 'all' || !place.path.includes('users'))
  for (const placed of [...keys, ...webhooks, ...asked]) {
    const key = refKey(placed.ref)
    if (!first.has(key)) first.set(key, placed)
  }
  return [...first.values()]
}

/** What is wrong with the secrets that were found. */
export const secretProblems = ({ keys, webhooks, passwords }: Refs, secrets: FoundSecrets): ReadonlyArray<Problem> => {
  const find = fetchedOf(secrets)
  const others = [...keys.map((one) => ({ ...one, what: KEY })), ...webhooks.map((one) => ({ ...one, what: WEBHOOK }))]
  return [
    ...keys.flatMap(({ ref, place }) =>
      find(ref)?.fitsHeader === false
        ? [
            problemAt(place, {
              message: 'this key holds blanks or characters that no API key has; copy it anew from the SMTP2GO app',
              show: 'nothing',
            }),
          ]
        : [],
    ),
    ...webhookProblems(webhooks, find),
    ...passwords.flatMap((one) => {
      const secret = find(one.ref)
      const other = others.find(({ ref }) => isSame({ ref: one.ref, secret }, { ref, secret: find(ref) }))
      return other === undefined ? weakness(secret, one.place) : [noPassword(other.what, one.place)]
    }),
  ]
}

const KEY = 'this is the API key, and whoever has it has the whole account'
const WEBHOOK = 'this is the address of a webhook, and whoever has it can say anything there'

type Kept = { readonly ref: SecretRef; readonly secret: Secret | undefined }

/** Whether two references lead to one secret: also where it is not fetched, or is kept in two places. */
const isSame = (one: Kept, other: Kept): boolean =>
  refKey(one.ref) === refKey(other.ref) ||
  (one.secret !== undefined && other.secret !== undefined && one.secret.equals(other.secret))

/** Of a password that is a secret of another kind: who may set a password, or see one, need not be trusted with that. */
const noPassword = (what: string, place: At): Problem =>
  problemAt(place, {
    message: `${what}: it is no password of a user`,
    hint: 'say where a password of this user is kept, or { generate: PATH }',
    show: 'nothing',
  })

/** Of a password that the service would refuse. */
const weakness = (secret: Secret | undefined, place: At): ReadonlyArray<Problem> =>
  secret === undefined || secret.bits >= LEAST_BITS
    ? []
    : [
        problemAt(place, {
          message: `this password has ${Math.floor(secret.bits)} bits of strength, the service demands ${LEAST_BITS}`,
          hint: 'use a longer one with more different characters, or { generate: PATH }',
          show: 'nothing',
        }),
      ]
