// The single writer: whoever listens on the socket of a state directory, and of an API key, is the one who may write.
// The kernel frees an abstract socket with its process, also after kill -9; other systems get a socket file in the folder
// for temporary files. Containers that share a state directory do not see each other's abstract sockets, and any user may take the name of
// one: so there is one more, in the directory, where nobody else comes. The abstract one is for file systems without sockets, and for
// a daemon that began on a full disk. The holder answers every connection with one line of JSON, so that a refusal can name it.
import { createHash, randomUUID } from 'node:crypto'
import { closeSync, constants, openSync } from 'node:fs'
import { access, chmod, link, readdir, realpath, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Failure } from '../domain/failure.ts'
import { E, type TE } from '../fp.ts'
import { FILLING, fromFile, type Holder, holderIn, isOfUser, PROGRAM, refusal } from './lock-holder.ts'
import { codeOf, stateFault } from './system.ts'

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
    let inside: Inside | undefined
    const letGo = async (): Promise<void> => {
      await inside?.letGo()
      for (const server of [ofDir, ofKey?.server]) if (server !== undefined) await closed(server)
    }
    const guarded = async <A>(work: () => Promise<E.Either<Failure, A>>): Promise<E.Either<Failure, A>> => {
      try {
        return await work()
      } catch (thrown) {
        return E.left({ _tag: 'StateUnusable', path: dir, message: `the lock cannot be taken: ${stateFault(thrown)}` })
      }
    }
    const refused = (what: string, holder: Holder | undefined, address: string): E.Either<Failure, never> =>
      E.left({ _tag: 'Locked', pid: holder?.pid, message: refusal(what, holder, address) })
    const follow: Lock['follow'] = (print) => () =>
      guarded(async () => {
        if (print === undefined || print === ofKey?.print) return E.right(undefined)
        const address = addressOf(`key ${print}`, sockets)
        const taken = await take({ address, info })
        if (E.isLeft(taken)) return refused('API key', taken.left, address)
        const before = ofKey?.server
        ofKey = { print, server: taken.right }
        if (before !== undefined) await closed(before)
        return E.right(undefined)
      })
    const all = await guarded(async (): Promise<E.Either<Failure, Lock>> => {
      const shared = sockets === 'abstract' ? await takeInside(dir, info) : E.right(undefined)
      if (E.isLeft(shared)) return refused(`state directory ${dir}`, shared.left, join(dir, 'lock.sock'))
      inside = shared.right
      const address = addressOf(await realpath(dir), sockets)
      const taken = await take({ address, info })
      if (E.isRight(taken)) ofDir = taken.right
      else if (inside?.isTaken !== true || (await isOfUser(address, ourselves())) !== false)
        return refused(`state directory ${dir}`, taken.left ?? (await fromFile(file)), address)
      const followed = await follow(keyPrint)()
      if (E.isLeft(followed)) return followed
      await writeFile(file, `${info.pid}\n`, { mode: 0o600 }).catch((thrown) => {
        if (!isBorne(thrown, info)) throw thrown
      })
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

const [ANSWER_MS, LONGEST_ANSWER] = [3000, 4096]

// As long as an address can be, with its first NUL. A shorter name is bound as it is by some versions of Node and filled up with NULs by
// others, and to the kernel those are two names: each would hold a lock of its own.
const ABSTRACT_LENGTH = 108

// Any user of the machine can list the names of abstract sockets, so they are hashes.
const addressOf = (name: string, sockets: 'abstract' | 'files'): string => {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 24)
  return sockets === 'abstract' ? `\0${PROGRAM}/${hash}`.padEnd(ABSTRACT_LENGTH, FILLING) : join(tmpdir(), `${PROGRAM}-${hash}`)
}

const take = async (lock: { readonly address: string; readonly info: Holder }): Promise<E.Either<Holder | undefined, Server>> => {
  // A holder that ends between our two questions is a free lock.
  for (let attempt = 1; ; attempt += 1) {
    const server = await listening(lock)
    if (server !== undefined) return E.right(server)
    const holder = await ask(lock.address)
    if (E.isRight(holder) || attempt === 5) return E.left(holder._tag === 'Right' ? holder.right : undefined)
    // Nobody answers at a socket file: it was left behind.
    if (!lock.address.startsWith('\0')) await rm(lock.address, { force: true })
  }
}

/** The lock in the directory: whether its file system knows any, and what frees it. */
type Inside = { readonly isTaken: boolean; readonly letGo: () => Promise<void> }

const ourselves = (): number => process.geteuid?.() ?? -1

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])
/** A daemon looks on where nothing can be written down (S9). Its lock is the first socket; the rest is for those who are refused. */
const isBorne = (thrown: unknown, { command }: Holder): boolean => command === 'run' && FULL.has(codeOf(thrown))

const PROVISIONAL = /^lock\.[0-9a-f-]{36}(?:-old)?$/
// No sockets here, no hard links, no /proc, or another owner.
const NO_SOCKETS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'ENOENT', 'EACCES'])

/** Takes the lock that is in the directory itself; where the file system knows no sockets, nothing is taken. */
const takeInside = async (dir: string, info: Holder): Promise<E.Either<Holder | undefined, Inside>> => {
  const folder = openSync(dir, 'r')
  // An address has fewer than 108 characters, whatever the path of the directory.
  const at = (name: string): string => `/proc/self/fd/${folder}/${name}`
  const name = at('lock.sock')
  const own = at(`lock.${randomUUID()}`)
  let server: Server | undefined
  let isNamed = false
  const letGo = async (): Promise<void> => {
    if (isNamed) await rm(name, { force: true })
    if (server !== undefined) await closed(server)
    closeSync(folder)
  }
  try {
    server = await listening({ address: own, info })
    await chmod(own, 0o600)
    const holder = await linked(own, name)
    if (E.isLeft(holder)) {
      await letGo()
      return holder
    }
    isNamed = true
    await unlink(own)
    // What somebody who was killed on the way here has left.
    for (const other of (await readdir(dir)).filter((one) => PROVISIONAL.test(one)))
      if (E.isLeft(await ask(at(other)))) await rm(at(other), { force: true })
  } catch (thrown) {
    if (!NO_SOCKETS.has(codeOf(thrown)) && !isBorne(thrown, info)) {
      await letGo()
      throw thrown
    }
  }
  return E.right({ isTaken: isNamed, letGo })
}

/** Gives a socket its name when it listens already, so that a name that nobody listens at was left behind; or says who has it. */
const linked = async (own: string, name: string): Promise<E.Either<Holder | undefined, void>> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await link(own, name)
      return E.right(undefined)
    } catch (thrown) {
      if (codeOf(thrown) !== 'EEXIST') throw thrown
    }
    // Of another owner, as all the directory will be: the file of the lock says so, too.
    await access(name, constants.W_OK).catch((thrown) => {
      if (codeOf(thrown) === 'EACCES') throw thrown
    })
    const holder = await ask(name)
    if (E.isRight(holder) || attempt === 5) return E.left(holder._tag === 'Right' ? holder.right : undefined)
    // Left behind. Somebody else who saw that may have put their own in its place since: then that one goes back.
    const aside = `${own}-old`
    try {
      await rename(name, aside)
      if (E.isRight(await ask(aside))) await link(aside, name)
    } catch (thrown) {
      if (!['ENOENT', 'EEXIST'].includes(codeOf(thrown))) throw thrown
    }
    await rm(aside, { force: true })
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
