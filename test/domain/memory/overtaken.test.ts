// A write whose fate nobody told may replace what a newer one has set: what of it is kept in mind, for how long, and what is sent again for it.
import * as assert from 'uvu/assert'
import { isDueAgain, overtakenBy, overtakenStill } from '../../../src/domain/memory/overtaken.ts'
import type { Pending } from '../../../src/domain/memory/user-memory.ts'
import type { Ended, Outcome } from '../../../src/domain/plan/plan.ts'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import { type Print, printOf } from '../../../src/domain/user/prints.ts'
import { FIELDS, type FieldName, type Settings } from '../../../src/domain/user/settings.ts'
import type { DesiredUser } from '../../../src/domain/wanted/desired.ts'
import { change, HOUR, liveUser, NOW, prints, wanted } from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
// An answer is waited for as long as this.
const LATE = HOUR / 4
const printsOf = (settings: { readonly [F in FieldName]?: Print }) =>
  new Map(FIELDS.flatMap((field) => (settings[field] === undefined ? [] : [[field, settings[field]] as const])))
const sent = (asked: Parameters<typeof printsOf>[0], at: number, some: Partial<Pending> = {}): Pending => ({
  change: 'update',
  wanted: printsOf(asked),
  at,
  ...some,
})
const older = (asked: Parameters<typeof printsOf>[0], at: number) => ({ at, wanted: printsOf(asked) })

spec('a write of unknown fate that a newer one overtakes', (test) => {
  const OLD = { click_tracking_enabled: 'true', description: '"old"' }
  const NEW = printsOf({ click_tracking_enabled: 'false', description: '"old"' })
  const AGO = NOW - LATE + 1

  for (const [title, before, expected] of [
    ['is none where none was sent', undefined, undefined],
    ['may yet set what the newer one asks to be otherwise', sent(OLD, AGO), older({ click_tracking_enabled: 'true' }, AGO)],
    ['can come no more after a quarter of an hour', sent(OLD, AGO - 1), undefined],
    ['nor where its fate was told', sent(OLD, AGO, { answered: true }), undefined],
    ['does no harm where the newer one asks for the same', sent({ description: '"old"' }, AGO), undefined],
    ['nor where the newer one says nothing of its fields', sent({ audit_email: '"a@acme.example"' }, AGO), undefined],
  ] satisfies ReadonlyArray<readonly [string, Pending | undefined, Pending['overtakes']]>)
    test(title, () => assert.equal(overtakenBy(before, NEW, NOW), expected))

  const FIRST = older({ email_password: 'print', click_tracking_enabled: '"first"' }, AGO)
  for (const [title, before, expected] of [
    [
      'is kept in mind while what overtook it is itself sent again',
      sent({ description: '"old"' }, NOW - 1, { overtakes: FIRST }),
      FIRST,
    ],
    ['also where the fate of that was told', sent(OLD, NOW - 1, { overtakes: FIRST, answered: true }), FIRST],
    [
      'is forgotten once it can come no more',
      sent({ description: '"old"' }, NOW - 1, { overtakes: { ...FIRST, at: AGO - 1 } }),
      undefined,
    ],
    [
      'counts together with the one that had overtaken it, whose values and moment go first',
      sent(OLD, NOW - 1, { overtakes: FIRST }),
      older({ email_password: 'print', click_tracking_enabled: 'true' }, NOW - 1),
    ],
    [
      'counts no more beside the one that had overtaken it when it can come no more',
      sent(OLD, NOW - 1, { overtakes: { ...FIRST, at: AGO - 1 } }),
      older({ click_tracking_enabled: 'true' }, NOW - 1),
    ],
  ] satisfies ReadonlyArray<readonly [string, Pending, Pending['overtakes']]>)
    test(title, () => assert.equal(overtakenBy(before, NEW, NOW), expected))
})

spec('what is pending', (test) => {
  const asked = { click_tracking_enabled: 'false' }
  const at = (ago: number) => older({ click_tracking_enabled: 'true' }, NOW - ago)
  for (const [title, some, expected] of [
    ['is sent again where nobody told its fate', {}, true],
    ['is sent again where nobody told its fate, whatever it overtook', { overtakes: at(1) }, true],
    ['waits where its fate was told, while what it overtook may still come', { answered: true, overtakes: at(LATE - 1) }, false],
    ['is sent again when that can come no more', { answered: true, overtakes: at(LATE) }, true],
    ['is sent again where its fate was told and it overtook nothing', { answered: true }, true],
  ] satisfies ReadonlyArray<readonly [string, Partial<Pending>, boolean]>)
    test(title, () => assert.is(isDueAgain(sent(asked, NOW, some), NOW), expected))
})

spec('after the answer to a write that overtook another one', (test) => {
  const NEWER = newSecret()
  const password = printOf(prints, NEWER)
  const OLDER = { email_password: 'older print', click_tracking_enabled: 'true', description: '"old"' }
  const overtakes = older(OLDER, NOW - 2)
  const HIDDEN = liveUser(ONE)
  const ended = (outcome: Outcome): Ended => ({ ...change('update', ONE), outcome })
  const pending = sent({}, NOW - 1, { overtakes })
  type Scene = {
    readonly overtakes?: false
    readonly asked?: Settings
    readonly live?: LiveUser | undefined
    readonly outcome?: Outcome
  }
  const still = (scene: Scene) => {
    const user: DesiredUser = wanted(ONE, scene.asked ?? ASKED)
    const live = 'live' in scene ? scene.live : HIDDEN
    const before = scene.overtakes === false ? sent({}, NOW - 1) : pending
    return overtakenStill(before, { user, live, ended: ended(scene.outcome ?? 'verified'), prints })
  }
  const ASKED: Settings = { email_password: NEWER, click_tracking_enabled: false, description: 'new' }
  const again = (asked: Parameters<typeof printsOf>[0]): Pending => sent(asked, NOW - 1, { overtakes, answered: true })

  for (const [title, scene, expected] of [
    [
      'what cannot be read back is to be sent once more, and what can is drift',
      {},
      again({ email_password: password, click_tracking_enabled: 'false' }),
    ],
    [
      'also where part of it could not be verified',
      { outcome: 'unobservable' },
      again({ email_password: password, click_tracking_enabled: 'false' }),
    ],
    ['what is not managed any more is not', { asked: { email_password: NEWER } }, again({ email_password: password })],
    [
      'nor what is asked for as it was',
      { asked: { click_tracking_enabled: true, email_password: NEWER } },
      again({ email_password: password }),
    ],
    ['nothing is where all that it set is as it was asked for', { asked: { click_tracking_enabled: true } }, undefined],
    ['nothing is where all of it can be read', { asked: { description: 'new' } }, undefined],
    ['nothing is where it is not live', { live: undefined }, undefined],
    ['nothing is where it overtook none', { overtakes: false }, undefined],
    [
      'where it was refused, it is the older one that is pending again, from when that was sent',
      { outcome: 'failed' },
      sent({ email_password: 'older print', click_tracking_enabled: 'true' }, NOW - 2),
    ],
    [
      'the same where it did not take',
      { outcome: 'not_converged', asked: { email_password: NEWER } },
      sent({ email_password: 'older print' }, NOW - 2),
    ],
    ['but not what of that can be read', { outcome: 'failed', asked: { description: 'new' } }, undefined],
  ] satisfies ReadonlyArray<readonly [string, Scene, Pending | undefined]>)
    test(title, () => assert.equal(still(scene), expected))
})
