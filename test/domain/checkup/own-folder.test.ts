// Which folder may be closed to everybody but us: never one that others are at home in, always one that was ours before.
import * as assert from 'uvu/assert'
import { sharedFolder } from '../../../src/domain/checkup/own-folder.ts'
import { spec } from '../../support/spec.ts'

const LEFT = [
  'lock',
  'lock.sock',
  'lock.0a-1b-old',
  'control.sock',
  'told.json',
  'throttled.json',
  'sandbox.lock',
  'sandbox.json',
  'sandbox-users.json',
]
const OURS = ['ledger.json', 'ledger.json.bad', 'ledger.head', 'journal.jsonl', 'journal-814.jsonl', 'journal.head']

spec('a folder that would be closed to all but us', (test) => {
  for (const [what, mode, names] of [
    ['is empty', 0o755, []],
    ['is empty, and anybody may write into it, as in a container', 0o777, []],
    ['is a new file system', 0o755, ['lost+found']],
    ['has what a run left that came to nothing', 0o755, LEFT],
    ['is closed to others already, whatever is in it', 0o700, ['passwd']],
    ['is closed to others already, and was sticky', 0o1700, ['passwd']],
    ...OURS.map((name) => [`was ours before, by its ${name}`, 0o775, ['api-key', name]] as const),
  ] as const)
    test(`may be where it ${what}`, () => assert.is(sharedFolder({ path: '/data', mode, names }), undefined))

  const alone =
    'all others would be locked out of it: name a folder for this program alone with --state-dir or state_dir, such as'
  const other = `${alone} '/a b/smtp2go-reconciler', or chmod 0700 '/a b' where nobody else needs it`
  for (const [path, mode, names, what, advice] of [
    ['/', 0o755, [], 'is the root of the file system', `${alone} /smtp2go-reconciler`],
    ['/', 0o700, OURS, 'is the root of the file system', `${alone} /smtp2go-reconciler`],
    ['/a b', 0o1777, [], "is open to others (mode 01777), as a folder for everybody's files", other],
    ['/a b', 0o1777, OURS, "is open to others (mode 01777), as a folder for everybody's files", other],
    ['/a b', 0o755, ['passwd', 'lock'], 'is open to others (mode 0755) and holds what is not ours, such as passwd', other],
    ['/a b', 0o750, ['x\u001b[2J'], 'is open to others (mode 0750) and holds what is not ours, such as x\\u{1b}[2J', other],
    [
      '/a b',
      0o2770,
      [...LEFT, 'my-ledger.json'],
      'is open to others (mode 02770) and holds what is not ours, such as my-ledger.json',
      other,
    ],
  ] as const)
    test(`may not be where ${path} with ${mode.toString(8)} and ${names.join(' ')} ${what}`, () =>
      assert.equal(sharedFolder({ path, mode, names }), { what, advice }))
})
