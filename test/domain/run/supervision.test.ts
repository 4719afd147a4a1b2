// What the service manager is told, and when: whole stories, event by event.
import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import type { SupervisionEvent, Word } from '../../../src/domain/run/supervision.ts'
import { beginning, stuckAfterMs, supervise } from '../../../src/domain/run/supervision.ts'
import { spec } from '../../support/spec.ts'

const EVENTS = {
  began: { _tag: 'RunBegan' },
  ended: { _tag: 'RunEnded' },
  answered: { _tag: 'Answered' },
  'got on': { _tag: 'GotOn' },
  reload: { _tag: 'ReloadAsked' },
  stop: { _tag: 'StopAsked' },
  due: { _tag: 'SignDue', afterMs: 30_000, stuckAfterMs: 60_000 },
} as const satisfies Record<string, SupervisionEvent>

/** What each event of a story leads to. */
const told = (story: ReadonlyArray<keyof typeof EVENTS>): ReadonlyArray<string> => {
  let now = beginning
  return story.map((name) => {
    const { next, say } = supervise(now, EVENTS[name])
    now = next
    return [name, ...say].join(' ')
  })
}

const stories: ReadonlyArray<readonly [claim: string, told: ReadonlyArray<string>]> = [
  ['ready with the first answer, once', ['began', 'answered Ready', 'answered', 'ended']],
  ['ready at the end of a first run that asked nothing', ['began', 'ended Ready', 'began', 'ended']],
  ['a start is waited for while it gets on', ['began', 'due Alive Patience', 'answered Ready', 'due Alive']],
  [
    'a reload ends with its run',
    ['began', 'ended Ready', 'reload Reloading', 'began', 'answered', 'due Alive Patience', 'ended Ready'],
  ],
  [
    'a reload asked for during a run ends with the run after it',
    ['began', 'answered Ready', 'reload Reloading', 'ended', 'began', 'ended Ready'],
  ],
  [
    'a reload asked for during its own run is one more',
    ['began', 'ended Ready', 'reload Reloading', 'began', 'reload Reloading', 'ended', 'began', 'ended Ready'],
  ],
  ['a reload before the start is over is the start', ['began', 'reload', 'answered Ready', 'ended']],
  [
    'after the stop only signs of life',
    ['began', 'ended Ready', 'began', 'stop Stopping', 'stop', 'reload', 'due Alive', 'ended'],
  ],
  ['a stop before the start is over is never ready', ['began', 'stop Stopping', 'answered', 'ended']],
  [
    'a run in which nothing happens for too long is left to die',
    ['began', 'answered Ready', 'due Alive', 'due Alive', 'due', 'due'],
  ],
  [
    'each thing that happens in a run starts that time anew',
    [
      'began',
      'answered Ready',
      'due Alive',
      'due Alive',
      'answered',
      'due Alive',
      'due Alive',
      'got on',
      'due Alive',
      'due Alive',
      'due',
    ],
  ],
  ['no run, no hurry', ['began', 'ended Ready', 'due Alive', 'due Alive', 'due Alive', 'due Alive', 'began', 'due Alive']],
]

const isEvent = (word: string): word is keyof typeof EVENTS => Object.hasOwn(EVENTS, word)
const names = Object.keys(EVENTS).filter(isEvent)
const nameOf = (line: string): keyof typeof EVENTS => names.find((name) => `${line} `.startsWith(`${name} `)) ?? 'due'

spec('supervision', (test) => {
  for (const [claim, expected] of stories) test(claim, () => assert.equal(told(expected.map(nameOf)), expected))

  test('whatever happens, Ready comes after a start or a reload only, and nothing but signs of life after Stopping', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...names), { maxLength: 40 }), (story) => {
        let now = beginning
        const said: Array<Word> = []
        for (const name of story) {
          const { next, say } = supervise(now, EVENTS[name])
          now = next
          said.push(...say)
        }
        const states = said.filter((word) => word !== 'Alive' && word !== 'Patience')
        assert.match(states.join(' '), /^(Ready( Reloading( Reloading)* Ready)*( Reloading)*)? ?(Stopping)?$/)
      }),
    )
  })

  test('nor is one stuck that waits for its turn in a pace of few requests, which the service has slowed down', () => {
    const of = (count: number) => stuckAfterMs({ timeoutMs: 30_000, pace: { count, perMs: 3_600_000 } }) - 2 * 30_000
    assert.equal(
      [of(1), of(4), of(15), of(16)],
      [16, 4, 16 / 15, 1].map((times) => 2 * times * 3_600_000),
    )
  })

  test('a run may be quiet for as long as the pace and the timeout allow, and at least a quarter of an hour', () => {
    assert.is(stuckAfterMs({ timeoutMs: 30_000, pace: { count: 60, perMs: 60_000 } }), 900_000)
    assert.is(stuckAfterMs({ timeoutMs: 30_000, pace: undefined }), 900_000)
    assert.is(stuckAfterMs({ timeoutMs: 600_000, pace: { count: 60, perMs: 3_600_000 } }), 8_400_000)
  })
})
