// The last good answer to a request, and what it came to. Between two looks most scopes stay as they are, and an answer that says the same again need
// not be understood again.
import type { Work } from '../../domain/basics/work.ts'
import { E } from '../../fp.ts'
import { printOf } from '../system.ts'
import type { Incoming } from './transport.ts'

/** What the last good answer came to, by a print of what it said. */
export type Last<A> = { read?: { readonly print: string; readonly as: A } }

type Terms<L, A> = { readonly read: (answer: unknown) => Work<E.Either<L, A>>; readonly last: Last<A> | undefined }

/** How an answer is understood; where it is known already, nothing of it need be read. */
export const readingOf = <L, A>({ status, body }: Incoming, { read, last }: Terms<L, A>) => {
  const print = last !== undefined && status === 200 && E.isRight(body) ? printOfAnswer(body.right) : undefined
  const known = print !== undefined && last?.read?.print === print ? last.read : undefined
  return {
    isKnown: known !== undefined,
    understood: function* (answer: unknown): Work<E.Either<L, A>> {
      const as = known === undefined ? yield* read(answer) : E.right(known.as)
      if (E.isRight(as) && print !== undefined && last !== undefined) last.read = { print, as: as.right }
      return as
    },
  }
}

// Each answer has an id of its own, which says nothing of what is shown. Before a letter of what follows it there is nothing else that it could be.
const OWN_ID = /^\s*\{\s*"request_id"\s*:\s*"[\w-]{1,64}"\s*,/
const LONGEST_ID = 128

/** A print of all that an answer shows: of two with the same one, what was made of the first may be taken for what the second comes to. */
export const printOfAnswer = (body: Uint8Array): string => {
  const [own] = OWN_ID.exec(Buffer.from(body.subarray(0, LONGEST_ID)).toString('latin1')) ?? []
  return own === undefined ? printOf(body) : `id ${printOf(body.subarray(own.length))}`
}
