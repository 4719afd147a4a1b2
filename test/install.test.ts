// The package as a user installs it: packed, installed into a folder of its own, run from there.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { spec } from './support/spec.ts'
import { installedByDpkg } from './systemd/debian.ts'

const ROOT = resolve(import.meta.dirname, '..')
const run = promisify(execFile)
const DEBIAN = existsSync('/usr/bin/dpkg-deb')

const pack = async (into: string): Promise<{ readonly file: string; readonly paths: ReadonlyArray<string> }> => {
  // The build is there: this is a test of what is packed, and rebuilding would pull it away under other tests.
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', into], { cwd: ROOT })
  const [packed]: ReadonlyArray<{ filename: string; files: ReadonlyArray<{ path: string }> }> = JSON.parse(stdout)
  return { file: join(into, packed?.filename ?? ''), paths: packed?.files.map(({ path }) => path) ?? [] }
}

const KIND =
  /^(dist\/.+\.js(\.map)?|dist\/config\.schema\.json|dist\/smtp2go-reconciler\.1|dist\/completion\/_?smtp2go-reconciler(\.fish)?|systemd\/([^/]+\.(service|conf|yaml|json)|deb\.sh)|[^/]+)$/
const TOP = ['CHANGELOG.md', 'LICENSE', 'README.md', 'config.example.yaml', 'package.json']

/** Everything of the Debian package but the program itself. */
const PLACES =
  /^(?!usr\/lib\/node_modules\/).*\/[^/]+\.[a-z0-9]+$|^usr\/(bin|share\/(bash-completion\/completions|zsh\/vendor-completions|doc\/smtp2go-reconciler))\/[^/.]+$/
const DEBIAN_FILES = [
  'usr/bin/smtp2go-reconciler',
  'usr/lib/systemd/system/smtp2go-reconciler.service',
  'usr/lib/systemd/system/smtp2go-reconciler@.service',
  'usr/share/bash-completion/completions/smtp2go-reconciler',
  'usr/share/doc/smtp2go-reconciler/README.md',
  'usr/share/doc/smtp2go-reconciler/changelog.Debian.gz',
  'usr/share/doc/smtp2go-reconciler/changelog.gz',
  'usr/share/doc/smtp2go-reconciler/config.schema.json',
  'usr/share/doc/smtp2go-reconciler/copyright',
  'usr/share/doc/smtp2go-reconciler/examples',
  'usr/share/doc/smtp2go-reconciler/examples/config.example.yaml',
  'usr/share/doc/smtp2go-reconciler/examples/grafana-dashboard.json',
  'usr/share/doc/smtp2go-reconciler/examples/control-group.conf',
  'usr/share/doc/smtp2go-reconciler/examples/ip-allow-list.conf',
  'usr/share/doc/smtp2go-reconciler/examples/notify-by-child.conf',
  'usr/share/doc/smtp2go-reconciler/examples/prometheus-alerts.yaml',
  'usr/share/fish/vendor_completions.d',
  'usr/share/fish/vendor_completions.d/smtp2go-reconciler.fish',
  'usr/share/man/man1/smtp2go-reconciler.1.gz',
  'usr/share/zsh/vendor-completions/_smtp2go-reconciler',
]

spec('the package', (test) => {
  test(`installed for everybody, it runs: version, help, schema, and the daemon on the sandbox${DEBIAN ? ', and as a Debian package, by dpkg, under systemd' : ''}`, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'install-'))
    try {
      const { file, paths } = await pack(dir)
      assert.equal(
        paths.filter((path) => !KIND.test(path)),
        [],
        'the build, the units and the papers, and nothing else',
      )
      assert.equal(paths.filter((path) => !path.includes('/')).sort(), TOP)
      for (const needed of [
        'dist/main.js',
        'dist/config.schema.json',
        'systemd/smtp2go-reconciler.service',
        'systemd/smtp2go-reconciler@.service',
      ])
        assert.ok(paths.includes(needed), needed)

      const prefix = join(dir, 'prefix')
      // What a package of ours wants may not be in the cache, and a registry does not answer always.
      const quiet = ['--prefer-offline', '--fetch-retries=5', '--no-audit', '--no-fund', '--loglevel=error']
      const install = () => run('npm', ['install', '--global', '--prefix', prefix, ...quiet, file], { cwd: dir })
      await install().catch(install).catch(install)
      const command = join(prefix, 'bin/smtp2go-reconciler')
      const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
      assert.is((await run(command, ['--version'], { cwd: dir })).stdout, `${version}\n`)
      assert.match((await run(command, ['--help'], { cwd: dir })).stdout, /^Usage: smtp2go-reconciler /)
      assert.is(JSON.parse((await run(command, ['schema'], { cwd: dir })).stdout).type, 'object')
      const page = await readFile(join(prefix, 'share/man/man1/smtp2go-reconciler.1'), 'utf8')
      assert.is(page, (await run(command, ['man'], { cwd: dir })).stdout, 'man finds the page')

      await writeFile(
        join(dir, 'config.yaml'),
        'version: 1\napi: { endpoint: sandbox }\nusers:\n  - username: fax@acme.example\n',
      )
      const daemon = spawn(command, ['--state-dir', join(dir, 'state'), '--log-format', 'json', 'run'], {
        cwd: dir,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      const ended = once(daemon, 'exit')
      let log = ''
      for await (const text of daemon.stderr.setEncoding('utf8')) {
        log += String(text)
        if (log.includes('"outcome":"in_sync"')) daemon.kill('SIGTERM')
      }
      assert.equal(await ended, [0, null], log)

      // Made of what npm installed, by Debian's tool where there is one; run from where dpkg would put it.
      if (DEBIAN) {
        await run(join(prefix, 'lib/node_modules/smtp2go-reconciler/systemd/deb.sh'), [prefix, dir])
        const [deb] = (await readdir(dir)).filter((name) => name.endsWith('.deb'))
        await run('dpkg-deb', ['--extract', join(dir, deb ?? ''), join(dir, 'debian')])
        assert.equal(
          (await readdir(join(dir, 'debian'), { recursive: true })).filter((path) => PLACES.test(path)).sort(),
          [...DEBIAN_FILES].sort(),
        )
        const gunzipped = await run('gzip', ['-dc', join(dir, 'debian/usr/share/man/man1/smtp2go-reconciler.1.gz')])
        assert.is(gunzipped.stdout, await readFile(join(ROOT, 'dist/smtp2go-reconciler.1'), 'utf8'))
        const { stdout } = await run(join(dir, 'debian/usr/bin/smtp2go-reconciler'), ['--version'])
        assert.is(stdout, `${version}\n`)
        const about = (await run('dpkg-deb', ['--field', join(dir, deb ?? ''), 'Package', 'Version', 'Depends'])).stdout
        if (process.geteuid?.() === 0) await installedByDpkg(join(dir, deb ?? ''), DEBIAN_FILES)
        assert.is(about, `Package: smtp2go-reconciler\nVersion: ${version}-1\nDepends: nodejs (>= 20.19)\n`)
      }
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  })
})
