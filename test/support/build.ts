// Short builders of the pure core's values: what a test does not say is the plainest there is.
import { createHash, createHmac } from 'node:crypto'
import type { Context } from '../../src/domain/draft/diff.ts'
import type { Draft, World } from '../../src/domain/draft/draft.ts'
import { lastLook } from '../../src/domain/draft/due.ts'
import type { Ledger, ScopeMemory } from '../../src/domain/memory/ledger.ts'
import { emptyLedger } from '../../src/domain/memory/ledger.ts'
import { stranger, type UserMemory } from '../../src/domain/memory/user-memory.ts'
import type { Block, Change, Create, FieldChange, Kind, Plan, Remove, Update } from '../../src/domain/plan/plan.ts'
import { makePlan, type PlanFacts } from '../../src/domain/planning/planning.ts'
import { placesOf } from '../../src/domain/planning/world.ts'
import type { LiveState, LiveUser } from '../../src/domain/user/live.ts'
import { type Prints, printOf } from '../../src/domain/user/prints.ts'
import { FIELDS, type FieldName, fields, type Settings, type Value } from '../../src/domain/user/settings.ts'
import type { Cap, DesiredScope, DesiredState, DesiredUser, Ending, Managed, Policy } from '../../src/domain/wanted/desired.ts'
import { EMPTY_PAGE } from '../../src/domain/wanted/rulebook.ts'
import type { Scope } from '../../src/domain/wanted/scope.ts'

/** A Tuesday noon; tests count from it. */
export const NOW = Date.UTC(2026, 0, 6, 12)
export const HOUR = 3_600_000
export const DAY = 24 * HOUR

export const prints: Prints = {
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
  ledgerHash: (secret) => createHmac('sha256', 'ledger').update(secret.reveal()).digest('hex'),
  digestHash: (secret) => createHmac('sha256', 'digest').update(secret.reveal()).digest('hex'),
}

export const ORIGIN = 'origin'

/** The files of a config that includes none. */
export const FILES: ReadonlyArray<string> = ['config.yaml']
/** How a file without the document end line ends. */
export const unmarked = (file: string): Ending => ({ file, isMarked: false, restraints: [] })
export const ENDINGS: ReadonlyArray<Ending> = FILES.map(unmarked)

const cap = (percent: number, count: number): Cap => ({ percent, count })

/** Caps so wide that they never hold anything. */
export const NO_CAPS: Policy['caps'] = {
  max_creates: cap(100, 1_000_000),
  max_updates: cap(100, 1_000_000),
  max_password_changes: cap(100, 1_000_000),
  max_blocks: cap(100, 1_000_000),
  max_removes: cap(100, 1_000_000),
}

/** The caps of the contract. */
export const CAPS: Policy['caps'] = {
  max_creates: cap(25, 10),
  max_updates: cap(50, 10),
  max_password_changes: cap(10, 2),
  max_blocks: cap(10, 2),
  max_removes: cap(5, 1),
}

export const policy = (some: Partial<Policy> = {}): Policy => ({
  mode: 'enforce',
  missing: 'create',
  unlisted: 'report',
  unlistedAt: 'config.yaml:3:21',
  grace: 14 * DAY,
  ignore: [],
  protected: [],
  unblock: 'repair',
  contested: 'enforce',
  unknown_password: 'send',
  reassert_unobservable: undefined,
  edit: 'auto',
  caps: NO_CAPS,
  ...some,
})

/** Settings with the fields that have a value. */
export const settingsOf = (pick: (field: FieldName) => Value | undefined): Settings => {
  const settings: { [F in FieldName]?: Value } = {}
  for (const field of FIELDS) {
    const value = pick(field)
    if (value !== undefined) settings[field] = value
  }
  return settings
}

export const managed = (settings: Settings): Managed => {
  const all: { [F in FieldName]?: { value: Value; source: string } } = {}
  for (const field of FIELDS) {
    const value = settings[field]
    if (value !== undefined) all[field] = { value, source: `config.yaml:1:1 ${field}` }
  }
  return all
}

export const wanted = (username: string, settings: Settings = {}): DesiredUser => ({
  username,
  managed: managed(settings),
  previously: [],
  source: 'config.yaml:1:1',
})

/** Fields that `view` never shows in these worlds unless a test says so. */
export const HIDDEN: ReadonlyArray<FieldName> = ['email_password', 'click_tracking_enabled']

const DEFAULTS = settingsOf((field) => (HIDDEN.includes(field) ? undefined : fields[field].reset))

export const liveUser = (username: string, settings: Settings = {}, sendingAllowed: boolean | undefined = true): LiveUser => ({
  username,
  settings: { ...DEFAULTS, ...settings },
  sendingAllowed,
})

export const live = (users: ReadonlyArray<LiveUser>, some: Partial<LiveState> = {}): LiveState => ({
  scope: 'account',
  users,
  returned: new Set(FIELDS.filter((field) => !HIDDEN.includes(field))),
  unknownKeys: [],
  ...some,
})

export const desiredScope = (users: ReadonlyArray<DesiredUser>, scope: Scope = 'account'): DesiredScope => ({
  scope,
  users,
  absent: [],
  files: FILES,
  source: 'config.yaml:1:1',
})

export const desired = (scopes: ReadonlyArray<DesiredScope>, some: Partial<Policy> = {}): DesiredState => ({
  api: {
    endpoint: { _tag: 'Sandbox' },
    key: undefined,
    pace: { count: 60, perMs: 60_000 },
    concurrency: 2,
    timeoutMs: 30_000,
    maxAnswerBytes: 1_000_000,
  },
  schedule: { onChange: true, cron: undefined, timezone: 'UTC' },
  policy: policy(some),
  scopes,
  defaults: { general: {}, scopes: new Map() },
  rules: [],
  operation: { http: undefined, control: undefined, notify: [] },
  stateDir: undefined,
  files: FILES,
  endings: ENDINGS,
})

/** One user, live in these scopes. */
export const livesIn = (username: string, ...scopes: ReadonlyArray<Scope>): Pick<World, 'liveIn' | 'nearlyIn'> =>
  placesOf(scopes.map((scope) => ({ scope, names: new Set([username]) })))

/** A world in which no scope lists anybody, and of which every scope was read. */
export const NOBODY_LISTED: Pick<World, 'listedAs' | 'heirs' | 'unread'> = {
  listedAs: () => undefined,
  heirs: new Map(),
  unread: [],
}

export const userMemory = (some: Partial<UserMemory> = {}): UserMemory => ({ ...stranger, ...some })

/** What is remembered of a user whose settings were reached. */
export const reached = (settings: Settings, some: Partial<UserMemory> = {}): UserMemory => {
  const known = FIELDS.filter((field) => settings[field] !== undefined)
  return userMemory({
    wanted: new Map(known.map((field) => [field, printOf(prints, settings[field])])),
    sent: new Map(
      known
        .filter((field) => HIDDEN.includes(field))
        .map((field) => [field, { print: printOf(prints, settings[field]), at: NOW - DAY }]),
    ),
    ...some,
  })
}

/** A memory that is old enough to act by itself. */
export const memory = (some: Partial<ScopeMemory> = {}): ScopeMemory => ({
  since: NOW - 30 * DAY,
  trusted: false,
  origin: ORIGIN,
  lastSeen: [],
  listed: 0,
  files: FILES,
  protected: [],
  users: new Map(),
  spent: [],
  ...some,
})

export const ledger = (scopes: ReadonlyArray<readonly [Scope, ScopeMemory]>, some: Partial<Ledger> = {}): Ledger => ({
  ...emptyLedger('key'),
  scopes: new Map(scopes),
  ...some,
})

/** What comparing needs to know besides the two users, of a memory that knows nobody. */
export const context = (some: Partial<Context> = {}): Context => ({
  memory: memory(),
  seen: new Set(),
  policy: policy(),
  holds: [],
  forgotten: undefined,
  pages: () => EMPTY_PAGE,
  last: lastLook(undefined, ''),
  prints,
  now: NOW,
  ...some,
})

type Changes = { readonly create: Create; readonly update: Update; readonly block: Block; readonly remove: Remove }

const PLAIN: { readonly [K in Kind]: (username: string, some: Partial<Changes[K]>) => Changes[K] } = {
  create: (username, some) => ({ change: 'create', username, cause: 'config', fields: [described(undefined)], ...some }),
  update: (username, some) => ({ change: 'update', username, cause: 'config', fields: [described('old')], ...some }),
  block: (username, some) => ({ change: 'block', username, cause: 'config', fields: [BLOCKED], ends: 'never', ...some }),
  remove: (username, some) => ({ change: 'remove', username, cause: 'config', fields: [], ...some }),
}
const SOURCE = 'config.yaml:1:1 user'
const described = (from: Value | undefined): FieldChange => ({ field: 'description', from, to: 'new', source: SOURCE })
const BLOCKED: FieldChange = { field: 'status', from: 'allowed', to: 'blocked', source: SOURCE }

/** A change of one field, or of the given ones. */
export const change = <K extends Kind>(kind: K, username: string, some: Partial<Changes[K]> = {}): Changes[K] =>
  PLAIN[kind](username, some)

/** The facts of a plan: what each scope shows, what is asked for, what is remembered. */
export const facts = (
  state: DesiredState,
  shown: ReadonlyArray<LiveState>,
  remembered: Ledger,
  some: Partial<PlanFacts> = {},
): PlanFacts => ({
  desired: state,
  configDigest: 'sha256:config',
  observed: new Map(shown.map((one) => [one.scope, { _tag: 'Seen', live: one } as const])),
  ledger: remembered,
  prints,
  now: NOW,
  person: false,
  digest: undefined,
  user: undefined,
  scopes: undefined,
  approveWith: (digest) => `approve ${digest}`,
  offline: false,
  frozen: undefined,
  ...some,
})

export const plan = (...of: Parameters<typeof facts>): Plan => makePlan(facts(...of)).plan

/** One line a change and one a held change, in the order of the plan. */
export const told = (one: Plan): ReadonlyArray<string> =>
  one.scopes.flatMap((scope) =>
    scope._tag === 'Errored'
      ? [`${scope.scope} ${scope.error.kind}`]
      : [
          ...scope.changes.map((each) => `${each.change} ${each.username} ${namesOf(each)} (${each.cause})`),
          ...scope.held.map((each) => `held ${each.reason}: ${each.change} ${each.username} ${namesOf(each)}`),
        ],
  )

const namesOf = ({ fields: some }: Change): string => some.map(({ field }) => field).join(',')

/** A draft of the account in which there is nothing but what is said. */
export const draftOf = (some: Partial<Draft> = {}): Draft => ({
  scope: 'account',
  live: live([]),
  listed: 0,
  governed: { quiet: [], listed: [], others: [] },
  due: [],
  withheld: [],
  unmended: [],
  findings: [],
  unlisted: [],
  ignored: 0,
  inSync: 0,
  unobservable: [],
  assumed: [],
  ...some,
})
