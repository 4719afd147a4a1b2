// S3, S4: the edges of the guards, exactly. Every scope of 1 to 200 users, every count of changes, every split between what was spent before and
// what is due, and every place in the 24 h window by the minute, with the milliseconds around its edges (of removals with every count, of the
// others with the first, the last and the one in the middle); against rules written out by themselves, in whole numbers and without a line of
// what they judge.
import * as assert from 'uvu/assert'
import type { Draft } from '../../../src/domain/draft/draft.ts'
import { disbelief } from '../../../src/domain/guards/believe.ts'
import { applyCaps } from '../../../src/domain/guards/caps.ts'
import { lossOf } from '../../../src/domain/guards/policy.ts'
import type { ScopeMemory, Spent } from '../../../src/domain/memory/ledger.ts'
import type { Change } from '../../../src/domain/plan/plan.ts'
import { CAPS, change, draftOf, ENDINGS, HOUR, live, liveUser, memory, NOW, ORIGIN, policy, prints } from '../../support/build.ts'
import { limitOf, ROLLING } from '../../support/caps.ts'
import { spec } from '../../support/spec.ts'

const MOST = 200
const MINUTE = 60_000
const WINDOW = 24 * HOUR
const NAMES = Array.from({ length: MOST }, (_, at) => `user-${at}@acme.example`)
const FORMER = Array.from({ length: MOST }, (_, at) => `former-${at}@acme.example`)
const LIVE = NAMES.map((name) => liveUser(name))
const POLICY = policy({ caps: CAPS })

const sizes = Array.from({ length: MOST }, (_, at) => at + 1)
const upTo = (last: number): ReadonlyArray<number> => Array.from({ length: last + 1 }, (_, at) => at)

const drafted = (users: number, due: ReadonlyArray<Change>): Draft =>
  draftOf({ live: live(LIVE.slice(0, users)), listed: users, due })

/** How many go through; none is lost. */
const through = (draft: Draft, spent: ScopeMemory, now = NOW): number => {
  const after = applyCaps(draft, { policy: POLICY, memory: spent, prints, now, approved: () => false })
  if (after.due.length + after.withheld.length !== draft.due.length) assert.unreachable('a change was lost')
  return after.due.length
}

spec('S4: the edges of what 24 h let through', (test) => {
  for (const { cap, make, percent, count } of ROLLING) {
    const changes = NAMES.map(make)
    const spentBy = (names: ReadonlyArray<string>): ScopeMemory =>
      memory({ spent: names.map((username): Spent => ({ cap, username, at: NOW })) })
    const others = upTo(MOST).map((many) => spentBy(FORMER.slice(0, many)))
    const same = upTo(MOST).map((many) => spentBy(NAMES.slice(0, many)))

    test(`${cap}: in every scope of 1 to ${MOST} users, every count, beside every number that was spent before, all or none go through`, () => {
      for (const users of sizes) {
        const limit = limitOf(percent, count, users)
        for (const due of upTo(users)) {
          const draft = drafted(users, changes.slice(0, due))
          for (const before of upTo(limit + 1)) {
            const found = through(draft, others[before] ?? memory())
            if (found !== (due + before > limit ? 0 : due))
              assert.unreachable(`${due} of ${users} users beside ${before}: ${found}`)
          }
        }
      }
    })

    test(`${cap}: in every scope who was counted before is not counted twice, and no longer after 24 h`, () => {
      for (const users of sizes) {
        const limit = limitOf(percent, count, users)
        for (const due of upTo(limit + 1)) {
          const draft = drafted(users, changes.slice(0, due))
          for (const before of upTo(limit + 1)) {
            const memories = same[before] ?? memory()
            const found = [through(draft, memories), through(draft, memories, NOW + WINDOW)]
            const expected = [Math.max(due, before) > limit ? 0 : due, due > limit ? 0 : due]
            if (found.join() !== expected.join())
              assert.unreachable(`${due} of ${users} users beside ${before} of them: ${found.join()}`)
          }
        }
      }
    })

    test(`${cap}: in every scope what fills the cap, and one more, at every minute of the window and each edge of it`, () => {
      const ages = [-1, 1, WINDOW - 1, WINDOW + 1, ...upTo(1441).map((at) => at * MINUTE)]
      for (const users of sizes) {
        const limit = limitOf(percent, count, users)
        const counts = cap === 'max_removes' ? upTo(limit) : new Set([0, 1, Math.floor(limit / 2), limit])
        for (const due of counts) {
          const draft = drafted(users, changes.slice(0, due))
          const [fits, tooMany] = [others[limit - due] ?? memory(), others[limit - due + 1] ?? memory()]
          for (const age of ages) {
            if (age % HOUR === 0 && through(draft, fits, NOW + age) !== due)
              assert.unreachable(`${due} of ${users} users after ${age} ms: held`)
            const found = through(draft, tooMany, NOW + age)
            if (found !== (age < WINDOW ? 0 : due)) assert.unreachable(`${due} of ${users} users after ${age} ms: ${found}`)
          }
        }
      }
    })
  }

  for (const [kind, cap, percent, count] of [
    ['create', 'max_creates', 25, 10],
    ['update', 'max_updates', 50, 10],
  ] as const)
    test(`${cap}: every count in every scope of 1 to ${MOST} users, each run by itself`, () => {
      const changes = NAMES.map((name) => change(kind, name))
      const spent = memory({ spent: FORMER.slice(0, MOST / 2).map((username): Spent => ({ cap, username, at: NOW - 1 })) })
      for (const users of sizes)
        for (const due of upTo(MOST)) {
          const found = through(drafted(users, changes.slice(0, due)), spent)
          if (found !== (due > limitOf(percent, count, users) ? 0 : due)) assert.unreachable(`${due} of ${users}: ${found}`)
        }
    })
})

spec('S3: the edges of what is believed', (test) => {
  const shown = upTo(MOST).map((many) => live(LIVE.slice(0, many)))
  const seen = upTo(MOST).map((many) => memory({ lastSeen: NAMES.slice(0, many) }))
  const around = { vouched: undefined, now: NOW }

  test(`of 1 to ${MOST} users every number may be gone but more than half; and another key must show as many`, () => {
    for (const before of sizes)
      for (const still of upTo(MOST)) {
        const facts = { ...around, live: shown[still] ?? live([]), memory: seen[before] }
        const halved = Math.min(still, before) + Math.min(still, before) < before
        const found = [disbelief({ ...facts, origin: ORIGIN })?.kind, disbelief({ ...facts, origin: 'another' })?.kind]
        const expected = halved ? ['suspicious_answer', 'identity_mismatch'] : [undefined, undefined]
        if (found.join() !== expected.join()) assert.unreachable(`${still} of ${before}: ${found.join()}`)
      }
  })

  test(`a list of 1 to ${MOST} users may lose every number but more than half`, () => {
    for (const before of sizes)
      for (const listed of upTo(MOST)) {
        const found = lossOf(memory({ listed: before }), listed, ENDINGS)
        if ((found !== undefined) !== listed + listed < before) assert.unreachable(`${listed} of ${before}: ${found}`)
      }
  })
})
