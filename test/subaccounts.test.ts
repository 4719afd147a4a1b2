// `subaccounts: all`: every active subaccount under the rules, found by the search and never lost by it.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { fullMessage } from '../src/domain/basics/command.ts'
import type { Plan, Report } from '../src/domain/plan/plan.ts'
import type { Seed, SeedScope } from '../src/sandbox/seed.ts'
import { until, withBench } from './support/command.ts'
import { ends, HOUR, heldIn, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const open = (...names: ReadonlyArray<string>): SeedScope => ({
  results: names.map((username) => ({ username, open_tracking_enabled: true })),
})
const seed: Seed = {
  account: { results: [{ username: 'fax@acme.example', description: 'Fax' }] },
  subaccounts: {
    Bake01: { ...open('till-1@bakery.example', 'till-2@bakery.example'), name: 'Bakery' },
    Listed: open('desk@hotel.example'),
    Shut01: { ...open('old@closed.example'), name: 'Closed Inc', state: 'Closed' },
    Susp01: { ...open('odd@suspended.example'), state: 'Suspended' },
  },
}
const RULE = `rules:
  - { id: no-tracking, match: { scope: "subaccount:*" }, set: { open_tracking_enabled: false } }
`
const config = (rest = RULE): string =>
  `users: [{ username: fax@acme.example, description: Fax }]\nsubaccounts: all\ninclude: ["hotel.yaml"]\n${rest}...\n`
const HOTEL = 'subaccounts:\n  - { id: Listed, users: [{ username: desk@hotel.example }] }\n...\n'

const opened = (body: (rig: Rig) => Promise<void>, from: Seed = seed): Promise<void> =>
  withRig(from, async (rig) => {
    rig.include('hotel.yaml', HOTEL)
    rig.config(config())
    await body(rig)
  })
const scheduled = (rig: Rig) => rig.run({ person: false, by: 'schedule' })
const scopesIn = ({ plan }: Report): ReadonlyArray<string> =>
  plan.scopes.map((scope) => (scope._tag === 'Errored' ? `${scope.scope} ${scope.error.kind}` : scope.scope))
const wholeIn = ({ plan }: { readonly plan: Plan }) => plan.scopes.find(({ scope }) => scope === 'subaccount:*')
const toldIn = (report: Report): ReadonlyArray<string> => {
  const whole = wholeIn(report)
  return whole?._tag === 'Planned' ? whole.findings.map(({ rule, username }) => `${rule} ${username}`) : ['not searched']
}
const SCOPES = ['account', 'subaccount:*', 'subaccount:Bake01', 'subaccount:Listed']

spec('the name of a scope', (test) => {
  const odd: Seed = { account: { results: [] }, subaccounts: { 'S.1': open('till-1@bakery.example') } }

  test('with any id that the service may give is taken where a scope is asked for', () =>
    withBench(odd, async (bench) => {
      await bench.config('reconcile: { schedule: null }\nsubaccounts: all\nusers: []\n')
      await bench.run('apply', '--yes')
      const approves = async (): Promise<void> => {
        for (const scope of ['subaccount:S.1', 'subaccount:*']) {
          const told = await bench.run('approve', '--live', scope)
          assert.is(told.code, 3)
          assert.ok(told.err.includes(`what was seen last of ${scope} was believed`), told.err)
        }
      }
      const planned = await bench.run('plan', '--scope', 'subaccount:S.1')
      assert.is(planned.code, 0, planned.err)
      await approves()
      const daemon = bench.start('run')
      await until('a run has ended', () => daemon.err().includes('run ended'))
      const asked = await bench.run('reconcile', '--scope', 'subaccount:S.1')
      assert.is(asked.code, 0, asked.err)
      await approves()
    }))

  test('is never that of no subaccount or of all: the empty id would be the account itself', () =>
    withBench(odd, async (bench) => {
      await bench.config('subaccounts: all\nusers: []\n')
      for (const command of [
        ['export', '--subaccount', ''],
        ['export', '--subaccount', '*'],
        ['plan', '--scope', 'subaccount:'],
        ['plan', '--scope', 'subaccount:*'],
      ])
        assert.is((await bench.run(...command)).code, 64, command.join(' '))
      assert.is(bench.requests(), 0)
    }))
})

spec('a scope that there is not', (test) => {
  const NOPE = ['--scope', 'subaccount:Nope']

  test('is refused with those that there are, by the daemon too', () =>
    withBench(seed, async (bench) => {
      await bench.config('reconcile: { schedule: null }\nusers: []\nsubaccounts: [{ id: Listed, users: [] }]\n')
      await bench.run('export', '--snapshot', '--out', 'snapshot.json')
      for (const command of [
        ['plan', '--detailed-exitcode'],
        ['plan', '--live', 'snapshot.json'],
        ['apply', '--yes'],
      ]) {
        const told = await bench.run(...command, ...NOPE)
        assert.is(told.code, 64, told.out)
        assert.is(told.err.trim(), 'there is no subaccount:Nope; there is account, subaccount:Listed')
      }
      const daemon = bench.start('run')
      await until('a run has ended', () => daemon.err().includes('run ended'))
      const told = await bench.run('reconcile', ...NOPE)
      assert.is(told.code, 64, told.err)
      assert.match(told.err, /there is no subaccount:Nope; there is account, subaccount:Listed/)
    }))

  test('may be found by the search, where that shows all subaccounts', () =>
    withBench(seed, async (bench) => {
      await bench.config('subaccounts: all\nusers: []\n')
      assert.is((await bench.run('plan', '--scope', 'subaccount:Bake01')).code, 0)
      const none = await bench.run('apply', '--yes', ...NOPE)
      assert.is(none.code, 64, none.out)
      assert.match(none.err, /there is account, subaccount:Bake01, subaccount:Listed, subaccount:\*/)
      await bench.post('/_faults', [{ kind: 'status', status: 503, endpoint: '/subaccounts/search' }])
      const unknown = await bench.run('plan', '--scope', 'subaccount:Bake01')
      assert.is(unknown.code, 6, unknown.out)
      assert.match(unknown.out, /could not be searched for/)
    }))
})

spec('subaccounts: all', (test) => {
  test('rules reach an unlisted user of a subaccount that no file lists; closed and undeclared ones are told', () =>
    opened(async (rig) => {
      const report = await rig.run()
      assert.equal(scopesIn(report), SCOPES)
      assert.equal(ends(report), [
        'update till-1@bakery.example verified',
        'update till-2@bakery.example verified',
        'update desk@hotel.example verified',
      ])
      for (const id of ['Bake01', 'Listed'])
        assert.ok((await rig.users(id)).every((user) => user.open_tracking_enabled === false))
      for (const id of ['Shut01', 'Susp01']) assert.ok((await rig.users(id)).every((user) => user.open_tracking_enabled === true))
      assert.equal(toldIn(report), ['subaccount-undeclared Bake01', 'subaccount-closed Shut01', 'subaccount-closed Susp01'])
      const before = (await rig.writes()).length
      assert.equal(scopesIn(await scheduled(rig)), SCOPES)
      assert.is((await rig.writes()).length, before, 'L4')
    }))

  test('a rule blocks in a found subaccount only as far as the caps go', () =>
    opened(
      async (rig) => {
        rig.config(
          config(
            'rules: [{ id: named, require: { description: { present: true } }, otherwise: block, match: { scope: "*M*" } }]\n',
          ),
        )
        const report = await rig.run()
        assert.equal(ends(report), [])
        assert.equal(
          heldIn(report).map(({ reason }) => reason),
          ['capped', 'capped', 'capped'],
        )
        assert.match(heldIn(report)[0]?.message ?? '', /3 blocks in 24 h, the cap is 2/)
      },
      {
        ...seed,
        subaccounts: { ...seed.subaccounts, M1: open('a@many.example', 'b@many.example', 'c@many.example') },
      },
    ))

  for (const unlisted of ['block', 'remove'])
    test(`unlisted: ${unlisted} takes nobody away where no file lists anybody`, () =>
      opened(async (rig) => {
        rig.config(config(`policy: { unlisted: ${unlisted} }\n`))
        assert.equal(ends(await rig.run()), [])
        const seen = (await rig.run()).plan.scopes.find(({ scope }) => scope === 'subaccount:Bake01')
        assert.equal(seen?._tag === 'Planned' ? seen.unlisted : [], ['till-1@bakery.example', 'till-2@bakery.example'])
        assert.equal(await rig.writes(), [])
      }))

  test('more of them than a page holds are all found', () => {
    const many = Array.from({ length: 230 }, (_, at): readonly [string, SeedScope] => [`C${1000 + at}`, open(`u@c${at}.example`)])
    return opened(
      async (rig) => {
        const report = await rig.run({ scopes: new Set(['subaccount:*']) })
        const whole = wholeIn(report)
        assert.is(whole?._tag === 'Planned' ? whole.subaccounts : 0, 231)
        const pages = (await rig.log()).filter(({ path }) => path.endsWith('/subaccounts/search'))
        assert.equal(
          pages.map(({ body }) => body.continue_token),
          [undefined, '100', '200'],
        )
        assert.is((await rig.log()).length, 3, 'only the search was asked for')
      },
      { ...seed, subaccounts: { Listed: open('desk@hotel.example'), ...Object.fromEntries(many) } },
    )
  })

  test('one that appears between two runs is under the rules from the next one on, and one that closes is let go and told', () =>
    opened(async (rig) => {
      await rig.run()
      const later = { ...seed.subaccounts, New001: open('first@new.example'), Bake01: { ...open(), state: 'Closed' as const } }
      await rig.becomes({ ...seed, subaccounts: later })
      const report = await scheduled(rig)
      assert.equal(scopesIn(report), ['account', 'subaccount:*', 'subaccount:Listed', 'subaccount:New001'])
      assert.ok(ends(report).includes('update first@new.example verified'))
      assert.ok(toldIn(report).includes('subaccount-closed Bake01'))
      const whole = wholeIn(report)
      const resolved = whole?._tag === 'Planned' ? whole.resolved?.map(({ rule, username }) => `${rule} ${username}`) : []
      assert.equal(resolved, ['subaccount-undeclared Bake01'])
    }))

  const FAILURES = [
    [
      'is refused to this key',
      {
        kind: 'status',
        status: 403,
        body: '{"data":{"error_code":"E_ApiResponseCodes.ENDPOINT_PERMISSION_DENIED","error":"no"}}',
      },
    ],
    ['breaks off', { kind: 'reset_before' }],
    ['is cut', { kind: 'truncated_json' }],
    ['holds no list', { kind: 'missing_results' }],
    ['shows fewer than it says that there are', { kind: 'half_results' }],
    ['breaks off at its second page', { kind: 'reset_before', nth: 2 }],
  ] as const
  for (const [title, fault] of FAILURES)
    test(`S3: a search that ${title} is told, and never means that there are none: those that are known go on`, () =>
      opened(
        async (rig) => {
          await rig.run()
          await rig.colleague('edit', { username: 'till-1@bakery.example', subaccount_id: 'Bake01', open_tracking_enabled: true })
          await rig.faults([{ ...fault, endpoint: '/subaccounts/search' }])
          const report = await scheduled(rig)
          assert.match(scopesIn(report)[1] ?? '', /^subaccount:\* (refused|unreachable|ill_formed)$/)
          assert.ok(ends(report).includes('update till-1@bakery.example verified'), 'a known one goes on')
          assert.is(report.exitCode, 6)
          await rig.faults([])
          await rig.time.pass(HOUR)
          assert.not.match(scopesIn(await scheduled(rig))[1] ?? '', / /)
        },
        {
          ...seed,
          subaccounts: {
            ...seed.subaccounts,
            ...Object.fromEntries(
              Array.from({ length: 110 }, (_, at) => [`S${100 + at}`, { ...open(), state: 'Suspended' }] as const),
            ),
          },
        },
      ))

  test('S3: of the known ones under half: not believed until a person vouches for it; one missing goes on and is told', () => {
    const four = {
      A1: open('a@one.example'),
      B1: open('b@one.example'),
      C1: open('c@one.example'),
      Listed: open('desk@hotel.example'),
    }
    return opened(
      async (rig) => {
        await rig.run()
        const { A1: _, ...three } = four
        await rig.becomes({ ...seed, subaccounts: three })
        const missing = await scheduled(rig)
        assert.ok(toldIn(missing).includes('subaccount-missing A1'))
        assert.ok(
          scopesIn(missing).some((text) => text.startsWith('subaccount:A1 ')),
          'it is still asked for',
        )
        await rig.becomes({ ...seed, subaccounts: { C1: four.C1 } })
        const halved = await scheduled(rig)
        assert.is(scopesIn(halved)[1], 'subaccount:* suspicious_answer')
        const error = wholeIn(halved)
        assert.match(
          error?._tag === 'Errored' ? fullMessage(error.error) : '',
          /^the service shows 1 of 4 subaccounts last seen; those known go on until that recovers; if it is right: approve --live 'subaccount:\*'/,
        )
        await rig.decide({ _tag: 'Vouch', scope: 'subaccount:*' })
        assert.equal(scopesIn(await scheduled(rig)).slice(0, 3), ['account', 'subaccount:*', 'subaccount:C1'])
        await rig.becomes(seed)
        assert.is(scopesIn(await scheduled(rig))[1], 'subaccount:* suspicious_answer', 'the word was for the answer before')
      },
      { ...seed, subaccounts: four },
    )
  })

  test('an emergency stop and a run of one listed scope ask for no search; a run of a found scope does', () =>
    opened(async (rig) => {
      await rig.run()
      const searches = async (): Promise<number> =>
        (await rig.log()).filter(({ path }) => path.endsWith('/subaccounts/search')).length
      const before = await searches()
      await rig.run({ scopes: new Set(['subaccount:Listed']) })
      assert.is(await searches(), before)
      assert.equal(scopesIn(await rig.run({ scopes: new Set(['subaccount:Bake01']) })), ['subaccount:Bake01'])
      assert.is(await searches(), before + 1)
      assert.equal(
        (await rig.daemon()).controls
          .users()
          .seen.map(([scope]) => scope)
          .sort(),
        ['account', 'subaccount:Bake01', 'subaccount:Bake01', 'subaccount:Listed'],
      )
    }))
})

spec('subaccounts: all, from outside', (test) => {
  const written = async (dir: string): Promise<void> => writeFile(join(dir, 'hotel.yaml'), HOTEL)

  test('plan tells of them in text, JSON and Markdown; validate says what it cannot know', () =>
    withBench(seed, async (bench) => {
      await written(bench.dir)
      await bench.config(config())
      const plan = await bench.run('plan')
      assert.is(plan.code, 0, plan.err)
      assert.match(plan.out, /subaccount:\* {2}2 active subaccounts\n/)
      assert.match(
        plan.out,
        /\? Bake01 {2}low subaccount-undeclared: "Bakery" is active, and no file lists its users: they are under the rules, and nothing else is done there/,
      )
      assert.match(plan.out, /\? Shut01 {2}low subaccount-closed: "Closed Inc" is closed: it is not looked at/)
      const { scopes } = JSON.parse((await bench.run('plan', '--format', 'json')).out)
      assert.is(scopes[1].subaccounts, 2)
      assert.match((await bench.run('plan', '--format', 'markdown')).out, /### subaccount\\:\\\*\n\n2 active subaccounts/u)
      const valid = await bench.run('validate')
      assert.match(
        valid.out,
        /2 users in 2 scopes, and every active subaccount \(config\.yaml:4:14\), which only the service knows; secrets were not/,
      )
      const doctor = await bench.run('doctor')
      assert.match(doctor.out, /the search shows 4, of which 2 are active and under the rules/)
    }))

  test('plan --live plans them from a snapshot that was made with the word, and says so where it was not', () =>
    withBench(seed, async (bench) => {
      await written(bench.dir)
      await bench.config(config().replace('subaccounts: all\n', ''))
      assert.is((await bench.run('export', '--snapshot', '--out', 'without.json')).code, 0)
      await bench.config(config())
      assert.is((await bench.run('export', '--snapshot', '--out', 'with.json')).code, 0)
      const before = bench.requests()
      const whole = await bench.run('plan', '--live', 'with.json')
      assert.match(whole.out, /subaccount:Bake01 {2}2 live, 0 in sync\n {2}~ update till-1@bakery\.example/)
      const without = await bench.run('plan', '--live', 'without.json')
      assert.is(without.code, 6)
      assert.match(without.out, /subaccount:\*\n {2}unreachable: the snapshot does not say which subaccounts there are/)
      assert.match(without.out, /subaccount:Listed {2}1 live/)
      assert.is(bench.requests(), before, 'no request')
    }))

  test('neither export nor adopt ever overwrites the word', () =>
    withBench(seed, async (bench) => {
      await written(bench.dir)
      await bench.config(config('').replace('{ username: fax@acme.example, description: Fax }', ''))
      const main = await bench.run('export')
      assert.match(main.out, /\nsubaccounts: all\n/)
      assert.match(main.out, /username: fax@acme\.example/)
      assert.match(main.err, /subaccount:Listed is left out: .* export --subaccount Listed writes one/)
      const list = await bench.run('export', '--subaccount', 'Bake01')
      assert.match(list.out, /^subaccounts:\n {2}- id: Bake01\n {4}users:\n {6}- username: till-1@bakery\.example\n/)
      const adopted = await bench.run('export', '--adopt')
      assert.is(adopted.code, 0, adopted.err)
      assert.match(adopted.err, /users of subaccounts that no file lists are not adopted/)
      const text = await readFile(join(bench.dir, 'config.yaml'), 'utf8')
      assert.match(text, /\nsubaccounts: all\n/)
      assert.match(text, /username: fax@acme\.example/)
      assert.not.match(text, /bakery/)
      await writeFile(join(bench.dir, 'hotel.yaml'), list.out)
      const plan = await bench.run('plan')
      assert.match(plan.out, /nothing to do: the live users are as the config says/)
    }))
})

spec('a subaccount that the config does not name any more', (test) => {
  const first = { username: 'one@a.example' }
  const till = { username: 'till@b.example' }
  const others = { account: { results: [first] } }
  const listedIn = (id: string): string =>
    `subaccounts: [{ id: ${id}, users: [{ username: ${till.username} }] }]\nusers: [{ username: ${first.username} }]\n`
  const scheduled = (rig: Rig) => rig.run({ person: false, by: 'schedule' })
  for (const [title, old, made, outcome] of [
    ['is gone for good: its names are made in another one', {}, 1, 'verified'],
    ['is there still: the service says so, and nothing is made twice', { Old: { results: [till] } }, 0, 'failed'],
  ] as const)
    test(`S3: ${title}, once a person has agreed to that`, () =>
      withRig({ ...others, subaccounts: { Old: { results: [till] }, New: { results: [] } } }, async (rig) => {
        rig.config(listedIn('Old'))
        await rig.run()
        await rig.becomes({ ...others, subaccounts: { ...old, New: { results: [] } } })
        rig.config(listedIn('New'))
        await rig.time.pass(60 * 24 * HOUR)
        const report = await scheduled(rig)
        const [held] = heldIn(report)
        assert.is(held?.reason, 'needs_approval')
        assert.match(
          held === undefined ? '' : fullMessage(held),
          /was live in subaccount:Old when that was last read.*to approve exactly this plan/,
        )
        await rig.decide({ _tag: 'Hold', what: { _tag: 'All' }, until: rig.time.now() + HOUR })
        assert.is(heldIn(await scheduled(rig))[0]?.reason, 'on_hold', 'a hold is not passed by')
        await rig.decide({ _tag: 'Release', what: undefined, every: true })
        assert.equal(ends(await rig.run({ digest: report.plan.digest })), [`create ${till.username} ${outcome}`])
        assert.is((await rig.users('New')).length, made)
      }))
})
