// Listed users, one by one: each against its live twin, one that differs only in case, or nobody; what is due, what is held, and in which words.
import * as assert from 'uvu/assert'
import type { Context } from '../../../src/domain/draft/diff.ts'
import type { World } from '../../../src/domain/draft/draft.ts'
import { caseOnly, elsewhere, missing, pair, restored } from '../../../src/domain/draft/listed.ts'
import { IN_SYNC } from '../../../src/domain/draft/part.ts'
import { sidesOf } from '../../../src/domain/draft/vain.ts'
import type { Refused, UserMemory } from '../../../src/domain/memory/user-memory.ts'
import { blockEnd, type FieldChange, goesWhole } from '../../../src/domain/plan/plan.ts'
import { printOf } from '../../../src/domain/user/prints.ts'
import { Secret } from '../../../src/domain/user/secret.ts'
import type { FieldName, Settings, Value } from '../../../src/domain/user/settings.ts'
import { fold } from '../../../src/domain/user/username.ts'
import type { DesiredUser } from '../../../src/domain/wanted/desired.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import {
  context,
  HOUR,
  live,
  livesIn,
  liveUser,
  managed,
  memory,
  NOBODY_LISTED,
  NOW,
  policy,
  prints,
  userMemory,
  wanted,
} from '../../support/build.ts'
import { newPassword, newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const HERE: World = {
  ...livesIn(ONE, 'account'),
  ...NOBODY_LISTED,
  listedAs: (name) => (fold(name) === ONE ? wanted(ONE) : undefined),
}
const TWICE: World = { ...HERE, ...livesIn(ONE, 'subaccount:A', 'account', 'subaccount:B') }
const knowing = (one: Partial<UserMemory>, some: Partial<Context> = {}): Context =>
  context({ memory: memory({ users: new Map([[ONE, userMemory(one)]]) }), ...some })
const field = (name: FieldName, from: Value | undefined, to: Value): FieldChange => ({
  field: name,
  from,
  to,
  source: `config.yaml:1:1 ${name}`,
})
const refusedBefore = (fields: ReadonlyArray<FieldChange>): ReadonlyArray<Refused> => [
  { wanted: sidesOf({ prints }, fields, 'to'), live: sidesOf({ prints }, fields, 'from'), at: NOW - 1, message: 'no' },
]
const NOTHING = { unobservable: [], assumed: [] }

spec('a listed user that is live', (test) => {
  const paired = (
    asked: Settings,
    shown: Settings,
    about: Context = context(),
    world = HERE,
    some: Partial<DesiredUser> = {},
  ) => {
    const twin = liveUser(ONE, shown)
    return pair(about, world, live([twin]), { ...wanted(ONE, asked), ...some }, twin)
  }
  const DESCRIBED = field('description', 'old', 'new')
  const update = { change: 'update', username: ONE, cause: 'config', fields: [DESCRIBED] } as const

  test('is in sync, silently where nothing is hidden', () => {
    assert.is(paired({ description: 'x' }, { description: 'x' }), IN_SYNC)
    const print = printOf(prints, true)
    const sent = new Map([['click_tracking_enabled', { print, at: NOW }] as const])
    assert.equal(paired({ click_tracking_enabled: true }, {}, knowing({ sent })), {
      unobservable: [{ username: ONE, fields: ['click_tracking_enabled'] }],
      assumed: [],
      inSync: 1,
    })
    const assuming = context({ policy: policy({ unknown_password: 'assume' }) })
    assert.equal(paired({ email_password: newSecret() }, {}, assuming), {
      unobservable: [],
      assumed: [{ username: ONE, fields: ['email_password'] }],
      inSync: 1,
    })
  })

  test('is changed where it differs, in the fields that do, in their order', () => {
    assert.equal(paired({ description: 'new' }, { description: 'old' }), {
      ...NOTHING,
      findings: [],
      withheld: [],
      due: [update],
    })
    const { due } = paired({ audit_email: 'a@a.example', description: 'new' }, { description: 'old', audit_email: '' })
    assert.equal(
      due?.map(({ fields }) => fields.map((one) => one.field)),
      [['description', 'audit_email']],
    )
  })

  for (const [title, from, to, kind] of [
    ['is blocked', 'allowed', 'blocked', 'block'],
    ['is opened', 'blocked', 'allowed', 'update'],
    ['is put into the sandbox', 'allowed', 'sandbox', 'update'],
  ] as const)
    test(`${title}: ${kind}`, () => {
      const fields = [field('status', from, to)]
      const blocks = kind === 'block' ? { ends: 'never' } : {}
      assert.equal(paired({ status: to }, { status: from }).due, [{ ...update, change: kind, fields, ...blocks }])
      const because = paired({ status: to }, { status: from }, context(), HERE, { blockedFor: 'for a rule' }).due?.[0]
      assert.equal(
        because && [because.note, blockEnd(because)],
        kind === 'block' ? ['for a rule', 'returns'] : [undefined, 'never'],
      )
    })

  test('a text that says blocked blocks nobody', () =>
    assert.is(paired({ description: 'blocked' }, {}, context(), HERE, { blockedFor: 'x' }).due?.[0]?.change, 'update'))

  test('says of a password that is still to be made where it goes, and of a known one nothing', () => {
    const unsaved = new Secret(newPassword(), '/var/lib/x/one.password')
    const noteOf = (asked: Settings, blockedFor?: string) =>
      paired(asked, {}, context(), HERE, blockedFor === undefined ? {} : { blockedFor }).due?.[0]?.note
    const made = 'no password file at /var/lib/x/one.password; a new one will be made and set'
    assert.is(noteOf({ email_password: unsaved }), made)
    assert.is(noteOf({ email_password: newSecret() }), undefined)
    assert.is(noteOf({ email_password: unsaved, status: 'blocked' }, 'for a rule'), `for a rule; ${made}`)
  })

  test('is written in neither of two scopes, and told in which it is', () => {
    const { due, withheld, ...rest } = paired({ description: 'new' }, { description: 'old' }, context(), TWICE)
    assert.is(due, undefined)
    assert.equal(rest, NOTHING)
    assert.equal(withheld, [
      {
        change: update,
        reason: 'impossible',
        why: 'this name is also live in subaccount:A, subaccount:B: it is written in neither; remove one of the two',
      },
    ])
    assert.equal(elsewhere(TWICE, ONE, 'account'), ['subaccount:A', 'subaccount:B'])
    assert.equal(elsewhere(HERE, ONE, 'account'), [])
    assert.equal(elsewhere(HERE, 'nobody', 'account'), [])
  })

  const print = printOf(prints, 'new')
  const stuck = { field: 'description', wanted: print, live: printOf(prints, 'old'), at: NOW - HOUR } as const
  const inVain = {
    change: { ...update, cause: 'retry' },
    reason: 'not_converging',
    why: 'description: sent before, the service kept its own value; tried again when the config or the live value changes, or after a day',
  }

  test('is held where all that differs was tried in vain; beside it the rest is sent, refused or impossible', () => {
    const about = knowing({ notTaking: [stuck] })
    assert.equal(paired({ description: 'new' }, { description: 'old' }, about), { ...NOTHING, withheld: [inVain] })
    const more = (asked: Settings, some: Context = about, world = HERE) =>
      paired({ description: 'new', ...asked }, { description: 'old' }, some, world)
    const reasons = (part: ReturnType<typeof more>) => [
      part.withheld?.map(({ reason, change }) => [reason, ...change.fields.map((one) => one.field)]),
      part.due?.flatMap(({ fields }) => fields.map((one) => one.field)),
    ]
    const held = ['not_converging', 'description']
    assert.equal(reasons(more({ audit_email: 'a@a.example' })), [[held], ['audit_email']])
    assert.equal(reasons(more({ audit_email: 'a@a.example' }, about, TWICE)), [[held, ['impossible', 'audit_email']], undefined])
    assert.equal(reasons(more({ feedback_domain: 'a.example' })), [[held, ['impossible', 'feedback_domain']], undefined])
    const refused = refusedBefore([field('audit_email', '', 'a@a.example')])
    const both = knowing({ notTaking: [stuck], refused })
    assert.equal(reasons(more({ audit_email: 'a@a.example' }, both)), [[held, ['not_converging', 'audit_email']], undefined])
  })

  test('goes whole, and says so, where PATCH was seen not to reset a field; then even what PATCH could not say goes with it', () => {
    const emptied = { ...stuck, wanted: printOf(prints, '') }
    const asked = { email_password: newSecret(), click_tracking_enabled: true, description: '' }
    const sent = new Map(
      (['email_password', 'click_tracking_enabled'] as const).map((name) => [
        name,
        { print: printOf(prints, asked[name]), at: NOW },
      ]),
    )
    const about = knowing({ notTaking: [emptied], sent, wanted: new Map([['description', '""']]) })
    const { due, withheld } = paired(asked, { description: 'old' }, about)
    assert.equal(withheld, [])
    assert.equal(due, [
      {
        change: 'update',
        username: ONE,
        cause: 'drift',
        fields: [field('description', 'old', '')],
        whole: true,
        note: 'goes by the full edit: PATCH was seen not to make it',
      },
    ])
    const beside = paired({ ...asked, feedback_domain: 'a.example' }, { description: 'old' }, about).due
    assert.equal(
      beside?.map((one) => [goesWhole(one), ...one.fields.map(({ field: name }) => name)]),
      [[true, 'description', 'feedback_domain']],
    )
    const refused = refusedBefore([field('description', 'old', '')])
    assert.is(paired(asked, { description: 'old' }, knowing({ notTaking: [emptied], sent, refused })).due, undefined)
  })

  const often = (name: FieldName, value: Value) => ({
    wanted: new Map([[name, printOf(prints, value)]]),
    repairs: new Map([[name, [NOW - HOUR, NOW - HOUR]]]),
  })
  const contested = (name: string) => ({
    rule: 'contested',
    severity: 'high',
    username: ONE,
    about: name,
    message: `${name} was set back by somebody at least three times in 24 hours: find out who else changes this user`,
  })

  test('what somebody keeps setting back is told, and repaired or held as the policy says; the rest is sent', () => {
    const memories = often('description', 'new')
    const asked = { description: 'new', audit_email: 'a@a.example' }
    const shown = { description: 'old', audit_email: '' }
    const repaired = paired(asked, shown, knowing(memories))
    assert.equal(repaired.findings, [contested('description')])
    assert.equal(repaired.due?.length, 1)
    assert.equal(repaired.withheld, [])
    const about = knowing(memories, { policy: policy({ contested: 'hold' }) })
    const held = {
      change: update,
      reason: 'contested',
      why: 'description: somebody set this back at least three times in 24 hours, and policy.contested is hold; it is repaired again a day later, or at once where the config says another value or contested: enforce',
    }
    const { due, findings, withheld } = paired(asked, shown, about)
    assert.equal(findings, [contested('description')])
    assert.equal(withheld, [held])
    assert.equal(due, [{ ...update, fields: [field('audit_email', '', 'a@a.example')] }])
    assert.equal(paired({ description: 'new' }, { description: 'old' }, about), {
      ...NOTHING,
      findings: [contested('description')],
      withheld: [{ ...held, change: { ...update, cause: 'drift' } }],
      due: [],
    })
    assert.equal(paired({ audit_email: 'a@a.example' }, shown, about).due?.length, 1, 'nothing contested is held')
    const refused = refusedBefore([field('audit_email', '', 'a@a.example')])
    const alone = paired(asked, shown, knowing({ ...memories, refused }, { policy: policy({ contested: 'hold' }) }))
    assert.equal(alone.due, [], 'S12: nor is what is left sent again where that was refused by itself')
    assert.equal(
      alone.withheld?.map(({ reason, change }) => [reason, ...change.fields.map((one) => one.field)]),
      [
        ['contested', 'description'],
        ['not_converging', 'audit_email'],
      ],
    )
  })

  test('what goes by the full edit beside a field that is held is told once', () => {
    const about = knowing(
      {
        ...often('audit_email', 'a@a.example'),
        notTaking: [{ field: 'description', wanted: '""', live: '"old"', at: NOW - HOUR }],
      },
      { policy: policy({ contested: 'hold' }) },
    )
    const email_password = newSecret()
    const asked = { description: '', audit_email: 'a@a.example', email_password, click_tracking_enabled: true }
    const shown = { description: 'old', audit_email: 'b@a.example', email_password }
    const { due } = paired(asked, shown, about)
    assert.equal(
      due?.map(({ fields }) => fields.map((one) => one.field)),
      [['description', 'click_tracking_enabled']],
    )
  })

  test('two fields of a limit that are set back are named, and held as one', () => {
    const limit = (value: number, period: string): Settings => ({
      custom_ratelimit: true,
      custom_ratelimit_value: value,
      custom_ratelimit_period: period,
    })
    const about = knowing(often('custom_ratelimit_value', 5), { policy: policy({ contested: 'hold' }) })
    const { withheld, due } = paired(limit(5, '1 day'), limit(9, '1 hour'), about)
    assert.equal(due, [])
    assert.is(
      withheld?.[0]?.why,
      'custom_ratelimit_value, custom_ratelimit_period: somebody set this back at least three times in 24 hours, and policy.contested is hold; it is repaired again a day later, or at once where the config says another value or contested: enforce',
    )
  })
})

spec('a user that we blocked on its way out and that is listed again', (test) => {
  const ourBlock = { _tag: 'WayOut', returnsTo: 'sandbox', elapsedMs: 0, countedAt: NOW } as const
  const back = (asked: Settings, shown: string, one: Partial<UserMemory> = { ourBlock }) =>
    restored(knowing(one), wanted(ONE, asked), liveUser(ONE, { status: shown })).managed

  test('gets the status from before', () =>
    assert.equal(back({ description: 'x' }, 'blocked'), {
      ...managed({ description: 'x' }),
      status: { value: 'sandbox', source: 'config.yaml:1:1, listed again: as before our block' },
    }))

  test('but not where the config says one, where it is not blocked any more, or where we did not block it', () => {
    assert.equal(back({ status: 'allowed' }, 'blocked'), managed({ status: 'allowed' }))
    assert.equal(back({}, 'allowed'), {})
    assert.equal(back({}, 'blocked', {}), {})
    assert.equal(back({}, 'blocked', { replaced: { _tag: 'Replaced', elapsedMs: 0, countedAt: NOW } }), {})
  })
})

spec('a listed user that is not live', (test) => {
  const NOBODY: World = {
    ...livesIn(ONE),
    ...NOBODY_LISTED,
    listedAs: (name) => (fold(name) === ONE ? wanted(ONE) : undefined),
  }
  const shown = (...users: Parameters<typeof live>[0]) => live(users)
  const made = (user: DesiredUser, about: Context = context(), world = NOBODY, there = shown()) =>
    missing(about, world, there, user)
  const create = {
    change: 'create',
    username: ONE,
    cause: 'config',
    fields: [field('description', undefined, 'new')],
    note: 'no password is declared: the service makes one, and it is not kept here',
  } as const
  const user = wanted(ONE, { description: 'new' })

  test('is made, and told where the service makes its password', () => {
    assert.equal(made(user), { due: [create] })
    const [due] = made(wanted(ONE, { email_password: newSecret() })).due ?? []
    assert.not('note' in (due ?? create))
  })

  for (const [title, about, cause] of [
    ['in a scope that is looked at for the first time', context({ memory: undefined }), 'first_run'],
    ['new in the config', context(), 'config'],
    ['that was there when it was last looked', context({ seen: new Set([ONE]) }), 'drift'],
    [
      'whose add is of unknown fate',
      knowing({ pending: { change: 'create', wanted: new Map(), at: NOW } }, { seen: new Set([ONE]) }),
      'retry',
    ],
  ] as const)
    test(`${title}: ${cause}`, () => {
      assert.is(made(user, about).due?.[0]?.cause, cause)
      assert.is(caseOnly(about, user, liveUser('ONE@acme.example')).withheld?.[0]?.change.cause, cause)
    })

  const held = (reason: string, why: string, name = ONE) => ({
    withheld: [{ change: { ...create, username: name }, reason, why }],
  })
  const seenIn = (...scopes: ReadonlyArray<Scope>): World => ({ ...NOBODY, lastSeenIn: new Map([[ONE, scopes]]) })
  for (const [title, asked, expected] of [
    [
      'whose name is live elsewhere',
      () => made(user, context(), TWICE),
      held('impossible', 'this name is taken: it is live in subaccount:A, subaccount:B'),
    ],
    [
      'whose name was live elsewhere when that was last read',
      () => made(user, context(), seenIn('account', 'subaccount:A', 'subaccount:B')),
      held(
        'impossible',
        'this name is taken: it was live in subaccount:A, subaccount:B when that was last read; to end that, let it be read again, or take it out of the config if it is gone for good',
      ),
    ],
    ['whose name was live here', () => made(user, context(), seenIn('account')), { due: [create] }],
    [
      'whose name the service does not take',
      () => made(wanted('x', { description: 'new' })),
      held(
        'impossible',
        'the service takes no new user of this name (config.yaml:1:1): a username has 5 to 100 characters, this one has 1',
        'x',
      ),
    ],
    [
      'where missing users are only told',
      () => made(user, context({ policy: policy({ missing: 'report' }) })),
      held('report_only', 'listed but not live, and policy.missing is report'),
    ],
    [
      'where nobody is made, the name being none that could be',
      () => made(wanted('x', { description: 'new' }), context({ policy: policy({ missing: 'report' }) })),
      held('report_only', 'listed but not live, and policy.missing is report', 'x'),
    ],
    [
      'where nobody is made, the name being taken elsewhere',
      () => made(user, context({ policy: policy({ missing: 'report' }) }), TWICE),
      held('impossible', 'this name is taken: it is live in subaccount:A, subaccount:B'),
    ],
    [
      'whose add was refused',
      () => made(user, knowing({ refused: refusedBefore(create.fields) })),
      held('not_converging', 'refused before: no; tried again when the config or the live value changes, or after a day'),
    ],
  ] as const)
    test(`${title}: ${'due' in expected ? 'is made' : 'is held'}`, () => assert.equal(asked(), expected))

  const OLD = 'old@acme.example'
  const LIMIT: Settings = { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 day' }
  const renamed = (asked: Settings, before: Settings, previously: ReadonlyArray<string> = [OLD]) => {
    const there = shown(liveUser('other@acme.example', { description: 'other' }), liveUser(OLD, before))
    const fields = made({ ...wanted(ONE, asked), previously }, context(), NOBODY, there).due?.[0]?.fields ?? []
    return fields.map(({ field: name, to, source }) => `${name}=${String(to)} ${source.replace(/^config.*/, 'config')}`)
  }

  for (const [title, asked, before, expected] of [
    ['what differs from the default', {}, { description: 'Fax', ip_pool: 7 }, ['description=Fax', 'ip_pool=7']],
    ['nothing that is the default', {}, { description: '', status: 'allowed', ip_pool: 0 }, []],
    ['no password', {}, { email_password: newSecret() }, []],
    ['a limit', {}, LIMIT, ['custom_ratelimit=true', 'custom_ratelimit_value=5', 'custom_ratelimit_period=1 day']],
    ['no limit where the config says one', { custom_ratelimit: false }, LIMIT, ['custom_ratelimit=false config']],
    ['no limit where the config says a part of one', { custom_ratelimit_value: 9 }, LIMIT, ['custom_ratelimit_value=9 config']],
    [
      'and the config before it',
      { description: 'mine', audit_email: 'a@a.example' },
      { description: 'Fax', status: 'blocked' },
      ['description=mine config', 'audit_email=a@a.example config', 'status=blocked'],
    ],
  ] as const)
    test(`a new name takes from the old one ${title}`, () => {
      const kept = expected.map((one) => (one.endsWith(' config') ? one : `${one} kept from ${OLD}`))
      assert.equal(renamed(asked, before), kept)
      assert.equal(
        renamed(asked, before, []),
        expected.filter((one) => one.endsWith(' config')),
        'and nothing where no old one is named',
      )
      assert.equal(renamed(asked, before, ['gone@acme.example']), renamed(asked, before, []), 'or it is not live')
    })

  test('is not made where another spelling is live, and told', () => {
    const why = 'the live user is spelled ONE@acme.example: write it so in the config'
    assert.equal(caseOnly(context(), user, liveUser('ONE@acme.example')), {
      withheld: [
        {
          change: { change: 'create', username: ONE, cause: 'config', fields: [] },
          reason: 'impossible',
          why: `differs from a live user only in case; ${why}`,
        },
      ],
      findings: [{ rule: 'case-only-difference', severity: 'medium', username: ONE, message: why, source: 'config.yaml:1:1' }],
    })
  })
})
