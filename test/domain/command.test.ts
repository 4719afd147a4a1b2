// Commands at the end of messages: found only where every shell takes them for what they are.
import * as assert from 'uvu/assert'
import { commandIn, reached, shellWord } from '../../src/domain/command.ts'
import { spec } from '../support/spec.ts'

spec('the command of a message', (test) => {
  for (const [message, words, command] of [
    ['5 blocks; to approve exactly this plan: approve sha256:0a', '5 blocks', 'approve sha256:0a'],
    ["stopped; more; to end it: release --match 'printer-*'", 'stopped; more', "release --match 'printer-*'"],
    ['one\ntwo; to apply: apply --digest x', 'one\ntwo', 'apply --digest x'],
    ['a; to take it back: undo run-1', 'a', 'undo run-1'],
    ['; to end it: release --all', '', 'release --all'],
    [
      `on hold; to end it: release --user 'o'\\''brien@*' --state-dir '/home/jörg'`,
      'on hold',
      `release --user 'o'\\''brien@*' --state-dir '/home/jörg'`,
    ],
    ["on hold; to end it: release --user '; a: release b'", 'on hold', "release --user '; a: release b'"],
  ] as const)
    test(`is ${command}`, () => {
      assert.equal(commandIn(message), { words, command })
      assert.is(reached(message, ' --socket /run/x'), `${message} --socket /run/x`)
      assert.is(reached(message, undefined), message)
    })

  for (const message of [
    '',
    'held',
    'held: approve x',
    'held; approve x',
    'held; to end it: rm -rf /',
    'held; to end it: released',
    'held; to end it: release ',
    'held; to end it: release $(id)',
    'held; to end it: release a; then more',
    'held; to end it: release a\nb',
    'held; to end it: release a"',
    "held; to end it: release 'o'brien@*'",
    "held; to end it: release 'a\u202e'",
    'held; to end it: release *',
  ])
    test(`there is none in ${JSON.stringify(message)}`, () => {
      assert.is(commandIn(message), undefined)
      assert.is(reached(message, ' --socket /run/x'), message)
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
