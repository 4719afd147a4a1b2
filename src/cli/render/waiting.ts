// What waits for a person, put together by what would let it through: one command often releases many, for one reason.
import type { ScopeStatus } from '../../daemon/scope-status.ts'
import { typed } from './command.ts'

type Held = ScopeStatus['held'][number] & { readonly scope: ScopeStatus['scope'] }

/** What one command lets through; `undefined` where no command does. */
export type Waiting = {
  readonly command: string | undefined
  /** Those held for the same reason, with its words. */
  readonly reasons: ReadonlyArray<{ readonly words: string; readonly held: ReadonlyArray<Held> }>
}

/** What is held in these scopes, in their order. */
export const waitingIn = (held: ReadonlyArray<Held>): ReadonlyArray<Waiting> => {
  const groups = new Map<string | undefined, Map<string, Array<Held>>>()
  for (const one of held) {
    const words = one.message
    const command = one.command === undefined ? undefined : typed(one.command)
    const reasons = groups.get(command) ?? new Map<string, Array<Held>>()
    reasons.set(words, [...(reasons.get(words) ?? []), one])
    groups.set(command, reasons)
  }
  return [...groups].map(([command, reasons]) => ({
    command,
    reasons: [...reasons].map(([words, ones]) => ({ words, held: ones })),
  }))
}

/** Every held change of these scopes. */
export const heldIn = (scopes: ReadonlyArray<ScopeStatus>): ReadonlyArray<Held> =>
  scopes.flatMap(({ scope, held }) => held.map((one) => ({ ...one, scope })))
