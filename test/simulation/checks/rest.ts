// S11: a throttled key rests for a minute and more, a refused one for five, doubling, through restarts; five failures in a row end the run.
import type { MakeCheck } from '../scene.ts'
import type { Entry } from '../service.ts'

const MINUTE = 60_000
const IN_A_ROW = 5
const RESTS = { throttled: { first: MINUTE, most: 10 * MINUTE }, refused: { first: 5 * MINUTE, most: 60 * MINUTE } } as const

const saidOf = ({ fault, status }: Entry): keyof typeof RESTS | undefined =>
  status === 429 ? 'throttled' : fault === '401' || fault === 'unknown key' ? 'refused' : undefined

export const rest: MakeCheck = (scene, fail) => {
  const { time } = scene
  let until = Number.NEGATIVE_INFINITY
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
      if (!remembered) return
      if (told === undefined) {
        if (worked) times = 0
        return
      }
      times = last === told.what ? times + 1 : 1
      last = told.what
      const { first, most } = RESTS[told.what]
      const ms = Math.min(most, first * 2 ** (times - 1))
      until = Math.max(until, told.at + ms)
      why = `the key was ${told.what}, ${times} times in a row`
    },
    lifeEnded: () => {
      inARow = 0
    },
    ledgerLost: () => {
      // What was known of the key is gone; that it waits a minute is another promise.
      until = Number.NEGATIVE_INFINITY
      times = 0
    },
  }
}
