// Files that the command line names, and standard output: what cannot be read is told as that and not as empty, and what cannot be written is
// no success.
import { execFileSync } from 'node:child_process'
import { chmod, chown, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { withBench } from '../support/command.ts'
import { newKeyUnlikeHashes } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const seed = { account: { results: [{ username: 'one@a.example' }] } }
const many = Array.from({ length: 300 }, (_, at) => ({ username: `user-${at}@a.example` }))
const withoutTimes = (text: string): string => text.replace(/\d{4}-\d{2}-\d{2}|\d{2}:\d{2}(?::\d{2}(?:\.\d{3})?)?/g, '')

spec('a file', (test) => {
  test('that is not there, or cannot be read, is told by its name', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      await bench.run('apply', '--yes')
      for (const command of [
        ['plan', '--live'],
        ['verify-log', '--report'],
      ]) {
        const missing = await bench.run(...command, 'nowhere')
        assert.equal([missing.code, missing.err], [5, 'nowhere: there is no such file\n'])
        const folder = await bench.run(...command, 'state', '--format', 'json')
        assert.equal([folder.code, folder.err], [5, 'state: it cannot be read: check what it is, its owner and mode\n'])
        assert.equal(JSON.parse(folder.out).problems, [{ message: folder.err.trim() }])
      }
    }))

  test('that an include cannot name, since its pattern is none, is told where the pattern stands', () =>
    withBench(seed, async (bench) => {
      await bench.config('include: ["*.yml", "customers/[z-a].yaml"]\nusers: []\n')
      await mkdir(join(bench.dir, 'customers'))
      const told = await bench.run('validate')
      assert.is(told.code, 5)
      assert.match(told.err, /^config\.yaml:3:11 {2}include\[0\]: no file matches '\*\.yml'\n/)
      assert.match(
        told.err,
        /^config\.yaml:3:20 {2}include\[1\]: this is no valid pattern\n.*\n.*\n {2}use \*, \*\*, \? and \[a-z\]$/m,
      )
    }))

  test('that is no snapshot is not called a fault of the config', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      await writeFile(join(bench.dir, 'snapshot.json'), '{}')
      const told = await bench.run('plan', '--live', 'snapshot.json')
      assert.is(told.code, 5)
      assert.match(told.err, /^--live: not a snapshot: /)
      assert.not.match(told.err, /in the config/)
    }))
})

spec('--out', (test) => {
  // Never tried with a device: whatever goes wrong here happens to the whole machine.
  test('a pipe is written into, and refused where nobody reads it; it is never replaced', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      const pipe = join(bench.dir, 'pipe')
      execFileSync('mkfifo', [pipe])
      for (const command of [['plan'], ['export', '--snapshot'], ['report']]) {
        const { out } = await bench.run(...command)
        assert.equal(await bench.run(...command, '--out', 'pipe'), {
          code: 1,
          signal: null,
          out: '',
          err: 'pipe: nobody reads from there: start its reader first\n',
        })
        const read = readFile(pipe, 'utf8')
        const { code, err } = await bench.run(...command, '--out', 'pipe')
        assert.is(code, 0, err)
        assert.is(withoutTimes(await read), withoutTimes(out))
        assert.ok((await lstat(pipe)).isFIFO())
      }
    }))

  for (const [title, ...links] of [
    ['a link', ['link', 'target.txt']],
    ['a link to a link', ['link', 'folder/second'], ['folder/second', '../target.txt']],
  ] as const)
    test(`${title} whose target is not there yet is followed`, () =>
      withBench(seed, async (bench) => {
        await bench.config('users: []\n')
        await mkdir(join(bench.dir, 'folder'))
        for (const [link, target] of links) await symlink(target, join(bench.dir, link))
        assert.is((await bench.run('plan', '--out', 'link')).code, 0)
        for (const [link] of links) assert.ok((await lstat(join(bench.dir, link))).isSymbolicLink())
        const target = join(bench.dir, 'target.txt')
        assert.match(await readFile(target, 'utf8'), /^account/)
        assert.is((await lstat(target)).mode & 0o777, 0o600)
      }))

  test('the config is not replaced by another result, nor by the export that begins without it', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      const config = join(bench.dir, 'config.yaml')
      const written = await readFile(config, 'utf8')
      await symlink('config.yaml', join(bench.dir, 'link'))
      for (const command of [['plan'], ['report'], ['export', '--snapshot'], ['export', '--endpoint', bench.url]])
        for (const place of ['config.yaml', 'link']) {
          const { code, err } = await bench.runIn({ env: { SMTP2GO_API_KEY: newKeyUnlikeHashes() } }, ...command, '--out', place)
          assert.equal([code, err], [1, `${place}: the config is there; name another place, or move the config away first\n`])
          assert.is(await readFile(config, 'utf8'), written)
        }
      assert.is((await bench.run('export', '--out', 'config.yaml')).code, 0, 'what goes by it may take its place')
    }))

  test('nor is a file that the config includes, by any result', () =>
    withBench({ ...seed, subaccounts: { S1: { results: [] } } }, async (bench) => {
      const list = 'users: [{ username: one@a.example }]\n'
      await writeFile(join(bench.dir, 'list.yaml'), list)
      await bench.config('include: [list.yaml]\n')
      for (const command of [['plan'], ['report'], ['export'], ['export', '--snapshot'], ['export', '--subaccount', 'S1']]) {
        const { code, err } = await bench.run(...command, '--out', 'list.yaml')
        assert.equal([code, err], [1, 'list.yaml: the config is there; name another place, or move the config away first\n'])
        assert.is(await readFile(join(bench.dir, 'list.yaml'), 'utf8'), list)
      }
    }))

  test('a place that cannot be written is told', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      await symlink('loop', join(bench.dir, 'loop'))
      for (const place of ['nowhere/plan.txt', '.', 'loop', 'config.yaml/plan.txt']) {
        const { code, err } = await bench.run('plan', '--out', place)
        const told = new RegExp(
          `^${place}: cannot be written \\(E[A-Z]+\\): check that its folder exists, is yours and has space\\n$`,
        )
        assert.is(code, 1)
        assert.match(err, told)
      }
    }))

  test('what does not fit on the disk is no success, and what was there stands', () =>
    withBench({ account: { results: many } }, async (bench) => {
      await bench.config('users: []\n')
      const config = join(bench.dir, 'config.yaml')
      for (const place of ['config.yaml', 'new.yaml']) {
        const files = await readdir(bench.dir)
        const written = await readFile(config, 'utf8')
        // As on a full disk, a part is written, and then no more.
        const small = { under: ['sh', '-c', 'ulimit -f 8; exec "$0" "$@"'] }
        const { code, err } = await bench.runIn(small, 'export', '--out', place)
        assert.is(code, 1, err)
        assert.match(err, /: cannot be written \(EFBIG\): check that its folder exists, is yours and has space\n$/)
        assert.is(await readFile(config, 'utf8'), written)
        assert.equal(await readdir(bench.dir), files)
      }
    }))

  test('a file keeps its link and its owner, and becomes ours alone to read', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      const [target, link] = [join(bench.dir, 'target.txt'), join(bench.dir, 'link')]
      await writeFile(target, 'old', { mode: 0o644 })
      await symlink('target.txt', link)
      const isRoot = process.geteuid?.() === 0
      if (isRoot) await chown(target, 12_345, 12_346)
      assert.is((await bench.run('plan', '--out', 'link')).code, 0)
      assert.ok((await lstat(link)).isSymbolicLink())
      assert.match(await readFile(target, 'utf8'), /^account/)
      const { mode, uid, gid } = await lstat(target)
      assert.is(mode & 0o777, 0o600)
      if (isRoot) assert.equal([uid, gid], [12_345, 12_346])
    }))
})

spec('an exported config', (test) => {
  test('is for whoever may read configs, since a service that goes by it is another user; a snapshot is for its owner', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      const modeOf = async (name: string): Promise<number> => (await lstat(join(bench.dir, name))).mode & 0o777
      for (const [umask, mode] of [
        ['022', 0o644],
        ['077', 0o600],
      ] as const) {
        const under = ['sh', '-c', `umask ${umask}; exec "$0" "$@"`]
        for (const [args, expected] of [
          [['export', '--out', `new-${umask}.yaml`], mode],
          [['export', '--snapshot', '--out', `live-${umask}.json`], 0o600],
        ] as const) {
          assert.is((await bench.runIn({ under }, ...args)).code, 0)
          assert.is(await modeOf(args.at(-1) ?? ''), expected)
        }
      }
      await chmod(join(bench.dir, 'config.yaml'), 0o640)
      assert.is((await bench.run('export', '--out', 'config.yaml')).code, 0)
      assert.is(await modeOf('config.yaml'), 0o640)
    }))
})

spec('a list for an included file', (test) => {
  test('does not take the place of the config', () =>
    withBench(seed, async (bench) => {
      await bench.config('subaccounts: all\nusers:\n  - username: one@a.example\n')
      const config = join(bench.dir, 'config.yaml')
      const written = await readFile(config, 'utf8')
      const { code, err } = await bench.run('export', '--all-subaccounts', '--out', 'config.yaml')
      assert.is(code, 1, err)
      assert.is(await readFile(config, 'utf8'), written)
    }))
})

spec('standard output', (test) => {
  const to = (place: string) => ({ under: ['sh', '-c', `"$0" "$@" ${place}`] })

  test('that cannot be written is no success', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      for (const command of ['export', 'schema']) {
        const { code, err } = await bench.runIn(to('> /dev/full'), command)
        assert.equal([code, err], [1, 'standard output cannot be written: check the space and the owner of where it goes\n'])
      }
    }))

  test('whose reader goes away is one', () =>
    withBench(seed, async (bench) => {
      const { code, err } = await bench.runIn({ under: ['sh', '-c', '{ "$0" "$@"; echo $? >&2; } | true'] }, 'schema')
      assert.equal([code, err], [0, '0\n'])
    }))
})
