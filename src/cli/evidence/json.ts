// Evidence as `smtp2go-reconciler/evidence@1`: the same journal and period give the same bytes.
import type { Evidence } from '../../domain/evidence/document.ts'
import type { Check } from '../report.ts'

/** The evidence as data. */
export const evidenceJson = ({ since, until, course: _course, ...evidence }: Evidence, check: Check): unknown => ({
  format: 'smtp2go-reconciler/evidence@1',
  since,
  until,
  journal: checkJson(check),
  ...evidence,
  // Said in `what`.
  decisions: evidence.decisions.map(({ decision: _decision, ...one }) => one),
  holds: evidence.holds.map(({ hold: _hold, ...one }) => one),
})

const checkJson = ({ fits, chain, misfit, unreadable, first, last }: Check) => ({
  fits,
  files: chain.files,
  lines: chain.lines,
  first_at: first ?? null,
  last_at: last ?? null,
  last: chain.end === undefined || chain.lines === 0 ? null : { seq: chain.end.seq, sha256: chain.end.sha256 },
  misfit: misfit ?? null,
  unreadable,
})
