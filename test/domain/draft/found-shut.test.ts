// Who is blocked and nobody here knows by whom: what the config newly asks for opens it, what it asked for all along does not (`unblock: hold`).
import * as assert from 'uvu/assert'
import type { Due } from '../../../src/domain/draft/due.ts'
import { foundShutAfter, isFirstLook, isWished } from '../../../src/domain/draft/found-shut.ts'
import type { Forgotten } from '../../../src/domain/memory/ledger.ts'
import type { UserMemory } from '../../../src/domain/memory/user-memory.ts'
import type { Settings, Value } from '../../../src/domain/user/settings.ts'
import type { DesiredUser } from '../../../src/domain/wanted/desired.ts'
import { DAY, liveUser, memory, NOW, prints, reached, userMemory, wanted } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const LOOKED: Due = { config: 'c', users: [] }
const PUT_BACK: Forgotten = { how: 'put_back', at: NOW - 1 }
const shown = (status: string | undefined) => liveUser(ONE, { status })
const BLOCKED = shown('blocked')
const OPEN = shown('allowed')
const forRule = userMemory({ ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } })
const onWay = userMemory({ ourBlock: { _tag: 'WayOut', returnsTo: 'allowed', elapsedMs: 0, countedAt: NOW } })
const wasOpen = reached({ status: 'allowed' })

spec('what the config asked for before', (test) => {
  for (const [title, known, expected] of [
    ['cannot be told where nothing is remembered of the scope', { memory: undefined, forgotten: undefined }, true],
    ['nor where all of it was never looked at', { memory: memory(), forgotten: undefined }, true],
    ['can after a look at all of it', { memory: memory({ due: LOOKED }), forgotten: undefined }, false],
    ['cannot after an older ledger was put back', { memory: memory({ due: LOOKED }), forgotten: PUT_BACK }, true],
    ['can a day after that', { memory: memory({ due: LOOKED }), forgotten: { how: 'put_back', at: NOW - DAY } }, false],
    ['can after a ledger that was lost', { memory: memory({ due: LOOKED }), forgotten: { how: 'gone', at: NOW - 1 } }, false],
  ] as const)
    test(title, () => assert.is(isFirstLook({ ...known, now: NOW }), expected))
})

spec('the wish that a blocked user be open', (test) => {
  type Past = { readonly due: Due | undefined; readonly forgotten?: Forgotten }
  const isNew = (known: UserMemory, { due, forgotten }: Past = { due: LOOKED }) =>
    isWished(ONE, { memory: memory({ due, users: new Map([[ONE, known]]) }), forgotten, prints, now: NOW })

  for (const [title, known, expected] of [
    ['is new where the config did not ask for it before', userMemory(), true],
    ['is new where it asked for the sandbox', reached({ status: 'sandbox' }), true],
    ['is none where it was open before, and somebody has blocked it since', wasOpen, false],
    ['is none where it was found shut', userMemory({ foundShut: true }), false],
    [
      'stands where a rule or dates of ours are over, also of one that was open',
      { ...wasOpen, ourBlock: forRule.ourBlock },
      true,
    ],
    ['and of one that was found shut', { ...forRule, foundShut: true }, true],
    ['stands where we blocked it for an emergency stop that is over', { ...wasOpen, barred: true }, true],
    [
      'does not by our block on the way out of one that was open, and is barred',
      { ...wasOpen, ourBlock: onWay.ourBlock, barred: true },
      false,
    ],
    ['does not by our block on the way out of one that was open', { ...wasOpen, ourBlock: onWay.ourBlock }, false],
  ] as const)
    test(title, () => assert.is(isNew(known), expected))

  test('is none at the first look, nor after an older ledger was put back, but where our own block is over', () => {
    for (const [known, expected] of [
      [userMemory(), false],
      [forRule, true],
    ] as const)
      for (const some of [{ due: undefined }, { due: LOOKED, forgotten: PUT_BACK }]) assert.is(isNew(known, some), expected)
    assert.is(isWished(ONE, { memory: undefined, forgotten: undefined, prints, now: NOW }), false)
  })
})

spec('a user that is asked to be open', (test) => {
  type Look = {
    readonly before?: UserMemory
    readonly user?: Partial<DesiredUser>
    readonly asked?: Settings
    readonly live?: ReturnType<typeof shown> | undefined
    readonly planned?: ReturnType<typeof shown> | undefined
    readonly isFirst?: boolean
  }
  const after = (look: Look) => {
    const { before = userMemory(), user = {}, asked = ASKED, isFirst = true } = look
    const live = 'live' in look ? look.live : BLOCKED
    const planned = 'planned' in look ? look.planned : BLOCKED
    const one = { ...wanted(ONE, asked), ...user }
    return foundShutAfter(before, before.wanted, { user: one, live, planned, after: { isFirst, prints, now: NOW } })
  }
  const ASKED: { readonly status: Value } = { status: 'allowed' }
  const found = userMemory({ foundShut: true })
  const RULED: Partial<DesiredUser> = { blockedFor: 'blocked while rule quiet is not met' }
  const STARTS = { at: NOW + 1, source: 'config.yaml:4:5' }

  for (const [title, look, expected] of [
    ['counts as found shut where the first look shows it blocked', {}, true],
    ['or in the sandbox', { planned: shown('sandbox'), live: shown('sandbox') }, true],
    ['or of no known status', { planned: shown(undefined), live: shown(undefined) }, true],
    ['does not where that shows it open, be it blocked since', { planned: OPEN }, undefined],
    ['nor where that does not show it at all', { planned: undefined }, undefined],
    ['nor where a later look shows it blocked', { isFirst: false }, undefined],
    ['nor where we blocked it for now', { before: forRule }, undefined],
    ['does where we blocked it on its way out', { before: onWay }, true],
    ['counts so still at later looks', { before: found, isFirst: false }, true],
    ['also where one of them leaves it out', { before: found, isFirst: false, live: undefined, planned: undefined }, true],
    ['no longer once it is seen open', { before: found, isFirst: false, live: OPEN }, undefined],
    ['nor at first where it was opened in that run', { live: OPEN }, undefined],
    ['nor where the config had it open before', { before: { ...wasOpen, foundShut: true }, isFirst: false }, undefined],
    ['no longer once the config asks for the sandbox', { before: found, asked: { status: 'sandbox' } }, undefined],
    ['or to have it blocked', { before: found, asked: { status: 'blocked' } }, undefined],
    ['or says nothing of its status', { before: found, asked: {} }, undefined],
    ['counts so too where it is blocked for a rule, which is to end', { asked: { status: 'blocked' }, user: RULED }, true],
    [
      'but not where it is blocked for its dates, whose end is a word of the config',
      { before: found, asked: { status: 'blocked' }, user: { ...RULED, starts: STARTS } },
      undefined,
    ],
    ['nor where the dates alone block it', { before: found, asked: {}, user: { starts: STARTS } }, undefined],
  ] satisfies ReadonlyArray<readonly [string, Look, true | undefined]>)
    test(title, () => assert.is(after(look), expected))
})
