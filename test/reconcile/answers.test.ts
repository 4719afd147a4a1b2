// What the program makes of answers that refuse, lie or mislead, end to end over HTTP, judged by the request log and the users of the stand-in.
import * as assert from 'uvu/assert'
import { FIELDS, type FieldName } from '../../src/domain/user/settings.ts'
import type { Seed } from '../../src/sandbox/seed.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { newKey, newPassword } from '../support/fresh.ts'
import { linesOf, type Program, withProgram } from '../support/in-process.ts'
import { spec } from '../support/spec.ts'

const PASSWORD = newPassword()
const DAY = 86_400_000

type Sandbox = {
  readonly post: (path: string, value: unknown) => Promise<unknown>
  /** The writes so far, as `METHOD path username`. */
  readonly writes: () => Promise<ReadonlyArray<string>>
  readonly config: (rest: string) => string
}

const withBoth = async (seed: Seed, body: (program: Program, sandbox: Sandbox) => Promise<void>): Promise<void> => {
  const sandbox = await startSandbox({ seed })
  const post: Sandbox['post'] = async (path, value) =>
    (
      await fetch(new URL(path, sandbox.url), {
        method: 'POST',
        headers: { 'x-smtp2go-api-key': newKey() },
        body: JSON.stringify(value),
      })
    ).json()
  const writes: Sandbox['writes'] = async () => {
    const log: unknown = await (await fetch(new URL('/_log', sandbox.url))).json()
    return (Array.isArray(log) ? log : []).flatMap(({ method, path, body }) =>
      String(path).endsWith('/view') ? [] : [`${method} ${String(path).slice('/v3/users/smtp/'.length)} ${body.username}`],
    )
  }
  const config: Sandbox['config'] = (rest) =>
    `version: 1\napi: { endpoint: "${sandbox.url}", key: { env: TEST_KEY }, pace: off }\nreconcile: { schedule: null }\n${rest}`
  try {
    await withProgram({ url: sandbox.url, env: { PASSWORD, SECOND: newPassword() } }, (program) =>
      body(program, { post, writes, config }),
    )
  } finally {
    await sandbox.close()
  }
}

const messageOf = (report: Awaited<ReturnType<Program['run']>>): string =>
  report.plan.scopes
    .flatMap((scope) =>
      scope._tag === 'Errored'
        ? [scope.error.message]
        : [...scope.held.map(({ message }) => message), ...(report.ended.get(scope.scope) ?? []).map(({ error }) => error ?? '')],
    )
    .join('\n')

const NEW =
  'users: [{ username: new@acme.example, email_password: { env: PASSWORD } }, { username: old@acme.example, description: x }]\n'
const old = { username: 'old@acme.example' }

spec('a create that is refused', (test) => {
  test('because the name is taken in a scope of another customer: told, remembered, not repeated for a day, and nobody else waits', () =>
    withBoth(
      { account: { results: [old] }, subaccounts: { NotOurs: { results: [{ username: 'new@acme.example' }] } } },
      async ({ run, later }, { config, writes }) => {
        const first = await run(config(NEW))
        assert.equal(linesOf(first), ['account new@acme.example create failed', 'account old@acme.example update verified'])
        assert.match(messageOf(first), /name is taken.*choose another username/)
        for (let count = 0; count < 3; count += 1) {
          const again = await run(config(NEW))
          assert.equal(linesOf(again), ['account new@acme.example create held impossible'])
          assert.match(messageOf(again), /taken elsewhere: .*after a day/)
          assert.is(again.exitCode, 4)
        }
        const adds = async () => (await writes()).filter((line) => line === 'POST add new@acme.example').length
        assert.is(await adds(), 1)
        later(DAY)
        await run(config(NEW))
        assert.is(await adds(), 2)
      },
    ))

  test('because the name is taken, whatever the status beside the words: with a 403 it is that, with a 500 nobody knows, and the words are told', () =>
    withBoth({ account: { results: [old] } }, async ({ run }, { config, post, writes }) => {
      const error = 'An SMTP user matching the passed value of new@acme.example already exists'
      const body = JSON.stringify({ data: { error, error_code: 'E_ApiResponseCodes.API_EXCEPTION' } })
      const answered = (status: number) =>
        post('/_faults', [{ kind: 'status', status, body, endpoint: '/users/smtp/add', times: 1 }])
      await answered(500)
      const first = await run(config(NEW))
      assert.ok(linesOf(first).includes('account new@acme.example create unknown'))
      assert.match(messageOf(first), `HTTP 500: ${error}`)
      await answered(403)
      const second = await run(config(NEW))
      assert.equal(linesOf(second), ['account new@acme.example create failed'])
      assert.match(messageOf(second), /name is taken.*choose another username/)
      assert.equal(linesOf(await run(config(NEW))), ['account new@acme.example create held impossible'])
      assert.is((await writes()).filter((line) => line.startsWith('POST add')).length, 2)
    }))

  test('is not tried where the name is live in another scope of ours, which is named, read in this run or before', () =>
    withBoth(
      { account: { results: [old] }, subaccounts: { Ours: { results: [{ username: 'new@acme.example' }] } } },
      async ({ run }, { config, post, writes }) => {
        const both = config(`${NEW}subaccounts: [{ id: Ours, users: [] }]\n`)
        const first = await run(both)
        assert.ok(linesOf(first).includes('account new@acme.example create held impossible'))
        assert.match(messageOf(first), /this name is taken: it is live in subaccount:Ours/)
        await post('/_faults', [{ kind: 'status', status: 503, subaccount_id: 'Ours' }])
        const blind = await run(both)
        assert.match(messageOf(blind), /this name is taken: it was live in subaccount:Ours when that was last read/)
        assert.equal(await writes(), ['PATCH edit old@acme.example'])
      },
    ))

  test('although the user is there afterwards: the next run brings it in line, its password included', () =>
    withBoth({ account: { results: [old] } }, async ({ run }, { config, post, writes }) => {
      // The first add takes effect and its answer says the opposite.
      const error = 'An SMTP user matching the passed value of new@acme.example already exists'
      await post('/_faults', [{ kind: 'error_200', error, endpoint: '/users/smtp/add', times: 1 }])
      await post('/_switches', { view_password: 'absent' })
      const first = await run(config(NEW))
      assert.ok(linesOf(first).includes('account new@acme.example create unknown'))
      const second = await run(config(NEW))
      assert.equal(linesOf(second), ['account new@acme.example update unobservable'])
      assert.equal(linesOf(await run(config(NEW))), [])
      assert.equal(
        await writes(),
        ['POST add new@acme.example', 'PATCH edit old@acme.example', 'PATCH edit new@acme.example'].sort(byKind),
      )
    }))

  test('for another reason is remembered too, with the words of the service', () =>
    withBoth({ account: { results: [old] } }, async ({ run }, { config, post, writes }) => {
      const body = JSON.stringify({
        data: { error: 'Free plans can add a maximum of 5 users', error_code: 'E_ApiResponseCodes.API_EXCEPTION' },
      })
      await post('/_faults', [{ kind: 'status', status: 400, body, endpoint: '/users/smtp/add' }])
      await run(config(NEW))
      const again = await run(config(NEW))
      assert.equal(linesOf(again), ['account new@acme.example create held not_converging'])
      assert.match(messageOf(again), /maximum of 5 users.*limits of your SMTP2GO plan/)
      assert.is((await writes()).filter((line) => line.startsWith('POST add')).length, 1)
    }))
})

// Updates are sent before creates.
const byKind = (one: string, other: string): number =>
  one.startsWith('PATCH edit old') ? -1 : other.startsWith('PATCH edit old') ? 1 : 0

spec('an edit that is refused', (test) => {
  test('because the user is gone meanwhile is followed by a create, not held', () =>
    withBoth({ account: { results: [old] } }, async ({ run }, { config, post, writes }) => {
      const only = config('users: [{ username: old@acme.example, email_password: { env: PASSWORD } }]\n')
      await post('/_switches', { view_password: 'absent' })
      await post('/_faults', [{ kind: 'delay', ms: 1000, endpoint: '/users/smtp/edit' }])
      const running = run(only)
      while ((await writes()).length === 0) await new Promise((next) => setImmediate(next))
      await post('/v3/users/smtp/remove', { username: 'old@acme.example' })
      assert.equal(linesOf(await running), ['account old@acme.example update failed'])
      assert.equal(linesOf(await run(only)), ['account old@acme.example create unobservable'])
    }))

  for (const [title, edit] of [
    ['a partial edit', ''],
    ['a full edit', ', edit: full'],
  ] as const)
    test(`by a success that met nobody, of ${title}: a password that cannot be read back does not count as set`, () => {
      const branch = { username: 'old@acme.example', click_tracking_enabled: false }
      const seed: Seed = {
        account: { results: [] },
        subaccounts: { NotOurs: { results: [branch] } },
        switches: {
          account_view: 'with_subaccounts',
          unknown_user: 'empty',
          view_password: 'absent',
          click_tracking: 'present',
          unset_ippool: 'zero',
        },
      }
      return withBoth(seed, async ({ run, later }, { config, writes }) => {
        const only = config('users: [{ username: old@acme.example, email_password: { env: PASSWORD } }]\n').replace(
          'off }',
          `off${edit} }`,
        )
        const first = await run(only)
        assert.equal(linesOf(first), ['account old@acme.example update failed'])
        assert.match(messageOf(first), /it changed nobody/)
        assert.equal(linesOf(await run(only)), ['account old@acme.example update held not_converging'])
        assert.is((await writes()).length, 1)
        later(DAY)
        assert.equal(linesOf(await run(only)), ['account old@acme.example update failed'])
      })
    })

  test('by a success that shows nobody is done all the same where the view shows it', () =>
    withBoth({ account: { results: [old] } }, async ({ run }, { config, post }) => {
      await post('/_faults', [{ kind: 'empty_results', endpoint: '/users/smtp/edit' }])
      assert.equal(linesOf(await run(config('users: [{ username: old@acme.example, description: x }]\n'))), [
        'account old@acme.example update verified',
      ])
    }))

  test('for one field holds that field, and the others go on', () =>
    withBoth({ account: { results: [old] } }, async ({ run }, { config, writes }) => {
      const only = config('users: [{ username: old@acme.example, ip_pool: 99, description: x }]\n')
      assert.equal(linesOf(await run(only)), ['account old@acme.example update failed'])
      assert.equal(linesOf(await run(only)), [
        'account old@acme.example update verified',
        'account old@acme.example update held not_converging',
      ])
      assert.match(messageOf(await run(only)), /ip_pool: refused before: .*mend ip_pool in the config/)
      assert.is((await writes()).length, 2)
    }))
})

spec('S1: an answer of the wrong shape', (test) => {
  /** What each key of an answer cannot be; `{ wrong: true }` is what the stand-in plants. */
  const KEYS: ReadonlyArray<string> = [
    'username',
    'sending_allowed',
    ...FIELDS.map((field: FieldName) => (field === 'ip_pool' ? 'ippool' : field)),
  ]

  test('in any key of one user writes nothing in that scope, while the other scopes go on', () =>
    withBoth(
      {
        account: { results: [old, { username: 'b@acme.example' }] },
        subaccounts: { Sub: { results: [{ username: 'sub@b.example' }] } },
      },
      async ({ run }, { config, post, writes }) => {
        assert.is(KEYS.length, 18)
        for (const [at, field] of KEYS.entries()) {
          // The account is looked at first, and once that has failed, last.
          const nth = at === 0 ? 1 : 2
          await post('/_faults', [{ kind: 'wrong_type', field, endpoint: '/users/smtp/view', nth, times: 1 }])
          const report = await run(
            config(`users: [{ username: old@acme.example, description: x${at} }, { username: more@acme.example }]
subaccounts: [{ id: Sub, users: [{ username: sub@b.example, description: x${at} }] }]\n`).replace(
              'pace: off',
              'pace: off, concurrency: 1',
            ),
          )
          assert.equal(linesOf(report), ['account ill_formed', 'subaccount:Sub sub@b.example update verified'], field)
          assert.match(messageOf(report), new RegExp(`results\\[0\\]\\.${field}|results\\[0\\]\\.${field} is missing`))
        }
        assert.ok((await writes()).every((line) => line === 'PATCH edit sub@b.example'))
      },
    ))
})

spec('S3: an answer that has lost its users', (test) => {
  const view = '/users/smtp/view'
  const names = ['old@acme.example', 'b@acme.example', 'c@acme.example', 'd@acme.example']
  const seed = { account: { results: names.map((username) => ({ username })) } }
  const config = (base: Sandbox['config'], text: string): string =>
    base(`users: [${names.map((username) => `{ username: ${username}, description: ${text} }`).join(', ')}]\n`)

  for (const kind of ['empty_results', 'half_results'])
    test(`${kind}: is believed after the writes no more than before them, so that the next one is not taken for usual`, () =>
      withBoth(seed, async ({ run }, { config: base, post, writes }) => {
        await run(config(base, 'one'))
        const before = (await writes()).length
        // All but the first look.
        await post(
          '/_faults',
          Array.from({ length: 9 }, () => ({ kind, endpoint: view, nth: 2, times: 1 })),
        )
        const ended = await run(config(base, 'two'))
        assert.equal(
          linesOf(ended),
          names.toSorted().map((name) => `account ${name} update unknown`),
        )
        assert.match(messageOf(ended), /not believed: the service shows [01] of 4 users seen a moment ago/)
        assert.is((await writes()).length, before + names.length)
        assert.equal(linesOf(await run(config(base, 'three'))), ['account suspicious_answer'])
        assert.is((await writes()).length, before + names.length)
        await post('/_faults', [])
        assert.equal(
          linesOf(await run(config(base, 'three'))),
          names.toSorted().map((name) => `account ${name} update verified`),
        )
      }))
})

spec('an edit that meets other users too', (test) => {
  test('has their unreadable fields set again, since what was sent before may be overwritten', () =>
    withBoth(
      {
        account: { results: [old, { username: 'very-old@acme.example' }] },
        switches: { match: 'loose', view_password: 'absent' },
      },
      async ({ run, notices }, { config, writes }) => {
        const both = (password: string): string =>
          config(
            `safety: { max_password_changes: 9 }\nusers: [{ username: old@acme.example, email_password: { env: ${password} } }, { username: very-old@acme.example, email_password: { env: PASSWORD } }]\n`,
          )
        for (let count = 0; count < 3; count += 1) await run(both('PASSWORD'))
        const before = (await writes()).length
        await run(both('SECOND'))
        assert.equal(linesOf(await run(both('SECOND'))), ['account very-old@acme.example update unobservable'])
        assert.equal(linesOf(await run(both('SECOND'))), [])
        assert.equal((await writes()).slice(before), ['PATCH edit old@acme.example', 'PATCH edit very-old@acme.example'])
        assert.ok(notices.some((notice) => /old@acme\.example also met very-old@acme\.example/.test(notice)))
      },
    ))
})

spec('what is never repaired', (test) => {
  test('a user that the provider stopped is a finding under every relation of status and sending, and no write', () =>
    withBoth(
      { account: { results: [{ username: 'old@acme.example', sending_allowed: false }] } },
      async ({ run }, { config, post, writes }) => {
        for (const sending_allowed of ['unless_blocked', 'only_allowed', 'always']) {
          await post('/_switches', { sending_allowed })
          const report = await run(config('users: [{ username: old@acme.example, status: allowed }]\n'))
          const [scope] = report.plan.scopes
          assert.equal(scope?._tag === 'Planned' ? scope.findings.map(({ rule }) => rule) : [], ['provider-block'])
          assert.is(report.exitCode, 0)
        }
        assert.equal(await writes(), [])
      },
    ))

  test('a user that may not send because of its own status is no finding', () =>
    withBoth(
      {
        account: {
          results: [
            { ...old, status: 'sandbox' },
            { username: 'shut@acme.example', status: 'blocked' },
          ],
        },
      },
      async ({ run }, { config, post }) => {
        await post('/_switches', { sending_allowed: 'only_allowed' })
        const [scope] = (await run(config('users: [{ username: old@acme.example, status: sandbox }]\n'))).plan.scopes
        assert.equal(scope?._tag === 'Planned' ? scope.findings : undefined, [])
      },
    ))

  test('a password behind a mask: what was last set counts, whatever the mask looks like', () =>
    withBoth({ account: { results: [old] } }, async ({ run }, { config, post, writes }) => {
      const only = config('users: [{ username: old@acme.example, email_password: { env: PASSWORD } }]\n')
      await run(only)
      await post('/_switches', { view_password: 'masked' })
      for (let count = 0; count < 3; count += 1) assert.equal(linesOf(await run(only)), [])
      assert.equal(await writes(), ['PATCH edit old@acme.example'])
    }))
})

spec('L4: a password that is not shown any more', (test) => {
  test('and was seen as declared before: nothing is written, and nothing is called drift', () =>
    withBoth({ account: { results: [{ ...old, email_password: PASSWORD }] } }, async ({ run }, { config, post, writes }) => {
      const only = config('users: [{ username: old@acme.example, email_password: { env: PASSWORD } }]\n')
      await run(only)
      await post('/_switches', { view_password: 'absent' })
      for (let count = 0; count < 3; count += 1) assert.equal(linesOf(await run(only)), [])
      assert.equal(await writes(), [])
    }))
})

spec('S11: a service that throttles', (test) => {
  test('ends the run in a named state, is left alone for a minute or more, and then the goal is reached', () =>
    withBoth(
      { account: { results: [old] }, switches: { rate_limit: '2 per 10s', time_out: '60ms' } },
      async ({ run, later }, { config, post }) => {
        const two = config('users: [{ username: old@acme.example, description: x }, { username: new@acme.example }]\n')
        const first = await run(two)
        assert.ok(
          linesOf(first).some((line) => /new@acme\.example create (failed|not_attempted|unknown)/.test(line)),
          linesOf(first).join(),
        )
        assert.equal(linesOf(await run(two)), ['account throttled'])
        await post('/_switches', { rate_limit: 'off', time_out: '1ms' })
        later(70_000)
        await new Promise((next) => setTimeout(next, 80))
        await run(two)
        assert.equal(linesOf(await run(two)), [])
      },
    ))
})

spec('a user that is live in two scopes', (test) => {
  test('S3: is written in neither, and the finding stays open, while one of the two does not answer', () =>
    withBoth(
      {
        switches: { username_unique: 'scope' },
        account: { results: [old] },
        subaccounts: { Ours: { results: [{ ...old, description: 'theirs' }] } },
      },
      async ({ run }, { config, post, writes }) => {
        const both = config(`users: [{ username: ${old.username}, description: x }]\nsubaccounts: [{ id: Ours, users: [] }]\n`)
        const open = async (): Promise<ReadonlyArray<string>> =>
          (await run(both)).plan.scopes.flatMap((one) =>
            one._tag === 'Planned' ? one.findings.map(({ rule, openSince }) => `${rule} ${openSince !== undefined}`) : [],
          )
        assert.equal(await open(), ['listed-in-two-scopes false', 'listed-in-two-scopes false'])
        await post('/_faults', [{ kind: 'status', status: 503, subaccount_id: 'Ours' }])
        assert.equal(await open(), ['listed-in-two-scopes true'])
        assert.equal(await writes(), [])
      },
    ))
})
