// The command line as data: what is no such thing as asked for is wrong usage, before anything is looked at.
import * as assert from 'uvu/assert'
import { parseArgs } from '../../src/cli/args.ts'
import { spec } from '../support/spec.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')
const parsed = (...argv: ReadonlyArray<string>) => parseArgs(argv, { env: {}, version: '1', now: NOW })

spec('the end of a hold', (test) => {
  const COMMANDS = [
    ['hold', '--all', '--reason', 'r', '--until'],
    ['block', '--match', 'x', '--reason', 'r', '--until'],
  ] as const
  const FAR = /^error: --until: at most 30d ahead, so that it is not forgotten$/m
  const OVER = /^error: --until: this time is over already \(it is UTC unless it has a zone\)$/m

  for (const [until, wrong] of [
    ['30d', undefined],
    ['31d', FAR],
    ['2026-03-31', undefined],
    ['2026-03-31T12:00Z', undefined],
    ['2026-03-31T12:00:01Z', FAR],
    ['2026-03-31T13:00+02:00', undefined],
    ['2199-01-01', FAR],
    ['2026-03-01T12:00:01', undefined],
    ['2026-03-01T12:00', OVER],
    ['2020-01-01', OVER],
    ['2026-03-01T13:00+02:00', OVER],
    ['2026-02-30', /^error: --until: a time such as 2027-03-31T18:00Z, or a duration such as 2h or 7d$/m],
  ] as const)
    test(`as ${until} is ${wrong === undefined ? 'taken' : 'wrong usage'}`, () => {
      for (const command of COMMANDS) {
        const read = parsed(...command, until)
        if (wrong === undefined) assert.is(read._tag, 'Command')
        else assert.match(read._tag === 'Usage' ? read.text : read._tag, wrong)
      }
    })

  test('is no bound of a look back', () => {
    for (const command of ['history', 'report'])
      for (const since of ['90d', '2020-01-01']) assert.is(parsed(command, '--since', since)._tag, 'Command')
  })
})

spec('wrong usage', (test) => {
  for (const [title, argv, wrong] of [
    ['a look back to before all dates', ['report', '--since', '999999999d'], /^error: --since: at most 100000d$/m],
    [
      'an endpoint that there is none of',
      ['export', '--endpoint', 'foo'],
      /^error: --endpoint: expected global, us, eu, au, sandbox or/m,
    ],
    [
      'an address without its end',
      ['export', '--endpoint', 'https://api.smtp2go.com'],
      /^error: --endpoint: an endpoint ends with \/v3$/m,
    ],
    [
      'an address with a password, which is not shown',
      ['export', '--endpoint', 'https://me:pw@a.example/v3'],
      /^error: --endpoint: an endpoint has no user, password, query or fragment$/m,
    ],
    ['a file of no name to write', ['plan', '--out', ''], /^error: --out: the empty text names no place$/m],
    ['a file of no name to read', ['sandbox', '--seed', ''], /^error: --seed: the empty text names no place$/m],
    ['a socket of no name', ['status', '--socket', ''], /^error: --socket: the empty text names no place$/m],
    [
      'a hold and a protection at once',
      ['release', '--user', 'x', '--protected', 'y'],
      /^error: release ends one thing at a time/m,
    ],
    ['one hold and every one', ['release', '--all', '--every'], /^error: release ends one thing at a time/m],
  ] as const)
    test(`is ${title}`, () => {
      const read = parsed(...argv)
      assert.match(read._tag === 'Usage' ? read.text : read._tag, wrong)
    })
})

spec('a report on every exit', (test) => {
  for (const [argv, fault] of [
    [['apply', '--yes', '--format', 'json', '--log-level', 'loud'], /^option '--log-level <level>' argument 'loud' is invalid/],
    [['--log-level', 'loud', 'apply', '--format', 'json'], /^option '--log-level <level>' argument 'loud' is invalid/],
    [['-c', 'plan', '--state-dir=s', 'apply', '--format=json', '--log-format', 'x'], /^option '--log-format <format>'/],
    [['undo', 'run-1', '--format', 'json', '-c'], /^option '-c, --config <file>' argument missing$/],
    [['--format', 'json', 'apply', '--yes', '--nonsense'], /^unknown option '--nonsense'$/],
    [['--user', 'plan', 'undo', 'run-1', '--format', 'json'], /^unknown option '--user'$/],
    [['--user', 'apply', 'plan', '--format', 'json', '--nonsense'], undefined],
    [['--nonsense', 'apply', '--format', 'json'], /^unknown option '--nonsense'$/],
    [['apply', '--nonsense', '--format', 'json'], /^unknown option '--nonsense'$/],
    [['-c', '', 'apply', '--format', 'json', '--nonsense'], /^unknown option '--nonsense'$/],
    [['apply', '--format', 'json', '--state-dir', ''], /^--state-dir: the empty text names no place$/],
    [['-c', 'apply', 'plan', '--format', 'json', '--log-level', 'loud'], undefined],
    [['plan', '--format', 'json', '-c'], undefined],
    [['apply', '--yes', '-c'], undefined],
  ] as const)
    test(`${fault === undefined ? 'is none of' : 'tells the fault of'} ${argv.join(' ')}`, () => {
      const read = parsed(...argv)
      assert.is(read._tag, 'Usage')
      if (read._tag !== 'Usage') return
      if (fault === undefined) assert.is(read.fault, undefined)
      else assert.match(read.fault ?? '', fault)
    })
})

spec('options before the command', (test) => {
  for (const [before, behind] of [
    ['--format json -c a.yaml plan', '-c a.yaml plan --format json'],
    [
      '--format=json --log-level warn --user a* plan --scope account',
      '--log-level warn plan --scope account --format=json --user a*',
    ],
    ['--yes apply', 'apply --yes'],
    ['--detailed-exitcode --user plan plan', 'plan --detailed-exitcode --user plan'],
    ['--yes undo -- run-1', 'undo --yes -- run-1'],
    ['--state-dir s --all release', '--state-dir s release --all'],
  ] as const)
    test(`are those of the command: ${before}`, () => {
      const read = parsed(...before.split(' '))
      assert.is(read._tag, 'Command')
      assert.is(JSON.stringify(read), JSON.stringify(parsed(...behind.split(' '))))
    })

  test('that the command does not have, or without their value, are wrong usage', () => {
    for (const argv of ['--yes plan', '--nonsense validate', '--format plan', '--format json', '--user a'])
      assert.is(parsed(...argv.split(' '))._tag, 'Usage', argv)
  })
})

spec('a reason', (test) => {
  for (const command of [
    ['hold', '--all', '--until', '1h'],
    ['release'],
    ['block', '--match', 'x'],
    ['approve', '--live', 'account'],
    ['undo', 'run-1'],
  ])
    test(`of ${command[0]} is no longer than a daemon takes`, () => {
      assert.is(parsed(...command, '--reason', 'x'.repeat(10_000))._tag, 'Command')
      const read = parsed(...command, '--reason', 'x'.repeat(10_001))
      assert.match(read._tag === 'Usage' ? read.text : read._tag, /^error: --reason: at most 10000 characters/m)
    })
})

spec('a digest', (test) => {
  test('may be written in capitals, as other tools print it', () => {
    const read = parsed('apply', '--digest', `SHA256:${'AB'.repeat(32)}`)
    assert.is(read._tag === 'Command' && 'digest' in read.command && read.command.digest, `sha256:${'ab'.repeat(32)}`)
    const log = parsed('verify-log', '--expect', 'AB'.repeat(32))
    assert.is(log._tag === 'Command' && 'expect' in log.command && log.command.expect, 'ab'.repeat(32))
  })
})

spec('a pattern that would match nobody', (test) => {
  const END = ['--reason', 'r', '--until', '1h']
  const said = (...argv: ReadonlyArray<string>): string => {
    const read = parsed(...argv)
    return read._tag === 'Usage' ? read.text : read._tag
  }
  test('is wrong usage where it is to keep users from something', () => {
    assert.match(
      said('hold', '--user', 'printer-[12]*', ...END),
      /^error: --user: only \* and \? are special .* has \[; write a pattern/m,
    )
    assert.match(said('block', '--match', '{a,b}@a.example', ...END), /^error: --match: only \* and \? are special/m)
    assert.match(said('block', '--match', 'a, b', ...END), /has ,;/)
  })

  test('is none where ? stands in its place, nor where what there is already is named', () => {
    for (const argv of [
      ['hold', '--user', 'printer-?12?*', ...END],
      ['block', '--match', 'jös+1@a.example', ...END],
      ['release', '--user', 'printer-[12]*'],
      ['release', '--protected', 'm[1]@a.example'],
      ['plan', '--user', 'm[1]@a.example'],
    ])
      assert.is(said(...argv), 'Command', argv.join(' '))
  })
})

spec('an option that stands twice', (test) => {
  for (const [name, words, option] of [
    ['block', ['--reason', 'r'], '--match'],
    ['hold', ['--reason', 'r', '--until', '1h'], '--user'],
    ['apply', [], '--scope'],
    ['plan', [], '--user'],
    ['plan', [], '--format'],
  ] as const)
    test(`${name} ${option}: takes the place of no other value`, () => {
      const [one, other] = option === '--format' ? ['text', 'json'] : ['account', 'subaccount:S1']
      const read = parsed(name, ...words, option, one, option, other)
      assert.match(
        read._tag === 'Usage' ? read.text : read._tag,
        /^error: option .* is invalid\. The option stands twice, and takes/m,
      )
      assert.is(parsed(name, ...words, option, one, option, one)._tag, 'Command', 'the same again')
    })

  test('is fine where it takes several, and where it belongs to all commands: then the last one counts', () => {
    assert.is(parsed('export', '--subaccount', 'A', '--subaccount', 'B')._tag, 'Command')
    const read = parsed('-c', 'one.yaml', 'plan', '-c', 'other.yaml')
    assert.is(read._tag === 'Command' ? read.global.config : '', 'other.yaml')
  })
})

spec('a scope that names a subaccount alone', (test) => {
  test('is told how it is written', () => {
    const read = parsed('plan', '--scope', 'Sub001')
    assert.match(
      read._tag === 'Usage' ? read.text : read._tag,
      /a scope is account or subaccount:ID; did you mean subaccount:Sub001\?/,
    )
    const other = parsed('plan', '--scope', 'Account')
    assert.match(other._tag === 'Usage' ? other.text : other._tag, /; did you mean account\?/)
  })

  test('is told no name with the word twice', () => {
    const read = parsed('plan', '--scope', 'subaccount:*')
    assert.match(read._tag === 'Usage' ? read.text : read._tag, /a scope is account or subaccount:ID(?!; did you mean)/)
  })
})
