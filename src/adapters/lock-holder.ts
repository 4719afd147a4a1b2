// Who holds a lock: what the holder says of itself, what the kernel knows of it, and the words for whoever is refused.
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { shellWord } from '../domain/command.ts'
import { holdsHidden } from '../domain/visible.ts'
import { E } from '../fp.ts'
import { codeOf } from './system.ts'

/** Who holds a lock, as told to whoever is refused. */
export type Holder = { readonly pid: number; readonly command: string; readonly socket?: string }

export const PROGRAM = 'smtp2go-reconciler'

/** What abstract addresses are filled up with; nobody needs to read or type it. */
export const FILLING = '.'

/** What a holder says of itself. Anybody on this machine could be the one who answers, so only what looks right is passed on. */
export const holderIn = (text: string): Holder | undefined => {
  const parsed = E.tryCatch(
    (): unknown => JSON.parse(text),
    () => undefined,
  )
  if (E.isLeft(parsed) || typeof parsed.right !== 'object' || parsed.right === null) return undefined
  const json = parsed.right
  const pid = 'pid' in json && Number.isSafeInteger(json.pid) ? Number(json.pid) : undefined
  const command = 'command' in json && typeof json.command === 'string' ? json.command : ''
  const socket = 'socket' in json && typeof json.socket === 'string' ? json.socket : ''
  if (pid === undefined || !/^[a-z][a-z -]{0,39}$/.test(command)) return undefined
  return { pid, command, ...(socket === '' || socket.length > 200 || holdsHidden(socket) ? {} : { socket }) }
}

/** The holder by the file that it left in the directory. */
export const fromFile = async (file: string): Promise<Holder | undefined> => {
  const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10)
  return Number.isNaN(pid) ? undefined : { pid, command: '' }
}

/**
 * Whether a process of our user has an abstract address; nothing where that cannot be told. Whoever may use a state directory is of the user
 * that it belongs to, and what others have we may not see.
 */
export const isOfUser = async (address: string, uid: number): Promise<boolean | undefined> => {
  try {
    // Of this process, and so there also where a unit sees nothing of /proc but processes.
    const sockets = (await readFile('/proc/self/net/unix', 'latin1')).split('\n').map((line) => line.split(/\s+/))
    const ofName = sockets
      // The first NUL is shown as @.
      .filter((columns) => columns[7] === `@${address.slice(1)}`)
      .map((columns) => `socket:[${columns[6]}]`)
    if (ofName.length === 0) return undefined
    let isHidden = (await readlink('/proc/self/ns/pid')) !== ALL_PROCESSES
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const [owner, has] = await lookAt(ofName, `/proc/${pid}`)
      if (has === true) return owner === uid
      isHidden ||= has === undefined && owner === uid
    }
    return isHidden ? undefined : false
  } catch (thrown) {
    if (UNSEEN.has(codeOf(thrown))) return undefined
    throw thrown
  }
}

// In any other namespace of processes than the first one, some that have sockets here are not shown.
const ALL_PROCESSES = 'pid:[4026531836]'
// Gone meanwhile, or not ours to see.
const UNSEEN: ReadonlySet<string> = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM'])

/** Whose a process is, and whether it has one of these files open; nothing where that is not shown. */
const lookAt = async (
  open: ReadonlyArray<string>,
  place: string,
): Promise<readonly [number | undefined, boolean | undefined]> => {
  let owner: number | undefined
  try {
    owner = (await stat(place)).uid
    const files = (await readdir(`${place}/fd`)).map((fd) => readlink(`${place}/fd/${fd}`))
    return [owner, (await Promise.allSettled(files)).some((file) => file.status === 'fulfilled' && open.includes(file.value))]
  } catch (thrown) {
    const code = codeOf(thrown)
    if (!UNSEEN.has(code)) throw thrown
    return [owner, code === 'EACCES' || code === 'EPERM' ? undefined : false]
  }
}

/** Why nobody else may have what a lock is for. Whoever listens at an address may be anybody, so it is said how to see who that is. */
export const refusal = (what: string, holder: Holder | undefined, address: string): string => {
  const seen = address.startsWith('\0')
    ? `ss -xlp | grep ${address.slice(1).replaceAll(FILLING, '')}`
    : `lsof ${shellWord(address)}`
  if (holder === undefined)
    return `another process uses this ${what}, and does not say which; end it, or wait until it is done; as root, ${seen} shows which`
  const who = holder.command === '' ? `pid ${holder.pid}` : `pid ${holder.pid} (${PROGRAM} ${holder.command})`
  const to = holder.socket === undefined ? '' : ` --socket ${shellWord(holder.socket)}`
  return holder.command === 'run'
    ? `${who} uses this ${what}; ask it: ${PROGRAM} status${to}, ${PROGRAM} reconcile${to}, ${PROGRAM} approve DIGEST${to}`
    : `${who} uses this ${what}; wait until it is done, or end it`
}
