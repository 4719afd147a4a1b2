// A time of day that is wrong for a while: what was written meanwhile, and before, lasts as long as it should. Each test sets a clock wrong, and
// puts it right.
import * as assert from 'uvu/assert'
import type { Fault } from '../src/sandbox/faults.ts'
import { AGAIN, auto, by, DAY, days, GONE, LIST, listing, policy, seedOf, statusOf } from './support/gone.ts'
import { ends, HOUR, heldIn, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const YEAR = 365 * DAY
const NAMES = ['user-0@a.example', 'user-1@a.example']
const seed = { account: { results: NAMES.map((username) => ({ username })) } }
const blocking = (count: number): string =>
  `safety: { max_blocks: 1 }\nusers:\n${NAMES.map((name, at) => `  - { username: ${name}${at < count ? ', status: blocked' : ''} }\n`).join('')}`
const reasons = (report: Parameters<typeof heldIn>[0]): ReadonlyArray<string> => heldIn(report).map(({ reason }) => reason)

/** A while in which the time of day is wrong. */
const whileWrong = async <A>(rig: Rig, ms: number, body: () => Promise<A>): Promise<A> => {
  rig.time.wrongBy(ms)
  const result = await body()
  rig.time.wrongBy(0)
  return result
}

const IN_VAIN: ReadonlyArray<readonly [title: string, fault: Fault]> = [
  ['did not take', { kind: 'ignore_field', field: 'description', endpoint: '/users/smtp/edit', times: 1 }],
  [
    'was refused',
    { kind: 'status', status: 400, body: JSON.stringify({ data: { error: 'not now' } }), endpoint: '/users/smtp/edit', times: 1 },
  ],
]

spec('a time of day that ran ahead', (test) => {
  test('S4: an approval from then lasts no longer than its hour', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(`safety: { max_updates: 0 }\n${listing(', description: new')}`)
      const daemon = await rig.daemon()
      await rig.time.pass(2000)
      const digest = daemon.reports().at(-1)?.plan.digest ?? ''
      await rig.faults([{ kind: 'status', status: 500, endpoint: '/users/smtp/view' }])
      await whileWrong(rig, YEAR, async () => {
        const taken = await daemon.controls.approve(digest, { by: 'tester', reason: 'fine now' })
        assert.ok(taken._tag === 'Right' && taken.right._tag === 'Right')
        await rig.time.pass(2000)
      })
      await rig.time.pass(5 * HOUR)
      await rig.faults([])
      await rig.time.pass(HOUR)
      assert.is((await rig.user(GONE))?.description, '')
    }))

  test('S3: an answer vouched for then is not believed hours later', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(AGAIN)
      await auto(rig)
      await rig.faults([{ kind: 'empty_results', endpoint: '/users/smtp/view' }])
      await auto(rig)
      await whileWrong(rig, YEAR, () => rig.decide({ _tag: 'Vouch', scope: 'account' }))
      await rig.time.pass(5 * HOUR)
      const { plan } = await auto(rig)
      assert.equal(
        plan.scopes.map(({ _tag }) => _tag),
        ['Errored'],
      )
    }))

  test('a hold from then ends within the longest that one may last, and a day', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(listing(', description: new'))
      await whileWrong(rig, YEAR, () =>
        rig.decide({ _tag: 'Hold', what: { _tag: 'All' }, until: rig.time.clock.now().getTime() + HOUR }),
      )
      await days(rig, 30)
      assert.is((await rig.user(GONE))?.description, '')
      await days(rig, 2)
      assert.is((await rig.user(GONE))?.description, 'new')
    }))

  for (const [title, fault] of IN_VAIN)
    test(`S8 S12: what ${title} then is tried again within three days`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(listing(', description: new'))
        await rig.faults([fault])
        await whileWrong(rig, YEAR, () => auto(rig))
        await days(rig, 3)
        assert.is((await rig.user(GONE))?.description, 'new')
      }))

  test('contested: hold: what was set back then is repaired again within three days', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(`policy: { contested: hold }\n${listing(', description: ours')}`)
      await rig.run()
      await whileWrong(rig, YEAR, async () => {
        for (let time = 0; time < 2; time += 1) {
          await by(rig, { description: 'theirs' })
          assert.equal(ends(await auto(rig)), [`update ${GONE} verified`])
        }
        await by(rig, { description: 'theirs' })
        assert.equal(reasons(await auto(rig)), ['contested'])
      })
      await days(rig, 3)
      assert.is((await rig.user(GONE))?.description, 'ours')
    }))

  test('S4: a block from then uses up the cap for a day or two, and not for a year', () =>
    withRig(seed, async (rig) => {
      rig.config(blocking(0))
      await rig.run()
      rig.config(blocking(1))
      await whileWrong(rig, YEAR, async () => assert.is(ends(await auto(rig)).length, 1))
      rig.config(blocking(2))
      assert.equal(reasons(await auto(rig)), ['capped'])
      await days(rig, 2)
      assert.is((await rig.user('user-1@a.example'))?.status, 'blocked')
    }))

  test('L3: a 429 from then silences the key for as long as it asked to, counted from the next look', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(listing(', description: new'))
      await rig.faults([{ kind: 'status', status: 429, times: 1 }])
      await whileWrong(rig, DAY, () => auto(rig))
      await auto(rig)
      await rig.time.pass(2 * MINUTE)
      assert.equal(ends(await auto(rig)), [`update ${GONE} verified`])
    }))
})

spec('a time of day that ran behind', (test) => {
  test('L3: a Retry-After that is a date is measured by the clock that says it', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(listing(', description: new'))
      const served = rig.time.now()
      const headers = { date: new Date(served).toUTCString(), 'retry-after': new Date(served + MINUTE).toUTCString() }
      await rig.faults([{ kind: 'status', status: 429, times: 1, headers }])
      rig.time.wrongBy(-20 * HOUR)
      await auto(rig)
      await rig.time.pass(2 * MINUTE)
      assert.equal(ends(await auto(rig)), [`update ${GONE} verified`])
    }))

  for (const [title, ms] of [
    ['a day', DAY],
    ['thirty years', 30 * YEAR],
  ] as const) {
    test(`S4: a clock set back by ${title} and put right lets no cap begin anew, neither then nor after`, () =>
      withRig(seed, async (rig) => {
        rig.config(blocking(0))
        await rig.run()
        rig.config(blocking(1))
        assert.is(ends(await auto(rig)).length, 1)
        rig.config(blocking(2))
        await whileWrong(rig, -ms, async () => {
          for (let time = 0; time < 3; time += 1) {
            assert.equal(reasons(await auto(rig)), ['capped'])
            await rig.time.pass(HOUR)
          }
        })
        assert.equal(reasons(await auto(rig)), ['capped'])
        await rig.time.pass(20 * HOUR)
        assert.equal(reasons(await auto(rig)), ['capped'])
        await rig.time.pass(2 * HOUR)
        assert.equal(ends(await auto(rig)), ['block user-1@a.example verified'])
      }))

    test(`S10: a clock set back by ${title} and put right makes no young memory old`, () =>
      withRig(seedOf({ status: 'blocked' }), async (rig) => {
        rig.config(AGAIN)
        await auto(rig)
        rig.config(listing(', status: allowed'))
        await whileWrong(rig, -ms, async () => assert.equal(reasons(await auto(rig)), ['needs_approval']))
        assert.equal(reasons(await auto(rig)), ['needs_approval'])
        await rig.time.pass(DAY)
        assert.equal(ends(await auto(rig)), [`update ${GONE} verified`])
      }))

    test(`a clock set back by ${title} and put right ends no hold before its time`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(listing(', description: new'))
        await rig.decide({ _tag: 'Hold', what: { _tag: 'All' }, until: rig.time.now() + 3 * DAY })
        await whileWrong(rig, -ms, async () => {
          assert.equal(reasons(await auto(rig)), ['on_hold'])
          await rig.time.pass(HOUR)
          assert.equal(reasons(await auto(rig)), ['on_hold'])
        })
        await days(rig, 2)
        assert.equal(reasons(await auto(rig)), ['on_hold'])
        await days(rig, 1)
        assert.is((await rig.user(GONE))?.description, 'new')
      }))

    test(`a clock set back by ${title} and put right takes a day off grace at the most`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        rig.config(policy('remove', LIST))
        assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
        await whileWrong(rig, -ms, async () => {
          await auto(rig)
          await rig.time.pass(HOUR)
          await auto(rig)
        })
        await auto(rig)
        await days(rig, 1)
        assert.is(await statusOf(rig), 'blocked')
        assert.equal(reasons(await auto(rig)), ['awaiting_grace'])
        await days(rig, 2)
        assert.is(await statusOf(rig), undefined)
      }))
  }
})
