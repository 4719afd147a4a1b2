// Leaving at its edges: a live user that the config names in another spelling (S15), a grace of nothing, a block that no edit can make.
import * as assert from 'uvu/assert'
import type { Context } from '../../../src/domain/draft/diff.ts'
import { departuresOf, isLeaving, left } from '../../../src/domain/draft/leaving.ts'
import type { Part } from '../../../src/domain/draft/part.ts'
import type { Block, Cause } from '../../../src/domain/plan/plan.ts'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import type { DesiredScope, Policy } from '../../../src/domain/wanted/desired.ts'
import {
  context,
  DAY,
  desiredScope,
  live,
  livesIn,
  liveUser,
  memory,
  NOBODY_LISTED,
  policy,
  wanted,
} from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const FAX = 'Fax@acme.example'
const NEW = 'printer@acme.example'
const absent = (username: string, reason?: string): Partial<DesiredScope> => ({
  absent: [{ username, reason, source: 'config.yaml:5:5 absent' }],
})
const renamed = (old: string): Partial<DesiredScope> => ({
  users: [wanted('one@acme.example'), { ...wanted(NEW), previously: [old], source: 'config.yaml:6:5' }],
})

type Scene = {
  readonly policy?: Partial<Policy>
  readonly listing: Partial<DesiredScope>
  readonly user?: LiveUser
  readonly others?: ReadonlyArray<LiveUser>
  readonly some?: Partial<Context>
}
const scene = ({ policy: rules = {}, listing, user = liveUser(FAX), others = [], some = {} }: Scene) => {
  const about = context({ policy: policy(rules), memory: memory(), seen: new Set([FAX]), ...some })
  const shown = [user, ...others]
  const names = new Map(shown.map((one) => [one.username, one]))
  const departures = departuresOf(about, { ...desiredScope([]), ...listing }, names, new Map())
  const around = { world: { ...livesIn(FAX, 'account'), ...NOBODY_LISTED }, live: live(shown), departures }
  return { part: left(about, around, user), isLeaving: isLeaving(about, departures, user) }
}
const block = (source: string, cause: Cause = 'config'): Block => ({
  change: 'block',
  username: FAX,
  cause,
  fields: [{ field: 'status', from: 'allowed', to: 'blocked', source }],
  ends: 'departs',
})
const REMOVING: Partial<Policy> = { unlisted: 'remove' }

spec('S15: a live user that the config names in another spelling', (test) => {
  const misspelled = (name: string, source: string, how = 'only in case', cause: Cause = 'config'): Part => {
    const message = `the config calls this user ${name}: write ${FAX}, as it is live`
    return {
      withheld: [{ change: block(source, cause), reason: 'impossible', why: `differs ${how}; ${message}` }],
      findings: [{ rule: 'case-only-difference', severity: 'medium', username: FAX, message, source }],
    }
  }

  for (const [title, given, expected] of [
    [
      'is not blocked for being absent',
      { listing: absent('fax@acme.example') },
      misspelled('fax@acme.example', 'config.yaml:5:5 absent'),
    ],
    [
      'is not blocked for having a new name',
      { listing: renamed('FAX@acme.example') },
      misspelled('FAX@acme.example', 'config.yaml:6:5'),
    ],
    [
      'nor where all who are not listed are removed',
      { listing: absent('fax@acme.example'), policy: REMOVING },
      misspelled('fax@acme.example', 'config.yaml:5:5 absent'),
    ],
    [
      'nor at the first look',
      { listing: absent('fax@acme.example'), some: { memory: undefined } },
      misspelled('fax@acme.example', 'config.yaml:5:5 absent', 'only in case', 'first_run'),
    ],
  ] satisfies ReadonlyArray<readonly [string, Scene, Part]>)
    test(title, () => assert.equal(scene(given).part, expected))

  test('is told of, with nothing that would be done to it, where somebody has blocked it already', () => {
    const user = liveUser(FAX, { status: 'blocked' })
    for (const some of [{}, REMOVING]) {
      const { withheld, findings = [] } = scene({ user, listing: absent('fax@acme.example'), policy: some }).part
      assert.equal(withheld, [])
      assert.equal(
        findings.map(({ rule }) => rule),
        ['case-only-difference'],
      )
    }
  })

  test('is told in what it differs where the eye sees no difference', () => {
    const user = liveUser('fa\u0301x@acme.example')
    const { withheld = [] } = scene({ user, listing: absent('f\u00e1x@acme.example') }).part
    assert.equal(
      withheld.map(({ why }) => why.split('; ')[0]),
      ['differs only in its Unicode normal form, or in case'],
    )
  })

  test('is not on its way out, as one is that is spelled as it is live, or not named at all', () => {
    assert.not(scene({ listing: absent('fax@acme.example'), policy: REMOVING }).isLeaving)
    assert.not(scene({ listing: renamed('fax@acme.example'), policy: REMOVING }).isLeaving)
    assert.ok(scene({ listing: absent(FAX), policy: REMOVING }).isLeaving)
    assert.ok(scene({ listing: absent('telex@acme.example'), policy: REMOVING }).isLeaving)
  })
})

spec('a user on its way out', (test) => {
  const NEXT = [liveUser(NEW)]
  const byOthers = (why: string, source: string): Part => ({
    unlisted: [FAX],
    findings: [
      {
        rule: 'blocked-by-others',
        severity: 'low',
        username: FAX,
        message: `not listed${why}, and not blocked by the reconciler on its way out, which alone leads to a removal; remove it by hand`,
        source,
      },
    ],
  })
  const WHOLE = {
    change: block('config.yaml:5:5 absent'),
    reason: 'impossible',
    why: 'only the full edit can make this, and it would reset email_password, click_tracking_enabled: declare them for this user',
  } as const

  for (const [title, given, expected] of [
    [
      'is blocked at once where its new name works and there is no grace',
      { listing: renamed(FAX), others: NEXT, policy: { grace: 0 } },
      { due: [block('config.yaml:6:5', 'grace_elapsed')] },
    ],
    [
      'that somebody else has blocked is told with why it must be absent',
      { listing: absent(FAX, 'sold'), user: liveUser(FAX, { status: 'blocked' }), policy: REMOVING },
      byOthers(' (sold)', 'config.yaml:5:5 absent'),
    ],
    [
      'is told without a reason where none is given',
      { listing: absent(FAX), user: liveUser(FAX, { status: 'blocked' }), policy: REMOVING },
      byOthers('', 'config.yaml:5:5 absent'),
    ],
    [
      'is held, with what to do, where only an edit could block it that would reset something else',
      { listing: absent(FAX), policy: { edit: 'full' } },
      { withheld: [WHOLE] },
    ],
  ] satisfies ReadonlyArray<readonly [string, Scene, Part]>)
    test(title, () => assert.equal(scene(given).part, expected))

  test('stays as it is where there is a grace, be it a day, and tells how long', () => {
    const { withheld = [] } = scene({ listing: renamed(FAX), others: NEXT, policy: { grace: DAY } }).part
    assert.equal(
      withheld.map(({ why }) => why),
      [`replaced by ${NEW}; blocked in about 24 hours`],
    )
  })
})
