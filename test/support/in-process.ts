// The real program in one process: the config as text, the real client over HTTP, ledger and journal as files, a clock that can be moved.
// Waiting takes a fiftieth of the time, so that hundreds of runs take seconds.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { checkSchedule, shortestGapMs } from '../../src/adapters/cron.ts'
import { crypto } from '../../src/adapters/crypto.ts'
import { journalFile } from '../../src/adapters/journal-file.ts'
import { ledgerFile } from '../../src/adapters/ledger-file.ts'
import { secretStore } from '../../src/adapters/secrets.ts'
import { connector } from '../../src/adapters/smtp2go/connect.ts'
import { confidence } from '../../src/adapters/smtp2go/tell.ts'
import type { Way } from '../../src/adapters/smtp2go/way.ts'
import { openStateDir } from '../../src/adapters/state-dir.ts'
import { parseText } from '../../src/config/parsed.ts'
import { emptyShelf } from '../../src/config/shelf.ts'
import type { Report } from '../../src/domain/plan/plan.ts'
import type { RunEvent } from '../../src/domain/run/event.ts'
import { E, TE } from '../../src/fp.ts'
import { loadDesired } from '../../src/reconcile/desired.ts'
import { reconcile } from '../../src/reconcile/reconcile.ts'
import { witnessMemory } from '../../src/reconcile/testify.ts'
import { newKeyUnlikeHashes } from './fresh.ts'
import { listen } from './told.ts'
import { turning } from './turning.ts'

const FASTER = 50

/** A key that every stand-in takes. */
export const KEY = newKeyUnlikeHashes()

type RunOptions = { readonly person?: boolean; readonly agrees?: boolean; readonly signal?: AbortSignal }

export type Program = {
  /** One run with this config; a person stands behind it, and agrees, unless told. */
  readonly run: (config: string, options?: RunOptions) => Promise<Report>
  /** Moves the clock on, and restarts. */
  readonly later: (ms: number) => void
  /** What was noticed of odd answers. */
  readonly notices: ReadonlyArray<string>
  readonly events: ReadonlyArray<RunEvent>
  readonly dir: string
}

type Options = {
  readonly url: string
  readonly env?: Readonly<Record<string, string>>
  /** How requests reach the service; over HTTP unless given. */
  readonly way?: Way
  /** Called wherever others have their turn. */
  readonly turn?: () => void
}

/** Opens a program with an empty memory, and takes it away whatever happens. */
export const withProgram = async (
  { url, env = {}, way, turn }: Options,
  body: (program: Program) => Promise<void>,
): Promise<void> => {
  const dir = await mkdtemp(join(tmpdir(), 'program-'))
  const opened = await openStateDir(dir)()
  if (E.isLeft(opened)) throw new Error('the state directory cannot be used')
  let ahead = 0
  const clock = {
    now: () => new Date(Date.now() + ahead),
    elapsed: () => performance.now() + ahead,
    sleep: async (ms: number) => {
      ahead += ms
      await wait(way === undefined ? ms / FASTER : 0)
    },
    ...turning(async () => turn?.()),
  }
  const tools = crypto()
  const known = confidence()
  const secrets = secretStore({
    baseDir: dir,
    env: { ...env, TEST_KEY: KEY },
    credentialsDir: undefined,
    random: tools.random,
    confide: known.keep,
  })
  const journal = journalFile({ dir })
  const notices: Array<string> = []
  const events: Array<RunEvent> = []
  const told = listen()
  const fresh = () =>
    connector({
      clock,
      confidence: known,
      sandbox: () => TE.right(url),
      notice: (message) => void notices.push(message),
      ...(way === undefined ? {} : { way }),
    })
  let connected = fresh()
  const ports = {
    connect: (api: Parameters<typeof connected.accounts>[0]) => connected.accounts(api),
    ledgers: ledgerFile({ dir, newKey: tools.newKey, clock }),
    secrets,
    journal,
    told: witnessMemory(),
    clock,
    crypto: tools,
    tell: (event: RunEvent) => {
      events.push(event)
      told.tell(event)
    },
  }
  const run: Program['run'] = async (text, { person = true, agrees = true, signal = new AbortController().signal } = {}) => {
    const configText = {
      read: () => TE.right({ name: 'config.yaml', text }),
      find: () => TE.right([]),
      placeOf: (path: string) => path,
    }
    const loaded = await loadDesired(
      {
        configText,
        secrets,
        shelf: emptyShelf(async (text) => parseText(text)),
        schedules: { check: checkSchedule, shortestGapMs },
        clock,
      },
      { secrets: 'resolve' },
    )()
    if (E.isLeft(loaded)) throw new Error(`the config of the test is bad: ${JSON.stringify(loaded.left)}`)
    const report = await reconcile(
      ports,
      { desired: loaded.right.desired, digest: `sha256:${tools.sha256(text)}` },
      {
        user: undefined,
        scopes: undefined,
        digest: undefined,
        person,
        frozen: undefined,
        approveWith: (digest) => `approve ${digest}`,
        by: 'schedule',
        agree: () => TE.right(agrees),
        signal,
      },
    )()
    if (E.isLeft(report)) throw new Error(`the run failed: ${JSON.stringify(report.left)}`)
    return report.right
  }
  // Pauses of the connection itself follow the real clock, so time passes with a new one, as after a restart.
  const later = (ms: number): void => {
    ahead += ms
    connected = fresh()
  }
  try {
    await body({ run, later, notices, events, dir })
  } finally {
    await journal.close()
    await told.close(dir, { ...env, TEST_KEY: KEY })
    await rm(dir, { recursive: true, force: true })
  }
}

/** What a run made, held and could not do, as lines: `account one@a.example update verified`. */
export const linesOf = (report: Report): ReadonlyArray<string> =>
  report.plan.scopes.flatMap((scope) =>
    scope._tag === 'Errored'
      ? [`${scope.scope} ${scope.error.kind}`]
      : [
          ...(report.ended.get(scope.scope) ?? []).map(
            ({ username, change, outcome }) => `${scope.scope} ${username} ${change} ${outcome}`,
          ),
          ...scope.held.map(({ username, change, reason }) => `${scope.scope} ${username} ${change} held ${reason}`),
        ],
  )
