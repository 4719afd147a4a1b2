// Random lives: people edit users and the config in any order, runs happen in between, and the truth of the service shows after each run that
// only what was declared and differed was touched (promise S5), and after the last that all is as declared or has a name (L4, L8).
import * as assert from 'uvu/assert'
import type { Switches } from '../src/sandbox/switches.ts'
import { type Rig, withRig } from './support/rig.ts'
import {
  checkEnd,
  checkHandsOff,
  checkPasswords,
  checkWrites,
  inTruth,
  isFullEdit,
  type Moment,
  type Seen,
} from './support/sequence-checks.ts'
import {
  byHand,
  type ConfigModel,
  edited,
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

const watched = async (rig: Rig): Promise<Seen> => {
  const before = await rig.users()
  const from = (await rig.log()).length
  const report = await rig.run()
  const writes = (await rig.log()).slice(from).filter(({ path }) => !path.endsWith('/view'))
  return { before, after: await rig.users(), writes, report }
}

/** How often something happened in lives, so that none of it gets rare unseen. */
type Counts = { [what: string]: number }

/** How often at least, for each life. */
const OFTEN: Counts = {
  runs: 4,
  'edits of the config': 0.8,
  'edit by hand': 0.8,
  'passwords by hand': 0.05,
  'add by hand': 0.1,
  'remove by hand': 0.05,
  'POST add': 0.3,
  'PATCH edit': 0.5,
  'PATCH edit with a password': 0.1,
  'full edits': 0.3,
  'full edits that carry what is not managed': 0.2,
  'full edits where PATCH is not enough': 0.05,
}

/** So many lives that what is rare among them is rare at all. */
const MANY = 1000

const tooSeldom = (counts: Counts): ReadonlyArray<string> =>
  Object.entries(OFTEN).flatMap(([what, often]) => ((counts[what] ?? 0) < (often * LIVES) / 4 ? [what] : []))

const count = (counts: Counts, what: string, times = 1): void => {
  counts[what] = (counts[what] ?? 0) + times
}

const countWrites = (counts: Counts, moment: Moment, { writes }: Seen): void => {
  count(counts, 'runs')
  for (const write of writes) {
    const { method, path, body } = write
    const managed = managedOf(moment.config, String(body.username))
    const kind = isFullEdit(write) ? 'full edits' : `${method} ${path.split('/').at(-1)}`
    count(counts, kind)
    if (body.email_password !== undefined) count(counts, `${kind} with a password`)
    const free = Object.keys(body).filter((field) => field !== 'username' && !(inTruth(field) in managed))
    if (free.length > 0) count(counts, `${kind} that carry what is not managed`)
    if (moment.config.edit === 'auto' && kind === 'full edits') count(counts, 'full edits where PATCH is not enough')
  }
}

const act = async (rig: Rig, random: () => number, config: ConfigModel, counts: Counts): Promise<ConfigModel> => {
  const users = await rig.users()
  const someone = oneOf(random, [...NAMES, ...STRANGERS])
  const isLive = users.some(({ username }) => username === someone)
  const roll = random()
  const byColleague = (path: 'add' | 'edit' | 'remove', body: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    count(counts, `${path} by hand`)
    if ('email_password' in body) count(counts, 'passwords by hand')
    return rig.colleague(path, { username: someone, ...body })
  }
  if (roll < 0.5) {
    count(counts, 'edits of the config')
    return edited(random, config)
  }
  if (roll < 0.9 && isLive) await byColleague('edit', byHand(random))
  else if (roll < 0.95 && isLive && users.length > 4) await byColleague('remove')
  else if (!isLive) await byColleague('add', byHand(random))
  return config
}

const live = async (seed: number, counts: Counts): Promise<void> => {
  const random = randomFrom(seed)
  const switches = someSwitches(random)
  const account = {
    results: [...NAMES.slice(0, 3), NAMES[4], ...STRANGERS].map((username) => ({ username, ...inSeed(byHand(random)) })),
  }
  await withRig(
    { account },
    async (rig) => {
      Object.assign(rig.env, PASSWORDS)
      let config: ConfigModel = {
        edit: oneOf(random, ['auto', 'auto', 'patch', 'full'] as const),
        contested: 'enforce',
        defaults: {},
        users: new Map(),
      }
      for (let edits = 0; edits < 4; edits += 1) config = edited(random, config)
      const run = async (): Promise<Seen> => {
        rig.config(textOf(config), `pace: off, edit: ${config.edit}`)
        const seen = await watched(rig)
        countWrites(counts, { config, switches }, seen)
        checkWrites({ config, switches }, seen)
        checkHandsOff({ config, switches }, seen)
        checkPasswords({ config, switches }, seen)
        return seen
      }
      for (let steps = 0; steps < 4; steps += 1) {
        config = await act(rig, random, config, counts)
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
      const counts: Counts = {}
      for (let seed = Math.ceil(first); seed < first + LIVES / 4; seed += 1) {
        try {
          await live(seed, counts)
        } catch (thrown) {
          const why = thrown instanceof Error ? thrown.message : String(thrown)
          throw new Error(`life ${seed}: ${why} (LIVES=4 FIRST_LIFE=${seed} begins with it)`)
        }
      }
      if (LIVES >= MANY) assert.equal(tooSeldom(counts), [], `too seldom: ${JSON.stringify(counts)}`)
    })
  })
}
