// A command that a message quotes works as it stands, typed anywhere: it carries the options that lead to this daemon or state directory.
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { commandIn, reached, shellWord } from '../../src/domain/command.ts'
import { toSocket, toState } from '../../src/wiring/reached.ts'
import { type Bench, until, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const seed = { account: { results: [{ username: 'one@a.example' }, { username: 'two@a.example' }] } }
const CONFIG = 'users: [{ username: two@a.example, status: blocked }]\n'

/** Runs what a person would paste, somewhere else. */
const pasted = (bench: Bench, command: string) =>
  bench.runIn({ state: join(bench.dir, 'elsewhere') }, ...command.split(' ').map((word) => word.replaceAll("'", '')))

const commandOf = (text: string, start: string): string => {
  const [, command = ''] = new RegExp(`(?:: |smtp2go-reconciler )(${start} .*)$`, 'm').exec(text) ?? []
  return command.trim()
}

spec('a quoted command', (test) => {
  test('of the status leads to its daemon: approve, and release', () =>
    withBench(seed, async (bench) => {
      await bench.config(CONFIG)
      bench.start('run')
      const told = async (): Promise<string> => (await bench.run('status')).out
      await until('a block waits for a person', async () => (await told()).includes('needs approval'))
      assert.is((await bench.run('hold', '--removals', '--until', '1h', '--reason', 'x')).code, 0)
      const text = await told()
      const release = await pasted(bench, commandOf(text, 'release'))
      assert.is(release.code, 0, release.err)
      const approve = await pasted(bench, commandOf(text, 'approve'))
      assert.is(approve.code, 0, approve.err)
      await until('the block was made', async () => (await bench.users())[1]?.status === 'blocked')
    }))

  test('of a plan without a daemon leads to the state directory that was typed', () =>
    withBench(seed, async (bench) => {
      await bench.config(`safety: { max_blocks: 0 }\n${CONFIG}`)
      const command = commandOf((await bench.run('plan')).out, 'apply')
      const applied = await pasted(bench, command)
      assert.is(applied.code, 0, applied.err)
      assert.is(
        JSON.parse((await bench.run('history', '--format', 'json')).out).changes.length,
        1,
        'in the journal that was meant',
      )
    }))

  test('carries nothing where every shell finds the way by itself', () => {
    const env = { XDG_STATE_HOME: '/home/me/.local/state' }
    assert.is(toSocket({ env }, '/home/me/.local/state/smtp2go-reconciler/control.sock'), '')
    assert.is(toSocket({ env }, '/run/smtp2go-reconciler/control.sock'), '')
    assert.is(
      toSocket({ env }, '/run/smtp2go-reconciler@acme/control.sock'),
      ' --socket /run/smtp2go-reconciler@acme/control.sock',
    )
    const usual = { config: 'config.yaml', stateDir: undefined, logLevel: 'info', logFormat: undefined } as const
    assert.is(toState({ env }, usual), '')
    assert.is(toState({ env: { SMTP2GO_RECONCILER_CONFIG: '/etc/x.yaml' } }, { ...usual, config: '/etc/x.yaml' }), '')
    assert.is(
      toState({ env }, { ...usual, config: '/etc/my x.yaml', stateDir: '/var/x' }),
      " --config '/etc/my x.yaml' --state-dir /var/x",
    )
  })

  test('only what ends in a command gets options, and nothing that a shell would obey is a command', () => {
    assert.is(
      reached('capped; to approve it: approve sha256:0f', ' --socket /x'),
      'capped; to approve it: approve sha256:0f --socket /x',
    )
    assert.is(reached('set it to enforce', ' --socket /x'), 'set it to enforce')
    for (const word of ['$(rm)', '`rm`', 'a; rm', 'a | rm', 'a > b', 'a\nb'])
      assert.is(commandIn(`x; to end it: release --protected ${word}`), undefined, word)
    assert.is(shellWord("a'b $(rm)"), `'a'\\''b $(rm)'`)
  })
})
