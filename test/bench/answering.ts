// Whether a daemon answers while it has much to do: its control socket is asked again and again through a whole run over many users, with a config
// that has changed, and the longest that an answer took is the longest that nothing else had its turn.
import { spawn } from 'node:child_process'
import { rename, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { configOf, MAIN, type Tell, usersOf, withPlace } from './measure.ts'

const USERS = 20_000
const BOUND_MS = 200
const PAUSE_MS = 5
const QUIET_MS = 3000

/** Asks the daemon how it is; gives the time of its last run, or nothing where nobody answers. */
const asked = (socketPath: string): Promise<string | undefined> =>
  new Promise((settle) => {
    const question = request({ socketPath, method: 'POST', path: '/' }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () => settle(/"lastRun":\{[^}]*\}|"lastRun":"[^"]*"/.exec(text)?.[0] ?? ''))
    })
    question.on('error', () => settle(undefined))
    question.end('{"_tag":"Status"}')
  })

/** Measures the longest wait for an answer. */
export const answering = (tell: Tell): Promise<void> =>
  withPlace(usersOf(USERS, 'same'), 0, async ({ dir, url, env }) => {
    const users = usersOf(USERS, 'same')
    await writeFile(join(dir, 'config.yaml'), configOf(url, users, 'pace: off'))
    const daemon = spawn(process.execPath, [MAIN, '--state-dir', 'state', 'run'], { cwd: dir, env, stdio: 'ignore' })
    const socket = join(dir, 'state/control.sock')
    try {
      for (let first = await asked(socket); first === undefined || first === ''; first = await asked(socket)) await sleep(50)
      await sleep(QUIET_MS)
      const before = await asked(socket)
      const [{ username } = { username: '' }] = users
      await writeFile(join(dir, 'next.yaml'), configOf(url, [{ username, description: 'new' }, ...users.slice(1)], 'pace: off'))
      await rename(join(dir, 'next.yaml'), join(dir, 'config.yaml'))
      let [longest, last] = [0, before]
      while (last === before || last === undefined) {
        const began = performance.now()
        last = await asked(socket)
        longest = Math.max(longest, performance.now() - began)
        await sleep(PAUSE_MS)
      }
      tell(`longest wait for the control socket in a run over ${USERS} users, one of them changed`, longest, BOUND_MS, 'ms')
    } finally {
      daemon.kill()
    }
  })
