// Lives that failed once are lived again on each push.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { spec } from '../support/spec.ts'
import { live } from './lives.ts'

spec('lives that failed once', (test) => {
  test('none of the kept seeds breaks a promise again', async () => {
    const text = readFileSync(join(import.meta.dirname, 'seeds.txt'), 'utf8')
    const seeds = text.split('\n').filter((line) => /^\d/.test(line))
    await live(seeds.map((line) => Number.parseInt(line, 10)))
  })
})
