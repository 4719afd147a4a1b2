// S15: names that differ only in case, or in how their characters are composed, are a mistake of one of the two sides: nobody is made, blocked or removed for it, and it is told.
import * as assert from 'uvu/assert'
import { ends, heldIn, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

spec('S15: a difference in case only', (test) => {
  const names = (...all: ReadonlyArray<string>) => ({ results: all.map((username) => ({ username })) })

  // promises.md, S15: "a case-only difference never creates, blocks or removes". contract.md, 5: "a user listed in any scope is unlisted in none".
  test('a user listed in one scope and live in another under other letters is not blocked there as unlisted', () =>
    withRig({ account: names('one@a.example'), subaccounts: { S1: names('fax@a.example', 'two@a.example') } }, async (rig) => {
      rig.config(
        'policy: { unlisted: block }\nusers: [{ username: one@a.example }, { username: Fax@a.example }]\nsubaccounts: [{ id: S1, users: [{ username: two@a.example }] }]\n...\n',
      )
      const report = await rig.run()
      const fax = (await rig.users('S1')).find(({ username }) => username === 'fax@a.example')
      assert.is(fax?.status, 'allowed', ends(report).join(', '))
    }))

  // The same sentence of S15: it "never creates" either. contract.md, 5: "A create whose name is taken elsewhere is `impossible`, and names the scope when it is ours."
  test('nor is a second user made where only the letters differ from one that is live in another scope', () =>
    withRig({ account: names('one@a.example'), subaccounts: { S1: names('fax@a.example') } }, async (rig) => {
      rig.config('users: [{ username: one@a.example }, { username: Fax@a.example }]\nsubaccounts: [{ id: S1, users: [] }]\n...\n')
      await rig.run()
      assert.equal(
        (await rig.users()).map(({ username }) => username),
        ['one@a.example'],
      )
    }))

  // S15 again. contract.md, 5: "the old one stays as it is and counts as listed until the new one is verified and grace has passed".
  test('a former name in other letters is not blocked at once', () =>
    withRig({ account: names('fax@a.example', 'one@a.example') }, async (rig) => {
      rig.config(
        'policy: { unlisted: block, grace: 14d }\nusers: [{ username: one@a.example }, { username: fax-2@a.example, previously: [Fax@a.example] }]\n...\n',
      )
      const report = await rig.run()
      assert.is((await rig.user('fax@a.example'))?.status, 'allowed', ends(report).join(', '))
    }))

  // contract.md, 5: "the new user is created with the old one's readable settings under the config's".
  test('a new name is not made while its former one is live in other letters: it would be open, and without the limit of the old one', () => {
    const limit = { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 day' }
    const old = { username: 'Fax@a.example', status: 'blocked' as const, ...limit }
    return withRig({ account: { results: [old, { username: 'one@a.example' }] } }, async (rig) => {
      const list = (former: string) =>
        rig.config(`users: [{ username: one@a.example }, { username: fax-2@a.example, previously: [${former}] }]\n`)
      list('gone@a.example, fax@a.example')
      const report = await rig.run()
      assert.is(await rig.user('fax-2@a.example'), undefined, ends(report).join(', '))
      assert.equal(
        heldIn(report).map(({ username, reason, message }) => `${username} ${reason} ${message}`),
        [
          'fax-2@a.example impossible its former name fax@a.example differs from a live user only in case; that one is spelled Fax@a.example: write it so in the config',
        ],
      )
      list('Fax@a.example')
      await rig.run()
      const made = await rig.user('fax-2@a.example')
      assert.equal([made?.status, made?.custom_ratelimit_value], ['blocked', 5])
    })
  })

  // contract.md, 4: "Silence means in sync: whatever is intended and not done is in `held`"; "Built-in findings: … `case-only-difference`".
  test('who is to be absent and is live under other letters is told, and not "in sync"', () =>
    withRig({ account: names('old@a.example', 'one@a.example') }, async (rig) => {
      rig.config('users: [{ username: one@a.example }]\nabsent: [{ username: Old@a.example }]\n...\n')
      const report = await rig.run()
      assert.ok(heldIn(report).length > 0, `${report.outcome}, nothing told`)
    }))

  // S14: "The same desired, live, ledger and time give the same plan, byte for byte".
  test('of several live spellings the same one is told, in whatever order the service shows them', () =>
    withRig({ account: names('Fax@a.example', 'FAX@a.example') }, async (rig) => {
      rig.config('users: [{ username: fax@a.example }]\n')
      const messages = async () => heldIn(await rig.run()).map(({ message }) => message)
      const first = await messages()
      await rig.becomes({ account: names('FAX@a.example', 'Fax@a.example') })
      assert.equal(await messages(), first)
      assert.match(first.join(), /FAX@a\.example/)
    }))

  // contract.md, 4: "Silence means in sync"; "Built-in findings: … `case-only-difference`".
  test('every live spelling that is not listed is told once, whether the listed one is live or not, in whatever scope', () =>
    withRig({ account: names('fax@a.example', 'Fax@a.example'), subaccounts: { S1: names('FAX@a.example') } }, async (rig) => {
      const told = async (listed: string) => {
        rig.config(`policy: { unlisted: block }\nusers: [{ username: ${listed} }]\nsubaccounts: [{ id: S1, users: [] }]\n...\n`)
        const { plan } = await rig.run()
        return plan.scopes.flatMap((scope) =>
          scope._tag === 'Planned'
            ? scope.findings.map(({ rule, username, message }) => `${scope.scope} ${rule} ${username}: ${message}`)
            : [],
        )
      }
      const second = (name: string, listed: string) =>
        `case-only-difference ${name}@a.example: differs only in case from ${listed}@a.example, which is listed: this one is left alone; remove one of the two`
      assert.equal(await told('fax@a.example'), [`account ${second('Fax', 'fax')}`, `subaccount:S1 ${second('FAX', 'fax')}`])
      assert.equal(await told('fAX@a.example'), [
        'account case-only-difference fAX@a.example: the live user is spelled Fax@a.example: write it so in the config',
        `account ${second('fax', 'fAX')}`,
        `subaccount:S1 ${second('FAX', 'fAX')}`,
      ])
      assert.equal(await rig.writes(), [])
    }))

  // S15: "unicode look-alikes"; the editor and the terminal show one and the same name.
  test('a name that differs only in its Unicode normal form is one name: nobody is blocked or made for it, and both spellings are told', () =>
    withRig({ account: names('jose\u0301@a.example', 'one@a.example', 'mu\u0308ller@a.example') }, async (rig) => {
      rig.config(
        'policy: { unlisted: block }\nusers: [{ username: one@a.example }, { username: "jos\u00e9@a.example" }]\nabsent: [{ username: "m\u00fcller@a.example" }]\n...\n',
      )
      const report = await rig.run()
      assert.equal(
        (await rig.users()).map(({ username, status }) => `${username} ${String(status)}`),
        ['jose\u0301@a.example allowed', 'one@a.example allowed', 'mu\u0308ller@a.example allowed'],
      )
      assert.equal(
        heldIn(report).map(({ username, reason, message }) => `${username} ${reason} ${message}`),
        [
          'jos\u00e9@a.example impossible differs from a live user only in its Unicode normal form, or in case; the live user is spelled jose\u0301@a.example: write it so in the config',
          'mu\u0308ller@a.example impossible differs only in its Unicode normal form, or in case; the config calls this user m\u00fcller@a.example: write mu\u0308ller@a.example, as it is live',
        ],
      )
    }))
})
