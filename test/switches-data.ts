// What the test of the switches works with: the live users at the start, the config, and what must be there in the end.
import type { Seed } from '../src/sandbox/seed.ts'
import { newPassword } from './support/fresh.ts'

const everything = {
  description: 'old words',
  custom_ratelimit: true,
  custom_ratelimit_value: 9,
  custom_ratelimit_period: '2 days',
  ippool: 1234,
  feedback_enabled: true,
  feedback_html: '<p>old</p>',
  feedback_text: 'old',
  open_tracking_enabled: true,
  click_tracking_enabled: true,
  audit_email: 'old@acme.example',
  bounce_notifications: 'old@acme.example',
  status: 'sandbox',
} as const

// Periods are shown in many spellings.
const { custom_ratelimit_period: _, ...untouched } = everything

export const SEED: Seed = {
  account: {
    results: [
      { username: 'edited@acme.example', ...everything },
      { username: 'also-edited@acme.example', description: 'holds the name of another' },
      { username: 'cleared@acme.example', ...everything },
      { username: 'bare@acme.example', description: 'old words', audit_email: 'old@acme.example' },
      { username: 'pool@acme.example', ippool: 1234 },
      { username: 'domain@acme.example' },
      { username: 'archive@acme.example' },
      { username: 'foreign@acme.example' },
      { username: 'html@acme.example', feedback_enabled: true },
      { username: 'spaces@acme.example', feedback_enabled: true },
      { username: 'texts-off@acme.example' },
      {
        username: 'limit-clock@acme.example',
        custom_ratelimit: true,
        custom_ratelimit_value: 3,
        custom_ratelimit_period: '1 week',
      },
      { username: 'limit-week@acme.example' },
      { username: 'stopped@acme.example', sending_allowed: false },
      { username: 'unlisted@acme.example', ...everything },
    ],
  },
  subaccounts: { Sub1: { results: [{ username: 'sub@branch.example', description: 'old' }] } },
}

export const ENV = { ONE: newPassword(), TWO: newPassword(), THREE: newPassword() }
const limit = (value: number, period: string): string =>
  `custom_ratelimit: true, custom_ratelimit_value: ${value}, custom_ratelimit_period: "${period}"`
const NONE =
  'description: null, custom_ratelimit: null, ip_pool: null, feedback_enabled: null, feedback_html: null, feedback_text: null, open_tracking_enabled: null, click_tracking_enabled: null, audit_email: null, bounce_notifications: null, status: null'

/** A config that manages every field. */
export const configFor = (url: string): string => `version: 1
api: { endpoint: "${url}", key: { env: TEST_KEY }, pace: off }
reconcile: { schedule: null }
safety: { max_creates: 100, max_updates: 100, max_password_changes: 100, max_blocks: 100, max_removes: 0 }
users:
  - { username: new-full@acme.example, email_password: { env: ONE }, description: "Ünï \\"quoted\\"", ${limit(5, '1 month')}, ip_pool: 1234, feedback_enabled: true, feedback_html: "<p>%%UNSUBSCRIBE%%</p>", feedback_text: "%%EMAIL%%", open_tracking_enabled: true, click_tracking_enabled: true, archive_enabled: false, audit_email: audit@acme.example, bounce_notifications: drop, status: sandbox }
  - { username: new-plain@acme.example }
  - { username: New.Mixed@acme.example, description: mixed }
  - { username: edited@acme.example, email_password: { env: TWO }, description: new words, ${limit(7, '4 months 5:00:00')}, ip_pool: 1234, feedback_enabled: true, feedback_html: "<p>new</p>", feedback_text: new, open_tracking_enabled: false, click_tracking_enabled: false, archive_enabled: false, audit_email: new@acme.example, bounce_notifications: new@acme.example, status: blocked }
  - { username: also-edited@acme.example, email_password: { env: THREE }, description: its own words, status: allowed, bounce_notifications: from, audit_email: null, click_tracking_enabled: true }
  - { username: cleared@acme.example, email_password: { env: ONE }, ${NONE} }
  - { username: bare@acme.example, description: null, audit_email: null }
  - { username: pool@acme.example, ip_pool: null }
  - { username: domain@acme.example, email_password: { env: TWO }, click_tracking_enabled: false, feedback_domain: news.acme.example }
  - { username: archive@acme.example, archive_enabled: true, description: archived }
  - { username: foreign@acme.example, ip_pool: 99, description: foreign }
  - { username: html@acme.example, feedback_html: "<p onclick=\\"x()\\">new</p>", description: html }
  - { username: spaces@acme.example, feedback_html: "  <p>new</p>\\r\\n<p>two</p>  \\n", description: spaces }
  - { username: texts-off@acme.example, feedback_enabled: false, feedback_text: ready for later, description: texts }
  - { username: limit-clock@acme.example, ${limit(3, '90 minutes')} }
  - { username: limit-week@acme.example, ${limit(4, '1 week')} }
  - { username: stopped@acme.example, status: allowed, description: stopped by the provider }
subaccounts:
  - id: Sub1
    users:
      - { username: sub@branch.example, description: new, open_tracking_enabled: true }
      - { username: sub-new@branch.example, custom_ratelimit: true, custom_ratelimit_value: 2, custom_ratelimit_period: "0:30:00" }
`

type Want = { readonly [key: string]: unknown }
/** What the stand-in holds in the end, where nothing is in the way. */
export const WANTED: { readonly [username: string]: Want } = {
  'new-full@acme.example': {
    description: 'Ünï "quoted"',
    custom_ratelimit_value: 5,
    ippool: 1234,
    feedback_enabled: true,
    click_tracking_enabled: true,
    audit_email: 'audit@acme.example',
    bounce_notifications: 'drop',
    status: 'sandbox',
  },
  'new-plain@acme.example': { status: 'allowed' },
  'New.Mixed@acme.example': { description: 'mixed' },
  'edited@acme.example': {
    description: 'new words',
    custom_ratelimit_value: 7,
    feedback_html: '<p>new</p>',
    open_tracking_enabled: false,
    click_tracking_enabled: false,
    audit_email: 'new@acme.example',
    status: 'blocked',
  },
  'also-edited@acme.example': {
    description: 'its own words',
    audit_email: null,
    bounce_notifications: 'from',
    status: 'allowed',
    click_tracking_enabled: true,
  },
  'cleared@acme.example': {
    description: '',
    custom_ratelimit: false,
    ippool: null,
    feedback_enabled: false,
    feedback_html: '',
    feedback_text: '',
    open_tracking_enabled: false,
    click_tracking_enabled: false,
    audit_email: null,
    bounce_notifications: 'from',
    status: 'allowed',
  },
  'bare@acme.example': { description: '', audit_email: null },
  'pool@acme.example': { ippool: null },
  'domain@acme.example': { feedback_domain: 'news.acme.example' },
  'archive@acme.example': { archive_enabled: true, description: 'archived' },
  'foreign@acme.example': { description: 'foreign' },
  'html@acme.example': { description: 'html' },
  'spaces@acme.example': { description: 'spaces' },
  'texts-off@acme.example': { feedback_text: 'ready for later', description: 'texts' },
  'limit-clock@acme.example': { custom_ratelimit: true, custom_ratelimit_value: 3 },
  'limit-week@acme.example': { custom_ratelimit: true, custom_ratelimit_value: 4 },
  'stopped@acme.example': { sending_allowed: false, description: 'stopped by the provider' },
  'unlisted@acme.example': untouched,
  'sub@branch.example': { description: 'new', open_tracking_enabled: true },
  'sub-new@branch.example': { custom_ratelimit: true, custom_ratelimit_value: 2 },
}
/** The passwords that are declared. */
export const PASSWORDS: { readonly [username: string]: string } = {
  'new-full@acme.example': ENV.ONE,
  'edited@acme.example': ENV.TWO,
  'also-edited@acme.example': ENV.THREE,
  'cleared@acme.example': ENV.ONE,
  'domain@acme.example': ENV.TWO,
}
