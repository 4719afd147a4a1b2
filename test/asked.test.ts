// A person who is asked may think for long. What was shown is looked at again after that, and they are asked again where it is another one by then.
import * as assert from 'uvu/assert'
import { dueIn } from '../src/cli/agree.ts'
import type { Change, Plan } from '../src/domain/plan/plan.ts'
import { TE } from '../src/fp.ts'
import { newPassword } from './support/fresh.ts'
import { ends, HOUR, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const ONE = 'one@a.example'
const GONE = 'gone@a.example'
const seed = { account: { results: [{ username: ONE, description: 'old' }, { username: GONE }] } }

const told = (plan: Plan): ReadonlyArray<string> => dueIn(plan).map(({ change, username }: Change) => `${change} ${username}`)

/** Somebody who is asked, says yes, and takes their time over the first question, in which something happens. */
const person = ({ time }: Rig, ms: number, happens: () => Promise<void>) => {
  const shown: Array<readonly [plan: ReadonlyArray<string>, anew: boolean]> = []
  const ask = (plan: Plan, anew: boolean) =>
    TE.fromTask(async () => {
      shown.push([told(plan), anew])
      if (shown.length > 1) return true
      await time.pass(ms)
      await happens()
      return true
    })
  return { ask, shown }
}

spec('after a person has thought', (test) => {
  test('S9: whom a colleague has opened meanwhile is not removed, though they said yes to it', () =>
    withRig(seed, async (rig) => {
      const leaving = 'policy: { unlisted: remove, grace: 1h }\nsafety: { max_removes: 1, max_blocks: 1 }\n'
      rig.config(`${leaving}users: [{ username: ${ONE} }, { username: ${GONE} }]\n...\n`)
      await rig.run()
      rig.config(`${leaving}users: [{ username: ${ONE} }]\n...\n`)
      assert.equal(ends(await rig.run()), [`block ${GONE} verified`])
      await rig.time.pass(2 * HOUR)
      await rig.run({ person: false, agree: () => TE.right(false) })
      await rig.time.pass(2 * HOUR)
      const { ask, shown } = person(rig, MINUTE, () => rig.colleague('edit', { username: GONE, status: 'allowed' }))
      await rig.run({ ask })
      assert.equal(shown[0], [[`remove ${GONE}`], false])
      assert.ok((await rig.user(GONE)) !== undefined)
      assert.is(shown[1]?.[1], true, 'and is asked anew')
    }))

  test('what an undo would set back is left alone where somebody has changed it meanwhile', () =>
    withRig(seed, async (rig) => {
      rig.config(`users: [{ username: ${ONE}, description: new }]`)
      const { runId } = await rig.run()
      const { ask, shown } = person(rig, MINUTE, () => rig.colleague('edit', { username: ONE, description: 'theirs' }))
      const { report } = await rig.undo(runId, { _tag: 'Asked', ask })
      assert.equal(shown, [
        [[`update ${ONE}`], false],
        [[], true],
      ])
      assert.equal(ends(report), [])
      assert.is((await rig.user(ONE))?.description, 'theirs')
    }))

  test('the same plan is made without another question, by a look of then', () =>
    withRig(seed, async (rig) => {
      rig.config(`users: [{ username: ${ONE}, description: new }]`)
      const { ask, shown } = person(rig, MINUTE, () => rig.colleague('edit', { username: GONE, description: 'theirs' }))
      const before = (await rig.log()).length
      const report = await rig.run({ ask })
      assert.equal(ends(report), [`update ${ONE} verified`])
      assert.is(report.requests, 4)
      assert.is(shown.length, 1)
      assert.equal(
        (await rig.log()).slice(before).map(({ path }) => path.split('/').at(-1)),
        ['view', 'view', 'edit', 'view'],
      )
    }))

  test('for a moment only, the look that they were shown is as good as that of any run', () =>
    withRig(seed, async (rig) => {
      rig.config(`users: [{ username: ${ONE}, description: new }]`)
      const { ask } = person(rig, 5000, async () => undefined)
      const before = (await rig.log()).length
      assert.equal(ends(await rig.run({ ask })), [`update ${ONE} verified`])
      assert.is((await rig.log()).length - before, 3)
    }))

  test('what was shown as held is not made without another question, though the plan has the same digest', () => {
    const names = Array.from({ length: 20 }, (_, at) => `user-${at}@a.example`)
    return withRig({ account: { results: names.map((username) => ({ username })) } }, async (rig) => {
      const status = (at: number): string => (at < 3 ? 'blocked' : 'allowed')
      const list = names.map((username, at) => `  - { username: ${username}, status: ${status(at)} }\n`).join('')
      rig.config(`safety: { max_blocks: "10%" }\nusers:\n  - { username: new@a.example }\n${list}`)
      const { ask, shown } = person(rig, MINUTE, async () => {
        for (let at = 0; at < 12; at += 1)
          await rig.colleague('add', { username: `other-${at}@a.example`, email_password: newPassword() })
      })
      await rig.run({ ask })
      const blocks = [0, 1, 2].map((at) => `block user-${at}@a.example`)
      assert.equal(
        shown.map(([due, anew]) => [due.filter((one) => one.startsWith('block')), anew]),
        [
          [[], false],
          [blocks, true],
        ],
      )
    })
  })

  test('no is no, however late', () =>
    withRig(seed, async (rig) => {
      rig.config(`users: [{ username: ${ONE}, description: new }]`)
      const ask = () => TE.fromTask(() => rig.time.pass(MINUTE).then(() => false))
      assert.is((await rig.run({ ask })).exitCode, 3)
      assert.equal(await rig.writes(), [])
    }))
})
