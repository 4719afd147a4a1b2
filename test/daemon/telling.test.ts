// Who is told, and what is kept of that.
import * as assert from 'uvu/assert'
import { keptText, telling } from '../../src/daemon/telling.ts'
import { toldText } from '../../src/daemon/told.ts'
import { type News, nothingTold } from '../../src/daemon/transitions.ts'
import type { RunEvent } from '../../src/domain/run/event.ts'
import { report, tried } from '../support/reports.ts'
import { spec } from '../support/spec.ts'

const STUCK: RunEvent = { _tag: 'RunEnded', report: report({ ended: [tried('a', 'not_converged')] }) }

const scene = (
  found: string,
  webhooks: ReadonlyArray<{ readonly waiting: number; readonly lastFailure: string | undefined }>,
) => {
  const written: Array<string> = []
  const sent: Array<News> = []
  const kept = keptText(found, async (text) => written.push(text) > 0)
  const { tell, close } = telling({
    webhooks: { send: (news) => sent.push(news), states: () => webhooks },
    kept,
    clock: { now: () => new Date(0) },
  })
  return { written, sent, tell, close }
}

spec('telling', (test) => {
  test('with no webhook nothing is kept', async () => {
    const { written, tell, close } = scene('', [])
    tell(STUCK)
    await close()
    assert.equal(written, [])
  })

  test('where the webhooks are gone, what was told before is forgotten', async () => {
    const { written, tell, close } = scene(toldText({ ...nothingTold, runFailed: true }), [])
    tell(STUCK)
    await close()
    assert.equal(written, [toldText(nothingTold)])
  })

  test('what is told is kept, once', async () => {
    const { written, sent, tell, close } = scene('', [{ waiting: 0, lastFailure: undefined }])
    tell(STUCK)
    tell(STUCK)
    await close()
    assert.equal([written.length, sent.length], [1, 1])
  })

  for (const [what, webhook] of [
    ['still waits', { waiting: 1, lastFailure: undefined }],
    ['nobody has taken', { waiting: 0, lastFailure: 'HTTP 500' }],
  ] as const)
    test(`what ${what} at the end is told anew by the next start`, async () => {
      const { written, tell, close } = scene('', [webhook])
      tell(STUCK)
      await close()
      assert.is(written.at(-1), '')
    })

  test('a text that could not be written is written when it is to be kept the next time', async () => {
    const written: Array<string> = []
    const kept = keptText('', async (text) => written.push(text) > 1)
    for (const text of ['told', 'told', 'told']) {
      kept.keep(text)
      await kept.kept()
    }
    assert.equal(written, ['told', 'told'])
  })

  test('texts are written one after the other', async () => {
    const written: Array<string> = []
    const kept = keptText('', async (text) => {
      await new Promise((resolve) => setTimeout(resolve, text === 'first' ? 5 : 0))
      return written.push(text) > 0
    })
    kept.keep('first')
    kept.keep('second')
    await kept.kept()
    assert.equal(written, ['first', 'second'])
  })
})
