// The pace of a key: never more than N in any window, slower after a 429, and silent while the service said to wait (promise S11).
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { type Paced, type Pacer, pacer } from '../../../src/adapters/smtp2go/pace.ts'
import { hintIn, retryAfter } from '../../../src/adapters/smtp2go/quota.ts'
import { spec } from '../../support/spec.ts'
import { standingTime, type Time } from '../../support/time.ts'

type Trip = { readonly left: number; readonly back: number }

/** Makes one request that takes so long; the trip is noted. */
const trip = (time: Time, pace: Pacer, trips: Array<Trip>, ms: number): Promise<Paced<void>> =>
  pace.request(async () => {
    const left = time.now()
    await time.clock.sleep(ms)
    trips.push({ left, back: time.now() })
  })

/** The most of these moments in any window of this length. */
const mostIn = (moments: ReadonlyArray<number>, windowMs: number): number =>
  Math.max(0, ...moments.map((from) => moments.filter((at) => at >= from && at < from + windowMs).length))

const mostAtOnce = (trips: ReadonlyArray<Trip>): number =>
  Math.max(0, ...trips.map(({ left }) => trips.filter((other) => other.left <= left && left < other.back).length))

const tenAMinute = { pace: { count: 10, perMs: 60_000 }, concurrency: 1 }

/** How many requests leave in the next minute, each answered at once. */
const inAMinute = async (time: Time, pace: Pacer, asked = 100): Promise<number> => {
  const trips: Array<Trip> = []
  const over = new AbortController()
  const all = Array.from({ length: asked }, () =>
    pace.request(
      async () => {
        trips.push({ left: time.now(), back: time.now() })
      },
      { signal: over.signal },
    ),
  )
  await time.pass(59_999)
  over.abort()
  await time.until(Promise.all(all))
  await time.pass(1)
  return trips.length
}

spec('pace', (test) => {
  test('never more than N in any window, at the sender and at the service, and never more than c at once', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({ count: fc.integer({ min: 1, max: 8 }), perMs: fc.integer({ min: 10, max: 1000 }) }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.record({ takes: fc.integer({ min: 0, max: 400 }), way: fc.double({ min: 0, max: 1, noNaN: true }) }), {
          minLength: 1,
          maxLength: 40,
        }),
        async (pace, concurrency, requests) => {
          const time = standingTime(0)
          const one = pacer(time.clock, { pace, concurrency })
          const trips: Array<Trip> = []
          await time.until(Promise.all(requests.map(({ takes }) => trip(time, one, trips, takes))))
          assert.is(trips.length, requests.length)
          const arrivals = trips.map(({ left, back }, at) => left + (back - left) * (requests[at]?.way ?? 0))
          assert.ok(
            mostIn(
              trips.map(({ left }) => left),
              pace.perMs,
            ) <= pace.count,
          )
          assert.ok(mostIn(arrivals, pace.perMs) <= pace.count)
          assert.ok(mostAtOnce(trips) <= concurrency)
        },
      ),
      { numRuns: 150, seed: 7 },
    ))

  test('no slower than it must be: N leave at once, the next when the first is a window old', async () => {
    const time = standingTime(0)
    const one = pacer(time.clock, { pace: { count: 2, perMs: 1000 }, concurrency: 5 })
    const trips: Array<Trip> = []
    await time.until(Promise.all([0, 0, 0, 0, 0].map((ms) => trip(time, one, trips, ms))))
    assert.equal(
      trips.map(({ left }) => left),
      [0, 0, 1000, 1000, 2000],
    )
  })

  test('what is to be followed at once leaves only where there is room for both', async () => {
    const time = standingTime(0)
    const one = pacer(time.clock, { pace: { count: 2, perMs: 1000 }, concurrency: 1 })
    const left: Array<number> = []
    const note = async (): Promise<void> => void left.push(time.now())
    await time.until(one.request(note))
    await time.pass(500)
    await time.until(one.request(note, { followers: 1 }))
    await time.until(one.request(note))
    assert.equal(left, [0, 1000, 1000])
  })

  test('S11: once the key is refused nothing that waits leaves, and nothing that comes within five minutes, and it says why', async () => {
    const time = standingTime(0)
    const one = pacer(time.clock, { pace: undefined, concurrency: 1 })
    const first = one.request(async () => one.close())
    const second = one.request(async () => undefined)
    assert.equal(
      (await time.until(Promise.all([first, second]))).map(({ _tag }) => _tag),
      ['Made', 'Refused'],
    )
    await time.pass(299_000)
    assert.equal(await time.until(one.request(async () => undefined)), { _tag: 'Refused', why: 'refused', forMs: 1000 })
    await time.pass(1000)
    assert.is((await time.until(one.request(async () => undefined)))._tag, 'Made')
  })

  test('S11: a refused key is asked again when a person asks for it, a throttled one is not', async () => {
    const time = standingTime(0)
    const one = pacer(time.clock, { pace: undefined, concurrency: 1 })
    const next = async (): Promise<string> => (await time.until(one.request(async () => undefined)))._tag
    one.close()
    assert.is(await next(), 'Refused')
    one.reopen()
    assert.is(await next(), 'Made')
    one.stop(0)
    one.reopen()
    assert.is(await next(), 'Refused')
  })

  test('another pace keeps what was sent so far in mind', async () => {
    const time = standingTime(0)
    const one = pacer(time.clock, tenAMinute)
    assert.is(await inAMinute(time, one, 8), 8)
    const trips: Array<Trip> = []
    await time.until(Promise.all(Array.from({ length: 10 }, () => trip(time, one, trips, 0))))
    one.tune({ pace: { count: 12, perMs: 60_000 }, concurrency: 1 })
    const more = Promise.all(Array.from({ length: 5 }, () => trip(time, one, trips, 0)))
    await time.pass(59_000)
    assert.is(trips.length, 12)
    await time.until(more)
  })

  test('a 429 refuses what waits and what comes for a minute at least, or as long as the service says', async () => {
    const time = standingTime(0)
    const one = pacer(time.clock, tenAMinute)
    await inAMinute(time, one, 10)
    await time.until(trip(time, one, [], 0))
    for (const [asked, lasts] of [
      [0, 60_000],
      [90_000, 90_000],
    ] as const) {
      const trips: Array<Trip> = []
      const waiting = Array.from({ length: 12 }, () => trip(time, one, trips, 0))
      await time.pass(0)
      one.stop(asked)
      const ends = await time.until(Promise.all(waiting))
      assert.ok(ends.some(({ _tag }) => _tag === 'Refused'))
      const sent = trips.length
      await time.pass(lasts - 1)
      assert.equal(await time.until(trip(time, one, trips, 0)), { _tag: 'Refused', why: 'throttled', forMs: 1 })
      assert.is(trips.length, sent)
      await time.pass(60_001)
      assert.is((await time.until(trip(time, one, trips, 0)))._tag, 'Made')
      await time.pass(600_000)
    }
  })

  test('a 429 halves the rate, and each minute with answers adds a tenth of the full rate back', async () => {
    const time = standingTime(0)
    const one = pacer(time.clock, { ...tenAMinute, concurrency: 4 })
    assert.is(await inAMinute(time, one), 10)
    one.stop(0)
    one.stop(0)
    await time.pass(60_000)
    const counts: Array<number> = []
    for (let minute = 0; minute < 7; minute += 1) counts.push(await inAMinute(time, one))
    assert.equal(counts, [5, 6, 7, 8, 9, 10, 10])
  })

  test('after many 429s one request in sixteen of the pace still leaves', async () => {
    const time = standingTime(0)
    const one = pacer(time.clock, { pace: { count: 1, perMs: 1000 }, concurrency: 1 })
    for (let times = 0; times < 20; times += 1) {
      one.stop(0)
      await time.pass(60_000)
    }
    const trips: Array<Trip> = []
    await time.until(Promise.all([trip(time, one, trips, 0), trip(time, one, trips, 0)]))
    assert.is((trips[1]?.left ?? 0) - (trips[0]?.left ?? 0), 16_000)
  })

  test('an announced rest is waited for up to a minute, and is a refusal where it is longer', async () => {
    const time = standingTime(0)
    const one = pacer(time.clock, { pace: undefined, concurrency: 1 })
    const trips: Array<Trip> = []
    one.heard({ restMs: 30_000 })
    await time.until(trip(time, one, trips, 0))
    assert.is(trips[0]?.left, 30_000)
    one.heard({ restMs: 61_000 })
    assert.equal(await time.until(trip(time, one, trips, 0)), { _tag: 'Refused', why: 'throttled', forMs: 61_000 })
  })

  test('S16: what waits does not leave once nobody wants it any more, and a request under way is not torn', async () => {
    const time = standingTime(0)
    const one = pacer(time.clock, { pace: undefined, concurrency: 1 })
    const over = new AbortController()
    const trips: Array<Trip> = []
    const takes = (ms: number) =>
      one.request(
        async () => {
          await time.clock.sleep(ms)
          trips.push({ left: 0, back: time.now() })
        },
        { signal: over.signal },
      )
    const all = [takes(1000), takes(1000)]
    await time.pass(10)
    over.abort()
    assert.equal(
      (await time.until(Promise.all(all))).map(({ _tag }) => _tag),
      ['Made', 'Unwanted'],
    )
    assert.is(trips.length, 1)
    assert.equal(await one.request(async () => undefined, { signal: over.signal }), { _tag: 'Unwanted' })
  })
})

const NOW = Date.UTC(2026, 0, 1)
const HEADERS: ReadonlyArray<
  readonly [headers: Readonly<Record<string, string>>, rest: number | undefined, retry: number | undefined]
> = [
  [{}, undefined, undefined],
  [{ 'retry-after': '7' }, 7000, 7000],
  [{ 'Retry-After': new Date(NOW + 9000).toUTCString() }, 9000, 9000],
  [{ date: new Date(NOW + 80_000).toUTCString(), 'retry-after': new Date(NOW + 89_000).toUTCString() }, 9000, 9000],
  [{ date: 'never', 'retry-after': new Date(NOW + 9000).toUTCString() }, 9000, 9000],
  [{ date: new Date(NOW + 80_000).toUTCString(), 'retry-after': '7' }, 7000, 7000],
  [
    { date: new Date(NOW - 80_000).toUTCString(), 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000) },
    80_000,
    80_000,
  ],
  [{ 'retry-after': 'soon' }, undefined, undefined],
  [{ 'retry-after': '-5' }, undefined, undefined],
  [{ 'retry-after': '99999999999999999999' }, 86_400_000, 86_400_000],
  [{ 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': '20' }, undefined, 20_000],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '20' }, 20_000, 20_000],
  [{ 'X-Rate-Limit-Remaining': '0', 'X-Rate-Limit-Reset': '30' }, 30_000, 30_000],
  [{ 'RateLimit-Remaining': '0', 'RateLimit-Reset': '40' }, 40_000, 40_000],
  [{ ratelimit: 'limit=30, remaining=0, reset=41' }, 41_000, 41_000],
  [{ 'x-ratelimit-remaining': '0' }, undefined, undefined],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 50) }, 50_000, 50_000],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW + 5000) }, 5000, 5000],
  [{ 'retry-after': '5', 'x-ratelimit-reset': '20' }, 5000, 5000],
]

spec('quota headers', (test) => {
  for (const [headers, rest, retry] of HEADERS) {
    test(`${JSON.stringify(headers)} asks for ${rest ?? 'no'} rest, and a throttled key for ${retry ?? 'no'} more`, () => {
      assert.equal(hintIn(new Headers(headers), NOW), rest === undefined ? undefined : { restMs: rest })
      assert.is(retryAfter(new Headers(headers), NOW), retry)
    })
  }
})
