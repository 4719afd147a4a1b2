// Which daemon a command of root's asks on a machine that runs several: that of what was named, or none.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { newKey } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'
import { eventually, type Files, type Lab, type Ran, withLab } from './lab.ts'

const UNIT = 'smtp2go-reconciler.service'
const ACME = 'smtp2go-reconciler@acme.service'
const CONFIG = 'version: 1\napi: { endpoint: sandbox }\nusers: [{ username: fax@acme.example }]\n'
const key = () => ({ text: `${newKey()}\n`, mode: 0o600 })
const FILES: Files = {
  'smtp2go-reconciler/config.yaml': { text: CONFIG },
  'smtp2go-reconciler/api-key': key(),
  'smtp2go-reconciler/acme.yaml': { text: CONFIG },
  'smtp2go-reconciler/acme.api-key': key(),
  'lab/try.yaml': { text: CONFIG },
}

const asRoot = (lab: Lab, ...command: ReadonlyArray<string>): Promise<Ran> =>
  lab.run('env', 'HOME=/root', 'smtp2go-reconciler', ...command)
const hold = (lab: Lab, reason: string, ...named: ReadonlyArray<string>): Promise<Ran> =>
  asRoot(lab, ...named, 'hold', '--all', '--until', '2d', '--reason', reason)
/** What the daemon of a unit knows. */
const known = async (lab: Lab, name: string): Promise<string> =>
  (await asRoot(lab, 'status', '--socket', `/run/${name}/control.sock`)).out
const start = async (lab: Lab, ...units: ReadonlyArray<string>): Promise<void> => {
  const started = await lab.run('systemctl', 'start', ...units)
  assert.is(started.code, 0, started.err)
  for (const unit of units)
    await eventually('it is up', async () => ((await lab.show(unit, 'StatusText')).StatusText ?? '').includes('sync'))
}

const OF_ACME = ['-c', '/etc/smtp2go-reconciler/acme.yaml']

const withRoot = (test: (title: string, body: () => Promise<void>) => void): void => {
  test('a command acts on the daemon of the config or of the state directory that it names, and on no other', () =>
    withLab(FILES, async (lab) => {
      await start(lab, UNIT, ACME)
      for (const named of [OF_ACME, ['--state-dir', '/var/lib/smtp2go-reconciler@acme']]) {
        const reason = `for ${named[0]}`
        const told = await hold(lab, reason, ...named)
        assert.is(told.code, 0, told.err)
        assert.ok((await known(lab, 'smtp2go-reconciler@acme')).includes(reason), told.out)
        assert.not.ok((await known(lab, 'smtp2go-reconciler')).includes(reason), told.out)
      }

      const sandbox = ['--state-dir', '/root/.sandbox', '-c', '/etc/lab/try.yaml']
      const stop = await asRoot(lab, ...sandbox, 'block', '--match', 'fax@*', '--reason', 'trying', '--yes')
      assert.is(stop.code, 0, stop.err)
      assert.match(stop.err, /runs \/etc\/smtp2go-reconciler\/config\.yaml/)
      for (const name of ['smtp2go-reconciler', 'smtp2go-reconciler@acme'])
        assert.not.match(await known(lab, name), /trying/, stop.out)
      const own = await hold(lab, 'a config of its own', '-c', '/etc/lab/try.yaml')
      assert.is(own.code, 0, own.err)
      assert.not.match(await known(lab, 'smtp2go-reconciler'), /a config of its own/, own.out)

      for (const named of [
        [],
        ['-c', '/etc/smtp2go-reconciler/config.yaml'],
        ['--state-dir', '/var/lib/smtp2go-reconciler'],
        ['--state-dir', '/var/lib/smtp2go-reconciler', '-c', '/etc/smtp2go-reconciler/config.yaml'],
        OF_ACME,
      ])
        assert.is((await asRoot(lab, ...named, 'status')).code, 0, named.join(' '))
      const none = await asRoot(lab, '-c', '/etc/lab/try.yaml', 'status')
      assert.is(none.code, 6)
      assert.match(
        none.err,
        /control\.sock runs \/etc\/smtp2go-reconciler\/config\.yaml, with its state in .*no daemon answers here/s,
      )

      const homeless = (...command: ReadonlyArray<string>): Promise<Ran> =>
        lab.run('setpriv', '--reuid=1000', '--regid=1000', '--clear-groups', 'smtp2go-reconciler', ...command)
      const closed = await homeless('status', '--socket', '/run/smtp2go-reconciler/control.sock')
      assert.match(`${closed.code} ${closed.err}`, /^6 the control socket \S+ is not open to you/)
      assert.match((await homeless('history')).err, /^no journal is in \/nonexistent\/.* say where with --state-dir$/m)
      const applied = await homeless('-c', '/etc/lab/try.yaml', 'apply', '--yes')
      assert.match(`${applied.code} ${applied.err}`, /^1 .*choose another with --state-dir/s)

      const looked = await asRoot(lab, ...OF_ACME, 'doctor')
      assert.match(looked.out, /^ok {7}daemon: it runs since/m)
      assert.match(looked.out, /@acme\.service is active/)
    }))

  test('where the service is stopped, nothing is taken where it would never see it', () =>
    withLab(FILES, async (lab) => {
      await start(lab, UNIT, ACME)
      await lab.run('systemctl', 'stop', UNIT, ACME)
      const units = [
        [ACME, OF_ACME],
        [UNIT, ['-c', '/etc/smtp2go-reconciler/config.yaml']],
      ] as const
      for (const [unit, named] of units) {
        const told = await hold(lab, 'stopped', ...named)
        assert.is(told.code, 6, told.out)
        assert.match(told.err, new RegExp(`^${unit} runs this config.*nothing was done: start it \\(systemctl start ${unit}\\)`))
        assert.match((await asRoot(lab, ...named, 'doctor')).out, new RegExp(`systemctl start ${unit}`))
      }
      assert.is((await hold(lab, 'on purpose', ...OF_ACME, '--state-dir', '/root/elsewhere')).code, 0)
    }))
}

spec('commands under systemd', (test) => {
  if (process.geteuid?.() === 0) withRoot(test)
  else
    test('were not tried, since booting units needs root: of the recipe only the syntax holds', () => {
      execFileSync('bash', ['-n', join(import.meta.dirname, 'lab.sh')])
    })
})
