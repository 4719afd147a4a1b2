// The search for subaccounts: every page of it, or a failure. A part is never taken for the whole.
import * as t from 'io-ts'
import type { ApiFailure } from '../../domain/basics/failure.ts'
import { isSubaccountId } from '../../domain/wanted/scope.ts'
import type { Subaccount } from '../../domain/wanted/subaccount.ts'
import { E, type TE } from '../../fp.ts'
import { illFormed } from './faults.ts'
import { countOf, tokenOf } from './wire.ts'

const Found = t.type({ data: t.type({ subaccounts: t.array(t.UnknownRecord) }) })
const Token = t.type({ data: t.type({ continue_token: t.unknown }) })
const Total = t.type({ data: t.type({ total_count: t.unknown }) })
const Listed = t.type({ id: t.string, name: t.string, state: t.string })

/** Asks for one page. */
type AskPage = (body: { readonly [key: string]: unknown }) => TE.TaskEither<ApiFailure, Page>

const MAX_PAGES = 1000

/** Turns all pages. Of all states at once: only then are there as many as the answer says, and what is missing is noticed. */
export const allSubaccounts = async (ask: AskPage): Promise<E.Either<ApiFailure, ReadonlyArray<Subaccount>>> => {
  const all = new Map<string, Subaccount>()
  const tokens = new Set<Page['next']>()
  let next: Page['next']
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const body = { states: 'all', page_size: 100, ...(next === undefined ? {} : { continue_token: next }) }
    const answer = await ask(body)()
    if (E.isLeft(answer)) return answer
    const { found, total } = answer.right
    for (const one of found) all.set(one.id, one)
    next = answer.right.next
    if (next !== undefined && tokens.has(next)) return E.left(illFormed('subaccounts/search gave one page twice'))
    if (next !== undefined) tokens.add(next)
    else if (all.size < total)
      return E.left(illFormed(`subaccounts/search says that there are ${total} subaccounts, and showed ${all.size}`))
    else return E.right([...all.values()])
  }
  return E.left(illFormed(`subaccounts/search did not end after ${MAX_PAGES} pages`))
}

/** One page of subaccounts/search. */
type Page = {
  readonly found: ReadonlyArray<Subaccount>
  /** The token of the next page. */
  readonly next: string | number | undefined
  /** How many there are on all pages; 0 where the answer does not say. */
  readonly total: number
}

/** Reads one page. */
export const pageOf = (answer: unknown): E.Either<string, Page> => {
  if (!Found.is(answer)) return E.left('data.subaccounts is missing or not a list')
  const found = answer.data.subaccounts.filter(Listed.is)
  if (found.length < answer.data.subaccounts.length) return E.left('a subaccount without id, name or state')
  if (found.some(({ id }) => !isSubaccountId(id))) return E.left('a subaccount whose id is none')
  // No token is the end, as an empty one is, where the number says that nothing is missing.
  const total = Total.is(answer) ? answer.data.total_count : undefined
  if (!Token.is(answer) && !/^\d+$/.test(String(total)))
    return E.left('data.continue_token is missing, and no data.total_count says whether these subaccounts are all')
  return E.right({
    found: found.map(({ id, name, state }) => ({ id, name, state })),
    next: Token.is(answer) ? tokenOf(answer.data.continue_token) : undefined,
    total: countOf(total),
  })
}
