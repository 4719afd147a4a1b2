// The last result in words, as a service manager shows it.
import * as assert from 'uvu/assert'
import type { ScopeStatus } from '../../src/daemon/scope-status.ts'
import type { Status } from '../../src/daemon/status.ts'
import { frozenBy, starting, unready } from '../../src/daemon/status.ts'
import { statusLine } from '../../src/daemon/status-line.ts'
import { spec } from '../support/spec.ts'

const AT = '2026-01-01T00:00:00.000Z'
const good: ScopeStatus = {
  scope: 'account',
  knownSince: AT,
  digest: undefined,
  lookedAt: undefined,
  inSyncSince: AT,
  verifiedAt: AT,
  unlisted: 0,
  drift: [],
  driftSince: undefined,
  missed: [],
  inSync: 3,
  liveUsers: 4,
  changes: 0,
  held: [],
  findings: [],
  resolved: [],
  error: undefined,
}
const held = { username: 'a@a.example', change: 'block', reason: 'capped', message: 'canary', fields: [] }
const error = { kind: 'suspicious_answer', message: 'canary' } as const
const defect = { _tag: 'Defect', message: 'canary' } as const
const locked = { _tag: 'Locked', pid: 7, message: 'canary' } as const

const rows: ReadonlyArray<readonly [given: Partial<Status>, text: string]> = [
  [{ scopes: [good] }, 'in sync: 3 users in 1 scope'],
  [{ scopes: [good, { ...good, inSync: 1 }] }, 'in sync: 4 users in 2 scopes'],
  [{ scopes: [{ ...good, held: [held], lookedAt: undefined, inSyncSince: undefined }] }, '1 change held; see `status`'],
  [
    { scopes: [{ ...good, held: [{ ...held, reason: 'awaiting_grace' }] }] },
    'in sync: 3 users in 1 scope; 1 change to come when grace has passed',
  ],
  [
    { scopes: [{ ...good, held: [{ ...held, reason: 'awaiting_grace' }], inSyncSince: undefined }] },
    'some changes did not take; see `status`',
  ],
  [
    { scopes: [good, { ...good, error, lookedAt: undefined, inSyncSince: undefined }] },
    '1 of 2 scopes stopped (suspicious answer); see `status`',
  ],
  [{ scopes: [{ ...good, lookedAt: undefined, inSyncSince: undefined }] }, 'some changes did not take; see `status`'],
  [
    { scopes: [good], configFailure: defect },
    'the config file is broken, drift is only reported until it is mended; see `status`',
  ],
  [
    { scopes: [good], configFailure: locked },
    'the key that the config names has another writer, drift is only reported until it is mended; see `status`',
  ],
  [{ lastRun: { at: AT, by: 'start', outcome: 'failed', exitCode: 1 } }, 'the last run failed; see `status`'],
]

spec('the status line', (test) => {
  for (const [given, text] of rows) test(text, () => assert.is(statusLine({ ...starting(AT), ...given }), text))

  test('a key that has another writer is no config that is not valid, also for who asks whether the daemon is ready', () => {
    const of = (configFailure: Status['configFailure']) => unready({ ...starting(AT), completed: 1, configFailure })
    assert.is(of(undefined), undefined)
    assert.is(of(defect), 'the config file is broken, see: smtp2go-reconciler status')
    assert.is(of(locked), 'the key that the config names has another writer, see: smtp2go-reconciler status')
    assert.match(frozenBy(locked), /^the key that the config names has another writer; /)
  })
})
