// Whether a daemon answers while it has much to do: its control socket is asked again and again through a whole run over many users, with a config
// that has changed. Told is the longest that an answer took, and, over more users, the longest from its start to its end in which nothing else had its
// turn.
import { spawn } from 'node:child_process'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { configOf, configOfScopes, MAIN, type Place, scopesOf, type Tell, type User, usersOf, withPlace } from './measure.ts'

const STALL = pathToFileURL(resolve(import.meta.dirname, 'stall.mjs')).href
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

const CHANGED = ({ username }: User): User => ({ username, description: 'new' })

/** Runs over so many users in one scope, one of them changed and all of them, and in many scopes. */
const among = async (count: number, told: (how: string, longest: Longest) => void): Promise<void> => {
  const same = usersOf(count, 'same')
  const changed = same.map((user, at) => (at === 0 ? CHANGED(user) : user))
  const parts = (users: ReadonlyArray<User>) => scopesOf(users, SCOPES)
  await withPlace(same, 0, async (place) => {
    const [before, after] = [configOf(place.url, same, 'pace: off'), configOf(place.url, changed, 'pace: off')]
    told('one of them changed, in one scope', await longestIn(place, before, after))
  })
  await withPlace(same, 0, async (place) => {
    const api = 'pace: off, concurrency: 16'
    const [before, after] = [configOf(place.url, same, api), configOf(place.url, same.map(CHANGED), api)]
    told('all of them changed', await longestIn(place, before, after))
  })
  const live = Object.fromEntries(parts(same).map(({ id, users }) => [id, { results: users }]))
  await withPlace(
    [],
    0,
    async (place) => {
      const [before, after] = [configOfScopes(place.url, parts(same)), configOfScopes(place.url, parts(changed))]
      told(`one of them changed, in ${SCOPES} scopes`, await longestIn(place, before, after))
    },
    live,
  )
}

/** Measures the longest waits. */
export const answering = async (tell: Tell): Promise<void> => {
  await among(20_000, (how, { waitMs }) =>
    tell(`longest wait for the control socket in a run over 20,000 users, ${how}`, waitMs, BOUND_MS, 'ms'),
  )
  await among(100_000, (how, { stallMs }) =>
    tell(`longest stall of a daemon that runs over 100,000 users, ${how}`, stallMs, BOUND_MS, 'ms'),
  )
}

type Longest = { readonly waitMs: number; readonly stallMs: number }

const longestIn = async ({ dir, env }: Place, before: string, after: string): Promise<Longest> => {
  await writeFile(join(dir, 'config.yaml'), before)
  const stall = join(dir, 'stall')
  const daemon = spawn(process.execPath, ['--import', STALL, MAIN, '--state-dir', 'state', 'run'], {
    cwd: dir,
    env: { ...env, STALL_FILE: stall },
    stdio: 'ignore',
  })
  const ended = new Promise((settle) => daemon.on('exit', settle))
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
    daemon.kill()
    await ended
    return { waitMs: longest, stallMs: Number(await readFile(stall, 'utf8')) }
  } finally {
    daemon.kill()
  }
}
