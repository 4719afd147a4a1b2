// Sets in the patterns of `include`: what a shell takes `[a-c]` and `[!a-c]` for, and what is no set at all.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { setGlob } from '../../../src/domain/user/glob.ts'
import { cases } from '../../support/cases.ts'
import { spec } from '../../support/spec.ts'

const ROWS: ReadonlyArray<readonly [pattern: string, matches: ReadonlyArray<string>, misses: ReadonlyArray<string>]> = [
  ['a[bc]d', ['abd', 'acd'], ['ad', 'aad', 'abcd', 'aBd', 'a[bc]d', 'a\u0000d']],
  ['[a-c]', ['a', 'b', 'c'], ['', '`', 'd', '-', 'A', 'ab']],
  ['[!a-c]', ['`', 'd', '!', 'A'], ['', 'a', 'b', 'c', 'dd']],
  ['[^a-c]', ['`', 'd', '^', 'A'], ['', 'a', 'b', 'c', 'dd']],
  ['[a!^]', ['a', '!', '^'], ['b']],
  ['[a-a]', ['a'], ['b', '-']],
  ['[a-c0-2]', ['b', '1'], ['d', '3', '-']],
  ['[a-]', ['a', '-'], ['b']],
  ['[-a]', ['a', '-'], ['b']],
  ['[]]', [']'], ['[]', '[]]', '']],
  ['[]ab]', [']', 'a', 'b'], ['c', '[]ab]']],
  ['[!]ab]', ['c', '!'], [']', 'a', 'b']],
  ['[*?]', ['*', '?'], ['a', '']],
  ['[', ['['], ['', 'a']],
  ['a]', ['a]'], ['a', ']']],
  ['[😀-😂]', ['😀', '😁', '😂'], ['😃', 'a']],
  ['a b[c]', ['a bc'], ['abc', 'a b']],
  ['*[0-9].yaml', ['acme-1.yaml', '10.yaml'], ['acme.yaml', '1a.yaml', '.yaml']],
  ['**[ab]**', ['a', 'xbx'], ['', 'x']],
]

/** Parts of a pattern, and the same as regular expressions. */
const PARTS = [
  ['*', '.*'],
  ['?', '.'],
  ['a', 'a'],
  ['-', '-'],
  ['[ab]', '[ab]'],
  ['[b-d]', '[b-d]'],
  ['[!b-d]', '[^b-d]'],
  ['[^ad]', '[^ad]'],
  ['[c-]', '[c\\-]'],
  ['[]a]', '[\\]a]'],
  ['[*]', '[*]'],
] as const

spec('patterns with sets', (test) => {
  for (const [pattern, matches, misses] of ROWS)
    test(`${pattern} matches whole names and no others`, () => {
      for (const name of matches) assert.is(setGlob(pattern)?.(name), true, JSON.stringify(name))
      for (const name of misses) assert.is(setGlob(pattern)?.(name), false, JSON.stringify(name))
    })

  test('a pattern means what the same means as a regular expression', () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...PARTS), { maxLength: 5 }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', '-', ']', '*'), maxLength: 6 }),
        (parts, name) => {
          const pattern = parts.map(([text]) => text).join('')
          const means = new RegExp(`^${parts.map(([, text]) => text).join('')}$`, 'su')
          assert.is(setGlob(pattern)?.(name), means.test(name), `${pattern} on ${name}`)
        },
      ),
      { ...cases(1000), seed: 1 },
    ))

  for (const pattern of ['[c-a]', 'a[b-a]c', '[a-cz-y]', '[!c-a]', '*[1-0].yaml'])
    test(`${pattern} is no pattern: a range that ends before it begins is a mistake`, () =>
      assert.is(setGlob(pattern), undefined))
})
