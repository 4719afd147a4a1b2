// What people decided, in words: the journal has it as the options of the command line, which a reader of the evidence need not know.
import type { HoldName } from '../../domain/decisions/hold.ts'
import { undoneBy } from '../../domain/decisions/undo.ts'
import type { DecisionEvidence } from '../../domain/evidence/document.ts'
import type { DecisionNote } from '../../domain/journal/journal.ts'
import { AS_BEFORE, NOT_TAKEN } from '../../domain/memory/decision.ts'
import { moment } from '../render/moment.ts'
import { scopeName } from './words.ts'

/** What a hold or an emergency stop does. */
export const holdWords = (hold: HoldName): string => {
  switch (hold._tag) {
    case 'Users':
      return `users named ${hold.glob} are not touched`
    case 'Removals':
      return 'nobody is removed'
    case 'All':
      return 'nobody is touched'
    case 'Stop':
      return `emergency stop: users named ${hold.glob} are kept blocked`
    case 'Undo':
      return `the users of run ${hold.run}, which was undone, are not touched`
  }
}

const WHOLE = /^sha256:[0-9a-f]{64}$/

/** What a person decided or ran. */
export const decisionWords = ({ what, decision }: Pick<DecisionEvidence, 'what' | 'decision'>): string => {
  // Whatever its data says to who follows the holds: nobody has decided that.
  if (what.startsWith(NOT_TAKEN)) return `could not be taken, so it does not stand: ${what.slice(NOT_TAKEN.length)}`
  if (decision === undefined) return ranWords(what)
  return what.startsWith(AS_BEFORE) ? `stands as before: ${noteWords(what, decision)}` : noteWords(what, decision)
}

const noteWords = (what: string, decision: DecisionNote): string => {
  switch (decision._tag) {
    case 'Hold':
      return `hold: ${holdWords(decision.what)}, until ${moment(decision.until)}`
    case 'Release':
      return decision.what === undefined ? 'ended what was on hold' : `ended the hold: ${holdWords(decision.what)}`
    case 'Approve':
      return WHOLE.test(decision.digest) ? `approved the changes of the plan ${decision.digest.slice(0, 19)}…` : what
    case 'Vouch':
      return `vouched for what the service shows of the ${scopeName(decision.scope)}`
    case 'Unprotect':
      return `ended the protection of users named ${decision.glob}`
  }
}

const ranWords = (trigger: string): string => {
  const run = undoneBy(trigger)
  if (run !== undefined) return `set back what run ${run} had changed`
  return trigger === 'apply' ? 'made the users as the config says' : trigger
}
