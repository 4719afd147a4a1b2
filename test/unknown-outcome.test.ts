// Unknown outcomes: a write whose answer got lost, whether or not, and whenever, it took effect. The next decision follows a fresh view, nothing
// is sent blindly twice, and in the end all is as if nothing had happened (promises S7 and L3).
import { createHash } from 'node:crypto'
import * as assert from 'uvu/assert'
import { TE } from '../src/fp.ts'
import type { FaultKind } from '../src/sandbox/faults.ts'
import type { Switches } from '../src/sandbox/switches.ts'
import type { LoggedRequest, TruthUser } from './support/command.ts'
import { newPassword } from './support/fresh.ts'
import { ends, HOUR, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const DAY = 24 * HOUR
const PASSWORD = newPassword()
/** A password that nobody knows to be set counts as set. */
const ASSUMED = 'policy: { unknown_password: assume }\n'

/** Longer than the client waits. */
const LATE_MS = 900
const LOST: ReadonlyArray<readonly [title: string, fault: FaultKind]> = [
  ['a reset before it took effect', { kind: 'reset_before' }],
  ['a reset after it took effect', { kind: 'reset_after' }],
  ['503 before it took effect', { kind: 'status', status: 503 }],
  ['503 after it took effect', { kind: 'status_after', status: 503 }],
  ['408 of what stands in between', { kind: 'status', status: 408 }],
  ['a time-out before it took effect', { kind: 'delay', ms: LATE_MS }],
  ['a time-out after it took effect', { kind: 'hang_after', ms: LATE_MS }],
  ['half an answer', { kind: 'truncated_json' }],
  ['a page in place of an answer', { kind: 'html_200' }],
  ['an effect five seconds late', { kind: 'late_apply', ms: 5000 }],
  ['an effect two minutes late', { kind: 'late_apply', ms: 2 * MINUTE }],
]

/** A write, and what leads to it. */
type Work = {
  readonly title: string
  readonly method: string
  readonly endpoint: string
  readonly at: string
  /** What a person applies first. */
  readonly before: string
  /** What the daemon then meets. */
  readonly config: string
  readonly api: string
  /** Whether a grace of two days passes in between. */
  readonly after: 'at once' | 'grace'
}

const HERS = '{ username: other@a.example, description: hers }'
const DAYS_OF_GRACE = 2

/** A listed user with a password, and what else differs. */
const listed = (work: Pick<Work, 'title' | 'method' | 'endpoint' | 'at'>, fields: string, edit = 'auto'): Work => ({
  ...work,
  before: `users: [${HERS}]`,
  config: `safety: { max_password_changes: ${work.title === 'add' ? 0 : 1} }
users: [{ username: ${work.at}, email_password: { env: PASSWORD }, ${fields}, click_tracking_enabled: true }]`,
  api: `, edit: ${edit}`,
  after: 'at once',
})

/** A user that is not listed any more, blocked by us, whose grace has passed. */
const left = (title: string, rest: string): Work => {
  const config = `policy: { unlisted: remove, grace: ${DAYS_OF_GRACE}d }
safety: { max_blocks: 1, max_removes: 1 }
users: [${HERS}]${rest}
...`
  return {
    title,
    method: 'POST',
    endpoint: '/users/smtp/remove',
    at: 'one@a.example',
    before: config,
    config,
    api: '',
    after: 'grace',
  }
}

const ADD = { title: 'add', method: 'POST', endpoint: '/users/smtp/add', at: 'new@a.example' }
const PATCH = { title: 'PATCH', method: 'PATCH', endpoint: '/users/smtp/edit', at: 'one@a.example' }
const FULL_EDIT = { title: 'full edit', method: 'POST', endpoint: '/users/smtp/edit', at: 'one@a.example' }

const WORKS: ReadonlyArray<Work> = [
  listed(ADD, 'description: made'),
  listed(PATCH, 'description: changed'),
  listed(FULL_EDIT, 'description: changed, ip_pool: 1234', 'full'),
  left('remove of an unlisted user', ''),
  left('remove of an absent user', '\nabsent: [{ username: one@a.example, reason: returned to lessor }]'),
]

const seed = { account: { results: [{ username: 'one@a.example' }, { username: 'other@a.example', description: 'hers' }] } }
const isWrite = ({ path }: LoggedRequest): boolean => !path.endsWith('/view')

/** Writes for a user without a view since the write before. */
const blindRepeats = (log: ReadonlyArray<LoggedRequest>, username: string): ReadonlyArray<LoggedRequest> =>
  log.filter((request, at) => {
    if (!isWrite(request) || request.body.username !== username) return false
    const before = log.slice(0, at).findLastIndex((other) => isWrite(other) && other.body.username === username)
    return before >= 0 && !log.slice(before, at).some((other) => other.path.endsWith('/view') && other.status === 200)
  })

type Seen = {
  readonly users: ReadonlyArray<TruthUser>
  readonly log: ReadonlyArray<LoggedRequest>
  readonly exitCode: number | undefined
}

/** A person's first apply, then a daemon that meets the fault on its first write, then twelve minutes. */
const lived = async (work: Work, fault: FaultKind | undefined, switches: Partial<Switches>): Promise<Seen> => {
  let seen: Seen | undefined
  await withRig(
    seed,
    async (rig) => {
      rig.env.PASSWORD = PASSWORD
      rig.config(work.before)
      await rig.run()
      for (let day = 1; work.after === 'grace' && day <= DAYS_OF_GRACE; day += 1) {
        if (day > 1) await rig.run({ person: false, by: 'schedule' })
        await rig.time.pass(DAY)
      }
      if (fault !== undefined) await rig.faults([{ ...fault, times: 1, method: work.method, endpoint: work.endpoint }])
      // Short only where it has to run out: on a machine that stands still it might run out over an answer that is there.
      const timeout = fault !== undefined && 'ms' in fault && fault.ms === LATE_MS ? ', timeout: 400ms' : ''
      rig.config(`reconcile: { schedule: null }\n${work.config}`, `pace: off${timeout}${work.api}`)
      const daemon = await rig.daemon()
      await rig.time.pass(12 * MINUTE)
      seen = { users: await rig.users(), log: await rig.log(), exitCode: daemon.reports().at(-1)?.exitCode }
    },
    { switches, memory: true },
  )
  if (seen === undefined) throw new Error('it did not live')
  return seen
}

type ByHand = { readonly path: 'add' | 'edit'; readonly body: Readonly<Record<string, unknown>> }

const SINCE_A_LOST_REMOVAL: ReadonlyArray<
  readonly [title: string, fault: 'reset_before' | 'reset_after', ByHand, next: ReadonlyArray<string>, end: string]
> = [
  [
    'who was opened by hand meanwhile is blocked, and grace starts anew',
    'reset_before',
    { path: 'edit', body: { status: 'allowed' } },
    ['block one@a.example verified'],
    'blocked',
  ],
  [
    'who was made anew by hand is blocked, and grace starts anew',
    'reset_after',
    { path: 'add', body: {} },
    ['block one@a.example verified'],
    'blocked',
  ],
]

/** The look before goes well, no look after does: each counts what those before it let through. */
const UNREAD = [2, 2, 2, 2].map((nth) => ({ kind: 'status' as const, status: 503, endpoint: '/users/smtp/view', nth }))

spec('unknown outcomes', (test) => {
  for (const work of WORKS) {
    for (const view_password of ['absent', 'clear'] as const) {
      test(`S7 L3: ${work.title}: whatever gets lost, the end is the same, passwords too, where view shows them ${view_password}`, async () => {
        const undisturbed = await lived(work, undefined, { view_password })
        assert.is(undisturbed.exitCode, 0)
        for (const [title, fault] of LOST) {
          const { users, log, exitCode } = await lived(work, fault, { view_password })
          assert.ok(
            log.some(({ method, path }) => method === work.method && path.endsWith(work.endpoint)),
            `${title}: nothing was lost`,
          )
          assert.equal(users, undisturbed.users, title)
          assert.equal(blindRepeats(log, work.at), [], title)
          assert.is(exitCode, 0, title)
          assert.ok(log.length - undisturbed.log.length <= 8, `${title}: ${log.length} requests`)
        }
      })
    }
  }

  test('S7: the password of a user that a lost add made is set again, outside the caps and in a young state directory too', () =>
    withRig(
      seed,
      async (rig) => {
        rig.env.PASSWORD = PASSWORD
        rig.config(`safety: { max_password_changes: 0 }\nusers: [{ username: new@a.example, email_password: { env: PASSWORD } }]`)
        await rig.faults([{ kind: 'reset_after', endpoint: '/users/smtp/add', times: 1 }])
        const byNobody = { person: false }
        assert.equal(ends(await rig.run(byNobody)), ['create new@a.example unknown'])
        assert.equal(ends(await rig.run(byNobody)), ['update new@a.example unobservable'])
        assert.equal((await rig.writes()).at(-1)?.body, { username: 'new@a.example', email_password: '(set)' })
        assert.equal(ends(await rig.run(byNobody)), [])
      },
      { switches: { view_password: 'absent' } },
    ))

  for (const status of [400, 429])
    test(`S4: an approval lets a password through once, also where it was refused with ${status}`, () =>
      withRig(
        seed,
        async (rig) => {
          rig.env.PASSWORD = PASSWORD
          const described = (description: string, more: string): void =>
            rig.config(
              `safety: { max_password_changes: 0 }\nusers: [{ username: one@a.example, description: ${description}${more} }]`,
            )
          const password = ', email_password: { env: PASSWORD }'
          described('a', '')
          await rig.run()
          described('a', password)
          const { plan } = await rig.run({ agree: () => TE.right(false) })
          const body = JSON.stringify({ data: { error: 'not now', error_code: 'E_ApiResponseCodes.API_EXCEPTION' } })
          await rig.faults([{ kind: 'status', status, body, endpoint: '/users/smtp/edit', times: 1 }])
          assert.equal(ends(await rig.run({ digest: plan.digest })), ['update one@a.example failed'])
          await rig.time.pass(2 * HOUR)
          described('b', password)
          const report = await rig.run({ person: false })
          assert.equal(reasons(report), ['capped'])
          const sets = (await rig.writes()).filter((write) => 'email_password' in write.body)
          assert.is(sets.length, 1)
        },
        { switches: { view_password: 'absent' } },
      ))

  /** An add whose fate nobody knows, and somebody else who adds that user, with another password. */
  const addedByOthers = async (rig: Rig): Promise<void> => {
    await rig.faults([{ kind: 'reset_before', endpoint: '/users/smtp/add', times: 1 }, ...UNREAD])
    assert.equal(ends(await rig.run()), ['create new@a.example unknown'])
    await rig.colleague('add', { username: 'new@a.example', email_password: newPassword() })
  }
  const hasPassword = async (rig: Rig): Promise<void> =>
    assert.is((await rig.user('new@a.example'))?.email_password_sha256, createHash('sha256').update(PASSWORD).digest('hex'))

  for (const [title, policy, wasThere, isDescribed] of [
    ['was there before', '', true, false],
    ['is new, and passwords count as set', ASSUMED, false, false],
    ['gets another field meanwhile', ASSUMED, false, true],
  ] as const)
    test(`S7 L5: the password of a lost add does not count as set because the edit that sends it again is refused: of one that ${title}`, () =>
      withRig(
        seed,
        async (rig) => {
          rig.env.PASSWORD = PASSWORD
          const configured = (more: string): void =>
            rig.config(`${policy}users: [${HERS}, { username: new@a.example, email_password: { env: PASSWORD }${more} }]`)
          configured('')
          if (wasThere) {
            await rig.run()
            await rig.colleague('remove', { username: 'new@a.example' })
          }
          await addedByOthers(rig)
          const body = JSON.stringify({
            data: { error: 'This user cannot be changed now', error_code: 'E_ApiResponseCodes.API_EXCEPTION' },
          })
          await rig.faults([{ kind: 'status', status: 400, body, endpoint: '/users/smtp/edit', times: 1 }])
          assert.equal(ends(await rig.run()), ['update new@a.example failed'])
          const report = await rig.run()
          assert.equal([ends(report), reasons(report)], [[], ['not_converging']])
          if (isDescribed) {
            configured(', description: fax')
            await rig.run()
            assert.is((await rig.user('new@a.example'))?.description, 'fax')
          }
          await rig.time.pass(DAY)
          await rig.run()
          await hasPassword(rig)
          assert.equal(ends(await rig.run()), [])
        },
        { switches: { view_password: 'absent' } },
      ))

  for (const [title, happens] of [
    [
      'a stop',
      async (rig: Rig) => {
        await rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: 'new@*' }, until: rig.time.now() + HOUR })
        assert.equal(ends(await rig.run()), ['block new@a.example verified'])
      },
    ],
    [
      'an undo of something else',
      async (rig: Rig, earlier: string) =>
        assert.equal(ends((await rig.undo(earlier)).report), ['update new@a.example verified']),
    ],
  ] as const)
    test(`S7 L5: ${title} says nothing of the password of a lost add, which is set after it`, () =>
      withRig(
        seed,
        async (rig) => {
          rig.env.PASSWORD = PASSWORD
          const configured = (description: string): void =>
            rig.config(
              `users: [${HERS}, { username: new@a.example, email_password: { env: PASSWORD }, description: ${description} }]`,
            )
          configured('old')
          await rig.run()
          configured('new')
          const { runId } = await rig.run()
          await rig.colleague('remove', { username: 'new@a.example' })
          await addedByOthers(rig)
          await rig.colleague('edit', { username: 'new@a.example', description: 'new' })
          await happens(rig, runId)
          await rig.time.pass(2 * DAY)
          await rig.run()
          await hasPassword(rig)
        },
        { switches: { view_password: 'absent' } },
      ))

  for (const [title, byColleague, next, reason] of [
    ['and the add is refused once more, it is ours all the same', false, ['update new@a.example unobservable'], []],
    ['but only one add was sent, and refused, it is somebody else’s', true, [], ['needs_approval']],
  ] as const)
    test(`S7 S4: where view leaves out for a while who is there, ${title}`, () =>
      withRig(
        seed,
        async (rig) => {
          rig.env.PASSWORD = PASSWORD
          rig.config(
            `safety: { max_password_changes: 0 }\nusers: [{ username: new@a.example, email_password: { env: PASSWORD } }]`,
          )
          const shown = seed.account.results.map((one) => ({ ...one, sending_allowed: true, custom_ratelimit: false }))
          const body = JSON.stringify({ data: { results: shown } })
          const leftOut = { kind: 'status', status: 200, body, endpoint: '/users/smtp/view' } as const
          const byNobody = { person: false }
          if (byColleague) await rig.colleague('add', { username: 'new@a.example' })
          else {
            await rig.faults([{ kind: 'reset_after', endpoint: '/users/smtp/add', times: 1 }, leftOut])
            assert.equal(ends(await rig.run(byNobody)), ['create new@a.example unknown'])
          }
          await rig.faults([{ ...leftOut, nth: 1 }])
          assert.equal(ends(await rig.run(byNobody)), ['create new@a.example unknown'])
          const report = await rig.run(byNobody)
          assert.equal([ends(report), reasons(report)], [next, reason])
          assert.is((await rig.writes()).filter(({ path }) => path.endsWith('/add')).length, byColleague ? 1 : 2)
          if (!byColleague) assert.equal(ends(await rig.run(byNobody)), [])
        },
        { switches: { view_password: 'absent' } },
      ))

  for (const [title, fault] of [
    ['took effect', 'reset_after'],
    ['did not', 'reset_before'],
  ] as const)
    test(`S7: after a lost change of what cannot be read back, the value from before is sent again, whether the change ${title}`, () =>
      withRig(
        seed,
        async (rig) => {
          rig.config('users: [{ username: one@a.example, email_password: { env: PASSWORD } }]')
          rig.env.PASSWORD = PASSWORD
          await rig.run()
          const before = await rig.users()
          rig.env.PASSWORD = `${PASSWORD}-2`
          await rig.faults([{ kind: fault, endpoint: '/users/smtp/edit', times: 1 }])
          assert.equal(ends(await rig.run()), ['update one@a.example unknown'])
          rig.env.PASSWORD = PASSWORD
          assert.equal(ends(await rig.run()), ['update one@a.example unobservable'])
          assert.equal(await rig.users(), before)
          assert.equal(ends(await rig.run()), [])
        },
        { switches: { view_password: 'absent' } },
      ))

  test('S7 S4: what was sent with an unknown fate frees nothing else from the caps', () =>
    withRig(seed, async (rig) => {
      rig.config('safety: { max_blocks: 0 }\nusers: [{ username: one@a.example, description: x }]')
      await rig.faults([{ kind: 'reset_before', endpoint: '/users/smtp/edit', times: 1 }])
      assert.equal(ends(await rig.run()), ['update one@a.example unknown'])
      rig.config('safety: { max_blocks: 0 }\nusers: [{ username: one@a.example, description: x, status: blocked }]')
      const report = await rig.run()
      // What was sent goes again; the block, which was not, waits for its cap.
      assert.equal(ends(report), ['update one@a.example verified'])
      assert.equal(reasons(report), ['capped'])
      assert.is((await rig.user('one@a.example'))?.status, 'allowed')
    }))

  for (const [title, endpoint, change] of [
    ['an edit', '/users/smtp/edit', 'update'],
    ['an add', '/users/smtp/add', 'create'],
  ] as const)
    test(`S4: another password than the one that was in ${title} of unknown fate is counted by the cap`, () =>
      withRig(
        seed,
        async (rig) => {
          const username = change === 'create' ? 'new@a.example' : 'one@a.example'
          const configure = (): void => {
            rig.env.PASSWORD = newPassword()
            rig.config(
              `safety: { max_password_changes: 0 }\nusers: [{ username: ${username}, email_password: { env: PASSWORD } }]`,
            )
          }
          configure()
          const { plan } = await rig.run({ agree: () => TE.right(false) })
          await rig.faults([{ kind: 'reset_after', endpoint, times: 1 }, ...UNREAD])
          assert.equal(ends(await rig.run({ digest: plan.digest })), [`${change} ${username} unknown`])
          await rig.faults([])
          configure()
          const report = await rig.run()
          assert.equal([...ends(report), ...reasons(report)], ['capped'])
        },
        { switches: { view_password: 'absent' } },
      ))

  test('S4: other values than those that were approved and sent with an unknown fate are counted by the cap', () =>
    withRig({ account: { results: names(6).map((username) => ({ username })) } }, async (rig) => {
      const configure = (description: string) =>
        rig.config(
          `safety: { max_updates: 2 }\nusers: [${names(6)
            .map((name) => `{ username: ${name}, description: ${description} }`)
            .join(', ')}]`,
        )
      configure('approved')
      const { plan } = await rig.run()
      await rig.faults([
        ...names(4).map(() => ({ kind: 'reset_after', endpoint: '/users/smtp/edit', nth: 1 }) as const),
        ...UNREAD,
      ])
      await rig.run({ digest: plan.digest })
      await rig.faults([])
      configure('mistaken')
      assert.equal(ends(await rig.run({ person: false, by: 'schedule' })), [])
    }))

  for (const [title, fault, byHand, next, end] of SINCE_A_LOST_REMOVAL) {
    test(`S7: after a lost removal the fresh view decides: ${title}`, () =>
      withRig(seed, async (rig) => {
        const work = left('remove', '')
        rig.config(work.before)
        await rig.run()
        await rig.time.pass(DAY)
        await rig.run()
        await rig.time.pass(DAY)
        await rig.faults([{ kind: fault, endpoint: '/users/smtp/remove', times: 1 }, ...UNREAD])
        assert.equal(ends(await rig.run()), ['remove one@a.example unknown'])
        await rig.colleague(byHand.path, { username: 'one@a.example', ...byHand.body })
        await rig.time.pass(DAY)
        assert.equal(ends(await rig.run()), next)
        await rig.time.pass(DAY)
        await rig.run()
        assert.is((await rig.user('one@a.example'))?.status, end)
        assert.is((await rig.writes()).filter(({ path }) => path.endsWith('/remove')).length, 1)
      }))
  }

  test('one view is shared by all unknown outcomes of a pass', () =>
    withRig({ account: { results: names(20).map((username) => ({ username })) } }, async (rig) => {
      await blockedFor(rig, 20, 'old')
      await rig.faults([3, 6, 9].map((nth) => ({ kind: 'reset_before', method: 'PATCH', nth: nth })))
      const before = (await rig.log()).length
      await blockedFor(rig, 20, 'new')
      assert.is((await rig.log()).length - before, 1 + 20 + 1)
    }))
})

const names = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, at) => `user-${at}@a.example`)

const blockedFor = async (rig: Rig, count: number, description: string): Promise<void> => {
  rig.config(
    `defaults: { description: ${description} }\nsafety: { max_updates: 100% }\nusers: [${names(count)
      .map((name) => `{ username: ${name} }`)
      .join(', ')}]`,
  )
  await rig.run()
}

const reasons = (report: Parameters<typeof ends>[0]): ReadonlyArray<string> =>
  report.plan.scopes.flatMap((scope) => (scope._tag === 'Planned' ? scope.held.map(({ reason }) => reason) : []))
