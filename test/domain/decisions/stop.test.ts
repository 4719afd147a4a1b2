// What came of an emergency stop: done only where every match that could be seen is blocked; whatever is not, is said, and so is how to keep it.
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { STOP_OVER } from '../../../src/domain/decisions/hold.ts'
import { type Naming, namingIn, stopped } from '../../../src/domain/decisions/stop.ts'
import type { Ended, Held, Kind, Outcome, Report, ScopePlan, ScopeRefusal } from '../../../src/domain/plan/plan.ts'
import type { Glob } from '../../../src/domain/user/username.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { change, desired, desiredScope, FILES, wanted } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const PATTERN: Glob = { text: 'till-*', matches: (name) => name.toLowerCase().startsWith('till-') }
const SUB: Scope = 'subaccount:B'

const ended = (username: string, outcome: Outcome, some: Pick<Ended, 'error' | 'waits'> = {}): Ended => ({
  ...change('block', username),
  outcome,
  ...some,
})
const held = (username: string, kind: Kind = 'block'): Held => ({
  ...change(kind, username),
  reason: 'protected',
  message: 'protected by the config',
})
const planned = (scope: Scope, some: ReadonlyArray<Held> = []): ScopePlan => ({
  _tag: 'Planned',
  scope,
  digest: 'sha256:0',
  liveUsers: 0,
  inSync: 0,
  unlisted: [],
  ignored: 0,
  changes: [],
  held: some,
  findings: [],
  unobservable: [],
})
const errored: ScopeRefusal = { _tag: 'Errored', scope: SUB, error: { kind: 'throttled', message: 'wait a minute' } }
const report = (
  account: ReadonlyArray<Ended>,
  scopes: Report['plan']['scopes'] = [planned('account')],
  sub: ReadonlyArray<Ended> = [],
): Report => ({
  runId: 'run',
  plan: { digest: 'sha256:0', config: { files: FILES, digest: '' }, scopes, cost: { requests: 0, seconds: 0 } },
  ended: new Map([
    ['account', account],
    [SUB, sub],
  ]),
  outcome: 'applied',
  exitCode: 0,
  pausedUntil: undefined,
  requests: 0,
  durationMs: 0,
})
const only = (whole: Report) => ({ first: [], whole })
const END = [
  "the stop keeps all that match blocked until it ends, or: release --match 'till-*' --socket /x",
  'then the config decides; a user whose config says no status stays blocked',
]
const END_LINE = '... # with absent, each file of the config ends with this line'
const SCOPES = [desiredScope([wanted('till-1')]), desiredScope([wanted('till-3')], SUB)]
const NAMING: Naming = namingIn(desired(SCOPES))
const NOBODY = "nobody was blocked now: no user that was seen, and was not blocked already, matches 'till-*'"

spec('what came of an emergency stop', (test) => {
  test('one that has ended meanwhile is said to have, with whom it did not come to', () => {
    const over = ended('till-2', 'not_attempted', { error: STOP_OVER, waits: 'next run' })
    const said = stopped({ first: [report([ended('till-1', 'verified'), over])], whole: report([]) }, PATTERN, {
      naming: NAMING,
      reachedBy: '',
    })
    assert.is(said.exitCode, 3)
    assert.equal(said.trouble, ['NOT blocked: till-2 (account): the emergency stop that asked for this has ended'])
    assert.equal(said.result.slice(0, 2), [
      'blocked: till-1 (account)',
      'the stop has ended meanwhile, and blocks nobody any more',
    ])
  })

  for (const [title, one, exitCode, said] of [
    [
      'blocked, in two scopes',
      report([ended('till-1', 'verified')], undefined, [ended('till-2', 'unobservable')]),
      0,
      [
        'blocked: till-1 (account), till-2 (subaccount:B)',
        ...END,
        'to make it permanent, say so in the config:',
        'users:',
        '  - { username: till-1, status: blocked }',
        'subaccounts:',
        '  - id: B',
        '    users: []',
        '    absent:',
        '      - { username: till-2 }',
        END_LINE,
      ],
    ],
    [
      'listed and others, in a subaccount',
      report([], undefined, [ended('till-2', 'verified'), ended('till-3', 'verified')]),
      0,
      [
        'blocked: till-2 (subaccount:B), till-3 (subaccount:B)',
        ...END,
        'to make it permanent, say so in the config:',
        'subaccounts:',
        '  - id: B',
        '    users:',
        '      - { username: till-3, status: blocked }',
        '    absent:',
        '      - { username: till-2 }',
        END_LINE,
      ],
    ],
    [
      'names that a config has no second place for',
      report([ended('till-1', 'verified'), ended('till-2', 'verified')], undefined, [
        ended('TILL-1', 'verified'),
        ended('till-2', 'verified'),
      ]),
      0,
      [
        'blocked: till-1 (account), till-2 (account), TILL-1 (subaccount:B), till-2 (subaccount:B)',
        ...END,
        'to make it permanent, say so in the config:',
        'users:',
        '  - { username: till-1, status: blocked }',
        'absent:',
        '  - { username: till-2 }',
        END_LINE,
        'not to be said in a config: TILL-1 (subaccount:B), for this name stands there for another user, perhaps in other letters',
        'not to be said in a config: till-2 (subaccount:B), for this name stands there for another user, perhaps in other letters',
      ],
    ],
    [
      'nobody of whom a config can say it',
      report([], undefined, [ended('till-1', 'verified')]),
      0,
      [
        'blocked: till-1 (subaccount:B)',
        ...END,
        'not to be said in a config: till-1 (subaccount:B), for this name stands there for another user, perhaps in other letters',
      ],
    ],
    [
      'only listed ones',
      report([ended('till-1', 'verified')]),
      0,
      [
        'blocked: till-1 (account)',
        ...END,
        'to make it permanent, say so in the config:',
        'users:',
        '  - { username: till-1, status: blocked }',
      ],
    ],
    [
      'only others',
      report([ended('till-2', 'verified')]),
      0,
      [
        'blocked: till-2 (account)',
        ...END,
        'to make it permanent, say so in the config:',
        'absent:',
        '  - { username: till-2 }',
        END_LINE,
      ],
    ],
    ['nobody there', report([]), 0, [NOBODY, ...END]],
    [
      'others, and other changes',
      report(
        [ended('fax', 'failed'), { ...change('update', 'till-1'), outcome: 'failed' }],
        [planned('account', [held('fax'), held('till-1', 'update')])],
      ),
      0,
      [NOBODY, ...END],
    ],
    ...(['failed', 'unknown', 'not_converged', 'not_attempted'] as const).map(
      (outcome) =>
        [
          `a block that is ${outcome}`,
          report([ended('till-1', outcome)]),
          4,
          ['nobody was blocked now', `NOT blocked: till-1 (account): ${outcome}`, ...END],
        ] as const,
    ),
    [
      'a block that was refused',
      report([ended('till-1', 'failed', { error: 'the service is in trouble' }), ended('till-2', 'verified')]),
      4,
      [
        'blocked: till-2 (account)',
        'NOT blocked: till-1 (account): the service is in trouble',
        ...END,
        'to make it permanent, say so in the config:',
        'absent:',
        '  - { username: till-2 }',
        END_LINE,
      ],
    ],
    [
      'a block that is held',
      report([], [planned('account', [held('till-1')])]),
      3,
      ['nobody was blocked now', 'NOT blocked: till-1 (account): protected by the config', ...END],
    ],
    [
      'a scope that could not be seen',
      report([], [planned('account'), errored]),
      6,
      [NOBODY, 'NOT blocked in subaccount:B: wait a minute', ...END],
    ],
  ] as const)
    test(`${title}: exit code ${exitCode}`, () => {
      const isTrouble = (line: string): boolean => line.startsWith('NOT blocked')
      assert.equal(stopped(only(one), PATTERN, { naming: NAMING, reachedBy: ' --socket /x' }), {
        exitCode,
        result: said.filter((line) => !isTrouble(line)),
        trouble: said.filter(isTrouble),
      })
    })

  test('that was cut off stands all the same: it says so, and who is not blocked for it', () => {
    const unseen: ScopeRefusal = {
      ...errored,
      scope: 'account',
      error: { kind: 'unreachable', message: 'stopped', stopped: 'next start' },
    }
    const stands = 'the stop stands: the next run blocks whom this one did not come to, as does the same command once more'
    for (const [whole, exitCode, trouble] of [
      [report([], [unseen]), 6, ['NOT blocked in account: stopped', stands]],
      [
        report([{ ...ended('till-1', 'not_attempted'), waits: 'next start' }]),
        4,
        ['NOT blocked: till-1 (account): not_attempted', stands],
      ],
    ] as const) {
      const said = stopped(only(whole), PATTERN, { naming: NAMING, reachedBy: ' --socket /x' })
      assert.equal(said, { exitCode, result: ['nobody was blocked now', ...END], trouble })
    }
  })

  test('a key that failed after the plan was made is told by 6, and what the run met of others by nothing', () => {
    const around = { naming: NAMING, reachedBy: '' }
    assert.is(stopped(only({ ...report([ended('till-1', 'not_attempted')]), cutShort: true }), PATTERN, around).exitCode, 6)
    assert.is(stopped(only(report([ended('till-1', 'verified'), ended('fax', 'failed')])), PATTERN, around).exitCode, 0)
    assert.is(
      stopped(only(report([ended('fax', 'failed')], [planned('account', [held('till-1')])])), PATTERN, around).exitCode,
      3,
    )
  })

  for (const [title, first, whole, exitCode, result, trouble] of [
    ['done where they were known to be', ended('till-1', 'verified'), report([]), 0, 'blocked: till-1 (account)', []],
    [
      'not done at first, and then done',
      ended('till-1', 'unknown'),
      report([ended('till-1', 'verified')]),
      0,
      'blocked: till-1 (account)',
      [],
    ],
    [
      'done at first, opened by somebody meanwhile, and not done then',
      ended('till-1', 'verified'),
      report([ended('till-1', 'failed', { error: 'no' })]),
      4,
      'nobody was blocked now',
      ['NOT blocked: till-1 (account): no'],
    ],
    [
      'done at first, and held then',
      ended('till-1', 'verified'),
      report([], [planned('account', [held('till-1')])]),
      3,
      'nobody was blocked now',
      ['NOT blocked: till-1 (account): protected by the config'],
    ],
    ['not done at first, and gone then', ended('till-1', 'failed'), report([]), 0, NOBODY, []],
    ['not tried at first, and gone then', ended('till-1', 'not_attempted'), report([]), 0, NOBODY, []],
    ...(['unknown', 'not_converged'] as const).map(
      (outcome) =>
        [
          `${outcome} at first, and not to be blocked then`,
          ended('till-1', outcome),
          report([]),
          0,
          'blocked by now, or gone: till-1 (account)',
          [],
        ] as const,
    ),
    [
      'unknown at first, and not seen then',
      ended('till-1', 'unknown'),
      report([], [{ ...errored, scope: 'account' }]),
      6,
      'nobody was blocked now',
      ['NOT blocked: till-1 (account): unknown'],
    ],
  ] as const)
    test(`where users were known to be looked at first, the look at all scopes is the last word: ${title}`, () => {
      const said = stopped({ first: [report([first])], whole }, PATTERN, { naming: NAMING, reachedBy: '' })
      assert.equal([said.exitCode, said.result[0], said.trouble], [exitCode, result, trouble])
    })

  test('who took a block that only a later look showed is named beside the others, and in what would make it permanent', () => {
    const first = [report([ended('till-1', 'not_converged'), ended('till-2', 'verified')])]
    assert.equal(stopped({ first, whole: report([]) }, PATTERN, { naming: NAMING, reachedBy: ' --socket /x' }).result, [
      'blocked: till-2 (account)',
      'blocked by now, or gone: till-1 (account)',
      ...END,
      'to make it permanent, say so in the config:',
      'users:',
      '  - { username: till-1, status: blocked }',
      'absent:',
      '  - { username: till-2 }',
      END_LINE,
    ])
  })

  for (const [unlisted, line] of [
    ['report', undefined],
    ['ignore', undefined],
    ['block', 'policy.unlisted is block'],
    ['remove', 'policy.unlisted is remove'],
  ] as const)
    test(`of a subaccount that has no list no list of nobody is printed where it would take others away: unlisted: ${unlisted}`, () => {
      const one = {
        ...report([]),
        ended: new Map([['subaccount:New', [ended('till-8', 'verified'), ended('till-9', 'verified')]]] as const),
      }
      const all = { ...desired(SCOPES, { unlisted }), coverage: 'config.yaml:4:14' }
      const { result } = stopped(only(one), PATTERN, { naming: namingIn(all), reachedBy: ' --socket /x' })
      const yaml = [
        'to make it permanent, say so in the config:',
        'subaccounts: # in an included file, since the config says subaccounts: all',
        '  - id: New',
        '    users: []',
        '    absent:',
        '      - { username: till-8 }',
        '      - { username: till-9 }',
        END_LINE,
      ]
      const words = `to make it permanent of till-8, till-9, list the users of subaccount:New first, for ${line} and would take away whoever is not in its list: export --subaccount New --socket /x; it lists who is blocked as blocked`
      assert.equal(result.slice(1 + END.length), line === undefined ? yaml : [words])
    })

  test('of a name that stands in the config under absent or previously no second place is printed', () => {
    const renamed = { ...wanted('kiosk-1'), previously: ['till-old'] }
    const gone = { username: 'till-gone', reason: undefined, source: 'config.yaml:9:5' }
    const naming = namingIn(desired([{ ...desiredScope([renamed]), absent: [gone] }, desiredScope([], SUB)]))
    const sub = [ended('till-gone', 'verified'), ended('Till-Old', 'verified')]
    const { result } = stopped(
      only(report([ended('till-gone', 'verified'), ended('till-old', 'verified'), ended('till-2', 'verified')], undefined, sub)),
      PATTERN,
      { naming, reachedBy: '' },
    )
    assert.equal(result.slice(1 + END.length), [
      'to make it permanent, say so in the config:',
      'absent:',
      '  - { username: till-2 }',
      END_LINE,
      'permanent already, for the config has them as absent: till-gone (account)',
      'not to be said in a config: till-old (account), for this name stands there under `previously`: take it out there, and then `absent` can say it',
      'not to be said in a config: till-gone (subaccount:B), for this name stands there for another user, perhaps in other letters',
      'not to be said in a config: Till-Old (subaccount:B), for this name stands there under `previously`: take it out there, and then `absent` can say it',
    ])
  })

  test('where a subaccount has a list, who is in none is absent there, whatever happens to the others', () => {
    const { result } = stopped(only(report([], undefined, [ended('till-2', 'verified')])), PATTERN, {
      naming: namingIn(desired(SCOPES, { unlisted: 'block' })),
      reachedBy: '',
    })
    assert.ok(result.includes('      - { username: till-2 }'))
  })

  test('a name or an id that YAML takes for something else is in quotes', () => {
    const all: Glob = { text: '*', matches: () => true }
    const yamlOf = (scope: Scope, ...names: ReadonlyArray<string>): unknown => {
      const one = { ...report([]), ended: new Map([[scope, names.map((name) => ended(name, 'verified'))]]) }
      const { result } = stopped(only(one), all, { naming: NAMING, reachedBy: '' })
      return parse(result.slice(result.findIndex((line) => line.endsWith('in the config:')) + 1).join('\n'))
    }
    const names = ['20231', 'true', 'NULL', '~', '.5', '- a', 'a, b', 'a: b', 'a #b', '@a', '', 'é', 'x"\\y', 'x\u202ey\u{e0041}']
    const absent = names.map((username) => ({ username }))
    assert.equal(yamlOf('account', ...names), { absent })
    assert.equal(yamlOf('subaccount:007', ...names), { subaccounts: [{ id: '007', users: [], absent }] })
  })
})
