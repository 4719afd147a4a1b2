// S11: a throttled key rests for a minute and more, a refused one for five, doubling, through restarts; five failures in a row end the run.
import type { MakeCheck } from '../scene.ts'
import type { Entry } from '../service.ts'

const MINUTE = 60_000
const IN_A_ROW = 5
/** How long it may take to write down that a key must rest. */
const MOMENT = 500
const RESTS = { throttled: { first: MINUTE, most: 10 * MINUTE }, refused: { first: 5 * MINUTE, most: 60 * MINUTE } } as const

const saidOf = ({ fault, status }: Entry): keyof typeof RESTS | undefined =>
  status === 429 ? 'throttled' : fault === '401' || fault === 'unknown key' ? 'refused' : undefined

export const rest: MakeCheck = (scene, fail) => {
  const { time } = scene
  let until = Number.NEGATIVE_INFINITY
  /** Until when it had to rest before the key was told so in this run. */
  let before = until
  let why = ''
  /** Runs in a row in which the key was told so. */
  let times = 0
  let last: keyof typeof RESTS | undefined
  let told: { readonly what: keyof typeof RESTS; readonly at: number } | undefined
  let worked = false
  let inARow = 0
  return {
    left: (entry) => {
      if (entry.sentAt < until && scene.clockSetAt < until - 2 * RESTS.refused.most)
        fail('S11', `a request ${Math.round((until - entry.sentAt) / 1000)} s before the end of the rest: ${why}`)
      if (inARow >= IN_A_ROW) fail('S11', `a request after ${inARow} failures in a row`)
    },
    ended: (entry) => {
      const what = saidOf(entry)
      if (what !== undefined && entry.ending !== 'unclear') {
        if (told === undefined) before = until
        told = { what, at: time.elapsed() }
        until = Math.max(until, time.elapsed() + RESTS[what].first)
        why = `the key was ${what}`
      }
      if (entry.ending === 'good') worked = true
      const isTransport = entry.ending === 'unclear' || (entry.ending === 'refused' && entry.status === undefined)
      inARow = isTransport ? inARow + 1 : 0
    },
    runBegan: () => {
      told = undefined
      worked = false
      inARow = 0
    },
    runEnded: (_life, { remembered }) => {
      const said = told
      told = undefined
      if (!remembered) return
      if (said === undefined) {
        if (worked) times = 0
        return
      }
      times = last === said.what ? times + 1 : 1
      last = said.what
      const { first, most } = RESTS[said.what]
      const ms = Math.min(most, first * 2 ** (times - 1))
      until = Math.max(until, said.at + ms)
      why = `the key was ${said.what}, ${times} times in a row`
    },
    lifeEnded: () => {
      inARow = 0
      // Killed before it could write down what it had just heard.
      if (told !== undefined && time.elapsed() - told.at < MOMENT) until = before
      told = undefined
    },
    ledgerLost: () => {
      // What was known of the key is gone; that it waits a minute is another promise.
      until = Number.NEGATIVE_INFINITY
      times = 0
    },
  }
}
