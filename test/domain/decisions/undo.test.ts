// Undo in the core: what the journal tells of a run, and what becomes of each of its deeds by what is live now.
import * as assert from 'uvu/assert'
import { atOnce } from '../../../src/domain/basics/work.ts'
import { reaches, recollection, type Undo, usersOf } from '../../../src/domain/decisions/undo.ts'
import { draft, type World } from '../../../src/domain/draft/draft.ts'
import { undoDraft } from '../../../src/domain/draft/undo-draft.ts'
import type { IntentLine, JournalField, JournalLine } from '../../../src/domain/journal/journal.ts'
import { isApprovable } from '../../../src/domain/plan/held.ts'
import type { Kind, Outcome } from '../../../src/domain/plan/plan.ts'
import { makePlan } from '../../../src/domain/planning/planning.ts'
import type { Settings } from '../../../src/domain/user/settings.ts'
import { E } from '../../../src/fp.ts'
import {
  context,
  desired,
  desiredScope,
  draftOf,
  facts,
  ledger,
  live,
  livesIn,
  liveUser,
  memory,
  NOBODY_LISTED,
  wanted,
} from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const at = '2026-01-06T12:00:00.000Z'
const intent = (run_id: string, username: string, change: Kind = 'update'): IntentLine => ({
  event: 'intent',
  at,
  run_id,
  scope: 'account',
  username,
  change,
  cause: 'config',
  plan_digest: '',
  config_digest: '',
  fields: [],
})
const outcome = (run_id: string, username: string, ended: Outcome): JournalLine => ({
  event: 'outcome',
  at,
  run_id,
  scope: 'account',
  username,
  change: 'update',
  outcome: ended,
})

spec('recalling a run', (test) => {
  const recalled = (wantedRun: string, lines: ReadonlyArray<JournalLine>): string => {
    const memoryOfIt = recollection(wantedRun)
    for (const line of lines) memoryOfIt.take(line)
    const found = memoryOfIt.found()
    return E.isLeft(found) ? found.left : `${found.right.run}: ${found.right.deeds.map(({ username }) => username).join(' ')}`
  }
  const JOURNAL = [
    intent('r1-a', 'one'),
    intent('r1-a', 'two'),
    outcome('r1-a', 'one', 'verified'),
    intent('r1-b', 'one'),
    intent('r2', 'six'),
    intent('r2-x', 'ten'),
  ]
  const RUNS: ReadonlyArray<readonly [wanted: string, told: string]> = [
    ['r1-a', 'r1-a: one two'],
    ['r1-b', 'r1-b: one'],
    ['r2', 'r2: six'],
    ['r2-', 'r2-x: ten'],
    ['r1', "which run? 2 runs begin with 'r1': r1-a, r1-b"],
    ['r', "which run? 4 runs begin with 'r': r1-a, r1-b, r2, r2-x"],
    ['x', "the journal tells of no run 'x': `history` shows the runs that changed something"],
  ]
  for (const [run, told] of RUNS) test(`${run}: ${told}`, () => assert.is(recalled(run, JOURNAL), told))

  test('what went with a limit that was switched off was in no request, and is a part of the deed', () => {
    const memoryOfIt = recollection('r')
    const fields = [{ field: 'custom_ratelimit', from: true, to: false }] as const
    const along = [
      { field: 'custom_ratelimit_value', value: 5 },
      { field: 'custom_ratelimit_period', value: '1 hour' },
    ] as const
    memoryOfIt.take({ ...intent('r', 'one'), fields, along })
    const found = memoryOfIt.found()
    assert.equal(E.isLeft(found) ? found : found.right.deeds.map((deed) => deed.fields), [
      [
        ...fields,
        { field: 'custom_ratelimit_value', from: 5, to: null, along: true },
        { field: 'custom_ratelimit_period', from: '1 hour', to: null, along: true },
      ],
    ])
  })

  test('what took effect and what may have counts; what was refused and what was never sent does not', () => {
    const counted: { readonly [O in Outcome]: boolean } = {
      verified: true,
      unobservable: true,
      not_converged: true,
      unknown: true,
      failed: false,
      not_attempted: false,
    }
    const outcomes = Object.keys(counted).filter((name): name is Outcome => name in counted)
    for (const ended of outcomes)
      assert.is(recalled('r', [intent('r', 'one'), outcome('r', 'one', ended)]), counted[ended] ? 'r: one' : 'r: ', ended)
    assert.is(recalled('r', [intent('r', 'one')]), 'r: one', 'nobody wrote down how it ended')
  })

  test('what later runs have set to something else is told with the deed, the last of it, and a repair is none', () => {
    const setTo = (to: string, from = 'x') => ({ fields: [{ field: 'description', from, to }] as const })
    const later = (lines: ReadonlyArray<JournalLine>) => {
      const memoryOfIt = recollection('r1')
      const first = [{ ...intent('r1', 'one'), ...setTo('new', 'old') }, outcome('r1', 'one', 'verified')]
      for (const line of [...first, ...lines]) memoryOfIt.take(line)
      const found = memoryOfIt.found()
      const [deed] = E.isLeft(found) ? [] : found.right.deeds
      return [...(deed?.since ?? [])].map(([field, { to, run }]) => `${field} ${to} ${run}`)
    }
    const set = (run: string, to: string, ended: Outcome = 'verified', who = 'one') => [
      { ...intent(run, who), ...setTo(to) },
      outcome(run, who, ended),
    ]
    assert.equal(later([]), [])
    assert.equal(later(set('s', 'new')), [], 'a repair')
    assert.equal(later(set('s', 'other', 'unknown')), [], 'nobody knows whether it took')
    assert.equal(later(set('s', 'other', 'failed')), [])
    assert.equal(later(set('s', 'other', 'verified', 'two')), [], 'somebody else')
    assert.equal(later(set('s', 'other')), ['description other s'])
    assert.equal(later([...set('s', 'other'), ...set('t', 'other')]), ['description other s'], 'a repair of that')
    assert.equal(later([...set('s', 'other'), ...set('t', 'new')]), ['description new t'])
    assert.equal(later([...set('s', 'other'), { ...intent('t', 'one'), ...setTo('new') }]), ['description other s'])
  })

  test('its users are held but for those that it removed', () =>
    assert.equal(
      usersOf({
        run: 'r',
        deeds: [
          { scope: 'account', username: 'one', change: 'update', fields: [] },
          { scope: 'account', username: 'two', change: 'remove', fields: [] },
          { scope: 'subaccount:S', username: 'one', change: 'create', fields: [] },
        ],
      }),
      ['one'],
    ))
})

const LAST_MORE: ReadonlyArray<readonly [count: number, told: string]> = [
  [5, "which run? 5 runs begin with 'r': r1, r2, r3, r4, r5"],
  [7, "which run? 7 runs begin with 'r': r1, r2, r3, r4, r5, and 2 more"],
]

spec('recalling one of many runs', (test) => {
  const journal = (count: number): ReadonlyArray<JournalLine> =>
    Array.from({ length: count }, (_, at) => intent(`r${at + 1}`, 'one'))
  const recalled = (lines: ReadonlyArray<JournalLine>, run: string) => {
    const memoryOfIt = recollection(run)
    for (const line of lines) memoryOfIt.take(line)
    return memoryOfIt.found()
  }
  for (const [count, told] of LAST_MORE)
    test(`of ${count}: ${told}`, () => assert.equal(recalled(journal(count), 'r'), E.left(told)))

  test('a deed is told whole, the last of a user in its scope, by the outcome of its own', () => {
    const fields = [{ field: 'description', from: 'old', to: 'new' }] as const
    const [first, again] = [intent('r', 'one'), { ...intent('r', 'one', 'block'), fields }]
    const elsewhere = { ...outcome('r', 'one', 'failed'), scope: 'subaccount:S' } as const
    const lines = [first, outcome('r', 'one', 'failed'), again, elsewhere, outcome('r', 'two', 'failed')]
    const deeds = [{ scope: 'account', username: 'one', change: 'block', fields } as const]
    assert.equal(recalled(lines, 'r'), E.right({ run: 'r', deeds }))
  })

  test('of a field that the service took otherwise it is told as what', () => {
    const fields = [
      { field: 'description', from: 'old', to: 'new' },
      { field: 'feedback_html', from: '', to: '<p onclick="x">' },
    ] as const
    const left = [{ field: 'feedback_html', value: '<p>' }] as const
    const lines = [
      { ...intent('r', 'one'), fields },
      { ...outcome('r', 'one', 'not_converged'), left },
    ]
    const deed = {
      scope: 'account',
      username: 'one',
      change: 'update',
      fields: [fields[0], { ...fields[1], left: '<p>' }],
    } as const
    assert.equal(recalled(lines, 'r'), E.right({ run: 'r', deeds: [deed] }))
  })

  test('a run that changed nothing is known by its last line, and a decision is none of any run', () => {
    const line: JournalLine = {
      event: 'run',
      at,
      run_id: 'r',
      trigger: 'cron',
      config_digest: '',
      outcome: 'in_sync',
      duration_ms: 0,
      requests: 0,
      scopes: 1,
      seen: 1,
      changes: 0,
    }
    assert.equal(recalled([line], 'r'), E.right({ run: 'r', deeds: [] }))
    assert.ok(E.isLeft(recalled([{ event: 'decision', at, what: 'hold', by: 'me', reason: '' }], '')))
  })

  test('a run reaches the scopes of its deeds', () => {
    const undo: Undo = { run: 'r', deeds: [{ scope: 'account', username: 'one', change: 'update', fields: [] }] }
    assert.ok(reaches(undo, 'account'))
    assert.not(reaches(undo, 'subaccount:S'))
  })
})

type Field = readonly [
  field: JournalField['field'],
  from: JournalField['from'],
  to: JournalField['to'],
  left?: Exclude<JournalField['to'], null> | undefined,
  along?: true,
]
const deedField = ([field, from, to, left, along]: Field) => ({ field, from, to, left, ...(along === true ? { along } : {}) })
const LIMIT_OFF: ReadonlyArray<Field> = [
  ['custom_ratelimit', true, false],
  ['custom_ratelimit_value', 9, null, undefined, true],
  ['custom_ratelimit_period', '1 day, 0:00:00', null, undefined, true],
]
const LIMIT_ON: ReadonlyArray<Field> = [
  ['custom_ratelimit', false, true],
  ['custom_ratelimit_value', null, 9],
  ['custom_ratelimit_period', null, '1 day'],
]
const limited = (value: number): Settings => ({
  custom_ratelimit: true,
  custom_ratelimit_value: value,
  custom_ratelimit_period: '1 day, 0:00:00',
})
type Row = readonly [
  title: string,
  change: Kind,
  fields: ReadonlyArray<Field>,
  now: Settings | undefined,
  told: ReadonlyArray<string>,
]
const ROWS: ReadonlyArray<Row> = [
  ['live is as the run set it', 'update', [['description', 'old', 'new']], { description: 'new' }, ['update description=old']],
  ['live is as before the run', 'update', [['description', 'old', 'new']], { description: 'old' }, ['in sync']],
  [
    'live is another value',
    'update',
    [['description', 'old', 'new']],
    { description: 'x' },
    ['changed_since: update description=old'],
  ],
  [
    'each field by itself',
    'update',
    [
      ['description', 'old', 'new'],
      ['audit_email', '', 'a@a.example'],
      ['ip_pool', 0, 7],
    ],
    { description: 'x', audit_email: 'A@a.example', ip_pool: 0 },
    ['update audit_email=', 'changed_since: update description=old'],
  ],
  [
    'live is as the service took it',
    'update',
    [['feedback_html', 'old', '<p onclick="x">', '<p>']],
    { feedback_html: '<p>' },
    ['update feedback_html=old'],
  ],
  [
    'live is as the run set it by now',
    'update',
    [['feedback_html', 'old', '<p onclick="x">', '<p>']],
    { feedback_html: '<p onclick="x">' },
    ['update feedback_html=old'],
  ],
  [
    'live is neither as the run set it nor as the service took it',
    'update',
    [['feedback_html', 'old', '<p onclick="x">', '<p>']],
    { feedback_html: '<b>' },
    ['changed_since: update feedback_html=old'],
  ],
  [
    'a limit is as the service took it',
    'update',
    [
      ['custom_ratelimit', false, true],
      ['custom_ratelimit_value', null, 9, 8],
      ['custom_ratelimit_period', null, '1 day'],
    ],
    limited(8),
    ['update custom_ratelimit=false'],
  ],
  [
    'a user that was to be made blocked, and was not',
    'create',
    [['status', null, 'blocked', 'allowed']],
    { status: 'allowed' },
    ['block status=blocked'],
  ],
  ['the user is gone', 'update', [['description', 'old', 'new']], undefined, ['changed_since: update ']],
  ['a block', 'block', [['status', 'allowed', 'blocked']], { status: 'blocked' }, ['update status=allowed']],
  ['an unblock', 'update', [['status', 'blocked', 'allowed']], {}, ['block status=blocked']],
  ['a password', 'update', [['email_password', '(sensitive)', '(sensitive)']], {}, ['impossible: update ']],
  [
    'a password beside others',
    'update',
    [
      ['email_password', null, '(sensitive)'],
      ['description', 'old', 'new'],
    ],
    { description: 'new' },
    ['update description=old', 'impossible: update '],
  ],
  ['a value that was hidden', 'update', [['description', '(sensitive)', 'new']], { description: 'new' }, ['impossible: update ']],
  [
    'a value that was not known',
    'update',
    [['click_tracking_enabled', null, true]],
    { click_tracking_enabled: true },
    ['impossible: update '],
  ],
  ['a value that is not shown now', 'update', [['click_tracking_enabled', false, true]], {}, ['impossible: update ']],
  ['a create is undone by blocking', 'create', [['description', null, 'new']], {}, ['block status=blocked']],
  ['a create that is blocked by now', 'create', [], { status: 'blocked' }, ['in sync']],
  ['a create whose status was changed since', 'create', [], { status: 'sandbox' }, ['changed_since: block status=blocked']],
  [
    'a create that was made for the sandbox',
    'create',
    [['status', null, 'sandbox']],
    { status: 'sandbox' },
    ['block status=blocked'],
  ],
  ['a create whose user is gone', 'create', [], undefined, ['in sync']],
  ['a removal', 'remove', [], undefined, ['impossible: create ']],
  ['a removal of a user that is there again', 'remove', [], {}, ['in sync']],
  ['a limit that was switched on', 'update', LIMIT_ON, limited(9), ['update custom_ratelimit=false']],
  [
    'a limit that was switched on and is another by now',
    'update',
    LIMIT_ON,
    limited(8),
    ['changed_since: update custom_ratelimit=false'],
  ],
  ['a limit that was switched off', 'update', [['custom_ratelimit', true, false]], {}, ['impossible: update ']],
  [
    'a limit that was switched off, with what it was',
    'update',
    LIMIT_OFF,
    { custom_ratelimit: false },
    ['update custom_ratelimit=true,custom_ratelimit_value=9,custom_ratelimit_period=1 day, 0:00:00'],
  ],
  [
    'a limit that was switched off, with a part of what it was',
    'update',
    LIMIT_OFF.slice(0, 2),
    { custom_ratelimit: false },
    ['impossible: update '],
  ],
  ['a limit that was switched off, and is as it was by now', 'update', LIMIT_OFF, limited(9), ['in sync']],
  [
    'a limit that was switched off, and is another by now',
    'update',
    LIMIT_OFF,
    limited(8),
    ['changed_since: update custom_ratelimit_value=9'],
  ],
  [
    'a limit that was switched off, and of which nothing is shown any more',
    'update',
    LIMIT_OFF,
    { custom_ratelimit: true },
    ['impossible: update '],
  ],
  ['a limit that was changed', 'update', [['custom_ratelimit_value', 5, 9]], limited(9), ['update custom_ratelimit_value=5']],
  [
    'a limit that was changed and switched off since',
    'update',
    [['custom_ratelimit_value', 5, 9]],
    {},
    ['changed_since: update custom_ratelimit_value=5'],
  ],
  [
    'a limit of which a part is another by now',
    'update',
    [
      ['custom_ratelimit_value', 5, 9],
      ['custom_ratelimit_period', '1 hour', '1 day'],
    ],
    limited(8),
    ['changed_since: update custom_ratelimit_value=5,custom_ratelimit_period=1 hour'],
  ],
  [
    'a limit that was switched off, all of which is known',
    'update',
    [
      ['custom_ratelimit', true, false],
      ['custom_ratelimit_value', 5, 5],
      ['custom_ratelimit_period', '1 day', '1 day'],
    ],
    { custom_ratelimit: false, custom_ratelimit_value: 5, custom_ratelimit_period: '1 day' },
    ['update custom_ratelimit=true'],
  ],
  [
    'a limit of which a part is not known',
    'update',
    [
      ['custom_ratelimit_value', 5, 9],
      ['custom_ratelimit_period', null, '1 day'],
    ],
    limited(9),
    ['impossible: update '],
  ],
  [
    'a limit that was switched on, and of which nothing is shown any more',
    'update',
    LIMIT_ON,
    { custom_ratelimit: true },
    ['update custom_ratelimit=false'],
  ],
  [
    'what only the full edit can set',
    'update',
    [['feedback_domain', 'a.example', 'b.example']],
    { feedback_domain: 'b.example' },
    ['impossible: update feedback_domain=a.example'],
  ],
]

spec('undoing a deed', (test) => {
  const NAME = 'one@a.example'
  const told = (undo: Undo, now: Settings | undefined): ReadonlyArray<string> => {
    const users = [...(now === undefined ? [] : [liveUser(NAME, now)]), liveUser('two@a.example')]
    const before = memory({ lastSeen: [NAME, 'two@a.example'], trusted: true })
    const state = desired([desiredScope([wanted('two@a.example', { description: 'differs' })])])
    const { plan } = makePlan(facts(state, [live(users)], ledger([['account', before]]), { undo, person: true }))
    return plan.scopes.flatMap((scope) =>
      scope._tag === 'Errored'
        ? [scope.error.kind]
        : [
            ...scope.changes.map((change) => `${change.change} ${values(change.fields)}`),
            ...scope.held.map((held) => `${held.reason}: ${held.change} ${values(held.fields)}`),
            ...(scope.inSync > 0 ? ['in sync'] : []),
          ],
    )
  }
  const whyOf = (change: Kind, fields: ReadonlyArray<Field>, now: Settings | undefined, world: World = NOWHERE) => {
    const twin = now === undefined ? [] : [liveUser(NAME, now)]
    const deed = {
      scope: 'account',
      username: NAME,
      change,
      fields: fields.map(deedField),
    } as const
    const other = { ...deed, scope: 'subaccount:S' } as const
    const whole = atOnce(draft(context(), world, desiredScope([]), live(twin)))
    return undoDraft(context(), world, whole, { run: 'r', deeds: [deed, other] })
  }
  const NOWHERE: World = { ...livesIn(NAME, 'account'), ...NOBODY_LISTED }

  for (const [title, change, fields, now, why] of [
    [
      'a removal',
      'remove',
      [],
      undefined,
      'a removal is not reversible: password and settings are gone; list the user in the config, and a new one is made',
    ],
    ['a user that is gone', 'update', [], undefined, 'this user is not live any more'],
    ['a blocked user that is gone', 'block', [], undefined, 'this user is not live any more'],
    [
      'another value',
      'update',
      [['description', 'old', 'new']],
      { description: 'x' },
      'changed by somebody since that run: left as it is now',
    ],
    [
      'passwords, what was hidden, what was not known, and what is not shown',
      'update',
      [
        ['email_password', 'a', 'b'],
        ['description', '(sensitive)', 'new'],
        ['audit_email', '', '(sensitive)'],
        ['ip_pool', null, 7],
        ['feedback_text', 'a', null],
        ['click_tracking_enabled', false, true],
      ],
      {},
      'not reversible: email_password (what it was is kept nowhere; give the user a new one in the config), description (it held a secret, so what it was is kept nowhere), ip_pool (what it was is not known), feedback_text (what it was is not known), click_tracking_enabled (the service does not show it, so nobody can tell what it is now), audit_email (it held a secret, so what it was is kept nowhere)',
    ],
    [
      'a rate limit that was switched off, of which one part is not known',
      'update',
      [
        ['custom_ratelimit', true, false],
        ['custom_ratelimit_value', 5, 9],
      ],
      { custom_ratelimit: false, custom_ratelimit_value: 9 },
      'not reversible: custom_ratelimit (its three parts go together, and not all of what they were is known), custom_ratelimit_value (its three parts go together, and not all of what they were is known)',
    ],
  ] as const)
    test(`${title} is held, and told why`, () => {
      const { due, withheld } = whyOf(change, fields, now)
      assert.equal(due, [])
      assert.equal(
        withheld.map((one) => [one.why, isApprovable(one), one.change.cause]),
        [[why, false, 'undo']],
      )
    })

  test('a rate limit of which a part was set by a later run is left alone, whatever it is now', () => {
    const value = { field: 'custom_ratelimit_value', to: 20, left: undefined, run: 'later' } as const
    const twin = [liveUser(NAME, limited(9))]
    const whole = atOnce(draft(context(), NOWHERE, desiredScope([]), live(twin)))
    for (const fields of [LIMIT_ON, [['custom_ratelimit_value', 5, 9]] as const]) {
      const deed = { scope: 'account', username: NAME, change: 'update', fields: fields.map(deedField) } as const
      const since = new Map([['custom_ratelimit_value', value]] as const)
      const { due, withheld } = undoDraft(context(), NOWHERE, whole, { run: 'r', deeds: [{ ...deed, since }] })
      assert.equal(due, [])
      assert.equal(
        withheld.map(({ why }) => why),
        ['set by run later since: left as it is now'],
      )
    }
  })

  test('what is set back says where its value comes from, and the draft says nothing else', () => {
    const found = whyOf('update', [['description', 'old', 'new']], { description: 'new' })
    const fields = [{ field: 'description', from: 'new', to: 'old', source: 'before run r' }] as const
    const due = [{ change: 'update', username: NAME, cause: 'undo', fields }] as const
    assert.equal(found, draftOf({ live: found.live, due }))
    assert.is(whyOf('update', [['description', 'old', 'new']], { description: 'old' }).inSync, 1)
  })

  test('a user that the run made says that it is blocked and not removed; no other does', () => {
    assert.is(whyOf('create', [], {}).due[0]?.note, 'made by that run: blocked, not removed')
    assert.not('note' in (whyOf('block', [['status', 'allowed', 'blocked']], { status: 'blocked' }).due[0] ?? { note: '' }))
  })

  test('a name that is live elsewhere too is written in neither scope', () => {
    const twice: World = { ...livesIn(NAME, 'account', 'subaccount:A', 'subaccount:B'), ...NOBODY_LISTED }
    const { due, withheld } = whyOf(
      'update',
      [
        ['description', 'old', 'new'],
        ['ip_pool', null, 7],
      ],
      { description: 'new' },
      twice,
    )
    assert.equal(due, [])
    assert.equal(
      withheld.map(({ reason, why }) => [reason, why]),
      [
        ['impossible', 'not reversible: ip_pool (what it was is not known)'],
        ['impossible', 'this name is also live in subaccount:A, subaccount:B: it is written in neither; remove one of the two'],
      ],
    )
  })

  test('an update that blocks and does more is told as a block', () => {
    const fields: ReadonlyArray<Field> = [
      ['status', 'blocked', 'allowed'],
      ['description', 'old', 'new'],
    ]
    assert.is(whyOf('update', fields, { status: 'allowed', description: 'new' }).due[0]?.change, 'block')
    const described: ReadonlyArray<Field> = [['description', 'blocked', 'new']]
    assert.is(whyOf('update', described, { description: 'new' }).due[0]?.change, 'update')
  })

  const values = (fields: ReadonlyArray<{ readonly field: string; readonly to: unknown }>): string =>
    fields.map(({ field, to }) => `${field}=${String(to)}`).join()
  for (const [title, change, fields, now, expected] of ROWS)
    test(title, () =>
      assert.equal(
        told(
          {
            run: 'r',
            deeds: [
              {
                scope: 'account',
                username: NAME,
                change,
                fields: fields.map(deedField),
              },
            ],
          },
          now,
        ),
        expected,
      ),
    )

  test('a scope that the config has no more is told and not written to', () =>
    assert.equal(told({ run: 'r', deeds: [{ scope: 'subaccount:Gone', username: NAME, change: 'create', fields: [] }] }, {}), [
      'unreachable',
    ]))
})
