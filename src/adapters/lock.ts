// The single writer: whoever listens on the socket of a state directory, and of an API key, is the one who may write.
// The kernel frees an abstract socket with its process, also after kill -9; other systems get a socket file in the folder
// for temporary files. The holder answers every connection with one line of JSON, so that a refusal can name it.
import { createHash } from 'node:crypto'
import { readFile, realpath, unlink, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Failure } from '../domain/failure.ts'
import { E, type TE } from '../fp.ts'

/** Who holds a lock, as told to whoever is refused. */
export type Holder = { readonly pid: number; readonly command: string; readonly socket?: string }
/** A held lock. */
export type Lock = {
  readonly release: () => Promise<void>
  /** Takes another key in place of the one before, or says who holds it; `undefined` needs none. */
  readonly follow: (keyPrint: string | undefined) => TE.TaskEither<Failure, void>
}
type Options = {
  readonly dir: string
  /** A hash that stands for the API key; `undefined` where there is no key. */
  readonly keyPrint: string | undefined
  readonly info: Holder
  /** Where the sockets are; abstract ones exist on Linux only. */
  readonly sockets?: 'abstract' | 'files'
}

/** Takes the lock of a state directory and of an API key, or says who holds it. The directory must exist. */
export const acquireLock =
  ({
    dir,
    keyPrint,
    info,
    sockets = process.platform === 'linux' ? 'abstract' : 'files',
  }: Options): TE.TaskEither<Failure, Lock> =>
  async () => {
    const file = join(dir, 'lock')
    let ofDir: Server | undefined
    let ofKey: { readonly print: string; readonly server: Server } | undefined
    const letGo = async (): Promise<void> => {
      for (const server of [ofDir, ofKey?.server]) if (server !== undefined) await closed(server)
    }
    const guarded = async <A>(work: () => Promise<E.Either<Failure, A>>): Promise<E.Either<Failure, A>> => {
      try {
        return await work()
      } catch (thrown) {
        const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error'
        const message = `the lock cannot be taken (${code}); check owner and mode of the directory`
        return E.left({ _tag: 'StateUnusable', path: dir, message })
      }
    }
    const refused = (what: string, holder: Holder | undefined): E.Either<Failure, never> =>
      E.left({ _tag: 'Locked', pid: holder?.pid, message: refusal(what, holder) })
    const follow: Lock['follow'] = (print) => () =>
      guarded(async () => {
        if (print === undefined || print === ofKey?.print) return E.right(undefined)
        const taken = await take({ address: addressOf(`key ${print}`, sockets), info })
        if (E.isLeft(taken)) return refused('API key', taken.left)
        const before = ofKey?.server
        ofKey = { print, server: taken.right }
        if (before !== undefined) await closed(before)
        return E.right(undefined)
      })
    const all = await guarded(async (): Promise<E.Either<Failure, Lock>> => {
      const taken = await take({ address: addressOf(await realpath(dir), sockets), info })
      if (E.isLeft(taken)) return refused(`state directory ${dir}`, taken.left ?? (await fromFile(file)))
      ofDir = taken.right
      const followed = await follow(keyPrint)()
      if (E.isLeft(followed)) return followed
      await writeFile(file, `${info.pid}\n`, { mode: 0o600 })
      return E.right({
        follow,
        release: async () => {
          await unlink(file).catch(() => undefined)
          await letGo()
        },
      })
    })
    if (E.isLeft(all)) await letGo()
    return all
  }

const PROGRAM = 'smtp2go-reconciler'
const ANSWER_MS = 1000
const LONGEST_ANSWER = 4096

// Any user of the machine can list the names of abstract sockets, so they are hashes.
const addressOf = (name: string, sockets: 'abstract' | 'files'): string => {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 24)
  return sockets === 'abstract' ? `\0${PROGRAM}/${hash}` : join(tmpdir(), `${PROGRAM}-${hash}`)
}

const take = async (lock: { readonly address: string; readonly info: Holder }): Promise<E.Either<Holder | undefined, Server>> => {
  // A holder that ends between our two questions is a free lock.
  for (let attempt = 1; ; attempt += 1) {
    const server = await listening(lock)
    if (server !== undefined) return E.right(server)
    const holder = await ask(lock.address)
    if (E.isRight(holder) || attempt === 5) return E.left(holder._tag === 'Right' ? holder.right : undefined)
    // Nobody answers at a socket file: it was left behind.
    if (!lock.address.startsWith('\0')) await unlink(lock.address).catch(() => undefined)
  }
}

const listening = ({ address, info }: { readonly address: string; readonly info: Holder }): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer((asker) => {
      asker.on('error', () => asker.destroy())
      asker.unref().end(`${JSON.stringify(info)}\n`, () => asker.destroy())
    })
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    // The lock alone keeps no process alive.
    server.listen(address, () => resolve(server.unref()))
  })

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()))

/** Right: somebody holds it, named or not. Left: nobody is there any more. */
const ask = (address: string): Promise<E.Either<'gone', Holder | undefined>> =>
  new Promise((resolve) => {
    let text = ''
    const asking = connect(address)
    // A holder deep in work may take longer than we wait; it holds the lock all the same.
    const limit = setTimeout(() => asking.destroy(), ANSWER_MS)
    asking.setEncoding('utf8')
    asking.on('data', (piece) => {
      text += String(piece)
      if (text.length > LONGEST_ANSWER) asking.destroy()
    })
    asking.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(E.left('gone'))
    })
    asking.on('close', () => {
      clearTimeout(limit)
      resolve(E.right(holderIn(text)))
    })
  })

// Anybody on this machine could be the one who answers, so only what looks right is passed on.
const holderIn = (text: string): Holder | undefined => {
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
  return { pid, command, ...(/^[\w./@+:-]{1,200}$/.test(socket) ? { socket } : {}) }
}

const fromFile = async (file: string): Promise<Holder | undefined> => {
  const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10)
  return Number.isNaN(pid) ? undefined : { pid, command: '' }
}

const refusal = (what: string, holder: Holder | undefined): string => {
  if (holder === undefined) return `another process uses this ${what}, and does not say which; end it, or wait until it is done`
  const who = holder.command === '' ? `pid ${holder.pid}` : `pid ${holder.pid} (${PROGRAM} ${holder.command})`
  const to = holder.socket === undefined ? '' : ` --socket ${holder.socket}`
  return holder.command === 'run'
    ? `${who} uses this ${what}; ask it: ${PROGRAM} status${to}, ${PROGRAM} reconcile${to}, ${PROGRAM} approve DIGEST${to}`
    : `${who} uses this ${what}; wait until it is done, or end it`
}
