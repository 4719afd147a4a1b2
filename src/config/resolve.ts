// From decoded files to the desired state: layers merged with their provenance, presets filled in, everything checked
// that takes more than one key to see. Pure; all faults are found at once.
import type { Api, DesiredScope, DesiredState, DesiredUser, Policy, Schedule } from '../domain/desired.ts'
import type { Problem } from '../domain/failure.ts'
import { byScope, type Scope, subaccount } from '../domain/scope.ts'
import type { FieldName, Settings, Value } from '../domain/settings.ts'
import { E } from '../fp.ts'
import type { Schedules } from '../ports.ts'
import type { ConfigFile, ConfigFiles, Decoded, IncludedFile, User } from './file.ts'
import { merged, type Said, sayings } from './layers.ts'
import { isLocal } from './names.ts'
import { type At, problemAt, said } from './place.ts'
import { quoted } from './problem.ts'
import { type FoundSecrets, layersOf, refKey, weakPasswords } from './secrets.ts'
import { resolveUser } from './user.ts'

export type ToResolve = { readonly files: ConfigFiles; readonly secrets: FoundSecrets; readonly schedules: Schedules }

/** Merges and checks; what is wrong with names across files is found in `listing.ts`. */
export const resolve = ({ files, secrets, schedules }: ToResolve): E.Either<ReadonlyArray<Problem>, DesiredState> => {
  const { file } = files.main
  const schedule = scheduleOf(file)
  const { scopes, problems } = scopesOf(files, secrets)
  const faults = [
    ...keyProblems(files.main, secrets),
    ...scheduleProblems(files.main, schedule, schedules),
    ...patchProblems(files),
    ...markerProblems(files),
    ...weakPasswords(files, secrets),
    ...problems,
  ]
  if (faults.length > 0) return E.left(faults)
  return E.right({
    api: apiOf(file, secrets),
    schedule,
    policy: policyOf(file),
    scopes,
    stateDir: file.state_dir ?? undefined,
    files: [files.main, ...files.included].map(({ document }) => document.name),
  })
}

const apiOf = ({ api }: ConfigFile, secrets: FoundSecrets): Api => ({
  endpoint: api.endpoint,
  key: api.key === undefined ? undefined : secrets.get(refKey(api.key)),
  pace: api.pace === 'off' ? undefined : (api.pace ?? { count: 60, perMs: 60_000 }),
  concurrency: api.concurrency ?? 2,
  timeoutMs: api.timeout ?? 30_000,
  maxAnswerBytes: api.max_answer ?? 128 * 1024 * 1024,
})

const scheduleOf = ({ reconcile }: ConfigFile): Schedule => ({
  onChange: reconcile?.on_change ?? true,
  cron: reconcile?.schedule === undefined ? '*/15 * * * *' : (reconcile.schedule ?? undefined),
  timezone: reconcile?.timezone ?? 'UTC',
})

const policyOf = ({ api, reconcile, policy, safety }: ConfigFile): Policy => ({
  mode: reconcile?.mode ?? 'enforce',
  missing: policy?.missing ?? 'create',
  unlisted: policy?.unlisted ?? 'report',
  ignore: policy?.ignore ?? [],
  protected: safety?.protected ?? [],
  unblock: policy?.unblock ?? 'repair',
  contested: policy?.contested ?? 'enforce',
  unknown_password: policy?.unknown_password ?? 'send',
  reassert_unobservable: policy?.reassert_unobservable ?? undefined,
  edit: api.edit ?? 'auto',
  caps: {
    max_creates: safety?.max_creates ?? { percent: 25, count: 10 },
    max_updates: safety?.max_updates ?? { percent: 50, count: 10 },
    max_password_changes: safety?.max_password_changes ?? { percent: 10, count: 2 },
    max_blocks: safety?.max_blocks ?? { percent: 10, count: 2 },
    max_removes: safety?.max_removes ?? { percent: 5, count: 1 },
  },
})

const keyProblems = ({ document, file }: Decoded<ConfigFile>, secrets: FoundSecrets): ReadonlyArray<Problem> => {
  const key = file.api.key === undefined ? undefined : secrets.get(refKey(file.api.key))
  if (key !== undefined && !key.fitsHeader) {
    const message = 'this key holds blanks or characters that no API key has; copy it anew from the SMTP2GO app'
    return [problemAt({ document, path: ['api', 'key'] }, { message, show: 'nothing' })]
  }
  return file.api.key !== undefined || file.api.endpoint._tag === 'Sandbox'
    ? []
    : [
        problemAt(
          { document, path: ['api', 'key'] },
          {
            message: 'required, but missing',
            hint: 'write where the API key is kept, such as { env: SMTP2GO_API_KEY }; only the sandbox needs none',
          },
        ),
      ]
}

const scheduleProblems = (
  { document, file }: Decoded<ConfigFile>,
  { cron, timezone }: Schedule,
  schedules: Schedules,
): ReadonlyArray<Problem> => {
  if (cron === undefined) return []
  const place = { document, path: ['reconcile', 'schedule'] }
  const fault = schedules.check(cron, timezone)
  if (fault !== undefined) return [problemAt(place, { message: fault })]
  const gap = schedules.shortestGapMs(cron, timezone)
  if (gap >= 60_000 || isLocal(file.api.endpoint)) return []
  return [
    problemAt(place, {
      message: `runs ${gap / 1000} s apart; under 60 s is only for a loopback endpoint or the sandbox`,
      hint: `the endpoint is set at ${said({ document, path: ['api', 'endpoint'] })}`,
    }),
  ]
}

const patchProblems = (files: ConfigFiles): ReadonlyArray<Problem> => {
  if (files.main.file.api.edit !== 'patch') return []
  const where = said({ document: files.main.document, path: ['api', 'edit'] })
  return layersOf(files).flatMap(({ layer, place: { document, path } }) =>
    layer.feedback_domain === undefined
      ? []
      : [
          problemAt(
            { document, path: [...path, 'feedback_domain'] },
            {
              message: `feedback_domain cannot be set with api.edit: patch (${where})`,
              hint: 'write api.edit: auto, or remove this key',
            },
          ),
        ],
  )
}

const markerProblems = (files: ConfigFiles): ReadonlyArray<Problem> => {
  if (files.main.file.policy?.unlisted !== 'block') return []
  const where = said({ document: files.main.document, path: ['policy', 'unlisted'] })
  return [files.main, ...files.included].flatMap(({ document }) =>
    document.endsWithMarker
      ? []
      : [
          {
            file: document.name,
            line: document.lines,
            column: 1,
            path: '',
            message: `policy.unlisted: block (${where}) demands a last line of three dots, so that a cut-off file is never taken for a shorter list`,
            hint: 'end this file with a line ...',
            excerpt: undefined,
          },
        ],
  )
}

type Listed = { readonly user: User; readonly at: At }
type Gathered = { readonly source: string; readonly users: Array<Listed> }

const scopesOf = (files: ConfigFiles, secrets: FoundSecrets) => {
  const { document, file } = files.main
  const gathered = new Map<Scope, Gathered>()
  const scopeDefaults = new Map<Scope, Said>()
  for (const one of [files.main, ...files.included]) gather(one, secrets, gathered, scopeDefaults)

  const none: Said = new Map()
  const defaults =
    file.defaults === undefined ? none : sayings(file.defaults, { document, path: ['defaults'] }, 'defaults', secrets)
  const profiles = new Map(
    [...(file.profiles ?? [])].map(([name, layer]) => [
      name,
      sayings(layer, { document, path: ['profiles', name] }, `profile ${quoted(name).slice(1, -1)}`, secrets),
    ]),
  )
  const problems: Array<Problem> = []
  const scopes: Array<DesiredScope> = []
  for (const [scope, { source, users }] of gathered) {
    const base = merged(defaults, scopeDefaults.get(scope) ?? none)
    const withProfile = new Map([['', base]])
    const weakerOf = (profile = ''): Said => {
      const weaker = withProfile.get(profile) ?? merged(base, profiles.get(profile) ?? none)
      withProfile.set(profile, weaker)
      return weaker
    }
    const resolved: Array<DesiredUser> = []
    for (const { user, at } of users) {
      const result = resolveUser(user, at, weakerOf(user.profile), secrets)
      resolved.push(result.user)
      for (const problem of result.problems) problems.push(problem)
    }
    scopes.push({
      scope,
      source,
      defaults: valuesIn(base),
      users: resolved.sort((one, other) => (one.username < other.username ? -1 : 1)),
    })
  }
  return { scopes: scopes.sort((one, other) => byScope(one.scope, other.scope)), problems }
}

const valuesIn = (said: Said): Settings => {
  const values: { [F in FieldName]?: Value } = {}
  for (const [field, { value }] of said) values[field] = value
  return values
}

const gather = (
  { document, file }: Decoded<IncludedFile>,
  secrets: FoundSecrets,
  gathered: Map<Scope, Gathered>,
  scopeDefaults: Map<Scope, Said>,
): void => {
  const add = (scope: Scope, users: ReadonlyArray<User> | undefined, path: ReadonlyArray<string | number>): void => {
    if (users === undefined) return
    const into = gathered.get(scope) ?? { source: `${said({ document, path }, 'key')} users`, users: [] }
    for (const [at, user] of users.entries()) into.users.push({ user, at: { document, path: [...path, at] } })
    gathered.set(scope, into)
  }
  add('account', file.users, ['users'])
  for (const [at, { id, defaults, users }] of (file.subaccounts ?? []).entries()) {
    const scope = subaccount(id)
    add(scope, users, ['subaccounts', at, 'users'])
    if (defaults === undefined) continue
    scopeDefaults.set(scope, sayings(defaults, { document, path: ['subaccounts', at, 'defaults'] }, 'scope defaults', secrets))
  }
}
