// The embedded stand-in of the service: joined where it runs already, started otherwise, its users kept in the state directory.
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Failure } from '../domain/failure.ts'
import { E, type TE } from '../fp.ts'
import { makeFolder } from './system.ts'

type Running = { readonly url: string; readonly close: () => Promise<void> }

type Options = {
  readonly stateDir: string
  readonly start: (stateFile: string) => Promise<Running>
}

export type SandboxHost = {
  /** The address of the stand-in, started or joined on the first call. */
  readonly url: () => TE.TaskEither<Failure, string>
  /** The address of a running one, for a command that must not start its own. */
  readonly running: () => Promise<string | undefined>
  readonly close: () => Promise<void>
}

const ANSWER_WITHIN_MS = 1000

/** The embedded stand-in of one state directory. */
export const sandboxHost = ({ stateDir, start }: Options): SandboxHost => {
  const noteFile = join(stateDir, 'sandbox.json')
  let own: Running | undefined
  let starting: Promise<E.Either<Failure, string>> | undefined

  const running = async (): Promise<string | undefined> => {
    const url = await noted(noteFile)
    return url !== undefined && (await answers(url)) ? url : undefined
  }

  const begin = async (): Promise<E.Either<Failure, string>> => {
    const joined = await running()
    if (joined !== undefined) return E.right(joined)
    try {
      await makeFolder(stateDir)
      own = await start(join(stateDir, 'sandbox-users.json'))
      await writeFile(`${noteFile}.new`, JSON.stringify({ url: own.url }), { mode: 0o600 })
      await rename(`${noteFile}.new`, noteFile)
      return E.right(own.url)
    } catch {
      return E.left({
        _tag: 'StateUnusable',
        path: stateDir,
        message: 'the embedded sandbox cannot keep its users here: check owner and mode, or give another --state-dir',
      })
    }
  }

  return {
    url: () => () => {
      starting ??= begin()
      return starting
    },
    running,
    close: async () => {
      if (own === undefined) return
      await own.close()
      await rm(noteFile, { force: true })
    },
  }
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
