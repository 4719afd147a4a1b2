// What runs over some users put right. Such a run says nothing of a scope as a whole, yet what it changed and read back ends drift that was known.
import { changeKey, type JournalLine } from '../journal.ts'
import type { Scope } from '../scope.ts'
import type { FieldName } from '../settings.ts'
import type { End } from './open.ts'

type Intent = Extract<JournalLine, { readonly event: 'intent' }>
type Ended = Extract<JournalLine, { readonly event: 'outcome' }>

/** A change as the config says that was read back. */
export type Mended = {
  readonly scope: Scope
  readonly username: string
  readonly fields: ReadonlyArray<FieldName>
  readonly end: End
}

/** Follows the changes of a run, until it is over. */
export const mending = () => {
  let asked = new Map<string, Intent>()
  let mended: Array<Mended> = []
  return {
    intent: (line: Intent): void => {
      // An undo brings back what was before, whatever the config says.
      if (line.cause !== 'undo') asked.set(changeKey(line), line)
    },
    outcome: (line: Ended, seq: number): void => {
      const { scope, username } = line
      const intent = asked.get(changeKey(line))
      if (intent === undefined || line.outcome !== 'verified') return
      mended.push({ scope, username, fields: intent.fields.map(({ field }) => field), end: { at: Date.parse(line.at), seq } })
    },
    /** What the run that is over has put right. */
    over: (): ReadonlyArray<Mended> => {
      const all = mended
      asked = new Map()
      mended = []
      return all
    },
  }
}
