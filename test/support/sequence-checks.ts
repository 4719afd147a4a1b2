// What the truth of the service must show around each run of a random life: judged by the request log and the users, never by the
// reconciler's own word, but for the names of what it could not do.
import * as assert from 'uvu/assert'
import type { Report } from '../../src/domain/plan/plan.ts'
import type { Switches } from '../../src/sandbox/switches.ts'
import type { LoggedRequest, TruthUser } from './command.ts'
import { endedIn, heldIn } from './rig.ts'
import { type ConfigModel, changedIn, isProtected, isSo, managedOf } from './sequence-world.ts'

const LIMIT = ['custom_ratelimit', 'custom_ratelimit_value', 'custom_ratelimit_period']

/** What the config says and how the service is. */
export type Moment = { readonly config: ConfigModel; readonly switches: Partial<Switches> }

/** The truth around one run, and what it sent. */
export type Seen = {
  readonly before: ReadonlyArray<TruthUser>
  readonly after: ReadonlyArray<TruthUser>
  readonly writes: ReadonlyArray<LoggedRequest>
  readonly report: Report
}

const named = (users: ReadonlyArray<TruthUser>, username: unknown) => users.find((user) => user.username === username)

/** The name of a field in the truth. */
export const inTruth = (field: string): string =>
  field === 'ip_pool' ? 'ippool' : field === 'email_password' ? 'email_password_sha256' : field

const isBlind = (field: string, { switches }: Moment): boolean =>
  (field === 'email_password_sha256' && switches.view_password !== 'clear') ||
  (field === 'click_tracking_enabled' && switches.click_tracking !== 'present') ||
  (field === 'feedback_domain' && switches.feedback_domain === 'gone')

/** Whether a request is a full edit. */
export const isFullEdit = ({ method, path }: Pick<LoggedRequest, 'method' | 'path'>): boolean =>
  method === 'POST' && path.endsWith('/edit')

/** The log of one run: nothing that was not declared and did not differ. */
export const checkWrites = (moment: Moment, { before, writes }: Seen): void => {
  for (const { method, path, body } of writes) {
    const { username } = body
    assert.ok(
      typeof username === 'string' && moment.config.users.has(username),
      `${method} ${path} for ${String(username)}, who is not listed`,
    )
    const managed = managedOf(moment.config, username)
    const fields = Object.keys(body).filter((field) => field !== 'username')
    const twin = named(before, username)
    if (path.endsWith('/add')) assert.is(twin, undefined, `add of ${username}, who is live`)
    else assert.not(isProtected(username), `${method} ${path} for ${username}, who is protected`)
    if (isFullEdit({ method, path })) {
      assert.ok('email_password_sha256' in managed, `full edit of ${username} without a declared password`)
      for (const field of fields.filter((one) => !(inTruth(one) in managed)))
        assert.ok(
          isSo(inTruth(field), twin?.[inTruth(field)], body[field]),
          `full edit of ${username} carries ${field} ${String(body[field])}, which is not managed and was ${String(twin?.[inTruth(field)])}`,
        )
      continue
    }
    for (const field of fields)
      assert.ok(inTruth(field) in managed, `${method} of ${username} carries ${field}, which is not managed`)
    if (method !== 'PATCH') continue
    const differs = (field: string): boolean => {
      const name = inTruth(field)
      return isBlind(name, moment) || !isSo(name, twin?.[name], managed[name])
    }
    const limitDiffers = LIMIT.some((field) => field in managed && differs(field))
    for (const field of fields)
      assert.ok(
        LIMIT.includes(field) ? limitDiffers : differs(field),
        `PATCH of ${username} carries ${field}, which did not differ`,
      )
  }
}

/** The truth around one run: hands off whatever is not managed. */
export const checkHandsOff = (moment: Moment, { before, after }: Seen): void => {
  for (const user of before) {
    const twin = named(after, user.username)
    assert.ok(twin !== undefined, `${user.username} is gone`)
    const managed = managedOf(moment.config, user.username)
    const free = isProtected(user.username) ? {} : managed
    for (const field of changedIn(user, twin)) {
      const limit = LIMIT.includes(field) && 'custom_ratelimit' in free
      assert.ok(
        field in free || limit,
        `${field} of ${user.username} was touched: ${String(user[field])} became ${String(twin[field])}`,
      )
    }
  }
  for (const user of after)
    assert.ok(named(before, user.username) !== undefined || moment.config.users.has(user.username), `${user.username} was made`)
}

/** A password that was sent is the declared one; the log only shows that there was one. */
export const checkPasswords = ({ config }: Moment, { after, writes }: Seen): void => {
  for (const { body, status } of writes) {
    if (body.email_password === undefined || status !== 200) continue
    const { username } = body
    assert.is(
      named(after, username)?.email_password_sha256,
      managedOf(config, String(username)).email_password_sha256,
      `another password than the declared one was sent for ${String(username)}`,
    )
  }
}

/** After the last run: what is not as declared is told by name. */
export const checkEnd = (moment: Moment, { after, report }: Seen): void => {
  const told = new Set([...heldIn(report), ...endedIn(report)].map(({ username }) => username))
  for (const username of moment.config.users.keys()) {
    const user = named(after, username)
    const wrong = Object.entries(managedOf(moment.config, username)).filter(
      ([field, wanted]) => !isBlind(field, moment) && !isSo(field, user?.[field], wanted),
    )
    assert.ok(wrong.length === 0 || told.has(username), `${username} ends wrong and nameless: ${wrong.join('; ')}`)
  }
}
