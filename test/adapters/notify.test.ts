// Webhooks against a real receiver: what arrives, what is tried again, what is given up, and that nothing says where it was sent to.
import * as assert from 'uvu/assert'
import { notifier } from '../../src/adapters/notify.ts'
import { Secret } from '../../src/domain/user/secret.ts'
import { until } from '../support/command.ts'
import { type Received, withReceiver } from '../support/receiver.ts'
import { spec } from '../support/spec.ts'

const opened = (receiver: Received, timeoutMs = 10_000) => {
  const ends: Array<string> = []
  const webhooks = notifier<string>({
    bodyOf: (news, format) => `${format} ${news}`,
    ended: ({ webhook, sent, why }) => ends.push(`${webhook}: ${sent}${why === undefined ? '' : `, ${why}`}`),
    pausesMs: [1, 1],
    timeoutMs,
  })
  webhooks.configure([{ name: 'env HOOK', url: new Secret(receiver.url), format: 'generic' }])
  return { webhooks, ends }
}

spec('a webhook', (test) => {
  const rows: ReadonlyArray<readonly [title: string, answers: ReadonlyArray<number>, tries: number, end: string]> = [
    ['takes it at once', [200], 1, 'env HOOK: delivered'],
    ['takes it with any success', [204], 1, 'env HOOK: delivered'],
    ['is tried again after trouble', [503, 500, 200], 3, 'env HOOK: delivered'],
    ['is tried again after silence', [0, 200], 2, 'env HOOK: delivered'],
    ['is given up after a few tries', [500, 500, 500, 200], 3, 'env HOOK: failed, it answered with HTTP 500'],
    ['that refuses is not asked again', [404], 1, 'env HOOK: failed, it answered with HTTP 404'],
    ['that leads elsewhere is not followed', [302], 1, 'env HOOK: failed, it answered with a redirect, which is never followed'],
    ['that is silent holds up nothing for long', [0, 0, 0], 3, 'env HOOK: failed, no answer within 1.5 s'],
  ]
  for (const [title, answers, tries, end] of rows)
    test(title, () =>
      withReceiver(async (receiver) => {
        receiver.answers(...answers)
        const { webhooks, ends } = opened(receiver, answers.includes(0) ? 1500 : undefined)
        webhooks.send('news')
        await until('it ended', () => ends.length > 0)
        assert.equal(ends, [end])
        assert.equal(receiver.bodies(), Array(tries).fill('generic news'))
        const [state] = webhooks.states()
        assert.equal([state?.waiting, state?.delivered, state?.failed], end.includes('delivered') ? [0, 1, 0] : [0, 0, 1])
        assert.not.match(JSON.stringify([ends, webhooks.states()]), /CANARY|127\.0/)
        await webhooks.close()
      }),
    )

  test('gets its news in order, and of too many the oldest are dropped and counted', () =>
    withReceiver(async (receiver) => {
      const { webhooks, ends } = opened(receiver)
      for (let at = 0; at < 30; at += 1) webhooks.send(String(at))
      await until('all ended', () => ends.length === 30)
      assert.is(ends.filter((end) => end.includes('dropped')).length, 10)
      const kept = [0, ...Array.from({ length: 19 }, (_, at) => at + 11)]
      assert.equal(
        receiver.bodies(),
        kept.map((at) => `generic ${at}`),
      )
      await webhooks.close()
    }))

  test('that nobody serves is told in our own words', async () => {
    const gone = { url: 'http://127.0.0.1:1/CANARY', bodies: () => [], answers: () => undefined }
    const { webhooks, ends } = opened(gone)
    webhooks.send('news')
    await until('it ended', () => ends.length > 0)
    assert.equal(ends, ['env HOOK: failed, no connection'])
    await webhooks.close()
  })

  test('that left the config gets nothing more, one that stays keeps what waits', () =>
    withReceiver(async (receiver) => {
      const { webhooks, ends } = opened(receiver)
      webhooks.send('first')
      webhooks.configure([{ name: 'env HOOK', url: new Secret(receiver.url), format: 'generic' }])
      assert.is(webhooks.states()[0]?.waiting, 1)
      await until('it ended', () => ends.length === 1)
      webhooks.configure([])
      webhooks.send('second')
      await webhooks.close()
      assert.equal(receiver.bodies(), ['generic first'])
    }))
})
