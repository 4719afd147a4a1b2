// A journal of many lines in several files, made by the writer itself.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { journalFile } from '../../src/adapters/journal-file.ts'
import type { JournalLine } from '../../src/domain/journal/journal.ts'
import { E } from '../../src/fp.ts'

/** A folder for a journal, gone afterwards. */
export const withJournalDir = async (use: (dir: string) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'journal-'))
  try {
    await use(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** A line; `what` tells it from others. */
export const approval = (what: string): JournalLine => ({
  event: 'decision',
  at: '2026-11-23T09:00:00Z',
  what,
  by: 'root',
  reason: 'r',
})

/** Writes so many lines, each by itself, into files of about `maxBytes`. */
export const written = async (dir: string, count: number, maxBytes = 1000): Promise<void> => {
  const journal = journalFile({ dir, maxBytes })
  for (let at = 1; at <= count; at += 1) {
    const result = await journal.append([approval(`line ${at}`)])()
    if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
  }
  await journal.close()
}
