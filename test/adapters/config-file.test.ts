// Config files with real files: a file being written is never taken half, and what cannot be read is never an empty list.
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { configText } from '../../src/adapters/config-file.ts'
import { E } from '../../src/fp.ts'
import { spec } from '../support/spec.ts'

const withDir = async (use: (dir: string) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'config-'))
  try {
    await use(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const SETTLE = 100
// Times of files are those of the last tick.
const COARSE = 20
const textIn = (dir: string, live = false) => configText({ file: join(dir, 'config.yaml'), settleMs: SETTLE, live })
const put = (dir: string, ...paths: ReadonlyArray<string>): void => {
  for (const path of paths) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), path)
  }
}
const AHEAD = 4_000_000_000
const putAhead = (file: string): void => utimesSync(file, AHEAD, AHEAD)
/** Whether this process has the file open and has read some of it. */
const isHalfRead = (file: string): boolean =>
  readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file && !/^pos:\s+0$/m.test(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))
    } catch (thrown) {
      // The one by which the folder is read is gone by now.
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return false
      throw thrown
    }
  })
const faultOf = (result: E.Either<unknown, unknown>): string => (E.isLeft(result) ? JSON.stringify(result.left) : 'no failure')

spec('reading config', (test) => {
  test('a file is read once it has been quiet, under the name that was typed', () =>
    withDir(async (dir) => {
      const started = performance.now()
      put(dir, 'config.yaml')
      assert.equal(
        await textIn(dir).read('')(),
        E.right({ name: join(dir, 'config.yaml'), text: 'config.yaml', remembered: 'config.yaml' }),
      )
      assert.ok(performance.now() - started > SETTLE - COARSE)
    }))

  test('whatever way the main file is typed, the files are remembered by the same names, and no pattern finds it', () =>
    withDir(async (dir) => {
      put(dir, 'config.yaml', 'more.yaml', 'customers/one.yaml')
      const file = join(dir, 'config.yaml')
      for (const typed of [file, relative('', file)])
        for (const folder of ['', `${dir}/`]) {
          const { read, find } = configText({ file: typed, settleMs: SETTLE, live: false })
          const found = await Promise.all([`${folder}*.yaml`, `${folder}customers/*.yaml`].map((pattern) => find(pattern)()))
          const texts = await Promise.all(
            ['', ...found.flatMap((one) => (E.isRight(one) ? one.right : []))].map((path) => read(path)()),
          )
          const names = texts.map((one) => (E.isRight(one) ? one.right.remembered : undefined))
          assert.equal(names, ['config.yaml', 'more.yaml', 'customers/one.yaml'])
        }
    }))

  test('a place has one name, however the main file is typed and the way to it is written', () =>
    withDir(async (dir) => {
      const file = join(dir, 'config.yaml')
      for (const typed of [file, relative('', file)])
        for (const path of ['customers/one', './customers//one', 'customers/../customers/one/', join(dir, 'customers/one')])
          assert.is(configText({ file: typed, settleMs: SETTLE, live: false }).placeOf(path), join(dir, 'customers/one'))
    }))

  test('a file that has been quiet is read at once', async () => {
    // Nobody has touched it for long, so that not even a busy machine takes as long as it would wait for a new one.
    const file = join(import.meta.dirname, '../../node_modules/uvu/package.json')
    const started = performance.now()
    assert.ok(E.isRight(await configText({ file, settleMs: 9000, live: false }).read('')()))
    assert.ok(performance.now() - started < 9000)
  })

  test('a copy that kept an old time is new all the same', () =>
    withDir(async (dir) => {
      const started = performance.now()
      put(dir, 'config.yaml')
      utimesSync(join(dir, 'config.yaml'), 1000, 1000)
      await textIn(dir).read('')()
      assert.ok(performance.now() - started > SETTLE - COARSE)
    }))

  test('a file being written is read when it is whole', () =>
    withDir(async (dir) => {
      put(dir, 'config.yaml')
      await sleep(SETTLE + 20)
      truncateSync(join(dir, 'config.yaml'))
      const reading = textIn(dir).read('')()
      for (let at = 0; at < 10; at += 1) {
        appendFileSync(join(dir, 'config.yaml'), String(at))
        await sleep(20)
      }
      const read = await reading
      assert.ok(E.isRight(read))
      assert.is(read.right.text, '0123456789')
    }))

  test('S2: a file that is written to while it is read is read again', () =>
    withDir(async (dir) => {
      const size = 24 * 1024 * 1024
      const file = join(dir, 'config.yaml')
      writeFileSync(file, 'a'.repeat(size))
      await sleep(SETTLE + 20)
      const reading = textIn(dir).read('')()
      // So large that its end is far away when its beginning has been read.
      while (!isHalfRead(file)) await new Promise(setImmediate)
      const handle = openSync(file, 'r+')
      writeSync(handle, 'b', 0)
      closeSync(handle)
      const read = await reading
      assert.ok(E.isRight(read))
      assert.is(read.right.text.slice(0, 2), 'ba')
      assert.is(read.right.text.length, size)
    }))

  test('a file whose time lies ahead is waited for once, and read at once for as long as it stays as it was', () =>
    withDir(async (dir) => {
      const file = join(dir, 'config.yaml')
      const settleMs = 1500
      const { read } = configText({ file, settleMs, live: false })
      const msOf = async (): Promise<number> => {
        const started = performance.now()
        assert.ok(E.isRight(await read('')()))
        return performance.now() - started
      }
      writeFileSync(file, 'a')
      putAhead(file)
      assert.ok((await msOf()) >= settleMs - COARSE)
      assert.ok((await msOf()) < settleMs - COARSE)
      writeFileSync(file, 'b')
      putAhead(file)
      assert.ok((await msOf()) >= settleMs - COARSE, 'it was as large and of the same time, and is another')
    }))

  test('S2: a file whose time lies ahead is read when it is whole, also where it was read before', () =>
    withDir(async (dir) => {
      const file = join(dir, 'config.yaml')
      const { read } = textIn(dir)
      put(dir, 'config.yaml')
      putAhead(file)
      assert.ok(E.isRight(await read('')()))
      truncateSync(file)
      putAhead(file)
      const reading = read('')()
      for (let at = 0; at < 20; at += 1) {
        appendFileSync(file, String(at % 10))
        putAhead(file)
        await sleep(20)
      }
      const whole = await reading
      assert.ok(E.isRight(whole))
      assert.is(whole.right.text, '01234567890123456789')
    }))

  test('a daemon waits for a file that is deleted and made again', () =>
    withDir(async (dir) => {
      put(dir, 'config.yaml')
      unlinkSync(join(dir, 'config.yaml'))
      const reading = textIn(dir, true).read('')()
      await sleep(SETTLE / 2)
      put(dir, 'config.yaml')
      assert.ok(E.isRight(await reading))
    }))

  const faults: ReadonlyArray<readonly [string, (dir: string) => void, string]> = [
    ['a missing file', () => undefined, 'the file does not exist'],
    ['a directory', (dir) => mkdirSync(join(dir, 'config.yaml')), 'this is a directory'],
    ['bytes that are no text', (dir) => writeFileSync(join(dir, 'config.yaml'), Uint8Array.of(0x61, 0xff)), 'not text in UTF-8'],
    ['a link to itself', (dir) => symlinkSync('config.yaml', join(dir, 'config.yaml')), 'lead in a circle (ELOOP)'],
    [
      'a file too large',
      (dir) => {
        writeFileSync(join(dir, 'config.yaml'), '')
        truncateSync(join(dir, 'config.yaml'), 64 * 1024 * 1024 + 1)
      },
      'larger than 64 MiB',
    ],
  ]
  for (const [title, make, says] of faults) {
    test(`${title} is a fault of the config, named as typed`, () =>
      withDir(async (dir) => {
        make(dir)
        const fault = faultOf(await textIn(dir).read('')())
        assert.ok(fault.includes(says) && fault.includes(join(dir, 'config.yaml')) && fault.includes('"hint":"'), fault)
      }))
  }

  test('an included file is named as the user would write it', () =>
    withDir(async (dir) => {
      put(dir, 'customers/a.yaml')
      const read = await textIn(dir).read('customers/a.yaml')()
      const remembered = 'customers/a.yaml'
      assert.equal(read, E.right({ name: join(dir, 'customers/a.yaml'), text: 'customers/a.yaml', remembered }))
    }))
})

const tree = [
  'config.yaml',
  'a.yaml',
  'b.yml',
  'c1.yaml',
  'c2.yaml',
  '.hidden.yaml',
  'd/a.yaml',
  'd/e/a.yaml',
  '..data/a.yaml',
  'x[1].yaml',
]

const patterns: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ['a.yaml', ['a.yaml']],
  ['./a.yaml', ['a.yaml']],
  ['none.yaml', []],
  ['none/*.yaml', []],
  ['a.yaml/*.yaml', []],
  ['*.yaml', ['a.yaml', 'c1.yaml', 'c2.yaml', 'x[1].yaml']],
  ['c?.yaml', ['c1.yaml', 'c2.yaml']],
  ['c[0-1].yaml', ['c1.yaml']],
  ['c[!1].yaml', ['c2.yaml']],
  ['c[^1].yaml', ['c2.yaml']],
  ['[a-c]*[!0].yaml', ['c1.yaml', 'c2.yaml']],
  ['x[[]1].yaml', ['x[1].yaml']],
  ['x[]1[]1[]].yaml', ['x[1].yaml']],
  ['A.yaml', []],
  ['[A].yaml', []],
  ['A*.yaml', []],
  ['*[]', []],
  ['?hidden.yaml', []],
  ['[.]hidden.yaml', []],
  ['.h*.yaml', ['.hidden.yaml']],
  ['*/a.yaml', ['d/a.yaml']],
  ['d/**', ['d/a.yaml', 'd/e/a.yaml']],
  ['**/a.yaml', ['a.yaml', 'd/a.yaml', 'd/e/a.yaml']],
  ['**/**/a.yaml', ['a.yaml', 'd/a.yaml', 'd/e/a.yaml']],
  ['**/e/**/a.yaml', ['d/e/a.yaml']],
  ['../*/nothing.yaml', []],
]

const spentMs = async (work: () => Promise<unknown>): Promise<number> => {
  const started = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1000
}

spec('finding config', (test) => {
  for (const [pattern, expected] of patterns) {
    test(`${pattern} finds ${expected.join(', ') || 'nothing'}`, () =>
      withDir(async (dir) => {
        put(dir, ...tree)
        assert.equal(await textIn(dir).find(pattern)(), E.right(expected))
      }))
  }

  test('no pattern costs more than its length for each character of a name, or than its steps for each folder', () =>
    withDir(async (dir) => {
      put(dir, 'a'.repeat(200), `${'a/'.repeat(20)}b.yaml`)
      for (const pattern of [`${'*a'.repeat(5)}*b`, `${'**/a/'.repeat(4)}none.yaml`, `${'**/'.repeat(6)}none.yaml`]) {
        const took = await spentMs(async () => assert.equal(await textIn(dir).find(pattern)(), E.right([])))
        assert.ok(took < 500, `${pattern}: ${took} ms`)
      }
    }))

  test('an absolute pattern finds absolute paths', () =>
    withDir(async (dir) => {
      put(dir, 'd/a.yaml')
      assert.equal(await textIn(dir).find(join(dir, 'd/*.yaml'))(), E.right([join(dir, 'd/a.yaml')]))
    }))

  test('a linked folder is followed where it is named, and never in a circle', () =>
    withDir(async (dir) => {
      put(dir, 'v1/a.yaml')
      symlinkSync('v1', join(dir, 'now'))
      symlinkSync('..', join(dir, 'v1/up'))
      assert.equal(await textIn(dir).find('now/*.yaml')(), E.right(['now/a.yaml']))
      assert.equal(await textIn(dir).find('n*/*.yaml')(), E.right(['now/a.yaml']))
      assert.equal(await textIn(dir).find('**/*.yaml')(), E.right(['v1/a.yaml']))
    }))

  test('a link to nothing is found, so that reading it fails aloud', () =>
    withDir(async (dir) => {
      symlinkSync('gone', join(dir, 'z.yaml'))
      assert.equal(await textIn(dir).find('*.yaml')(), E.right(['z.yaml']))
      assert.ok(E.isLeft(await textIn(dir).read('z.yaml')()))
    }))

  test('an impossible pattern is none', () =>
    withDir(async (dir) => {
      put(dir, 'more/a.yaml')
      for (const pattern of ['[z-a].yaml', 'more/[z-a].yaml', '**/[z-a].yaml'])
        assert.equal(await textIn(dir).find(pattern)(), E.left({ _tag: 'NoPattern' }), pattern)
    }))

  test('a folder that cannot be searched is a failure, not an empty one', () =>
    withDir(async (dir) => {
      symlinkSync('loop', join(dir, 'loop'))
      assert.ok(faultOf(await textIn(dir).find('loop/*.yaml')()).includes('cannot be searched (ELOOP)'))
    }))

  test('the main file keeps its name when the file is swapped', () =>
    withDir(async (dir) => {
      put(dir, 'config.yaml', 'new')
      renameSync(join(dir, 'new'), join(dir, 'config.yaml'))
      const read = await textIn(dir).read('')()
      assert.ok(E.isRight(read) && read.right.text === 'new' && read.right.name === join(dir, 'config.yaml'))
    }))
})
