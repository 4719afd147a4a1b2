// The search for subaccounts, page by page: counts and tokens of whatever type, and a part is never taken for the whole.
import * as assert from 'uvu/assert'
import { allSubaccounts, pageOf } from '../../../src/adapters/smtp2go/search.ts'
import { E, TE } from '../../../src/fp.ts'
import { spec } from '../../support/spec.ts'

type Told = { readonly continue_token?: unknown; readonly total_count?: unknown }

/** What a search comes to whose pages say this, with two subaccounts on each: how many were found, or why none; and the tokens that were sent. */
const searched = async (...pages: ReadonlyArray<Told>) => {
  const sent: Array<unknown> = []
  const answer = await allSubaccounts((body) => {
    const at = sent.push(body.continue_token) - 1
    const subaccounts = ['a', 'b'].map((name) => ({ id: `Sub${at}${name}`, name, state: 'Active' }))
    const page = pageOf({ data: { subaccounts, ...pages[at] } })
    return E.isLeft(page) ? TE.left({ _tag: 'IllFormed', message: page.left } as const) : TE.right(page.right)
  })
  const found = E.isRight(answer)
    ? answer.right.length
    : answer.left._tag === 'IllFormed'
      ? answer.left.message
      : answer.left._tag
  return { found, sent: sent.slice(1) }
}

const endless = 'data.continue_token is missing, and no data.total_count says whether these subaccounts are all'
const short = (total: number): string => `subaccounts/search says that there are ${total} subaccounts, and showed 2`

spec('a search for subaccounts', (test) => {
  for (const [title, pages, found, sent] of [
    ['that says nothing of itself but that it ends is whole', [{ continue_token: '' }], 2, []],
    ['that does not say whether it ends is none', [{}], endless, []],
    ['that does not say it in a number is none', [{ total_count: 'many' }], endless, []],
    ['that ends without a token, and shows as many as it says, is whole', [{ total_count: 2 }], 2, []],
    ['that ends without a token, and shows less than it says, is a part (S1)', [{ total_count: '3' }], short(3), []],
    ['is turned to an end without a token', [{ continue_token: 'next', total_count: 4 }, { total_count: 4 }], 4, ['next']],
    ['that shows as many as it says is whole', [{ continue_token: '', total_count: 2 }], 2, []],
    ['that says it in text is, too', [{ continue_token: null, total_count: '2' }], 2, []],
    ['that shows less than it says is a part (S1)', [{ continue_token: '', total_count: 3 }], short(3), []],
    ['that says in text that there are more is, too (S1)', [{ continue_token: '', total_count: '3' }], short(3), []],
    [
      'is turned to its end',
      [
        { continue_token: 'next', total_count: 4 },
        { continue_token: '', total_count: 4 },
      ],
      4,
      ['next'],
    ],
    [
      'is turned to its end by a number, which is sent as it came',
      [{ continue_token: 2, total_count: 4 }, { continue_token: 0 }],
      4,
      [2],
    ],
    [
      'that gives one page twice does not end',
      [{ continue_token: 2 }, { continue_token: 2 }],
      'subaccounts/search gave one page twice',
      [2],
    ],
  ] as const)
    test(title, async () => assert.equal(await searched(...pages), { found, sent }))
})
