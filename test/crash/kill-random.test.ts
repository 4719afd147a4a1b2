// L5, S8, S9: kill -9 of the real process at seeded random moments, `apply` and the daemon in turn; then the same again, and in the end all is
// as after an undisturbed run. RECONCILER_SEED=… draws the moments of an earlier run again, RECONCILER_KILLS=… as many as one likes.
import * as assert from 'uvu/assert'
import { type Bench, type Ended, until } from '../support/command.ts'
import { spec } from '../support/spec.ts'
import { APPLY, again, PASSWORDS, recovered, withCanonical } from './canonical.ts'
import { WORKERS } from './everywhere.ts'
import { seeded, share } from './share.ts'

/** A random moment: as many requests after the start, and so many milliseconds after that. */
type Moment = { readonly command: 'apply' | 'run'; readonly requests: number; readonly ms: number }

// A fifth of the moments lies before the first request, the others anywhere between it and reading back: at first anywhere in the whole run,
// then within the few requests that are left of it.
const START_MS = 400
const REQUESTS = 11
const LATER_REQUESTS = 5
const KILLS_OF_A_LIFE = 8

const momentFrom = (random: () => number, nth: number): Moment => {
  const command = random() < 0.5 ? 'apply' : 'run'
  const requests = random() < 0.2 ? 0 : Math.ceil(random() * (nth === 0 ? REQUESTS : LATER_REQUESTS))
  return { command, requests, ms: random() * (requests === 0 ? START_MS : 12) }
}

const RESTS = /run ended|no request before|first request at/

/** Kills at a moment, or when a daemon has nothing more to do; whether it was still alive by then, and whether more is to be done. */
const killAt = async (
  bench: Bench,
  { command, requests, ms }: Moment,
): Promise<{ readonly hit: boolean; readonly isDone: boolean }> => {
  const before = bench.requests()
  const run = bench.startIn({ env: PASSWORDS }, ...(command === 'apply' ? APPLY : ['run']))
  let over = false
  const ended: Promise<Ended> = run.ended.finally(() => {
    over = true
  })
  if (requests > 0)
    await until('the moment', () => over || bench.requests() - before >= requests || (command === 'run' && RESTS.test(run.err())))
  await new Promise((next) => setTimeout(next, ms))
  run.child.kill('SIGKILL')
  const hit = (await ended).signal === 'SIGKILL'
  return { hit, isDone: !hit || RESTS.test(run.err()) }
}

spec('kill -9 at random moments', (test) => {
  test('L5 S8 S9: at seeded random moments, of `apply` and of the daemon', async () => {
    const kills = Number(process.env.RECONCILER_KILLS ?? 200)
    const seed = Number(process.env.RECONCILER_SEED ?? Date.now() % 1_000_000)
    process.stdout.write(`${kills} random kills, RECONCILER_SEED=${seed}\n`)
    const random = seeded(seed)
    // More lives than needed, since some commands are done before they can be killed.
    const lives = Array.from({ length: kills }, () =>
      Array.from({ length: KILLS_OF_A_LIFE }, (_, nth) => momentFrom(random, nth)),
    )
    const problems: Array<string> = []
    const hits = { apply: 0, run: 0 }
    let started = 0
    await share(lives, WORKERS, withCanonical, async (bench, moments) => {
      if (hits.apply + hits.run >= kills) return
      await again(bench)
      for (const moment of moments) {
        started += 1
        const { hit, isDone } = await killAt(bench, moment)
        if (hit) hits[moment.command] += 1
        if (isDone) break
      }
      problems.push(...(await recovered(bench)).map((fault) => `seed ${seed}, ${JSON.stringify(moments)}: ${fault}`))
    })
    assert.equal(problems, [])
    process.stdout.write(`killed ${hits.apply} times in apply, ${hits.run} times in the daemon, of ${started} starts\n`)
    assert.ok(hits.apply + hits.run >= kills && hits.run > kills / 4 && hits.apply > kills / 8, JSON.stringify(hits))
  })
})
