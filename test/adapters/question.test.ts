// Questions at the terminal: the line that is typed, and nothing where none comes in time, or where nobody can type any more.
import { PassThrough } from 'node:stream'
import * as assert from 'uvu/assert'
import { asked } from '../../src/adapters/question.ts'
import { spec } from '../support/spec.ts'

const HOUR = 3_600_000

const at = (withinMs: number, signal = new AbortController().signal) => {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const said = (): string => String(output.read() ?? '')
  return { input, said, answer: asked({ input, output, signal, withinMs }, 'yes? ') }
}

spec('a question', (test) => {
  test('gets the line that is typed', async () => {
    const { input, said, answer } = at(HOUR)
    input.write('yes\nand more\n')
    assert.is(await answer, 'yes')
    assert.is(said(), 'yes? ')
  })

  test('that nobody answers in time is answered with nothing, and says so', async () => {
    const { said, answer } = at(60)
    assert.is(await answer, '')
    assert.match(said(), /^yes\? \r\nno answer in \d+ minutes, which is no\n$/)
  })

  test('is over where the terminal is closed, or no answer is wanted any more', async () => {
    const closed = at(HOUR)
    closed.input.end()
    assert.is(await closed.answer, '')
    const stop = new AbortController()
    const stopped = at(HOUR, stop.signal)
    stop.abort()
    assert.is(await stopped.answer, '')
    assert.is(stopped.said().trim(), 'yes?')
  })
})
