// Random lives: people edit users and the config in any order, runs happen in between, and the truth of the service shows after each run that
// only what was declared and differed was touched (promise S5), and after the last that all is as declared or has a name (L4, L8).
import * as assert from 'uvu/assert'
import type { Report } from '../src/domain/plan.ts'
import type { Switches } from '../src/sandbox/switches.ts'
import type { LoggedRequest, TruthUser } from './support/command.ts'
import { endedIn, heldIn, type Rig, withRig } from './support/rig.ts'
import {
  byHand,
  type ConfigModel,
  changedIn,
  edited,
  isProtected,
  isSo,
  managedOf,
  NAMES,
  oneOf,
  PASSWORDS,
  randomFrom,
  STRANGERS,
  textOf,
} from './support/sequence-world.ts'
import { spec } from './support/spec.ts'

const LIVES = Number(process.env.LIVES ?? 2000)
const FIRST = Number(process.env.FIRST_LIFE ?? 1)
const LIMIT = ['custom_ratelimit', 'custom_ratelimit_value', 'custom_ratelimit_period']

const someSwitches = (random: () => number): Partial<Switches> => ({
  view_password: oneOf(random, ['clear', 'masked', 'absent']),
  write_password: oneOf(random, ['clear', 'masked', 'absent']),
  click_tracking: oneOf(random, ['absent', 'present']),
  unset_ippool: oneOf(random, ['absent', 'null', 'zero']),
  clear_ip_pool: oneOf(random, ['zero_or_empty', 'zero', 'impossible']),
  period_style: oneOf(random, ['postgres', 'python', 'verbatim']),
  full_edit_password: oneOf(random, ['kept', 'regenerated']),
  feedback_domain: oneOf(random, ['stored', 'ignored', 'gone']),
  patch_answer: oneOf(random, ['array', 'wrapped_array', 'results', 'object']),
  patch_empty_text: oneOf(random, ['clears', 'clears', 'ignored']),
  ratelimit_flag: oneOf(random, ['stored', 'sent']),
  description_key: oneOf(random, ['description', 'comments']),
  extra_fields: oneOf(random, ['none', 'none', 'sending_status']),
})

type Moment = { readonly config: ConfigModel; readonly switches: Partial<Switches> }
type Seen = {
  readonly before: ReadonlyArray<TruthUser>
  readonly after: ReadonlyArray<TruthUser>
  readonly writes: ReadonlyArray<LoggedRequest>
  readonly report: Report
}

const watched = async (rig: Rig): Promise<Seen> => {
  const before = await rig.users()
  const from = (await rig.log()).length
  const report = await rig.run()
  const writes = (await rig.log()).slice(from).filter(({ path }) => !path.endsWith('/view'))
  return { before, after: await rig.users(), writes, report }
}

const named = (users: ReadonlyArray<TruthUser>, username: unknown) => users.find((user) => user.username === username)
const inTruth = (field: string): string =>
  field === 'ip_pool' ? 'ippool' : field === 'email_password' ? 'email_password_sha256' : field
const isBlind = (field: string, { switches }: Moment): boolean =>
  (field === 'email_password_sha256' && switches.view_password !== 'clear') ||
  (field === 'click_tracking_enabled' && switches.click_tracking !== 'present') ||
  (field === 'feedback_domain' && switches.feedback_domain === 'gone')

/** The log of one run: nothing that was not declared and did not differ. */
const checkWrites = (moment: Moment, { before, writes }: Seen): void => {
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
    if (path.endsWith('/edit') && method === 'POST') {
      assert.ok('email_password_sha256' in managed, `full edit of ${username} without a declared password`)
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
const checkHandsOff = (moment: Moment, { before, after }: Seen): void => {
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

/** After the last run: what is not as declared is told by name. */
const checkEnd = (moment: Moment, { after, report }: Seen): void => {
  const told = new Set([...heldIn(report), ...endedIn(report)].map(({ username }) => username))
  for (const username of moment.config.users.keys()) {
    const user = named(after, username)
    const wrong = Object.entries(managedOf(moment.config, username)).filter(
      ([field, wanted]) => !isBlind(field, moment) && !isSo(field, user?.[field], wanted),
    )
    assert.ok(wrong.length === 0 || told.has(username), `${username} ends wrong and nameless: ${wrong.join('; ')}`)
  }
}

const act = async (rig: Rig, random: () => number, config: ConfigModel): Promise<ConfigModel> => {
  const users = await rig.users()
  const someone = oneOf(random, [...NAMES, ...STRANGERS])
  const isLive = users.some(({ username }) => username === someone)
  const roll = random()
  if (roll < 0.5) return edited(random, config)
  if (roll < 0.9 && isLive) await rig.colleague('edit', { username: someone, ...byHand(random) })
  else if (roll < 0.95 && isLive && users.length > 4) await rig.colleague('remove', { username: someone })
  else if (!isLive) await rig.colleague('add', { username: someone, ...byHand(random) })
  return config
}

const live = async (seed: number): Promise<number> => {
  const random = randomFrom(seed)
  const switches = someSwitches(random)
  let requests = 0
  const account = {
    results: [...NAMES.slice(0, 3), NAMES[4], ...STRANGERS].map((username) => ({ username, ...inSeed(byHand(random)) })),
  }
  await withRig(
    { account },
    async (rig) => {
      Object.assign(rig.env, PASSWORDS)
      let config: ConfigModel = { edit: 'auto', contested: 'enforce', defaults: {}, users: new Map() }
      for (let edits = 0; edits < 4; edits += 1) config = edited(random, config)
      const run = async (): Promise<Seen> => {
        rig.config(textOf(config), `pace: off, edit: ${config.edit}`)
        const seen = await watched(rig)
        requests += seen.report.requests
        checkWrites({ config, switches }, seen)
        checkHandsOff({ config, switches }, seen)
        return seen
      }
      for (let steps = 0; steps < 4; steps += 1) {
        config = await act(rig, random, config)
        if (random() < 0.6) await run()
        await rig.time.pass(Math.floor(random() ** 4 * 30 * 3_600_000))
      }
      await run()
      const last = await run()
      checkEnd({ config, switches }, last)
      assert.equal((await run()).writes, [], 'a converged user is written to')
    },
    { switches, memory: true, random },
  )
  return requests
}

const inSeed = ({ ip_pool, ...rest }: ReturnType<typeof byHand>) => ({
  ...rest,
  ...(rest.audit_email === '' ? { audit_email: null } : {}),
  ...(ip_pool === undefined ? {} : { ippool: 1234 }),
})

// In quarters, so that a loaded machine has time enough for each.
for (const quarter of [0, 1, 2, 3]) {
  const first = FIRST + (quarter * LIVES) / 4
  spec(`random lives from ${first} on`, (test) => {
    test(`S5 S8 L4 L8: nothing is touched but what is declared and differs, and each of ${LIVES / 4} ends converged or named`, async () => {
      for (let seed = Math.ceil(first); seed < first + LIVES / 4; seed += 1) {
        try {
          await live(seed)
        } catch (thrown) {
          const why = thrown instanceof Error ? thrown.message : String(thrown)
          throw new Error(`life ${seed}: ${why} (LIVES=4 FIRST_LIFE=${seed} begins with it)`)
        }
      }
    })
  })
}
