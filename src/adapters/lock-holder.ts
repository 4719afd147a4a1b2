// Who holds a lock: what the holder says of itself, how it proves that it may have it, what the kernel knows of it, and the words for whoever
// is refused.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { shellWord } from '../domain/basics/command.ts'
import { parsedJson } from '../domain/basics/json.ts'
import { holdsHidden } from '../domain/basics/visible.ts'
import { E } from '../fp.ts'
import { codeOf } from './system.ts'

/** Who holds a lock, as told to whoever is refused. */
export type Holder = { readonly pid: number; readonly command: string; readonly socket?: string }

export const PROGRAM = 'smtp2go-reconciler'

/** What abstract addresses are filled up with; nobody needs to read or type it. */
export const FILLING = '.'

/** What whoever holds a lock answers; `isProved`: by the secret of the lock, which only those know who may have it. */
export type Answer = { readonly holder: Holder | undefined; readonly isProved: boolean }

type Listen = { readonly address: string; readonly info: Holder; readonly secret?: string }

const [ANSWER_MS, LONGEST_ANSWER] = [3000, 4096]
// Who is deep in work and of another user is not to be taken for somebody who has no proof.
const PROOF_MS = 5000
// Of one length, so that no part of it can be taken for a part of what the holder says.
const NONCE = /^[0-9a-f]{64}\n$/

/** Listens at an address, and says who we are; nothing where somebody else does. */
export const listening = ({ address, info, secret }: Listen): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const line = JSON.stringify(info)
    const server = createServer((asker) => {
      const over = (): unknown => asker.destroy()
      asker.unref().on('error', over)
      if (secret === undefined) {
        asker.end(`${line}\n`, over)
        return
      }
      // Who is of an older version asks for no more than this.
      asker.write(`${line}\n`)
      asker.setTimeout(PROOF_MS, over)
      asker.once('data', (bytes) => {
        const nonce = String(bytes)
        if (NONCE.test(nonce)) asker.end(`${proofOf(secret, nonce, line)}\n`, over)
        else over()
      })
    })
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    // The lock alone keeps no process alive.
    server.listen(address, () => resolve(server.unref()))
  })

/** Right: somebody holds it, named or not. Left: nobody is there any more. */
export const ask = (address: string, secret?: string): Promise<E.Either<'gone', Answer>> =>
  new Promise((resolve) => {
    const nonce = `${randomBytes(32).toString('hex')}\n`
    let [text, isAsked] = ['', false]
    const asking = connect(address)
    // A holder deep in work may take longer than we wait; it holds the lock all the same.
    const limit = setTimeout(() => asking.destroy(), secret === undefined ? ANSWER_MS : PROOF_MS)
    asking.setEncoding('utf8')
    asking.on('data', (piece) => {
      text += String(piece)
      if (text.length > LONGEST_ANSWER) asking.destroy()
      else if (secret !== undefined && !isAsked && text.includes('\n')) {
        isAsked = true
        asking.write(nonce)
      }
    })
    asking.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(E.left('gone'))
    })
    asking.on('close', () => {
      clearTimeout(limit)
      const [line = '', proof = ''] = text.split('\n')
      const isProved = secret !== undefined && isSame(proof, proofOf(secret, nonce, line))
      resolve(E.right({ holder: holderIn(line), isProved }))
    })
  })

/** Of whoever asks now, and of all that the holder says: nobody can use it again, or for other words. */
const proofOf = (secret: string, nonce: string, line: string): string =>
  createHmac('sha256', secret).update(`${nonce}${line}`).digest('hex')

const isSame = (one: string, other: string): boolean => {
  const [some, others] = [Buffer.from(one), Buffer.from(other)]
  return some.length === others.length && timingSafeEqual(some, others)
}

/** What a holder says of itself. Anybody on this machine could be the one who answers, so only what looks right is passed on. */
const holderIn = (text: string): Holder | undefined => {
  const json = parsedJson(text)
  if (typeof json !== 'object' || json === null) return undefined
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
 * Whether a process of our user has an address; nothing where that cannot be told. Whoever may use a state directory is of the user
 * that it belongs to, and what others have we may not see.
 */
export const isOfUser = async (address: string, uid: number): Promise<boolean | undefined> => {
  try {
    if (!address.startsWith('\0')) return (await lstat(address)).uid === uid
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

/** The command that shows root who listens at an address. */
const seenBy = (address: string): string =>
  address.startsWith('\0') ? `ss -xlp | grep ${address.slice(1).replaceAll(FILLING, '')}` : `lsof ${shellWord(address)}`

/** Why nobody else may have what a lock is for. Whoever listens at an address may be anybody, so it is said how to see who that is. */
export const refusal = (what: string, holder: Holder | undefined, address: string): string => {
  if (holder === undefined)
    return `another process uses this ${what}, and does not say which; end it, or wait until it is done; as root, ${seenBy(address)} shows which`
  const who = holder.command === '' ? `pid ${holder.pid}` : `pid ${holder.pid} (${PROGRAM} ${holder.command})`
  const to = holder.socket === undefined ? '' : ` --socket ${shellWord(holder.socket)}`
  return holder.command === 'run'
    ? `${who} uses this ${what}; ask it: ${PROGRAM} status${to}, ${PROGRAM} reconcile${to}, ${PROGRAM} approve DIGEST${to}`
    : `${who} uses this ${what}; wait until it is done, or end it`
}

/** What is said where a stranger has the name of the lock of a key, and is not obeyed. */
export const withoutLock = (address: string): string =>
  `somebody else has the name of the lock of this API key, and does not know the key: this goes on without that lock, and does not see another daemon that has the key and another state directory; as root, ${seenBy(address)} shows who it is`
