// What `doctor` finds of the memory in the state directory: the ledger and the journal.
import { counted } from '../../domain/basics/counted.ts'
import type { Failure } from '../../domain/basics/failure.ts'
import { type Condition, ok, trouble, warning } from '../../domain/checkup/checkup.ts'
import type { Ledger } from '../../domain/memory/ledger.ts'
import { LET_GO_ADVICE, letGoIn, letGoText } from '../../domain/memory/let-go.ts'
import type { DesiredState } from '../../domain/wanted/desired.ts'
import { E } from '../../fp.ts'
import type { JournalReader } from '../../ports.ts'
import { readChecked } from '../../reconcile/journal.ts'
import { failureWords } from '../failure.ts'

const LESS = 'losing it only ever makes the reconciler do less'

/** How the ledger is. */
export const ledgerFinding = (ledger: E.Either<Failure, Ledger>): Condition => {
  if (E.isLeft(ledger)) return trouble('ledger', 1, failureWords(ledger.left), `see above; ${LESS}`)
  switch (ledger.right.forgotten?.how) {
    case undefined:
      return ok('ledger', 'it can be read')
    case 'gone':
      return warning('ledger', 'there was one here once, and it is gone', `put the last one back if you have it; ${LESS}`)
    case 'put_back':
      return warning(
        'ledger',
        'ledger.json is older than the last one written here',
        `put the last one back if you have it; ${LESS}`,
      )
  }
}

/** The scopes that it knows and the config names no more. */
export const letGoFindings = (ledger: Ledger, desired: DesiredState, now: Date): ReadonlyArray<Condition> => {
  const ones = letGoIn(ledger, desired, now.getTime())
  return ones.length === 0 ? [] : [warning('scope', letGoText(ones), LET_GO_ADVICE)]
}

/** How the journal is. */
export const journalFinding = async (journal: JournalReader): Promise<Condition> => {
  const read = await readChecked(journal, { files: 'last', take: (_, { misfit }) => misfit === undefined })()
  if (E.isLeft(read)) return trouble('journal', 1, failureWords(read.left), 'without it nothing is written to the service')
  const { chain, misfit } = read.right
  if (misfit !== undefined)
    return trouble(
      'journal',
      1,
      `${misfit.file}:${misfit.line} does not fit: ${misfit.meaning}`,
      'keep a copy of the files; `verify-log` tells more',
    )
  return ok(
    'journal',
    chain.lines === 0
      ? 'nothing was written yet'
      : `its last file fits (${counted(chain.lines, 'line')}); \`verify-log\` checks all`,
  )
}
