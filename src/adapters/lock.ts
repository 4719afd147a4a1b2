// The single writer: whoever listens on the socket of a state directory, and of an API key, is the one who may write.
// The kernel frees an abstract socket with its process, also after kill -9; other systems get a socket file in the folder
// for temporary files. Containers that share a state directory do not see each other's abstract sockets, and any user may take the name of
// one: so there is one more, in the directory, where nobody else comes. The abstract one is for file systems without sockets, and for
// a daemon that began on a full disk. The holder answers every connection with one line of JSON, so that a refusal can name it. For a key
// the name alone keeps others off, so whoever has it must prove to know the key: anybody could keep us from ever starting else, and
// have us send a person anywhere.
import { createHash, randomUUID } from 'node:crypto'
import { closeSync, constants, openSync } from 'node:fs'
import { access, chmod, link, readdir, realpath, rename, rm, unlink, writeFile } from 'node:fs/promises'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Failure } from '../domain/basics/failure.ts'
import { E, type TE } from '../fp.ts'
import {
  type Answer,
  ask,
  FILLING,
  fromFile,
  type Holder,
  isOfUser,
  listening,
  PROGRAM,
  refusal,
  withoutLock,
} from './lock-holder.ts'
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
  /** Told where this goes on without the lock of the key. */
  readonly warn?: (message: string) => void
  /** Where the sockets are; abstract ones exist on Linux only. */
  readonly sockets?: 'abstract' | 'files'
}

/** Takes the lock of a state directory and of an API key, or says who holds it. The directory must exist. */
export const acquireLock =
  ({
    dir,
    keyPrint,
    info,
    warn = () => undefined,
    sockets = process.platform === 'linux' ? 'abstract' : 'files',
  }: Options): TE.TaskEither<Failure, Lock> =>
  async () => {
    const file = join(dir, 'lock')
    let ofDir: Server | undefined
    // Without a server where somebody else has the name, who is not to have it.
    let ofKey: { readonly print: string; readonly server: Server | undefined } | undefined
    let inside: Inside | undefined
    const letGo = async (): Promise<void> => {
      await inside?.letGo()
      for (const server of [ofDir, ofKey?.server]) if (server !== undefined) await closed(server)
    }
    const follow: Lock['follow'] = (print) => () =>
      guarded(dir, async () => {
        if (print === undefined || (print === ofKey?.print && ofKey.server !== undefined)) return E.right(undefined)
        const address = addressOf(`key ${print}`, sockets)
        const taken = await take({ address, info, secret: print })
        if (E.isLeft(taken)) {
          const { isStranger, holder } = await seenAt(address, taken.left)
          if (!isStranger) return refused('API key', holder, address)
          if (print !== ofKey?.print) warn(withoutLock(address))
        }
        const before = ofKey?.server
        ofKey = { print, server: E.isRight(taken) ? taken.right : undefined }
        if (before !== undefined) await closed(before)
        return E.right(undefined)
      })
    const all = await guarded(dir, async (): Promise<E.Either<Failure, Lock>> => {
      const shared = sockets === 'abstract' ? await takeInside(dir, info) : E.right(undefined)
      if (E.isLeft(shared)) return refused(`state directory ${dir}`, shared.left.holder, join(dir, 'lock.sock'))
      inside = shared.right
      const address = addressOf(await realpath(dir), sockets)
      const taken = await take({ address, info })
      if (E.isRight(taken)) ofDir = taken.right
      else {
        const { isStranger, holder } = await seenAt(address, taken.left)
        if (inside?.isTaken !== true || !isStranger)
          return refused(`state directory ${dir}`, holder ?? (await fromFile(file)), address)
      }
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

const guarded = async <A>(dir: string, work: () => Promise<E.Either<Failure, A>>): Promise<E.Either<Failure, A>> => {
  try {
    return await work()
  } catch (thrown) {
    return E.left({ _tag: 'StateUnusable', path: dir, message: `the lock cannot be taken: ${stateFault(thrown)}` })
  }
}

const refused = (what: string, holder: Holder | undefined, address: string): E.Either<Failure, never> =>
  E.left({ _tag: 'Locked', pid: holder?.pid, message: refusal(what, holder, address) })

// As long as an address can be, with its first NUL. A shorter name is bound as it is by some versions of Node and filled up with NULs by
// others, and to the kernel those are two names: each would hold a lock of its own.
const ABSTRACT_LENGTH = 108

// Any user of the machine can list the names of abstract sockets, so they are hashes.
const addressOf = (name: string, sockets: 'abstract' | 'files'): string => {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 24)
  return sockets === 'abstract' ? `\0${PROGRAM}/${hash}`.padEnd(ABSTRACT_LENGTH, FILLING) : join(tmpdir(), `${PROGRAM}-${hash}`)
}

/** Who has an address that we want: a stranger is of another user and has no proof. Whose word it is must be certain before any of it is told. */
const seenAt = async (address: string, { holder, isProved }: Answer) => {
  const isKnown = isProved || (await isOfUser(address, ourselves()))
  return { isStranger: isKnown === false, holder: isKnown === true ? holder : undefined }
}

const NOBODY: Answer = { holder: undefined, isProved: false }

const take = async (lock: Parameters<typeof listening>[0]): Promise<E.Either<Answer, Server>> => {
  // A holder that ends between our two questions is a free lock.
  for (let attempt = 1; ; attempt += 1) {
    const server = await listening(lock)
    if (server !== undefined) return E.right(server)
    const answer = await ask(lock.address, lock.secret)
    if (E.isRight(answer) || attempt === 5) return E.left(answer._tag === 'Right' ? answer.right : NOBODY)
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
const takeInside = async (dir: string, info: Holder): Promise<E.Either<Answer, Inside>> => {
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
const linked = async (own: string, name: string): Promise<E.Either<Answer, void>> => {
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
    const answer = await ask(name)
    if (E.isRight(answer) || attempt === 5) return E.left(answer._tag === 'Right' ? answer.right : NOBODY)
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

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()))
