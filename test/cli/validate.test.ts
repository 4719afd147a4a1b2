// What `validate` warns of although the config is valid.
import * as assert from 'uvu/assert'
import { shortestGapMs } from '../../src/adapters/cron.ts'
import { emptyLists, newNames, slowReads } from '../../src/cli/validate.ts'
import { CAPS, desired, desiredScope, wanted } from '../support/build.ts'
import { withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

spec('an empty list', (test) => {
  const warned = (unlisted: 'ignore' | 'report' | 'block' | 'remove', caps = CAPS) =>
    emptyLists({
      desired: desired([desiredScope([wanted('one@a.example')]), desiredScope([], 'subaccount:S')], { unlisted, caps }),
      digest: 'sha256:c',
    })

  test('is warned of with the numbers where unlisted users are blocked or removed', () => {
    assert.equal(warned('block'), [
      'subaccount:S lists no users and policy.unlisted is block: every user that is live there and not ignored or protected is to be blocked, at most 10% of them or 2 in 24 h; write the list first (export --adopt), or set policy.unlisted to report',
    ])
    assert.match(warned('remove')[0] ?? '', /policy\.unlisted is remove/)
    const two = { ...CAPS, max_blocks: { percent: undefined, count: 2 } }
    assert.match(warned('block', two)[0] ?? '', /at most 2 in 24 h/)
  })

  test('is nothing to warn of where they are left alone', () => {
    assert.equal(warned('report'), [])
    assert.equal(warned('ignore'), [])
  })
})

spec('a name that the service takes for no new user', (test) => {
  const warned = (names: ReadonlyArray<string>, missing: 'create' | 'report' = 'create') =>
    newNames({ desired: desired([desiredScope(names.map((name) => wanted(name)))], { missing }), digest: 'sha256:c' })
  const right = 'right where this user is live already, which only the service knows'

  test('is warned of with its place and what is wrong with it', () => {
    assert.equal(warned(['fax', 'one@a.example', 'zoë@a.example']), [
      `'fax' (config.yaml:1:1) cannot be created: a username has 5 to 100 characters, this one has 3; ${right}`,
      `'zoë@a.example' (config.yaml:1:1) cannot be created: a username has only letters, digits and . _ @ -; ${right}`,
    ])
  })

  test('is named where it is one of a few, and counted where there are many', () => {
    const many = warned(Array.from({ length: 5000 }, (_, at) => `${at}`).filter((name) => name.length < 5))
    assert.is(many.length, 11)
    assert.is(many.at(-1), '4990 more listed names cannot be created')
    assert.is(warned(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11']).at(-1), '1 more listed name cannot be created')
    assert.is(warned(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']).length, 10)
  })

  test('is told beside a config that is valid, in the document too', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await bench.config('users: [{ username: fax }]\n')
      const told = await bench.run('validate', '--format', 'json')
      assert.is(told.code, 0)
      assert.match(told.err, /^warning: 'fax' \(config\.yaml:\d+:\d+ user\) cannot be created: /)
      assert.match(JSON.parse(told.out).warnings[0], /^'fax' \(/)
    }))

  test('is nothing to warn of where nobody is created', () => assert.equal(warned(['fax'], 'report'), []))
})

spec('reading that takes longer than the period of the schedule', (test) => {
  const warned = (scopes: number, [count, perMs]: readonly [number, number], cron: string | undefined) => {
    const plain = desired(Array.from({ length: scopes }, (_, at) => desiredScope([], at === 0 ? 'account' : `subaccount:${at}`)))
    const { api, schedule } = plain
    const asked = { ...plain, api: { ...api, pace: { count, perMs } }, schedule: { ...schedule, cron } }
    return slowReads({ shortestGapMs }, { desired: asked, digest: 'sha256:c' })
  }
  const MINUTE = 60_000

  test('is warned of with both times', () =>
    assert.equal(warned(300, [60, MINUTE], '*/4 * * * *'), [
      'reading 300 scopes takes about 300 s at api.pace, the schedule starts a run every 240 s: runs will follow each other without a break; use a longer schedule or a faster pace',
    ]))

  for (const [scopes, pace, cron, isSlow] of [
    [300, [60, MINUTE], '*/5 * * * *', false],
    [61, [60, MINUTE], '* * * * *', true],
    [60, [60, MINUTE], '* * * * *', false],
    [7, [7, MINUTE], '* * * * *', false],
    [2, [1, 5 * MINUTE], '*/5 * * * *', true],
    [1, [1, 5 * MINUTE], '*/5 * * * *', false],
    [1, [1, 5 * MINUTE], '* * * * *', true],
    [300, [60, MINUTE], undefined, false],
  ] as const)
    test(`${scopes} at ${pace.join(' per ')} ms, ${cron ?? 'without a schedule'}: ${isSlow ? 'is warned of' : 'fits'}`, () =>
      assert.is(warned(scopes, pace, cron).length, isSlow ? 1 : 0))

  test('is nothing to warn of where there is no pace', () => {
    const plain = desired([desiredScope([])])
    const { api, schedule } = plain
    const asked = { ...plain, api: { ...api, pace: undefined }, schedule: { ...schedule, cron: '* * * * *' } }
    assert.equal(slowReads({ shortestGapMs }, { desired: asked, digest: 'sha256:c' }), [])
  })
})
