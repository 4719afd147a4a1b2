// The ledger as a file, with real files: what is written is read back, and nothing half-understood is ever used.
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { ledgerFile } from '../../src/adapters/ledger-file.ts'
import { decode } from '../../src/adapters/ledger-json.ts'
import { inspectStateDir, openStateDir } from '../../src/adapters/state-dir.ts'
import type { Hold } from '../../src/domain/decisions/hold.ts'
import { emptyLedger, type Ledger } from '../../src/domain/memory/ledger.ts'
import { stranger, type UserMemory } from '../../src/domain/memory/user-memory.ts'
import type { Scope } from '../../src/domain/wanted/scope.ts'
import { E } from '../../src/fp.ts'
import { ledgerText } from '../support/ledger-text.ts'
import { spec } from '../support/spec.ts'
import { turning } from '../support/turning.ts'

const withDir = async (use: (dir: string) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'ledger-'))
  try {
    await use(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const known: UserMemory = {
  wanted: new Map([
    ['status', '"allowed"'],
    ['description', '"x"'],
  ]),
  sent: new Map([
    ['email_password', { print: 'hmac:1', at: 5, assumed: true }],
    ['click_tracking_enabled', { print: 'true', at: 5 }],
  ]),
  notTaking: [{ field: 'audit_email', wanted: 'a', live: 'b', at: 6 }],
  refused: [
    { wanted: 'a', live: 'b', at: 7, message: 'no\u202e' },
    { wanted: 'c', live: 'b', at: 7, message: 'no', taken: true },
  ],
  repairs: new Map([['status', [1, 2, 3]]]),
  pending: {
    change: 'update',
    wanted: new Map([['status', '"allowed"']]),
    at: 8,
    overtakes: { at: 7, wanted: new Map([['status', '"blocked"']]) },
    answered: true,
  },
  block: { at: 8 },
  ourBlock: { _tag: 'Dates', returnsTo: 'allowed' },
  replaced: { _tag: 'Replaced', elapsedMs: 8, countedAt: 9 },
  owed: new Map([['status', '"allowed"']]),
  barred: true,
  foundShut: true,
  unseen: undefined,
}

const NOW = 13
const rich: Ledger = {
  format: 1,
  key: 'k',
  scopes: new Map([
    [
      'account',
      {
        since: 1,
        trusted: true,
        origin: 'o',
        lastSeen: ['__proto__', 'b'],
        listed: 2,
        files: ['config.yaml'],
        ends: [
          { file: 'config.yaml', restraints: ['safety'] },
          { file: 'more.yaml', restraints: [], gone: 14 },
        ],
        protected: ['b'],
        users: new Map([
          ['__proto__', known],
          ['nobody', stranger],
          ['old', { ...stranger, replaced: { _tag: 'Replaced', elapsedMs: 1, countedAt: 2 } }],
          [
            'unseen',
            {
              ...stranger,
              block: { at: 8, departs: 'allowed', earlier: 7, answered: true },
              ourBlock: { _tag: 'WayOut', returnsTo: 'sandbox', elapsedMs: 0, countedAt: 9, unseen: true },
              unseen: 10,
            },
          ],
        ]),
        spent: [
          { cap: 'max_blocks', username: 'constructor', at: 3 },
          { cap: 'max_password_changes', username: 'toString', at: 4, again: true },
        ],
      },
    ],
    [
      'subaccount:x',
      {
        since: 1,
        trusted: false,
        origin: '',
        lastSeen: [],
        doubted: { names: ['__proto__'], origin: 'o' },
        due: {
          config: 'sha256:c',
          users: [
            ['__proto__', 'first_run'],
            ['b', 'drift'],
          ],
          unset: [['constructor', ['__proto__', 'b']]],
        },
        listed: 0,
        files: [],
        protected: [],
        users: new Map(),
        spent: [],
      },
    ],
  ]),
  keys: new Map([['p', { notBefore: 10, failures: 2, why: 'throttled', forMs: 9 }]]),
  approvals: [{ changes: ['c'], until: 11, reason: 'r', by: 'root' }],
  believed: new Map([['account', { names: ['bob'], origin: 'o', until: 12 }]]),
  holds: [
    { what: { _tag: 'Users', glob: '*@x' }, since: 1, until: 2, reason: 'r', by: 'root' },
    { what: { _tag: 'Removals' }, since: 1, until: 2, reason: 'r', by: 'root' },
  ],
  shut: new Map([
    ['subaccount:x', { at: 4, message: 'no', origin: 'o' }],
    ['subaccount:y', { at: 5, message: 'late', origin: 'o', failed: true }],
  ]),
  forgotten: { how: 'put_back', at: 13 },
  written: { latest: NOW },
}

const ledgersIn = (dir: string, now = NOW) =>
  ledgerFile({ dir, newKey: () => 'n', clock: { now: () => new Date(now), ...turning() } })
const word = { names: [], origin: 'o', until: 1 }
/** A ledger that knows nothing but that it was written. */
const empty = (key: string): Ledger => ({ ...emptyLedger(key), written: { latest: NOW } })

const forgottenIn = async (dir: string): Promise<unknown> => {
  const read = await ledgersIn(dir).read()()
  return E.isRight(read) ? read.right.forgotten : read.left
}

const messageOf = (result: E.Either<unknown, unknown>): string => (E.isLeft(result) ? JSON.stringify(result.left) : 'no failure')

/** Milliseconds of work since then. */
const workedMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

spec('ledger file', (test) => {
  test('what is written is what is read, names that look like code included', () =>
    withDir(async (dir) => {
      const ledgers = ledgersIn(dir)
      assert.equal(await ledgers.update(() => rich)(), E.right(rich))
      assert.equal(await ledgersIn(dir).read()(), E.right(rich))
      assert.is(statSync(join(dir, 'ledger.json')).mode & 0o777, 0o600)
      assert.equal(readdirSync(dir).sort(), ['ledger.head', 'ledger.json'])
      assert.is(statSync(join(dir, 'ledger.head')).mode & 0o777, 0o600)
    }))

  test('a time of day that went back is noted with the next write, and forgotten when it is later again', () =>
    withDir(async (dir) => {
      const writtenIn = (read: E.Either<unknown, Ledger>) => (E.isRight(read) ? read.right.written : read.left)
      await ledgersIn(dir).update(() => rich)()
      const before = ledgersIn(dir, NOW - 5)
      assert.equal(writtenIn(await before.read()()), { latest: NOW, behind: NOW - 5 })
      assert.equal(writtenIn(await ledgersIn(dir, NOW - 2).read()()), { latest: NOW, behind: NOW - 2 })
      await before.update((one) => one)()
      assert.equal(writtenIn(await ledgersIn(dir, NOW - 2).read()()), { latest: NOW, behind: NOW - 5 })
      assert.equal(writtenIn(await ledgersIn(dir, NOW + 2).read()()), { latest: NOW })
    }))

  test('a missing ledger is an empty one with a new key', () =>
    withDir(async (dir) => {
      assert.equal(await ledgersIn(join(dir, 'none')).read()(), E.right(emptyLedger('n')))
    }))

  const whole = JSON.stringify({ format: 1, key: 'k', scopes: [], keys: [], approvals: [], believed: [] })
  const scope = { since: 1, trusted: true, origin: '', lastSeen: [], listed: 0, users: [], spent: [] }
  test('a time for which any answer was believed, from a ledger of before, is no word on one', () =>
    withDir(async (dir) => {
      writeFileSync(join(dir, 'ledger.json'), JSON.stringify({ ...JSON.parse(whole), believed: [['account', NOW + 1]] }))
      assert.equal(await ledgersIn(dir).read()(), E.right({ ...emptyLedger('k'), believed: new Map() }))
    }))

  const withScope = (more: object): string =>
    JSON.stringify({ ...JSON.parse(whole), scopes: [['account', { ...scope, ...more }]] })
  const grace = { elapsedMs: 1, countedAt: 2 }
  const [replaced, blocked] = [
    { _tag: 'Replaced', ...grace } as const,
    { _tag: 'Blocked', statusBefore: 'sandbox', ...grace, unseen: true } as const,
  ]
  for (const [title, stored, ours, again] of [
    ['on its way out', { leaving: blocked }, { ourBlock: { _tag: 'WayOut', returnsTo: 'sandbox', ...grace, unseen: true } }],
    ['for a rule', { statusBefore: 'allowed' }, { ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } }],
    ['for dates', { statusBefore: 'allowed', dated: true }, { ourBlock: { _tag: 'Dates', returnsTo: 'allowed' } }],
    ['with its new name', { statusBefore: 'allowed', shut: true }, { ourBlock: { _tag: 'NewName', returnsTo: 'allowed' } }],
    ['of a replaced user', { leaving: replaced, statusBefore: 'a' }, { ourBlock: { _tag: 'Rule', returnsTo: 'a' }, replaced }],
    ['that there is none of', { dated: true }, {}, {}],
    [
      'for a rule over one on its way out, by a process that was killed then',
      { leaving: blocked, statusBefore: 'allowed' },
      { ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } },
      { statusBefore: 'allowed' },
    ],
  ] satisfies ReadonlyArray<readonly [string, object, Partial<UserMemory>, object?]>)
    test(`a block ${title} stands in the file as it did`, () => {
      const read = decode(withScope({ users: [['u', stored]] }))
      if (E.isLeft(read)) throw new Error(read.left)
      assert.equal(read.right.ledger.scopes.get('account')?.users.get('u'), { ...stranger, ...ours })
      const written = ledgerText(read.right)
      assert.ok(written.includes(`"users":[["u",${JSON.stringify(again ?? stored)}]]`), written)
    })

  test('a refused request, alone in a ledger of before, is one that was refused', () => {
    const refused = { wanted: 'a', live: 'b', at: 7, message: 'no' }
    const read = decode(withScope({ users: [['u', { refused }]] }))
    if (E.isLeft(read)) throw new Error(read.left)
    assert.equal(read.right.ledger.scopes.get('account')?.users.get('u')?.refused, [refused])
  })

  const bad: ReadonlyArray<readonly [string, string | Uint8Array, string]> = [
    ['an empty file', '', 'is not JSON'],
    ['a file cut off', whole.slice(0, 30), 'is not JSON'],
    ['zeros after a power cut', '\0\0\0\0', 'is not JSON'],
    ['bytes that are no text', Uint8Array.of(0xff, 0xfe), 'not text in UTF-8'],
    ['a newer format', whole.replace('1', '2'), 'format 2, written by a newer version'],
    ['a list', '[]', 'ill-formed at its top'],
    ['a missing part', '{"format":1}', 'ill-formed at key'],
    ['an unknown key', whole.replace('{', '{"more":1,'), 'ill-formed at its top'],
    ['an unknown scope', whole.replace('"scopes":[]', '"scopes":[["x",{}]]'), 'ill-formed at scopes.0.0'],
    ['a word in place of a number', withScope({ since: 'now' }), 'ill-formed at scopes.0.1.since'],
    [
      'an unknown field',
      withScope({ users: [['u', { wanted: [['colour', 'red']] }]] }),
      'ill-formed at scopes.0.1.users.0.1.wanted.0.0',
    ],
  ]
  for (const [title, text, words] of bad) {
    test(`${title} is refused, with what to do`, () =>
      withDir(async (dir) => {
        writeFileSync(join(dir, 'ledger.json'), text)
        const message = messageOf(await ledgersIn(dir).read()())
        assert.ok(message.includes(words), message)
        assert.ok(message.includes('move it away'), message)
        assert.ok(message.includes(join(dir, 'ledger.json')), message)
      }))
  }

  test('S10: each older one that is put back is seen and told once, also by who only reads; the next write ends that', () =>
    withDir(async (dir) => {
      const file = join(dir, 'ledger.json')
      const versions: Array<string> = []
      for (const key of ['a', 'b', 'c']) {
        await ledgersIn(dir).update((before) => ({ ...before, key, forgotten: undefined }))()
        versions.push(readFileSync(file, 'utf8'))
      }
      for (const [older, key] of [
        [0, 'a'],
        [1, 'b'],
      ] as const) {
        writeFileSync(file, versions[older] ?? '')
        const told: Array<string> = []
        const ledgers = ledgerFile({
          dir,
          newKey: () => 'n',
          clock: { now: () => new Date(13), ...turning() },
          onLoss: (text) => told.push(text),
        })
        for (const _ of [1, 2]) {
          const read = await ledgers.read()()
          assert.equal(E.isRight(read) && [read.right.key, read.right.forgotten], [key, { how: 'put_back', at: 13 }])
        }
        assert.equal(told.length, 1)
        assert.match(told[0] ?? '', /ledger\.json: this ledger is older than the last one written here/)
      }
      writeFileSync(file, versions[0] ?? '')
      await ledgersIn(dir).update((before) => ({ ...before, forgotten: undefined }))()
      assert.equal(await forgottenIn(dir), undefined, 'it is the last one now')
      writeFileSync(file, versions[2] ?? '')
      assert.equal(await forgottenIn(dir), { how: 'put_back', at: 13 }, 'and the one before is not')
    }))

  test('S10: a note that lags, that is old, gone or no note casts no doubt on the ledger', () =>
    withDir(async (dir) => {
      const note = join(dir, 'ledger.head')
      await ledgersIn(dir).update((before) => before)()
      const old = readFileSync(note, 'utf8')
      for (const _ of [1, 2, 3]) await ledgersIn(dir).update((before) => before)()
      for (const text of [old, '', old.slice(0, 17), 'nonsense', '{"generation":99'.padEnd(39)]) {
        writeFileSync(note, text)
        assert.equal(await forgottenIn(dir), undefined, JSON.stringify(text))
      }
      rmSync(note)
      assert.equal(await forgottenIn(dir), undefined)
    }))

  test('S10: that there was a ledger here is known by its note alone, and the loss outlives a decision taken meanwhile', () =>
    withDir(async (dir) => {
      await ledgersIn(dir).update((before) => before)()
      rmSync(join(dir, 'ledger.json'))
      assert.equal(await forgottenIn(dir), { how: 'gone', at: 13 })
      await ledgersIn(dir).update((before) => ({ ...before, believed: new Map([['account', word]]) }))()
      assert.equal(await forgottenIn(dir), { how: 'gone', at: 13 })
    }))

  test('a write that cannot be done leaves the old ledger whole', () =>
    withDir(async (dir) => {
      const ledgers = ledgersIn(dir)
      await ledgers.update(() => emptyLedger('first'))()
      mkdirSync(join(dir, 'ledger.json.new'))
      assert.ok(messageOf(await ledgers.update(() => rich)()).includes('cannot be written'))
      assert.equal(await ledgers.read()(), E.right(empty('first')))
    }))

  test('a link in place of the new file is not followed', () =>
    withDir(async (dir) => {
      writeFileSync(join(dir, 'precious'), 'precious')
      symlinkSync(join(dir, 'precious'), join(dir, 'ledger.json.new'))
      assert.ok(E.isRight(await ledgersIn(dir).update(() => rich)()))
      assert.is(readFileSync(join(dir, 'precious'), 'utf8'), 'precious')
    }))

  test('writes at the same time end with the last one', () =>
    withDir(async (dir) => {
      const ledgers = ledgersIn(dir)
      await Promise.all(['a', 'b', 'c'].map((key) => ledgers.update(() => emptyLedger(key))()))
      assert.equal(await ledgers.read()(), E.right(empty('c')))
    }))

  test('S5 S6: what another process wrote where no lock could be seen is not written over, and is there at the next look', () =>
    withDir(async (dir) => {
      const [here, there] = [ledgersIn(dir), ledgersIn(dir)]
      const and = (what: Hold['what']) => (ledger: Ledger) => ({
        ...ledger,
        holds: [...ledger.holds, { what, since: 1, until: 9e12, reason: 'r', by: 'root' }],
      })
      const counted = async () => {
        const read = await here.read()()
        return E.isRight(read) ? read.right.holds.length : read.left
      }
      await here.update(and({ _tag: 'Removals' }))()
      await there.update(and({ _tag: 'All' }))()
      const blind = (ledger: Ledger): Ledger => ({ ...ledger, holds: [] })
      for (const _again of [1, 2])
        assert.match(messageOf(await here.update(blind)()), /another process has written this ledger since .*end the other one/)
      assert.is(here.current()?.holds.length, 1)
      assert.is(await counted(), 2)
      assert.ok(E.isRight(await here.update((ledger) => ledger)()))
      assert.is(await counted(), 2)
    }))

  test('changes at the same time build on each other, and none is lost', () =>
    withDir(async (dir) => {
      const ledgers = ledgersIn(dir)
      const believe = (scope: Scope) =>
        ledgers.update((before) => ({ ...before, believed: new Map([...before.believed, [scope, word]]) }))()
      await Promise.all([believe('account'), believe('subaccount:a'), believe('subaccount:b')])
      const read = await ledgersIn(dir).read()()
      assert.equal(E.isRight(read) ? [...read.right.believed.keys()] : read, ['account', 'subaccount:a', 'subaccount:b'])
    }))

  test('bytes that are as they were say what they said, and others are read', () =>
    withDir(async (dir) => {
      const ledgers = ledgersIn(dir)
      const [written, file] = [await ledgers.update(() => rich)(), join(dir, 'ledger.json')]
      const readBack = await ledgers.read()()
      assert.ok(E.isRight(written) && E.isRight(readBack) && readBack.right === written.right)
      writeFileSync(file, readFileSync(file, 'utf8').replace('"elapsedMs":1,', '"elapsedMs":3,'))
      const changed = await ledgers.read()()
      const leaving = E.isRight(changed) ? changed.right.scopes.get('account')?.users.get('old')?.replaced : undefined
      assert.equal(leaving, { _tag: 'Replaced', elapsedMs: 3, countedAt: 2 })
      assert.equal(await ledgersIn(dir).read()(), changed)
    }))

  test('10,000 users are written and read within a second of work', () =>
    withDir(async (dir) => {
      const ledgers = ledgersIn(dir)
      const users = new Map(Array.from({ length: 10_000 }, (_, at) => [`user-${at}@acme.example`, known]))
      const memory = {
        since: 1,
        trusted: true,
        origin: '',
        lastSeen: [...users.keys()],
        listed: 10_000,
        users,
        spent: [],
        files: [],
        protected: [],
      }
      const started = process.cpuUsage()
      await ledgers.update(() => ({ ...rich, scopes: new Map([['account', memory]]) }))()
      const read = await ledgersIn(dir).read()()
      const tookMs = workedMs(started)
      assert.ok(E.isRight(read) && read.right.scopes.get('account')?.users.size === 10_000)
      const text = readFileSync(join(dir, 'ledger.json'), 'utf8')
      const again = process.cpuUsage()
      for (let round = 0; round < 5; round += 1) assert.is(JSON.stringify(JSON.parse(text)).length > 1_000_000, true)
      // A machine that is slow or busy takes longer for anything: ten times what JSON alone takes to read and write the file is enough for it.
      const mostMs = Math.max(1000, 2 * workedMs(again))
      assert.ok(tookMs < mostMs, `${tookMs} ms of ${mostMs} ms`)
    }))
})

spec('state directory', (test) => {
  test('it is made with its parents, for us alone', () =>
    withDir(async (dir) => {
      assert.equal(await openStateDir(join(dir, 'a/b'))(), E.right(undefined))
      assert.is(statSync(join(dir, 'a/b')).mode & 0o777, 0o700)
    }))

  test('one that is open to others is closed', () =>
    withDir(async (dir) => {
      chmodSync(dir, 0o777)
      assert.equal(await openStateDir(dir)(), E.right(undefined))
      assert.is(statSync(dir).mode & 0o777, 0o700)
    }))

  for (const [what, mode, name] of [
    ['everybody puts files into', 0o1777, undefined],
    ['others have files in', 0o755, 'passwd'],
  ] as const)
    test(`one that ${what} is refused, told, and left as it is`, () =>
      withDir(async (dir) => {
        if (name !== undefined) writeFileSync(join(dir, name), '')
        chmodSync(dir, mode)
        for (const path of [dir, `${dir}/.`]) {
          const message = messageOf(await openStateDir(path)())
          assert.match(message, 'the state directory cannot be used: it is open to others')
          assert.match(message, `such as ${dir}/smtp2go-reconciler, or chmod 0700 ${dir}`)
        }
        assert.is(statSync(dir).mode & 0o7777, mode)
        const facts = await inspectStateDir(dir)
        assert.ok(facts._tag === 'There' && facts.shared !== undefined)
        chmodSync(dir, 0o700)
        assert.equal(await openStateDir(dir)(), E.right(undefined))
      }))

  test('a file in its place is refused', () =>
    withDir(async (dir) => {
      writeFileSync(join(dir, 'file'), '')
      assert.ok(messageOf(await openStateDir(join(dir, 'file'))()).includes('a file is in the way'))
    }))

  test('one that two make at once is made once', () =>
    withDir(async (dir) => {
      const both = await Promise.all([1, 2].map(() => openStateDir(join(dir, 'a/b/c'))()))
      assert.equal(both, [E.right(undefined), E.right(undefined)])
    }))

  test('a link that leads nowhere is refused', () =>
    withDir(async (dir) => {
      symlinkSync(join(dir, 'gone'), join(dir, 'link'))
      assert.ok(messageOf(await openStateDir(join(dir, 'link'))()).includes('a link that leads nowhere is in the way'))
    }))

  test('one in a folder that takes no new one ends so, and goes round for ever nowhere', async () =>
    assert.ok(messageOf(await openStateDir('/proc/nope/state')()).includes('ENOENT; check owner')))

  test('one that belongs to somebody else is refused', () =>
    withDir(async (dir) => {
      if (process.geteuid?.() !== 0) return
      const { chownSync } = await import('node:fs')
      chownSync(dir, 12_345, 12_345)
      assert.ok(messageOf(await openStateDir(dir)()).includes('belongs to uid 12345'))
    }))
})
