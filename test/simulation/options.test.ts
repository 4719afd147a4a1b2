// The command line of the simulation does what it was asked, or says why not.
import * as assert from 'uvu/assert'
import { spec } from '../support/spec.ts'
import { optionsOf, USAGE } from './options.ts'

spec('options of the simulation', (test) => {
  test('many seeds, or one', () => {
    assert.equal(optionsOf([]), { _tag: 'Many', from: 1, seeds: 2000, compared: false, twice: false })
    assert.equal(optionsOf(['--seeds', '20', '--from', '5', '--workers', '1', '--compare', '--twice']), {
      _tag: 'Many',
      from: 5,
      seeds: 20,
      compared: true,
      twice: true,
      workers: 1,
    })
    assert.equal(optionsOf(['--seed', '25', '--without', 'a1,f2']), {
      _tag: 'One',
      seed: 25,
      without: 'a1,f2',
      tries: undefined,
      trace: false,
    })
    assert.equal(optionsOf(['--help']), { _tag: 'Help' })
  })

  test('a slip is refused, and not taken for what lives other seeds, or none', () => {
    for (const args of [
      ['--sed', '7'],
      ['7'],
      ['--seeds'],
      ['--seeds', 'x'],
      ['--seeds', '0'],
      ['--seed', '1.5'],
      ['--compare=no'],
    ])
      assert.is(optionsOf(args)._tag, 'Wrong', args.join(' '))
    for (const args of [
      ['--seed', '7', '--seeds', '9'],
      ['--seed', '7', '--compare'],
      ['--trace'],
      ['--seed', '7', '--without', 'x'],
    ])
      assert.is(optionsOf(args)._tag, 'Wrong', args.join(' '))
  })

  test('the help names each option that is taken', () => {
    for (const name of ['seeds', 'from', 'workers', 'compare', 'twice', 'seed', 'without', 'tries', 'trace'])
      assert.ok(USAGE.includes(`--${name} `), name)
  })
})
