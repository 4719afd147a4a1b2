// What a daemon's next run costs when one of a hundred files has changed, beside a plan that begins with nothing: processor time by the kernel's
// account, the middle of several rounds, since other load on the machine is none of it.
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { asked } from './answering.ts'
import { busy } from './idle.ts'
import { MAIN, type Tell, usersOf, withPlace, writeFiles } from './measure.ts'

const [FILES, ROUNDS] = [100, 5]
/** So long a run takes at most, on a machine that does other things too. Nobody asks meanwhile, since an answer costs too. */
const RUN_MS = 4000

const middle = (numbers: ReadonlyArray<number>): number =>
  [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN

const among = (users: number, tell: Tell): Promise<void> =>
  withPlace(usersOf(users, 'same'), 0, async (place) => {
    writeFiles(place, usersOf(users, 'same'), FILES)
    const plans: Array<number> = []
    for (let round = 0; round < ROUNDS; round += 1) plans.push((await place.command('plan')).cpuSeconds)
    const daemon = spawn(process.execPath, [MAIN, '--state-dir', 'state', 'run'], {
      cwd: place.dir,
      env: place.env,
      stdio: 'ignore',
    })
    const socket = join(place.dir, 'state/control.sock')
    const runs: Array<number> = []
    try {
      const pid = daemon.pid ?? 0
      const ended = async (before: string | undefined): Promise<string> => {
        for (;;) {
          await sleep(RUN_MS)
          const last = await asked(socket)
          if (last !== undefined && last !== '' && last !== before) return last
        }
      }
      let last = await ended(undefined)
      for (let round = 0; round < ROUNDS; round += 1) {
        const before = await busy(pid)
        appendFileSync(join(place.dir, 'customers', '7.yaml'), `# ${round}\n`)
        last = await ended(last)
        runs.push(((await busy(pid)) - before) / 1000)
      }
    } finally {
      daemon.kill()
    }
    const what = `one of ${FILES} files changed, ${users} users`
    tell(`${what}: the next run to a plan from the start`, middle(runs) / middle(plans), 0.1, 'x')
  })

/** Measures the next run after a change of one file. */
export const again = async (tell: Tell): Promise<void> => {
  await among(10_000, tell)
  await among(100_000, tell)
}
