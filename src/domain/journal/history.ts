// History: the journal's intents and outcomes put together again, one entry a change, the newest kept.
import { changeKey, type DecisionLine, type IntentLine, type JournalLine, type OutcomeLine, type RunLine } from './journal.ts'

/** A change that was begun, how it and its run ended as far as the journal tells; or what a person decided. */
export type HistoryEntry =
  | {
      readonly _tag: 'Change'
      readonly intent: IntentLine
      readonly ended: OutcomeLine | undefined
      readonly run: RunLine | undefined
    }
  | { readonly _tag: 'Decision'; readonly decision: DecisionLine }

/** What is asked of history: whose changes, since when in milliseconds, and how many at most. */
export type HistoryAsk = {
  readonly wanted: (username: string) => boolean
  /** Whether decisions are told too; they need not concern a single user. */
  readonly decisions: boolean
  readonly since: number
  readonly limit: number
}

export type History = {
  readonly entries: ReadonlyArray<HistoryEntry>
  /** How many more there are that were asked for, before these. */
  readonly older: number
}

type Kept = { readonly entry: HistoryEntry; ended: OutcomeLine | undefined; run: RunLine | undefined }

/** Collects history from the lines of a journal, in order; keeps no more than was asked for. */
export const collector = (ask: HistoryAsk): { readonly take: (line: JournalLine) => void; readonly history: () => History } => {
  let kept: Array<Kept> = []
  let older = 0
  let run = ''
  // Runs do not overlap: an intent of another run ends the waiting for outcomes.
  const open = new Map<string, Kept>()
  let begun: Array<Kept> = []
  const begin = (next: string): void => {
    run = next
    open.clear()
    begun = []
  }
  const keep = (entry: HistoryEntry): Kept => {
    const one = { entry, ended: undefined, run: undefined }
    kept.push(one)
    if (kept.length >= ask.limit * 2) trim()
    return one
  }
  const trim = (): void => {
    const extra = Math.max(0, kept.length - ask.limit)
    older += extra
    kept = kept.slice(extra)
  }
  return {
    take: (line) => {
      if (Date.parse(line.at) < ask.since) return
      switch (line.event) {
        case 'intent':
          if (line.run_id !== run) begin(line.run_id)
          if (ask.wanted(line.username)) {
            const one = keep({ _tag: 'Change', intent: line, ended: undefined, run: undefined })
            open.set(changeKey(line), one)
            begun.push(one)
          }
          return
        case 'outcome': {
          const one = open.get(changeKey(line))
          if (one !== undefined) one.ended = line
          open.delete(changeKey(line))
          return
        }
        case 'decision':
          if (ask.decisions) keep({ _tag: 'Decision', decision: line })
          return
        case 'run':
          if (line.run_id === run) for (const one of begun) one.run = line
          return
        case 'config':
        case 'scope':
      }
    },
    history: () => {
      trim()
      return { entries: kept.map(({ entry, ended, run }) => (entry._tag === 'Change' ? { ...entry, ended, run } : entry)), older }
    },
  }
}
