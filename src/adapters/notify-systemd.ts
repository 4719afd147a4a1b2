// Tells systemd how we are (sd_notify). Datagrams need the optional package node-unix-socket; without it the program
// systemd-notify does it, which wants NotifyAccess=all in the unit. Without $NOTIFY_SOCKET nothing is told.
import { spawn } from 'node:child_process'
import { visible } from '../domain/visible.ts'

/** What systemd is told; each resolves when it was said, and never rejects. */
export type SystemdNotify = {
  readonly ready: () => Promise<void>
  readonly status: (text: string) => Promise<void>
  readonly stopping: () => Promise<void>
  /** Ends with the next `ready`. */
  readonly reloading: () => Promise<void>
  readonly watchdog: () => Promise<void>
  /** How often `watchdog` must be called; `undefined`: systemd does not wait for it. */
  readonly watchdogIntervalMs: number | undefined
}

type Env = Readonly<Record<string, string | undefined>>
type Send = (message: string) => Promise<void>

/** The way to the systemd that started us, as the environment says. */
export const systemdNotify = (env: Env): SystemdNotify => {
  const path = env.NOTIFY_SOCKET
  const sender = path === undefined || path === '' ? Promise.resolve(silent) : senderTo(path, env.PATH ?? '/usr/bin:/bin')
  // One after the other, so that the last status is the one that stays.
  let last: Promise<void> = Promise.resolve()
  const say = (message: string): Promise<void> => {
    last = last.then(async () => (await sender)(message)).catch(() => undefined)
    return last
  }
  return {
    ready: () => say('READY=1'),
    status: (text) => say(`STATUS=${visible(text)}`),
    stopping: () => say('STOPPING=1'),
    reloading: () => say(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    watchdog: () => say('WATCHDOG=1'),
    watchdogIntervalMs: watchdogOf(env),
  }
}

const silent: Send = async () => undefined

const watchdogOf = (env: Env): number | undefined => {
  const limit = Number(env.WATCHDOG_USEC)
  const forUs = env.WATCHDOG_PID === undefined || env.WATCHDOG_PID === String(process.pid)
  // Half the limit, as sd_watchdog_enabled(3) advises.
  return forUs && Number.isSafeInteger(limit) && limit > 0 ? Math.max(1, Math.floor(limit / 2000)) : undefined
}

type Datagram = { readonly sendTo: (bytes: Buffer, from: number, size: number, path: string, done: () => void) => void }

const senderTo = async (path: string, search: string): Promise<Send> => {
  // Names of the abstract kind are known to the program only.
  const datagram = path.startsWith('/') ? await datagramSocket() : undefined
  if (datagram === undefined) return throughProgram(path, search)
  return (message) =>
    new Promise((resolve) => {
      const bytes = Buffer.from(message)
      datagram.sendTo(bytes, 0, bytes.length, path, () => resolve())
    })
}

const datagramSocket = async (): Promise<Datagram | undefined> => {
  // In a variable, because the package need not be there when this is compiled.
  const name = 'node-unix-socket'
  const loaded: unknown = await import(name).catch(() => undefined)
  if (typeof loaded !== 'object' || loaded === null || !('DgramSocket' in loaded) || typeof loaded.DgramSocket !== 'function') {
    return undefined
  }
  const socket: unknown = Reflect.construct(loaded.DgramSocket, [() => undefined])
  return isDatagram(socket) ? socket : undefined
}

const isDatagram = (socket: unknown): socket is Datagram =>
  typeof socket === 'object' && socket !== null && 'sendTo' in socket && typeof socket.sendTo === 'function'

const throughProgram =
  (path: string, search: string): Send =>
  (message) =>
    new Promise((resolve) => {
      // Nothing else of our environment: it may hold secrets.
      const env = { NOTIFY_SOCKET: path, PATH: search }
      const child = spawn('systemd-notify', [`--pid=${process.pid}`, ...message.split('\n')], { env, stdio: 'ignore' })
      child.on('error', () => resolve())
      child.on('exit', () => resolve())
    })
