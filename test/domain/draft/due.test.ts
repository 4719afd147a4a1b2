// What was due at the last look keeps its cause while the config is the same, and only so long.
import * as assert from 'uvu/assert'
import { type Due, dueAfter, lastLook } from '../../../src/domain/draft/due.ts'
import type { Change } from '../../../src/domain/plan/plan.ts'
import { change } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const BEFORE: Due = { config: 'c', users: [['a', 'first_run']] }

spec('what was due', (test) => {
  const withheld = (one: Change) => ({ change: one, reason: 'capped', why: '' }) as const
  const due = [change('update', 'made', { cause: 'first_run' }), change('update', 'failed', { cause: 'first_run' })]
  const held = [
    change('block', 'made', { cause: 'first_run' }),
    change('block', 'came', { cause: 'drift', ends: 'departs' }),
    change('update', 'listed', { cause: 'drift' }),
    change('create', 'gone', { cause: 'drift' }),
    change('update', 'asked', { cause: 'config' }),
  ].map(withheld)
  const after = (before: Due | undefined, isPart: boolean, done: ReadonlyArray<string> = ['made']) =>
    dueAfter(before, { draft: { due, withheld: held }, done: new Set(done), config: 'd', isPart })

  test('is remembered where it waits, or was tried and not made, with a cause that the config is not', () =>
    assert.equal(after(BEFORE, false), {
      config: 'd',
      users: [
        ['failed', 'first_run'],
        ['made', 'first_run'],
        ['came', 'drift'],
        ['gone', 'drift'],
      ],
    }))

  test('is still what it was where only some users were looked at, less what was made', () => {
    assert.equal(after(BEFORE, true), BEFORE)
    assert.equal(after(BEFORE, true, ['a']), { ...BEFORE, users: [] })
    assert.is(after(undefined, true), undefined)
    const aside = [change('create', 'gone', { cause: 'drift' }), change('update', 'asked', { cause: 'config' })]
    const part = { draft: { due: [], withheld: [], aside }, done: new Set<string>(), config: 'c', isPart: true }
    assert.equal(dueAfter(BEFORE, part), { ...BEFORE, users: [...BEFORE.users, ['gone', 'drift']] })
  })

  const setBy = (rule: string) => ({ field: 'description', from: '', to: 'x', source: '', rule }) as const
  const asked = (username: string, cause: Change['cause'], ...rules: ReadonlyArray<string>) =>
    change('update', username, { cause, fields: rules.map(setBy) })
  const looked = (before: Due | undefined, ...changes: ReadonlyArray<Change>) =>
    dueAfter(before, { draft: { due: [], withheld: changes.map(withheld) }, done: new Set(), config: 'c', isPart: false })

  test('is remembered by rule where what that sets waits, unless somebody changed it, and kept where nothing changed', () => {
    const block = [{ field: 'status', from: 'allowed', to: 'blocked', source: '', rule: 'r' }] as const
    const first = looked(
      undefined,
      asked('a', 'config', 'r', 's'),
      asked('b', 'first_run', 'r'),
      asked('c', 'drift', 'r'),
      asked('d', 'retry', 'r'),
      change('block', 'e', { cause: 'config', ends: 'returns', fields: block }),
      change('block', 'f', { cause: 'config', ends: 'never', fields: block }),
    )
    assert.equal(first?.unset, [
      ['r', ['a', 'b', 'f']],
      ['s', ['a']],
    ])
    const second = looked(first, asked('a', 'config', 'r', 'r'), asked('b', 'config', 'r'), asked('f', 'retry', 'r'))
    assert.equal(second?.unset, [['r', ['a', 'b', 'f']]])
    assert.is(second?.unset?.[0]?.[1], first?.unset?.[0]?.[1])
    assert.equal(looked(second, asked('b', 'config', 'r'))?.unset, [['r', ['b']]])
    assert.not('unset' in (looked(second) ?? {}))
    const part = { draft: { due: [], withheld: [] }, done: new Set(['a']), config: 'c', isPart: true }
    assert.equal(dueAfter(second, part)?.unset, second?.unset)
  })

  test('was not kept by whom a rule has yet to set', () => {
    const last = lastLook({ due: { ...BEFORE, unset: [['r', ['a']]] } }, 'c')
    assert.equal([last.kept('r', 'a'), last.kept('r', 'b'), last.kept('s', 'a')], [false, true, true])
  })

  test('says nothing of a look with another config, nor where nothing is remembered', () => {
    const open = { rule: 'r', username: 'b', severity: 'low', since: 1 } as const
    const told = (memory: Parameters<typeof lastLook>[0], config: string) => {
      const last = lastLook(memory, config)
      return [last.causeOf('a'), last.causeOf('b'), last.kept('r', 'a'), last.kept('r', 'b')]
    }
    assert.equal(told({ due: BEFORE, findings: [open] }, 'c'), ['first_run', undefined, true, false])
    assert.equal(told({ due: BEFORE, findings: [open] }, 'd'), [undefined, undefined, false, false])
    assert.equal(told({}, 'c'), [undefined, undefined, false, false])
    assert.equal(told(undefined, 'c'), [undefined, undefined, false, false])
  })
})
