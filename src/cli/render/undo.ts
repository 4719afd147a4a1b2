// What came of an undo, as people read it and as data: the report of its run, and until when the users are on hold.

import { fullMessage, reached, saying } from '../../domain/basics/command.ts'
import type { Undone } from '../../reconcile/undo.ts'
import { reportJson } from './json.ts'
import { reportText } from './text.ts'

type Options = Parameters<typeof reportText>[1]

/** The result in words. */
export const undoneText = ({ run, report, heldUntil, reachedBy }: Undone, options: Options): string => {
  const isCalm = report.plan.scopes.every((scope) => scope._tag === 'Planned' && scope.changes.length + scope.held.length === 0)
  const lines = [
    ...(isCalm ? [`nothing to set back: the users are as before run ${run}, as far as it changed them`] : []),
    ...(heldUntil === undefined
      ? []
      : [
          fullMessage(
            reached(
              saying(
                `its users are on hold until ${new Date(heldUntil).toISOString()}, so that the config does not set its values again`,
                { purpose: 'to end that', line: `release --undo ${run}` },
              ),
              reachedBy,
            ),
          ),
        ]),
  ]
  return `${reportText(report, { ...options, undoes: true })}${lines.map((line) => `${line}\n`).join('')}`
}

/** The report as `smtp2go-reconciler/report@1`, with the run that was undone. */
export const undoneJson = ({ run, report, heldUntil }: Undone): unknown => ({
  ...reportJson(report),
  undo: { run, held_until: heldUntil === undefined ? null : new Date(heldUntil).toISOString() },
})
