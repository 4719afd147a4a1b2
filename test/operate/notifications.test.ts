// Notifications end to end: the built daemon, a real receiver, a colleague who changes users by hand.
import { appendFile, mkdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { until, withBench } from '../support/command.ts'
import { newKey } from '../support/fresh.ts'
import { ask, series, servedAt } from '../support/http.ts'
import { withReceiver } from '../support/receiver.ts'
import { spec } from '../support/spec.ts'

const seed = { account: { results: [{ username: 'one@a.example', description: 'ours' }, { username: '<two>&@a.example' }] } }
const BASE = 'http: { listen: 0 }\nreconcile: { schedule: null }\n'
const HOOK = 'notify: [{ webhook: { env: HOOK_URL } }]\n'
const USERS = 'users:\n  - { username: one@a.example, description: ours }\n'

const kinds = (body: string): ReadonlyArray<string> =>
  JSON.parse(body).transitions.map(({ kind }: { readonly kind: string }) => kind)

spec('notifications', (test) => {
  test('tell drift, repair, a broken config and its mending, once each, and never where they are sent', () =>
    withReceiver((receiver) =>
      withBench(
        seed,
        async (bench) => {
          await bench.config(`${BASE}notify: [{ webhook: { env: HOOK_URL } }]\n${USERS}`)
          const daemon = bench.start('run')
          const url = await servedAt(daemon)
          await until('the daemon is ready', async () => (await ask(url, '/readyz')).status === 200)
          assert.equal(receiver.bodies(), [], 'a calm start is no news')

          await fetch(`${bench.url}/users/smtp/edit`, {
            method: 'PATCH',
            headers: { 'x-smtp2go-api-key': newKey() },
            body: JSON.stringify({ username: 'one@a.example', description: 'mine' }),
          })
          await bench.run('reconcile')
          await until('the repair was told', () => receiver.bodies().length === 1)
          const [first = ''] = receiver.bodies()
          assert.is((await bench.users())[0]?.description, 'ours', 'it is told after it was read back')
          const { format, text, transitions } = JSON.parse(first)
          assert.is(format, 'smtp2go-reconciler/notification@1')
          assert.equal(kinds(first), ['drift_found', 'repaired'])
          assert.equal([transitions[1].scope, transitions[1].users, transitions[1].count], ['account', ['one@a.example'], 1])
          assert.match(text, /^drift found in account: .*\(one@a\.example\)\nrepaired in account: /)

          const file = join(bench.dir, 'config.yaml')
          const good = await readFile(file, 'utf8')
          await appendFile(file, 'nonsense: 1\n')
          await until('the broken config was told', () => receiver.bodies().length === 2)
          assert.equal(kinds(receiver.bodies()[1] ?? ''), ['config_broken'])
          assert.match(receiver.bodies()[1] ?? '', /config\.yaml:\d+:1 nonsense: unknown key/)
          await bench.run('reconcile')
          await writeFile(file, good)
          await until('the mending was told', () => receiver.bodies().length === 3)
          assert.equal(kinds(receiver.bodies()[2] ?? ''), ['config_good'])

          const metrics = await ask(url, '/metrics')
          assert.is(series(metrics.body, 'notifications_total{outcome="delivered"}'), 3)
          const everything = [daemon.err(), metrics.body, (await ask(url, '/')).body, (await ask(url, '/api/status')).body]
          for (const output of [...everything, (await bench.run('status')).out]) assert.not.match(output, /CANARY/)
        },
        {},
        { HOOK_URL: receiver.url },
      ),
    ))

  test('tell what is held, a service that is away, an answer that is not believed and a change that fails, and when each is over', () =>
    withReceiver((receiver) =>
      withBench(
        { account: { results: [{ username: 'one@a.example', status: 'blocked' }, { username: 'two@a.example' }] } },
        async (bench) => {
          const listing = (description: string): string =>
            `${BASE}notify: [{ webhook: { env: HOOK_URL } }]\nusers:\n  - { username: one@a.example, status: allowed }\n  - { username: two@a.example, description: '${description}' }\n`
          const story: Array<string> = []
          const told = async (...expected: ReadonlyArray<string>): Promise<void> => {
            story.push(...expected)
            await until(`${expected.join()} was told`, () => receiver.bodies().length >= story.length)
            assert.equal(receiver.bodies().flatMap(kinds), story)
          }
          await bench.config(listing(''))
          const url = await servedAt(bench.start('run'))
          await told('held')
          await bench.run('approve', JSON.parse((await ask(url, '/api/status')).body).digest)
          await told('recovered')
          await bench.post('/_faults', [{ kind: 'status', status: 503 }])
          await bench.run('reconcile')
          await told('unreachable')
          await bench.post('/_faults', [{ kind: 'empty_results', endpoint: '/users/smtp/view' }])
          await bench.run('reconcile')
          await told('guard_tripped')
          await bench.post('/_faults', [])
          await bench.run('reconcile')
          await told('recovered')
          await bench.post('/_faults', [{ kind: 'status', status: 400, method: 'PATCH' }])
          await bench.config(listing('new'))
          await told('failed')
          await bench.post('/_faults', [])
          await bench.config(listing(''))
          await told('recovered')
          await bench.run('reconcile')
          assert.equal(receiver.bodies().flatMap(kinds), story, 'and nothing when nothing changes')
        },
        {},
        { HOOK_URL: receiver.url },
      ),
    ))

  test('in a form for chats escape what such chats obey (C5), and a webhook that fails is seen in status and metrics and stops nothing', () =>
    withReceiver((receiver) =>
      withBench(
        seed,
        async (bench) => {
          receiver.answers(404)
          const policy = 'policy: { unlisted: block }\nsafety: { max_blocks: 0 }\n'
          await bench.config(`${BASE}notify: [{ webhook: { env: HOOK_URL }, format: slack }]\n${policy}${USERS}...\n`)
          const daemon = bench.start('run')
          const url = await servedAt(daemon)
          await until('it was told', () => receiver.bodies().length === 1)
          const { text } = JSON.parse(receiver.bodies()[0] ?? '')
          assert.match(text, /^\*smtp2go-reconciler\*\n(held, waits for you|stopped by a guard) in account: /)
          assert.match(text, /\(&lt;two&gt;&amp;@a\.example\)/)
          assert.not.match(text, /[<>]/)
          await until(
            'the failure is counted',
            async () => series((await ask(url, '/metrics')).body, 'notifications_total{outcome="failed"}') === 1,
          )
          const status = JSON.parse((await ask(url, '/api/status')).body)
          assert.equal(status.notifications, [
            {
              webhook: 'env HOOK_URL',
              format: 'slack',
              waiting: 0,
              delivered: 0,
              failed: 1,
              last_failure: 'it answered with HTTP 404',
            },
          ])
          assert.match((await bench.run('status')).out, /webhook env HOOK_URL: the last notification did not arrive/)
          assert.is((await ask(url, '/readyz')).status, 200)
          assert.not.match(daemon.err(), /CANARY/)
        },
        {},
        { HOOK_URL: receiver.url },
      ),
    ))

  for (const [title, description, fault, path] of [
    ['not looked at', 'ours', { kind: 'delay', ms: 3000 }, '/users/smtp/view'],
    ['not done', 'new', { kind: 'hang_after', ms: 3000, method: 'PATCH', nth: 1 }, '/users/smtp/edit'],
  ] as const)
    test(`tell nothing of what was ${title} since the daemon was asked to end`, () =>
      withReceiver((receiver) =>
        withBench(
          {
            account: { results: ['one', 'two', 'three'].map((name) => ({ username: `${name}@a.example`, description: 'ours' })) },
          },
          async (bench) => {
            const users = ['one', 'two', 'three'].map((name) => `{ username: ${name}@a.example, description: ${description} }`)
            await bench.config(
              `${HOOK}reconcile: { schedule: null }\nusers: [${users.join(', ')}]\n`,
              'pace: off, concurrency: 1',
            )
            await bench.post('/_faults', [fault])
            const daemon = bench.start('run')
            await until('it is at it', async () => (await bench.log()).some((one) => one.path.endsWith(path)))
            daemon.child.kill('SIGTERM')
            assert.is((await daemon.ended).code, 0)
            assert.equal(receiver.bodies().flatMap(kinds), [])
            assert.match(daemon.err(), /stopped before this/)
            assert.not.match(daemon.err(), /"level":"error"/)
          },
          {},
          { HOOK_URL: receiver.url },
        ),
      ))

  test('tell at the next start what no webhook took before', () =>
    withReceiver((receiver) =>
      withBench(
        seed,
        async (bench) => {
          await bench.config(`${HOOK}reconcile: { schedule: null }\n${USERS}`)
          receiver.answers(...Array.from({ length: 9 }, () => 503))
          for (const isTaken of [false, true]) {
            await bench.post('/_faults', [{ kind: 'status', status: 503 }])
            if (isTaken) receiver.answers()
            const before = receiver.bodies().length
            const daemon = bench.start('run')
            await until('it was told', () => receiver.bodies().length > before)
            daemon.child.kill('SIGTERM')
            await daemon.ended
          }
          assert.equal(kinds(receiver.bodies().at(-1) ?? ''), ['unreachable'])
        },
        {},
        { HOOK_URL: receiver.url },
      ),
    ))

  test('tell of a trouble once and of its end once, with a restart in between', () =>
    withReceiver((receiver) =>
      withBench(
        seed,
        async (bench) => {
          await bench.config(`${HOOK}reconcile: { schedule: null }\n${USERS}`)
          for (const [at, faults] of [[{ kind: 'status', status: 503 }], [{ kind: 'status', status: 503 }], []].entries()) {
            await bench.post('/_faults', faults)
            const daemon = bench.start('run')
            await until('a run has ended', () => daemon.err().includes('run ended'))
            // What is told in the last second before the end may not have come to anybody.
            await until('what is news is told', () => receiver.bodies().length >= (at === 2 ? 2 : 1))
            daemon.child.kill('SIGTERM')
            await daemon.ended
          }
          assert.equal(receiver.bodies().flatMap(kinds), ['unreachable', 'recovered'])
        },
        {},
        { HOOK_URL: receiver.url },
      ),
    ))

  for (const when of ['before anything is sent', 'after the writes have left'])
    test(`tell of a finding that came while the journal could not be written, ${when}, once runs complete again`, () =>
      withReceiver((receiver) =>
        withBench(
          { account: { results: [{ username: 'one@a.example', description: 'ours' }, { username: 'two@a.example' }] } },
          async (bench) => {
            const rule = 'rules: [{ id: no-tracking, match: { username: "*" }, require: { open_tracking_enabled: false } }]\n'
            await bench.config(`${BASE}${HOOK}${USERS}${rule}...\n`)
            const url = await servedAt(bench.start('run'))
            await until('the daemon is ready', async () => (await ask(url, '/readyz')).status === 200)
            const edit = (body: object) =>
              fetch(`${bench.url}/users/smtp/edit`, {
                method: 'PATCH',
                headers: { 'x-smtp2go-api-key': newKey() },
                body: JSON.stringify(body),
              })
            await edit({ username: 'one@a.example', description: 'theirs' })
            await edit({ username: 'two@a.example', open_tracking_enabled: true })
            const [at, kept] = [join(bench.dir, 'state/journal.jsonl'), join(bench.dir, 'kept')]
            const away = async () => {
              await rename(at, kept)
              await mkdir(at)
            }
            if (when === 'before anything is sent') await away()
            else await bench.post('/_faults', [{ kind: 'delay', ms: 3000, endpoint: '/users/smtp/view', nth: 2 }])
            const asked = bench.run('reconcile')
            if (when !== 'before anything is sent') {
              await until('the write has left', async () =>
                (await bench.users()).some(({ description }) => description === 'ours'),
              )
              await away()
            }
            await asked
            await until('the failure was told', () => receiver.bodies().length === 1)
            await rmdir(at)
            await rename(kept, at)
            await bench.run('reconcile')
            await until('the end of it was told', () => receiver.bodies().length === 2)
            const told = receiver.bodies().flatMap(kinds)
            assert.ok(told.includes('finding_opened'), `told: ${told.join(', ')}`)
          },
          {},
          { HOOK_URL: receiver.url },
        ),
      ))
})
