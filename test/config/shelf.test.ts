// The shelf only saves time: after any series of changes to files and secrets, what it gives is what reading all anew gives.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { Secret } from '../../src/domain/user/secret.ts'
import type { DesiredState } from '../../src/domain/wanted/desired.ts'
import { E } from '../../src/fp.ts'
import { cases } from '../support/cases.ts'
import { newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'
import { type Files, load, newShelf, type Values } from './load.ts'

const HEAD = 'version: 1\napi: { endpoint: sandbox }\ninclude: ["c/*.yaml"]\n'
const MAINS = [
  `${HEAD}defaults: { description: one }\n`,
  `${HEAD}defaults: { description: two }\nrules: [{ id: r, set: { status: allowed } }]\n...\n`,
  `${HEAD}users: [{ username: one@a.example }]\n`,
  `${HEAD}profiles: { till: { description: of a profile } }\nsubaccounts: [{ id: S1, defaults: { archive_enabled: true } }]\n`,
  `${HEAD}profiles: { till: { audit_email: till@a.example } }\nreconcile: { timezone: Europe/Berlin }\n`,
  `${HEAD}defaults: { feedback_html: ${'x'.repeat(600_000)}, feedback_text: ${'y'.repeat(600_000)} }\n`,
  `${HEAD}users: [\n`,
]
const FIRST = [
  'users: [{ username: fax@a.example, email_password: { env: FAX } }]\n',
  'users: [{ username: fax@a.example, email_password: { env: FAX } }, { username: one@a.example }]\n',
  'users: [{ username: fax@a.example, descriptio: x }]\n',
  'users: [{ username: fax@a.example, email_password: { env: FAX }, profile: till, expires: 2027-03-31 }]\n',
  'users: [{ username: fax@a.example, email_password: { env: FAX }, feedback_html: short, previously: [till@b.example] }]\n',
  'users: [{ username: fax@a.example, email_password: { env: FAX } }]\nsubaccounts: [{ id: S1, users: [{ username: desk@b.example }] }]\n',
]
const SECOND = [
  'users: []\n',
  'subaccounts: [{ id: S1, users: [{ username: till@b.example }] }]\n...\n',
  'subaccounts: [{ id: S1, defaults: { ip_pool: 7 }, users: [{ username: till@b.example, profile: till }] }]\n',
  'subaccounts: [{ id: S1, defaults: { email_password: { env: FAX } } }]\n',
  'subaccounts: [{ id: S1, absent: [{ username: gone@b.example }] }]\n...\n',
]
const FAX: ReadonlyArray<string | undefined> = [newPassword(), newPassword(), 'weak', undefined]

type Step = { readonly files: Files; readonly values: Values }
const steps: fc.Arbitrary<ReadonlyArray<Step>> = fc.array(
  fc
    .tuple(fc.constantFrom(...MAINS), fc.constantFrom(...FIRST), fc.constantFrom(undefined, ...SECOND), fc.constantFrom(...FAX))
    .map(([main, first, second, fax]) => ({
      files: { 'config.yaml': main, 'c/1.yaml': first, ...(second === undefined ? {} : { 'c/2.yaml': second }) },
      values: fax === undefined ? {} : { FAX: fax },
    })),
  { minLength: 2, maxLength: 8 },
)

const printed = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => (one instanceof Map ? [...one] : one), 1)

const passwordOf = ({ scopes }: DesiredState): Secret => {
  const fax = scopes.flatMap(({ users }) => users).find(({ username }) => username === 'fax@a.example')
  const password = fax?.managed.email_password?.value
  if (!(password instanceof Secret)) throw new Error('no password')
  return password
}

spec('the shelf', (test) => {
  test('S1: gives what reading anew gives, whatever changed before', () =>
    fc.assert(
      fc.asyncProperty(steps, async (series) => {
        const shelf = newShelf()
        for (const { files, values } of series)
          for (let again = 0; again < 2; again += 1) {
            const [kept, anew] = [await load(files, values, { secrets: 'resolve' }, shelf), await load(files, values)]
            assert.is(printed(kept), printed(anew))
            if (E.isLeft(kept) || E.isLeft(anew)) continue
            assert.ok(passwordOf(kept.right.desired).equals(passwordOf(anew.right.desired)))
          }
      }),
      cases(60),
    ))

  test('resolves a config of which nothing changed once, and anew where only a secret is another one', async () => {
    const shelf = newShelf()
    const files = { 'config.yaml': MAINS[0] ?? '', 'c/1.yaml': FIRST[0] ?? '' }
    const desired = async (fax: string | undefined) => {
      const found = await load(files, fax === undefined ? {} : { FAX: fax }, { secrets: 'resolve' }, shelf)
      return E.isLeft(found) ? undefined : found.right.desired
    }
    const first = await desired(FAX[0])
    assert.is(await desired(FAX[0]), first)
    assert.is.not(await desired(FAX[1]), first)
    assert.is(await desired(undefined), undefined)
  })
})
