// Whether a daemon answers while it has much to do: its control socket is asked again and again through a whole run over many users, with a config
// that has changed, and the longest that an answer took is the longest that nothing else had its turn.
import { spawn } from 'node:child_process'
import { rename, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { configOf, configOfScopes, MAIN, type Place, scopesOf, type Tell, type User, usersOf, withPlace } from './measure.ts'

const USERS = 100_000
const SCOPES = 500
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

/** Measures the longest wait for an answer, with all users in one scope and in many. */
export const answering = async (tell: Tell): Promise<void> => {
  const parts = (users: ReadonlyArray<User>) => scopesOf(users, SCOPES)
  const [same, changed] = [usersOf(USERS, 'same'), usersOf(USERS, 'same').map((user, at) => (at === 0 ? CHANGED(user) : user))]
  await withPlace(same, 0, async (place) => {
    const [before, after] = [configOf(place.url, same, 'pace: off'), configOf(place.url, changed, 'pace: off')]
    tell(`${WAIT}, in one scope`, await longestWait(place, before, after), BOUND_MS, 'ms')
  })
  await withPlace(same, 0, async (place) => {
    const api = 'pace: off, concurrency: 16'
    const [before, after] = [configOf(place.url, same, api), configOf(place.url, same.map(CHANGED), api)]
    tell(`${WAIT_OVER}, all of them changed`, await longestWait(place, before, after), BOUND_MS, 'ms')
  })
  const live = Object.fromEntries(parts(same).map(({ id, users }) => [id, { results: users }]))
  await withPlace(
    [],
    0,
    async (place) => {
      const [before, after] = [configOfScopes(place.url, parts(same)), configOfScopes(place.url, parts(changed))]
      tell(`${WAIT}, in ${SCOPES} scopes`, await longestWait(place, before, after), BOUND_MS, 'ms')
    },
    live,
  )
}

const WAIT_OVER = `longest wait for the control socket in a run over ${USERS} users`
const WAIT = `${WAIT_OVER}, one of them changed`
const CHANGED = ({ username }: User): User => ({ username, description: 'new' })

const longestWait = async ({ dir, env }: Place, before: string, after: string): Promise<number> => {
  await writeFile(join(dir, 'config.yaml'), before)
  const daemon = spawn(process.execPath, [MAIN, '--state-dir', 'state', 'run'], { cwd: dir, env, stdio: 'ignore' })
  const socket = join(dir, 'state/control.sock')
  try {
    for (let first = await asked(socket); first === undefined || first === ''; first = await asked(socket)) await sleep(50)
    await sleep(QUIET_MS)
    const earlier = await asked(socket)
    await writeFile(join(dir, 'next.yaml'), after)
    await rename(join(dir, 'next.yaml'), join(dir, 'config.yaml'))
    let [longest, last] = [0, earlier]
    while (last === earlier || last === undefined) {
      const began = performance.now()
      last = await asked(socket)
      longest = Math.max(longest, performance.now() - began)
      await sleep(PAUSE_MS)
    }
    return longest
  } finally {
    daemon.kill()
  }
}
