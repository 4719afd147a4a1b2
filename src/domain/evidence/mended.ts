// What a run made as the config says and read back, as far as it can be read. A run over some users says nothing of a scope as a whole, nor does
// one that was killed before its end, yet this ends drift that was known, and tells of drift that nobody had seen before.
import { changeKey, type DriftNote, type IntentLine, type OutcomeLine } from '../journal/journal.ts'
import { isConfigured, isDone } from '../plan/outcome.ts'
import type { FieldName } from '../user/settings.ts'
import { SENSITIVE } from '../user/shown.ts'
import type { Scope } from '../wanted/scope.ts'
import type { End } from './open.ts'

/** A change as the config says that came about. */
export type Mended = {
  readonly runId: string
  readonly scope: Scope
  readonly username: string
  readonly fields: ReadonlyArray<FieldName>
  /** What had drifted, where it was due for that, from the line that first told of it. */
  readonly drifted: { readonly begin: { readonly seq: number; readonly since: number }; readonly note: DriftNote } | undefined
  readonly end: End
  readonly how: 'repaired' | 'sent'
}

/** Follows the changes of a run, until it is over. */
export const mendsOf = () => {
  let asked = new Map<string, { readonly line: IntentLine; readonly seq: number }>()
  let mended: Array<Mended> = []
  return {
    intent: (line: IntentLine, seq: number): void => {
      if (isConfigured(line)) asked.set(changeKey(line), { line, seq })
    },
    outcome: (line: OutcomeLine, seq: number): void => {
      const { run_id: runId, scope, username } = line
      const intent = asked.get(changeKey(line))
      if (intent === undefined || !isDone(line)) return
      mended.push({
        runId,
        scope,
        username,
        fields: intent.line.fields.map(({ field }) => field),
        drifted: intent.line.cause === 'drift' ? driftedIn(intent.line, intent.seq) : undefined,
        end: { at: Date.parse(line.at), seq },
        how: line.outcome === 'verified' ? 'repaired' : 'sent',
      })
    },
    /** What was put right, now that a run is over. */
    over: (): ReadonlyArray<Mended> => {
      const all = mended
      asked = new Map()
      mended = []
      return all
    },
  }
}

const driftedIn = ({ at, username, fields, rules = [] }: IntentLine, seq: number): Mended['drifted'] => ({
  begin: { seq, since: Date.parse(at) },
  note: {
    username,
    // What goes along with what had drifted is as it was; of a secret nobody can say.
    fields: fields.filter(({ from, to }) => from !== to || from === SENSITIVE).map(({ field }) => field),
    rules,
    state: 'repaired',
  },
})
