// Replacing a config file: only while it is what was read, and whole or not at all.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { replaceFile } from '../../src/adapters/config-edit.ts'
import { spec } from '../support/spec.ts'

const withFile = async (text: string, use: (path: string, dir: string) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'edit-'))
  try {
    writeFileSync(join(dir, 'config.yaml'), text)
    await use(join(dir, 'config.yaml'), dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

spec('config edit', (test) => {
  test('a file that somebody changed meanwhile stays as it is', () =>
    withFile('theirs', async (path, dir) => {
      assert.match((await replaceFile({ path, before: 'ours', after: 'new' })) ?? '', /somebody else changed the file/)
      assert.is(readFileSync(path, 'utf8'), 'theirs')
      assert.equal(readdirSync(dir), ['config.yaml'])
    }))

  test('a byte order mark is kept', () =>
    withFile('\ufeffold', async (path) => {
      assert.is(await replaceFile({ path, before: 'old', after: 'new' }), undefined)
      assert.is(readFileSync(path, 'utf8'), '\ufeffnew')
    }))

  test('a file that is gone is told', () =>
    withFile('', async (_, dir) => {
      assert.match(
        (await replaceFile({ path: join(dir, 'none'), before: '', after: 'x' })) ?? '',
        /cannot be replaced \(ENOENT\)/,
      )
    }))
})
