// Agreeing: what a plan is for that is shown before it is made, who is asked, and what is said where nobody can be.
import { shellWord } from '../domain/basics/command.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { visible } from '../domain/basics/visible.ts'
import type { Change, Plan } from '../domain/plan/plan.ts'
import { plannedIn } from '../domain/plan/summary.ts'
import { type Glob, patternFault } from '../domain/user/username.ts'
import type { Scope } from '../domain/wanted/scope.ts'
import { TE } from '../fp.ts'
import { planText } from './render/text.ts'
import type { Terminal } from './terminal.ts'

/** What a filter is told that named nobody; nothing where it did. A slip in it would look like a plan with nothing to do. */
export const nobodyText = (plan: Plan, user: Glob | undefined): string =>
  user === undefined || plan.ofNobody !== true
    ? ''
    : `no user matches --user ${visible(shellWord(user.text))}, neither in the config nor live: ${spellingOf(user)}\n`

/** What to look for in a pattern that met nobody. It is read all the same: a user of before may have a name that cannot be given any more. */
export const spellingOf = ({ text }: Glob): string => patternFault(text) ?? 'look at its spelling'

/** Nobody is there to be shown a plan, and none was agreed to before. */
export const nobodyToAsk = (command: 'apply' | 'undo'): Failure => ({
  _tag: 'WrongUsage',
  message: `${command} asks before it writes, and nobody sits at this terminal: give --yes, or --digest with the digest of the plan`,
})

type Filter = { readonly user: Glob | undefined; readonly scope: Scope | undefined }

/** The command that applies the plan of a digest, with the same filters: they are part of what it stands for. */
export const applyWith =
  ({ user, scope }: Filter) =>
  (digest: string): string =>
    [
      `apply --digest ${digest}`,
      ...(scope === undefined ? [] : [`--scope ${shellWord(scope)}`]),
      ...(user === undefined ? [] : [`--user ${shellWord(user.text)}`]),
    ].join(' ')

/** The changes that a plan would make. */
export const dueIn = (plan: Plan): ReadonlyArray<Change> => plannedIn(plan).flatMap(({ changes }) => changes)

/** Shows a plan that would change something, and asks. */
export const askedOn =
  (terminal: Terminal, command: 'apply' | 'undo') =>
  (plan: Plan, anew: boolean): TE.TaskEither<Failure, boolean> => {
    const due = dueIn(plan).length
    if (anew) terminal.err(`\nnothing was done: this has changed since it was shown${due === 0 ? '' : ', and is now'}\n\n`)
    if (due === 0) return TE.right(true)
    return TE.fromTask(() => agrees(terminal, planText(plan, { colour: terminal.colour, width: terminal.width, command }), due))
  }

/** Shows a text and asks whether to make so many changes. */
export const agrees = async (terminal: Terminal, text: string, due: number): Promise<boolean> => {
  terminal.err(text)
  const answer = await terminal.ask(`make ${due === 1 ? 'this change' : `these ${due} changes`}? only "yes" is yes: `)
  return answer.trim().toLowerCase() === 'yes'
}
