// Rewound: the ledger as a run found it at its start, where nothing of the run is to be remembered.
import type { Approval, Ledger } from './ledger.ts'

/** Whether an approval is what is left of another one. */
const isRestOf = (one: Approval, whole: Approval): boolean =>
  one.until === whole.until &&
  one.by === whole.by &&
  one.reason === whole.reason &&
  one.changes.every((text) => whole.changes.includes(text))

/** The ledger as a run found it at its start, with what a person decided since. */
export const rewound = (now: Ledger, found: Ledger): Ledger => ({
  ...now,
  keys: found.keys,
  approvals: [...found.approvals, ...now.approvals.filter((one) => !found.approvals.some((whole) => isRestOf(one, whole)))],
  scopes: new Map(
    [...found.scopes].map(([scope, memory]) => [
      scope,
      { ...memory, protected: now.scopes.get(scope)?.protected ?? memory.protected },
    ]),
  ),
})
