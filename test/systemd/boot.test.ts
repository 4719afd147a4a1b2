// The shipped units under a real systemd: a machine of its own in namespaces, the built program, the sandbox on its loopback.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { newKey } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'
import { eventually, type Files, type Lab, withLab } from './lab.ts'

const UNIT = 'smtp2go-reconciler.service'
const README = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
const KEY = newKey()
const api = 'api: { endpoint: "http://127.0.0.1:8025/v3", key: { credential: api-key }, pace: off }'
const config = `version: 1
${api}
users:
  - { username: one@a.example, description: new }
  - { username: two@a.example, email_password: { generate: /var/lib/smtp2go-reconciler/two.password } }
`
const seed = {
  account: { results: [{ username: 'one@a.example', description: 'old' }] },
  keys: { [KEY]: ['/users/smtp/view', '/users/smtp/add', '/users/smtp/edit'] },
}
const FILES: Files = {
  'smtp2go-reconciler/config.yaml': { text: config },
  'smtp2go-reconciler/api-key': { text: `${KEY}\n`, mode: 0o600 },
  'lab/seed.json': { text: JSON.stringify(seed) },
  'systemd/lab/sandbox.service': {
    text: '[Service]\nExecStart=smtp2go-reconciler sandbox --port 8025 --seed /etc/lab/seed.json\nUnsetEnvironment=NODE_OPTIONS HTTPS_PROXY\n',
  },
}

/** What the README says to ask the service's own questions with, as a unit: the lab has no bus for `systemd-run`. */
const asked = (): Files => {
  const command = /^ *sudo systemd-run [\s\S]*? plan$/m.exec(README)?.[0] ?? ''
  const properties = [...command.matchAll(/--property=(\S+)/g)].map(([, property = '']) => property)
  const program = command.slice(command.lastIndexOf('smtp2go-reconciler --config'))
  const unit = ['[Service]', 'Type=oneshot', 'UnsetEnvironment=NODE_OPTIONS HTTPS_PROXY', `ExecStart=${program}`, ...properties]
  return { 'systemd/lab/asked.service': { text: `${unit.join('\n')}\n` } }
}

const dropIn = (unit: string, text: string): Files => ({ [`systemd/lab/${unit}.d/lab.conf`]: { text: `[Service]\n${text}\n` } })

/** Logged by systemd's own words, since a unit that has stopped is soon forgotten. */
const HOW_IT_ENDED = `ExecStopPost=sh -c 'echo ended: $$SERVICE_RESULT $$EXIT_CODE $$EXIT_STATUS'`

/** Starts units; each must be up when `systemctl start` comes back. */
const start = async (lab: Lab, ...units: ReadonlyArray<string>): Promise<void> => {
  const started = await lab.run('systemctl', 'start', ...units)
  assert.is(started.code, 0, started.err)
}

const sandbox = async (lab: Lab): Promise<void> => {
  await start(lab, 'sandbox.service')
  await eventually('the sandbox listens', async () => (await lab.journal()).includes('listening on http://127.0.0.1:8025/v3'))
}

const statusText = async (lab: Lab): Promise<string> => (await lab.show(UNIT, 'StatusText')).StatusText ?? ''

const inProc = (lab: Lab, pid: string | undefined, file: string): string => readFileSync(lab.path(`/proc/${pid}/${file}`), 'utf8')

const withRoot = (test: (title: string, body: () => Promise<void>) => void): void => {
  test('starts, serves, reloads and stops as systemd expects, as nobody, with a key that it cannot read itself', () =>
    withLab({ ...FILES, ...asked(), ...dropIn(UNIT, HOW_IT_ENDED) }, async (lab) => {
      const verified = await lab.run('systemd-analyze', 'verify', UNIT, 'smtp2go-reconciler@.service')
      assert.equal(verified, { code: 0, out: '', err: '' }, 'verify is clean where everything is in its place')
      // Node would not even start with it; UnsetEnvironment takes it away.
      await lab.run('systemctl', 'set-environment', 'NODE_OPTIONS=--no-such-option', 'HTTPS_PROXY=http://127.0.0.1:1')
      await sandbox(lab)

      await start(lab, UNIT)
      const up = await lab.show(UNIT, 'ActiveState', 'Type', 'MainPID', 'NRestarts')
      assert.is(`${up.ActiveState} ${up.Type} ${up.NRestarts}`, 'active notify 0')
      await eventually('the result is told', async () => (await statusText(lab)) === 'in sync: 2 users in 1 scope')

      const uid = /^Uid:\t(\d+)/m.exec(inProc(lab, up.MainPID, 'status'))?.[1] ?? '0'
      assert.ok(Number(uid) >= 61184 && Number(uid) <= 65519, `a dynamic user, not ${uid}`)
      assert.not.match(inProc(lab, up.MainPID, 'environ'), new RegExp(`NODE_OPTIONS|PROXY|${KEY}`))
      const asService = ['setpriv', '--reuid', uid, '--regid', uid, '--clear-groups']
      assert.is((await lab.run(...asService, 'cat', '/etc/smtp2go-reconciler/config.yaml')).code, 0)
      assert.is.not((await lab.run(...asService, 'cat', '/etc/smtp2go-reconciler/api-key')).code, 0, 'the source of the key')
      const state = statSync(lab.path('/var/lib/private/smtp2go-reconciler'))
      assert.is(`${state.uid} ${(state.mode & 0o777).toString(8)}`, `${uid} 700`)
      const password = lab.path('/var/lib/private/smtp2go-reconciler/two.password')
      assert.is((statSync(password).mode & 0o777).toString(8), '600')
      const socket = ['--socket', '/run/smtp2go-reconciler/control.sock']
      assert.match((await lab.run('smtp2go-reconciler', 'status', ...socket)).out, /in sync for/)
      assert.is.not(
        (await lab.run('setpriv', '--reuid=1', '--regid=1', '--clear-groups', 'smtp2go-reconciler', 'status', ...socket)).code,
        0,
      )

      const told = await lab.run('smtp2go-reconciler', '--config', '/etc/smtp2go-reconciler/config.yaml', 'doctor')
      assert.is(told.code, 0, told.out)
      assert.match(told.out, /^warning {2}secrets: smtp2go-reconciler\.service found them when it started/m)
      assert.match(
        told.out,
        /^ok {7}state directory: \/var\/lib\/smtp2go-reconciler belongs to the user of smtp2go-reconciler\.service/m,
      )
      assert.match(told.out, /^ok {7}journal: its last file fits/m)
      assert.match(told.out, /^ok {7}service: smtp2go-reconciler\.service is active, and says: in sync/m)
      assert.match(told.out, /^warning {2}service: smtp2go-reconciler\.service is not started at boot/m)

      const recipe = /^0 6 2 \* \* +smtp2go-reconciler report (--state-dir \S+) /m.exec(README)?.[1]?.split(' ') ?? []
      const evidence = await lab.run('env', 'HOME=/root', 'smtp2go-reconciler', 'report', ...recipe, '--since', '1d')
      assert.match(evidence.out, /each with the hash of the one before: all fit/)
      assert.is(evidence.err, '')

      const { MainPID } = await lab.show(UNIT, 'MainPID')
      await start(lab, 'asked.service')
      assert.match(await lab.journal(), /nothing to do: the live users are as the config says/)
      assert.is((await lab.show(UNIT, 'MainPID')).MainPID, MainPID, 'a plan beside it leaves the daemon alone')

      const file = lab.path('/etc/smtp2go-reconciler/config.yaml')
      writeFileSync(file, config.replace('new }', 'newer, nonsense: true }'))
      assert.is((await lab.run('systemctl', 'reload', UNIT)).code, 0)
      await eventually('the broken config is told', async () => (await statusText(lab)).includes('config file is broken'))
      writeFileSync(file, config.replace('new }', 'newer }'))
      assert.is((await lab.run('systemctl', 'reload', UNIT)).code, 0)
      await eventually('it is mended', async () => (await statusText(lab)).startsWith('in sync'))
      await eventually('the reload is over', async () => (await lab.show(UNIT, 'ActiveState')).ActiveState === 'active')
      assert.is((await lab.show(UNIT, 'MainPID')).MainPID, up.MainPID, 'one process all the time')

      const asked = performance.now()
      assert.is((await lab.run('systemctl', 'stop', UNIT)).code, 0)
      assert.ok(performance.now() - asked < 10_000, 'S16: it ends within 10 s')
      const journal = await lab.journal()
      assert.match(journal, /ended: success exited 0/)
      assert.not.match(journal, new RegExp(`${KEY}|SIGSYS|notification message from PID`))
      assert.not.match(journal, new RegExp(readFileSync(password, 'utf8').trim().replace(/\W/g, '\\$&')))
    }))

  test('takes along what an apply of a person has learned, and root adopts for it', () =>
    withLab(FILES, async (lab) => {
      await sandbox(lab)
      const asRoot = (...args: ReadonlyArray<string>) =>
        lab.run(
          'env',
          'CREDENTIALS_DIRECTORY=/etc/smtp2go-reconciler',
          'smtp2go-reconciler',
          '-c',
          '/etc/smtp2go-reconciler/config.yaml',
          ...args,
        )
      const own = '/root/.local/state/smtp2go-reconciler'
      const file = lab.path('/etc/smtp2go-reconciler/config.yaml')
      writeFileSync(file, config.replace(/^.*generate.*\n/m, ''))
      const applied = await asRoot('--state-dir', own, 'apply', '--yes')
      assert.is(applied.code, 0, applied.err)
      const [, copy = ''] = /^ *sudo (cp -rT ~\S+ \/var\/lib\/smtp2go-reconciler)/m.exec(README) ?? []
      assert.is((await lab.run('env', 'HOME=/root', 'sh', '-c', copy)).code, 0, copy)
      writeFileSync(file, config.replace('description: new', 'status: blocked'))
      await start(lab, UNIT)
      // Of a user that it does not know for a day it would wait for a word to block it.
      await eventually('who is known is blocked', async () => (await statusText(lab)) === 'in sync: 2 users in 1 scope')
      const dir = lab.path('/var/lib/private/smtp2go-reconciler')
      assert.is.not(statSync(dir).uid, 0)
      writeFileSync(file, config.replace('description: new', 'status: blocked').replace(/^.*one@.*\n/m, ''))
      const adopted = await asRoot('--state-dir', '/var/lib/smtp2go-reconciler', 'export', '--adopt')
      assert.is(adopted.code, 0, adopted.err)
      assert.is(adopted.out, '/etc/smtp2go-reconciler/config.yaml: + one@a.example (account)\n')
    }))

  test('a daemon that hangs is killed by the watchdog and comes back', () =>
    withLab({ ...FILES, ...dropIn(UNIT, 'WatchdogSec=10s\nRestartSec=1s') }, async (lab) => {
      await sandbox(lab)
      await start(lab, UNIT)
      const now = () => lab.show(UNIT, 'WatchdogTimestampMonotonic', 'MainPID', 'ActiveState')
      const first = await now()
      let next = first
      await eventually('a sign of life, or an end', async () => {
        next = await now()
        return next.WatchdogTimestampMonotonic !== first.WatchdogTimestampMonotonic
      })
      assert.is(`${next.ActiveState} ${next.MainPID}`, `active ${first.MainPID}`)
      await lab.run('systemctl', 'kill', '--kill-who=main', '--signal=STOP', UNIT)
      await eventually('it is back', async () => {
        const { NRestarts, ActiveState } = await lab.show(UNIT, 'NRestarts', 'ActiveState')
        return NRestarts !== '0' && ActiveState === 'active'
      })
      assert.match(await lab.journal(), /Failed with result 'watchdog'/)
      await eventually('it works', async () => (await statusText(lab)).startsWith('in sync'))
    }))

  test('a group talks to it with the drop-in for that, and an authority is trusted that `systemctl edit` names', () => {
    const files: Files = {
      ...FILES,
      group: { text: 'root:x:0:\nadm:x:4:\nnogroup:x:65534:\nsystemd-journal:x:999:\n' },
      'smtp2go-reconciler/config.yaml': { text: `${config}control: { group: adm }\n` },
      ...dropIn(UNIT, 'Environment=NODE_EXTRA_CA_CERTS=/etc/smtp2go-reconciler/ca.pem'),
    }
    return withLab(files, async (lab) => {
      await sandbox(lab)
      const ended = () => lab.show(UNIT, 'ActiveState', 'ExecMainStatus', 'NRestarts')
      assert.is.not((await lab.run('systemctl', 'start', UNIT)).code, 0, 'without it the start fails')
      const { ActiveState, ExecMainStatus, NRestarts } = await ended()
      assert.is(`${ActiveState} ${ExecMainStatus} ${NRestarts}`, 'failed 5 0')
      assert.match(await lab.journal(), /take the drop-in control-group\.conf/)
      cpSync(join(import.meta.dirname, '../../systemd/control-group.conf'), lab.path(`/etc/systemd/lab/${UNIT}.d/group.conf`))
      await lab.run('systemctl', 'daemon-reload')
      await start(lab, UNIT)
      const member = ['setpriv', '--reuid=1000', '--regid=1000', '--groups=4', 'env', 'HOME=/', 'smtp2go-reconciler']
      const told = await lab.run(...member, 'status')
      assert.is(told.code, 0, told.err)
      const { MainPID } = await lab.show(UNIT, 'MainPID')
      assert.match(inProc(lab, MainPID, 'environ'), /NODE_EXTRA_CA_CERTS=\/etc\/smtp2go-reconciler\/ca\.pem/)
    })
  })

  test('each instance has its own user, state and socket, speaks without node-unix-socket too, and a bad config does not loop', () => {
    const [acme, broken] = ['smtp2go-reconciler@acme.service', 'smtp2go-reconciler@broken.service']
    const child = readFileSync(join(import.meta.dirname, '../../systemd/notify-by-child.conf'), 'utf8')
    const files: Files = {
      ...FILES,
      // The embedded sandbox keeps its users in the state directory of the instance.
      'smtp2go-reconciler/acme.yaml': {
        text: 'version: 1\napi: { endpoint: sandbox }\nusers:\n  - username: fax@acme.example\n',
      },
      'smtp2go-reconciler/acme.api-key': { text: `${newKey()}\n`, mode: 0o600 },
      'smtp2go-reconciler/broken.yaml': { text: 'version: 1\nnonsense: true\n' },
      'smtp2go-reconciler/broken.api-key': { text: `${newKey()}\n`, mode: 0o600 },
      'systemd/lab/smtp2go-reconciler@acme.service.d/child.conf': { text: child },
      ...dropIn(acme, 'InaccessiblePaths=/usr/local/lib/node_modules/smtp2go-reconciler/node_modules/node-unix-socket'),
      ...dropIn(broken, 'RestartSec=100ms'),
    }
    return withLab(files, async (lab) => {
      await sandbox(lab)
      const refused = await lab.run('systemctl', 'start', broken)
      assert.is.not(refused.code, 0)
      await start(lab, UNIT, acme)
      const pids = await Promise.all([UNIT, acme].map(async (one) => (await lab.show(one, 'MainPID')).MainPID))
      const uids = pids.map((pid) => /^Uid:\t(\d+)/m.exec(inProc(lab, pid, 'status'))?.[1])
      assert.is.not(uids[0], uids[1])
      for (const [name, uid] of [
        ['smtp2go-reconciler', uids[0]],
        ['smtp2go-reconciler@acme', uids[1]],
      ]) {
        const ledger = lab.path(`/var/lib/private/${name}/ledger.json`)
        // A unit is up once a scope was attempted; what was seen there is written down after that.
        await eventually('the first run is written down', async () => existsSync(ledger))
        assert.is(String(statSync(ledger).uid), uid)
        const answer = await lab.run('smtp2go-reconciler', 'status', '--socket', `/run/${name}/control.sock`)
        assert.is(answer.code, 0, answer.err)
      }
      await lab.run('systemctl', 'stop', UNIT)
      assert.is((await lab.run('smtp2go-reconciler', 'status', '--socket', '/run/smtp2go-reconciler@acme/control.sock')).code, 0)
      const { ActiveState, Result, ExecMainStatus, NRestarts } = await lab.show(
        broken,
        'ActiveState',
        'Result',
        'ExecMainStatus',
        'NRestarts',
      )
      assert.is(`${ActiveState} ${Result} ${ExecMainStatus} ${NRestarts}`, 'failed exit-code 5 0')
      const told = await lab.run('smtp2go-reconciler', '--config', '/etc/smtp2go-reconciler/broken.yaml', 'doctor')
      assert.is(told.code, 5)
      assert.match(
        told.out,
        /^trouble {2}service: smtp2go-reconciler@broken\.service has stopped: the config or a secret was invalid/m,
      )
      assert.match(await lab.journal(), /broken\.yaml:2:1 .*unknown key/)
    })
  })
}

spec('the units under systemd', (test) => {
  if (process.geteuid?.() === 0) withRoot(test)
  else
    test('were not booted, which needs root: of their recipe only the syntax holds', () => {
      execFileSync('bash', ['-n', join(import.meta.dirname, 'lab.sh')])
    })
})
