// What somebody else did is not taken for ours, however much of ours was lost, cut short or answered late; and what of ours is lost is made up for
// once, and not for ever.
import * as assert from 'uvu/assert'
import { freshness } from '../src/daemon/freshness.ts'
import { nothingTold, watched } from '../src/daemon/transitions.ts'
import { E } from '../src/fp.ts'
import { newPassword } from './support/fresh.ts'
import {
  AGAIN,
  auto,
  by,
  CUT,
  DAY,
  days,
  EDIT,
  GONE,
  IGNORED,
  LIST,
  listing,
  OTHERS,
  policy,
  RESET,
  RULE,
  seedOf,
  statusOf,
  TOOK,
} from './support/gone.ts'
import { ends, HOUR, heldIn, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

spec('what is ours and what is not', (test) => {
  for (const fate of ['unknown', 'verified'])
    test(`a departing block (${fate}) took, listed again while a rule is not met; once it is met the status returns`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN, RULE))
        await rig.run()
        rig.config(policy('remove', LIST, RULE))
        if (fate === 'unknown') await rig.faults(TOOK)
        assert.equal(ends(await auto(rig)), [`block ${GONE} ${fate}`])
        await rig.faults([])
        await by(rig, { open_tracking_enabled: true })
        rig.config(policy('remove', AGAIN, RULE))
        await auto(rig)
        await by(rig, { open_tracking_enabled: false })
        for (let run = 0; run < 3; run += 1) await auto(rig)
        assert.is(await statusOf(rig), 'allowed')
      }))
  for (const rotated of [true, false])
    test(`users wiped by hand and made again (${rotated ? 'with new passwords' : 'control'}): nothing is held once they are made`, () => {
      const names = Array.from({ length: 4 }, (_, at) => `user-${at}@a.example`)
      const more = [...OTHERS, 'more-1@a.example', 'more-2@a.example']
      return withRig(
        { account: { results: [...more, ...names].map((username) => ({ username })) } },
        async (rig) => {
          const list = () =>
            `safety: { max_creates: 10 }\nusers:\n${[...more.map((one) => `  - { username: ${one} }\n`), ...names.map((one, at) => `  - { username: ${one}, email_password: { env: PW${at} } }\n`)].join('')}`
          const rotate = () =>
            names.forEach((_, at) => {
              rig.env[`PW${at}`] = newPassword()
            })
          rotate()
          rig.config(`safety: { max_creates: 10, max_password_changes: 10 }\n${list().split('\n').slice(1).join('\n')}`)
          await rig.run()
          rig.config(list())
          await rig.time.pass(2 * DAY)
          for (const username of names) await rig.colleague('remove', { username })
          if (rotated) rotate()
          assert.equal(
            ends(await auto(rig)),
            names.map((one) => `create ${one} unobservable`),
          )
          for (let run = 0; run < 4; run += 1) {
            await rig.time.pass(DAY + MINUTE)
            const report = await auto(rig)
            assert.equal(
              heldIn(report).map(({ reason, username, message }) => `${reason} ${username} ${message}`),
              [],
            )
          }
        },
        { switches: { view_password: 'absent' } },
      )
    })
  for (const [title, fault] of [
    ['unknown', RESET],
    ['not converged', IGNORED],
  ] as const)
    test(`a rule block (${title}) never took, the rule is met for 20 hours of looks: who blocks by hand then is left alone`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('report', AGAIN, RULE))
        await rig.run()
        await by(rig, { open_tracking_enabled: true })
        await rig.faults([fault])
        await auto(rig)
        await rig.faults([])
        await by(rig, { open_tracking_enabled: false })
        for (let run = 0; run < 40; run += 1) {
          await rig.time.pass(30 * MINUTE)
          await auto(rig)
        }
        await by(rig, { status: 'blocked' })
        await auto(rig)
        await auto(rig)
        assert.is(await statusOf(rig), 'blocked')
      }))
  for (const [title, fault] of [
    ['unknown', RESET],
    ['not converged', IGNORED],
  ] as const)
    test(`a departing block (${title}) never took, listed again for 20 hours of looks: who blocks by hand then is left alone`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        rig.config(policy('remove'))
        await rig.faults([fault])
        await auto(rig)
        await rig.faults([])
        rig.config(policy('remove', AGAIN))
        for (let run = 0; run < 40; run += 1) {
          await rig.time.pass(30 * MINUTE)
          await auto(rig)
        }
        await by(rig, { status: 'blocked' })
        await auto(rig)
        await auto(rig)
        assert.is(await statusOf(rig), 'blocked')
      }))
  for (const what of ['cut', 'refused', 'hold'])
    test(`opened by hand, our next block ${what}, then blocked by somebody else: not removed`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        rig.config(policy('remove'))
        assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
        await rig.time.pass(HOUR)
        await by(rig, { status: 'allowed' })
        if (what === 'refused')
          await rig.faults([
            {
              kind: 'status',
              status: 400,
              body: JSON.stringify({ request_id: 'r', data: { error: 'no', error_code: 'E_ApiResponseCodes.API_EXCEPTION' } }),
              ...EDIT,
            },
          ])
        if (what === 'hold') await rig.decide({ _tag: 'Hold', what: { _tag: 'Users', glob: GONE }, until: rig.time.now() + HOUR })
        const report = await auto(rig, what === 'cut' ? CUT : {})
        assert.ok(ends(report).length <= 1)
        await by(rig, { status: 'blocked' })
        await days(rig, 6)
        assert.is(await statusOf(rig), 'blocked')
      }))
  test('opened by hand under report, and blocked for a rule: that is no block for removal', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', AGAIN, RULE))
      await rig.run()
      rig.config(policy('remove', LIST, RULE))
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      rig.config(policy('report', LIST, RULE))
      await auto(rig)
      await by(rig, { status: 'allowed', open_tracking_enabled: true })
      assert.equal(ends(await auto(rig)), [`block ${GONE} verified`])
      await days(rig, 5)
      rig.config(policy('remove', LIST, RULE))
      await days(rig, 1)
      assert.is(await statusOf(rig), 'blocked')
    }))
  test('same, and the rule is met again: its status returns under report', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', AGAIN, RULE))
      await rig.run()
      rig.config(policy('remove', LIST, RULE))
      await auto(rig)
      rig.config(policy('report', LIST, RULE))
      await auto(rig)
      await by(rig, { status: 'allowed', open_tracking_enabled: true })
      await auto(rig)
      await by(rig, { open_tracking_enabled: false })
      await auto(rig)
      await auto(rig)
      assert.is(await statusOf(rig), 'allowed')
    }))
  test('a departing block that was answered and did not take; the next look is 20 h later, after somebody else blocked: not ours', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('remove', AGAIN))
      await rig.run()
      rig.config(policy('remove'))
      await rig.faults([IGNORED])
      await auto(rig)
      await rig.time.pass(20 * HOUR)
      await by(rig, { status: 'blocked' })
      await auto(rig)
      await days(rig, 6)
      assert.is(await statusOf(rig), 'blocked')
    }))
  for (const stopped of [true, false])
    test(`blocked on their way out, and a stop is taken ${stopped ? 'while that run is at work' : 'after that run (control)'}: once it was released they are removed`, () => {
      const names = Array.from({ length: 4 }, (_, at) => `out-${at}@a.example`)
      const more = Array.from({ length: 6 }, (_, at) => `in-${at}@a.example`)
      const api = 'pace: 3 per 1m, concurrency: 1'
      const head = 'policy: { unlisted: remove, grace: 3d }\nsafety: { max_removes: 9, max_blocks: 9 }\n'
      const list = (of: ReadonlyArray<string>) => `${head}users:\n${of.map((one) => `  - { username: ${one} }\n`).join('')}...\n`
      return withRig({ account: { results: [...more, ...names].map((username) => ({ username })) } }, async (rig) => {
        rig.config(list([...more, ...names]), api)
        await rig.run()
        rig.config(list(more), api)
        rig.restart()
        const daemon = await rig.daemon()
        await rig.time.pass(stopped ? 25_000 : 10 * MINUTE)
        const before = (await rig.users()).filter(({ status }) => status === 'blocked').map(({ username }) => username)
        const stop = { _tag: 'Hold', what: { _tag: 'Stop', glob: 'out-*' }, until: rig.time.now() + 12 * HOUR } as const
        await daemon.controls.decide(stop, { by: 'tester', reason: 'stolen' })
        await rig.time.pass(HOUR)
        await daemon.stop()
        await rig.time.pass(13 * HOUR)
        for (let day = 1; day <= 8; day += 1) {
          await rig.time.pass(DAY)
          await auto(rig)
        }
        const left = (await rig.users()).map(({ username }) => username)
        assert.ok(before.length > 0)
        assert.equal(
          before.filter((one) => left.includes(one)),
          [],
        )
      })
    })
  test('max_updates holds also after a request of which nothing took that carried something hidden', () => {
    const names = Array.from({ length: 6 }, (_, at) => `user-${at}@a.example`)
    return withRig(
      { account: { results: names.map((username) => ({ username })) } },
      async (rig) => {
        rig.env.PW = newPassword()
        const list = (updates: number, more: string) =>
          `safety: { max_password_changes: 10, max_updates: ${updates} }\nusers:\n${names.map((one) => `  - { username: ${one}, email_password: { env: PW }, archive_enabled: true${more} }\n`).join('')}`
        rig.config(list(10, ''))
        assert.equal(new Set(ends(await rig.run()).map((end) => end.split(' ')[2])), new Set(['not_converged']))
        rig.config(list(2, ', description: mistake'))
        const report = await auto(rig)
        assert.is((await rig.users()).filter(({ description }) => description === 'mistake').length, 0, ends(report).join('\n'))
      },
      { switches: { view_password: 'absent', archive: 'ignored' } },
    )
  })
  test('a change failed, and the next run was cut short before it was tried again: nobody is told that all is in sync again', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(policy('report', AGAIN))
      await rig.run()
      rig.config(policy('report', listing(', description: new')))
      await rig.faults([{ kind: 'status', status: 500, ...EDIT }])
      const first = await auto(rig)
      const before = watched(nothingTold, { _tag: 'RunEnded', report: first }, '')
      assert.equal(
        before.news?.transitions.map(({ kind }) => kind),
        ['failed'],
      )
      const cut = await auto(rig, CUT)
      const after = watched(before.watch, { _tag: 'RunEnded', report: cut }, '')
      assert.equal(
        after.news?.transitions.map(({ kind, message }) => `${kind}: ${message}`),
        undefined,
      )
    }))
  for (const broken of [true, false])
    test(`a config that is ${broken ? 'broken for a minute, mended for a minute' : 'another each minute (control)'}, over and over, keeps no run from its end`, () => {
      const names = Array.from({ length: 10 }, (_, at) => `user-${at}@a.example`)
      const configure = (rig: Rig, description: string): void =>
        rig.config(
          `users:\n${names.map((username) => `  - { username: ${username}, description: ${description} }\n`).join('')}`,
          'pace: 3 per 1m, concurrency: 1',
        )
      return withRig({ account: { results: names.map((username) => ({ username, description: 'old' })) } }, async (rig) => {
        configure(rig, 'v0')
        const daemon = await rig.daemon()
        for (let version = 1; version <= 40; version += 1) {
          await rig.time.pass(MINUTE)
          configure(rig, version % 2 === 1 && broken ? '[' : `v${version}`)
          daemon.wake('file change')
        }
        const whole = daemon
          .reports()
          .filter((report) => ends(report).length > 0 && ends(report).every((end) => end.endsWith('verified')))
        assert.ok(whole.length >= 2, `${whole.length} of ${daemon.reports().length}`)
      })
    })
  for (const broken of [true, false])
    test(`reads alone take longer than the config stays ${broken ? 'whole between two breaks' : 'the same (control)'}: something is written in six hours`, () => {
      const ids = ['aaaaaa', 'bbbbbb', 'cccccc', 'dddddd', 'eeeeee']
      const configure = (rig: Rig, description: string): void =>
        rig.config(
          `users: []\nsubaccounts:\n${ids.map((id) => `  - { id: ${id}, users: [{ username: user@${id}.example, description: ${description} }] }\n`).join('')}`,
          'pace: 3 per 1m, concurrency: 1',
        )
      const subaccounts = Object.fromEntries(
        ids.map((id) => [id, { results: [{ username: `user@${id}.example`, description: 'old' }] }]),
      )
      return withRig({ account: { results: [] }, subaccounts }, async (rig) => {
        configure(rig, 'v0')
        const daemon = await rig.daemon()
        for (let version = 1; version <= 180; version += 1) {
          await rig.time.pass(MINUTE)
          configure(rig, version % 2 === 1 && broken ? '[' : broken ? 'v0' : `v${version}`)
          daemon.wake('file change')
          await rig.time.pass(MINUTE)
        }
        const made = (await rig.writes()).length
        assert.ok(made > 0)
      })
    })
  for (const held of [true, false])
    test(`an old name, blocked after its grace and opened by hand${held ? ' while on hold' : ' (control)'}: blocked again at once after that`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('report', AGAIN))
        await rig.run()
        rig.config(policy('report', `${LIST}  - { username: new@a.example, previously: [${GONE}] }\n`))
        await auto(rig)
        await days(rig, 5)
        assert.is(await statusOf(rig), 'blocked')
        await by(rig, { status: 'allowed' })
        if (held) {
          await rig.decide({ _tag: 'Hold', what: { _tag: 'Users', glob: GONE }, until: rig.time.now() + HOUR })
          await auto(rig)
          await rig.time.pass(2 * HOUR)
        }
        await auto(rig)
        assert.is(await statusOf(rig), 'blocked')
      }))
  for (const cut of [true, false])
    test(`a config that was saved for a moment and ${cut ? 'never applied (cut)' : 'never read (control)'} holds nothing once it is as before`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(AGAIN)
        await rig.run()
        if (cut) {
          rig.config(`safety: { protected: ["nobody@*"] }\n${listing(', description: mistake')}...\n`)
          await auto(rig, CUT)
        }
        rig.config(listing(', description: new'))
        const report = await auto(rig)
        assert.equal(
          heldIn(report).map(({ message }) => message),
          [],
        )
      }))
  test('a password beside a field that never takes, and that others change now and then, is not sent in every run', () =>
    withRig(
      seedOf({}),
      async (rig) => {
        rig.env.PW = newPassword()
        rig.config(listing(', email_password: { env: PW }, description: ours'))
        for (let run = 0; run < 8; run += 1) {
          await rig.time.pass(15 * MINUTE)
          await rig.faults([])
          await by(rig, { description: `theirs ${run}` })
          await rig.faults([{ kind: 'ignore_field', field: 'description', endpoint: '/users/smtp/edit', times: 1 }])
          await auto(rig, { person: run === 0 })
        }
        const sent = (await rig.writes()).filter(({ body }) => body.email_password !== undefined).length
        assert.ok(sent <= 2, `sent ${sent} times in 2 hours`)
      },
      { switches: { view_password: 'absent' } },
    ))
  // The same as the first, by a date
  for (const fate of ['unknown', 'verified'])
    test(`a departing block (${fate}) took, listed again before it starts; once it starts the status returns`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        rig.config(policy('remove', LIST))
        if (fate === 'unknown') await rig.faults(TOOK)
        assert.equal(ends(await auto(rig)), [`block ${GONE} ${fate}`])
        await rig.faults([])
        const starts = new Date(rig.time.now() + 5 * HOUR).toISOString().slice(0, 10)
        rig.config(policy('remove', listing(`, starts: ${new Date(Date.parse(starts) + DAY).toISOString().slice(0, 10)}`)))
        await auto(rig)
        await days(rig, 3)
        assert.is(await statusOf(rig), 'allowed')
      }))
  for (const [title, fault] of [
    ['unknown', RESET],
    ['not converged', IGNORED],
  ] as const)
    test(`a departing block (${title}) never took, 20 hours of looks under report: who blocks by hand then is never removed`, () =>
      withRig(seedOf({}), async (rig) => {
        rig.config(policy('remove', AGAIN))
        await rig.run()
        rig.config(policy('remove'))
        await rig.faults([fault])
        await auto(rig)
        await rig.faults([])
        rig.config(policy('report'))
        for (let run = 0; run < 40; run += 1) {
          await rig.time.pass(30 * MINUTE)
          await auto(rig)
        }
        await by(rig, { status: 'blocked' })
        await auto(rig)
        rig.config(policy('remove'))
        await days(rig, 6)
        assert.is(await statusOf(rig), 'blocked')
      }))
  // freshness
  const ignored = (): void => undefined
  const still = (): number => 0
  test('freshness: a config that cannot be read for a moment does not end the process', async () => {
    const seen: Array<unknown> = []
    const hear = (why: unknown): void => void seen.push(why)
    process.on('unhandledRejection', hear)
    try {
      const fresh = freshness(
        async () => {
          throw new Error('no thread')
        },
        ignored,
        still,
      )
      fresh.begins()
      fresh.taken('first')
      fresh.touched(true)
      await new Promise((done) => setTimeout(done, 20))
    } finally {
      process.off('unhandledRejection', hear)
    }
    assert.is(seen.length, 0)
  })
  test('freshness: what was looked up during the run before does not cut this one', async () => {
    let answer: (digest: string) => void = () => undefined
    const fresh = freshness(
      () =>
        new Promise((settle) => {
          answer = (digest) => settle(E.right(digest))
        }),
      ignored,
      still,
    )
    fresh.begins()
    fresh.taken('first')
    fresh.touched(true)
    fresh.over()
    fresh.begins()
    const outdated = fresh.taken('third')
    answer('second')
    await new Promise((done) => setTimeout(done, 5))
    assert.is(outdated(), undefined)
  })
})
