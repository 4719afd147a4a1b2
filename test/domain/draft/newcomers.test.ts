// A listed user that is to be made and of whom there is more to say: made blocked for now, its add already answered, its name taken in another scope, or
// its old name somewhere else, spelled otherwise, or left out of this answer.
import * as assert from 'uvu/assert'
import type { Context } from '../../../src/domain/draft/diff.ts'
import type { World } from '../../../src/domain/draft/draft.ts'
import { formerCaseOnly, missing } from '../../../src/domain/draft/listed.ts'
import type { UserMemory } from '../../../src/domain/memory/user-memory.ts'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import type { DesiredUser } from '../../../src/domain/wanted/desired.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { context, live, livesIn, liveUser, memory, NOBODY_LISTED, NOW, userMemory, wanted } from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const OLD = 'printer@acme.example'
const NOWHERE: World = { ...livesIn(ONE), ...NOBODY_LISTED }
const NO_PASSWORD = 'no password is declared: the service makes one, and it is not kept here'

const made = (
  user: DesiredUser,
  { about = context(), world = NOWHERE, shown = [] }: { about?: Context; world?: World; shown?: ReadonlyArray<LiveUser> } = {},
) => missing(about, world, live(shown), user)
const knowing = (one: Partial<UserMemory>): Context => context({ memory: memory({ users: new Map([[ONE, userMemory(one)]]) }) })
const whyOf = ({ withheld, due }: ReturnType<typeof made>) => {
  assert.is((withheld?.length ?? 0) + (due?.length ?? 0), 1, 'never dropped, never doubled')
  return withheld?.[0]?.why
}

spec('a user that is made blocked for now', (test) => {
  const user: DesiredUser = {
    ...wanted(ONE, { description: 'new', status: 'blocked', email_password: newSecret() }),
    blockedFor: 'blocked while a rule is not met',
    blockedFrom: 'sandbox',
  }

  test('is told for what, and with the status that returns where any block shows the one from before', () => {
    const [change, ...more] = made(user).due ?? []
    assert.equal(more, [])
    assert.equal([change?.change, change?.note], ['create', 'blocked while a rule is not met'])
    assert.is(change?.change === 'create' && change.returns, true)
    assert.equal(
      change?.fields.map(({ field, from }) => [field, from]),
      [
        ['email_password', undefined],
        ['description', undefined],
        ['status', 'sandbox'],
      ],
    )
  })

  test('is told of its password too, where the service makes that', () => {
    const { email_password: _, ...rest } = user.managed
    assert.is(made({ ...user, managed: rest }).due?.[0]?.note, `blocked while a rule is not met; ${NO_PASSWORD}`)
  })

  test('is none that the config itself has blocked: nothing returns', () => {
    const [change] = made(wanted(ONE, { status: 'blocked' })).due ?? []
    assert.is(change?.note, NO_PASSWORD)
    assert.not('returns' in (change ?? { returns: true }))
  })
})

spec('a user whose add was sent before', (test) => {
  const pending = { change: 'create', wanted: new Map(), at: NOW } as const
  test('is tried again while nobody knows what came of that, and asked for as ever once it was told', () => {
    const causeOf = (one: Partial<UserMemory>) => made(wanted(ONE), { about: knowing(one) }).due?.[0]?.cause
    assert.is(causeOf({ pending }), 'retry')
    assert.is(causeOf({ pending: { ...pending, answered: true } }), 'config')
    assert.is(causeOf({}), 'config')
  })
})

spec('a name that is taken in another scope', (test) => {
  const taken = (now: ReadonlyArray<Scope>, before: ReadonlyArray<Scope> = []) =>
    whyOf(made(wanted(ONE), { world: { ...NOWHERE, nearlyIn: () => now, lastSeenIn: new Map([[ONE, before]]) } }))
  const before = (scopes: string) =>
    `this name is taken: it was live in ${scopes} when that was last read; to end that, let it be read again, or take it out of the config if it is gone for good`
  const rows: ReadonlyArray<readonly [now: ReadonlyArray<Scope>, seen: ReadonlyArray<Scope>, why: string | undefined]> = [
    [['account'], [], undefined],
    [[], ['account'], undefined],
    [['account', 'subaccount:A', 'subaccount:A'], [], 'this name is taken: it is live in subaccount:A'],
    [['subaccount:A'], ['subaccount:A'], before('subaccount:A')],
    [['subaccount:A', 'subaccount:B'], ['subaccount:A'], 'this name is taken: it is live in subaccount:B'],
    [['account'], ['account', 'subaccount:A'], before('subaccount:A')],
  ]
  for (const [now, seen, why] of rows)
    test(`live in ${now.join(', ') || 'none'}, before in ${seen.join(', ') || 'none'}: ${why ?? 'is free'}`, () =>
      assert.is(taken(now, seen), why))
})

spec('a new name whose old one is not live here', (test) => {
  const heir: DesiredUser = { ...wanted(ONE, { description: 'new' }), previously: [OLD] }

  test('is not made where the old one is live in another scope, and told what to do', () => {
    const world: World = { ...NOWHERE, nearlyIn: (name) => (name === OLD ? ['subaccount:A'] : []) }
    const { withheld } = made(heir, { world })
    assert.is(withheld?.[0]?.reason, 'impossible')
    assert.is(
      whyOf(made(heir, { world })),
      `its former name ${OLD} is live in subaccount:A, and a rename does not go from one scope to another: take that out of \`previously\`, say here what this user is to have, and list ${OLD} in subaccount:A for as long as it is needed`,
    )
  })

  test('waits for it where this answer left it out, and is told so as one that hangs on that', () => {
    const about = context({ seen: new Set([OLD]) })
    const { due, withheld } = made(heir, { about })
    assert.is(due, undefined)
    const [held] = withheld ?? []
    assert.is(held?.change.change === 'create' && held.change.unseen, true)
    assert.equal(held && { ...held, change: held.change.username }, {
      change: ONE,
      reason: 'impossible',
      why: `${OLD} is not in this answer, and this user is to keep its settings: it waits for a few more answers; made without them where \`previously\` does not name that one`,
    })
    assert.is(whyOf(made(heir, { about, shown: [liveUser(OLD)] })), undefined, 'and is made once it is shown again')
    assert.is(whyOf(made(heir)), undefined, 'or where nobody ever saw it')
  })

  test('is not made without what the old one has where that is live in another spelling', () => {
    const change = { change: 'create', username: ONE, cause: 'config', fields: [] } as const
    assert.equal(formerCaseOnly(context(), heir, OLD, liveUser('Printer@acme.example')), {
      withheld: [
        {
          change,
          reason: 'impossible',
          why: `its former name ${OLD} differs from a live user only in case; that one is spelled Printer@acme.example: write it so in the config`,
        },
      ],
    })
  })
})
