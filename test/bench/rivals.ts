// The same work beside what a user would pick instead: `npm run bench -- rivals`. Detect no drift in 1,000 users, repair 100 of 1,000, create 1,000,
// each over real HTTP with 50 ms of latency, whole process, from the same YAML file. Nothing is installed: what is missing is said, and its
// column left out. Whether the work was done is looked up in the stand-in, so that nobody is fast by leaving something out. The middle of
// several rounds counts, in which every tool has its turn; a table is printed, and rivals.json holds the same beside what it ran on.
import { spawn, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { cpus, release, totalmem, type } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildSync } from 'esbuild'
import { configOf, MAIN, type Place, type User, usersOf, withPlace } from './measure.ts'

const [USERS, DRIFTED, LATENCY_MS, CONCURRENCY, SAVED_MS] = [1000, 100, 50, 16, 300]
const here = resolve(import.meta.dirname, 'rivals')
/** Where Node finds the packages, and git looks for nothing. */
const BUILT = resolve(import.meta.dirname, '../../node_modules/.rivals')
const LEAST = ['least.mjs', 'least-checked.mjs']

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
    name: 'the least in Node',
    missing: () => undefined,
    command: () => [process.execPath, join(BUILT, 'least.mjs')],
  },
  {
    name: 'the least with our packages',
    missing: () => undefined,
    command: () => [process.execPath, join(BUILT, 'least-checked.mjs')],
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

/** A tool at some work: the middle of its seconds, of the whole process. `Infinity` where the work was not done. */
type Timed = { readonly work: string; readonly tool: string; readonly seconds: number }

const ROUNDS = 3

/** Measures each tool at each work, and gives a table of it. */
export const rivals = async (say: (line: string) => void): Promise<void> => {
  const leftOut = TOOLS.flatMap((tool) => {
    const why = tool.missing()
    return why === undefined ? [] : [{ tool: tool.name, why }]
  })
  for (const { tool, why } of leftOut) say(`LEFT OUT ${tool}: ${why}`)
  bundle()
  const tools = TOOLS.filter(({ name }) => leftOut.every(({ tool }) => tool !== name))
  const timed: Array<Timed> = []
  for (const work of WORKS) {
    const times = new Map<string, ReadonlyArray<number>>()
    for (let round = 0; round < ROUNDS; round += 1)
      for (const tool of tools) times.set(tool.name, [...(times.get(tool.name) ?? []), await time(tool, work)])
    for (const [tool, seconds] of times) timed.push({ work: work.name, tool, seconds: middle(seconds) })
  }
  const secondsOf = (work: Work, tool: string | undefined): number =>
    timed.find((one) => one.work === work.name && one.tool === tool)?.seconds ?? Number.NaN
  const rows = WORKS.map((work) => ({
    work: work.name,
    // One view, and the changes in waves.
    least_possible_seconds: ((1 + Math.ceil(work.changes / CONCURRENCY)) * LATENCY_MS) / 1000,
    tools: tools.map(({ name }) => {
      const [seconds, ours] = [secondsOf(work, name), secondsOf(work, tools[0]?.name)]
      return { tool: name, seconds, ratio: seconds / ours }
    }),
  }))
  say(`| | ${tools.map(({ name }) => name).join(' | ')} | least possible |`)
  say(`|:--|${tools.map(() => '--:').join('|')}|--:|`)
  for (const { work, tools: cells, least_possible_seconds: least } of rows)
    say(`| ${work} | ${cells.map(({ seconds, ratio }) => cellOf(seconds, ratio)).join(' | ')} | ${least.toFixed(2)} s |`)
  say(`on ${MACHINE}, ${LATENCY_MS} ms of latency, ${CONCURRENCY} at once, the middle of ${ROUNDS}`)
  const all = { machine: MACHINE, latency_ms: LATENCY_MS, concurrency: CONCURRENCY, rounds: ROUNDS, left_out: leftOut, rows }
  await writeFile(join(import.meta.dirname, 'rivals.json'), `${JSON.stringify(all, null, 2)}\n`)
}

// In few files, as ours is: what a program is made of is then there sooner.
const bundle = (): void => {
  const banner = { js: 'import{createRequire as requireFrom}from"node:module";const require=requireFrom(import.meta.url);' }
  const from = { entryPoints: LEAST.map((name) => join(here, name)), external: ['pino'], banner }
  const into = { outdir: BUILT, outExtension: { '.js': '.mjs' } } as const
  buildSync({ ...from, ...into, bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20.19' })
}

const MACHINE = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, Node ${process.versions.node}`

const middle = (numbers: ReadonlyArray<number>): number =>
  [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN

const cellOf = (seconds: number, ratio: number): string =>
  Number.isFinite(seconds) ? `${seconds.toFixed(2)} s (${ratio.toFixed(2)} x)` : 'not done'

const time = async (tool: Tool, work: Work): Promise<number> => {
  let seconds = Number.NaN
  await withPlace(work.live, LATENCY_MS, async (place) => {
    await writeFile(join(place.dir, 'config.yaml'), configOf(place.url, WANTED, `pace: off, concurrency: ${CONCURRENCY}`))
    // Of a file that was saved just now we wait for the rest; nobody else does.
    await sleep(SAVED_MS)
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
