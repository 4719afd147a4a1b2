// Adopting, as text: what is added stands in the right list, and all else is byte for byte as it was.
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { adopted } from '../../src/config/adopt.ts'
import type { Unsaid } from '../../src/config/unsaid.ts'
import type { LiveState } from '../../src/domain/user/live.ts'
import type { Scope } from '../../src/domain/wanted/scope.ts'
import { spec } from '../support/spec.ts'

const live = (scope: Scope, ...names: ReadonlyArray<string>): LiveState => ({
  scope,
  users: names.map((username) => ({ username, settings: { description: 'as it is' }, sendingAllowed: true })),
  returned: new Set(),
  unknownKeys: [],
})

const after = (text: string, ...states: ReadonlyArray<LiveState>): string =>
  adopted({
    texts: [{ name: 'config.yaml', text }],
    states,
    defaultsOf: () => ({}),
    unsaid: () => new Map(),
    isKnown: (username) => username.startsWith('old'),
  }).edits[0]?.after ?? text

const notesOf = (text: string, unsaid: Unsaid, ...states: ReadonlyArray<LiveState>): ReadonlyArray<string> =>
  adopted({
    texts: [{ name: 'config.yaml', text }],
    states,
    defaultsOf: () => ({}),
    unsaid,
    isKnown: (username) => username.startsWith('old'),
  }).notes

const NEW = live('account', 'new@a.example')

spec('adopt', (test) => {
  const rows: ReadonlyArray<readonly [string, string, string]> = [
    [
      'after the last of a block list, behind its comments, with its indent',
      'users:\n  # the first\n  - username: old1@a.example # why\n\n  - username: old2@a.example   # odd   space\n    # more of it\n\n# next\ndefaults: {}\n...\n',
      'users:\n  # the first\n  - username: old1@a.example # why\n\n  - username: old2@a.example   # odd   space\n    # more of it\n  - username: new@a.example\n    description: as it is\n\n# next\ndefaults: {}\n...\n',
    ],
    [
      'without indent, and without a line end at the end',
      'users:\n- username: old1@a.example',
      'users:\n- username: old1@a.example\n- username: new@a.example\n  description: as it is\n',
    ],
    [
      'after flow entries in a block list',
      'users:\n  - { username: old1@a.example } # one\nversion: 1\n',
      'users:\n  - { username: old1@a.example } # one\n  - username: new@a.example\n    description: as it is\nversion: 1\n',
    ],
    [
      'after a text of several lines',
      'users:\n  - username: old1@a.example\n    feedback_html: |\n      <p>\n      text\n\nversion: 1\n',
      'users:\n  - username: old1@a.example\n    feedback_html: |\n      <p>\n      text\n  - username: new@a.example\n    description: as it is\n\nversion: 1\n',
    ],
    [
      'after a text that keeps its blank lines',
      'users:\n  - username: old1@a.example\n    feedback_html: |+\n      text\n\nversion: 1\n',
      'users:\n  - username: old1@a.example\n    feedback_html: |+\n      text\n\n  - username: new@a.example\n    description: as it is\nversion: 1\n',
    ],
    ['into an empty list', 'users: [] # none yet\n', 'users: [{ username: new@a.example, description: as it is }] # none yet\n'],
    [
      'at the end of a flow list',
      'users: [{ username: old1@a.example }, ]\n',
      'users: [{ username: old1@a.example }, { username: new@a.example, description: as it is }, ]\n',
    ],
    [
      'with the line ends of the file',
      'users:\r\n  - username: old1@a.example\r\n',
      'users:\r\n  - username: old1@a.example\r\n  - username: new@a.example\r\n    description: as it is\r\n',
    ],
  ]
  for (const [title, before, expected] of rows) test(title, () => assert.is(after(before, NEW), expected))

  test("a subaccount's users go to its own list, those of two scopes or odd names nowhere", () => {
    const text =
      'users: []\nsubaccounts:\n  - id: Sub1\n    users:\n      - username: old1@a.example\n  - { id: Sub2, users: [] }\n'
    const states = [
      live('subaccount:Sub1', 'sub@b.example', 'twice@b.example'),
      live('subaccount:Sub2', 'TWICE@b.example', 'a\u0007@b'),
    ]
    assert.is(
      after(text, ...states),
      text.replace('old1@a.example\n', 'old1@a.example\n      - username: sub@b.example\n        description: as it is\n'),
    )
    const twice = 'the same name is live in another scope too, or in other letters; no config can list both'
    assert.equal(
      notesOf(text, () => new Map(), ...states),
      [
        `subaccount:Sub1: "twice@b.example" is left out: ${twice}`,
        `subaccount:Sub2: "TWICE@b.example" is left out: ${twice}`,
        'subaccount:Sub2: "a\\u0007@b" is left out: its name holds control characters, or half a character',
      ],
    )
  })

  test('of what is left unsaid of a user who is adopted it is said why', () => {
    const unsaid = () => new Map([['description', { why: 'the rule R sets it', isSet: true }]] as const)
    assert.equal(notesOf('users: []\n', unsaid, NEW), ['account: "new@a.example": description is left out: the rule R sets it'])
  })

  const into = (texts: ReadonlyArray<string>, ...states: ReadonlyArray<LiveState>) =>
    adopted({
      texts: texts.map((text, at) => ({ name: `${at}.yaml`, text })),
      states,
      defaultsOf: (scope) => (scope === 'account' ? {} : { description: 'as it is' }),
      unsaid: () => new Map(),
      isKnown: (username) => username.startsWith('old'),
    }).edits.map(({ name, added, after: text }) => [name, added.map(({ scope, username }) => `${scope} ${username}`), text])

  test('a text of several lines stays on the line of a flow list', () => {
    const lines = 'A customer, "Acme"\nof many lines: <p>{{ name }}</p>\n\nand of more than forty characters\n'
    const [plain, flow] = [
      'two words\nand two more',
      'subaccounts:\n  - id: B\n    defaults: {}\n    users: []\n    absent: []\n',
    ]
    for (const description of [lines, plain, `${lines}\t\u2028it's`]) {
      const [user, ...others] = live('subaccount:B', 'new@a.example').users
      const state = { ...live('subaccount:B'), users: user === undefined ? others : [{ ...user, settings: { description } }] }
      const text = after(flow, state)
      assert.is(text.split('\n').length, flow.split('\n').length)
      assert.equal(parse(text).subaccounts[0].users, [{ username: 'new@a.example', description }])
    }
  })

  test('nothing changes where nobody is new, where there is no file, and in files of others', () => {
    assert.equal(into(['users: []\n'], live('account', 'old1@a.example')), [])
    assert.equal(into([], NEW), [])
    const two = ['version: 1\ninclude: ["1.yaml"]\n', 'users: []\n']
    assert.equal(into(two, NEW), [
      ['1.yaml', ['account new@a.example'], 'users: [{ username: new@a.example, description: as it is }]\n'],
    ])
  })

  test('each scope finds its own list, in whatever file, the names in order, beside the defaults of the scope', () => {
    const [main, sub] = [
      'users:\n  - username: old1@a.example\n',
      'subaccounts:\n  - id: Other\n    users: []\n  - id: B\n    users: []\n',
    ]
    assert.equal(into([main, sub], live('account', 'z@a.example', 'b@a.example'), live('subaccount:B', 'c@b.example')), [
      [
        '0.yaml',
        ['account b@a.example', 'account z@a.example'],
        `${main}  - username: b@a.example\n    description: as it is\n  - username: z@a.example\n    description: as it is\n`,
      ],
      [
        '1.yaml',
        ['subaccount:B c@b.example'],
        sub.replace('id: B\n    users: []', 'id: B\n    users: [{ username: c@b.example }]'),
      ],
    ])
  })

  test('two scopes may share a file, whichever of their lists stands first, and what is in no list goes nowhere', () => {
    const text = 'users: []\nsubaccounts: [{ id: B, users: [] }]\n'
    assert.equal(into([text], NEW, live('subaccount:B', 'c@b.example')), [
      [
        '0.yaml',
        ['account new@a.example', 'subaccount:B c@b.example'],
        'users: [{ username: new@a.example, description: as it is }]\nsubaccounts: [{ id: B, users: [{ username: c@b.example }] }]\n',
      ],
    ])
    const turned = 'subaccounts:\n  - id: B\n    users:\n      - username: old@b.example\nusers:\n  - username: old@a.example'
    assert.is(
      after(turned, NEW, live('subaccount:B', 'c@b.example')),
      turned
        .replace('old@b.example\n', 'old@b.example\n      - username: c@b.example\n        description: as it is\n')
        .concat('\n  - username: new@a.example\n    description: as it is\n'),
    )
    assert.equal(into(['version: 1\n'], NEW), [])
  })
})
