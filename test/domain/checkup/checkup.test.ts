// The judgements of `doctor`: what a key may do against what it must, clocks, the state directory.
import * as assert from 'uvu/assert'
import {
  checkupCode,
  clockFinding,
  grants,
  groupFinding,
  neededEndpoints,
  ok,
  permissionFinding,
  type StateFacts,
  scopeFinding,
  socketFinding,
  stateFinding,
  subaccountsFinding,
  trouble,
  troubleOf,
  type Verdict,
  warning,
} from '../../../src/domain/checkup/checkup.ts'
import { spec } from '../../support/spec.ts'

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
      ['/users/smtp/view*', VIEW, true],
      ['*/view', VIEW, true],
      ['*/view', `${VIEW}s`, false],
      ['/users*view', VIEW, true],
      ['*smtp*smtp*', VIEW, false],
      ['/u*s/s*/v*w', VIEW, true],
      ['/x*/view', VIEW, false],
      ['/users/v3/smtp/view', VIEW, false],
    ]
    for (const [grant, endpoint, expected] of rows) assert.is(grants(grant, endpoint), expected, `${grant} ${endpoint}`)
  })

  test('what a config needs depends on what it may do', () => {
    assert.equal(neededEndpoints({ mode: 'observe', missing: 'create', unlisted: 'remove' }), [VIEW])
    assert.equal(neededEndpoints({ mode: 'enforce', missing: 'report', unlisted: 'block' }), [VIEW, EDIT])
    assert.equal(neededEndpoints({ mode: 'enforce', missing: 'create', unlisted: 'remove' }), [VIEW, ADD, EDIT, REMOVE])
    const searching = { mode: 'observe', missing: 'create', unlisted: 'report' } as const
    assert.equal(neededEndpoints({ ...searching, searches: true }), [VIEW, '/subaccounts/search'])
    assert.equal(neededEndpoints({ ...searching, searches: false }), [VIEW])
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

  test('of permissions it is said which are needed, which are missing, and which are too many', () => {
    const wishes = { mode: 'enforce', missing: 'create', unlisted: 'report' } as const
    assert.equal(permissionFinding([VIEW, ADD, EDIT], wishes), {
      check: 'permissions',
      verdict: 'ok',
      says: 'the API key may do what this config needs: /users/smtp/view, /users/smtp/add, /users/smtp/edit',
    })
    assert.equal(permissionFinding([EDIT], wishes), {
      check: 'permissions',
      verdict: 'trouble',
      code: 6,
      says: 'the API key may not call /users/smtp/view, /users/smtp/add, which this config needs',
      advice: 'grant it in the SMTP2GO app under API Keys',
    })
    assert.equal(permissionFinding([VIEW, ADD, EDIT, '/email/send', '/users/smtp/*'], { ...wishes, mode: 'observe' }), {
      check: 'permissions',
      verdict: 'warning',
      says: 'the API key may do more than this config needs: /email/send, /users/smtp/*',
      advice:
        'whoever gets hold of the key can do that too; leave it /users/smtp/view, /users/smtp/add, /users/smtp/edit, and /api_keys/permissions for this check',
    })
    const removing = { ...wishes, unlisted: 'remove' } as const
    assert.is(permissionFinding(['/users/*'], removing).verdict, 'warning', 'more than users of SMTP')
    assert.is(permissionFinding(['v3/users/smtp/*', '/dedicated_ips/view'], removing).verdict, 'ok')
  })

  const warned = (check: string, says: string, advice: string) => ({ check, verdict: 'warning', says, advice })

  test('each way in which a daemon does not answer has an advice of its own', () => {
    const path = '/run/s'
    assert.equal(
      (['absent', 'closed', 'dead', 'answers'] as const).map((state) => socketFinding({ path, state, shutIn: false })),
      [
        warned(
          'daemon',
          'none runs here: there is no /run/s',
          'start one with `run`, or `systemctl start smtp2go-reconciler`; if one runs elsewhere, say where with --socket or --state-dir',
        ),
        warned(
          'daemon',
          'its socket /run/s is closed to us',
          'ask as its owner, or with sudo; or join the group of control.group, and log in anew',
        ),
        warned(
          'daemon',
          'nobody answers at /run/s: a daemon was killed and left it behind',
          'start it again with `run`, or `systemctl start smtp2go-reconciler`: it replaces the file',
        ),
        warned('daemon', 'what answers at /run/s does not tell its status', 'see its log; is it of another version?'),
      ],
    )
  })

  test('whoever is not let into the folder of a socket is not sent to its group, and of the group it is told', () => {
    const path = '/s/control.sock'
    assert.equal(
      socketFinding({ path, state: 'closed', shutIn: true }),
      warned('daemon', `its socket ${path} is closed to us`, 'ask as its owner, or with sudo'),
    )
    assert.equal(
      groupFinding('adm', path),
      warned(
        'control',
        `control.group is adm, and nobody of that group gets to ${path}: only its owner may enter the folder`,
        'set RUNTIME_DIRECTORY to a folder that they may enter, such as /run/smtp2go-reconciler with mode 0755 (in a unit: RuntimeDirectory=smtp2go-reconciler), and restart the daemon',
      ),
    )
  })

  test('a clock that is a minute off is well enough, a second more is not', () => {
    const set = 'let the machine set its clock (timedatectl set-ntp true): caps, grace and approvals count hours by it'
    const well = (seconds: number) => ({
      check: 'clock',
      verdict: 'ok',
      says: `our clock and the service's differ by ${seconds} s`,
    })
    for (const [ahead, expected] of [
      [0, well(0)],
      [60_000, well(60)],
      [-60_400, well(60)],
      [61_000, warned('clock', "our clock is 61 s ahead of the service's", set)],
      [-3_600_000, warned('clock', "our clock is 3600 s behind the service's", set)],
    ] as const)
      assert.equal(clockFinding(ahead), expected)
  })

  test('a state directory must be ours, writable and have room', () => {
    const closedOnes = { mode: 0o700, shared: undefined }
    const good = { _tag: 'There', isDirectory: true, owner: 7, us: 7, ...closedOnes, writable: true, freeBytes: 1e12 } as const
    const MEBI = 1024 * 1024
    const elsewhere = 'run as its owner, or choose another with --state-dir'
    const grow = 'make room before the journal cannot grow: without it nothing is written to the service'
    const fine = (says: string) => ({ check: 'state directory', verdict: 'ok', says: `/state ${says}` })
    const warns = (says: string, advice: string) => warned('state directory', `/state${says}`, advice)
    const wrong = (says: string, advice: string) => ({
      check: 'state directory',
      verdict: 'trouble',
      code: 1,
      says: `/state${says}`,
      advice,
    })
    const full = wrong(': the disk is full', 'make room: without its journal nothing is written to the service')
    const closed = fine('is ours and closed to others, 953674 MiB are free')
    const notOurs = wrong(' belongs to uid 8 and we are uid 7', elsewhere)
    const ofUnit = fine('belongs to the user of x.service and is closed to others')
    const rows: ReadonlyArray<readonly [some: Partial<StateFacts>, found: object, unit?: string]> = [
      [{}, closed],
      [{}, closed, 'x.service'],
      [{ us: undefined, owner: 8 }, closed],
      [{ us: 0, owner: 0 }, closed, 'x.service'],
      [{ mode: 0o755 }, warns(' has mode 0755', 'chmod 0700 it; the next apply or run does that')],
      [{ mode: 0o755, shared: { what: 'is the root', advice: 'take another' } }, wrong(' is the root', 'take another')],
      [{ freeBytes: 128 * MEBI }, fine('is ours and closed to others, 128 MiB are free')],
      [{ freeBytes: 128 * MEBI - 1 }, warns(': 127 MiB are free', grow)],
      [{ freeBytes: MEBI }, warns(': 1 MiB are free', grow)],
      [{ freeBytes: MEBI - 1 }, full],
      [{ writable: false }, wrong(' cannot be written', 'check its mode, and whether the file system is read-only')],
      [{ owner: 8 }, notOurs],
      [{ owner: 8 }, notOurs, 'x.service'],
      [{ owner: 8, us: 0 }, ofUnit, 'x.service'],
      [{ owner: 8, us: 0, mode: 0o755 }, wrong(' belongs to uid 8 and we are uid 0', elsewhere), 'x.service'],
      [{ owner: 8, us: 0 }, wrong(' belongs to uid 8 and we are uid 0', elsewhere)],
      [{ isDirectory: false }, wrong(' is not a directory', 'choose another with --state-dir')],
    ]
    for (const [some, found, unit] of rows)
      assert.equal(stateFinding('/state', { ...good, ...some, _tag: 'There' }, unit), found, JSON.stringify(some))
    const absent = { _tag: 'Absent', within: '/', writable: true, freeBytes: MEBI } as const
    const unmade = (why: string) =>
      wrong(` is not there, and cannot be made: / ${why}`, 'make it, for us alone, or choose another with --state-dir')
    assert.equal(stateFinding('/state', absent), fine('is not there yet; the first apply or run makes it'))
    assert.equal(stateFinding('/state', { ...absent, freeBytes: MEBI - 1 }), unmade('has no room, or keeps no files'))
    assert.equal(stateFinding('/state', { ...absent, writable: false, freeBytes: 0 }), unmade('cannot be written'))
    assert.equal(stateFinding('/state', { _tag: 'Unreadable', why: 'EACCES' }), wrong(' cannot be looked at (EACCES)', elsewhere))
  })

  test('a scope and the search for subaccounts are told with their numbers', () => {
    assert.equal(scopeFinding('account', 3, 2), { check: 'scope', verdict: 'ok', says: 'account: 3 live, 2 listed' })
    assert.equal(subaccountsFinding(2, 3), {
      check: 'subaccounts',
      verdict: 'ok',
      says: 'the search shows 3, of which 2 are active and under the rules',
    })
  })

  test('the exit code is that of the worst trouble', () => {
    assert.is(checkupCode([]), 0)
    assert.is(checkupCode([ok('a', '')]), 0)
    assert.is(checkupCode([warning('a', '', '')]), 0)
    assert.is(checkupCode([warning('a', '', ''), trouble('b', 3, '', '')]), 3)
    assert.is(checkupCode([trouble('a', 3, '', ''), trouble('b', 6, '', '')]), 6)
    assert.is(checkupCode([trouble('a', 6, '', ''), trouble('b', 5, '', ''), ok('c', '')]), 5)
    assert.is(checkupCode([trouble('a', 5, '', ''), trouble('b', 1, '', '')]), 1)
    const stopped = troubleOf(
      'daemon',
      { _tag: 'Unseen', error: { kind: 'identity_mismatch', message: '' } },
      'another account',
      'look',
    )
    assert.equal(stopped, trouble('daemon', 3, 'another account', 'look'))
    const usage = troubleOf('daemon', { _tag: 'WrongUsage', message: '' }, '', '')
    assert.is(checkupCode([usage]), 1, 'whoever asks doctor has asked rightly')
  })
})
