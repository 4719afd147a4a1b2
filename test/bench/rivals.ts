// The same work beside what a user would pick instead: `npm run bench -- rivals`. Detect no drift in 1,000 users, repair 100 of 1,000, create 1,000,
// each over real HTTP with 50 ms of latency, whole process, from the same YAML file. Nothing is installed: what is missing is said, and its
// column left out. Whether the work was done is looked up in the stand-in, so that nobody is fast by leaving something out.
import { spawn, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { configOf, MAIN, type Place, type User, usersOf, withPlace } from './measure.ts'

const [USERS, DRIFTED, LATENCY_MS, CONCURRENCY] = [1000, 100, 50, 16]
const here = resolve(import.meta.dirname, 'rivals')

type Tool = {
  readonly name: string
  /** What it needs that is not there. */
  readonly missing: () => string | undefined
  readonly command: (place: Place) => readonly [string, ...ReadonlyArray<string>]
}

const has = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
const lacking = (...programs: ReadonlyArray<string>) => {
  const missing = programs.filter((program) => !has(program))
  return missing.length === 0 ? undefined : `${missing.join(', ')} not found`
}
const hasSdk = (): boolean => {
  try {
    createRequire(process.env.SDK ?? import.meta.url).resolve('smtp2go-nodejs')
    return true
  } catch {
    return false
  }
}

const TOOLS: ReadonlyArray<Tool> = [
  {
    name: 'smtp2go-reconciler',
    missing: () => undefined,
    command: () => [process.execPath, MAIN, '--state-dir', 'state', 'apply', '--yes'],
  },
  {
    name: 'bash, curl and jq',
    missing: () => lacking('bash', 'curl', 'jq', 'yq'),
    command: () => ['bash', join(here, 'rival.sh')],
  },
  {
    name: 'Node and smtp2go-nodejs',
    missing: () => (hasSdk() ? undefined : 'smtp2go-nodejs not found: SDK=FILE names a file beside whose node_modules it lies'),
    command: () => [process.execPath, join(here, 'rival.mjs')],
  },
  {
    name: 'Ansible',
    missing: () => lacking('ansible-playbook'),
    command: ({ url, dir }) => {
      const vars = JSON.stringify({ api: url, config: join(dir, 'config.yaml') })
      const how = `--forks ${CONCURRENCY} --inventory localhost, --connection local --extra-vars`.split(' ')
      return ['ansible-playbook', ...how, vars, join(here, 'rival.yml')]
    },
  },
]

type Work = { readonly name: string; readonly live: ReadonlyArray<User>; readonly changes: number }

const WANTED = usersOf(USERS, 'as it should be')
const WORKS: ReadonlyArray<Work> = [
  { name: `no drift in ${USERS}`, live: WANTED, changes: 0 },
  {
    name: `repair ${DRIFTED} of ${USERS}`,
    live: WANTED.map((user, at) => (at % (USERS / DRIFTED) === 0 ? { ...user, description: 'changed' } : user)),
    changes: DRIFTED,
  },
  { name: `create ${USERS}`, live: [], changes: USERS },
]

/** A tool at some work: seconds of the whole process. `Infinity` where the work was not done. */
type Timed = { readonly work: string; readonly tool: string; readonly seconds: number; readonly bound: number }

/** Measures each tool at each work, and gives a table of it. */
export const rivals = async (say: (line: string) => void): Promise<void> => {
  const timed: Array<Timed> = []
  for (const tool of TOOLS) {
    const missing = tool.missing()
    if (missing !== undefined) {
      say(`LEFT OUT ${tool.name}: ${missing}`)
      continue
    }
    for (const work of WORKS) {
      const seconds = await time(tool, work)
      // One view, and the changes in waves.
      const bound = ((1 + Math.ceil(work.changes / CONCURRENCY)) * LATENCY_MS) / 1000
      timed.push({ work: work.name, tool: tool.name, seconds, bound })
      say(`${work.name}, ${tool.name}: ${seconds.toFixed(2)} s, least possible ${bound.toFixed(2)} s`)
    }
  }
  const tools = [...new Set(timed.map(({ tool }) => tool))]
  const cell = (work: string, tool: string): string => {
    const one = timed.find((other) => other.work === work && other.tool === tool)
    return one === undefined ? '' : `${one.seconds.toFixed(2)} s`
  }
  say(`| | ${tools.join(' | ')} | least possible |`)
  say(`|:--|${tools.map(() => '--:').join('|')}|--:|`)
  for (const { name } of WORKS) {
    const bound = timed.find(({ work }) => work === name)?.bound ?? Number.NaN
    say(`| ${name} | ${tools.map((tool) => cell(name, tool)).join(' | ')} | ${bound.toFixed(2)} s |`)
  }
}

const time = async (tool: Tool, work: Work): Promise<number> => {
  let seconds = Number.NaN
  await withPlace(work.live, LATENCY_MS, async (place) => {
    await writeFile(join(place.dir, 'config.yaml'), configOf(place.url, WANTED, `pace: off, concurrency: ${CONCURRENCY}`))
    const [program, ...args] = tool.command(place)
    const env = { ...place.env, API: place.url, CONCURRENCY: String(CONCURRENCY), SDK: process.env.SDK }
    const started = performance.now()
    const child = spawn(program, args, { cwd: place.dir, env, stdio: 'ignore' })
    await new Promise((ended) => child.on('close', ended))
    seconds = (performance.now() - started) / 1000
    const writes = (await place.requests()).filter(({ path }) => !path.endsWith('/view')).length
    const state: unknown = await (await fetch(new URL('/_state', place.url))).json()
    const done = JSON.stringify(state).split('"as it should be"').length - 1
    if (done !== USERS || writes !== work.changes) seconds = Number.POSITIVE_INFINITY
  })
  return seconds
}
