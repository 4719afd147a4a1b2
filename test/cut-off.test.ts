// A config that is cut off while the daemon watches it, in a place where what is left is valid by itself.
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { glob } from '../src/domain/user/username.ts'
import type { Seed } from '../src/sandbox/seed.ts'
import { until, withBench } from './support/command.ts'
import { auto, DAY, GONE, OTHERS, seedOf, statusOf } from './support/gone.ts'
import { ends, heldIn, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const SEED: Seed = { account: { results: [{ username: 'open@a.example' }, { username: 'shut@a.example', status: 'blocked' }] } }
const WHOLE = [
  'defaults: { status: allowed }',
  'users:',
  '  - username: open@a.example',
  '  - username: shut@a.example',
  '    status: blocked',
  'safety: { max_creates: 1 }',
  '...',
  '',
].join('\n')
const cutBefore = (text: string): string => WHOLE.slice(0, WHOLE.indexOf(text))
const isWrite = ({ path }: { readonly path: string }): boolean => !path.endsWith('/view')

spec('a config that is cut off', (test) => {
  test("S2: without a user's own status: blocked nobody is opened, and the daemon says which line is gone; an approval opens", () =>
    withBench(SEED, async (bench) => {
      await bench.config(WHOLE)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const before = await bench.users()
      const daemon = bench.start('run')
      await until('a run', () => daemon.err().includes('run ended'))
      await bench.config(cutBefore('    status: blocked'))
      await until('the loss is told', () => /config\.yaml ended with the line \.\.\. when it was last applied/.test(daemon.err()))
      const status = await bench.run('status')
      assert.match(status.out, /config\.yaml ended with the line \.\.\./)
      assert.equal(await bench.users(), before)
      assert.equal((await bench.log()).filter(isWrite), [])

      await bench.config(WHOLE)
      await until('all is well again', async () => /2 in sync/.test((await bench.run('status')).out))
      daemon.child.kill('SIGTERM')
      await daemon.ended

      await bench.config(`${cutBefore('    status: blocked')}safety: { max_creates: 1 }\n`)
      const held = await bench.run('apply', '--yes')
      assert.is(held.code, 3)
      const digest = /apply --digest (\S+)/.exec(held.out)?.[1] ?? ''
      assert.is((await bench.run('apply', '--digest', digest, '--yes')).code, 0)
      assert.equal((await bench.log()).filter(isWrite).length, 1)
      assert.equal((await bench.run('plan')).code, 0, 'what a person approved is not asked again')
    }))

  test('S2: nobody is opened either where the path of the file is typed another way than before', () =>
    withBench(SEED, async (bench) => {
      await bench.config(WHOLE)
      assert.is((await bench.run('-c', join(bench.dir, 'config.yaml'), 'apply', '--yes')).code, 0)
      await bench.config(cutBefore('    status: blocked'))
      const held = await bench.run('-c', 'config.yaml', 'apply', '--yes')
      assert.is(held.code, 3)
      assert.match(held.out, 'config.yaml ended with the line ... when it was last applied')
      assert.equal((await bench.log()).filter(isWrite), [])
    }))

  test('is not said to be no longer part of itself where its path is typed another way', () =>
    withBench(SEED, async (bench) => {
      await bench.config(WHOLE)
      assert.is((await bench.run('-c', 'config.yaml', 'apply', '--yes')).code, 0)
      await bench.config(WHOLE.replace('open@a.example\n', 'open@a.example\n    status: blocked\n'))
      const { out } = await bench.run('-c', join(bench.dir, 'config.yaml'), 'plan')
      assert.match(out, /! block open@a\.example/)
      assert.not.match(out, /is no longer part of the config/)
    }))

  test('S2: where a restraint went with the end line, no change is made', () =>
    withBench(SEED, async (bench) => {
      await bench.config(
        WHOLE.replace('safety: { max_creates: 1 }', 'reconcile: { mode: observe }').replace('    status: blocked\n', ''),
      )
      const observed = await bench.run('apply', '--yes')
      assert.match(observed.out, /observe_mode|mode is observe/)
      await bench.config(cutBefore('    status: blocked').replace('allowed }', 'allowed, description: from the defaults }'))
      const held = await bench.run('apply', '--yes')
      assert.is(held.code, 3)
      assert.match(held.out, /every change, since reconcile went with it, waits for a person/)
      assert.equal((await bench.log()).filter(isWrite), [])
    }))
})

spec('a config with rules that never had its end line', (test) => {
  test('is valid and enforced; validate and doctor advise the line', () =>
    withBench({ account: { results: [{ username: 'open@a.example', open_tracking_enabled: true }] } }, async (bench) => {
      await bench.config(
        'users: []\nrules:\n  - { id: untracked, require: { open_tracking_enabled: false }, otherwise: block }\n',
      )
      const validated = await bench.run('validate')
      assert.is(validated.code, 0)
      assert.match(validated.err, /warning: rules \(config\.yaml:\d+:1\) asks for a last line of three dots in config\.yaml/)
      assert.match((await bench.run('doctor')).out, /config: rules \(config\.yaml:\d+:1\) asks for a last line/)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      assert.is((await bench.users())[0]?.status, 'blocked')
    }))
})

spec('what is left of a file that was cut off', (test) => {
  const head = 'defaults: { status: allowed }\nusers:\n'
  for (const [what, tail, lost] of [
    ['the mode', 'reconcile:\n  schedule: null\n  mode: observe\n', '  mode: observe\n'],
    ['a cap', 'safety:\n  max_updates: 9\n  max_creates: 0\n', '  max_creates: 0\n'],
    ['a part of a cap', 'safety:\n  max_updates: 9\n  max_creates: 0%\n', '%\n'],
    ['what is only told of', 'policy:\n  grace: 9d\n  missing: report\n', '  missing: report\n'],
  ] as const)
    test(`S2: makes nobody up where ${what} went with its last lines`, () =>
      withRig(seedOf({}), async (rig) => {
        const whole = `${head}  - { username: ${GONE} }\n  - { username: new@a.example }\n${tail}...\n`
        rig.config(whole)
        assert.equal(ends(await auto(rig)), [])
        rig.config(whole.slice(0, whole.indexOf(`${lost}...`)))
        const report = await auto(rig)
        assert.equal([ends(report), heldIn(report).map(({ reason }) => reason)], [[], ['needs_approval']])
        rig.config(whole.replace(tail, ''))
        assert.equal(ends(await auto(rig)), ['create new@a.example verified'], 'whoever takes it out of the whole file means it')
      }))

  test('S2: makes no user whose entry may lack its end, and leaves alone what it may have had unmanaged', () =>
    withRig(seedOf({ description: 'by hand' }), async (rig) => {
      const listed = `${head.replace('}', ', description: ours }')}  - { username: ${GONE}, unmanaged: [description] }\n`
      rig.config(`${listed}...\n`)
      await auto(rig)
      rig.config(`${listed}  - username: new@a.example\n`)
      const report = await auto(rig)
      assert.equal([ends(report), heldIn(report).map(({ username }) => username)], [[], ['new@a.example']])
      assert.match(
        heldIn(report)[0]?.message ?? '',
        /every change of new@a\.example, whose entry stands last, waits for a person/,
      )
      rig.config(`${head.replace('}', ', description: ours }')}  - username: ${GONE}\n`)
      assert.equal(ends(await auto(rig)), [])
      assert.is((await rig.user(GONE))?.description, 'by hand')
    }))

  test('S2: is not taken for whole in a scope that it names for the first time either', () =>
    withRig({ ...seedOf({}), subaccounts: { Abcd: { results: [] } } }, async (rig) => {
      rig.config(`${head}  - { username: ${GONE} }\n...\n`)
      await auto(rig)
      const added = `${head}  - { username: ${GONE} }\nsubaccounts:\n  - id: Abcd\n    users:\n      - username: new@a.example\n`
      rig.config(added)
      assert.equal(ends(await auto(rig)), [])
      const report = await auto(rig)
      assert.equal([ends(report), heldIn(report).map(({ username }) => username)], [[], ['new@a.example']])
      rig.config(`${added}        status: blocked\n...\n`)
      assert.equal(ends(await auto(rig)), ['create new@a.example verified'])
      assert.is((await rig.users('Abcd'))[0]?.status, 'blocked')
    }))

  test("S2: of one customer's file holds nothing that is asked of another's users", () =>
    withRig(
      {
        account: { results: [] },
        subaccounts: { Abcd: { results: [{ username: 'a@a.example' }] }, Bcde: { results: [{ username: 'b@b.example' }] } },
      },
      async (rig) => {
        const fileOf = (id: string, user: string): string =>
          `subaccounts:\n  - id: ${id}\n    users: [{ username: ${user} }]\n    defaults: { description: ours }\n...\n`
        const first = fileOf('Abcd', 'a@a.example')
        rig.config('defaults: { description: general }\nusers: []\ninclude: ["more/*.yaml"]\n')
        rig.include('more/a.yaml', first)
        rig.include('more/b.yaml', fileOf('Bcde', 'b@b.example'))
        await auto(rig)
        rig.include('more/a.yaml', first.slice(0, first.indexOf('    defaults')))
        await rig.colleague('edit', { username: 'b@b.example', description: 'theirs', subaccount_id: 'Bcde' })
        const report = await auto(rig)
        assert.equal(ends(report), ['update b@b.example verified'])
        assert.match(
          heldIn(report)[0]?.message ?? '',
          /more\/a\.yaml ended .* every change, since subaccount:Abcd defaults went with it, waits/,
        )
      },
    ))
})

spec('a guard of what was cut off', (test) => {
  const list = (some: string): string => `users:\n${OTHERS.map((one) => `  - { username: ${one}, ${some} }\n`).join('')}`
  const [first = ''] = OTHERS

  test('S2: is not ended by who lets one user through (apply --user --digest)', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(`safety: { max_blocks: 9 }\n${list('status: blocked')}...\n`)
      await rig.run()
      rig.config(`safety: { max_blocks: 9 }\n${list('status: allowed')}`)
      const user = glob(first)
      const { plan } = await rig.run({ user, agree: () => async () => ({ _tag: 'Right', right: false }) as const })
      assert.equal(ends(await rig.run({ user, digest: plan.digest })), [`update ${first} verified`])
      const report = await auto(rig)
      assert.equal([ends(report), heldIn(report).map(({ reason }) => reason)], [[], ['needs_approval', 'needs_approval']])
    }))

  for (const way of ['by a person alone', 'by a daemon that has nothing else to do'])
    test(`S2: is not ended by an emergency stop that is made ${way}`, () =>
      withRig(seedOf({}), async (rig) => {
        const isAlone = way === 'by a person alone'
        rig.config(`reconcile: { mode: enforce }\nsafety: { max_updates: 3 }\n${list('description: one')}...\n`)
        await rig.run()
        rig.config(list(`description: ${isAlone ? 'two' : 'one'}`))
        assert.is(heldIn(await auto(rig)).length, isAlone ? 3 : 0)
        await rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: GONE }, until: rig.time.now() + DAY })
        const stopped = isAlone ? await rig.run({ user: glob(GONE), by: 'block' }) : await auto(rig)
        assert.equal(ends(stopped), [`block ${GONE} verified`])
        rig.config(list('description: two'))
        assert.equal(ends(await auto(rig)), [])
      }))

  for (const [away, days] of [
    ['a month', 29],
    ['longer', 31],
  ] as const)
    test(`S2: is not ended by a file that is away for less than a month (${away}), and comes back without its end`, () =>
      withRig(seedOf({}), async (rig) => {
        const user = (some: string): string => `users:\n  - { username: ${GONE}${some} }\n`
        rig.config(`defaults: { status: allowed }\ninclude: ["more/*.yaml"]\n${list('description: one')}...\n`)
        rig.include('more/c.yaml', 'absent: []\n...\n')
        rig.include('more/b.yaml', `${user(', status: blocked')}...\n`)
        await rig.run()
        rig.include('more/b.yaml', undefined)
        await auto(rig)
        await rig.time.pass(days * DAY)
        await auto(rig)
        rig.include('more/b.yaml', user(''))
        await auto(rig)
        assert.is(await statusOf(rig), days < 30 ? 'blocked' : 'allowed')
      }))
})
