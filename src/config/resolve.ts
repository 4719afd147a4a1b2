// From decoded files to the desired state: layers merged with their provenance, everything checked
// that takes more than one key to see. Pure; all faults are found at once.
import type { Problem } from '../domain/basics/failure.ts'
import type { Work } from '../domain/basics/work.ts'
import type { DesiredState, Schedule } from '../domain/wanted/desired.ts'
import { E } from '../fp.ts'
import type { Schedules } from '../ports.ts'
import { contradictions } from './contradiction.ts'
import { endingsOf } from './ending.ts'
import type { ConfigFile, ConfigFiles, Decoded } from './file.ts'
import { layersOf } from './layers.ts'
import { markerProblems, unmarked } from './marker.ts'
import { isLocal } from './names.ts'
import { operationOf } from './operation.ts'
import { isSaid, problemAt, said } from './place.ts'
import { requestProblems } from './request.ts'
import { ruledUsers } from './rules-for.ts'
import { ruleProblems, rulesOf } from './ruling.ts'
import { scopesOf } from './scopes.ts'
import { type FoundSecrets, fetchedOf, refsOf, secretProblems } from './secrets.ts'

export type ToResolve = { readonly files: ConfigFiles; readonly secrets: FoundSecrets; readonly schedules: Schedules }

/** Merges and checks; what is wrong with names across files is found in `listing.ts`. */
export function* resolve({ files, secrets, schedules }: ToResolve): Work<E.Either<ReadonlyArray<Problem>, DesiredState>> {
  const { document, file } = files.main
  const { on_change: onChange, schedule: cron, timezone, mode } = file.reconcile
  const { key, edit, timeout: timeoutMs, max_answer: maxAnswerBytes, ...api } = file.api
  const { protected: guarded, ...caps } = file.safety
  const schedule = { onChange, cron, timezone }
  const { scopes, defaults, listed, heavy, problems } = yield* scopesOf(files, secrets)
  yield
  const rules = rulesOf(files)
  const setting = rules.filter(({ sets }) => sets.size > 0)
  const ruled = yield* ruledUsers(setting, listed)
  const find = fetchedOf(secrets)
  const faults = [
    ...keyProblems(files.main),
    ...scheduleProblems(files.main, schedule, schedules),
    ...patchProblems(files),
    ...markerProblems(files),
    ...secretProblems(refsOf(files), secrets),
    ...problems,
    ...ruleProblems(files.main),
    ...(yield* contradictions(setting, ruled)),
    ...(yield* requestProblems(setting, ruled, heavy)),
  ]
  if (faults.length > 0) return E.left(faults)
  return E.right({
    api: { ...api, key: key === undefined ? undefined : find(key), timeoutMs, maxAnswerBytes },
    schedule,
    policy: {
      ...file.policy,
      unlistedAt: said({ document, path: ['policy', 'unlisted'] }),
      mode,
      edit,
      protected: guarded,
      caps,
    },
    scopes,
    defaults,
    coverage: file.subaccounts === 'all' ? said({ document, path: ['subaccounts'] }) : undefined,
    rules: rules.map(({ rule }) => rule),
    operation: operationOf(files.main, find),
    stateDir: file.state_dir,
    files: [files.main, ...files.included].map((one) => one.document.name),
    endings: endingsOf(files),
    unmarked: unmarked(files),
  })
}

const keyProblems = ({ document, file }: Decoded<ConfigFile>): ReadonlyArray<Problem> =>
  file.api.key !== undefined || file.api.endpoint._tag === 'Sandbox'
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

const scheduleProblems = (
  { document, file }: Decoded<ConfigFile>,
  { cron, timezone }: Schedule,
  schedules: Schedules,
): ReadonlyArray<Problem> => {
  // What the file does not say cannot be wrong in it.
  if (cron === undefined || !['schedule', 'timezone'].some((key) => isSaid({ document, path: ['reconcile', key] }))) return []
  const place = { document, path: ['reconcile', 'schedule'] }
  const fault = schedules.check(cron, timezone)
  if (fault !== undefined) return [problemAt(place, { message: fault })]
  // Five fields name no seconds; to ask when such a schedule fires costs more than all the rest of a small config.
  if (isLocal(file.api.endpoint) || cron.trim().split(/\s+/).length === 5) return []
  const gap = schedules.shortestGapMs(cron, timezone)
  if (gap >= 60_000) return []
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
