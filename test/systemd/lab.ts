// A throw-away machine with a real systemd, the shipped units, and the built program where `npm install --global` puts it.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { NODE } from '../support/node.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const VENDOR = ['/usr/lib/systemd/system', '/lib/systemd/system'].find((dir) => existsSync(dir)) ?? '/lib/systemd/system'
const JOURNAL = ['systemd-journald.service', 'systemd-journald.socket', 'systemd-journald-dev-log.socket']

export type Ran = { readonly code: number; readonly out: string; readonly err: string }

export type Lab = {
  /** Runs a command in the lab as root. */
  readonly run: (...command: ReadonlyArray<string>) => Promise<Ran>
  /** Properties of a unit. */
  readonly show: (unit: string, ...names: ReadonlyArray<string>) => Promise<Readonly<Record<string, string>>>
  /** A path of the lab as seen from here. */
  readonly path: (inside: string) => string
  /** Everything that was logged. */
  readonly journal: () => Promise<string>
}

/** Files of the lab's /etc, by path below it. */
export type Files = Readonly<Record<string, { readonly text: string; readonly mode?: number }>>

/** Boots a lab with these files, and kills it whatever happens. In a bare one the program and its units are yet to be installed. */
export const withLab = async (
  files: Files,
  body: (lab: Lab) => Promise<void>,
  kind: 'furnished' | 'bare' = 'furnished',
): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'reconciler-lab-'))
  try {
    furnish(folder, files, kind)
    await booted(folder, body)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const unit = (...lines: ReadonlyArray<string>) => ({ text: `${lines.join('\n')}\n` })

const FURNITURE: Files = {
  passwd: { text: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n' },
  group: { text: 'root:x:0:\nnogroup:x:65534:\nsystemd-journal:x:999:\n' },
  // On purpose without the `systemd` module: a dynamic user then has no name, as on a minimal server.
  'nsswitch.conf': { text: 'passwd: files\ngroup: files\nhosts: files\n' },
  'machine-id': { text: '' },
  hosts: { text: '127.0.0.1 localhost\n' },
  // Nothing of this machine's own units: they would reach out of the lab.
  'systemd/lab/lab.target': unit('[Unit]', 'Requires=basic.target', 'After=basic.target', 'AllowIsolate=yes'),
  'systemd/lab/basic.target': unit('[Unit]', 'Requires=sysinit.target', 'After=sysinit.target'),
  'systemd/lab/sysinit.target': unit('[Unit]', `Wants=${JOURNAL.join(' ')}`, `After=${JOURNAL.join(' ')}`),
  'systemd/lab/shutdown.target': unit('[Unit]', 'DefaultDependencies=no'),
  'systemd/lab/umount.target': unit('[Unit]', 'DefaultDependencies=no'),
  'systemd/lab/sockets.target': unit('[Unit]'),
  'systemd/lab/network-online.target': unit('[Unit]'),
}

const UNITS = ['smtp2go-reconciler.service', 'smtp2go-reconciler@.service']

const furnish = (folder: string, files: Files, kind: 'furnished' | 'bare'): void => {
  const put = (path: string, { text, mode = 0o644 }: Files[string]): void => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text, { mode })
  }
  for (const [name, file] of Object.entries({ ...FURNITURE, ...files })) put(join(folder, 'etc', name), file)
  const units = join(folder, 'etc/systemd/lab')
  for (const name of JOURNAL) cpSync(join(VENDOR, name), join(units, name))
  mkdirSync(join(folder, 'local/bin'), { recursive: true })
  if (kind === 'bare') {
    writeFileSync(join(folder, 'bare'), '')
    for (const name of UNITS) symlinkSync(`/usr/lib/systemd/system/${name}`, join(units, name))
    return
  }
  for (const name of UNITS) cpSync(join(ROOT, 'systemd', name), join(units, name))
  symlinkSync('../lib/node_modules/smtp2go-reconciler/dist/main.js', join(folder, 'local/bin/smtp2go-reconciler'))
}

const booted = async (folder: string, body: (lab: Lab) => Promise<void>): Promise<void> => {
  const script = join(import.meta.dirname, 'lab.sh')
  // In a mount namespace of its own from the first moment, so that no mount can outlive it here.
  const args = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'private', 'bash', script, folder, NODE]
  const machine = spawn('setpriv', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const gone = once(machine, 'close')
  let complaints = ''
  machine.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const pid = await Promise.race([
    once(createInterface(machine.stdout), 'line').then(([line]) => Number(line)),
    gone.then(() => undefined),
  ])
  if (pid === undefined) throw new Error(`the lab did not start; it needs root and namespaces:\n${complaints}`)
  const lab = labOf(pid)
  try {
    await eventually('the lab is up', async () => (await lab.run('systemctl', 'is-active', 'lab.target')).out === 'active\n')
    await body(lab)
  } catch (thrown) {
    const failed = thrown instanceof Error ? thrown : new Error(String(thrown))
    failed.message += `\n--- journal of the lab\n${(await lab.journal()).split('\n').slice(-60).join('\n')}`
    throw failed
  } finally {
    if (machine.exitCode === null) process.kill(pid, 'SIGKILL')
    await gone
  }
}

const labOf = (pid: number): Lab => {
  const enter = ['-t', String(pid), '-m', '-p', '-u', '-i', '-n', '-C', '-r', '-w', 'env', '-i']
  const env = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin', 'SYSTEMD_UNIT_PATH=/etc/systemd/lab', 'SYSTEMD_PAGER=']
  const run = (...command: ReadonlyArray<string>): Promise<Ran> =>
    new Promise((settle) => {
      execFile('nsenter', [...enter, ...env, ...command], { timeout: 120_000, maxBuffer: 2 ** 26 }, (error, out, err) => {
        settle({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, err })
      })
    })
  return {
    run,
    show: async (name, ...names) => {
      const { out } = await run('systemctl', 'show', name, ...names.map((one) => `--property=${one}`))
      return Object.fromEntries(out.split('\n').map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]))
    },
    path: (inside) => join(`/proc/${pid}/root`, inside),
    journal: async () => (await run('journalctl', '--no-pager', '--output=short-monotonic')).out,
  }
}

/** Waits until something holds: long enough for a machine that is busy with other things. */
export const eventually = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + 60_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`did not come true within a minute: ${what}`)
    await new Promise((next) => setTimeout(next, 100))
  }
}
