// Answers of the daemon to what is asked over its control socket.
import type { Daemon } from '../daemon/daemon.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { matching } from '../domain/memory/known.ts'
import { glob } from '../domain/user/username.ts'
import { E } from '../fp.ts'
import type { Question } from '../ports.ts'
import { EMPTY_PATTERN, meantText, NO_STOP, named, replyToStop } from './hold.ts'
import { failedReply, type Reply, replyTo } from './reply.ts'
import { replyToPlan, replyToUndo } from './undo.ts'

/** Who is asked, and the options with which a quoted command gets there. */
type Asked = Pick<Daemon, 'controls'> & { readonly reachedBy: string }

/** The answer to a question. */
export const answerOf = async ({ controls, reachedBy }: Asked, question: Question): Promise<Reply> => {
  switch (question._tag) {
    case 'Status':
      return { _tag: 'Status', status: controls.status() }
    case 'Reconcile':
      return controls.reconcile(question.scope) ?? { _tag: 'Done', message: 'a run was asked for' }
    case 'Approve': {
      const taken = await controls.approve(question.digest, question)
      if (E.isLeft(taken)) return notTaken(taken.left)
      const { right: answer } = taken
      return E.isLeft(answer) ? { _tag: 'Refused', message: answer.left } : { _tag: 'Done', message: approvedText(answer.right) }
    }
    case 'Decide': {
      const taken = await controls.decide(question.decision, question)
      if (E.isLeft(taken)) return notTaken(taken.left)
      const reply = replyTo(taken.right)
      const { decision } = question
      return reply._tag === 'Done' && decision._tag === 'Hold' && decision.what._tag === 'Users'
        ? { ...reply, message: [reply.message, ...meantText(controls.users(), decision.what.glob)].join('\n') }
        : reply
    }
    case 'Matching':
      return { _tag: 'Matching', users: matching(controls.users().seen, glob(question.glob)) }
    case 'PlanUndo':
      return replyToPlan(await controls.planUndo(question.run)())
    case 'Undo':
      return replyToUndo(await controls.undo(question.run, question.agreement, question)())
    case 'Stop':
      return stop({ controls, reachedBy }, question)
  }
}

const notTaken = (failure: Failure): Reply => failedReply(failure, 'not taken: ')

const approvedText = (words: ReadonlyArray<string>): string =>
  ['approved for an hour, each change once; a run was asked for:', ...named(words)].join('\n')

const stop = async ({ controls, reachedBy }: Asked, ask: Extract<Question, { _tag: 'Stop' }>): Promise<Reply> => {
  const pattern = glob(ask.glob)
  if (pattern === undefined) return { _tag: 'Refused', message: EMPTY_PATTERN }
  const taken = await controls.stop(pattern, ask.until, ask)
  if (E.isLeft(taken)) return failedReply(taken.left, `${NO_STOP}: `)
  if (E.isLeft(taken.right)) return { _tag: 'Refused', message: taken.right.left }
  return replyToStop(taken.right.right, pattern, { naming: controls.users().naming, reachedBy })
}
