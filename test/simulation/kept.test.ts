// Lives that failed once are lived again on each push, as small as they were made.
import * as assert from 'uvu/assert'
import { spec } from '../support/spec.ts'
import { howToKeep, keptLine, keptLives } from './kept.ts'
import { live } from './lives.ts'

spec('lives that failed once', (test) => {
  test('none of the kept seeds breaks a promise again, and each that is lived again is alike', async () => {
    await live(keptLives(), { compared: true, twice: true })
  })

  test('what a failure says is to be added is read back as the same life, whole or small', () => {
    for (const life of [
      { seed: 7, without: '' },
      { seed: 12_345, without: 'a3,f12,f0' },
    ]) {
      assert.equal(keptLives(`# words\n${keptLine(life, 'S7: what was\nfound')}\n`), [life])
      assert.ok(howToKeep(life, 'found').endsWith(keptLine(life, 'found')))
    }
  })

  test('a line that keeps no life is refused, so that none is lost by a slip', () => {
    for (const line of ['seed 7', '7', '7 --without x1 found', '7 --without  found'])
      assert.throws(() => keptLives(`${line}\n`), /neither a seed nor a comment/, line)
  })
})
