// Commands at the end of messages: they are data only where every shell takes them for what they are.
import * as assert from 'uvu/assert'
import { fullMessage, reached, saying, shellWord } from '../../../src/domain/basics/command.ts'
import { spec } from '../../support/spec.ts'

spec('the command of a message', (test) => {
  for (const [message, purpose, line] of [
    ['5 blocks', 'to approve exactly this plan', 'approve sha256:0a'],
    ['stopped; more', 'to end it', "release --match 'printer-*'"],
    ['one\ntwo', 'to apply', 'apply --digest x'],
    ['a', 'to take it back', 'undo run-1'],
    ['', 'to end it', 'release --all'],
    ['on hold', 'to end it', `release --user 'o'\\''brien@*' --state-dir '/home/jörg'`],
    ['on hold', 'to end it', "release --user '; a: release b'"],
  ] as const)
    test(`${line} stands beside it, and at its end where it is told whole`, () => {
      const said = saying(message, { purpose, line })
      assert.equal(said, { message, command: { purpose, line } })
      assert.is(fullMessage(said), `${message}; ${purpose}: ${line}`)
      assert.equal(reached(said, ' --socket /run/x'), { message, command: { purpose, line: `${line} --socket /run/x` } })
      assert.equal(reached(said, undefined), said)
    })

  for (const line of [
    'rm -rf /',
    'released',
    'release ',
    'release $(id)',
    'release --protected $(rm)',
    'release --protected `rm`',
    'release a; then more',
    'release a; rm',
    'release a | rm',
    'release a > b',
    'release a\nb',
    'release a"',
    "release 'o'brien@*'",
    "release 'a\u202e'",
    'release *',
  ])
    test(`${JSON.stringify(line)} is no more than words`, () => {
      const said = saying('held', { purpose: 'to end it', line })
      assert.equal(said, { message: `held; to end it: ${line}` })
      assert.equal(reached(said, ' --socket /run/x'), said)
      assert.is(fullMessage(said), said.message)
    })

  test('is no more than words where the way to us has what nobody can paste', () => {
    const held = reached(
      { ...saying('held', { purpose: 'to end it', line: 'release --all' }), rule: 'r' },
      " --socket '/run/\u202ex'",
    )
    assert.equal(
      [held.rule, held.message, held.command],
      ['r', "held; to end it: release --all --socket '/run/\u202ex'", undefined],
    )
  })

  for (const [word, expected] of [
    ['plain-1_./@+:', 'plain-1_./@+:'],
    ['', "''"],
    ['a b', "'a b'"],
    ['$HOME', "'$HOME'"],
    ['a$', "'a$'"],
    ['*', "'*'"],
    ["it's 'so'", `'it'\\''s '\\''so'\\'''`],
    ['a\nb', "'a\nb'"],
  ] as const)
    test(`${JSON.stringify(word)} is ${JSON.stringify(expected)} to a shell`, () => assert.is(shellWord(word), expected))
})
