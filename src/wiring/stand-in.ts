// Wiring of the stand-in of the service: embedded, served by itself, or joined by a colleague.
import { readFile } from 'node:fs/promises'
import { runningSandbox } from '../adapters/sandbox-host.ts'
import { connector } from '../adapters/smtp2go/connect.ts'
import { confidence } from '../adapters/smtp2go/tell.ts'
import { codeOf } from '../adapters/system.ts'
import type { SandboxOptions } from '../cli/sandbox.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { E, pipe, TE } from '../fp.ts'
import type { Accounts } from '../ports.ts'
import { clock } from './world.ts'

// Loaded only where it runs: who talks to the real service has no use for it.
const loaded = async () => {
  const [{ demoSeed }, { readSeed }, { startSandbox }] = await Promise.all([
    import('../sandbox/demo.ts'),
    import('../sandbox/seed.ts'),
    import('../sandbox/server.ts'),
  ])
  return { demoSeed, readSeed, startSandbox }
}

/** Starts the embedded stand-in with the users of the example. */
export const startEmbedded = async (stateFile: string) => {
  const { demoSeed, startSandbox } = await loaded()
  return startSandbox({ stateFile, seed: demoSeed, isEmbedded: true })
}

/** Starts the stand-in as the command line says; what is wrong in words, and whether with its seed. */
export const startStandIn = async ({ port, state, seed }: SandboxOptions) => {
  const { demoSeed, readSeed, startSandbox } = await loaded()
  const notes: Array<string> = []
  const read = (text: string, name: string) => readSeed(text, name, (what) => notes.push(what))
  const given = seed === undefined ? E.right(demoSeed) : await seedIn(seed, read)
  if (E.isLeft(given)) return { fault: given.left, of: 'seed' } as const
  try {
    const { url, close } = await startSandbox({
      seed: given.right,
      ...(port === undefined ? {} : { port }),
      ...(state === undefined ? {} : { stateFile: state }),
    })
    return { url, notes, close: () => close().then(() => undefined, faultOf) }
  } catch (thrown) {
    return { fault: faultOf(thrown), of: 'stand-in' } as const
  }
}

const seedIn = <A>(file: string, read: (text: string, name: string) => A): Promise<E.Either<string, A>> =>
  TE.tryCatch(
    async () => read(await readFile(file, 'utf8'), file),
    (thrown) => (thrown instanceof Error && 'code' in thrown ? `${file}: cannot be read (${codeOf(thrown)})` : faultOf(thrown)),
  )()

// The stand-in throws words that are meant for people.
const faultOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : 'the sandbox cannot go on')

/** Both sides of the stand-in that runs on a state directory; nothing where none runs. */
export const accountsOfRunning = (stateDir: string): TE.TaskEither<Failure, Accounts | undefined> => {
  const api = {
    endpoint: { _tag: 'Sandbox' },
    key: undefined,
    pace: undefined,
    concurrency: 1,
    timeoutMs: 5000,
    maxAnswerBytes: 1_000_000,
  } as const
  return pipe(
    TE.fromTask<string | undefined, Failure>(() => runningSandbox(stateDir)),
    TE.chain((url) =>
      url === undefined
        ? TE.right(undefined)
        : pipe(
            connector({ clock, confidence: confidence(), sandbox: () => TE.right(url), notice: () => undefined }).accounts(api),
            TE.map((connection) => connection.accounts),
          ),
    ),
  )
}
