// Undo in the core: what the journal tells of a run, and what becomes of each of its deeds by what is live now.
import * as assert from 'uvu/assert'
import type { JournalField, JournalLine } from '../../src/domain/journal.ts'
import type { Kind, Outcome } from '../../src/domain/plan.ts'
import { makePlan } from '../../src/domain/planning.ts'
import type { Settings } from '../../src/domain/settings.ts'
import { recollection, type Undo, usersOf } from '../../src/domain/undo.ts'
import { E } from '../../src/fp.ts'
import { desired, desiredScope, facts, ledger, live, liveUser, memory, wanted } from '../support/build.ts'
import { spec } from '../support/spec.ts'

const at = '2026-01-06T12:00:00.000Z'
const intent = (run_id: string, username: string, change: Kind = 'update'): JournalLine => ({
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

type Field = readonly [field: JournalField['field'], from: JournalField['from'], to: JournalField['to']]
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
  const values = (fields: ReadonlyArray<{ readonly field: string; readonly to: unknown }>): string =>
    fields.map(({ field, to }) => `${field}=${String(to)}`).join()
  for (const [title, change, fields, now, expected] of ROWS)
    test(title, () =>
      assert.equal(
        told(
          {
            run: 'r',
            deeds: [
              { scope: 'account', username: NAME, change, fields: fields.map(([field, from, to]) => ({ field, from, to })) },
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
