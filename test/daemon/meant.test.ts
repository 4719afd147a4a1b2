// Whose daemon a command asks where nothing but the config was named: that of this config, wherever it keeps its state, or none.
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, until, type Way, withBench } from '../support/command.ts'
import { newKeyUnlikeHashes } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const seed = { account: { results: [{ username: 'one@a.example' }] } }
const HOLD = ['hold', '--all', '--until', '2d', '--reason', 'migration']
const USUAL: Way = { state: undefined }

/** Two configs of a person who names no state directory. */
const configs = async (bench: Bench): Promise<void> => {
  await bench.config('users: []\n')
  await writeFile(join(bench.dir, 'other.yaml'), 'version: 1\napi: { endpoint: sandbox }\nusers: []\n')
}

/** A systemctl that answers as this script does. */
const systemctl = async (bench: Bench, script: string): Promise<Way> => {
  const bin = join(bench.dir, 'bin')
  await mkdir(bin, { recursive: true })
  await writeFile(join(bin, 'systemctl'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return { state: undefined, env: { PATH: `${bin}:${process.env.PATH}` } }
}

/** What systemd shows of an instance that is stopped, asked by its name only. */
const stopped = (config: string): string =>
  `case "$*" in *reconciler@config.service*) cat <<END
Id=smtp2go-reconciler@config.service
LoadState=loaded
ActiveState=inactive
StateDirectory=reconciler-of-a-test
RuntimeDirectory=reconciler-of-a-test
ExecStart={ path=smtp2go-reconciler ; argv[]=smtp2go-reconciler --config ${config} run ; pid=0 }
END
esac`

spec('the daemon that is meant', (test) => {
  test('is not the one in the state directory of this person that runs another config', () =>
    withBench(seed, async (bench) => {
      await configs(bench)
      const daemon = bench.startIn(USUAL, 'run')
      await until('a run', () => daemon.err().includes('run ended'))
      await symlink('config.yaml', join(bench.dir, 'linked.yaml'))
      for (const named of [[], ['-c', 'config.yaml'], ['-c', 'linked.yaml']]) {
        const told = await bench.runIn(USUAL, ...named, 'status')
        assert.is(told.code, 0, told.err)
      }
      for (const asked of [['status'], HOLD, ['reconcile'], ['block', '--match', 'one@*', '--reason', 'trying', '--yes']]) {
        const told = await bench.runIn(USUAL, '-c', 'other.yaml', ...asked)
        assert.is(told.code, 6, told.out)
        assert.match(told.err, /^the daemon at \S+ runs \S+\/config\.yaml, with its state in \S+; that is not what was named/)
      }
      const named = await bench.runIn({ state: undefined, env: { SMTP2GO_RECONCILER_CONFIG: 'other.yaml' } }, ...HOLD)
      assert.is(named.code, 6, named.out)
      assert.not.match((await bench.runIn(USUAL, 'status')).out, /migration|trying/)
    }))

  test('is not the one in the state directory that is named, where another config is named beside it, or that directory by another config', () =>
    withBench(seed, async (bench) => {
      const state = join(bench.dir, 'state')
      await configs(bench)
      await writeFile(
        join(bench.dir, 'by-config.yaml'),
        `version: 1\nstate_dir: ${state}\napi: { endpoint: sandbox }\nusers: []\n`,
      )
      const daemon = bench.start('run')
      await until('a run', () => daemon.err().includes('run ended'))
      for (const [way, config] of [
        [{}, 'other.yaml'],
        [USUAL, 'by-config.yaml'],
      ] as const)
        for (const asked of [['status'], HOLD, ['block', '--match', 'one@*', '--reason', 'trying', '--yes']]) {
          const told = await bench.runIn(way, '-c', config, ...asked)
          assert.is(told.code, 6, told.out)
          assert.match(told.err, /^the daemon at \S+ runs \S+\/config\.yaml, with its state in \S+; that is not what was named/)
        }
      assert.not.match((await bench.run('status')).out, /migration|trying/)
    }))

  test('is for a plan the one of the state directory, so that a copy of its config is planned as it would take it', () =>
    withBench({ account: { results: [{ username: 'one@a.example', status: 'blocked' }] } }, async (bench) => {
      await bench.config('users: [{ username: one@a.example, status: blocked }]\n')
      const daemon = bench.startIn(USUAL, 'run')
      await until('a run', () => daemon.err().includes('run ended'))
      const text = await readFile(join(bench.dir, 'config.yaml'), 'utf8')
      await writeFile(join(bench.dir, 'copy.yaml'), text.replace('status: blocked', 'status: allowed'))
      const beside = await bench.runIn(USUAL, '-c', 'copy.yaml', 'plan')
      assert.match(beside.out, /: approve sha256:\w+$/m)
      // That of the config itself is it too, wherever it keeps its state.
      daemon.child.kill('SIGTERM')
      await daemon.ended
      const [runtime, state] = [join(bench.dir, 'runtime'), join(bench.dir, 'its')]
      await mkdir(runtime)
      const other = bench.startIn({ state, env: { RUNTIME_DIRECTORY: runtime } }, '-c', 'copy.yaml', 'run')
      await until('a run', () => other.err().includes('run ended'))
      const own = await bench.runIn(
        { state: undefined, env: { RUNTIME_DIRECTORY: runtime, XDG_STATE_HOME: join(bench.dir, 'x') } },
        '-c',
        'copy.yaml',
        'plan',
      )
      assert.match(own.out, /: approve sha256:\w+ --socket \S+$/m)
      const alone = await bench.runIn({ state: join(bench.dir, 'empty') }, '-c', 'copy.yaml', 'plan')
      assert.match(alone.out, /status +blocked → allowed/)
      assert.match(alone.out, /0 held/)
    }))

  test('of another account, with a state directory of its own, makes no run where one listens in its runtime directory, and says so', () =>
    withBench({ account: { results: [{ username: 'one@a.example' }] } }, async (bench) => {
      const env = { RUNTIME_DIRECTORY: join(bench.dir, 'runtime') }
      await mkdir(env.RUNTIME_DIRECTORY)
      await bench.config('reconcile: { schedule: null }\nusers: [{ username: one@a.example, description: new }]\n')
      const first = bench.startIn({ env }, 'run')
      await until('the first one ran', () => first.err().includes('run ended'))
      const other = join(bench.dir, 'other.yaml')
      const config = await readFile(join(bench.dir, 'config.yaml'), 'utf8')
      await writeFile(other, config.replace('TEST_KEY', 'OTHER_KEY').replace('description: new', 'description: other'))
      const requests = bench.requests()
      const second = await bench.runIn(
        { env: { ...env, OTHER_KEY: newKeyUnlikeHashes() }, state: join(bench.dir, 'other') },
        '-c',
        other,
        'run',
      )
      assert.is(second.code, 1, second.err)
      assert.match(
        second.err,
        /control\.sock: another daemon listens there: give each its own runtime directory, .* or end that one/,
      )
      assert.is(bench.requests(), requests)
    }))

  test('is the one of the state directory that is named, also where RUNTIME_DIRECTORY leads to another', () =>
    withBench(seed, async (bench) => {
      await configs(bench)
      const [runtime, a, b] = [join(bench.dir, 'runtime'), join(bench.dir, 'a'), join(bench.dir, 'b')]
      await mkdir(runtime)
      const env = { RUNTIME_DIRECTORY: runtime }
      const first = bench.startIn({ state: a, env }, 'run')
      await until('a run', () => first.err().includes('run ended'))
      await symlink('a', join(bench.dir, 'linked'))
      for (const [state, ...named] of [[a], [join(bench.dir, 'linked')], [a, '-c', 'config.yaml']] as const) {
        const told = await bench.runIn({ state, env }, ...named, 'status')
        assert.is(told.code, 0, told.err)
      }
      const other: Way = { state: b, env }
      const passedBy = /^the daemon at \S+\/runtime\/control\.sock runs \S+, with its state in \S+\/a; that is not what was named/
      assert.is((await bench.runIn(other, '-c', 'other.yaml', 'status')).code, 6)
      const alone = await bench.runIn(other, '-c', 'other.yaml', ...HOLD)
      assert.is(alone.code, 0, alone.err)
      assert.match(alone.err, passedBy)
      const second = bench.startIn({ state: b }, '-c', 'other.yaml', 'run')
      await until('a run', () => second.err().includes('run ended'))
      for (const asked of [
        HOLD,
        ['block', '--match', 'scanner*', '--reason', 'trying', '--yes'],
        ['release', '--all'],
        ['status'],
      ]) {
        const told = await bench.runIn(other, '-c', 'other.yaml', ...asked)
        assert.is(told.code, 0, `${asked[0]}: ${told.err}`)
      }
      assert.match((await bench.runIn({ state: b }, 'status')).out, /trying/)
      assert.not.match((await bench.runIn({ state: a, env }, 'status')).out, /migration|trying/)
    }))

  test('is that of an instance also where a link leads to its config', () =>
    withBench(seed, async (bench) => {
      await configs(bench)
      await symlink('config.yaml', join(bench.dir, 'linked.yaml'))
      const way = await systemctl(bench, stopped(join(bench.dir, 'config.yaml')))
      for (const config of ['config.yaml', 'linked.yaml']) {
        const told = await bench.runIn(way, '-c', config, ...HOLD)
        assert.is(told.code, 6, `${told.out}${told.err}`)
      }
    }))

  for (const [what, script] of [
    ['a bus', "echo 'Failed to connect to bus: No such file or directory' >&2; exit 1"],
    [
      'the bus of the system',
      "echo 'Failed to connect to system scope bus via local transport: Operation not permitted' >&2; exit 1",
    ],
  ] as const)
    test(`is here where systemctl finds no systemd: ${what}`, () =>
      withBench(seed, async (bench) => {
        await configs(bench)
        const way = await systemctl(bench, script)
        for (const asked of [HOLD, ['block', '--match', 'one@*', '--reason', 'trying', '--yes']]) {
          const told = await bench.runIn(way, ...asked)
          assert.is(told.code, 0, `${asked[0]}: ${told.err}`)
        }
      }))

  test('is here where there is no systemctl, or none that may be run', () =>
    withBench(seed, async (bench) => {
      await configs(bench)
      const bin = join(bench.dir, 'bin')
      await mkdir(bin)
      await writeFile(join(bin, 'systemctl'), '', { mode: 0o644 })
      for (const PATH of [join(bench.dir, 'nowhere'), bin]) {
        const told = await bench.runIn({ state: undefined, env: { PATH } }, ...HOLD)
        assert.is(told.code, 0, `${PATH}: ${told.err}`)
      }
    }))

  test('may be a service that is stopped: then nothing is taken where it would never see it, and plan says nothing of that', () =>
    withBench(seed, async (bench) => {
      await configs(bench)
      const way = await systemctl(bench, stopped(join(bench.dir, 'config.yaml')))
      for (const asked of [HOLD, ['block', '--match', 'one@*', '--reason', 'trying', '--yes'], ['release', '--all']]) {
        const told = await bench.runIn(way, ...asked)
        assert.is(told.code, 6, told.out)
        assert.match(
          told.err,
          /^smtp2go-reconciler@config\.service runs this config, with its state in \/var\/lib\/reconciler-of-a-test; no daemon answers at \/run\/reconciler-of-a-test\/control\.sock, and nothing was done: start it \(systemctl start smtp2go-reconciler@config\.service\), or say with --state-dir/,
        )
      }
      assert.is((await bench.runIn(way, 'plan')).err, '')
      assert.is((await bench.runIn({ ...way, state: join(bench.dir, 'mine') }, ...HOLD)).code, 0)
      const other = await bench.runIn(way, '-c', 'other.yaml', ...HOLD)
      assert.is(other.code, 0, other.err)
    }))

  test('cannot be told where systemd does not say: nothing is taken', () =>
    withBench(seed, async (bench) => {
      await configs(bench)
      const way = await systemctl(bench, 'exit 4')
      const told = await bench.runIn(way, ...HOLD)
      assert.is(told.code, 6, told.out)
      assert.match(
        told.err,
        /^systemd does not tell which service runs \S+\/config\.yaml \(systemctl ended with 4\), and nothing was done/,
      )
    }))
})
