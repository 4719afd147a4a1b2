// What a daemon costs that has nothing to do: its own processor time and memory over ten minutes, by the kernel's account, which other load
// hardly disturbs. It runs as a service would: metrics served, the default schedule, a folder of its own.
import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { configOf, MAIN, type Tell, usersOf, withPlace } from './measure.ts'

const USERS = 20
const MINUTES = 10
const UNTIL_QUIET_MS = 20_000

/** Processor time of all threads of a process, in milliseconds. */
export const busy = async (pid: number): Promise<number> => {
  // After the name, which may hold blanks: user and system time are the 12th and 13th, in hundredths of a second.
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** A line of the kernel's account of a process, in MB. */
const megabytes = async (pid: number, line: string): Promise<number> =>
  Number(new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024

/** Measures the idle daemon. */
export const idle = (tell: Tell): Promise<void> =>
  withPlace(usersOf(USERS, 'same'), 0, async ({ dir, url, env }) => {
    const folder = join(dir, 'etc/reconciler')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'config.yaml'), `${configOf(url, usersOf(USERS, 'same'), 'pace: off')}http: { listen: 0 }\n`)
    const options = ['--config', join(folder, 'config.yaml'), '--state-dir', join(dir, 'state'), '--log-format', 'json']
    const daemon = spawn(process.execPath, [MAIN, ...options, 'run'], { cwd: dir, env, stdio: 'ignore' })
    try {
      const pid = daemon.pid ?? 0
      await sleep(UNTIL_QUIET_MS)
      const before = await busy(pid)
      let most = 0
      for (let minute = 0; minute < MINUTES; minute += 1) {
        await sleep(60_000)
        most = Math.max(most, await megabytes(pid, 'VmRSS'))
      }
      tell(`idle daemon, share of one core over ${MINUTES} minutes`, ((await busy(pid)) - before) / (MINUTES * 600), 0.1, '%')
      tell('idle daemon, resident memory', most, 100, 'MB')
    } finally {
      daemon.kill()
    }
  })
