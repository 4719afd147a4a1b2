// A password whose answer was lost, and that takes effect after a newer one was set: nothing shows it, so the newer one is sent once more when the
// older one can come no more, and counts as set only then for good. What the service shows is drift, and needs none of this.
import * as assert from 'uvu/assert'
import { newPassword } from './support/fresh.ts'
import { ends, heldIn, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const ONE = 'one@a.example'
const SEED = { account: { results: [{ username: ONE }, { username: 'two@a.example' }] } }
const MASKED = { switches: { view_password: 'masked' } } as const
const [FIRST, LATE, NEWER, NEWEST] = [newPassword(), newPassword(), newPassword(), newPassword()]
const config = (more = ''): string =>
  `safety: { max_password_changes: 1 }\nusers: [{ username: ${ONE}, email_password: { env: PASSWORD }${more} }]`
const auto = async (rig: Rig, password?: string): Promise<ReadonlyArray<string>> => {
  if (password !== undefined) rig.env.PASSWORD = password
  return ends(await rig.run({ person: false, by: 'schedule' }))
}
const SENT = [`update ${ONE} unobservable`]
/** The service begins to show it: nothing is to be repaired. */
const isAsDeclared = async (rig: Rig): Promise<void> => {
  await rig.switches({ view_password: 'clear' })
  assert.equal(await auto(rig), [])
}
const UNKNOWN = [`update ${ONE} unknown`]

/** One password set, then another one sent that takes effect a minute later. */
const lost = async (rig: Rig, set: ReadonlyArray<string> = SENT): Promise<void> => {
  rig.config(config())
  rig.env.PASSWORD = FIRST
  assert.equal(ends(await rig.run()), set)
  await rig.time.pass(25 * 60 * MINUTE)
  await rig.faults([{ kind: 'late_apply', ms: MINUTE, endpoint: '/users/smtp/edit', times: 1 }])
  assert.equal(await auto(rig, LATE), UNKNOWN)
}
/** Once more after a quarter of an hour, and then never again. */
const comesRight = async (rig: Rig): Promise<void> => {
  let sent = 0
  for (let minute = 0; minute < 60; minute += 5) {
    await rig.time.pass(5 * MINUTE)
    const report = await rig.run({ person: false, by: 'schedule' })
    assert.equal(heldIn(report), [])
    sent += ends(report).length
  }
  assert.is(sent, 1)
  await isAsDeclared(rig)
}

spec('a password that takes effect after a newer one', (test) => {
  for (const [title, password] of [
    ['a newer one', NEWER],
    ['the one before it again', FIRST],
  ] as const)
    test(`does not replace ${title} for good`, () =>
      withRig(
        SEED,
        async (rig) => {
          await lost(rig)
          assert.equal(await auto(rig, password), SENT)
          await rig.time.pass(2 * MINUTE)
          assert.equal(await auto(rig), [])
          await comesRight(rig)
        },
        MASKED,
      ))

  test('nor one whose own answer was lost and that was sent again', () =>
    withRig(
      SEED,
      async (rig) => {
        await lost(rig)
        await rig.faults([{ kind: 'reset_after', endpoint: '/users/smtp/edit', times: 1 }])
        assert.equal(await auto(rig, NEWER), UNKNOWN)
        assert.equal(await auto(rig), SENT)
        await rig.time.pass(2 * MINUTE)
        await comesRight(rig)
      },
      MASKED,
    ))

  test('nor one after which something else was changed meanwhile, or the process was started anew', () =>
    withRig(
      SEED,
      async (rig) => {
        await lost(rig)
        assert.equal(await auto(rig, NEWER), SENT)
        rig.config(config(', description: new'))
        assert.equal(await auto(rig), [`update ${ONE} verified`])
        rig.restart()
        await comesRight(rig)
      },
      MASKED,
    ))

  test('nor the newest of three', () =>
    withRig(
      SEED,
      async (rig) => {
        await lost(rig)
        rig.config(config().replace('max_password_changes: 1', 'max_password_changes: 5'))
        assert.equal(await auto(rig, NEWER), SENT)
        assert.equal(await auto(rig, NEWEST), SENT)
        await comesRight(rig)
      },
      MASKED,
    ))

  test('is replaced by the one before it where the newer one was refused and taken back', () =>
    withRig(
      SEED,
      async (rig) => {
        await lost(rig)
        const body = JSON.stringify({ data: { error: 'no', error_code: 'E_ApiResponseCodes.API_EXCEPTION' } })
        await rig.faults([{ kind: 'status', status: 400, body, endpoint: '/users/smtp/edit', times: 1 }])
        assert.equal(await auto(rig, NEWER), [`update ${ONE} failed`])
        await rig.time.pass(2 * MINUTE)
        assert.equal(await auto(rig, FIRST), SENT)
        await isAsDeclared(rig)
      },
      MASKED,
    ))

  test('where it came first, costs one more edit and nothing else; where it is shown, not even that', async () => {
    for (const [switches, set, more] of [
      [MASKED, SENT, 1],
      [{ switches: { view_password: 'clear' } } as const, [`update ${ONE} verified`], 0],
    ] as const)
      await withRig(
        SEED,
        async (rig) => {
          await lost(rig, set)
          await rig.time.pass(2 * MINUTE)
          assert.is((await auto(rig, NEWER)).length, 1)
          const before = (await rig.writes()).length
          for (let minute = 0; minute < 60; minute += 5) {
            await rig.time.pass(5 * MINUTE)
            await auto(rig)
          }
          assert.is((await rig.writes()).length - before, more)
          await isAsDeclared(rig)
        },
        switches,
      )
  })
})
