// A life of the program in one class of error: `apply`, then a daemon that is in order until the error comes, its page, socket, webhooks and
// child, and what a person asks of it meanwhile. Every byte of it goes through the scanner of the bench.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, type Ended, until, type Way } from '../support/command.ts'
import { newKey } from '../support/fresh.ts'
import { ask, servedAt } from '../support/http.ts'
import type { Received } from '../support/receiver.ts'
import { type Class, IN_ORDER, PASSWORDS, SEED, USERS } from './classes.ts'

const HOOKS = Array.from({ length: 5 }, (_, at) => `HOOK_${at}`)
const OPERATION = `reconcile: { schedule: "* * * * * *" }
http: { listen: "127.0.0.1:0" }
notify: [${HOOKS.flatMap((name) => ['generic', 'slack'].map((format) => `{ webhook: { env: ${name} }, format: ${format} }`)).join(', ')}]
`
const SENT_AT_ONCE = 2 * HOOKS.length

/** Asks a question over a control socket. */
export const asked = (socketPath: string, question: unknown): Promise<string> =>
  new Promise((resolve, reject) => {
    const asking = request({ socketPath, method: 'POST', path: '/' }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      answer.on('end', () => resolve(text))
    })
    asking.on('error', reject)
    asking.end(JSON.stringify(question))
  })

// Short only where it has to run out.
const timeoutOf = ({ faults }: Partial<Class>): string => (faults?.('').some(({ kind }) => kind === 'hang_after') ? '2s' : '30s')

const configOf = async (bench: Bench, error: Partial<Class>, users: string): Promise<string> =>
  `version: 1
api: { endpoint: "${bench.url}", key: { env: ${error.key ?? 'TEST_KEY'} }, pace: off, timeout: ${timeoutOf(error)} }
${OPERATION}${(await error.config?.(bench)) ?? users}`

/** A program that stands for systemd-notify: it writes down its arguments, its environment and the arguments of the daemon. */
const notifyProgram = async (bench: Bench): Promise<{ readonly bin: string; readonly told: string }> => {
  const [bin, told] = [join(bench.dir, 'bin'), join(bench.dir, 'told.txt')]
  await mkdir(bin, { recursive: true })
  const script = `#!/bin/sh\n{ echo "$@"; env; tr '\\0' ' ' < /proc/$PPID/cmdline; echo; } >> ${told}\n`
  await writeFile(join(bin, 'systemd-notify'), script, { mode: 0o755 })
  await writeFile(told, '')
  return { bin, told }
}

/** Lives in a class of error; gives how `apply` ended. */
export const lived = async (
  bench: Bench,
  received: Received,
  error: Class,
  more: Readonly<Record<string, string>> = {},
): Promise<Ended> => {
  bench.secret('a live password', SEED.account.results[0]?.email_password ?? '')
  const { bin, told } = await notifyProgram(bench)
  const hooks = Object.fromEntries(HOOKS.map((name) => [name, received.url]))
  const way: Way = {
    env: {
      ...PASSWORDS,
      ...error.env?.(bench.key),
      ...hooks,
      ...more,
      NOTIFY_SOCKET: '@told',
      PATH: `${bin}:${process.env.PATH}`,
    },
  }
  const file = join(bench.dir, 'config.yaml')
  const bad = await configOf(bench, error, USERS)
  const faults = error.faults?.(bench.key) ?? []

  await writeFile(file, bad)
  await bench.post('/_faults', faults)
  const ofApply = { ...way, state: join(bench.dir, 'state-of-apply') }
  const applied = await bench.runIn(ofApply, '--log-level', 'trace', '--log-format', 'pretty', 'apply', '--yes')

  await bench.post('/_reset', SEED)
  await writeFile(file, await configOf(bench, {}, IN_ORDER))
  const daemon = bench.startIn(way, '--log-level', 'trace', 'run')
  await until('a run', () => daemon.err().includes('run ended'))
  const url = await servedAt(daemon)
  await bench.post('/_faults', faults)
  await fetch(`${bench.url}/users/smtp/edit`, {
    method: 'PATCH',
    headers: { 'x-smtp2go-api-key': newKey() },
    body: JSON.stringify({ username: 'old@a.example', description: 'theirs' }),
  })
  await writeFile(file, bad)
  await until('everybody is told of the error', () => received.bodies().length >= SENT_AT_ONCE)
  // A person's own command has no defect of the daemon.
  const { NODE_OPTIONS: _, ...env } = way.env ?? {}
  await bench.runIn({ ...way, env }, 'status')
  await bench.runIn(way, 'plan', '--format', 'markdown', '--out', 'plan.md')
  for (const question of [{ _tag: 'Status' }, { _tag: 'Nonsense' }, { _tag: 'Approve', digest: 'x', reason: 'r', by: 'b' }])
    for (const _ of [1, 2, 3, 4]) bench.search('the control socket', await asked(join(bench.dir, 'state/control.sock'), question))
  for (const path of ['/', '/healthz', '/readyz', '/metrics', '/api/status', '/nonsense'])
    for (const _ of [1, 2]) assert.ok((await ask(url, path)).status >= 200)
  daemon.child.kill('SIGTERM')
  assert.is((await daemon.ended).code, 0)
  bench.search('an argument or variable of a child', await readFile(told, 'utf8'))
  return applied
}
