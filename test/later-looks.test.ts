// The looks of a run after its first: before a full edit, and after the writes. They are believed no more easily than the first (promise S3), and
// what the run itself removes makes none of them suspicious.
import * as assert from 'uvu/assert'
import { newPassword } from './support/fresh.ts'
import { auto, DAY, days } from './support/gone.ts'
import { endedIn, ends, HOUR, heldIn, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const named = (names: string): ReadonlyArray<string> => names.split(' ').map((name) => `${name}@a.example`)
const live = (names: ReadonlyArray<string>) => ({
  account: { results: names.map((username) => ({ username, description: 'old' })) },
})
/** What a full edit can send of a user. */
const FULL = ', email_password: { env: PASSWORD }, ip_pool: 1234, click_tracking_enabled: false'
const FULL_EDITS = 'pace: off, edit: full, concurrency: 1'
/** A config that lists these users, each with this, and removes who is not listed; caps hold nothing. */
const list = (rig: Rig, names: ReadonlyArray<string>, some = '', api?: string): void => {
  rig.env.PASSWORD ??= newPassword()
  const caps = ['updates', 'password_changes', 'blocks', 'removes'].map((cap) => `max_${cap}: 100%`).join(', ')
  const users = names.map((username) => `  - { username: ${username}${some} }\n`).join('')
  rig.config(`policy: { unlisted: remove, grace: 3d }\nsafety: { ${caps} }\nusers:\n${users}...\n`, api)
}
/** Until just before the end of grace. */
const nearly = async (rig: Rig): Promise<void> => {
  await days(rig, 2)
  await rig.time.pass(DAY - HOUR)
}
const told = (report: Parameters<typeof endedIn>[0]): string =>
  endedIn(report)
    .map(({ change, username, outcome, error }) => `${change} ${username} ${outcome}: ${error}`)
    .join('\n')

spec('S3: a later look', (test) => {
  test('that shows less than half stops a full edit, and what comes after it', () => {
    const names = named('one two three four five')
    return withRig(live(names), async (rig) => {
      list(rig, names, FULL, 'pace: 2 per 1m, edit: full, concurrency: 1')
      const removed = rig.time.clock.sleep(30_000).then(async () => {
        for (const username of names.slice(2)) await rig.colleague('remove', { username })
      })
      const report = await rig.run()
      await rig.time.pass(MINUTE)
      await removed
      const others = (await rig.writes()).filter(({ body }) => body.username !== names[0])
      assert.equal(others, [])
      assert.match(told(report), /two@a.example not_attempted: not believed: the service shows 2 of 5 users seen a moment ago/)
      assert.match(told(report), /three@a.example not_attempted: not believed/)
    })
  })

  test('that does not show a user any more leaves the full edit unsent: no room of a cap, and no block of ours', () => {
    const names = named('one two three four five')
    return withRig(live(names), async (rig) => {
      list(rig, names)
      await rig.run()
      list(rig, names, `${FULL}, status: blocked`, 'pace: 2 per 1m, edit: full, concurrency: 1')
      const removed = rig.time.clock.sleep(30_000).then(() => rig.colleague('remove', { username: names[1] }))
      const report = await rig.run()
      await rig.time.pass(MINUTE)
      await removed
      assert.match(told(report), /block two@a.example failed: the user is not live any more/)
      const memory = (await rig.ledger()).scopes.get('account')
      const [sent, spent] = [(await rig.writes()).map(({ body }) => body.username), memory?.spent.map(({ username }) => username)]
      assert.equal([...new Set(spent)].toSorted(), sent.map(String).toSorted())
      assert.not.ok(sent.includes(names[1]))
      const { block, ourBlock, pending } = memory?.users.get(String(names[1])) ?? {}
      assert.equal([block, ourBlock, pending], [undefined, undefined, undefined])
    })
  })

  test('that shows somebody open again whose grace is over leaves the removal unsent, and grace begins anew', () => {
    const [names, leaving] = [named('one two three'), named('l1')]
    return withRig(live([...names, ...leaving]), async (rig) => {
      for (const listed of [[...names, ...leaving], names]) {
        list(rig, listed)
        await rig.run()
      }
      await nearly(rig)
      await rig.time.pass(HOUR)
      list(rig, names, `${FULL}, description: new`, 'pace: 2 per 1m, edit: full, concurrency: 1')
      const opened = rig.time.clock.sleep(30_000).then(() => rig.colleague('edit', { username: leaving[0], status: 'allowed' }))
      const report = await rig.run()
      await opened
      assert.match(told(report), /remove l1@a.example failed: the user is not blocked any more/)
      list(rig, names, `${FULL}, description: new`)
      assert.equal(ends(await rig.run()), ['block l1@a.example verified'])
      await rig.time.pass(HOUR)
      assert.equal(ends(await rig.run()), [])
      assert.ok(await rig.user(String(leaving[0])))
    })
  })

  // Never two adds of a user without a look in between that did not show it: the last look is the one that counts.
  test('that shows whom the first left out leaves the add unsent, and the next run brings it in line', () => {
    const names = named('one two three four five')
    return withRig(live(names), async (rig) => {
      list(rig, names, FULL, FULL_EDITS)
      await rig.run()
      list(rig, names, `${FULL}, description: new`, FULL_EDITS)
      const results = (await rig.users()).filter(({ username }) => username !== names[4])
      const truth: unknown = { request_id: 'r', data: { results } }
      // What is beside what view shows would be a key unknown to us.
      const body = JSON.stringify(truth, (key, value: unknown) => (key === 'email_password_sha256' ? undefined : value))
      await rig.faults([{ kind: 'status', status: 200, body, endpoint: '/users/smtp/view', nth: 1 }])
      const before = (await rig.writes()).length
      const report = await rig.run()
      assert.match(told(report), /update one@a.example (verified|unobservable)/)
      assert.match(told(report), /create five@a.example failed: the user is live meanwhile; the next run brings it in line/)
      const sent = (await rig.writes()).slice(before).map(({ body }) => String(body.username))
      assert.equal(sent.toSorted(), names.slice(0, 4).toSorted())
      assert.equal(ends(await rig.run()), ['update five@a.example verified'])
      assert.equal(ends(await rig.run()), [])
    })
  })

  test('is not believed after the writes either, as little as before them: the next run waits for a person', () => {
    const [names, leaving] = [named('one two three four'), named('l1 l2 l3 l4')]
    return withRig(live([...names, ...leaving]), async (rig) => {
      list(rig, [...names, ...leaving])
      await rig.run()
      list(rig, names)
      await rig.run()
      await nearly(rig)
      await rig.time.pass(HOUR)
      list(rig, names, `${FULL}, description: new`, FULL_EDITS)
      const results = (await rig.users()).filter(({ username }) => names.slice(0, 2).includes(username))
      const body = JSON.stringify({ request_id: 'r', data: { results } })
      const slip = { kind: 'status', status: 200, body, endpoint: '/users/smtp/view' } as const
      // All looks but the first two: that of the run, and that before the first full edit.
      await rig.faults(Array.from({ length: 9 }, () => ({ ...slip, nth: 3 })))
      const report = await rig.run()
      assert.match(told(report), /update .* unknown: could not be read back: not believed: the service shows 2 of 8 users/)
      assert.match(told(report), /remove l1@a.example not_attempted: not believed/)
      await rig.faults([slip])
      const next = await rig.run()
      assert.equal(
        next.plan.scopes.map((one) => one._tag === 'Errored' && one.error.kind),
        ['suspicious_answer'],
      )
      assert.equal(ends(next), [])
    })
  })

  test('is believed where the run itself removed who is missing: an emergency stop that comes last is made', () => {
    const [names, leaving] = [named('one two'), named('l1 l2 l3')]
    return withRig(live([...names, ...leaving]), async (rig) => {
      // A list that falls under half removes nobody.
      for (const listed of [[...names, ...leaving], [...names, ...leaving.slice(0, 1)], names]) {
        list(rig, listed)
        await rig.run()
      }
      await nearly(rig)
      list(rig, names, FULL, FULL_EDITS)
      await rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: 'one@a.example' }, until: rig.time.now() + 20 * HOUR })
      const refused = {
        kind: 'status',
        status: 400,
        body: '{"data":{"error":"no"}}',
        endpoint: '/users/smtp/edit',
        times: 1,
      } as const
      await rig.faults([{ ...refused, username: 'one@a.example' }])
      assert.match(told(await rig.run()), /block one@a.example failed/)
      await rig.time.pass(2 * HOUR)
      const report = await rig.run()
      assert.match(told(report), /block one@a.example verified/)
      assert.match(told(report), /remove l3@a.example verified/)
    })
  })

  test('and where half of the users of the run before were gone already', () => {
    const [names, leaving] = [named('one two three four five'), 'gone@a.example']
    return withRig(live([...names, leaving]), async (rig) => {
      list(rig, [...names, leaving])
      await rig.run()
      list(rig, names)
      await rig.run()
      await nearly(rig)
      await rig.time.pass(HOUR)
      for (const username of names.slice(2)) {
        await rig.colleague('remove', { username })
        await rig.decide({ _tag: 'Hold', what: { _tag: 'Users', glob: username }, until: rig.time.now() + 20 * HOUR })
      }
      list(rig, names, ', description: new')
      const report = await auto(rig)
      assert.match(told(report), /update one@a.example verified/)
      assert.match(told(report), /remove gone@a.example verified/)
      assert.is(heldIn(report).length, 3)
    })
  })
})
