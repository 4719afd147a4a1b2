// Wiring of the stand-in of the service: embedded, served by itself, or joined by a colleague.
import { readFile } from 'node:fs/promises'
import { sandboxHost } from '../adapters/sandbox-host.ts'
import { connector } from '../adapters/smtp2go/connect.ts'
import type { SandboxOptions } from '../cli/sandbox.ts'
import type { Failure } from '../domain/failure.ts'
import { pipe, TE } from '../fp.ts'
import type { Accounts } from '../ports.ts'
import { demoSeed } from '../sandbox/demo.ts'
import { readSeed } from '../sandbox/seed.ts'
import { startSandbox } from '../sandbox/server.ts'
import { clock } from './world.ts'

/** Starts the embedded stand-in with the users of the example. */
export const startEmbedded = (stateFile: string) => startSandbox({ stateFile, seed: demoSeed })

/** Starts the stand-in as the command line says; what is wrong in words. */
export const startStandIn = async ({ port, state, seed }: SandboxOptions) => {
  try {
    const given = seed === undefined ? demoSeed : readSeed(await readFile(seed, 'utf8'), seed)
    return await startSandbox({
      seed: given,
      ...(port === undefined ? {} : { port }),
      ...(state === undefined ? {} : { stateFile: state }),
    })
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined
    return code !== undefined
      ? `${seed ?? state}: cannot be read (${code})`
      : thrown instanceof Error
        ? thrown.message
        : 'the sandbox cannot start'
  }
}

/** Both sides of the stand-in that runs on a state directory; nothing where none runs. */
export const accountsOfRunning = (stateDir: string): TE.TaskEither<Failure, Accounts | undefined> => {
  const host = sandboxHost({ stateDir, start: startEmbedded })
  const api = {
    endpoint: { _tag: 'Sandbox' },
    key: undefined,
    pace: undefined,
    concurrency: 1,
    timeoutMs: 5000,
    maxAnswerBytes: 1_000_000,
  } as const
  return pipe(
    TE.fromTask<string | undefined, Failure>(host.running),
    TE.chain((url) =>
      url === undefined
        ? TE.right(undefined)
        : pipe(
            connector({ clock, sandbox: host.url, notice: () => undefined }).accounts(api),
            TE.map((connection) => connection.accounts),
          ),
    ),
  )
}
