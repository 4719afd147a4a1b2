// Somebody new empties the users list, kills the daemon, starts it twice and pastes a password into the file: told something helpful each
// time, and nobody is harmed.
import * as assert from 'uvu/assert'
import { until, withBench } from './support/command.ts'
import { newPassword } from './support/fresh.ts'
import { spec } from './support/spec.ts'

const NAMES = ['one', 'two', 'three', 'four'].map((name) => `${name}@a.example`)
const SEED = { account: { results: NAMES.map((username) => ({ username, description: 'as it was' })) } }
const listed = (more = ''): string =>
  `users:\n${NAMES.map((username) => `  - { username: ${username}, description: as it was${more} }\n`).join('')}...\n`
const UNLISTED = ['report', 'remove'] as const

spec('somebody new', (test) => {
  for (const unlisted of UNLISTED)
    test(`S3 C1: who empties the list under unlisted: ${unlisted}, kills the daemon, starts it twice and pastes a password is helped, and nobody harmed`, () =>
      withBench(SEED, async (bench) => {
        const policy = `policy: { unlisted: ${unlisted}, grace: 1ms }\n`
        await bench.config(policy + listed())
        assert.is((await bench.run('apply', '--yes')).code, 0)
        const before = await bench.users()

        const daemon = bench.start('run')
        await until('a run', () => daemon.err().includes('run ended'))
        await bench.config(`${policy}users: []\n...\n`)
        await until('the loss is told', () => /the config lists 0 users where the last applied one listed 4/.test(daemon.err()))
        const status = await bench.run('status')
        assert.match(
          status.out,
          unlisted === 'report' ? /4 live, 0 in sync, 4 unlisted/ : /the config lists 0 users .*less than half/,
        )

        daemon.child.kill('SIGKILL')
        await daemon.ended
        const none = await bench.run('status')
        assert.is(none.code, 6)
        assert.match(none.err, /no daemon/)

        const again = bench.start('run')
        await until('a run after the kill', () => again.err().includes('run ended'))
        const twice = await bench.run('run')
        assert.is(twice.code, 3)
        assert.match(twice.err, new RegExp(`pid ${again.child.pid} .*status`))

        const pasted = newPassword()
        bench.secret('a pasted password', pasted, 'config.yaml')
        await bench.config(policy + listed(`, email_password: "${pasted}"`))
        await until('the paste is told', () => /config\.yaml:\d+:\d+ .*email_password/.test(again.err()))
        const checked = await bench.run('validate')
        assert.is(checked.code, 5)
        assert.match(checked.err + checked.out, /change|env|file|generate/)

        await bench.config(policy + listed())
        await until('all is well again', async () => /in sync/.test((await bench.run('status')).out))
        assert.equal(await bench.users(), before)
        assert.equal(
          (await bench.log()).filter(({ path }) => !path.endsWith('/view')),
          [],
        )
      }))
})
