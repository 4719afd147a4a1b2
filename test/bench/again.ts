// What a daemon's next run costs when one of a hundred files has changed, beside a plan that begins with nothing: processor time by the kernel's
// account, the middle of several rounds, since other load on the machine is none of it.
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { asked } from './answering.ts'
import { busy } from './idle.ts'
import { MAIN, type Tell, usersOf, withPlace, writeFiles } from './measure.ts'

const [USERS, FILES, ROUNDS] = [10_000, 100, 7]
const PAUSE_MS = 50
const UNTIL_QUIET_MS = 1000

const middle = (numbers: ReadonlyArray<number>): number =>
  [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN

/** Measures the next run after a change of one file. */
export const again = (tell: Tell): Promise<void> =>
  withPlace(usersOf(USERS, 'same'), 0, async (place) => {
    writeFiles(place, usersOf(USERS, 'same'), FILES)
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
      const ended = async (before: string | undefined): Promise<string | undefined> => {
        let last = await asked(socket)
        for (; last === undefined || last === '' || last === before; last = await asked(socket)) await sleep(PAUSE_MS)
        await sleep(UNTIL_QUIET_MS)
        return last
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
    const what = `one of ${FILES} files changed, ${USERS} users`
    tell(`${what}: the next run to a plan from the start`, middle(runs) / middle(plans), 0.1, 'x')
  })
