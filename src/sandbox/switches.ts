// What nobody public knows of the service, each question as a named switch. The first value is the default: what the documents
// show where they show it. A program that is right must be right under every value.

type Row = { readonly values: readonly [string, ...string[]]; readonly form?: RegExp; readonly about: string }

/** Every switch: its values, the default first; `form` where other values of that form are taken too. */
export const SWITCHES = {
  view_password: { values: ['clear', 'masked', 'absent'], about: 'email_password in the answer of view' },
  write_password: { values: ['clear', 'masked', 'absent'], about: 'email_password in the answers of add, full edit and remove' },
  view_filter: { values: ['substring', 'prefix', 'exact', 'case_insensitive'], about: 'how the username of view matches' },
  match: { values: ['exact', 'loose'], about: 'how the username of edit and remove matches; loose: every name that holds it' },
  username_case: {
    values: ['sensitive', 'insensitive', 'folded'],
    about: 'whether names that differ only by case are two; folded: stored in lower case',
  },
  username_charset: {
    values: ['strict', 'first_character', 'any'],
    about: 'A-Z a-z 0-9 . _ @ - in the whole name of a new user, in its first character only, or anything',
  },
  username_unique: { values: ['service', 'scope'], about: 'whether a name can be used once in all scopes, or once in each' },
  add_existing: { values: ['refused', 'overwrites'], about: 'add of a name that its scope has' },
  unknown_user: {
    values: ['400', '404', 'empty'],
    about: 'edit and remove of a user that does not exist; empty: 200 without one',
  },
  patch_null: { values: ['ignored', 'clears', 'refused'], about: 'null for a field in a partial edit' },
  patch_empty_text: { values: ['clears', 'ignored'], about: '"" for a text or audit_email in a partial edit' },
  empty_address: { values: ['accepted', 'refused'], about: '"" as audit_email in add and any edit' },
  clear_ip_pool: {
    values: ['zero_or_empty', 'zero', 'empty', 'null', 'impossible'],
    about: 'which value of ip_pool takes the pool away in a partial edit',
  },
  full_edit_password: { values: ['kept', 'regenerated'], about: 'the password in a full edit that does not give one' },
  empty_password: { values: ['generates', 'refused', 'ignored'], about: '"" as email_password in an edit' },
  entropy: {
    values: ['distinct', 'character_sets', 'shannon'],
    about: 'length times log2 of: the distinct characters, the size of the character sets, or the entropy per character',
  },
  unknown_property: { values: ['ignored', 'refused'], about: 'a property that the operation does not document' },
  foreign_ip_pool: { values: ['refused', 'ignored'], about: 'an ip_pool that the account does not have' },
  archive: { values: ['allowed', 'refused', 'ignored'], about: 'archive_enabled: true; a free plan refuses or ignores it' },
  feedback_html: { values: ['verbatim', 'normalised', 'sanitised'], about: 'how feedback_html is stored' },
  feedback_while_off: { values: ['stored', 'dropped'], about: 'feedback texts while feedback_enabled is false' },
  feedback_domain: {
    values: ['stored', 'ignored', 'gone'],
    about: 'feedback_domain in add and full edit; gone: not in answers either',
  },
  ratelimit_flag: {
    values: ['stored', 'sent'],
    about: 'value and period of a partial edit count where custom_ratelimit is true on the user, or only in the request',
  },
  period_style: {
    values: ['postgres', 'python', 'verbatim'],
    about: 'how periods are written in answers: 01:00:00, 7 days, 1 mon; 1:00:00, 7 days, 0:00:00; as they were sent',
  },
  sending_allowed: {
    values: ['unless_blocked', 'only_allowed', 'always'],
    about: 'sending_allowed by status; a user that the seed gives false stays false',
  },
  click_tracking: {
    values: ['absent', 'present'],
    about: 'click_tracking_enabled in the answers of view, add, full edit and remove',
  },
  unset_ippool: { values: ['absent', 'null', 'zero'], about: 'ippool of a user without one' },
  description_key: {
    values: ['description', 'comments'],
    about: 'the name of the description in answers other than of a partial edit',
  },
  extra_fields: { values: ['none', 'sending_status'], about: 'a new key in answers that no document has' },
  patch_answer: {
    values: ['array', 'wrapped_array', 'results', 'object'],
    about: 'data of a partial edit: [user], [{ request_id, data: user }], { results: [user] }, user',
  },
  patch_keys: { values: ['example', 'schema'], about: 'the keys of a user in the answer of a partial edit' },
  account_view: { values: ['own', 'with_subaccounts'], about: 'whether view of the account shows the users of its subaccounts' },
  view_lag: { values: ['0ms'], form: /^\d{1,7}(ms|s)$/, about: 'view shows what was so this long ago' },
  closed_subaccount: { values: ['refused', 'editable'], about: 'a call on behalf of a closed or suspended subaccount' },
  permissions_form: { values: ['expanded', 'patterns'], about: 'wildcards in the answer of api_keys/permissions' },
  unknown_key: { values: ['400', '401', '500'], about: 'the status for a well-formed key that the service does not know' },
  malformed_key: { values: ['403', '401'], about: 'the status for a missing or ill-formed key' },
  error_envelope: {
    values: ['nested', 'flat', 'status_200'],
    about: 'errors as { data: { error } }, as { error }, or as { data: { error } } with status 200',
  },
  field_errors: { values: ['object', 'array', 'map', 'absent'], about: 'the form of field_validation_errors' },
  too_large: { values: ['413', '400'], about: 'the status for a request over 1 MB' },
  rate_limit: {
    values: ['off'],
    form: /^[1-9]\d{0,8} per [1-9]\d{0,6}(ms|s)$/,
    about: 'requests per address before the time-out',
  },
  error_limit: {
    values: ['off'],
    form: /^[1-9]\d{0,8} per [1-9]\d{0,6}(ms|s)$/,
    about: 'answers from 400 up per address before the time-out',
  },
  time_out: { values: ['60s'], form: /^[1-9]\d{0,6}(ms|s)$/, about: 'how long an address over a limit gets 429' },
  throttled_body: { values: ['empty', 'json'], about: 'the body of a 429' },
  retry_after: { values: ['absent', 'seconds'], about: 'the header Retry-After of a 429' },
} as const satisfies Record<string, Row>

type Table = typeof SWITCHES

/** The name of a switch. */
export type SwitchName = keyof Table

/** A value for every switch. */
export type Switches = {
  readonly [S in SwitchName]: Table[S] extends { readonly form: RegExp } ? string : Table[S]['values'][number]
}

/** The names of all switches. */
const SWITCH_NAMES: ReadonlyArray<string> = Object.keys(SWITCHES)

const rowOf = (name: string): Row | undefined => Object.entries<Row>(SWITCHES).find(([other]) => other === name)?.[1]

const takes = (row: Row, value: unknown): boolean =>
  typeof value === 'string' && (row.values.includes(value) || row.form?.test(value) === true)

const areSwitches = (values: object): values is Switches =>
  Object.entries<Row>(SWITCHES).every(([name, row]) =>
    Object.entries(values).some(([key, value]) => key === name && takes(row, value)),
  )

/** The switches `given` as a JSON object over `base`, or over the defaults; throws with the reason and the values there are. */
export const switchesFrom = (given: unknown, base: object = {}): Switches => {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new Error('switches must be an object { name: value }')
  const values: { [name: string]: unknown } = {}
  for (const [name, row] of Object.entries<Row>(SWITCHES)) values[name] = row.values[0]
  Object.assign(values, base)
  for (const [name, value] of Object.entries(given)) {
    const row = rowOf(name)
    if (row === undefined) throw new Error(`there is no switch '${name}'; there are ${SWITCH_NAMES.join(', ')}`)
    const text = typeof value === 'number' ? String(value) : value
    if (!takes(row, text)) {
      const form = row.form === undefined ? '' : ` or the form ${row.form.source}`
      throw new Error(`switch ${name} takes ${row.values.join(', ')}${form}; not ${JSON.stringify(value)}`)
    }
    values[name] = text
  }
  if (!areSwitches(values)) throw new Error('this is a bug in the table of switches')
  return values
}

/** The switches that are not at their default. */
export const changedSwitches = (switches: Switches): { readonly [name: string]: string } =>
  Object.fromEntries(Object.entries<string>(switches).filter(([name, value]) => rowOf(name)?.values[0] !== value))

/** Milliseconds of a duration such as `250ms` or `60s`. */
export const millisecondsOf = (duration: string): number => Number.parseInt(duration, 10) * (duration.endsWith('ms') ? 1 : 1000)
