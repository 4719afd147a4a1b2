// Usernames are data (S15): globs are anchored and cheap, names never index an object.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { differingIn, fold, glob, matchesAny, patternFault, usernameFault } from '../../../src/domain/user/username.ts'
import { cases } from '../../support/cases.ts'
import { spec } from '../../support/spec.ts'

const rows: ReadonlyArray<readonly [pattern: string, matches: ReadonlyArray<string>, misses: ReadonlyArray<string>]> = [
  [
    'fax@acme.example',
    ['fax@acme.example', 'FAX@Acme.example'],
    ['fax@acme.example.evil', 'my-fax@acme.example', 'fax@acmeXexample'],
  ],
  ['*@clinic.example', ['a@clinic.example', '@clinic.example', 'A@CLINIC.EXAMPLE'], ['a@clinic.example2', 'a@clinic.example\n']],
  ['printer-?', ['printer-1', 'PRINTER-X'], ['printer-', 'printer-12']],
  ['*', ['', 'anything', 'two\nlines'], []],
  ['**a**', ['a', 'bab'], ['', 'b']],
  ['a*b*c', ['abc', 'aXbXc', 'abbcc', 'abcbc'], ['ab', 'acb', 'abcd']],
  // The end may not begin before the beginning ends.
  ['ab*ba', ['abba', 'ab-ba', 'abbaba'], ['aba', 'ab', 'ba', 'abb', 'abbab']],
  ['a*a', ['aa', 'aXa'], ['a', 'ab']],
  ['(a+)+$', ['(a+)+$', '(A+)+$'], ['a', 'aaaa']],
  ['[a-z]\\d{1}', ['[a-z]\\d{1}'], ['b1']],
  ['__proto__', ['__proto__', '__PROTO__'], ['proto']],
  ['?', ['x', '😀'], ['', 'xy']],
  ['İ', ['İ'], ['i']],
  ['jos\u00e9@*', ['jose\u0301@a', 'JOSE\u0301@a'], ['jose@a']],
  ['jos?', ['jose\u0301'], ['jose\u0301s']],
]

/** What a glob means, said once more in the slowest way. */
const means = (pattern: string, name: string): boolean => {
  const [first, ...rest] = [...pattern]
  const characters = [...name]
  if (first === undefined) return name === ''
  if (first === '*') return characters.concat('').some((_, at) => means(rest.join(''), characters.slice(at).join('')))
  return characters.length > 0 && (first === '?' || first === characters[0]) && means(rest.join(''), characters.slice(1).join(''))
}

spec('usernames', (test) => {
  for (const [pattern, matches, misses] of rows)
    test(`the glob ${pattern} matches whole names and no others`, () => {
      for (const name of matches) assert.is(glob(pattern)?.matches(name), true, name)
      for (const name of misses) assert.is(glob(pattern)?.matches(name), false, name)
    })

  test('a glob means what its slowest reading means', () => {
    const short = (...units: ReadonlyArray<string>) => fc.string({ unit: fc.constantFrom(...units), maxLength: 7 })
    fc.assert(
      fc.property(short('a', 'b', '*', '?'), short('a', 'b'), (pattern, name) => {
        assert.is(glob(pattern)?.matches(name) ?? false, pattern !== '' && means(pattern, name))
      }),
      cases(2000),
    )
  })

  test('an empty pattern is none, and neither is one longer than any username', () => {
    assert.is(glob(''), undefined)
    assert.is(glob('a'.repeat(129)), undefined)
    assert.ok(glob('a'.repeat(128)))
  })

  test('S15: a hostile name of 50 KB is matched in under 50 ms by the worst patterns', () => {
    const name = 'a'.repeat(50_000)
    // A machine that is slow or busy takes longer for anything: four times what it needs to read the name once for each character of a pattern is enough for it.
    const began = process.cpuUsage().user
    let read = 0
    for (let round = 0; round < 128; round += 1) for (const character of name) read += character === 'b' ? 1 : 0
    assert.is(read, 0)
    const most = Math.max(50_000, 4 * (process.cpuUsage().user - began))
    for (const pattern of ['*a*a*a*a*a*a*b', `*${'a'.repeat(126)}b`, `*${'a?'.repeat(63)}b`, '*a'.repeat(64), '?*'.repeat(64)]) {
      const one = glob(pattern)
      assert.ok(one)
      const times = Array.from({ length: 5 }, () => {
        const started = process.cpuUsage().user
        one.matches(name)
        return process.cpuUsage().user - started
      })
      assert.ok(Math.min(...times) < most, `${pattern.slice(0, 20)}: ${Math.min(...times)} µs`)
    }
  })

  test('S15: names that differ only in case are folded together, look-alikes are not', () => {
    assert.is(fold('Fax@Acme.Example'), fold('fax@acme.example'))
    for (const alike of [
      'fаx@acme.example',
      'fax@acme．example',
      'fax@acme.example\u200b',
      'ſax@acme.example',
      'f.ax@acme.example',
      'f-ax@acme.example',
      'fax@acmeexample',
    ])
      assert.is.not(fold(alike), fold('fax@acme.example'))
  })

  test('S15: only plain names of 5 to 100 characters may be created', () => {
    for (const name of ['abcde', 'a'.repeat(100), 'A-b_c.d@e', '__proto__', 'constructor'])
      assert.is(usernameFault(name), undefined, name)
    assert.match(usernameFault('abcd') ?? '', /this one has 4/)
    assert.match(usernameFault('a'.repeat(101)) ?? '', /this one has 101/)
    for (const name of ['fаx@acme.example', 'fax @acme', 'fax@acme\n', 'fax+1@acme', 'fax@acme.example\u200b', '*****'])
      assert.is(usernameFault(name), 'a username has only letters, digits and . _ @ -', JSON.stringify(name))
  })

  test('any of several globs is enough', () => {
    const globs = ['boss@*', '*-root'].flatMap((text) => glob(text) ?? [])
    assert.ok(matchesAny(globs, 'BOSS@acme.example'))
    assert.ok(matchesAny(globs, 'server-root'))
    assert.not(matchesAny(globs, 'server-root2'))
    assert.not(matchesAny([], 'boss@acme.example'))
  })

  for (const [one, other, words] of [
    ['Fax@acme.example', 'fax@ACME.example', 'only in case'],
    ['jos\u00e9@acme.example', 'jose\u0301@acme.example', 'only in its Unicode normal form, or in case'],
    ['JOS\u00c9@acme.example', 'jose\u0301@acme.example', 'only in its Unicode normal form, or in case'],
  ] as const)
    test(`${one} differs from ${other} ${words}`, () => assert.is(differingIn(one, other), words))

  const special = (sign: string): string =>
    `only * and ? are special in a pattern of usernames, and no name that can be created has ${sign}; write a pattern for each name, or ? in its place`
  for (const [pattern, sign] of [
    ['printer-[0-9]', '['],
    ['printer-]', ']'],
    ['{one,two}@acme.example', '{'],
    ['two}', '}'],
    ['one@acme.example,two@acme.example', ','],
    ['one|two', '|'],
    ['(one)', '('],
    ['one)', ')'],
    ['one\\.two', '\\'],
    ['!one', '!'],
    ['^one', '^'],
    ['one$', '$'],
    ['one two', 'a blank'],
    ['one\ttwo', 'a blank'],
    [' ', 'a blank'],
  ] as const)
    test(`a pattern that would match nobody is refused for what it has: ${JSON.stringify(pattern)}`, () =>
      assert.is(patternFault(pattern), special(sign)))

  for (const [pattern, sign] of [
    ['.*@acme.example', '.*'],
    ['.+@acme.example', '.+'],
  ] as const)
    test(`a pattern that begins as a regular expression does is refused: ${pattern}`, () =>
      assert.is(
        patternFault(pattern),
        `only * and ? are special in a pattern of usernames, and ${sign} is for names that begin with a dot; write * for any characters`,
      ))

  for (const [pattern, unseen] of [
    ['ceo@acme.example\u200e', '\\u{200e}'],
    ['*@acme\u200b.example', '\\u{200b}'],
    ['\ufeffceo@acme.example', '\\u{feff}'],
    ['c\u00adeo@*', '\\u{ad}'],
    ['\u202eceo, cfo\u200b', '\\u{202e}'],
    ['ceo\u{e0041}', '\\u{e0041}'],
  ] as const)
    test(`a pattern is refused for a character that cannot be seen: ${unseen}`, () =>
      assert.is(
        patternFault(pattern),
        `a character that cannot be seen (${unseen}) is in it; type the name anew, or ? in its place`,
      ))

  test('a name in other letters, with marks or signs of its own, is no fault of a pattern', () => {
    for (const pattern of [
      'jose\u0301@acme.example',
      'müller@*',
      '田中@acme.example',
      'प्रिया@acme.example',
      'שרה@acme.example',
      'فاكس-*',
      'ο\u0313@x',
      '🖨@acme.example',
    ])
      assert.is(patternFault(pattern), undefined, pattern)
  })

  test('what a username can have, a star and a question mark are no fault of a pattern', () => {
    for (const pattern of ['*', 'printer-?@*.example', 'A-b_c.d@e', 'one.*@acme.example', '.one@acme.example'])
      assert.is(patternFault(pattern), undefined, pattern)
  })
})
