// The commands that let through what is held. One is often for many, and as long as a line: it is said once for all of them.
import type { Command } from '../../domain/basics/command.ts'
import type { Plan } from '../../domain/plan/plan.ts'
import { plannedIn } from '../../domain/plan/summary.ts'

/** A command, and the users whose changes it lets through. */
export type Way = Command & { readonly users: ReadonlyArray<string> }

/** The commands of what is held in a plan, in the order in which they are met. */
export const waysThrough = (plan: Pick<Plan, 'scopes'>): ReadonlyArray<Way> => {
  const ways = new Map<string, Way & { readonly users: Array<string> }>()
  for (const { username, command } of plannedIn(plan).flatMap(({ held }) => held)) {
    if (command === undefined) continue
    const known = ways.get(command.line)
    if (known === undefined) ways.set(command.line, { ...command, users: [username] })
    else known.users.push(username)
  }
  return [...ways.values()]
}
