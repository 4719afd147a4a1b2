// A pure model of the service, and worlds to try the pure core in: what is desired, what is live, what nobody manages.
import fc from 'fast-check'
import { atOnce } from '../../src/domain/basics/work.ts'
import type { Draft } from '../../src/domain/draft/draft.ts'
import type { Ledger } from '../../src/domain/memory/ledger.ts'
import { addOf, type Edit, editOf } from '../../src/domain/plan/edit.ts'
import { outcomeOf } from '../../src/domain/plan/outcome.ts'
import type { Change, Ended, Plan } from '../../src/domain/plan/plan.ts'
import { makePlan, type PlanFacts } from '../../src/domain/planning/planning.ts'
import { beforeWrites, remembering } from '../../src/domain/remembering/remember.ts'
import type { LiveState } from '../../src/domain/user/live.ts'
import { FIELDS, type FieldName, fields, type Settings, type Value } from '../../src/domain/user/settings.ts'
import type { DesiredState } from '../../src/domain/wanted/desired.ts'
import type { Scope } from '../../src/domain/wanted/scope.ts'
import { E } from '../../src/fp.ts'
import { desired, desiredScope, facts, HIDDEN, live, NOW, ORIGIN, prints, settingsOf, wanted } from './build.ts'
import { newSecret } from './fresh.ts'

/** Everything the service knows of its users, what it never shows included. */
export type Truth = ReadonlyMap<Scope, ReadonlyMap<string, Settings>>

const isLimit = (field: FieldName): boolean => field === 'custom_ratelimit_value' || field === 'custom_ratelimit_period'

/** A user as the service makes it: value and period are kept only while the flag is true. */
const stored = (settings: Settings): Settings =>
  settingsOf((field) => {
    if (isLimit(field) && settings.custom_ratelimit !== true) return undefined
    if (field === 'email_password') return settings.email_password ?? newSecret()
    return settings[field] ?? fields[field].reset
  })

/** What one write does. */
const written = (users: ReadonlyMap<string, Settings>, edit: Edit): ReadonlyMap<string, Settings> => {
  const after = new Map(users)
  switch (edit._tag) {
    case 'Remove':
      after.delete(edit.username)
      return after
    case 'Add':
    case 'FullEdit':
      return after.set(edit.username, stored(edit.settings))
    case 'Patch':
      return after.set(edit.username, stored({ ...users.get(edit.username), ...edit.settings }))
  }
}

/** What `view` answers. */
const viewed = (truth: Truth, scope: Scope): LiveState =>
  live(
    [...(truth.get(scope) ?? [])].map(([username, settings]) => ({
      username,
      settings: settingsOf((field) => (HIDDEN.includes(field) ? undefined : settings[field])),
      sendingAllowed: true,
    })),
    { scope },
  )

/** A world: what the config asks for, what is live, and what is remembered. */
export type World = { readonly state: DesiredState; readonly truth: Truth; readonly remembered: Ledger }

export const factsOf = ({ state, truth, remembered }: World, some: Partial<PlanFacts> = {}): PlanFacts =>
  facts(
    state,
    state.scopes.map(({ scope }) => viewed(truth, scope)),
    remembered,
    some,
  )

export type Ran = { readonly plan: Plan; readonly world: World; readonly edits: ReadonlyArray<readonly [Scope, Edit]> }

/** One whole run on the model: plan, intent, writes, reading back, remembering. */
export const run = (world: World, some: Partial<PlanFacts> = {}): Ran => ranUntil('remembered', world, some)

/** The same, of a process that is killed as soon as everything was written. */
export const killed = (world: World, some: Partial<PlanFacts> = {}): World => ranUntil('written', world, some).world

const ranUntil = (end: 'written' | 'remembered', world: World, some: Partial<PlanFacts>): Ran => {
  const about = factsOf(world, some)
  const { plan, drafts } = makePlan(about)
  const edits: Array<readonly [Scope, Edit]> = []
  const truth = new Map(world.truth)
  let remembered = world.remembered
  for (const planned of plan.scopes) {
    const { scope } = planned
    const asked = world.state.scopes.find((one) => one.scope === scope)
    const draft = drafts.get(scope)
    if (planned._tag === 'Errored' || asked === undefined || draft === undefined) continue
    const { changes } = planned
    remembered = atOnce(beforeWrites(remembered, { scope, changes, origin: ORIGIN, prints, now: about.now }))
    for (const change of changes) {
      const edit = editFor(world, draft, change)
      edits.push([scope, edit])
      truth.set(scope, written(truth.get(scope) ?? new Map(), edit))
    }
    if (end === 'written') continue
    const after = viewed(truth, scope)
    const ended = changes.map((change): Ended => {
      const user = after.users.find(({ username }) => username === change.username)
      return outcomeOf(change, { _tag: 'Sent' }, { _tag: 'Read', user })
    })
    remembered = atOnce(
      remembering(remembered, {
        draft,
        desired: asked,
        config: about.configDigest,
        endings: world.state.endings,
        ended,
        live: after,
        origin: ORIGIN,
        prints,
        now: about.now,
        person: about.person,
        protect: world.state.policy.protected,
        filtered: about.user !== undefined,
      }),
    )
  }
  return { plan, world: { ...world, truth, remembered }, edits }
}

const editFor = ({ state }: World, { governed, live: shown }: Draft, change: Change): Edit => {
  const listed = [...governed.listed, ...governed.others].find(({ username }) => username === change.username)
  const managed = listed?.managed ?? {}
  if (change.change === 'create') return addOf(change)
  if (change.change === 'remove') return { _tag: 'Remove', username: change.username }
  const user = shown.users.find(({ username }) => username === change.username)
  if (user === undefined) throw new Error(`a ${change.change} of ${change.username}, who is not live`)
  const edit = editOf({ fields: change.fields, managed, user, live: shown, mode: state.policy.edit })
  if (E.isLeft(edit)) throw new Error(`a change that no request can make: ${edit.left}`)
  return edit.right
}

const VALUES: { readonly [F in FieldName]: ReadonlyArray<Value> } = {
  email_password: [newSecret(), newSecret()],
  description: ['', 'one', 'two\nlines', ' two\n\n'],
  custom_ratelimit: [true, false],
  custom_ratelimit_value: [1, 200, 2147483647],
  custom_ratelimit_period: ['1 day', '24:00:00', '1 mon', '0:30:00'],
  ip_pool: [0, 1234],
  feedback_enabled: [true, false],
  feedback_domain: ['default', 'mail.acme.example'],
  feedback_html: ['', '<b>%%UNSUBSCRIBE%%</b>'],
  feedback_text: ['', '%%UNSUBSCRIBE%%'],
  open_tracking_enabled: [true, false],
  click_tracking_enabled: [true, false],
  archive_enabled: [true, false],
  audit_email: ['', 'audit@acme.example'],
  bounce_notifications: ['from', 'drop', 'Bounce@acme.example'],
  status: ['allowed', 'blocked', 'sandbox'],
}

const setting = (field: FieldName): fc.Arbitrary<Value | undefined> =>
  fc.option(fc.constantFrom(...VALUES[field]), { nil: undefined, freq: 2 })

/** Some settings, with the limit whole or not at all, as config and service have it. */
const settings: fc.Arbitrary<Settings> = fc
  .tuple(...FIELDS.map(setting))
  .map((values) => new Map(FIELDS.map((field, at) => [field, values[at]])))
  .map((all) =>
    settingsOf((field) => {
      if (!isLimit(field)) return all.get(field)
      return all.get('custom_ratelimit') === true ? (all.get(field) ?? VALUES[field][0]) : undefined
    }),
  )

const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'alpha@acme.example',
  'beta@acme.example',
  'Gamma@acme.example',
  'delta',
  'omega',
]
const SCOPES: ReadonlyArray<Scope> = ['account', 'subaccount:A1', 'subaccount:__proto__']

const scopes = fc.uniqueArray(fc.constantFrom(...SCOPES), { minLength: 1, maxLength: 3 })
const users = (least = 0) =>
  fc.uniqueArray(fc.tuple(fc.constantFrom(...NAMES), settings), { selector: ([name]) => name, minLength: least })

/** Any world. A name is listed in one scope only, as the config demands; it may be live anywhere. */
export const worlds = (remembered: Ledger): fc.Arbitrary<World> =>
  fc
    .record({
      names: scopes,
      listed: users(),
      home: fc.array(fc.nat(2), { minLength: NAMES.length, maxLength: NAMES.length }),
      lives: fc.tuple(users(), users(), users()),
      unlisted: fc.constantFrom('ignore', 'report', 'block'),
      missing: fc.constantFrom('create', 'report'),
      edit: fc.constantFrom('auto', 'patch'),
    })
    .map(({ names, listed, home, lives, unlisted, missing, edit }): World => {
      const state = desired(
        names.map((scope, at) => {
          const here = listed.filter((_, which) => (home[which] ?? 0) % names.length === at)
          return desiredScope(
            here.map(([name, some]) => wanted(name, some)).sort((one, other) => (one.username < other.username ? -1 : 1)),
            scope,
          )
        }),
        { unlisted, missing, edit },
      )
      const truth = new Map(
        names.map(
          (scope, at) => [scope, new Map((lives[at] ?? []).map(([name, some]) => [name, stored(some)] as const))] as const,
        ),
      )
      return { state, truth, remembered }
    })

/** The moment of a world and an hour after it. */
export const LATER = NOW + 3_600_000
