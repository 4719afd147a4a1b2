// Users on their way out: blocked first, removed only by us and after grace, restored when they are listed again (contract section 5).
import * as assert from 'uvu/assert'
import { planText } from '../src/cli/render/text.ts'
import { ends, HOUR, heldIn, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const DAY = 24 * HOUR
const seed = {
  account: {
    results: [
      { username: 'kept@a.example' },
      { username: 'kept-too@a.example' },
      { username: 'gone@a.example', status: 'sandbox' as const, description: 'was here' },
    ],
  },
}
const LIST = 'users:\n  - { username: kept@a.example }\n  - { username: kept-too@a.example }\n'
const removing = (rest = LIST): string =>
  `policy: { unlisted: remove, grace: 3d }\nsafety: { max_removes: 1, max_blocks: 2 }\n${rest}...\n`
const statusOf = async (rig: Rig, username = 'gone@a.example'): Promise<unknown> => (await rig.user(username))?.status
const scheduled = (rig: Rig) => rig.run({ person: false, by: 'schedule' })
const days = async (rig: Rig, count: number): Promise<void> => {
  for (let day = 1; day <= count; day += 1) {
    await rig.time.pass(DAY)
    await scheduled(rig)
  }
}
const removals = async (rig: Rig): Promise<number> => (await rig.writes()).filter(({ path }) => path.endsWith('/remove')).length

spec('leaving users', (test) => {
  test('a user taken off the list is blocked, waits out its grace, and is removed', () =>
    withRig(seed, async (rig) => {
      rig.config(removing())
      assert.equal(ends(await rig.run()), ['block gone@a.example verified'])
      for (let day = 1; day <= 2; day += 1) {
        await rig.time.pass(DAY)
        const [held] = heldIn(await scheduled(rig))
        assert.is(held?.change, 'remove')
        assert.is(held?.reason, 'awaiting_grace')
        assert.match(held?.message ?? '', /removed in about \d+ (days|hours) if it stays blocked/)
        assert.is(await statusOf(rig), 'blocked')
      }
      await rig.time.pass(DAY)
      const last = await scheduled(rig)
      assert.equal(ends(last), ['remove gone@a.example verified'])
      assert.is([...last.ended.values()].flat()[0]?.cause, 'grace_elapsed')
      assert.is(await rig.user('gone@a.example'), undefined)
      const before = (await rig.writes()).length
      await scheduled(rig)
      assert.is((await rig.writes()).length, before, 'L4')
    }))

  test('a clock that jumps, either way, shortens no grace: a run counts a day at the most, and never less than nothing', () =>
    withRig(seed, async (rig) => {
      rig.config(removing())
      await rig.run()
      await rig.time.pass(365 * DAY)
      await scheduled(rig)
      await rig.time.pass(HOUR)
      await scheduled(rig)
      assert.is(await removals(rig), 0)
      await rig.time.pass(2 * DAY)
      await scheduled(rig)
      assert.is(await removals(rig), 0, 'three runs counted a day, an hour and a day')
      await rig.time.pass(DAY)
      await scheduled(rig)
      assert.is(await removals(rig), 1)
    }))

  test('an unblock by hand starts grace anew', () =>
    withRig(seed, async (rig) => {
      rig.config(removing())
      await rig.run()
      await rig.time.pass(DAY)
      await scheduled(rig)
      await rig.time.pass(DAY)
      await rig.colleague('edit', { username: 'gone@a.example', status: 'allowed' })
      assert.equal(ends(await scheduled(rig)), ['block gone@a.example verified'])
      for (let day = 1; day <= 2; day += 1) {
        await rig.time.pass(DAY)
        await scheduled(rig)
      }
      assert.is(await removals(rig), 0)
      await rig.time.pass(DAY)
      await scheduled(rig)
      assert.is(await removals(rig), 1)
    }))

  test('listing the user again restores the status from before our block', () =>
    withRig(seed, async (rig) => {
      rig.config(removing())
      await rig.run()
      assert.is(await statusOf(rig), 'blocked')
      rig.config(removing(`${LIST}  - { username: gone@a.example }\n`))
      await scheduled(rig)
      assert.is(await statusOf(rig), 'sandbox')
      await rig.time.pass(10 * DAY)
      await scheduled(rig)
      assert.is(await statusOf(rig), 'sandbox')
      assert.is(await removals(rig), 0)
    }))

  test('a user that somebody else had blocked is told, and never removed', () =>
    withRig(seed, async (rig) => {
      await rig.colleague('edit', { username: 'gone@a.example', status: 'blocked' })
      rig.config(removing())
      const first = await rig.run()
      assert.equal(
        first.plan.scopes.flatMap((scope) => (scope._tag === 'Planned' ? scope.findings.map(({ rule }) => rule) : [])),
        ['blocked-by-others'],
      )
      for (let day = 1; day <= 5; day += 1) {
        await rig.time.pass(DAY)
        await scheduled(rig)
      }
      assert.is(await removals(rig), 0)
      assert.is((await rig.writes()).length, 0)
    }))

  test('an absent user is blocked although unlisted ones are only reported, and is not removed', () =>
    withRig(seed, async (rig) => {
      rig.config(
        `users:\n  - { username: kept@a.example }\nabsent:\n  - { username: gone@a.example, reason: returned to lessor }\n...\n`,
      )
      const first = await rig.run()
      assert.equal(ends(first), ['block gone@a.example verified'])
      const [change] = [...first.ended.values()].flat()
      assert.equal([change?.fields[0]?.source, change?.note], ['config.yaml:6:5 absent', 'returned to lessor'])
      await rig.time.pass(30 * DAY)
      await scheduled(rig)
      assert.is(await statusOf(rig), 'blocked')
      assert.is(await statusOf(rig, 'kept-too@a.example'), 'allowed')
    }))

  test('why a user is absent stands where people read it, and not in the source; the digest is not of it', async () => {
    const absent = (reason: string): string =>
      `policy: { unlisted: remove, grace: 3d }\n${LIST}absent:\n  - { username: gone@a.example${reason} }\n...\n`
    const digests = new Set<string | undefined>()
    await withRig(seed, async (rig) => {
      rig.config(absent(''))
      digests.add((await rig.run()).plan.digest)
    })
    await withRig(seed, async (rig) => {
      rig.config(absent(', reason: returned to lessor'))
      const report = await rig.run()
      digests.add(report.plan.digest)
      assert.equal(ends(report), ['block gone@a.example verified'])
      const text = planText(report.plan, { colour: false, width: 200, command: 'apply' })
      assert.match(text, /gone@a\.example.*\n +status .* config\.yaml:8:5 absent\n +returned to lessor\n/)
      await rig.time.pass(DAY)
      const [held] = heldIn(await scheduled(rig))
      assert.equal([held?.change, held?.note], ['remove', 'returned to lessor'])
      assert.match(held?.message ?? '', /^blocked here as config\.yaml:8:5 absent; removed in about /)
      await days(rig, 2)
      assert.is(await rig.user('gone@a.example'), undefined)
    })
    assert.is(digests.size, 1)
  })

  test('why a user is absent that somebody else had blocked stands in the finding', () =>
    withRig(seed, async (rig) => {
      await rig.colleague('edit', { username: 'gone@a.example', status: 'blocked' })
      rig.config(
        `policy: { unlisted: remove, grace: 3d }\n${LIST}absent: [{ username: gone@a.example, reason: returned to lessor }]\n...\n`,
      )
      const [scope] = (await rig.run()).plan.scopes
      const [finding] = scope?._tag === 'Planned' ? scope.findings : []
      assert.is(finding?.source, 'config.yaml:7:10 absent')
      assert.match(finding?.message ?? '', /^not listed \(returned to lessor\), and not blocked by the reconciler/)
    }))

  test('S10: without memory no removal and no block goes by itself', () =>
    withRig(seed, async (rig) => {
      rig.config(removing())
      const report = await scheduled(rig)
      assert.equal(
        heldIn(report).map(({ username, reason }) => [username, reason]),
        [['gone@a.example', 'needs_approval']],
      )
      assert.is((await rig.writes()).length, 0)
    }))

  for (const [title, look] of [
    ['observe mode', (rig: Rig) => rig.config(`reconcile: { mode: observe }\n${removing()}`)],
    ['a broken config, by the last good one', () => undefined],
  ] as const)
    test(`S10: what a person has run under ${title} is no word for what it could not do`, () =>
      withRig(seed, async (rig) => {
        rig.config(removing())
        look(rig)
        await rig.run(title === 'observe mode' ? {} : { frozen: 'the config is broken' })
        rig.config(removing())
        assert.equal(ends(await scheduled(rig)), [])
        assert.equal(ends(await rig.run()), ['block gone@a.example verified'])
      }))

  test('S3: a file that no longer lists users of a scope holds its blocks, for a plain apply too, until the digest is approved', () =>
    withRig(
      { account: { results: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ username: `user-${name}@a.example` })) } },
      async (rig) => {
        const more = 'users:\n  - { username: user-d@a.example }\n  - { username: user-e@a.example }\n...\n'
        const main = (include: string): string =>
          `policy: { unlisted: block }\n${include}users:\n${['a', 'b', 'c'].map((name) => `  - { username: user-${name}@a.example }\n`).join('')}...\n`
        rig.include('customers/more.yaml', more)
        rig.config(main('include: ["customers/*.yaml"]\n'))
        await rig.run()
        await rig.time.pass(2 * DAY)
        rig.include('customers/more.yaml', undefined)
        rig.config(main(''))
        for (let run = 1; run <= 2; run += 1) {
          const report = await scheduled(rig)
          assert.equal(
            heldIn(report).map(({ username, reason }) => [username, reason]),
            [
              ['user-d@a.example', 'needs_approval'],
              ['user-e@a.example', 'needs_approval'],
            ],
          )
          assert.match(heldIn(report)[0]?.message ?? '', /customers\/more\.yaml listed users of this scope/)
          await rig.time.pass(DAY)
        }
        const applied = await rig.run()
        assert.equal(ends(applied), [])
        assert.equal(ends(await rig.run({ digest: applied.plan.digest })), [
          'block user-d@a.example verified',
          'block user-e@a.example verified',
        ])
      },
    ))
})

spec('renamed users', (test) => {
  const renaming = (rest = ''): string =>
    `policy: { grace: 2d }\nusers:\n  - { username: kept@a.example }\n  - { username: new@a.example, previously: [gone@a.example], status: allowed }\n${rest}...\n`

  test('the new one is made with the settings of the old one, which stays until the new one was there for the grace', () =>
    withRig(
      {
        account: {
          results: [
            { username: 'kept@a.example' },
            {
              username: 'gone@a.example',
              status: 'sandbox',
              description: 'Fax',
              custom_ratelimit: true,
              custom_ratelimit_value: 5,
              custom_ratelimit_period: '1 hour',
              ippool: 1234,
            },
          ],
        },
      },
      async (rig) => {
        rig.config(renaming())
        assert.equal(ends(await rig.run()), ['create new@a.example verified'])
        const made = await rig.user('new@a.example')
        assert.equal([made?.status, made?.description, made?.custom_ratelimit_value, made?.ippool], ['allowed', 'Fax', 5, 1234])
        assert.is(await statusOf(rig), 'sandbox')
        await rig.time.pass(DAY)
        const [held] = heldIn(await scheduled(rig))
        assert.equal([held?.change, held?.username, held?.reason], ['block', 'gone@a.example', 'awaiting_grace'])
        assert.is(await statusOf(rig), 'sandbox')
        await rig.time.pass(DAY)
        assert.equal(ends(await scheduled(rig)), ['block gone@a.example verified'])
        await rig.time.pass(30 * DAY)
        await scheduled(rig)
        assert.is(await statusOf(rig), 'blocked', 'removed only under unlisted: remove')
      },
    ))

  test('while the new one cannot be made, the old one is left alone', () =>
    withRig(seed, async (rig) => {
      rig.config(renaming())
      const body = JSON.stringify({ data: { error: 'An SMTP user matching the passed value already exists' } })
      await rig.faults([{ kind: 'status', status: 400, body, endpoint: '/users/smtp/add' }])
      await rig.run()
      for (let day = 1; day <= 4; day += 1) {
        await rig.time.pass(DAY)
        await scheduled(rig)
      }
      assert.is(await statusOf(rig), 'sandbox')
    }))

  // README: "a rename: the old one is blocked once the new one has worked for `grace`"; contract, section 5: "until the new one is verified and
  // grace has passed".
  for (const [title, block] of [
    ['by hand', (rig: Rig) => rig.colleague('edit', { username: 'new@a.example', status: 'blocked' })],
    [
      'by an emergency stop',
      (rig: Rig) => rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: 'new@*' }, until: rig.time.now() + 20 * DAY }),
    ],
    ['by the undo of the rename', (rig: Rig, run: string) => rig.undo(run)],
  ] as const)
    test(`the old one stays while the new one is blocked ${title}, and until it has sent for as long as grace is`, () =>
      withRig(seed, async (rig) => {
        await rig.colleague('edit', { username: 'gone@a.example', status: 'allowed' })
        rig.config(renaming().replace(', status: allowed', ''))
        const made = await rig.run()
        assert.equal(ends(made), ['create new@a.example verified'])
        await block(rig, made.runId)
        await days(rig, 6)
        assert.is(await statusOf(rig, 'new@a.example'), 'blocked')
        assert.is(await statusOf(rig), 'allowed')
        assert.match(heldIn(await scheduled(rig))[0]?.message ?? '', /^replaced by new@a\.example, which may not send now$/)
        await rig.decide({ _tag: 'Release', every: true })
        await rig.colleague('edit', { username: 'new@a.example', status: 'allowed' })
        await days(rig, 2)
        assert.is(await statusOf(rig), 'allowed')
        await days(rig, 1)
        assert.is(await statusOf(rig), 'blocked')
      }))

  // Contract, section 5: "the new user is created with the old one's readable settings"; S14: whichever of two the service shows first.
  for (const former of ['gone@a.example, new@a.example', 'new@a.example, gone@a.example'])
    test(`a second rename keeps the settings of the name in use (previously: [${former}])`, () =>
      withRig(seed, async (rig) => {
        rig.config(renaming())
        await rig.run()
        await rig.colleague('edit', { username: 'new@a.example', audit_email: 'audit@a.example', description: 'in use' })
        await days(rig, 3)
        assert.is(await statusOf(rig), 'blocked')
        rig.config(`${LIST}  - { username: newer@a.example, previously: [${former}] }\n...\n`)
        await scheduled(rig)
        const made = await rig.user('newer@a.example')
        assert.equal([made?.description, made?.audit_email], ['in use', 'audit@a.example'])
      }))

  test('the old one is blocked after grace though the new one is not to send: the config says so itself', () =>
    withRig(seed, async (rig) => {
      await rig.colleague('edit', { username: 'gone@a.example', status: 'allowed' })
      rig.config(renaming().replace('status: allowed', 'status: blocked'))
      await rig.run()
      await days(rig, 3)
      assert.is(await statusOf(rig, 'new@a.example'), 'blocked')
      assert.is(await statusOf(rig), 'blocked')
    }))
})
