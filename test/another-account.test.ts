// A key that leads to another account, which a person lets in: users of the same names are others, and nothing of the old ones is theirs.
import * as assert from 'uvu/assert'
import type { Seed } from '../src/sandbox/seed.ts'
import { newKeyUnlikeHashes, newPassword } from './support/fresh.ts'
import { AGAIN, auto, DAY, days, GONE, LIST, policy, RULE, seedOf, statusOf } from './support/gone.ts'
import { ends, heldIn, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const THERE = ['w', 'x', 'y', 'z'].map((one) => `${one}-user@b.example`)
const THEIRS = `users:\n${THERE.map((username) => `  - { username: ${username} }\n`).join('')}`
const THEIRS_TOO = `${THEIRS}  - { username: ${GONE} }\n`
const there = (gone: object): Seed => ({
  account: { results: [{ username: GONE, ...gone }, ...THERE.map((username) => ({ username }))] },
})
/** From now on the key leads to another account, which has a user of that name as well, and a person lets it in. */
const enter = async (rig: Rig, gone: object, text: string): Promise<void> => {
  rig.env.TEST_KEY = newKeyUnlikeHashes()
  await rig.becomes(there(gone))
  rig.config(text)
  const [doubted] = (await auto(rig)).plan.scopes
  assert.is(doubted?._tag === 'Errored' ? doubted.error.kind : undefined, 'identity_mismatch')
  await rig.decide({ _tag: 'Vouch', scope: 'account' })
}

spec('another account that a person let in', (test) => {
  test('S3: whom we blocked in the one is not removed in the other', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', AGAIN))
      await rig.run()
      rig.config(policy('remove'))
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      await rig.time.pass(2 * DAY)
      await auto(rig)
      await enter(rig, { status: 'blocked' }, policy('remove', THEIRS))
      await auto(rig)
      await days(rig, 6)
      assert.is(await statusOf(rig), 'blocked')
    }))

  test('whom we blocked for a rule in the one is not opened in the other, whoever asks', () =>
    withRig(seedOf({ open_tracking_enabled: true }), async (rig) => {
      rig.config(policy('report', AGAIN))
      await rig.run()
      rig.config(policy('report', AGAIN, RULE))
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      await enter(rig, { status: 'blocked' }, policy('report', THEIRS_TOO, RULE))
      await auto(rig)
      await rig.run()
      assert.is(await statusOf(rig), 'blocked')
    }))

  test('a password that was set in the one is set in the other; for a day a person is asked first, and who was protected stays so', () =>
    withRig(
      seedOf({}),
      async (rig) => {
        rig.env.PW = newPassword()
        const safety = (names: string): string => `safety: { protected: [${names}] }\n`
        const user = `  - { username: ${GONE}, email_password: { env: PW } }\n`
        rig.config(`${safety('"x-*"')}${LIST}${user}`)
        assert.equal(ends(await rig.run()), [`update ${GONE} unobservable`])
        rig.config(`${safety(`"${GONE}"`)}${LIST}${user}`)
        await auto(rig)
        await enter(rig, {}, `${safety('')}${THEIRS}${user}`)
        await rig.switches({ view_password: 'absent' })
        const held = async (): Promise<ReadonlyArray<string>> => heldIn(await auto(rig)).map(({ reason }) => reason)
        assert.equal(await held(), ['protected'])
        await rig.decide({ _tag: 'Unprotect', glob: GONE })
        assert.equal(await held(), ['needs_approval'])
        await rig.time.pass(DAY)
        assert.equal(ends(await auto(rig)), [`update ${GONE} unobservable`])
      },
      { switches: { view_password: 'absent' } },
    ))

  test('S9: what is about to be done in the other is written down as of that one', () =>
    withRig(seedOf({}), async (rig) => {
      const origins: Array<Promise<string | undefined>> = []
      const note = async (): Promise<string | undefined> => (await rig.ledger()).scopes.get('account')?.origin
      rig.config(policy('block', AGAIN))
      await rig.run()
      const before = await note()
      await enter(rig, {}, policy('block', THEIRS))
      const outdated = (): undefined => {
        origins.push(note())
      }
      assert.equal(ends(await rig.run({ outdated })), [`block ${GONE} verified`])
      const during = await origins[0]
      assert.type(during, 'string')
      assert.is.not(during, before)
    }))

  test('a new key to the same account leads to no other: a way out goes on', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', AGAIN))
      await rig.run()
      rig.config(policy('remove'))
      await auto(rig)
      rig.env.TEST_KEY = newKeyUnlikeHashes()
      await days(rig, 6)
      assert.is(await statusOf(rig), undefined)
    }))
})
