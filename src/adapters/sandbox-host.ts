// The embedded stand-in of the service: joined where it runs already, started otherwise, its users kept in the state directory. Who serves it
// has a lock of its own, so that its users are in the hands of one process, and who joined goes on with them when that one ends.
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Failure } from '../domain/basics/failure.ts'
import { E, pipe, TE } from '../fp.ts'
import { acquireLock, type Lock } from './lock.ts'
import { makeFolder } from './system.ts'

type Running = { readonly url: string; readonly close: () => Promise<void> }

type Options = {
  readonly stateDir: string
  /** Who we are to those who wait for us. */
  readonly holder: { readonly pid: number; readonly command: string }
  readonly start: (stateFile: string) => Promise<Running>
}

export type SandboxHost = {
  /** The address of the stand-in that runs now: joined, or started where none does. */
  readonly url: () => TE.TaskEither<Failure, string>
  readonly close: () => Promise<void>
}

const ANSWER_WITHIN_MS = 1000
// Whoever has the lock begins or ends, unless it is too busy to answer.
const [LOOKS, BETWEEN_MS] = [100, 50]

/** The embedded stand-in of one state directory. */
export const sandboxHost = (options: Options): SandboxHost => {
  let own: Running | undefined
  let finding: Promise<E.Either<Failure, string>> | undefined
  const begin = pipe(
    joinedOrServed(options),
    TE.map((found) => {
      own = 'close' in found ? found : undefined
      return found.url
    }),
  )
  return {
    url: () => () => {
      if (own !== undefined) return Promise.resolve(E.right(own.url))
      finding ??= begin().finally(() => {
        finding = undefined
      })
      return finding
    },
    close: async () => {
      await finding
      const ending = own
      own = undefined
      await ending?.close()
    },
  }
}

const joinedOrServed =
  (options: Options): TE.TaskEither<Failure, Pick<Running, 'url'> | Running> =>
  async () => {
    const { stateDir, holder } = options
    const dir = join(stateDir, 'sandbox.lock')
    const made = await usable(stateDir, () => makeFolder(dir))()
    if (E.isLeft(made)) return made
    for (let look = 1; ; look += 1) {
      const url = await runningSandbox(stateDir)
      if (url !== undefined) return E.right({ url })
      const lock = await acquireLock({ dir, keyPrint: undefined, info: holder })()
      if (E.isRight(lock)) return usable(stateDir, () => served(options, lock.right))()
      if (lock.left._tag !== 'Locked' || look === LOOKS) return lock
      await wait(BETWEEN_MS)
    }
  }

const served = async ({ stateDir, start }: Options, { release }: Lock): Promise<Running> => {
  const note = noteIn(stateDir)
  let started: Running | undefined
  const close = async (): Promise<void> => {
    // Before it ends, so that nobody joins what is about to be gone; and under the lock, so that it is nobody else's note.
    try {
      await rm(note, { force: true })
      await started?.close()
    } finally {
      await release()
    }
  }
  try {
    started = await start(join(stateDir, 'sandbox-users.json'))
    await writeFile(`${note}.new`, JSON.stringify({ url: started.url }), { mode: 0o600 })
    await rename(`${note}.new`, note)
    return { url: started.url, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

const usable = <A>(stateDir: string, work: () => Promise<A>): TE.TaskEither<Failure, A> =>
  TE.tryCatch(work, () => ({
    _tag: 'StateUnusable',
    path: stateDir,
    message: 'the embedded sandbox cannot keep its users here: check owner and mode, or give another --state-dir',
  }))

const noteIn = (stateDir: string): string => join(stateDir, 'sandbox.json')

/** The address of the stand-in that runs on a state directory, for who must not start one. */
export const runningSandbox = async (stateDir: string): Promise<string | undefined> => {
  const url = await noted(noteIn(stateDir))
  return url !== undefined && (await answers(url)) ? url : undefined
}

const noted = async (file: string): Promise<string | undefined> => {
  try {
    const note: unknown = JSON.parse(await readFile(file, 'utf8'))
    const url = typeof note === 'object' && note !== null && 'url' in note ? note.url : undefined
    return typeof url === 'string' && /^http:\/\/127\.0\.0\.1:\d+\/v3$/.test(url) ? url : undefined
  } catch {
    return undefined
  }
}

const answers = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(new URL('/_state', url), { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), redirect: 'error' })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}
