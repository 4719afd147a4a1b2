// What a full edit sets of a password: it cannot leave one as it is, so what may not be set yet is part of the change, and of nothing else (S4).
import * as assert from 'uvu/assert'
import { carried } from '../../../src/domain/draft/carried.ts'
import type { UserMemory } from '../../../src/domain/memory/user-memory.ts'
import type { FieldChange, Update } from '../../../src/domain/plan/plan.ts'
import { printOf } from '../../../src/domain/user/prints.ts'
import type { Settings } from '../../../src/domain/user/settings.ts'
import type { Policy } from '../../../src/domain/wanted/desired.ts'
import { change, context, DAY, liveUser, memory, NOW, policy, prints, userMemory, wanted } from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const [OURS, THEIRS] = [newSecret(), newSecret()]
const MOVED: FieldChange = { field: 'feedback_domain', from: 'default', to: 'links.acme.example', source: 'here' }
const print = printOf(prints, OURS)
const assumed = new Map([['email_password', { print, at: 1, assumed: true }] as const])
const sent = new Map([['email_password', { print, at: 1 }] as const])
const vain = (ago: number) => [{ field: 'email_password', wanted: print, live: printOf(prints, THEIRS), at: NOW - ago } as const]

type Row = {
  readonly asked?: Settings
  readonly shown?: Settings
  readonly known?: Partial<UserMemory>
  readonly some?: Partial<Update>
  readonly by?: Partial<Policy>
}

const fieldsOf = ({ asked = { email_password: OURS }, shown = {}, known = {}, some = {}, by = {} }: Row) => {
  const about = context({ memory: memory({ users: new Map([[ONE, userMemory(known)]]) }), policy: policy(by) })
  const both = { user: wanted(ONE, asked), twin: liveUser(ONE, shown) }
  const found = carried(about, both, change('update', ONE, { fields: [MOVED], ...some })).fields
  return found.map(({ field, from }) => (from === undefined ? field : `${field} of ${from === THEIRS ? 'theirs' : 'ours'}`))
}
const ALONE = ['feedback_domain of ours']
const WITH_IT = ['email_password', ...ALONE]
const WITH_THEIRS = ['email_password of theirs', ...ALONE]
const described: Partial<Update> = { fields: [{ ...MOVED, field: 'description' }] }

spec('the password that an edit carries', (test) => {
  const rows: ReadonlyArray<readonly [title: string, row: Row, fields: ReadonlyArray<string>]> = [
    ['is a change where another one is shown', { shown: { email_password: THEIRS } }, WITH_THEIRS],
    ['is none where it is shown', { shown: { email_password: OURS } }, ALONE],
    ['is a change where none is shown and nothing was sent', {}, WITH_IT],
    ['is none where it was sent', { known: { sent } }, ALONE],
    ['is a change where another one was sent', { asked: { email_password: THEIRS }, known: { sent } }, WITH_IT],
    [
      'is none where it was sent, and is to be sent again for its age',
      { known: { sent }, by: { reassert_unobservable: 1 } },
      ALONE,
    ],
    [
      'is a change where it was only assumed, and is to be sent for its age',
      { known: { sent: assumed }, by: { reassert_unobservable: 1 } },
      WITH_IT,
    ],
    ['is a change where it was only assumed', { known: { sent: assumed } }, WITH_IT],
    ['is a change where it is about to be assumed', { by: { unknown_password: 'assume' } }, WITH_IT],
    [
      'is none where it was sent in vain within a day',
      { shown: { email_password: THEIRS }, known: { notTaking: vain(1) } },
      ALONE,
    ],
    ['is one again after that', { shown: { email_password: THEIRS }, known: { notTaking: vain(DAY) } }, WITH_THEIRS],
    ['is no change where none is declared', { asked: {}, shown: { email_password: THEIRS } }, ALONE],
    ['stays out of a PATCH', { some: described }, ['description of ours']],
    [
      'is a change of any field where every edit is a full one',
      { some: described, by: { edit: 'full' } },
      ['email_password', 'description of ours'],
    ],
    [
      'and of one that PATCH was seen not to make',
      { some: { ...described, whole: true } },
      ['email_password', 'description of ours'],
    ],
  ]
  for (const [title, row, fields] of rows) test(title, () => assert.equal(fieldsOf(row), fields))

  test('is not set by itself, where nothing is left of the change', () =>
    assert.equal(fieldsOf({ some: { fields: [] }, by: { edit: 'full', unknown_password: 'assume' } }), []))

  test('is told once, where the change has it already', () => {
    const set: FieldChange = { field: 'email_password', from: undefined, to: OURS, source: 'here' }
    assert.equal(fieldsOf({ some: { fields: [set, MOVED] } }), WITH_IT)
  })
})
