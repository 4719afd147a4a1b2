// Others have their turn while much is worked out, and what they do meanwhile counts where it must: a stop above all.
import * as assert from 'uvu/assert'
import { startSandbox } from '../../src/sandbox/server.ts'
import { KEY, type Program, withProgram } from '../support/in-process.ts'
import { spec } from '../support/spec.ts'

const USERS = 1500

const nameOf = (at: number): string => `user-${String(at).padStart(4, '0')}@acme.example`
const names = Array.from({ length: USERS }, (_, at) => nameOf(at))

type Around = {
  readonly config: string
  /** Calls this wherever others have their turn. */
  readonly onTurn: (call: () => void) => void
  readonly writes: () => Promise<number>
}

/** Many live users, of which the config changes one. */
const withMany = async (body: (program: Program, around: Around) => Promise<void>): Promise<void> => {
  const results = names.map((username) => ({ username, description: 'same' }))
  const sandbox = await startSandbox({ seed: { account: { results } } })
  let call = (): void => undefined
  const listed = names.map((username, at) => `  - { username: ${username}, description: ${at === 0 ? 'new' : 'same'} }\n`)
  const head = `version: 1\napi: { endpoint: "${sandbox.url}", key: { env: TEST_KEY }, pace: off }\nreconcile: { schedule: null }\n`
  const writes = async (): Promise<number> => {
    const log: unknown = await (await fetch(new URL('/_log', sandbox.url))).json()
    return (Array.isArray(log) ? log : []).filter(({ path }) => !String(path).endsWith('/view')).length
  }
  const onTurn = (next: () => void): void => {
    call = next
  }
  try {
    await withProgram({ url: sandbox.url, env: { TEST_KEY: KEY }, turn: () => call() }, (program) =>
      body(program, { config: `${head}users:\n${listed.join('')}`, onTurn, writes }),
    )
  } finally {
    await sandbox.close()
  }
}

spec('turns', (test) => {
  test('from the config to the memory others have their turn every hundred users', () =>
    withMany(async ({ run, events }, { config, onTurn, writes }) => {
      let turns = { reading: 0, planning: 0, remembering: 0 }
      onTurn(() => {
        const of = events.some(({ _tag }) => _tag === 'PlanMade')
          ? 'remembering'
          : events.some(({ _tag }) => _tag === 'RunStarted')
            ? 'planning'
            : 'reading'
        turns = { ...turns, [of]: turns[of] + 1 }
      })
      await run(config)
      assert.is(await writes(), 1)
      // Resolving; comparing, which for most users is all of planning; remembering.
      assert.ok(turns.reading >= 15, `${turns.reading} turns while the config is read`)
      assert.ok(turns.planning >= 15, `${turns.planning} turns while the plan is made`)
      assert.ok(turns.remembering >= 15, `${turns.remembering} turns after the plan`)
    }))

  test('S16: a stop that comes while the plan is worked out lets nothing be written', () =>
    withMany(async ({ run, events }, { config, onTurn, writes }) => {
      const stop = new AbortController()
      onTurn(() => {
        if (events.some(({ _tag }) => _tag === 'ScopeSeen')) stop.abort()
      })
      const report = await run(config, { signal: stop.signal })
      assert.equal(
        [...report.ended.values()].flat().map(({ username, outcome }) => `${username} ${outcome}`),
        [`${nameOf(0)} not_attempted`],
      )
      assert.is(await writes(), 0)
    }))
})
