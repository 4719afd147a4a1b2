// What the watcher knows of contents: it reads what may have changed, and nothing that has not.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { printOf } from '../../src/adapters/system.ts'
import { contentReader } from '../../src/adapters/watch/contents.ts'
import { spec } from '../support/spec.ts'

const inFolder = async (use: (dir: string) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'contents-'))
  try {
    await use(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** Files that nobody has touched for long. */
const settled = (name: string): string => resolve(import.meta.dirname, '../../node_modules', name)

/** Bytes that this process has read. */
const bytesRead = (): number => Number(/^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? Number.NaN)

spec('contents', (test) => {
  test('a file as it was is not read again', async () => {
    const { read: look } = contentReader(() => undefined)
    const file = settled('typescript/lib/typescript.js')
    const first = await look([file], [])
    const before = bytesRead()
    assert.equal(await look([file], []), first)
    assert.ok(bytesRead() - before < 1_000_000, 'it has nine million bytes')
  })

  test('another file at the same path is read, however old it is', () =>
    inFolder(async (dir) => {
      const { read: look, untouched } = contentReader(() => undefined)
      const path = join(dir, 'config.yaml')
      assert.not.ok(untouched([path], []), 'what was never read')
      symlinkSync(settled('uvu/package.json'), path)
      const before = (await look([path], [])).get(path)?.print
      assert.ok(untouched([path], []))
      unlinkSync(path)
      assert.not.ok(untouched([path], []))
      symlinkSync(settled('tsx/package.json'), path)
      assert.not.ok(untouched([path], []))
      assert.is.not((await look([path], [])).get(path)?.print, before)
    }))

  test('what changed a moment ago is read each time: a second change may leave size and time as they are', () =>
    inFolder(async (dir) => {
      const { read: look } = contentReader(() => undefined)
      const path = join(dir, 'config.yaml')
      const prints = new Set<string | undefined>()
      for (let at = 0; at < 20; at += 1) {
        writeFileSync(path, `text ${String(at).padStart(2, '0')}`)
        utimesSync(path, 1, 1)
        prints.add((await look([path], [])).get(path)?.print)
      }
      assert.is(prints.size, 20)
    }))

  test('a pipe in place of a file is seen, and nobody waits for what it brings', () =>
    inFolder(async (dir) => {
      const { read: look } = contentReader(() => undefined)
      const path = join(dir, 'config.yaml')
      execFileSync('mkfifo', [path])
      const pipe = (await look([path], [])).get(path)?.print
      unlinkSync(path)
      writeFileSync(path, 'x')
      assert.is.not((await look([path], [])).get(path)?.print, pipe)
    }))

  test('what was loaded a moment ago is no other; what was saved since is one, however old it looks', () =>
    inFolder(async (dir) => {
      const [path, more] = [join(dir, 'config.yaml'), join(dir, 'more.yaml')]
      for (const file of [path, more]) writeFileSync(file, 'x')
      const loaded = new Map([path, more].map((file) => [file, printOf('x')]))
      const others = async () =>
        [...(await contentReader((file) => loaded.get(file)).read([path, more], [dir])).values()].map(({ isOther }) => isOther)
      assert.equal(await others(), [false, false, false])
      writeFileSync(more, 'y')
      utimesSync(more, 1, 1)
      assert.equal(await others(), [false, true, false])
      writeFileSync(join(dir, 'new.yaml'), 'z')
      assert.equal(await others(), [false, true, true])
    }))

  test('what is missing has its code as its print, and a folder the names in it', () =>
    inFolder(async (dir) => {
      const { read: look } = contentReader(() => undefined)
      const [path, folder] = [join(dir, 'config.yaml'), `${dir}/`]
      const none = await look([path], [dir])
      assert.is(none.get(path)?.print, 'ENOENT')
      writeFileSync(join(dir, '.hidden'), '')
      assert.is((await look([path], [dir])).get(folder)?.print, none.get(folder)?.print)
      writeFileSync(path, 'x')
      assert.is.not((await look([path], [dir])).get(folder)?.print, none.get(folder)?.print)
    }))
})
