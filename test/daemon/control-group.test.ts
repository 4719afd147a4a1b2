// Who may use the control socket: the mode of the file decides, as the config says.
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { mayGive } from '../../src/adapters/group.ts'
import { until, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const seed = { account: { results: [{ username: 'one@a.example' }] } }
const ownGroup = (): string => execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()

spec('the control socket', (test) => {
  const rows = [
    ['its own user only, where nothing is said', () => '', 0o600],
    ['the group that the config names', () => `control: { group: ${ownGroup()} }\n`, 0o660],
  ] as const
  for (const [who, section, mode] of rows)
    test(`is open to ${who} (C6)`, () =>
      withBench(seed, async (bench) => {
        await bench.config(`${section()}users: [{ username: one@a.example }]\n`)
        bench.start('run')
        await until('the daemon answers', async () => (await bench.run('status')).code === 0)
        const stats = await stat(join(bench.dir, 'state', 'control.sock'))
        assert.is(stats.mode & 0o777, mode)
        assert.is(stats.gid, process.getgid?.())
      }))

  test('in a folder that its group may not enter is told at each start and by doctor, with the way out, which is one', () =>
    withBench(seed, async (bench) => {
      await bench.config(`control: { group: ${ownGroup()} }\nusers: [{ username: one@a.example }]\n`)
      const doctor = async (env = {}): Promise<string> => (await bench.runIn({ env }, 'doctor')).out
      assert.not.match(await doctor(), /control\.group/)
      const place = join(bench.dir, 'state', 'control.sock')
      const told = `control.group is ${ownGroup()}, and nobody of that group gets to ${place}: only its owner may enter the folder`
      const daemon = bench.start('run')
      await until('a run', () => daemon.err().includes('run ended'))
      const lines = daemon
        .err()
        .split('\n')
        .filter((line) => line.includes('control.group'))
      assert.equal(
        lines.map((line) => [
          JSON.parse(line).level,
          String(JSON.parse(line).text).startsWith(`${told}; set RUNTIME_DIRECTORY to a folder`),
        ]),
        [['warn', true]],
      )
      assert.match(await doctor(), `warning  control: ${told}`)
      daemon.child.kill('SIGTERM')
      await daemon.ended
      const runtime = join(bench.dir, 'runtime')
      await mkdir(runtime)
      await chmod(runtime, 0o755)
      const env = { RUNTIME_DIRECTORY: runtime }
      const open = bench.startIn({ env }, 'run')
      await until('a run', () => open.err().includes('run ended'))
      assert.not.match(open.err(), /control\.group/)
      assert.not.match(await doctor(env), /control\.group/)
    }))

  test('stays open to the group that it was opened to, and the log says that another one needs a restart', () =>
    withBench(seed, async (bench) => {
      await bench.config(`control: { group: ${ownGroup()} }\nusers: []\n`)
      const daemon = bench.start('run')
      await until('a run', () => daemon.err().includes('run ended'))
      await bench.config('users: []\n')
      const told = `control.group is none now, and this daemon stays with ${ownGroup()} until it is restarted`
      await until('it is told', () => daemon.err().includes(told))
    }))

  test('with a group that it cannot be given to ends at start, sends nothing, and says what to do', () =>
    withBench(seed, async (bench) => {
      const [foreign = ''] = (await readFile('/etc/group', 'utf8'))
        .split('\n')
        .filter((line) => ![process.getgid?.(), ...(process.getgroups?.() ?? [])].includes(Number(line.split(':')[2])))
        .map((line) => line.split(':')[0] ?? '')
      await bench.config(`control: { group: ${foreign} }\nusers: [{ username: one@a.example, description: new }]\n`)
      // Root may give anything to anybody, unless that is taken from it as the unit does.
      const under = process.geteuid?.() === 0 ? ['setpriv', '--bounding-set=-chown', '--inh-caps=-chown'] : []
      const { code, err } = await bench.runIn({ under }, 'run')
      assert.is(code, 5, err)
      assert.match(
        err,
        /config\.yaml:3:19 {2}control\.group: the control socket cannot be given to the group '.+', which .*\n.*control-group\.conf/,
      )
      assert.is((await bench.log()).length, 0)
    }))

  test('is tried out with a file of our own, and what is there already is left alone', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'group-'))
    try {
      await writeFile(join(dir, 'precious'), 'precious')
      await symlink('precious', join(dir, 'control.probe'))
      assert.ok(await mayGive(dir, process.getgid?.() ?? 0))
      assert.equal((await readdir(dir)).sort(), ['control.probe', 'precious'])
      assert.is(await readFile(join(dir, 'precious'), 'utf8'), 'precious')
    } finally {
      await rm(dir, { recursive: true })
    }
  })

  test('with a group that the machine does not know ends at start, sends nothing, and says what to do', () =>
    withBench(seed, async (bench) => {
      await bench.config('control: { group: nobody-knows-it }\nusers: []\n')
      const { code, err } = await bench.run('run')
      assert.is(code, 5)
      assert.match(
        err,
        /config\.yaml:3:19 {2}control\.group: this machine has no group 'nobody-knows-it'\n {2}create it \(groupadd/,
      )
      assert.is((await bench.log()).length, 0)
    }))
})
