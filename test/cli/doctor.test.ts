// `doctor` from outside: it says what is well and what to do about what is not, and only reads (S13).
import { appendFile, chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Ended, until, withBench } from '../support/command.ts'
import { newKeyUnlikeHashes } from '../support/fresh.ts'
import { ask, servedAt } from '../support/http.ts'
import { spec } from '../support/spec.ts'

const granted =
  (...endpoints: ReadonlyArray<string>) =>
  (key: string) => ({
    account: { results: [{ username: 'one@a.example' }] },
    subaccounts: { Sub1: { results: [{ username: 'sub@b.example' }] } },
    keys: { [key]: endpoints },
  })
const LEAST = ['/users/smtp/view', '/users/smtp/add', '/users/smtp/edit']
const users = `users: [{ username: one@a.example, description: new }]
subaccounts: [{ id: Sub1, users: [] }]
`

type Check = { readonly check: string; readonly verdict: string; readonly message: string; readonly advice: string | null }

const checksIn = ({ out }: Ended): ReadonlyMap<string, Check> => {
  const { checks }: { checks: ReadonlyArray<Check> } = JSON.parse(out)
  return new Map(checks.map((one) => [one.check, one]))
}

spec('doctor', (test) => {
  test('where all is well it says so and exits 0, reads each scope once, and leaves no trace (S13)', () =>
    withBench(granted(...LEAST), async (bench) => {
      await bench.config(users)
      const told = await bench.run('doctor')
      assert.is(told.code, 0, told.out + told.err)
      for (const check of [
        'config',
        'schedule',
        'secrets',
        'key',
        'permissions',
        'clock',
        'state directory',
        'ledger',
        'journal',
      ])
        assert.match(told.out, new RegExp(`^ok {7}${check}: `, 'm'))
      assert.match(told.out, /^ok {7}scope: account: 1 live, 1 listed$/m)
      assert.match(told.out, /^warning {2}daemon: none runs here: there is no \S+\n {9}→ start one/m)
      assert.equal(
        (await bench.log()).map(({ path }) => path),
        ['/v3/api_keys/permissions', '/v3/users/smtp/view', '/v3/users/smtp/view'],
      )
      assert.equal(await readdir(bench.dir), ['config.yaml'], 'no state directory was made')
    }))

  test('a state directory that cannot be made is trouble (1)', () =>
    withBench(granted(...LEAST), async (bench) => {
      await bench.config(users)
      const { code, out } = await bench.runIn({ state: '/proc/nope/state' }, 'doctor')
      assert.is(code, 1)
      assert.match(out, /^trouble {2}state directory: \/proc\/nope\/state is not there, and cannot be made: \/proc has no room/m)
    }))

  test('a state directory that is a link, or within one, that leads nowhere is trouble (1), and apply says the same', () =>
    withBench(granted(...LEAST), async (bench) => {
      await bench.config(users)
      await symlink(join(bench.dir, 'unmounted/volume'), join(bench.dir, 'link'))
      for (const state of [join(bench.dir, 'link'), join(bench.dir, 'link/state')])
        for (const command of [['doctor'], ['apply', '--yes']]) {
          const { code, out, err } = await bench.runIn({ state }, ...command)
          assert.is(code, 1)
          assert.match(out + err, /a link that leads nowhere is in the way \(EEXIST\)/)
        }
    }))

  test('a key that may do too little is trouble (6), one that may do too much a warning', () =>
    withBench(granted('/users/smtp/view'), async (bench) => {
      await bench.config(users)
      const little = await bench.run('doctor', '--format', 'json')
      assert.is(little.code, 6)
      assert.match(checksIn(little).get('permissions')?.message ?? '', /may not call \/users\/smtp\/add, \/users\/smtp\/edit/)
      await bench.post('/_reset', { ...granted('*')(bench.key), switches: { permissions_form: 'patterns' } })
      const much = await bench.run('doctor', '--format', 'json')
      assert.is(much.code, 0, much.out)
      assert.is(checksIn(much).get('permissions')?.verdict, 'warning')
    }))

  test('a refused key is told once, and nothing more is asked', () =>
    withBench(
      (key) => ({ ...granted()(key), keys: {} }),
      async (bench) => {
        await bench.config(users)
        const told = await bench.run('doctor', '--format', 'json')
        assert.is(told.code, 6)
        assert.match(checksIn(told).get('key')?.message ?? '', /refused the API key/)
        assert.is((await bench.log()).length, 1)
        assert.not.ok(told.out.includes(bench.key))
      },
    ))

  test('without a config, and with a broken one or a missing secret, it tells what it can and exits 5', () =>
    withBench(granted(...LEAST), async (bench) => {
      const none = await bench.run('doctor', '--format', 'json')
      assert.is(none.code, 5)
      assert.match(checksIn(none).get('config')?.advice ?? '', /export --endpoint/)
      assert.is(checksIn(none).get('state directory')?.verdict, 'ok')
      await bench.config(`${users}nonsense: true\n`)
      assert.match((await bench.run('doctor')).out, /^trouble {2}config: config\.yaml:5:1 .*nonsense/m)
      await bench.config('users: [{ username: one@a.example, email_password: { file: gone } }]\n')
      const secret = await bench.run('doctor', '--format', 'json')
      assert.is(secret.code, 5)
      assert.match(checksIn(secret).get('secrets')?.message ?? '', /gone does not exist/)
      assert.is((await bench.log()).length, 0)
    }))

  test('a wrong clock, an open state directory and a tampered journal are told', () =>
    withBench(granted(...LEAST), async (bench) => {
      await bench.config(users)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const state = join(bench.dir, 'state')
      await chmod(state, 0o755)
      await appendFile(join(state, 'journal.jsonl'), 'hello\n')
      const date = new Date(Date.now() - 7_200_000).toUTCString()
      const body = JSON.stringify({ request_id: '', data: { results: [] } })
      await bench.post('/_faults', [{ kind: 'status', status: 200, endpoint: '/users/smtp/view', headers: { date }, body }])
      const told = await bench.run('doctor', '--format', 'json')
      const checks = checksIn(told)
      assert.is(told.code, 1)
      assert.match(checks.get('clock')?.message ?? '', /7\d\d\d s ahead of/)
      assert.match(checks.get('state directory')?.message ?? '', /mode 0755/)
      assert.match(checks.get('journal')?.message ?? '', /journal\.jsonl:5 does not fit/)
      assert.is((await stat(state)).mode & 0o777, 0o755, 'nothing was mended')
      assert.match(told.out, /shows 0 of 1 user last seen/, 'an answer that would not be believed is trouble too')
    }))

  test('a daemon that was killed left its socket, which is told; and the embedded sandbox is never a key that may do too much', () =>
    withBench(granted(...LEAST), async (bench) => {
      await writeFile(join(bench.dir, 'config.yaml'), 'version: 1\napi: { endpoint: sandbox }\nusers: []\n')
      const daemon = bench.start('run')
      await until('it runs', () => daemon.err().includes('run ended'))
      assert.match(
        (await bench.run('doctor')).out,
        /^ok {7}permissions: the embedded sandbox[\s\S]*^ok {7}daemon: it runs since/m,
      )
      daemon.child.kill('SIGKILL')
      await daemon.ended
      assert.match(
        (await bench.run('doctor')).out,
        /^warning {2}daemon: nobody answers at \S+control\.sock: a daemon was killed/m,
      )
    }))

  test('where there is no schedule, none is said to fit; what there is of one is said', () =>
    withBench(granted(...LEAST), async (bench) => {
      await bench.config(`reconcile: { schedule: null }\n${users}`)
      assert.match(
        (await bench.run('doctor')).out,
        /^ok {7}schedule: there is none: runs are made when the daemon starts, when the/m,
      )
      await bench.config(`reconcile: { schedule: "*/5 * * * *", timezone: Europe/Oslo }\n${users}`)
      assert.match((await bench.run('doctor')).out, /^ok {7}schedule: a run is due by '\*\/5 \* \* \* \*' \(Europe\/Oslo\);/m)
    }))

  test('the service is asked of systemd: what it says, what its unit lacks, and none of our environment goes there', () =>
    withBench(granted(...LEAST), async (bench) => {
      await bench.config(users)
      const bin = join(bench.dir, 'bin')
      await mkdir(bin)
      const shown = [
        'Id=smtp2go-reconciler.service\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nNRestarts=2',
        'User=root\nDynamicUser=no\nStatusText=in sync: 1 user in 1 scope\nNeedDaemonReload=no\nFragmentPath=$0\nDropInPaths=',
        `ExecStart={ path=smtp2go-reconciler ; argv[]=smtp2go-reconciler --config ${join(bench.dir, 'config.yaml')} run ; pid=7 }`,
      ].join('\n')
      const script = `#!/bin/sh\nenv > ${join(bench.dir, 'env')}\ncat <<END\n${shown}\n\nId=x@y.service\nLoadState=not-found\nEND\n`
      await writeFile(join(bin, 'systemctl'), script, { mode: 0o755 })
      const told = await bench.runIn({ env: { PATH: `${bin}:${process.env.PATH}` } }, 'doctor')
      assert.is(told.code, 0, told.out)
      assert.match(told.out, /^ok {7}service: smtp2go-reconciler\.service is active, and says: in sync: 1 user in 1 scope$/m)
      assert.match(told.out, /^warning {2}service: smtp2go-reconciler\.service had to be started again 2 times/m)
      assert.match(told.out, /^warning {2}service: smtp2go-reconciler\.service runs as root/m)
      assert.match(told.out, /^warning {2}service: smtp2go-reconciler\.service loads no credential/m)
      assert.not.match(await readFile(join(bench.dir, 'env'), 'utf8'), /KEY|HOME/)
    }))

  test('where there is no systemd, or it does not answer, that is said in words', () =>
    withBench(granted(...LEAST), async (bench) => {
      await bench.config(users)
      const bin = join(bench.dir, 'bin')
      await mkdir(bin)
      const asked = async (script: string | undefined): Promise<string> => {
        if (script !== undefined) await writeFile(join(bin, 'systemctl'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
        return (await bench.runIn({ env: { PATH: bin } }, 'doctor')).out
      }
      assert.match(await asked(undefined), /^ok {7}service: no systemd runs here/m)
      assert.match(
        await asked('echo "System has not been booted with systemd as init" >&2; exit 1'),
        /^ok {7}service: no systemd runs here/m,
      )
      assert.match(
        await asked('echo "password hunter2" >&2; exit 4'),
        /^warning {2}service: systemd does not tell .*: systemctl ended with 4$/m,
      )
      assert.match(await asked('while :; do :; done'), /^warning {2}service: systemd does not tell .*: no answer within 5 s$/m)
    }))

  test('of a daemon whose config names the key of another, no one says that the file is broken; that scopes are not seen is told', () =>
    withBench(granted(...LEAST), async (bench) => {
      await bench.config(users)
      const first = bench.start('run')
      await until('the first runs', () => first.err().includes('run ended'))
      const file = join(bench.dir, 'other.yaml')
      const text = (await readFile(join(bench.dir, 'config.yaml'), 'utf8')).replace(
        'version: 1',
        'version: 1\nhttp: { listen: 0 }',
      )
      await writeFile(file, text.replace('TEST_KEY', 'OTHER_KEY'))
      const way = { state: join(bench.dir, 'other'), env: { OTHER_KEY: newKeyUnlikeHashes() } }
      const url = await servedAt(bench.startIn(way, '-c', file, 'run'))
      const unseen = await bench.runIn(way, '-c', file, 'doctor')
      assert.match(unseen.out, /^warning {2}daemon: its last look failed in \d of 2 scopes, where nothing is written$/m)
      await writeFile(file, text)
      await until('that is told', async () =>
        (await ask(url, '/readyz')).body.includes('the key that the config names has another writer'),
      )
      const [doctor, status] = [await bench.runIn(way, '-c', file, 'doctor'), await bench.runIn(way, '-c', file, 'status')]
      const page = await ask(url, '/')
      assert.match(
        doctor.out,
        /^warning {2}daemon: it runs on the last good config: the key that the config names has another writer$/m,
      )
      assert.match(status.out, /^the key that the config names has another writer; the one above stays in force/m)
      assert.match(page.body, /<p>The key that the config names has another writer\. The last good one stays in force/)
      for (const said of [doctor.out, status.out, page.body]) assert.not.match(said, /is broken|not valid|`validate`/)
    }))

  test('a config that others can write is warned of, file by file and folder by folder, but not for a folder such as /tmp', () =>
    withBench(granted(...LEAST), async (bench) => {
      const more = join(bench.dir, 'more')
      await mkdir(more)
      await writeFile(join(more, 'sub.yaml'), 'subaccounts: [{ id: Sub1, users: [] }]\n')
      await bench.config('users: []\ninclude: ["more/*.yaml"]\n')
      const warned = async (): Promise<ReadonlyArray<string>> =>
        [...(await bench.run('doctor')).out.matchAll(/^warning {2}config: (.*)$/gm)].map(([, says = '']) => says)
      assert.equal(await warned(), [])
      await chmod(bench.dir, 0o1777)
      await chmod(join(bench.dir, 'config.yaml'), 0o666)
      await chmod(join(more, 'sub.yaml'), 0o646)
      await chmod(more, 0o777)
      assert.equal(await warned(), [
        `${join(bench.dir, 'config.yaml')} can be written by others (mode 0666)`,
        `${more} can be written by others (mode 0777)`,
        `${join(more, 'sub.yaml')} can be written by others (mode 0646)`,
      ])
    }))

  test('a ledger that cannot be understood is trouble (1)', () =>
    withBench(granted(...LEAST), async (bench) => {
      await bench.config(users)
      await bench.run('apply', '--yes')
      await writeFile(join(bench.dir, 'state', 'ledger.json'), '{"format": 99}')
      await rm(join(bench.dir, 'state', 'journal.jsonl'))
      const told = await bench.run('doctor', '--format', 'json')
      assert.is(told.code, 1)
      assert.is(checksIn(told).get('ledger')?.verdict, 'trouble')
      assert.match(checksIn(told).get('journal')?.message ?? '', /4 lines that were written are gone/)
    }))
})
