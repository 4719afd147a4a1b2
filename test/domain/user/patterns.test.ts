// Many patterns at once: what each of them matches, in their order, and none is tried on a name that cannot fit.
import * as assert from 'uvu/assert'
import { patternsOf } from '../../../src/domain/user/patterns.ts'
import { type Glob, glob } from '../../../src/domain/user/username.ts'
import { spec } from '../../support/spec.ts'

const pattern = (text: string): Glob => {
  const one = glob(text)
  if (one === undefined) throw new Error(`no pattern: ${text}`)
  return one
}

/** A pattern that tells on which names it was tried. */
const watched = (text: string): { readonly glob: Glob; readonly tried: ReadonlyArray<string> } => {
  const { matches } = pattern(text)
  const tried: Array<string> = []
  const noted = (name: string): boolean => {
    tried.push(name)
    return matches(name)
  }
  return { glob: { text, matches: noted }, tried }
}

const TEXTS = [
  '*@acme.example',
  '*',
  'printer-*',
  'PRINTER-1@acme.example',
  'printer-?@*',
  'printer-1@acme.example',
  'p*-1@*example',
  '**',
]

const FOUND: ReadonlyArray<readonly [name: string, at: ReadonlyArray<number>]> = [
  ['printer-1@acme.example', [0, 1, 2, 3, 4, 5, 6, 7, 8]],
  ['Printer-1@ACME.example', [0, 1, 2, 3, 4, 5, 6, 7, 8]],
  ['printer-12@acme.example', [0, 1, 2, 7, 8]],
  ['one@acme.example', [0, 1, 7, 8]],
  ['printer-', [1, 2, 7, 8]],
  ['p', [1, 7, 8]],
  ['', [1, 7, 8]],
]

const TRIED: ReadonlyArray<readonly [text: string, on: ReadonlyArray<string>, notOn: ReadonlyArray<string>]> = [
  ['*', [], ['', 'printer-1']],
  ['**', [], ['', 'printer-1']],
  ['printer-1', [], ['printer-1', 'PRINTER-1', 'my-printer-1', 'printer-12']],
  ['printer-*', [], ['printer-', 'printer-1', 'Printer-1', 'plotter-1', 'p']],
  ['*@acme.example', [], ['@acme.example', 'one@acme.example', 'one@ACME.example', 'one@name.example', 'e']],
  ['printer-?', ['printer-1', 'printer-12'], ['plotter-1', 'p']],
  ['?@acme.example', ['a@acme.example', 'one@acme.example'], ['a@name.example', 'e']],
  ['printer-*-a', ['printer-1-a', 'printer-1-b'], ['plotter-1-a']],
  ['a-*@acme.example', ['a-1@acme.example', 'b-1@acme.example'], ['a-1@name.example']],
]

spec('many patterns', (test) => {
  // The last one is missing, and so matches every name.
  const find = patternsOf([...TEXTS.map(pattern), undefined])
  for (const [name, at] of FOUND)
    test(`${JSON.stringify(name)} is found by ${at.length} of them, told in the order of the patterns`, () =>
      assert.equal(find(name), at))

  for (const [text, on, notOn] of TRIED)
    test(`${text} is only tried on names that have its literal end or beginning, and where these do not say it all`, () => {
      const one = watched(text)
      const findOne = patternsOf([one.glob])
      for (const name of [...on, ...notOn])
        assert.equal(findOne(name), pattern(text).matches(name) ? [0] : [], JSON.stringify(name))
      assert.equal(one.tried, on)
    })
})
