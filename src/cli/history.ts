// `history`: what was changed, when, why and by whose word, from the journal. Reads only, also while a daemon writes.
import { shellWord } from '../domain/basics/command.ts'
import { visible } from '../domain/basics/visible.ts'
import { collector } from '../domain/journal/history.ts'
import type { Glob } from '../domain/user/username.ts'
import { E } from '../fp.ts'
import type { JournalReader } from '../ports.ts'
import { spellingOf } from './agree.ts'
import { failing } from './ending.ts'
import { historyJson, historyText } from './render/history.ts'
import { failureJson, printJson } from './render/json.ts'
import type { Terminal } from './terminal.ts'
import { before, type TimeOrSpan } from './words.ts'

export type HistoryOptions = {
  readonly user: Glob | undefined
  readonly since: TimeOrSpan | undefined
  readonly limit: number
  readonly format: 'text' | 'json'
}

type Ports = { readonly terminal: Terminal; readonly journal: JournalReader; readonly dir: string; readonly now: Date }

/** Runs `history`; gives its exit code. */
export const history = async ({ terminal, journal, dir, now }: Ports, options: HistoryOptions): Promise<number> => {
  const { user, limit, format } = options
  const collected = collector({
    wanted: (username) => user === undefined || user.matches(username),
    decisions: user === undefined,
    since: sinceOf(options.since, now.getTime()),
    limit,
  })
  let [lines, unreadable] = [0, 0]
  const read = await journal.read('all', (part) => {
    if (part._tag !== 'Line') return true
    lines += 1
    const line = part.told()
    if (line === undefined) unreadable += 1
    else if (line !== 'other') collected.take(line)
    return true
  })()
  if (E.isLeft(read)) return failing(terminal, format, failureJson('smtp2go-reconciler/history@1'))(read.left)
  const found = collected.history()
  terminal.out(format === 'json' ? printJson(historyJson(found, unreadable)) : historyText(found, terminal))
  if (found.entries.length === 0 && format === 'text') terminal.err(lines === 0 ? nowhere(dir) : nothing(user))
  if (found.older > 0) terminal.err(`${found.older} older ${found.older === 1 ? 'one is' : 'ones are'} not shown (--limit)\n`)
  if (unreadable > 0)
    terminal.err(
      `${unreadable} ${unreadable === 1 ? 'line is' : 'lines are'} not ours: \`verify-log\` tells where the journal was changed\n`,
    )
  return 0
}

const nothing = (user: Glob | undefined): string =>
  user === undefined
    ? 'nothing was changed, as far as the journal tells\n'
    : `nothing was changed of users that match --user ${visible(shellWord(user.text))}, as far as the journal tells: ${spellingOf(user)}\n`

/** What is said where there is no journal at all. */
export const nowhere = (dir: string): string =>
  `no journal is in ${visible(dir)}: nothing was changed from there, or it is kept elsewhere, then say where with --state-dir\n`

const sinceOf = (since: TimeOrSpan | undefined, now: number): number =>
  since === undefined ? Number.NEGATIVE_INFINITY : before(since, now)
