// A process that writes one event of each kind, and nasty text, to its log; the arguments are the format and a secret that nobody may see.
import { logger, tellToLog } from '../../src/adapters/log.ts'
import type { Change, Plan } from '../../src/domain/plan/plan.ts'
import { Secret } from '../../src/domain/user/secret.ts'

const log = logger({ level: 'debug', format: process.argv[2] === 'json' ? 'json' : 'pretty' })
const tell = tellToLog(() => log)
const CANARY = process.argv[3] ?? ''
const canary = new Secret(CANARY)
const change: Change = {
  change: 'update',
  username: 'evil\u001b[2J\u202e\n@acme.example',
  cause: 'drift',
  fields: [
    { field: 'status', from: 'blocked', to: 'allowed', source: 'c' },
    { field: 'email_password', from: undefined, to: canary, source: 'c' },
    { field: 'description', from: canary, to: 'x'.repeat(100), source: 'c' },
  ],
}
const plan: Plan = {
  digest: 'd',
  config: { files: ['config.yaml'], digest: 'd' },
  scopes: [{ _tag: 'Errored', scope: 'subaccount:b', error: { kind: 'unreachable', message: 'no way\u009b' } }],
  cost: { requests: 1, seconds: 1 },
}
const problem = {
  file: 'config.yaml',
  line: 3,
  column: 5,
  path: 'users[0].x',
  message: 'unknown key',
  hint: 'remove it',
  excerpt: CANARY,
}

tell({ _tag: 'RunStarted', runId: 'r1', by: 'start' })
tell({ _tag: 'ConfigTaken', files: ['config.yaml'], digest: 'd', scopes: [] })
tell({
  _tag: 'ConfigBroken',
  failure: { _tag: 'ConfigInvalid', problems: Array.from({ length: 7 }, () => problem) },
  lastGood: true,
})
tell({ _tag: 'PlanMade', runId: 'r1', plan })
tell({ _tag: 'ChangeEnded', runId: 'r1', scope: 'account', ended: { ...change, outcome: 'verified' }, done: 1, due: 2 })
tell({
  _tag: 'ChangeEnded',
  runId: 'r1',
  scope: 'account',
  ended: { ...change, change: 'create', outcome: 'failed', error: 'refused' },
  done: 2,
  due: 2,
})
tell({
  _tag: 'RunEnded',
  report: {
    runId: 'r1',
    plan,
    ended: new Map(),
    outcome: 'partial',
    exitCode: 4,
    pausedUntil: undefined,
    requests: 3,
    durationMs: 1234,
  },
})
tell({ _tag: 'RunFailed', runId: 'r1', failure: { _tag: 'Locked', pid: 7, message: 'pid 7 uses it' } })
tell({ _tag: 'RunFailed', failure: { _tag: 'Locked', pid: 7, message: 'pid 7 uses it' } })
tell({ _tag: 'Notice', level: 'warn', message: 'the watcher is deaf' })
log.error(
  { err: new Error(CANARY), error: new TypeError(CANARY), password: CANARY, user: { email_password: CANARY }, secret: canary },
  'direct',
)
tell({
  _tag: 'ChangeEnded',
  runId: 'r2',
  scope: 'account',
  ended: { change: 'create', username: 'two@acme.example', cause: 'config', fields: [], outcome: 'verified' },
  done: 1,
  due: 1,
})
// The last line is there although the process ends at once.
process.kill(process.pid, 'SIGKILL')
