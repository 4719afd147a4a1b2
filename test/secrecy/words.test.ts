// C1: whatever the service says of a secret, of which request and in which words, is in no output. The rig itself searches all that was told and
// kept for what `rig.env` holds.
import * as assert from 'uvu/assert'
import { newPassword } from '../support/fresh.ts'
import { auto, GONE, listing, seedOf } from '../support/gone.ts'
import { ends, type Rig, withRig } from '../support/rig.ts'
import { spec } from '../support/spec.ts'

const refusing = (error: string, endpoint = '/users/smtp/edit') =>
  ({ kind: 'status', status: 400, body: JSON.stringify({ data: { error } }), endpoint, times: 1 }) as const

const FAILED = [`update ${GONE} failed`]
const MASKED = { switches: { view_password: 'masked' } } as const

/** The password of the user from now on, with more that its config says. */
const declared = (rig: Rig, password: string, more = ''): void => {
  rig.env.PW = password
  rig.config(listing(`, email_password: { env: PW }${more}`))
}

spec('C1: what the service says of a password', (test) => {
  test('that the config declares, where something else of the user is refused', () =>
    withRig(
      seedOf({}),
      async (rig) => {
        declared(rig, newPassword())
        await rig.run()
        declared(rig, rig.env.PW ?? '', ', description: new')
        await rig.faults([refusing(`not editable: ${GONE} ${rig.env.PW}`)])
        assert.equal(ends(await auto(rig)), FAILED)
      },
      MASKED,
    ))

  for (const view of ['clear', 'masked'] as const)
    test(`that was there before a new one is refused, with passwords ${view} in the view`, () =>
      withRig(
        seedOf({}),
        async (rig) => {
          declared(rig, newPassword())
          rig.env.OLD = rig.env.PW
          await rig.run()
          declared(rig, newPassword())
          await rig.faults([refusing(`the new password is too much like ${rig.env.OLD}`)])
          assert.equal(ends(await auto(rig)), FAILED)
        },
        { switches: { view_password: view } },
      ))

  test('that only the view shows', () =>
    withRig(seedOf({ email_password: 'theirs' }), async (rig) => {
      rig.env.THEIRS = newPassword()
      await rig.colleague('edit', { username: GONE, email_password: rig.env.THEIRS })
      rig.config(listing(', description: new'))
      await rig.faults([refusing(`not editable: ${rig.env.THEIRS?.slice(0, 12)}`)])
      assert.equal(ends(await rig.run()), FAILED)
    }))

  test('where it does not answer a view', () =>
    withRig(seedOf({}), async (rig) => {
      declared(rig, newPassword())
      await rig.run()
      await rig.faults([refusing(`cannot show ${GONE} ${rig.env.PW}`, '/users/smtp/view')])
      const [scope] = (await auto(rig)).plan.scopes
      assert.is(scope?._tag, 'Errored')
    }))

  test('that is not ASCII, as an address writes it', () =>
    withRig(seedOf({}), async (rig) => {
      declared(rig, 'ЖёлтыйКлючОтСейфаВПодвале№Семь')
      await rig.faults([refusing(`refused: pw=${encodeURIComponent(rig.env.PW ?? '')}`)])
      assert.equal(ends(await rig.run()), FAILED)
    }))

  test('where the id of a request should be', () =>
    withRig(seedOf({}), async (rig) => {
      declared(rig, newPassword())
      const body = JSON.stringify({ request_id: rig.env.PW, data: { results: [{ username: GONE }] } })
      await rig.faults([{ kind: 'status', status: 200, body, endpoint: '/users/smtp/edit', times: 1 }])
      assert.equal(ends(await rig.run()), [`update ${GONE} not_converged`])
    }))
})
