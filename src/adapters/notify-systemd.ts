// Tells systemd how we are (sd_notify). Datagrams need the optional package node-unix-socket; without it the program
// systemd-notify does it, which wants NotifyAccess=all in the unit. Without $NOTIFY_SOCKET nothing is told.
import { spawn } from 'node:child_process'
import { visible } from '../domain/basics/visible.ts'
import type { ServiceManager } from '../ports.ts'

type Env = Readonly<Record<string, string | undefined>>
type Send = (message: string) => Promise<void>

/** The way to the systemd that started us, as the environment says. */
export const systemdNotify = (env: Env): ServiceManager => {
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
    alive: () => say('WATCHDOG=1'),
    patience: (ms) => say(`EXTEND_TIMEOUT_USEC=${Math.ceil(ms * 1000)}`),
    signOfLifeEveryMs: watchdogOf(env),
  }
}

const silent: Send = async () => undefined

const watchdogOf = (env: Env): number | undefined => {
  const limit = Number(env.WATCHDOG_USEC)
  const forUs = env.WATCHDOG_PID === undefined || env.WATCHDOG_PID === String(process.pid)
  // Half the limit, as sd_watchdog_enabled(3) advises.
  return forUs && Number.isSafeInteger(limit) && limit > 0 ? Math.max(1, Math.floor(limit / 2000)) : undefined
}

type Datagrams = {
  readonly sendTo: (bytes: Buffer, from: number, size: number, path: string, done: () => void) => void
  readonly on: (event: 'error', heard: () => void) => void
  readonly close: () => void
}

const senderTo = async (path: string, search: string): Promise<Send> => {
  // Names of the abstract kind are known to the program only.
  const open = path.startsWith('/') ? await datagramSockets() : undefined
  return open === undefined ? throughProgram(path, search) : (message) => sendOnce(open, path, message)
}

// A socket for each message: an open one would keep the process alive, and a broken one would stay broken.
const sendOnce = (open: () => Datagrams | undefined, path: string, message: string): Promise<void> =>
  new Promise((resolve) => {
    const socket = open()
    if (socket === undefined) return resolve()
    const bytes = Buffer.from(message)
    socket.on('error', resolve)
    socket.sendTo(bytes, 0, bytes.length, path, () => {
      socket.close()
      resolve()
    })
  })

const datagramSockets = async (): Promise<(() => Datagrams | undefined) | undefined> => {
  // In a variable, because the package need not be there when this is compiled.
  const name = 'node-unix-socket'
  const loaded: unknown = await import(name).catch(() => undefined)
  if (typeof loaded !== 'object' || loaded === null || !('DgramSocket' in loaded) || typeof loaded.DgramSocket !== 'function') {
    return undefined
  }
  const { DgramSocket } = loaded
  return () => {
    const socket: unknown = Reflect.construct(DgramSocket, [])
    return isDatagrams(socket) ? socket : undefined
  }
}

const isDatagrams = (socket: unknown): socket is Datagrams =>
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
