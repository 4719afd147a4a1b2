// What the service says when it refuses, with the texts that were seen of it, in every envelope, and what each becomes in our words.
import { randomInt } from 'node:crypto'
import * as assert from 'uvu/assert'
import { type Answer, failureOf } from '../../../src/adapters/smtp2go/faults.ts'
import { retryAfter } from '../../../src/adapters/smtp2go/quota.ts'
import { confidence } from '../../../src/adapters/smtp2go/tell.ts'
import { type ApiFailure, concerns, describe, outcomeUnknown } from '../../../src/domain/basics/failure.ts'
import { Secret } from '../../../src/domain/user/secret.ts'
import { newKey, newPassword } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const KEY = newKey()
const PASSWORD = `${newPassword()}_+%!`
const USERNAME = 'api_key-already-exists@acme.example'
const tell = confidence().teller([new Secret(KEY), new Secret(PASSWORD)])
const asked = {
  endpoint: '/users/smtp/edit',
  texts: [USERNAME, 'rate limited printer'],
  proof: { works: false, mayCall: false },
  looksAtSubaccount: false,
  tell,
}

type Told = { readonly error: string; readonly error_code?: string; readonly field_validation_errors?: unknown }
const code = (name: string): string => `E_ApiResponseCodes.${name}`
const PAYLOAD = 'An error occurred processing the json data you sent'
const field = (fieldname: string, message: string) => ({ fieldname, message })
// The text stands in the tests of the provider's own clients for Python and Ruby.
const BADLY_FORMED =
  'The API Key passed was not in the correct format, Please check the key is correct and try again, The full API key can be found in the API Keys section in the admin console.'
const BAD_STATUS =
  "The field 'status' was expecting a value from the allowed list [allowed, blocked, sandbox] but instead found 'perhaps', Please correct your JSON payload and try again."

/** Status, what was told, and what it is: its name with the field where it has one. */
const TOLD: ReadonlyArray<readonly [status: number, told: Told, is: string]> = [
  [
    400,
    { error: 'You do not have permission to access this API endpoint', error_code: code('ENDPOINT_PERMISSION_DENIED') },
    'PermissionMissing',
  ],
  [403, { error: 'You do not have permission to access this API endpoint' }, 'PermissionMissing'],
  [400, { error: "An API User matching the passed 'api_key' was not found", error_code: code('API_EXCEPTION') }, 'KeyRefused'],
  [401, { error: "An API User matching the passed 'api_key' was not found", error_code: code('API_EXCEPTION') }, 'KeyRefused'],
  [500, { error: "An API User matching the passed 'api_key' was not found", error_code: code('API_EXCEPTION') }, 'KeyRefused'],
  [403, { error: 'The api_key is missing or malformed', error_code: code('INVALID_IN_PAYLOAD') }, 'KeyRefused'],
  [400, { error: BADLY_FORMED }, 'KeyRefused'],
  [400, { error: BADLY_FORMED, error_code: code('API_EXCEPTION') }, 'KeyRefused'],
  [
    400,
    { error: PAYLOAD, error_code: code('NON_VALIDATING_IN_PAYLOAD'), field_validation_errors: field('api_key', BADLY_FORMED) },
    'KeyRefused',
  ],
  [400, { error: PAYLOAD, field_validation_errors: { api_key: BADLY_FORMED } }, 'KeyRefused'],
  [401, { error: 'This account is closed' }, 'KeyRefused'],
  [403, { error: 'Forbidden' }, 'KeyRefused'],
  [
    429,
    { error: 'This endpoint is rate limited to 1 request every 60 seconds', error_code: code('REQ_LIMIT_EXCEEDED') },
    'Throttled',
  ],
  [400, { error: 'This endpoint is rate limited to 1 request every 60 seconds' }, 'Throttled'],
  [400, { error: 'API key ratelimit exceeded' }, 'Throttled'],
  [429, { error: 'anything at all' }, 'Throttled'],
  [
    400,
    { error: PAYLOAD, error_code: code('NON_VALIDATING_IN_PAYLOAD'), field_validation_errors: field('status', BAD_STATUS) },
    'InvalidRequest status',
  ],
  [
    400,
    { error: PAYLOAD, error_code: code('NON_VALIDATING_IN_PAYLOAD'), field_validation_errors: [field('status', BAD_STATUS)] },
    'InvalidRequest status',
  ],
  [
    400,
    { error: PAYLOAD, error_code: code('NON_VALIDATING_IN_PAYLOAD'), field_validation_errors: { status: BAD_STATUS } },
    'InvalidRequest status',
  ],
  [400, { error: PAYLOAD, error_code: code('NON_VALIDATING_IN_PAYLOAD') }, 'InvalidRequest'],
  [400, { error: PAYLOAD, error_code: code('NON_VALIDATING_IN_PAYLOAD'), field_validation_errors: [] }, 'InvalidRequest'],
  [400, { error: PAYLOAD, error_code: code('NON_VALIDATING_IN_PAYLOAD'), field_validation_errors: 'odd' }, 'InvalidRequest'],
  [
    400,
    { error: PAYLOAD, field_validation_errors: field('email_password', `'${PASSWORD}' is too weak`) },
    'InvalidRequest email_password',
  ],
  [
    400,
    { error: PAYLOAD, field_validation_errors: field('description', "found 'rate limited printer'") },
    'InvalidRequest description',
  ],
  [400, { error: PAYLOAD, field_validation_errors: field('<b>\u202e', 'odd') }, 'Rejected'],
  [413, { error: PAYLOAD, error_code: code('NON_VALIDATING_IN_PAYLOAD') }, 'InvalidRequest'],
  [
    400,
    { error: 'A sender domain matching the passed value of X already exists', error_code: code('API_EXCEPTION') },
    'NameTaken',
  ],
  [
    400,
    { error: `An SMTP user matching the passed value of ${USERNAME} already exists`, error_code: code('API_EXCEPTION') },
    'NameTaken',
  ],
  [
    403,
    { error: `An SMTP user matching the passed value of ${USERNAME} already exists`, error_code: code('API_EXCEPTION') },
    'NameTaken',
  ],
  [403, { error: 'x already exists' }, 'KeyRefused'],
  [403, { error: 'x already exists', error_code: 'FORBIDDEN' }, 'KeyRefused'],
  [403, { error: 'x is not allowed', error_code: code('API_EXCEPTION') }, 'KeyRefused'],
  [400, { error: `The user ${USERNAME} was refused`, error_code: code('API_EXCEPTION') }, 'Rejected'],
  [400, { error: "The value 'rate limited printer' was refused", error_code: code('API_EXCEPTION') }, 'Rejected'],
  [400, { error: 'This username has been taken' }, 'NameTaken'],
  [
    400,
    { error: "Failed to remove the single sender email - x or it doesn't exist", error_code: code('API_EXCEPTION') },
    'NotFound',
  ],
  [400, { error: 'An SMTP user matching the passed value of x was not found', error_code: code('API_EXCEPTION') }, 'NotFound'],
  [403, { error: 'An SMTP user matching the passed value of x was not found', error_code: code('API_EXCEPTION') }, 'NotFound'],
  [403, { error: "An API User matching the passed 'api_key' was not found", error_code: code('API_EXCEPTION') }, 'KeyRefused'],
  [404, { error: 'gone', error_code: code('API_EXCEPTION') }, 'NotFound'],
  [400, { error: 'Free plans can add a maximum of 5 verified senders', error_code: code('API_EXCEPTION') }, 'Rejected'],
  [408, { error: 'Request timeout' }, 'ServerTrouble'],
  [500, { error: 'Internal error', error_code: code('API_EXCEPTION') }, 'ServerTrouble'],
  [503, { error: 'x already exists' }, 'ServerTrouble'],
  [
    500,
    { error: 'An SMTP user matching the passed value of x already exists', error_code: code('API_EXCEPTION') },
    'ServerTrouble',
  ],
]

/** What says nothing of its own with a 403, or is said by what stands in between. */
const BY_STATUS: ReadonlySet<string> = new Set(['Forbidden', 'x already exists', 'x is not allowed'])

/** Answers without a word of the service: the body that came, parsed. */
const WORDLESS: ReadonlyArray<readonly [status: number, json: unknown, is: string]> = [
  undefined,
  {},
  { data: {} },
  { data: [] },
  'text',
  null,
].flatMap(
  (json): ReadonlyArray<readonly [number, unknown, string]> => [
    [400, json, 'Rejected'],
    [401, json, 'KeyRefused'],
    [403, json, 'KeyRefused'],
    [404, json, 'NotFound'],
    [408, json, 'ServerTrouble'],
    [413, json, 'InvalidRequest'],
    [421, json, 'ServerTrouble'],
    [425, json, 'ServerTrouble'],
    [429, json, 'Throttled'],
    [500, json, 'ServerTrouble'],
    [502, json, 'ServerTrouble'],
    [503, json, 'ServerTrouble'],
    [504, json, 'ServerTrouble'],
    [301, json, 'IllFormed'],
    [304, json, 'IllFormed'],
  ],
)

const answer = (status: number, json: unknown): Answer => ({ status, headers: new Headers(), json, now: 0 })
const nameOf = (failure: ApiFailure | undefined): string =>
  failure === undefined
    ? 'success'
    : failure._tag === 'InvalidRequest' && failure.field !== undefined
      ? `${failure._tag} ${failure.field}`
      : failure._tag

const ADVICE: { readonly [T in ApiFailure['_tag']]: RegExp } = {
  Throttled: /nothing more is sent for at least a minute/,
  KeyRefused: /check api\.key, the endpoint's region and the key's IP allow list/,
  PermissionMissing: /may not call \/users\/smtp\/edit; grant it that endpoint/,
  InvalidRequest: /mend .* in the config/,
  NameTaken: /choose another username/,
  NotFound: /check api\.endpoint and the subaccount's id/,
  Forbidden: /the key works otherwise, so look at this user/,
  Rejected: /look at the limits of your SMTP2GO plan/,
  ServerTrouble: /HTTP (?:5\d\d|408|421|425).*looks first and tries again/,
  Unreachable: /looks first and tries again/,
  IllFormed: /check api\.endpoint and what stands between/,
}

const everyFailure = (): ReadonlyArray<ApiFailure> =>
  [
    ...TOLD.flatMap(([status, told]) => [failureOf(answer(status, { request_id: 'r', data: told }), asked)]),
    ...WORDLESS.map(([status, json]) => failureOf(answer(status, json), asked)),
  ].flatMap((failure) => (failure === undefined ? [] : [failure]))

spec('what the service says when it refuses', (test) => {
  test('the same words are the same failure, nested or flat', () => {
    for (const [status, told, is] of TOLD) {
      const what = `${status} ${JSON.stringify(told)}`
      assert.is(nameOf(failureOf(answer(status, { request_id: 'r', data: told }), asked)), is, what)
      assert.is(nameOf(failureOf(answer(status, told), asked)), is, `flat ${what}`)
    }
  })

  test('what a value has in common with the words says nothing: neither hides it a refused key, nor is it taken for one', () => {
    const named = (error: string, text: string): string =>
      nameOf(failureOf(answer(400, { data: { error } }), { ...asked, texts: [text] }))
    for (const error of [
      "An API User matching the passed 'api_key' was not found",
      'The api_key is missing or malformed',
      'Invalid API key',
      'Error: the API key was disabled',
      BADLY_FORMED,
    ])
      for (const text of [...error.split(' '), error, 'API', 'api_key', 'a', ' ', ''])
        assert.is(named(error, text), 'KeyRefused', text)
    assert.is(named('API key ratelimit exceeded', 'ratelimit'), 'Throttled')
    assert.is(named('Too many requests', 'Too many requests'), 'Throttled')
    assert.is(named("An SMTP user matching the passed value of 'api_key' was not found", 'api_key'), 'NotFound')
    assert.is(named("The value 'Invalid API key' is too odd", 'Invalid API key'), 'Rejected')
    assert.is(named('The value ratelimit exceeded is too odd', 'ratelimit exceeded'), 'Rejected')
  })

  test('an error inside a 200 is a failure, and without the help of the status still the right one', () => {
    for (const [status, told, is] of TOLD) {
      if (status !== 400) continue
      assert.is(nameOf(failureOf(answer(200, { request_id: 'r', data: told }), asked)), is, JSON.stringify(told))
    }
  })

  test('words in a list of failures count as others do', () => {
    const failed = (...failures: ReadonlyArray<unknown>) =>
      failureOf(answer(400, { data: { succeeded: 0, failed: 1, failures } }), asked)
    assert.equal(failed(BADLY_FORMED), { _tag: 'KeyRefused', message: BADLY_FORMED })
    assert.is(nameOf(failed('x already exists', BADLY_FORMED)), 'NameTaken', 'the first is told')
    for (const failures of [[], [1]]) assert.equal(failed(...failures), { _tag: 'Rejected', message: 'HTTP 400 without a word' })
  })

  test('without a word of the service the status counts', () => {
    for (const [status, json, is] of WORDLESS)
      assert.is(nameOf(failureOf(answer(status, json), asked)), is, `${status} ${JSON.stringify(json)}`)
    assert.is(failureOf(answer(200, { data: { results: [] } }), asked), undefined)
  })

  test('a 403 without a word of the key is one of what was asked, once the key has had a good answer', () => {
    const proven = { ...asked, proof: { works: true, mayCall: false } }
    const isOf = (status: number, json: unknown): string => nameOf(failureOf(answer(status, json), proven))
    for (const [status, told, is] of TOLD)
      assert.is(
        isOf(status, { data: told }),
        status === 403 && BY_STATUS.has(told.error) ? 'Forbidden' : is,
        JSON.stringify(told),
      )
    for (const [status, json, is] of WORDLESS) assert.is(isOf(status, json), status === 403 ? 'Forbidden' : is, String(status))
    assert.is(isOf(403, { data: { error: 'This subaccount is closed' } }), 'Forbidden')
  })

  test('of a key that works, words of what it may not touch are of what was asked, and words of the key itself still of the key', () => {
    const worded = (
      works: boolean,
      mayCall: boolean,
      status: number,
      error: string,
      error_code = code('API_EXCEPTION'),
    ): string => nameOf(failureOf(answer(status, { data: { error, error_code } }), { ...asked, proof: { works, mayCall } }))
    const DENIED = 'You do not have permission to access this API endpoint'
    const NO_ACCESS = 'This API key does not have access to the subaccount'
    for (const [error, error_code, status, unproven, works, called] of [
      [DENIED, code('ENDPOINT_PERMISSION_DENIED'), 400, 'PermissionMissing', 'PermissionMissing', 'Forbidden'],
      [DENIED, code('ENDPOINT_PERMISSION_DENIED'), 403, 'PermissionMissing', 'PermissionMissing', 'Forbidden'],
      ['no', code('ENDPOINT_PERMISSION_DENIED'), 400, 'PermissionMissing', 'PermissionMissing', 'Forbidden'],
      [DENIED, undefined, 400, 'PermissionMissing', 'PermissionMissing', 'Forbidden'],
      [NO_ACCESS, undefined, 400, 'KeyRefused', 'Forbidden', 'Forbidden'],
      [NO_ACCESS, undefined, 403, 'KeyRefused', 'Forbidden', 'Forbidden'],
      [NO_ACCESS, undefined, 401, 'KeyRefused', 'KeyRefused', 'KeyRefused'],
      // A failing service may have done it, whatever it says.
      [NO_ACCESS, undefined, 500, 'KeyRefused', 'ServerTrouble', 'ServerTrouble'],
      ['The API key is not permitted to edit this user', undefined, 400, 'KeyRefused', 'Forbidden', 'Forbidden'],
      ['An invalid value was found', code('INVALID_IN_PAYLOAD'), 400, 'KeyRefused', 'InvalidRequest', 'InvalidRequest'],
      ['An invalid value was found', code('INVALID_IN_PAYLOAD'), 403, 'KeyRefused', 'KeyRefused', 'KeyRefused'],
      ['The api_key is missing or malformed', code('INVALID_IN_PAYLOAD'), 400, 'KeyRefused', 'KeyRefused', 'KeyRefused'],
      ['Invalid API key', undefined, 400, 'KeyRefused', 'KeyRefused', 'KeyRefused'],
      ['This API key has been disabled', undefined, 400, 'KeyRefused', 'KeyRefused', 'KeyRefused'],
      ["No API User with access by the passed 'api_key' was found", undefined, 400, 'KeyRefused', 'KeyRefused', 'KeyRefused'],
    ] as const)
      assert.equal(
        [
          worded(false, false, status, error, error_code),
          worded(true, false, status, error, error_code),
          worded(true, true, status, error, error_code),
        ],
        [unproven, works, called],
        `${status} ${error}`,
      )
  })

  test('to a look at a subaccount, words of a key that was shown another scope are of that subaccount', () => {
    const worded = (status: number, told: object, mayCall = true, looksAtSubaccount = true): string =>
      nameOf(failureOf(answer(status, { data: told }), { ...asked, proof: { works: true, mayCall }, looksAtSubaccount }))
    for (const [status, told] of TOLD.filter(([, , one]) => one === 'KeyRefused')) {
      const what = `${status} ${JSON.stringify(told)}`
      if (worded(status, told, true, false) === 'KeyRefused')
        assert.is(worded(status, told), status >= 500 ? 'ServerTrouble' : 'Forbidden', what)
      assert.is(worded(status, told, false), worded(status, told, false, false), what)
    }
    for (const told of [{}, { error: 'no' }]) assert.is(worded(401, told), 'Forbidden')
  })

  test('of a failing service its words are told beside the status, and are believed of nothing that it did', () => {
    const error = `An SMTP user matching the passed value of x already exists, ${PASSWORD}`
    const told = (status: number, data: Told) => failureOf(answer(status, { data }), asked)
    for (const [status, data, message] of [
      [500, { error, error_code: code('API_EXCEPTION') }, 'An SMTP user matching the passed value of x already exists, [secret]'],
      [
        503,
        {
          error: ` try
 later `,
        },
        'try later',
      ],
      [503, { error: '' }, undefined],
      [500, { error: 'no', error_code: code('API_EXCEPTION'), field_validation_errors: field('status', 'odd') }, 'odd'],
      [
        500,
        {
          error: 'no',
          error_code: code('API_EXCEPTION'),
          field_validation_errors: field('email_password', PASSWORD.slice(0, 4)),
        },
        'too weak for the service, or not allowed',
      ],
    ] as const)
      assert.equal(told(status, data), { _tag: 'ServerTrouble', status, ...(message === undefined ? {} : { message }) })
    assert.match(
      describe(told(503, { error: 'later' }) ?? { _tag: 'ServerTrouble', status: 0 }),
      /\(HTTP 503: later\); the next run/,
    )
  })

  test('each says what to do', () => {
    for (const failure of everyFailure()) assert.match(describe(failure), ADVICE[failure._tag])
  })

  test('only what may have taken effect is of unknown outcome, and only what concerns the key stops it', () => {
    const table = everyFailure().map(
      (failure) => `${failure._tag}: ${outcomeUnknown(failure) ? 'unknown' : 'refused'}, ${concerns(failure)}`,
    )
    assert.equal(
      new Set(table),
      new Set([
        'PermissionMissing: refused, key',
        'KeyRefused: refused, key',
        'Throttled: refused, key',
        'InvalidRequest: refused, user',
        'NameTaken: refused, user',
        'NotFound: refused, user',
        'Rejected: refused, user',
        'ServerTrouble: unknown, transport',
        'IllFormed: unknown, transport',
      ]),
    )
  })

  test('how long to wait is read from every header that was ever documented, and is a day at most', () => {
    const now = Date.parse('2027-01-01T00:00:00Z')
    const after = (name: string, value: string) => retryAfter(new Headers({ [name]: value }), now)
    assert.is(after('retry-after', '90'), 90_000)
    assert.is(after('retry-after', 'Fri, 01 Jan 2027 00:02:00 GMT'), 120_000)
    assert.is(after('retry-after', 'Fri, 01 Jan 2020 00:02:00 GMT'), 0)
    assert.is(after('x-ratelimit-reset', '7'), 7000)
    assert.is(after('x-rate-limit-reset', '8'), 8000)
    assert.is(after('retry-after', '99999999999999'), 86_400_000)
    assert.is(after('retry-after', 'soon'), undefined)
    assert.is(retryAfter(new Headers(), now), undefined)
  })
})

spec('C1: no secret in the words of the service', (test) => {
  const html = [...PASSWORD].map((character) => `&#${character.codePointAt(0)};`).join('')
  const WRITINGS: ReadonlyArray<readonly [what: string, text: string]> = [
    ['the password', PASSWORD],
    ['its first half', PASSWORD.slice(0, 10)],
    ['its last six characters', PASSWORD.slice(-6)],
    ['another case', PASSWORD.toUpperCase()],
    ['escaped for an address', encodeURIComponent(PASSWORD)],
    ['every character escaped for an address', [...Buffer.from(PASSWORD)].map((byte) => `%${byte.toString(16)}`).join('')],
    ['escaped for HTML', html],
    [
      'escaped for JSON',
      [...PASSWORD].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    ],
    ['in base64', Buffer.from(PASSWORD).toString('base64')],
    ['the API key', KEY],
    ['the end of the API key', KEY.slice(-8)],
  ]

  test('however it is written, whole or in part, it is not told', () => {
    for (const [what, text] of WRITINGS)
      for (const told of [
        { error: `refused: ${text}` },
        { error: 'no', field_validation_errors: field('description', `found '${text}'`) },
      ]) {
        const failure = failureOf(answer(400, { data: told }), asked)
        if (failure === undefined) throw new Error('a refusal was taken for a success')
        assert.not.match(describe(failure), text, what)
        assert.match(describe(failure), /\[secret\]|not shown|refused the API key/, what)
      }
  })

  test('a field that is named as a secret is, is not told', () => {
    const name = newPassword()
      .toLowerCase()
      .replace(/[^a-z]/g, '_')
    const told = { error: 'no', field_validation_errors: field(name, 'odd') }
    const failure = failureOf(answer(400, { data: told }), { ...asked, tell: confidence().teller([new Secret(name)]) })
    assert.equal(failure, { _tag: 'InvalidRequest', field: undefined, message: 'odd' })
  })

  test('of others than those that were sent eleven characters are too many, and ten may be words that many texts have', () => {
    const [one, other] = [newPassword(), newPassword()]
    const known = confidence()
    known.keep('view', [new Secret(one), new Secret(`${one}, longer`)])
    known.keep('env PW', [new Secret(other)])
    const words = known.teller([])
    assert.is(words(`not ${one} and ${one}, longer`), 'not [secret] and [secret]')
    assert.is(words(`not ${other}`), 'not [secret]')
    for (let at = 0; at + 11 <= other.length; at += 1) assert.match(words(`not ${other.slice(at, at + 11)}.`), /not shown/)
    assert.match(words(`not ${encodeURIComponent(`${other.toUpperCase()} ж`)}`), /not shown/)
    assert.is(words(`not ${one.slice(0, 10)}`), `not ${one.slice(0, 10)}`)
    // Of digits, so that it is no part of a word around it.
    const short = String(randomInt(100, 1000))
    known.keep('view', [new Secret(short)])
    assert.is(words(`not ${short}.`), 'not [secret].')
  })

  test('what was known from a place before is known until it changes once more', () => {
    const [first, second, third] = [newPassword(), newPassword(), newPassword()]
    const known = confidence()
    const words = known.teller([])
    const isKnown = (text: string): boolean => words(text) === '[secret]'
    for (const one of [first, second, second]) known.keep('file fax.password', [new Secret(one)])
    assert.equal([first, second, third].map(isKnown), [true, true, false])
    known.keep('file fax.password', [new Secret(third)])
    assert.equal([first, second, third].map(isKnown), [false, true, true])
  })

  test('other words are told in one line of at most 300 characters', () => {
    assert.is(tell(' a\r\n\tb  c '), 'a b c')
    assert.is(
      confidence().teller([new Secret(PASSWORD.slice(0, 0))])('a secret of no letters hides nothing'),
      'a secret of no letters hides nothing',
    )
    assert.is(tell('no such character: &#9999999; &#x110000; &amp;'), 'no such character: &#9999999; &#x110000; &amp;')
    assert.is(tell('x'.repeat(5000)).length, 300)
  })
})
