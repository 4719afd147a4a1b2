// The sections that say how the daemon is operated: `http`, `control`, `notify`. Their shapes, and what they come to.
import type * as t from 'io-ts'
import type { Problem } from '../domain/basics/failure.ts'
import type { Secret } from '../domain/user/secret.ts'
import type { Listen, Operation, Webhook } from '../domain/wanted/operation.ts'
import { E } from '../fp.ts'
import type { SecretRef } from '../ports.ts'
import { codec, integer, list, optional, orOff, parsed, preset, required, struct, text, word, wrongKind } from './codec.ts'
import type { SourceDocument } from './document.ts'
import { type At, problemAt } from './place.ts'
import { refName, secretRef } from './secret-ref.ts'

const LISTEN_FORM = 'a port such as 9465, or an address with one, such as "127.0.0.1:9465"'
const PORT = '(?:0|[1-9][0-9]{0,4})'
const port = integer(0, 65_535)

const listenText = parsed<Listen>(
  (input) => {
    const [, host = 'localhost', digits] = /^(?:(.*):)?(0|[1-9][0-9]{0,4})$/s.exec(input) ?? []
    if (digits === undefined) return E.left(`expected ${LISTEN_FORM}`)
    if (Number(digits) > 65_535) return E.left('a port is at most 65535')
    if (host === 'localhost') return E.right({ host: '127.0.0.1', port: Number(digits) })
    if (host === '') return E.left(`expected ${LISTEN_FORM}; for every address of this machine write "0.0.0.0:${digits}"`)
    const address = addressIn(host)
    return address === undefined
      ? E.left(`expected an IP address of this machine or localhost before the port, such as "127.0.0.1:${digits}"`)
      : E.right({ host: address, port: Number(digits) })
  },
  { pattern: `^(?:(?:localhost|[0-9.]+|\\[[0-9A-Fa-f:.]+\\]):)?${PORT}$` },
  LISTEN_FORM,
)

const addressIn = (host: string): string | undefined => {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) return host.split('.').every((part) => Number(part) < 256) ? host : undefined
  const inner = /^\[([0-9A-Fa-f:.]+)\]$/.exec(host)?.[1]
  return inner !== undefined && URL.canParse(`http://[${inner}]/`)
    ? new URL(`http://[${inner}]/`).hostname.slice(1, -1)
    : undefined
}

const listen = codec<Listen>('listen', { anyOf: [port.schema, listenText.schema] }, (input, context) => {
  if (typeof input === 'string') return listenText.validate(input, context)
  if (typeof input !== 'number') return wrongKind(input, context, LISTEN_FORM)
  const number = port.validate(input, context)
  return E.isLeft(number) ? number : E.right({ host: '127.0.0.1', port: number.right })
})

const group = text(
  (input) => (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}\$?$/.test(input) ? undefined : 'not the name of a group, such as adm'),
  { pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}\\$?$' },
)

/** `http`: health, metrics and the status page, read-only. */
export const http = struct({ listen: optional('where to listen; a port alone is on loopback; null: off', orOff(listen)) })

/** `control`: who beside the daemon's own user may use the control socket. */
export const control = struct({ group: optional("group of the control socket; absent: the daemon's own user only", group) })

/** `notify`: who is told of what happens. */
export const notify = list(
  struct({
    webhook: required('where the address of the webhook is kept', secretRef(['env', 'file', 'credential'])),
    format: preset('generic: a JSON document; slack: a text that Slack and its like show', word(['generic', 'slack']), 'generic'),
  }),
)

type Sections = {
  readonly http?: t.TypeOf<typeof http> | undefined
  readonly control?: t.TypeOf<typeof control> | undefined
  readonly notify: t.TypeOf<typeof notify>
}
type File = { readonly document: SourceDocument; readonly file: Sections }

/** The references to webhooks, with their places. */
export const webhookRefs = ({ document, file }: File): ReadonlyArray<{ readonly ref: SecretRef; readonly place: At }> =>
  file.notify.map(({ webhook }, at) => ({ ref: webhook, place: { document, path: ['notify', at, 'webhook'] } }))

type Find = (ref: SecretRef) => Secret | undefined

/** Webhooks whose address cannot be used. */
export const webhookProblems = (refs: ReturnType<typeof webhookRefs>, find: Find): ReadonlyArray<Problem> =>
  refs.flatMap(({ ref, place }) => {
    const secret = find(ref)
    const message = secret === undefined ? undefined : faultOf(secret)
    if (message === undefined) return []
    return [problemAt(place, { message, hint: `correct what ${refName(ref)} holds`, show: 'nothing' })]
  })

const faultOf = (secret: Secret): string | undefined => {
  switch (secret.address) {
    case 'https':
    case 'loopback':
      return undefined
    case 'http':
      return 'a webhook begins with https://; http:// is only for a loopback address'
    case undefined:
      return 'this secret is no address of a webhook; it begins with https://, and has no user or password before the host'
  }
}

/** What the sections come to. Without its secret, as in a check of references, nobody is told. */
export const operationOf = ({ document, file }: File, find: Find): Operation => {
  const spot = (...path: ReadonlyArray<string>) => ({ file: document.name, ...document.placeOf(path, 'value') })
  const at = file.http?.listen
  return {
    http: at === undefined ? undefined : { listen: at },
    control: file.control?.group === undefined ? undefined : { group: file.control.group, spot: spot('control', 'group') },
    notify: file.notify.flatMap(({ webhook, format }): ReadonlyArray<Webhook> => {
      const url = find(webhook)
      return url === undefined ? [] : [{ name: refName(webhook), url, format }]
    }),
  }
}
