// The Debian package on a machine of its own: real dpkg, its scripts, the real systemd.
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { newKey } from '../support/fresh.ts'
import { eventually, type Lab, withLab } from './lab.ts'

const UNIT = 'smtp2go-reconciler.service'
const CONFIG = 'version: 1\napi: { endpoint: sandbox }\nusers:\n  - username: fax@acme.example\n'

/** What dpkg knows of the machine: the runtime of this version, and nothing else. */
const remember = (lab: Lab, node: string): void => {
  const about = ['Package: nodejs', 'Status: install ok installed', 'Maintainer: nobody <nobody@example.invalid>']
  const more = [`Version: ${node}`, 'Architecture: all', 'Description: the runtime']
  for (const folder of ['info', 'updates', 'triggers']) mkdirSync(lab.path(`/var/lib/dpkg/${folder}`), { recursive: true })
  writeFileSync(lab.path('/var/lib/dpkg/status'), `${[...about, ...more].join('\n')}\n`)
  writeFileSync(lab.path('/var/lib/dpkg/info/nodejs.list'), '/.\n')
}

/** Installs a package with dpkg, starts what it brought, installs it again, and purges it; `places` are paths that it must bring. */
export const installedByDpkg = (deb: string, places: ReadonlyArray<string>): Promise<void> =>
  withLab(
    {},
    async (lab) => {
      const run = async (...command: ReadonlyArray<string>): Promise<string> => {
        const ran = await lab.run(...command)
        assert.is(ran.code, 0, `${command.join(' ')}: ${ran.out}${ran.err}`)
        return ran.out
      }
      copyFileSync(deb, lab.path('/root/package.deb'))
      remember(lab, '18.20.4')
      const old = await lab.run('dpkg', '--install', '/root/package.deb')
      assert.is.not(old.code, 0, 'a runtime that is too old is refused')
      assert.match(old.err, /depends on nodejs \(>= 20\.19\)/)
      remember(lab, process.versions.node)

      assert.match(
        await run('dpkg', '--install', '/root/package.deb'),
        /put config\.yaml and api-key .* into \/etc\/smtp2go-reconciler/,
      )
      assert.is(await run('dpkg', '--verify', 'smtp2go-reconciler'), '', 'every file is as it was packed')
      const listed = (await run('dpkg', '--listfiles', 'smtp2go-reconciler')).split('\n')
      assert.equal(
        places.filter((place) => !listed.includes(`/${place}`) || !existsSync(lab.path(`/${place}`))),
        [],
      )
      assert.is((await lab.show(UNIT, 'ActiveState')).ActiveState, 'inactive', 'nothing is started that is not configured')

      writeFileSync(lab.path('/etc/smtp2go-reconciler/config.yaml'), CONFIG)
      writeFileSync(lab.path('/etc/smtp2go-reconciler/api-key'), `${newKey()}\n`, { mode: 0o600 })
      await run('systemctl', 'start', UNIT)
      await eventually(
        'it is in sync',
        async () => (await lab.show(UNIT, 'StatusText')).StatusText?.startsWith('in sync') === true,
      )
      assert.match(await run('smtp2go-reconciler', 'status'), /^account {2}in sync/m)
      const doctor = await lab.run('smtp2go-reconciler', '--config', '/etc/smtp2go-reconciler/config.yaml', 'doctor')
      assert.match(doctor.out, /^ok {7}service: smtp2go-reconciler\.service is active, and says: in sync/m)

      const { MainPID: before } = await lab.show(UNIT, 'MainPID')
      await run('dpkg', '--install', '/root/package.deb')
      const after = await lab.show(UNIT, 'MainPID', 'ActiveState')
      assert.is(after.ActiveState, 'active')
      assert.is.not(after.MainPID, before, 'an upgrade runs the new program')

      assert.match(await run('dpkg', '--purge', 'smtp2go-reconciler'), /\/etc\/smtp2go-reconciler is left/)
      assert.is((await lab.show(UNIT, 'ActiveState')).ActiveState, 'inactive')
      for (const gone of places) assert.not.ok(existsSync(lab.path(`/${gone}`)), gone)
      assert.ok(existsSync(lab.path('/etc/smtp2go-reconciler/config.yaml')), "somebody's work stays")
      assert.ok(existsSync(lab.path('/var/lib/private/smtp2go-reconciler/journal.jsonl')))
    },
    'bare',
  )
