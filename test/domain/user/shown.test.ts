// Both sides of a change as they are shown: alike, short, never a secret, and the same word for what is not known everywhere.
import * as assert from 'uvu/assert'
import type { FieldName, Value } from '../../../src/domain/user/settings.ts'
import { shownField, valueInFinding } from '../../../src/domain/user/shown.ts'
import { newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const LONG = 'x'.repeat(100)
const ROWS: ReadonlyArray<readonly [field: FieldName, from: Value | undefined, to: Value, shown: string]> = [
  ['status', 'blocked', 'allowed', 'blocked → allowed'],
  ['description', 'mine', 'Fax gateway', '"mine" → "Fax gateway"'],
  ['description', 'Fax gateway', 'mine', '"Fax gateway" → "mine"'],
  ['description', '', 'mine', '"" → "mine"'],
  ['description', undefined, 'mine', '(not known) → mine'],
  ['ip_pool', 0, 1234, '0 → 1234'],
  ['click_tracking_enabled', undefined, true, '(not known) → true'],
  ['email_password', undefined, newSecret(), '(sensitive) → (sensitive)'],
  ['feedback_html', 'a', `<p>${'x'.repeat(100)}`, `"a" → "<p>${'x'.repeat(56)}…`],
  ['feedback_html', LONG, `${LONG}!`, '"…xxxxxxxx" → "…xxxxxxxx!"'],
  [
    'feedback_html',
    `${LONG} <old>${LONG}`,
    `${LONG} <new>${LONG}`,
    `"…xxxxxx <old>${'x'.repeat(46)}… → "…xxxxxx <new>${'x'.repeat(46)}…`,
  ],
  ['audit_email', `${LONG}@a.example`, `${LONG}@b.example`, '…xxxxxxx@a.example → …xxxxxxx@b.example'],
  ['feedback_html', `<p>${LONG}`, '<p>', `"<p>${'x'.repeat(56)}… → "<p>"`],
]

spec('a changed field as it is shown', (test) => {
  for (const [field, before, after, shown] of ROWS)
    test(`${field}: ${shown}`, () => {
      const { from, to } = shownField({ field, from: before, to: after, source: 'config.yaml:1:1 user' })
      assert.is(`${from} → ${to}`, shown)
    })
})

spec('a value as it stands in a finding', (test) => {
  for (const [value, shown] of [
    [undefined, 'undefined'],
    [1234, '1234'],
    ['', 'empty'],
    ['fax@a.example', 'fax@a.example'],
    ['Fax gateway', '"Fax gateway"'],
    [LONG, `"${'x'.repeat(48)}"… (100 characters)`],
  ] satisfies ReadonlyArray<readonly [Value | undefined, string]>)
    test(shown, () => assert.is(valueInFinding(value), shown))
})
