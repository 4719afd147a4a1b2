// A live user of whom not all that differs can be made: its status goes alone where that alone can, so that who is to be blocked does not go on sending
// and who is free again does not wait; and what only the full edit makes waits where that would set a password that is held.
import * as assert from 'uvu/assert'
import type { Context } from '../../../src/domain/draft/diff.ts'
import type { World } from '../../../src/domain/draft/draft.ts'
import { pair } from '../../../src/domain/draft/listed.ts'
import { sidesOf } from '../../../src/domain/draft/vain.ts'
import type { NotTaking, Refused, UserMemory } from '../../../src/domain/memory/user-memory.ts'
import type { FieldChange } from '../../../src/domain/plan/plan.ts'
import { printOf } from '../../../src/domain/user/prints.ts'
import type { FieldName, Settings, Value } from '../../../src/domain/user/settings.ts'
import type { DesiredUser } from '../../../src/domain/wanted/desired.ts'
import {
  context,
  HOUR,
  live,
  livesIn,
  liveUser,
  memory,
  NOBODY_LISTED,
  NOW,
  policy,
  prints,
  userMemory,
  wanted,
} from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const HERE: World = { ...livesIn(ONE, 'account'), ...NOBODY_LISTED, listedAs: () => wanted(ONE) }
const LIMIT_OF_PATCH = 'PATCH cannot change feedback_domain, and api.edit is patch'
const PATCH_ONLY = policy({ edit: 'patch' })

const field = (name: FieldName, from: Value | undefined, to: Value): FieldChange => ({
  field: name,
  from,
  to,
  source: `config.yaml:1:1 ${name}`,
})
const paired = (
  asked: Settings,
  shown: Settings,
  {
    remembered = {},
    about = {},
    user = {},
  }: {
    readonly remembered?: Partial<UserMemory>
    readonly about?: Partial<Context>
    readonly user?: Partial<DesiredUser>
  } = {},
) => {
  const twin = liveUser(ONE, shown)
  const known = context({ memory: memory({ users: new Map([[ONE, userMemory(remembered)]]) }), ...about })
  const { due, withheld } = pair(known, HERE, live([twin]), { ...wanted(ONE, asked), ...user }, twin)
  return { due, withheld }
}
const UPDATE = { change: 'update', username: ONE, cause: 'config' } as const
const DOMAIN = field('feedback_domain', 'default', 'mail.acme.example')
const BLOCKED = field('status', 'allowed', 'blocked')
const OPENED = field('status', 'blocked', 'allowed')

const refusedOf = (...requests: ReadonlyArray<ReadonlyArray<FieldChange>>): ReadonlyArray<Refused> =>
  requests.map((fields) => ({
    wanted: sidesOf({ prints }, fields, 'to'),
    live: sidesOf({ prints }, fields, 'from'),
    at: NOW - 1,
    message: 'no',
  }))
const impossible = (fields: ReadonlyArray<FieldChange>) => ({
  change: { ...UPDATE, fields },
  reason: 'impossible',
  why: LIMIT_OF_PATCH,
})

spec('a user of whom not all that differs can be made', (test) => {
  test('is blocked all the same, and the rest is held with what stands in its way', () => {
    const { due, withheld } = paired(
      { status: 'blocked', feedback_domain: 'mail.acme.example', description: 'new' },
      {},
      { about: { policy: PATCH_ONLY } },
    )
    assert.equal(due, [{ ...UPDATE, change: 'block', fields: [BLOCKED], ends: 'never' }])
    assert.equal(withheld, [impossible([field('description', '', 'new'), DOMAIN])])
  })

  test('is blocked for a rule all the same, and the block says for what', () => {
    const { due } = paired(
      { status: 'blocked', feedback_domain: 'mail.acme.example' },
      {},
      { about: { policy: PATCH_ONLY }, user: { blockedFor: 'for a rule' } },
    )
    assert.equal(due, [{ ...UPDATE, change: 'block', note: 'for a rule', fields: [BLOCKED], ends: 'returns' }])
  })

  test('is opened all the same where nothing of what we blocked it for is left, and else waits for the rest', () => {
    const opened = (user: Partial<DesiredUser>) =>
      paired(
        { status: 'allowed', feedback_domain: 'mail.acme.example' },
        { status: 'blocked' },
        { about: { policy: PATCH_ONLY }, user },
      )
    const free = opened({ freed: true })
    assert.equal([free.due, free.withheld], [[{ ...UPDATE, fields: [OPENED] }], [impossible([DOMAIN])]])
    const waiting = opened({})
    assert.equal([waiting.due, waiting.withheld], [undefined, [impossible([DOMAIN, OPENED])]])
  })

  test('is not touched where its status alone cannot be made either, and all of it is held at once', () => {
    const text = field('description', '', 'new')
    const both = [text, BLOCKED]
    const asked = { status: 'blocked', description: 'new' }
    const reasons = (...refused: ReadonlyArray<ReadonlyArray<FieldChange>>) => {
      const { due, withheld } = paired(asked, {}, { remembered: { refused: refusedOf(...refused) } })
      return [
        due?.map(({ change, fields }) => [change, ...fields.map((one) => one.field)]),
        withheld?.map(({ reason, change: { fields } }) => [reason, ...fields.map((one) => one.field)]),
      ]
    }
    assert.equal(reasons(both), [[['block', 'status']], [['not_converging', 'description']]])
    assert.equal(reasons(both, [BLOCKED]), [undefined, [['not_converging', 'description', 'status']]])
    assert.equal(reasons(), [[['block', 'description', 'status']], []])
  })

  test('has nothing held where nothing but its status differs', () => {
    const { due, withheld } = paired({ status: 'blocked' }, {}, { about: { policy: PATCH_ONLY } })
    assert.equal([due?.length, withheld], [1, []])
  })
})

spec('a status that goes alone', (test) => {
  const hidden = { email_password: newSecret(), click_tracking_enabled: true }
  const sent: UserMemory['sent'] = new Map(
    (['email_password', 'click_tracking_enabled'] as const).map((name) => [
      name,
      { print: printOf(prints, hidden[name]), at: NOW },
    ]),
  )
  const untaken = ({ field: name, from, to }: FieldChange): NotTaking => ({
    field: name,
    wanted: printOf(prints, to),
    live: printOf(prints, from),
    at: NOW - HOUR,
  })
  const EMPTIED = field('description', 'old', '')
  const AUDIT = field('audit_email', '', 'a@acme.example')

  test('goes by the full edit where PATCH was seen not to make it', () => {
    for (const more of [[], [EMPTIED]]) {
      const notTaking = [OPENED, ...more].map(untaken)
      const refused = refusedOf([...more, AUDIT, OPENED])
      const asked = {
        ...hidden,
        status: 'allowed',
        audit_email: 'a@acme.example',
        ...(more.length > 0 ? { description: '' } : {}),
      }
      const shown = { status: 'blocked', description: 'old' }
      const { due, withheld } = paired(asked, shown, { remembered: { notTaking, sent, refused }, user: { freed: true } })
      assert.equal(due, [{ ...UPDATE, fields: [OPENED], whole: true }])
      assert.equal(
        withheld?.map(({ reason, change: { fields } }) => [reason, fields]),
        [['not_converging', [...more, AUDIT]]],
      )
    }
  })

  test('S12: does not go where the full edit makes it the very request that was refused, since what is hidden goes out with it', () => {
    const click = { ...field('click_tracking_enabled', undefined, true) }
    const text = field('description', '', 'new')
    const known: UserMemory['sent'] = new Map([...sent].filter(([name]) => name === 'email_password'))
    const about = { policy: policy({ edit: 'full' }) }
    for (const [more, due] of [
      [[], undefined],
      [[text], [[BLOCKED]]],
    ] as const) {
      const asked = { ...hidden, status: 'blocked', ...(more.length > 0 ? { description: 'new' } : {}) }
      const refused = refusedOf([...more, click, BLOCKED])
      const made = paired(asked, {}, { remembered: { sent: known, refused }, about })
      assert.equal(
        made.due?.map(({ fields }) => fields),
        due,
      )
      assert.equal(
        made.withheld?.map(({ reason, change: { fields } }) => [reason, fields]),
        [['not_converging', [...more, click, ...(due === undefined ? [BLOCKED] : [])]]],
      )
    }
  })

  test('goes by PATCH where it was another field that PATCH did not make', () => {
    const remembered = { notTaking: [untaken(EMPTIED)], sent, refused: refusedOf([EMPTIED, BLOCKED]) }
    const { due, withheld } = paired({ ...hidden, status: 'blocked', description: '' }, { description: 'old' }, { remembered })
    assert.equal(due, [{ ...UPDATE, change: 'block', fields: [BLOCKED], ends: 'never' }])
    assert.equal(
      withheld?.map(({ reason, change: { fields } }) => [reason, fields]),
      [['not_converging', [EMPTIED]]],
    )
  })
})

spec('what only the full edit can make, beside a password that somebody keeps setting back', (test) => {
  const email_password = newSecret()
  const asked = { email_password, click_tracking_enabled: true }
  const shown = { email_password: newSecret(), click_tracking_enabled: true }
  const remembered = {
    wanted: new Map([['email_password', printOf(prints, email_password)]] as const),
    repairs: new Map([['email_password', [NOW - HOUR, NOW - HOUR]]] as const),
  }
  const about = { policy: policy({ contested: 'hold' }) }
  const reasonsOf = ({ due, withheld }: ReturnType<typeof paired>) => [
    due?.map(({ fields }) => fields.map((one) => one.field)),
    withheld?.map(({ reason, change: { fields } }) => [reason, ...fields.map((one) => one.field)]),
  ]

  test('waits where that is left to people, since it would set the password too', () => {
    const found = paired({ ...asked, feedback_domain: 'mail.acme.example' }, shown, { remembered, about })
    assert.equal(reasonsOf(found), [
      undefined,
      [
        ['contested', 'email_password'],
        ['impossible', 'feedback_domain'],
      ],
    ])
    assert.equal(found.withheld?.[1], {
      change: { ...UPDATE, fields: [DOMAIN] },
      reason: 'impossible',
      why: 'only the full edit can make this, and it would set email_password too, which is held',
    })
  })

  test('goes with the password where that is repaired, and what PATCH can make waits for nothing', () => {
    const whole = paired({ ...asked, feedback_domain: 'mail.acme.example' }, shown, { remembered })
    assert.equal(reasonsOf(whole), [[['email_password', 'feedback_domain']], []])
    const small = paired({ ...asked, description: 'new' }, shown, { remembered, about })
    assert.equal(reasonsOf(small), [[['description']], [['contested', 'email_password']]])
    assert.not('whole' in (small.due?.[0] ?? {}))
  })
})
