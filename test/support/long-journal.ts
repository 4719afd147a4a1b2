// Journals as long as years, written in one go: chained as the writer chains them, rotated as it rotates, without a sync a line.
import { hash } from 'node:crypto'
import { closeSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { JournalLine } from '../../src/domain/journal/journal.ts'
import type { Scope } from '../../src/domain/wanted/scope.ts'

const MAX_BYTES = 64 * 1024 * 1024
const PIECE = 1024 * 1024

/** Writes the lines as a journal into a folder; gives how many there are. */
export const writeJournal = (dir: string, lines: Iterable<JournalLine>, maxBytes = MAX_BYTES): number => {
  const file = join(dir, 'journal.jsonl')
  let [seq, first, size, prev, text] = [0, 1, 0, '0'.repeat(64), '']
  let open = openSync(file, 'w', 0o600)
  const flush = (): void => {
    size += writeSync(open, text)
    text = ''
  }
  for (const line of lines) {
    if (size + text.length >= maxBytes) {
      flush()
      closeSync(open)
      renameSync(file, join(dir, `journal-${first}.jsonl`))
      open = openSync(file, 'w', 0o600)
      ;[first, size] = [seq + 1, 0]
    }
    seq += 1
    const json = JSON.stringify({ seq, prev, ...line })
    prev = hash('sha256', json, 'hex')
    text += `${json}\n`
    if (text.length >= PIECE) flush()
  }
  flush()
  closeSync(open)
  writeFileSync(join(dir, 'journal.head'), `${JSON.stringify({ seq, sha256: prev }).padEnd(111)}\n`, { mode: 0o600 })
  return seq
}

type Year = {
  readonly start: number
  readonly runs: number
  readonly changes: number
  readonly periodMs: number
  readonly scopes?: number
}

const CONFIG = `sha256:${'c'.repeat(64)}`
const iso = (at: number): string => new Date(at).toISOString()

/** A year of runs at one period; the changes, most of them drift that was put back, are spread over it. */
export function* yearOf({ start, runs, changes, periodMs, scopes: count = 1 }: Year): Generator<JournalLine> {
  const scopes = Array.from({ length: count }, (_, at): Scope => (at === 0 ? 'account' : `subaccount:Customer${at}`))
  const rule = {
    id: 'no-tracking',
    severity: 'high',
    sets: ['open_tracking_enabled'],
    requires: [],
    otherwise: 'report',
  } as const
  yield {
    event: 'config',
    at: iso(start),
    digest: CONFIG,
    files: ['config.yaml'],
    scopes,
    mode: 'enforce',
    schedule: '*/15 * * * *',
    timezone: 'UTC',
    rules: [rule],
    waivers: [],
  }
  let made = 0
  for (let run = 0; run < runs; run += 1) {
    const began = start + run * periodMs
    const at = iso(began + 2000)
    const run_id = `run-${run}`
    const due = Math.floor(((run + 1) * changes) / runs) - made
    for (let one = 0; one < due; one += 1) {
      const username = `user-${made + one}@year.example`
      const written = { run_id, scope: 'account', username, change: 'update' } as const
      const fields = [{ field: 'open_tracking_enabled', from: true, to: false }] as const
      const digests = { plan_digest: `sha256:${'d'.repeat(64)}`, config_digest: CONFIG }
      yield { event: 'intent', at: iso(began + 1000), ...written, cause: 'drift', ...digests, fields, trigger: 'schedule' }
      yield { event: 'outcome', at, ...written, outcome: 'verified', request_id: `request-${made + one}` }
    }
    if (due > 0) {
      const drift = Array.from({ length: due }, (_, one) => ({
        username: `user-${made + one}@year.example`,
        fields: ['open_tracking_enabled'] as const,
        rules: ['no-tracking'],
        state: 'repaired' as const,
      }))
      yield { event: 'scope', at, run_id, scope: 'account', state: 'in_sync', live_users: 100, in_sync: 100, drift }
    }
    made += due
    yield {
      event: 'run',
      at,
      run_id,
      trigger: 'schedule',
      config_digest: CONFIG,
      plan_digest: `sha256:${'d'.repeat(64)}`,
      outcome: due > 0 ? 'applied' : 'in_sync',
      duration_ms: 2000,
      looked_at: iso(began + 900),
      requests: 1 + due,
      scopes: count,
      seen: count,
      changes: due,
      ...(run % 96 === 0 ? { whole: scopes } : {}),
    }
  }
}
