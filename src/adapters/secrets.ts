// Secrets from where people keep them: environment, file, systemd credential, or a file made here on first use. A file must
// be private, and everything on the way to it root's or ours. What is wrong is said in words, never with the value.
import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, unlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Failure } from '../domain/basics/failure.ts'
import { generated } from '../domain/user/password.ts'
import { Secret } from '../domain/user/secret.ts'
import { E, TE } from '../fp.ts'
import type { FetchedSecret, SecretRef, Secrets } from '../ports.ts'
import { type Absent, isOurs, isSpoken, NAMED_HERE, octal, walk } from './secret-way.ts'
import { codeOf, inodeOf, noRoom, renameToFree, syncDirectory } from './system.ts'

type Options = {
  /** Folder of the config: relative file references start there. */
  readonly baseDir: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where systemd put this unit's credentials. */
  readonly credentialsDir: string | undefined
  readonly random: () => number
  /** Told of each secret where it is found, so that nothing that others say of it gets out. */
  readonly confide: (place: string, secrets: ReadonlyArray<Secret>) => void
}

/** The secrets of this machine. A secret that is made here stays the same within one store until it is saved. */
export const secretStore = ({ baseDir, env, credentialsDir, random, confide }: Options): Secrets => {
  const made = new Map<string, Secret>()
  const saves = new WeakMap<Secret, Promise<void>>()

  const fromEnv = (name: string): FetchedSecret => {
    const text = Object.hasOwn(env, name) ? env[name] : undefined
    if (text === undefined) return missing(`the environment variable ${isSpoken(name) ? name : NAMED_HERE} is not set`)
    if (text === '') return missing(`the environment variable ${name} is empty`)
    return checked(text, `the environment variable ${name}`)
  }
  const fromCredential = async (name: string): Promise<FetchedSecret> => {
    if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
      return missing('this is no name of a credential; it must be a plain name without slashes')
    }
    const [said, line] = isSpoken(name) ? [name, `LoadCredential=${name}:…`] : [NAMED_HERE, 'a line LoadCredential=… for it']
    if (credentialsDir === undefined || credentialsDir === '')
      return missing(`the credential ${said} is not here; in a shell, ask as the service (see README); in a unit, add ${line}`)
    const found = await readPrivate(resolve(credentialsDir, name), OTHERS_READ | GROUP_OR_OTHERS_WRITE)
    return found._tag === 'Absent' ? missing(`the credential ${said} is not there; add ${line} to the unit`) : found
  }
  const fromFile = async (path: string): Promise<FetchedSecret> => {
    const file = resolve(baseDir, path)
    const found = await readPrivate(file, GROUP_OR_OTHERS)
    return found._tag === 'Absent' ? missing(`${isSpoken(path) ? file : `the file ${NAMED_HERE}`} does not exist`) : found
  }
  const madeOnce = async (path: string): Promise<FetchedSecret> => {
    const file = resolve(baseDir, path)
    const found = await readPrivate(file, GROUP_OR_OTHERS)
    if (found._tag === 'Found') await tidied(file)
    if (found._tag !== 'Absent') return found
    if (found.what === 'directory') {
      const [at, whole] = isSpoken(path) ? [found.at, file] : [`of the file ${NAMED_HERE}`, 'that']
      return missing(`the directory ${at} does not exist; make it, then ${whole} is generated in it`)
    }
    const secret = made.get(file) ?? new Secret(generated(random), file)
    made.set(file, secret)
    return { _tag: 'Found', secret }
  }

  const found = async (ref: SecretRef): Promise<FetchedSecret> => {
    switch (ref._tag) {
      case 'env':
        return fromEnv(ref.name)
      case 'file':
        return fromFile(ref.path)
      case 'credential':
        return fromCredential(ref.name)
      case 'generate':
        return madeOnce(ref.path)
    }
  }

  return {
    fetch: async (ref) => {
      const fetched = await found(ref)
      if (fetched._tag === 'Found') confide(`${ref._tag} ${'path' in ref ? ref.path : ref.name}`, [fetched.secret])
      return fetched
    },
    save: (secret) =>
      TE.tryCatch(
        async () => {
          const path = secret.unsaved
          if (path === undefined) return
          // Two users may share one generated secret, and an edit may be tried twice.
          const saving = saves.get(secret) ?? store(path, secret)
          saves.set(secret, saving)
          await saving.catch((thrown: unknown) => {
            saves.delete(secret)
            throw thrown
          })
          // From here on the file says what it is; where that is gone, there is none, and another one is made.
          if (made.get(path) === secret) made.delete(path)
        },
        (thrown): Failure => unsaved(secret.unsaved ?? '', thrown),
      ),
  }
}

const GROUP_OR_OTHERS = 0o077
const GROUP_READS = 0o040
const OTHERS_READ = 0o007
const GROUP_OR_OTHERS_WRITE = 0o022
const LARGEST = 64 * 1024

const missing = (why: string): FetchedSecret => ({ _tag: 'Missing', why })

const checked = (text: string, what: string): FetchedSecret => {
  if (/[\r\n]/.test(text)) return missing(`${what} has more than one line; keep only the secret in it`)
  if (text.includes('\0')) return missing(`${what} has a NUL character in it`)
  return { _tag: 'Found', secret: new Secret(text) }
}

const readPrivate = async (path: string, forbidden: number): Promise<FetchedSecret | Absent> => {
  const way = await walk(path)
  if (E.isLeft(way)) return typeof way.left === 'string' ? missing(way.left) : way.left
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
    const handle = await open(way.right, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    try {
      const stats = await handle.stat()
      const fault = faultOf({ path, stats, forbidden })
      if (fault !== undefined) return missing(fault)
      const bytes = Buffer.alloc(LARGEST + 1)
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0)
      if (bytesRead > LARGEST) return missing(`${path} is larger than 64 KiB; keep only the secret in it`)
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, bytesRead)).replace(/\r?\n$/, '')
      return text === '' ? missing(`${path} is empty`) : checked(text, path)
    } finally {
      await handle.close()
    }
  } catch (thrown) {
    const code = codeOf(thrown)
    return missing(
      code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
        ? `${path} is not text in UTF-8`
        : `${path} cannot be read (${code})${code === 'EACCES' ? `; ${TO_READ_IT}` : ''}`,
    )
  }
}

const faultOf = ({ path, stats, forbidden }: { readonly path: string; readonly stats: Stats; readonly forbidden: number }) => {
  if (!stats.isFile()) return `${path} is not a file`
  if (!isOurs(stats)) return `${path} belongs to uid ${stats.uid}; it must belong to root or to the user who runs this`
  const open = stats.mode & forbidden
  if (open === 0) return undefined
  return `${path} can be read or written by others (mode ${octal(stats.mode)}); chmod 0600 it${open === GROUP_READS ? OR_CREDENTIAL : ''}`
}

// What a container is given belongs to root and to a group, and its mode is not for whoever runs there to change.
const OR_CREDENTIAL =
  ', or where that cannot be done give it as a credential, a file in the folder that CREDENTIALS_DIRECTORY names, which may be 0440'
const TO_READ_IT =
  'it must belong to the user who runs this, which for a service is another one, or be a credential that this user may read (LoadCredential= of its unit)'

const besideOf = (path: string): string => `${path}.new`

// Written beside and then named: the name appears with the whole secret in it or not at all, and never replaces a file. What a
// killed run left beside is made anew; that it was ours that got the name is seen by its inode, whoever else writes there.
const store = async (path: string, secret: Secret): Promise<void> => {
  const beside = besideOf(path)
  const handle = await created(beside)
  try {
    await handle.writeFile(`${secret.reveal()}\n`)
    await handle.sync()
    await renameToFree(beside, path)
    const [ours, named] = [await handle.stat({ bigint: true }), await lstat(path, { bigint: true })]
    if (ours.ino !== named.ino || ours.dev !== named.dev) throw Object.assign(new Error('not ours'), { code: 'EEXIST' })
  } finally {
    await handle.close()
    await unlink(beside).catch(orAbsent)
  }
  await syncDirectory(dirname(path))
}

const created = async (path: string): Promise<FileHandle> => {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
  const make = (): Promise<FileHandle> => open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  return make().catch(async (thrown: unknown) => {
    if (codeOf(thrown) !== 'EEXIST') throw thrown
    await unlink(path).catch(orAbsent)
    return make()
  })
}

/** Removes the second name of a secret that a kill between link and unlink left behind; where it stays, it does no harm. */
const tidied = async (path: string): Promise<void> => {
  const beside = besideOf(path)
  const tidy = async (): Promise<void> => {
    const left = await inodeOf(beside)
    if (left !== undefined && left === (await inodeOf(path))) await unlink(beside)
  }
  await tidy().catch(() => undefined)
}

const orAbsent = (thrown: unknown): void => {
  if (codeOf(thrown) !== 'ENOENT') throw thrown
}

const unsaved = (path: string, thrown: unknown): Failure => {
  const code = codeOf(thrown)
  const message =
    code === 'EEXIST'
      ? 'the file of a generated secret has appeared meanwhile; it is not overwritten, and the next run uses it'
      : `the generated secret cannot be stored (${code}); ${noRoom(thrown) ?? ELSEWHERE}`
  return { _tag: 'StateUnusable', path, message }
}

const ELSEWHERE =
  'check space, owner and mode of its directory, or name another one that the daemon may write: as a service, /var/lib/smtp2go-reconciler'
