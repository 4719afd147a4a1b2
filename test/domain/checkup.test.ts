// The judgements of `doctor`: what a key may do against what it must, clocks, the state directory.
import * as assert from 'uvu/assert'
import {
  checkupCode,
  clockFinding,
  grants,
  neededEndpoints,
  ok,
  permissionFinding,
  socketFinding,
  stateFinding,
  trouble,
  type Verdict,
} from '../../src/domain/checkup.ts'
import { spec } from '../support/spec.ts'

const [VIEW, ADD, EDIT, REMOVE] = ['/users/smtp/view', '/users/smtp/add', '/users/smtp/edit', '/users/smtp/remove'] as const

spec('checkup', (test) => {
  test('a grant may be a pattern', () => {
    const rows: ReadonlyArray<readonly [string, string, boolean]> = [
      [VIEW, VIEW, true],
      ['users/smtp/view', VIEW, true],
      ['/v3/users/smtp/view', VIEW, true],
      ['*', VIEW, true],
      ['/users/*', VIEW, true],
      ['/users/smtp/*', REMOVE, true],
      ['/users/*/view', VIEW, true],
      ['/users/*/view', ADD, false],
      ['/users/smtp/vie', VIEW, false],
      ['/users/smtp', VIEW, false],
      ['/email/*', VIEW, false],
      ['/users/smtp/view*w', VIEW, false],
    ]
    for (const [grant, endpoint, expected] of rows) assert.is(grants(grant, endpoint), expected, `${grant} ${endpoint}`)
  })

  test('what a config needs depends on what it may do', () => {
    assert.equal(neededEndpoints({ mode: 'observe', missing: 'create', unlisted: 'remove' }), [VIEW])
    assert.equal(neededEndpoints({ mode: 'enforce', missing: 'report', unlisted: 'block' }), [VIEW, EDIT])
    assert.equal(neededEndpoints({ mode: 'enforce', missing: 'create', unlisted: 'remove' }), [VIEW, ADD, EDIT, REMOVE])
  })

  test('too little is trouble, too much a warning, and what reads is harmless', () => {
    const wishes = { mode: 'enforce', missing: 'create', unlisted: 'report' } as const
    const rows: ReadonlyArray<readonly [ReadonlyArray<string>, Verdict, RegExp]> = [
      [[VIEW, ADD, EDIT], 'ok', /may do what this config needs/],
      [[VIEW, ADD, EDIT, '/api_keys/permissions', '/subaccounts/search'], 'ok', /may do what/],
      [[VIEW, EDIT], 'trouble', /may not call \/users\/smtp\/add,/],
      [[], 'trouble', /may not call/],
      [[VIEW, ADD, EDIT, REMOVE], 'warning', /more than this config needs: \/users\/smtp\/remove/],
      [['*'], 'warning', /more than this config needs: \*/],
      [['/users/smtp/*'], 'warning', /more than/],
    ]
    for (const [granted, verdict, says] of rows) {
      const found = permissionFinding(granted, wishes)
      assert.is(found.verdict, verdict, granted.join())
      assert.match(found.says, says)
    }
    assert.is(permissionFinding(['/users/smtp/*'], { ...wishes, unlisted: 'remove' }).verdict, 'ok')
    const watching = permissionFinding([VIEW, ADD, EDIT], { ...wishes, mode: 'observe' })
    assert.is(watching.verdict, 'ok', 'a key that is made for enforcing is not too much while one only observes')
  })

  test('each way in which a daemon does not answer has an advice of its own', () => {
    const advices = (['absent', 'closed', 'dead', 'answers'] as const).map((state) => {
      const found = socketFinding({ path: '/run/s', state })
      assert.match(found.says, /\/run\/s/)
      return found.verdict === 'ok' ? '' : found.advice
    })
    assert.is(new Set(advices).size, 4)
  })

  test('a clock that is a minute off is well enough, a second more is not', () => {
    assert.is(clockFinding(60_000).verdict, 'ok')
    assert.is(clockFinding(-60_400).verdict, 'ok')
    assert.match(clockFinding(61_000).says, /61 s ahead of/)
    assert.match(clockFinding(-3_600_000).says, /3600 s behind/)
  })

  test('a state directory must be ours, writable and have room', () => {
    const good = { _tag: 'There', isDirectory: true, owner: 7, us: 7, mode: 0o700, writable: true, freeBytes: 1e12 } as const
    const rows: ReadonlyArray<readonly [Partial<typeof good> | object, Verdict, RegExp]> = [
      [{}, 'ok', /ours and closed/],
      [{ mode: 0o755 }, 'warning', /mode 0755/],
      [{ freeBytes: 5e7 }, 'warning', /47 MiB/],
      [{ freeBytes: 1000 }, 'trouble', /disk is full/],
      [{ writable: false }, 'trouble', /cannot be written/],
      [{ owner: 8 }, 'trouble', /uid 8/],
      [{ isDirectory: false }, 'trouble', /not a directory/],
    ]
    for (const [change, verdict, says] of rows) {
      const found = stateFinding('/state', { ...good, ...change })
      assert.is(found.verdict, verdict, JSON.stringify(change))
      assert.match(found.says, says)
    }
    assert.is(stateFinding('/state', { _tag: 'Absent' }).verdict, 'ok')
    const ofService = { ...good, owner: 64503, us: 0 }
    assert.match(stateFinding('/state', ofService, 'x.service').says, /belongs to the user of x\.service and is closed/)
    assert.is(stateFinding('/state', { ...ofService, mode: 0o755 }, 'x.service').verdict, 'trouble')
    assert.is(stateFinding('/state', ofService).verdict, 'trouble')
  })

  test('the exit code is that of the worst trouble', () => {
    assert.is(checkupCode([ok('a', '')]), 0)
    assert.is(checkupCode([trouble('a', 3, '', ''), trouble('b', 6, '', '')]), 6)
    assert.is(checkupCode([trouble('a', 6, '', ''), trouble('b', 5, '', ''), ok('c', '')]), 5)
    assert.is(checkupCode([trouble('a', 5, '', ''), trouble('b', 1, '', '')]), 1)
  })
})
