// What is believed and what is approved: live answers (S3), digests (S14), approvals (S4).

import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { fullMessage } from '../../../src/domain/basics/command.ts'
import { asStandIn } from '../../../src/domain/basics/origin.ts'
import { approvable, plansAfter } from '../../../src/domain/guards/approve.ts'
import { afterDoubts, disbelief, expectedOf, letIn, shrunk } from '../../../src/domain/guards/believe.ts'
import { decided } from '../../../src/domain/memory/decision.ts'
import { type Approval, emptyLedger, type Vouched } from '../../../src/domain/memory/ledger.ts'
import { changeText, digestOfTexts, sameDigest, targetText } from '../../../src/domain/plan/digest.ts'
import type { Change, Held, HoldReason, Plan, ScopePlan } from '../../../src/domain/plan/plan.ts'
import { digestOf, printOf } from '../../../src/domain/user/prints.ts'
import { Secret } from '../../../src/domain/user/secret.ts'
import { ALL_SUBACCOUNTS, type Scope } from '../../../src/domain/wanted/scope.ts'
import { E } from '../../../src/fp.ts'
import {
  CAPS,
  change,
  DAY,
  desired,
  desiredScope,
  HOUR,
  ledger,
  live,
  liveUser,
  memory,
  NOW,
  ORIGIN,
  plan,
  prints,
  told,
  userMemory,
  wanted,
} from '../../support/build.ts'
import { newPassword, newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const NAMES = Array.from({ length: 60 }, (_, at) => `user-${String(at).padStart(2, '0')}`)
const shown = (names: ReadonlyArray<string>) => live(names.map((name) => liveUser(name)))

const toldOf = (facts: Parameters<typeof disbelief>[0]): string => {
  const found = disbelief(facts)
  return found === undefined ? '' : fullMessage(found)
}

spec('S3: is a live answer believable', (test) => {
  const doubt = (before: ReadonlyArray<string>, now: ReadonlyArray<string>, some: { origin?: string; vouched?: Vouched } = {}) =>
    disbelief({ live: shown(now), memory: memory({ lastSeen: before }), origin: ORIGIN, vouched: undefined, now: NOW, ...some })
      ?.kind

  test('S10: memory of a stand-in is not of the service itself, whoever is there; another key, endpoint or stand-in leads to no other users', () => {
    const of = (origin: string, to: string, names: ReadonlyArray<string>) => {
      const before = memory({ origin, lastSeen: NAMES.slice(0, 4), trusted: true, listed: 4, protected: ['user-00'] })
      const observed = new Map([['account', { _tag: 'Seen', live: shown(names) } as const] as const])
      return letIn(ledger([['account', before]]), { observed, origin: to, now: NOW }).scopes.get('account')
    }
    const same = NAMES.slice(0, 4)
    for (const [origin, to] of [
      [asStandIn('a'), asStandIn('b')],
      ['a', 'b'],
      ['a', asStandIn('b')],
      [ORIGIN, ORIGIN],
    ] as const) {
      const after = of(origin, to, same)
      assert.equal([after?.trusted, after?.since, after?.lastSeen], [true, memory().since, same], `${origin} to ${to}`)
    }
    const after = of(asStandIn('a'), 'a', same)
    assert.equal(
      [after?.trusted, after?.since, after?.origin, after?.lastSeen, after?.listed, after?.protected],
      [false, NOW, 'a', [], 4, ['user-00']],
    )
    assert.is(of('a', 'b', NAMES.slice(3, 4))?.since, NOW)
  })

  test('as many users as before, but others, are not believed', () =>
    assert.is(doubt(NAMES.slice(0, 20), NAMES.slice(20, 40)), 'suspicious_answer'))

  test('whom we were removing may be gone, and counts for nothing', () => {
    const removing = userMemory({ pending: { change: 'remove', wanted: new Map(), at: NOW } })
    const blocking = userMemory({ pending: { change: 'block', wanted: new Map(), at: NOW } })
    const of = (gone: number, names: ReadonlyArray<string>) => {
      const users = new Map(NAMES.map((name, at) => [name, at < gone ? removing : blocking]))
      return disbelief({
        live: shown(names),
        memory: memory({ lastSeen: NAMES, users }),
        origin: ORIGIN,
        vouched: undefined,
        now: NOW,
      })
    }
    assert.is(of(60, []), undefined)
    assert.is(of(40, NAMES.slice(40, 50)), undefined)
    assert.is(of(40, [...NAMES.slice(0, 40), ...NAMES.slice(40, 49)])?.kind, 'suspicious_answer')
    assert.match(of(40, NAMES.slice(40, 49))?.message ?? '', /9 of 20 users last seen/)
    assert.is(of(0, [])?.kind, 'suspicious_answer')
  })

  test('anything is believed where no user was ever seen', () => {
    assert.is(doubt([], []), undefined)
    assert.is(disbelief({ live: shown([]), memory: undefined, origin: 'other', vouched: undefined, now: NOW }), undefined)
  })

  test('what a person vouches for is believed for an hour, by that key and endpoint, and so is what has half of it; less is not', () => {
    const vouched = { names: NAMES.slice(0, 4), origin: ORIGIN, until: NOW + 1 }
    assert.is(doubt(NAMES, NAMES.slice(0, 4), { vouched }), undefined)
    assert.is(doubt(NAMES, NAMES.slice(0, 4), { vouched: { ...vouched, until: NOW } }), 'suspicious_answer')
    assert.is(doubt(NAMES, NAMES.slice(0, 4), { vouched, origin: 'other' }), 'identity_mismatch')
    assert.is(doubt(NAMES, NAMES.slice(2, 8), { vouched }), undefined)
    assert.is(doubt(NAMES, NAMES.slice(3, 8), { vouched }), 'suspicious_answer')
    assert.is(doubt(NAMES, [], { vouched }), 'suspicious_answer')
    assert.is(doubt(NAMES, [], { vouched: { ...vouched, names: [] } }), undefined)
    assert.is(doubt(NAMES.slice(0, 6), NAMES.slice(3, 6), { vouched: { ...vouched, names: NAMES.slice(6, 12) } }), undefined)
  })

  test('what is doubted waits for a word, and the word ends with the first answer that is believed, one of meanwhile aside', () => {
    const word = { names: ['a'], origin: ORIGIN, until: NOW + 1 }
    const later = { ...word, until: NOW + 2 }
    const scopes = ['account', 'subaccount:A', 'subaccount:B'] as const
    const found = new Map(scopes.map((scope) => [scope, word]))
    const before = ledger(
      scopes.map((scope) => [scope, memory()]),
      { believed: new Map([...found, ['subaccount:A', later]]) },
    )
    const doubts = new Map([
      ['subaccount:B', ['b']],
      ['subaccount:C', ['c']],
    ] as const)
    const after = afterDoubts(before, { found, shown: ['account', 'subaccount:A'], doubts, origin: ORIGIN })
    assert.equal(
      [...after.believed],
      [
        ['subaccount:A', later],
        ['subaccount:B', word],
      ],
    )
    assert.equal(
      [...after.scopes],
      [
        ['account', memory()],
        ['subaccount:A', memory()],
        ['subaccount:B', memory({ doubted: { names: ['b'], origin: ORIGIN } })],
      ],
    )
  })

  test('another key or endpoint that shows fewer than half of the remembered names is another account', () => {
    assert.is(doubt(NAMES.slice(0, 10), NAMES.slice(6, 40), { origin: 'other' }), 'identity_mismatch')
    assert.is(doubt(NAMES.slice(0, 10), NAMES.slice(5, 40), { origin: 'other' }), undefined)
    assert.is(doubt(NAMES.slice(0, 10), [], { origin: 'other' }), 'identity_mismatch')
  })

  test('what is not believed is told with the numbers, what follows, and the way out', () => {
    const about = (scope: Scope, origin = ORIGIN) =>
      toldOf({
        live: { ...shown(NAMES.slice(0, 1)), scope },
        memory: memory({ lastSeen: NAMES.slice(0, 3) }),
        origin,
        vouched: undefined,
        now: NOW,
      })
    assert.is(
      about('account'),
      'the service shows 1 of 3 users last seen; nothing is written here until that recovers; if it is right: approve --live account',
    )
    assert.is(
      about(ALL_SUBACCOUNTS),
      "the service shows 1 of 3 subaccounts last seen; those known go on until that recovers; if it is right: approve --live 'subaccount:*'",
    )
    assert.is(
      about('subaccount:B', 'other'),
      'the key or endpoint changed and only 1 of 3 remembered users are there: this may be another account; if it is right: approve --live subaccount:B',
    )
    assert.is(
      about(ALL_SUBACCOUNTS, 'other'),
      "the key or endpoint changed and only 1 of 3 remembered subaccounts are there: this may be another account; if it is right: approve --live 'subaccount:*'",
    )
  })

  test('the message says the numbers and the way out', () => {
    const found = toldOf({
      live: shown(NAMES.slice(0, 3)),
      memory: memory({ lastSeen: NAMES }),
      origin: ORIGIN,
      vouched: undefined,
      now: NOW,
    })
    assert.match(found, /3 of 60 users last seen.*approve --live account/)
    const all = toldOf({
      live: { ...shown([]), scope: ALL_SUBACCOUNTS },
      memory: memory({ lastSeen: NAMES }),
      origin: ORIGIN,
      vouched: undefined,
      now: NOW,
    })
    assert.match(all, /0 of 60 subaccounts last seen.*approve --live 'subaccount:\*'/)
  })
})

spec('S3: a later answer of one run', (test) => {
  const doubts = (
    before: ReadonlyArray<string> | undefined,
    first: ReadonlyArray<string>,
    now: ReadonlyArray<string>,
    gone: ReadonlyArray<string> = [],
  ) =>
    expectedOf(before && memory({ lastSeen: before }), shown(first)).map((expected) =>
      shrunk(expected, shown(now), new Set(gone)),
    )

  test('is told where it has lost more than half of the users of the first', () => {
    assert.equal(doubts(undefined, NAMES, NAMES.slice(0, 30)), [undefined])
    assert.equal(doubts(undefined, [], []), [undefined])
    const told = 'not believed: the service shows 29 of 60 users seen a moment ago'
    assert.equal(doubts(undefined, NAMES, NAMES.slice(0, 29)), [told])
  })

  test('or of the run before, since half of a half is no half', () => {
    const half = NAMES.slice(0, 30)
    assert.equal(doubts(NAMES, half, half), [undefined, undefined])
    const told = 'not believed: the service shows 29 of 60 users last seen'
    assert.equal(doubts(NAMES, half, NAMES.slice(0, 29)), [undefined, told])
  })

  test('whom this run may have removed is missed in none, and does not tip what was believed with it', () => {
    const [half, gone] = [NAMES.slice(0, 30), NAMES.slice(0, 10)]
    assert.equal(doubts(NAMES, half, NAMES.slice(10, 30), gone), [undefined, undefined])
    assert.equal(doubts(NAMES, half, NAMES.slice(10, 20), gone), [
      undefined,
      'not believed: the service shows 10 of 50 users last seen',
    ])
    const told = 'not believed: the service shows 9 of 20 users seen a moment ago'
    assert.is(doubts(NAMES, half, NAMES.slice(10, 19), gone)[0], told)
  })

  test('but not of the run before where a person vouched for a first that shows fewer', () =>
    assert.equal(doubts(NAMES, NAMES.slice(0, 10), NAMES.slice(0, 5)), [undefined]))
})

const secret = newSecret()
const update = change('update', 'b', { note: 'a note', cause: 'drift' })
const changes: ReadonlyArray<Change> = [
  update,
  change('create', 'a', { fields: [{ field: 'email_password', from: undefined, to: secret, source: 'x' }] }),
  change('block', 'c'),
  change('remove', 'd'),
]
const textOf = (one: Change): string => changeText(prints, 'account', one)
const digest = (all: ReadonlyArray<Change>): string => digestOfTexts(prints, all.map(textOf))

spec('S14: the digest', (test) => {
  test('does not depend on the order of changes', () =>
    fc.assert(
      fc.property(fc.shuffledSubarray([...changes], { minLength: changes.length }), (other) => {
        assert.is(digest(other), digest(changes))
      }),
    ))

  test('is a SHA-256 of what is changed, and of nothing else', () => {
    assert.match(digest(changes), /^sha256:[0-9a-f]{64}$/)
    const { note: _, ...plain } = update
    const elsewhere = update.fields.map((field) => ({ ...field, source: 'other.yaml:9:9 defaults' }))
    assert.is(textOf({ ...plain, cause: 'config', fields: elsewhere }), textOf(update))
  })

  test('differs by scope, kind, user, field and either side', () => {
    const one = update
    const [field = { field: 'description', from: '', to: '', source: '' } as const] = one.fields
    const others = [
      textOf({ ...one, change: 'block', ends: 'never' }),
      textOf({ ...one, username: 'B' }),
      textOf({ ...one, fields: [] }),
      textOf({ ...one, fields: [{ ...field, field: 'feedback_text' }] }),
      textOf({ ...one, fields: [{ ...field, from: undefined }] }),
      textOf({ ...one, fields: [{ ...field, to: `${String(field.to)} ` }] }),
      changeText(prints, 'subaccount:account', one),
    ]
    assert.is(new Set([textOf(one), ...others]).size, others.length + 1)
  })

  test('no text of one change reads as two', () =>
    assert.is.not(digest([change('update', 'a\nb')]), digestOfTexts(prints, textOf(change('update', 'a\nb')).split('\\n'))))

  test('C3: it holds a secret only as a keyed hash, and a password still to be made as a word', () => {
    assert.not.match(changes.map(textOf).join(), secret.reveal())
    assert.is(digestOf(prints, secret), prints.digestHash(secret))
    assert.is(digestOf(prints, new Secret(newPassword(), 'file')), digestOf(prints, new Secret(newPassword(), 'file')))
    assert.not.match(printOf(prints, secret), secret.reveal())
    assert.is.not(printOf(prints, secret), digestOf(prints, secret))
  })

  test('C3: long values stand in memory as hashes, short ones as themselves, unknown as a dash', () => {
    assert.is(printOf(prints, 'short'), '"short"')
    assert.is(printOf(prints, undefined), '-')
    assert.is(printOf(prints, '-'), '"-"')
    assert.match(printOf(prints, 'x'.repeat(63)), /^[0-9a-f]{64}$/)
  })

  test('a typed digest is the whole one; a part of it is none', () => {
    const whole = `sha256:${'0123456789abcdef'.repeat(4)}`
    for (const typed of [whole, whole.slice(7)]) assert.ok(sameDigest(typed, whole), typed)
    for (const typed of [
      '',
      whole.slice(0, 19),
      whole.slice(0, -1),
      '0123456789ab',
      'sha256:',
      's',
      '0',
      '0123456789a',
      'sha256:0123456789a',
      `${whole}0`,
      '0123456789ac',
      'SHA256:0123456789ab',
    ])
      assert.not(sameDigest(typed, whole), typed)
  })
})

spec('S4: what a digest releases', (test) => {
  const waits = (reason: HoldReason, username: string): Held => ({ ...change('block', username), reason, message: '' })
  const planned = (scope: Scope, one: string, held: ReadonlyArray<Held>): ScopePlan => ({
    _tag: 'Planned',
    scope,
    digest: `sha256:${one.repeat(64)}`,
    liveUsers: 0,
    inSync: 0,
    unlisted: [],
    ignored: 0,
    changes: [change('update', 'due')],
    held,
    findings: [],
    unobservable: [],
  })
  const two: Plan = {
    digest: `sha256:${'a'.repeat(64)}`,
    config: { files: [], digest: '' },
    cost: { requests: 0, seconds: 0 },
    scopes: [
      planned('account', 'b', [waits('capped', 'one'), waits('protected', 'no'), waits('needs_approval', 'two')]),
      { _tag: 'Errored', scope: 'subaccount:A', error: { kind: 'throttled', message: '' } },
      planned('subaccount:B', 'c', [waits('needs_approval', 'three'), waits('on_hold', 'no')]),
    ],
  }
  const FIRST = ['block one (account)', 'block two (account)']
  for (const [title, one, typed, words] of [
    ['of the plan: what waits in every scope', two, 'a', [...FIRST, 'block three (subaccount:B)']],
    ['of one scope: what waits there', two, 'b', FIRST],
    ['of another scope', two, 'c', ['block three (subaccount:B)']],
    ['of neither: nothing', two, 'd', undefined],
    ['of a plan that has none: what waits in the scope', { ...two, digest: undefined }, 'b', FIRST],
    ['of a plan that has none, typed all the same: nothing', { ...two, digest: undefined }, 'a', undefined],
    ['of a plan of no scope: nothing', { ...two, scopes: [] }, 'a', undefined],
  ] as const)
    test(title, () => assert.equal(approvable([one], prints, `sha256:${typed.repeat(64)}`)?.words, words))

  test('of a plan of some scopes leaves what was planned of the others, unless the config has changed since', () => {
    const some: Plan = {
      ...two,
      digest: `sha256:${'e'.repeat(64)}`,
      scopes: [planned('subaccount:B', 'f', [waits('capped', 'four')])],
    }
    const after = plansAfter([two], some)
    const words = (plans: ReadonlyArray<Plan>, letter: string) => approvable(plans, prints, `sha256:${letter.repeat(64)}`)?.words
    for (const letter of ['a', 'b']) assert.equal(words(after, letter), FIRST, letter)
    for (const letter of ['e', 'f']) assert.equal(words(after, letter), ['block four (subaccount:B)'], letter)
    assert.is(words(after, 'c'), undefined)
    assert.is(words(plansAfter([two], { ...some, config: { files: [], digest: 'other' } }), 'a'), undefined)
    assert.equal(plansAfter(after, two), [two])
  })

  test('of a plan leaves what was planned of a scope that cannot be read now, and keeps no more of it than that', () => {
    const unread: Plan = {
      ...two,
      digest: `sha256:${'e'.repeat(64)}`,
      scopes: [
        { _tag: 'Errored', scope: 'account', error: { kind: 'unreachable', message: 'away' } },
        planned('subaccount:B', 'f', [waits('capped', 'four')]),
      ],
    }
    const words = (plans: ReadonlyArray<Plan>, letter: string) => approvable(plans, prints, `sha256:${letter.repeat(64)}`)?.words
    const after = [unread, unread, unread].reduce(plansAfter, [two])
    for (const letter of ['a', 'b']) assert.equal(words(after, letter), FIRST, letter)
    for (const letter of ['e', 'f']) assert.equal(words(after, letter), ['block four (subaccount:B)'], letter)
    assert.is(words(after, 'c'), undefined)
    assert.is(after.length, 2)
    const gone: Plan = { ...unread, scopes: [planned('subaccount:*', 'd', [])] }
    assert.equal(plansAfter(after, gone), [gone], 'the search finds neither any more')
    assert.equal(plansAfter(after, two), [two])
  })

  test('nothing but text of a digest is one', () => {
    for (const typed of [`x${'a'.repeat(64)}`, `${'a'.repeat(64)}x`, `sha256:${'a'.repeat(65)}`, 'a'.repeat(63)])
      assert.is(approvable([two], prints, typed), undefined, typed)
    assert.is(approvable([two], prints, 'a'.repeat(64))?.words.length, 3)
  })
})

spec('S4: an approval', (test) => {
  const names = NAMES.slice(0, 20)
  const state = (to: string) =>
    desired([desiredScope(names.slice(0, 5).map((name) => wanted(name, { status: to })))], { caps: CAPS })
  const old = memory({ lastSeen: names, listed: 5 })
  const answer = [shown(names)]
  const held = plan(state('blocked'), answer, ledger([['account', old]]))
  const approve = (typed: string): Approval | undefined => {
    const changes = approvable([held], prints, typed)?.changes
    if (changes === undefined) return undefined
    const after = decided(emptyLedger('key'), { _tag: 'Approve', digest: typed, changes }, { by: 'me', reason: 'ok', now: NOW })
    return E.isLeft(after) ? undefined : after.right.approvals[0]
  }
  const approval = approve(held.digest ?? '')
  const later = (some: Partial<Approval>, now = NOW, to = 'blocked') =>
    told(
      plan(
        state(to),
        answer,
        ledger([['account', old]], { approvals: approval === undefined ? [] : [{ ...approval, ...some }] }),
        { now },
      ),
    )

  test('holds exactly what waits in the plan of that digest, for an hour', () => {
    assert.is(told(held).filter((line) => line.startsWith('held capped: block')).length, 5)
    assert.is(approval?.until, NOW + HOUR)
    const planned = held.scopes.flatMap((scope) => (scope._tag === 'Planned' ? scope.held : []))
    assert.equal(
      approval?.changes,
      planned.map((one) => targetText(prints, 'account', one)),
    )
  })

  test('lets just these pass, until its end', () => {
    assert.is(later({}).filter((line) => line.startsWith('block')).length, 5)
    assert.is(later({}, NOW + HOUR - 1).filter((line) => line.startsWith('block')).length, 5)
    assert.is(later({}, NOW + HOUR).filter((line) => line.startsWith('block')).length, 0)
  })

  test('is for the value that was seen, and for no other', () =>
    assert.is(later({}, NOW, 'sandbox').filter((line) => !line.startsWith('held')).length, 0))

  test('is none where the digest is another, or says nothing', () => {
    for (const typed of ['', 'sha256:', 'f'.repeat(64), (held.digest ?? '').slice(0, 12)])
      assert.is(approve(typed), undefined, typed)
  })

  test('the digest of one scope approves that scope alone', () => {
    const [scope] = held.scopes
    assert.is(scope?._tag === 'Planned' ? approve(scope.digest)?.changes.length : 0, 5)
  })

  test('S14: the digest of the plan depends neither on time nor on an approval', () => {
    const again = (now: number, some: Partial<Parameters<typeof ledger>[1]> = {}) =>
      plan(state('blocked'), answer, ledger([['account', old]], some), { now, approveWith: () => 'other words' }).digest
    assert.is(again(NOW + 9 * DAY), held.digest)
    assert.is(again(NOW, { approvals: approval === undefined ? [] : [approval] }), held.digest)
  })

  test('apply with the digest lifts what waits for it; with another digest nothing', () => {
    const lifted = (typed: string | undefined) =>
      told(plan(state('blocked'), answer, ledger([['account', old]]), { digest: typed })).filter((line) =>
        line.startsWith('block'),
      ).length
    assert.is(lifted(held.digest), 5)
    assert.is(lifted(''), 0)
    assert.is(lifted(undefined), 0)
    assert.is(lifted(`sha256:${'0'.repeat(64)}`), 0)
  })
})
