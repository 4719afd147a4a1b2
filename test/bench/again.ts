// What a daemon's next plan costs when one of a hundred files has changed, beside its first: processor time by the kernel's account from the change to
// the plan, the middle of several rounds, since other load on the machine is none of it.
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { busy } from './idle.ts'
import { MAIN, type Tell, usersOf, withPlace, writeFiles } from './measure.ts'

const [FILES, ROUNDS] = [100, 7]
const UNTIL_QUIET_MS = 1500

const middle = (numbers: ReadonlyArray<number>): number =>
  [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN

/** Waits for a line of the log. */
const logged = ({ stderr }: ChildProcess) => {
  const heard = new Map<string, () => void>()
  if (stderr !== null)
    createInterface({ input: stderr }).on('line', (line) => {
      for (const [message, tell] of heard) if (line.includes(`"msg":"${message}"`)) tell()
    })
  return (message: string): Promise<void> =>
    new Promise((resolve) => {
      heard.set(message, () => {
        heard.delete(message)
        resolve()
      })
    })
}

const among = (users: number, tell: Tell): Promise<void> =>
  withPlace(usersOf(users, 'same'), 0, async ({ dir, url, env }) => {
    writeFiles({ dir, url }, usersOf(users, 'same'), FILES)
    const options = ['--state-dir', 'state', '--log-format', 'json', '--log-level', 'debug']
    const daemon = spawn(process.execPath, [MAIN, ...options, 'run'], { cwd: dir, env, stdio: ['ignore', 'ignore', 'pipe'] })
    const [pid, until] = [daemon.pid ?? 0, logged(daemon)]
    const planned = async (): Promise<number> => {
      const [over, before] = [until('run ended'), await busy(pid)]
      await until('plan made')
      const cost = (await busy(pid)) - before
      await over
      await sleep(UNTIL_QUIET_MS)
      return cost
    }
    try {
      const first = await planned()
      const next: Array<number> = []
      for (let round = 0; round < ROUNDS; round += 1) {
        const plan = planned()
        appendFileSync(join(dir, 'customers', '7.yaml'), `# ${round}\n`)
        next.push(await plan)
      }
      tell(`one of ${FILES} files changed, ${users} users: the next plan to the first`, middle(next) / first, 0.1, 'x')
    } finally {
      daemon.kill()
    }
  })

/** Measures the next plan after a change of one file. */
export const again = async (tell: Tell): Promise<void> => {
  await among(10_000, tell)
  await among(100_000, tell)
}
