// `undo`: plans the before-values of a run, asks, sets them back and holds its users. Through the daemon where one runs, else here under its lock.

import type { Failure } from '../domain/basics/failure.ts'
import { visibleText } from '../domain/basics/visible.ts'
import type { Unfinished } from '../domain/plan/report.ts'
import { failureExitCode } from '../domain/plan/report.ts'
import { E, type TE } from '../fp.ts'
import type { Agreed } from '../ports.ts'
import type { Agreement, Undone, UndoPlan } from '../reconcile/undo.ts'
import { agrees, askedOn, dueIn, nobodyToAsk } from './agree.ts'
import type { AskPorts } from './control.ts'
import { failureText } from './failure.ts'
import { unfinishedJson, untriedJson } from './render/json.ts'
import { planText } from './render/text.ts'
import { undoneJson, undoneText } from './render/undo.ts'
import { type Ended, type Reply, said } from './reply.ts'
import { PLAIN, type Terminal } from './terminal.ts'

export type UndoOptions = {
  readonly run: string
  readonly yes: boolean
  readonly digest: string | undefined
  readonly reason: string
  readonly by: string
  readonly format: 'text' | 'json'
}

/** An undo that is asked for where no daemon runs. */
export type UndoAsk = { readonly run: string; readonly agreement: Agreement; readonly by: string; readonly reason: string }

type Ports = AskPorts & {
  /** The same undo where no daemon runs. */
  readonly undoHere: (ask: UndoAsk) => TE.TaskEither<Unfinished, Undone>
}

/** Runs `undo`; gives its exit code. */
export const undo = async (ports: Ports, options: UndoOptions): Promise<number> => {
  const { terminal, ask } = ports
  const { run, yes, digest, reason, by } = options
  if (!terminal.interactive && !yes && digest === undefined)
    return told(terminal, failed({ failure: nobodyToAsk('undo') }), options.format)
  const given: Agreed | undefined = digest !== undefined ? { _tag: 'Exactly', digest } : yes ? { _tag: 'Anyway' } : undefined
  const shown = given === undefined ? await ask({ _tag: 'PlanUndo', run }) : undefined
  const agreement = given ?? (await agreementOn(terminal, shown))
  if (agreement === undefined) {
    if (shown?._tag !== 'UndoPlan') return told(terminal, shown, options.format)
    return told(terminal, { _tag: 'Refused', message: 'nothing was done' }, options.format)
  }
  if (agreement._tag !== 'Asked') {
    const id = shown?._tag === 'UndoPlan' ? shown.run : run
    terminal.foot(() => 'undoing; this waits until it is done')
    const reply = await ask({ _tag: 'Undo', run: id, agreement, reason, by })
    if (reply !== undefined || shown !== undefined) return told(terminal, reply, options.format)
  }
  const undone = await ports.undoHere({ run, agreement, reason, by })()
  return told(terminal, replyToUndo(undone, terminal), options.format)
}

/** What a person at the terminal says to the plan that the daemon made, or will be asked here; nothing where it is no. */
const agreementOn = async (terminal: Terminal, shown: Reply | undefined): Promise<Agreement | undefined> => {
  if (shown === undefined) return { _tag: 'Asked', ask: askedOn(terminal, 'undo') }
  if (shown._tag !== 'UndoPlan') return undefined
  const isAgreed = shown.due === 0 || (await agrees(terminal, visibleText(shown.text), shown.due))
  return isAgreed ? { _tag: 'Shown', digest: shown.digest } : undefined
}

/** The reply to a question for the plan of an undo. */
export const replyToPlan = (planned: E.Either<Failure, UndoPlan>): Reply =>
  E.isLeft(planned)
    ? failed({ failure: planned.left })
    : {
        _tag: 'UndoPlan',
        run: planned.right.run,
        digest: planned.right.plan.digest ?? '',
        due: dueIn(planned.right.plan).length,
        text: planText(planned.right.plan, { ...PLAIN, command: 'undo' }),
      }

/** The reply that tells what came of an undo. */
export const replyToUndo = (undone: E.Either<Unfinished, Undone>, look: Pick<Terminal, 'colour' | 'width'> = PLAIN): Reply =>
  E.isLeft(undone)
    ? failed(undone.left)
    : {
        _tag: 'Ended',
        exitCode: undone.right.report.exitCode,
        text: undoneText(undone.right, look),
        trouble: '',
        document: undoneJson(undone.right),
      }

const failed = (unfinished: Unfinished): Ended => ({
  _tag: 'Ended',
  exitCode: failureExitCode(unfinished.failure),
  text: '',
  trouble: failureText(unfinished.failure),
  document: unfinishedJson(unfinished),
})

const CUT_OFF = 'the daemon did not answer to the end: `status` and `history` tell what came of it\n'

const told = (terminal: Terminal, reply: Reply | undefined, format: 'text' | 'json'): number =>
  said(terminal, reply, format, CUT_OFF, (exitCode, message) => untriedJson(exitCode === 3 ? 'stopped' : 'failed', message))
