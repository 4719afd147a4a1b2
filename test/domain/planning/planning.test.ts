// A plan of several scopes: users in two of them, names that differ only in case, filters, refusals, order and cost.

import * as assert from 'uvu/assert'
import { planMarkdown } from '../../../src/cli/render/markdown.ts'
import { planText } from '../../../src/cli/render/text.ts'
import { fullMessage } from '../../../src/domain/basics/command.ts'
import type { Plan } from '../../../src/domain/plan/plan.ts'
import { makePlan, type PlanFacts } from '../../../src/domain/planning/planning.ts'
import type { LiveState } from '../../../src/domain/user/live.ts'
import { printOf } from '../../../src/domain/user/prints.ts'
import { Secret } from '../../../src/domain/user/secret.ts'
import type { Settings } from '../../../src/domain/user/settings.ts'
import { glob } from '../../../src/domain/user/username.ts'
import type { Policy } from '../../../src/domain/wanted/desired.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { byScope, subaccount, subaccountId } from '../../../src/domain/wanted/scope.ts'
import {
  CAPS,
  desired,
  desiredScope,
  facts,
  ledger,
  live,
  liveUser,
  memory,
  NOW,
  prints,
  told,
  userMemory,
  wanted,
} from '../../support/build.ts'
import { newPassword, newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

type Users = { readonly [name: string]: Settings }
type Side = { readonly asked?: Users; readonly shown?: Users; readonly answer?: Partial<LiveState> }

const SUB: Scope = 'subaccount:S1'

const factsOf = (
  sides: { readonly account?: Side; readonly sub?: Side },
  some: Partial<Policy> = {},
  more: Partial<PlanFacts> = {},
): PlanFacts => {
  const each = [['account', sides.account ?? {}] as const, ...(sides.sub === undefined ? [] : [[SUB, sides.sub] as const])]
  return facts(
    desired(
      each.map(([scope, { asked = {} }]) =>
        desiredScope(
          Object.entries(asked).map(([name, settings]) => wanted(name, settings)),
          scope,
        ),
      ),
      some,
    ),
    each.map(([scope, { shown = {}, answer = {} }]) =>
      live(
        Object.entries(shown).map(([name, settings]) => liveUser(name, settings)),
        { scope, ...answer },
      ),
    ),
    ledger(each.map(([scope]) => [scope, memory({ lastSeen: [], listed: 0 })])),
    more,
  )
}

const planOf = (...of: Parameters<typeof factsOf>): Plan => makePlan(factsOf(...of)).plan
const findings = (plan: Plan) =>
  plan.scopes.flatMap((scope) =>
    scope._tag === 'Planned' ? scope.findings.map(({ rule, username }) => `${rule} ${username}`) : [],
  )
const NEW = { description: 'new' }
/** A stop that is in force for everybody. */
const STOPPED = { what: { _tag: 'Stop', glob: '*' }, since: NOW, until: NOW + 1000, reason: 'r', by: 'p' } as const
/** A ledger that was lost a moment ago. */
const LOST = { how: 'gone', at: NOW } as const

spec('planning', (test) => {
  test('a user listed in any scope is unlisted in none', () => {
    const plan = planOf(
      { account: { asked: { 'fax-1': NEW } }, sub: { shown: { 'fax-1': {}, 'fax-2': {} } } },
      { unlisted: 'block' },
    )
    assert.equal(told(plan), ['held impossible: create fax-1 description', 'block fax-2 status (drift)'])
  })

  test('a user live in two scopes is a finding, and is written in neither', () => {
    const plan = planOf({ account: { asked: { 'fax-1': NEW }, shown: { 'fax-1': {} } }, sub: { shown: { 'fax-1': {} } } })
    assert.equal(told(plan), ['held impossible: update fax-1 description'])
    assert.equal(findings(plan), ['listed-in-two-scopes fax-1', 'listed-in-two-scopes fax-1'])
  })

  test('S15: a name that differs only in case is not created, not blocked, and told', () => {
    const plan = planOf({ account: { asked: { 'fax-1': NEW }, shown: { 'FAX-1': {} } } }, { unlisted: 'block' })
    assert.equal(told(plan), ['held impossible: create fax-1 '])
    assert.equal(findings(plan), ['case-only-difference fax-1'])
  })

  test('a live user that the provider stopped is told, and left alone', () => {
    const shown = { users: [liveUser('fax-1', {}, false)] }
    const plan = planOf({ account: { asked: { 'fax-1': { status: 'allowed' } }, answer: shown } })
    assert.equal(told(plan), [])
    assert.equal(findings(plan), ['provider-block fax-1'])
  })

  // README: "where the service forbids sending to a user that should be allowed, that is a finding, `provider-block`".
  for (const [title, asked, sent, found] of [
    ['the config wants and last sent `allowed`', 'allowed', 'allowed', ['provider-block fax-1']],
    ['the config wants `allowed`, which was not sent yet', 'allowed', undefined, []],
    ['the config wants `allowed` by now, and a block was sent', 'allowed', 'blocked', []],
    ['the config wants and last sent a block', 'blocked', 'blocked', []],
    ['the config says no status', undefined, 'allowed', []],
  ] as const)
    test(`who may not send and whose status is not shown, where ${title}, is ${found.length === 0 ? 'no' : 'a'} provider-block`, () => {
      const shown = { users: [liveUser('fax-1', { status: undefined }, false)] }
      const print = sent === undefined ? [] : [['status', { print: printOf(prints, sent), at: NOW }] as const]
      const users = new Map([['fax-1', userMemory({ sent: new Map(print) })]])
      const plan = planOf(
        { account: { asked: { 'fax-1': { status: asked } }, answer: shown } },
        {},
        {
          ledger: ledger([['account', memory({ users })]]),
        },
      )
      assert.equal(findings(plan), found)
    })

  for (const [title, asked, live, some, found] of [
    ['the ledger is lost', {}, 'blocked', { forgotten: LOST }, ['found-blocked fax-1']],
    [
      'the ledger is lost, and other fields are to be changed',
      { description: 'new' },
      'blocked',
      { forgotten: LOST },
      ['found-blocked fax-1'],
    ],
    ['the ledger is lost, and the config says a status', { status: 'blocked' }, 'blocked', { forgotten: LOST }, []],
    ['the ledger is lost, and it may send', {}, 'allowed', { forgotten: LOST }, []],
    ['the ledger is lost, and a stop is in force for it', {}, 'blocked', { forgotten: LOST, holds: [STOPPED] }, []],
    ['nothing is lost', {}, 'blocked', {}, []],
  ] as const)
    test(`of a listed user that is blocked, where ${title}, it is told that nobody knows by whom: ${found.length === 0 ? 'no' : 'yes'}`, () => {
      const plan = planOf(
        { account: { asked: { 'fax-1': asked }, answer: { users: [liveUser('fax-1', { status: live })] } } },
        {},
        { ledger: ledger([['account', memory()]], some) },
      )
      assert.equal(findings(plan), found)
    })

  test('what is told of a live user says what is wrong, and how grave it is', () => {
    const shown = { users: [liveUser('fax-1', {}, false), liveUser('fax-2', { status: 'blocked' }, false)] }
    const plan = planOf({ account: { answer: shown }, sub: { shown: { 'fax-1': {} } } })
    const [scope] = plan.scopes
    assert.equal(scope?._tag === 'Planned' ? scope.findings : [], [
      {
        rule: 'listed-in-two-scopes',
        severity: 'medium',
        username: 'fax-1',
        message: 'live in account and subaccount:S1: it is written in neither',
      },
      {
        rule: 'provider-block',
        severity: 'high',
        username: 'fax-1',
        message: 'the provider has stopped this user from sending although its status is allowed; ask SMTP2GO support',
      },
    ])
  })

  test('unlisted users are ignored, told or blocked as the policy says, ignored ones never', () => {
    const sides = { account: { shown: { 'fax-1': {}, 'fax-2': { status: 'blocked' }, 'boss-1': {} } } }
    const ignore = [glob('BOSS-*')].flatMap((one) => one ?? [])
    const summary = (some: Partial<Policy>) => {
      const [scope] = planOf(sides, some).scopes
      return scope?._tag === 'Planned' ? [scope.unlisted, scope.ignored, scope.changes.map(({ username }) => username)] : []
    }
    assert.equal(summary({ unlisted: 'report', ignore }), [['fax-1', 'fax-2'], 1, []])
    assert.equal(summary({ unlisted: 'ignore', ignore }), [[], 3, []])
    assert.equal(summary({ unlisted: 'block', ignore }), [[], 1, ['fax-1']])
  })

  test('missing users are created, or only told where the policy says so; a create without a password says what happens', () => {
    const sides = { account: { asked: { 'fax-1': NEW, 'fax-2': { email_password: newSecret() }, bad: {} } } }
    const [scope] = planOf(sides).scopes
    assert.equal(scope?._tag === 'Planned' ? scope.changes.map(({ username, note }) => [username, note !== undefined]) : [], [
      ['fax-1', true],
      ['fax-2', false],
    ])
    assert.equal(told(planOf(sides, { missing: 'report' })), [
      'held report_only: create bad ',
      'held report_only: create fax-1 description',
      'held report_only: create fax-2 email_password',
    ])
  })

  test('filters choose users and scopes, and the digest is of what they chose', () => {
    const sides = { account: { asked: { 'fax-1': NEW, 'tel-1': NEW } }, sub: { asked: { 'fax-2': NEW } } }
    const filtered = (more: Partial<PlanFacts>) => planOf(sides, {}, more)
    assert.equal(told(filtered({ user: glob('fax-*') })), [
      'create fax-1 description (config)',
      'create fax-2 description (config)',
    ])
    assert.equal(told(filtered({ scopes: new Set([SUB]) })), ['create fax-2 description (config)'])
    assert.is(new Set([{}, { user: glob('fax-*') }, { scopes: new Set([SUB]) }].map((more) => filtered(more).digest)).size, 3)
  })

  test('a scope that could not be seen has an error and no change, and stops no other', () => {
    const seen = factsOf({ account: { asked: { 'fax-1': NEW } }, sub: { asked: { 'fax-2': NEW } } })
    const error = { kind: 'throttled', message: 'wait' } as const
    const { plan } = makePlan({ ...seen, observed: new Map([...seen.observed, ['account', { _tag: 'Unseen', error }]]) })
    assert.equal(told(plan), ['account throttled', 'create fax-2 description (config)'])
  })

  test('scopes stand in their order, the account first', () => {
    const scopes: ReadonlyArray<Scope> = [subaccount('b'), subaccount('B'), 'account', subaccount('account')]
    assert.equal([...scopes].sort(byScope), ['account', 'subaccount:B', 'subaccount:account', 'subaccount:b'])
    assert.equal(scopes.map(subaccountId), ['b', 'B', undefined, 'account'])
  })

  test('what is held says how to let it through, but not in a plan from a snapshot, which has no digest', () => {
    const users = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`user-${at}`, {}]))
    const sides = {
      account: { asked: Object.fromEntries(Object.keys(users).map((name) => [name, { status: 'blocked' }])), shown: users },
    }
    const messages = (more: Partial<PlanFacts>) => {
      const plan = planOf(sides, { caps: CAPS }, more)
      const [scope] = plan.scopes
      const held = scope?._tag === 'Planned' ? scope.held[0] : undefined
      return { digest: plan.digest, message: held === undefined ? undefined : fullMessage(held) }
    }
    const { digest, message } = messages({})
    assert.is(message, `30 blocks in 24 h, the cap is 3 (10% of 30 users, or 2); to approve exactly this plan: approve ${digest}`)
    const offline = messages({ offline: true })
    assert.equal(offline, { digest: undefined, message: '30 blocks in 24 h, the cap is 3 (10% of 30 users, or 2)' })
  })

  test('only a digest that something can be done with is shown', () => {
    const shows = (plan: Plan): ReadonlyArray<boolean> =>
      [planText(plan, { colour: false, width: 100, command: 'apply' }), planMarkdown(plan)].map((text) => /sha256:/.test(text))
    const one = (asked: Settings, shown: Settings, some: Partial<Policy> = {}): Plan =>
      planOf({ account: { asked: { 'fax-1': asked }, shown: { 'fax-1': shown } } }, some)
    assert.equal(shows(one(NEW, NEW)), [false, false], 'in sync')
    assert.equal(shows(one(NEW, {}, { mode: 'observe' })), [false, false], 'held by what no approval lifts')
    assert.equal(shows(one(NEW, {})), [true, true], 'due')
    const capped = { status: 'blocked' }
    assert.equal(
      shows(one(capped, {}, { caps: { ...CAPS, max_blocks: { percent: undefined, count: 0 } } })),
      [true, true],
      'capped',
    )
  })

  test('a plan from a snapshot says of fields that the service does not show that it cannot know of them', () => {
    const asked = { 'fax-1': { click_tracking_enabled: true, description: 'new' }, 'fax-2': { click_tracking_enabled: true } }
    const [scope] = planOf({ account: { asked, shown: { 'fax-1': {} } } }, {}, { offline: true }).scopes
    const notes = scope?._tag === 'Planned' ? scope.changes.map(({ change, note }) => [change, note]) : []
    assert.equal(notes, [
      [
        'update',
        'the service does not show click_tracking_enabled, and a snapshot does not know what was sent: due only where it was not',
      ],
      ['create', 'no password is declared: the service makes one, and it is not kept here'],
    ])
  })

  test('a password that is made because its file is missing is told where it replaces one', () => {
    const generated = { email_password: new Secret(newPassword(), '/var/lib/x/fax.password') }
    const plan = planOf({ account: { asked: { 'fax-1': generated, 'fax-2': generated }, shown: { 'fax-1': {} } } })
    const [scope] = plan.scopes
    assert.equal(scope?._tag === 'Planned' ? scope.changes.map(({ change, note }) => [change, note]) : [], [
      ['update', 'no password file at /var/lib/x/fax.password; a new one will be made and set'],
      ['create', undefined],
    ])
    assert.match(planMarkdown(plan).replaceAll('\\', ''), /- fax-1: no password file at \/var\/lib\/x\/fax\.password/)
  })

  test('of a long text that changes only near its end both sides are told from where they differ', () => {
    const page = (end: string): string => `${'x'.repeat(200)} ${end} end`
    const plan = planOf({
      account: { asked: { 'fax-1': { feedback_html: page('new') } }, shown: { 'fax-1': { feedback_html: page('old') } } },
    })
    const texts = [planText(plan, { colour: false, width: 200, command: 'apply' }), planMarkdown(plan).replaceAll('\\', '')]
    for (const text of texts) assert.match(text, /…x{7} old end.*…x{7} new end/)
  })

  test('the cost counts a view of each scope, the changes and a view to read back, at the pace that is set', () => {
    const sides = { account: { asked: { 'fax-1': NEW, 'fax-2': NEW } }, sub: { asked: {} } }
    assert.equal(planOf(sides).cost, { requests: 5, seconds: 5 })
    assert.equal(planOf({}).cost, { requests: 1, seconds: 1 })
  })

  test('a change that only the full edit can make is impossible until everything is declared', () => {
    const domain = { feedback_domain: 'mail.acme.example' }
    assert.equal(told(planOf({ account: { asked: { 'fax-1': domain }, shown: { 'fax-1': {} } } })), [
      'held impossible: update fax-1 feedback_domain',
    ])
    const whole = { ...domain, email_password: newSecret(), click_tracking_enabled: true }
    const known = factsOf({ account: { asked: { 'fax-1': whole }, shown: { 'fax-1': {} } } })
    assert.equal(told(makePlan(known).plan), ['update fax-1 email_password,feedback_domain,click_tracking_enabled (config)'])
  })

  test('a refused create is not repeated for a day', () => {
    const known = factsOf({ account: { asked: { 'fax-1': NEW } } })
    const print = (side: unknown) => known.prints.sha256(JSON.stringify([['description', side]]))
    const refused = { wanted: print('"new"'), live: print('-'), at: NOW - 1, message: 'taken elsewhere' }
    const remembered = ledger([['account', memory({ users: new Map([['fax-1', userMemory({ refused: [refused] })]]) })]])
    assert.equal(told(makePlan({ ...known, ledger: remembered }).plan), ['held not_converging: create fax-1 description'])
  })

  test('of users that were not asked for nothing is told, and nothing is known to be over', () => {
    const both = (settings: Settings): Users => ({ 'fax-1': settings, 'tel-1': settings })
    const some = (of: Side, more: Partial<PlanFacts>) => {
      const known = factsOf({ account: of }, { unknown_password: 'assume' }, more)
      const users = new Map(
        ['fax-1', 'tel-1'].map((name) => [
          name,
          userMemory({ sent: new Map([['click_tracking_enabled', { print: 'true', at: NOW }]]) }),
        ]),
      )
      const findings = [{ rule: 'provider-block', username: 'gone', severity: 'high', since: 1 } as const]
      const remembered = memory({ lastSeen: [], listed: 10, users, findings })
      const { plan, drafts } = makePlan({ ...known, ledger: ledger([['account', remembered]]) })
      const [scope] = plan.scopes
      if (scope?._tag !== 'Planned') throw new Error('no plan')
      const named = (all: ReadonlyArray<{ readonly username: string }> = []) => all.map(({ username }) => username).join(' ')
      return [
        named(scope.changes),
        named(scope.held),
        named(scope.findings),
        scope.unlisted.join(' '),
        named(scope.unobservable),
        named(drafts.get('account')?.assumed),
        named(scope.resolved),
        scope.loss ?? '',
      ]
    }
    const fax: Partial<PlanFacts> = { user: glob('fax-*') }
    const stopped = { users: [liveUser('fax-1', {}, false), liveUser('tel-1', {}, false)] }
    const asked = both({ ...NEW, click_tracking_enabled: true, email_password: newSecret() })
    const LOSS = 'the config lists 2 users where the last applied one listed 10: less than half'
    const two = 'fax-1 tel-1'
    assert.equal(some({ asked, answer: stopped }, {}), [two, '', two, '', two, two, 'gone', LOSS])
    assert.equal(some({ asked, answer: stopped }, fax), ['fax-1', '', 'fax-1', '', 'fax-1', 'fax-1', '', ''])
    const bad = both({ feedback_domain: 'a.example' })
    assert.equal(some({ asked: bad, shown: both({}) }, {}).slice(0, 2), ['', two])
    assert.equal(some({ asked: bad, shown: both({}) }, fax).slice(0, 2), ['', 'fax-1'])
    const none = some({ shown: both({}) }, {})
    assert.equal([none[3], some({ shown: both({}) }, fax)[3]], [two, 'fax-1'])
  })

  test('what is planned stands in its order: users by name, the findings of one by rule', () => {
    const names = ['fax-3', 'fax-1', 'fax-2']
    const sides: Side = {
      asked: Object.fromEntries(names.map((name) => [name, { ...NEW, click_tracking_enabled: true }])),
      answer: { users: names.map((name) => liveUser(name, {}, false)) },
    }
    const sent = new Map([['click_tracking_enabled', { print: 'true', at: NOW }] as const])
    const users = new Map(names.map((name) => [name, userMemory({ sent })]))
    const facing = factsOf({ account: sides, sub: { shown: { 'fax-2': {} } } })
    const { plan } = makePlan({
      ...facing,
      ledger: ledger([
        ['account', memory({ users })],
        [SUB, memory()],
      ]),
    })
    const [scope] = plan.scopes
    if (scope?._tag !== 'Planned') throw new Error('no plan')
    assert.equal(
      scope.changes.map(({ username }) => username),
      ['fax-1', 'fax-3'],
    )
    assert.equal(
      scope.unobservable.map(({ username }) => username),
      ['fax-1', 'fax-2', 'fax-3'],
    )
    assert.equal(
      scope.findings.map(({ username, rule }) => `${username} ${rule}`),
      ['fax-1 provider-block', 'fax-2 listed-in-two-scopes', 'fax-2 provider-block', 'fax-3 provider-block'],
    )
    assert.equal([scope.liveUsers, plan.config], [3, { files: ['config.yaml'], digest: 'sha256:config' }])
  })

  test('the subaccounts as a whole are a scope of their own: found, or why not, and only where they were asked for', () => {
    const known = factsOf({ account: {} })
    const search = { _tag: 'Found', subaccounts: [{ id: 'B', name: '', state: 'active' }], missing: [] } as const
    const scopesOf = (more: Partial<PlanFacts>) =>
      makePlan({ ...known, ...more }).plan.scopes.map((scope) =>
        scope._tag === 'Errored'
          ? `${scope.scope} ${scope.error.message}`
          : `${scope.scope} ${scope.liveUsers} ${scope.subaccounts ?? '-'}`,
      )
    assert.equal(scopesOf({}), ['account 0 -'])
    assert.equal(scopesOf({ search }), ['account 0 -', 'subaccount:* 0 1'])
    const error = { kind: 'throttled', message: 'wait' } as const
    assert.equal(scopesOf({ search: { _tag: 'Unseen', error } }), ['account 0 -', 'subaccount:* wait'])
    assert.equal(scopesOf({ search, scopes: new Set(['account']) }), ['account 0 -'])
  })

  test('in a scope that was only found nobody is taken away for not being listed', () => {
    const unlistedIn = (unlisted: Policy['unlisted'], isFound: boolean) => {
      const known = factsOf({ account: { shown: { 'fax-1': {} } } }, { unlisted })
      const scopes = known.desired.scopes.map((scope) => (isFound ? { ...scope, isFound } : scope))
      const [scope] = makePlan({ ...known, desired: { ...known.desired, scopes } }).plan.scopes
      return scope?._tag === 'Planned' ? [scope.changes.length, scope.unlisted.length, scope.ignored] : []
    }
    assert.equal(
      (['ignore', 'report', 'block', 'remove'] as const).map((one) => unlistedIn(one, true)),
      [
        [0, 0, 1],
        [0, 1, 0],
        [0, 1, 0],
        [0, 1, 0],
      ],
    )
    assert.equal(unlistedIn('block', false), [1, 0, 0])
  })

  test('without a pace the seconds go by a typical answer', () => {
    const known = factsOf({ account: { asked: { 'fax-1': NEW, 'fax-2': NEW } } })
    const api = { ...known.desired.api, pace: undefined, concurrency: 2 }
    assert.equal(makePlan({ ...known, desired: { ...known.desired, api } }).plan.cost, { requests: 4, seconds: 1 })
    const slow = { ...api, concurrency: 1 }
    const many = factsOf({ account: { asked: Object.fromEntries(Array.from({ length: 98 }, (_, at) => [`fax-${at}`, NEW])) } })
    assert.equal(makePlan({ ...many, desired: { ...many.desired, api: slow } }).plan.cost, { requests: 100, seconds: 20 })
  })
})
