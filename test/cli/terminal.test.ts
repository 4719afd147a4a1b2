// The command in a real terminal: progress at its foot, questions that say what will happen, and lines that fit, however narrow it is.
import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { columnsOf, wrapped } from '../../src/cli/render/wrap.ts'
import { type Bench, until, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'
import { inTerminal, type Session } from '../support/terminal.ts'

const NAMES = Array.from({ length: 40 }, (_, at) => `user-${at}@a.example`)
const many = { account: { results: NAMES.map((username) => ({ username })) } }
const MANY = `safety: { max_updates: 100% }
users:
${NAMES.map((username) => `  - { username: ${username}, description: new }\n`).join('')}`

/** What was shown at the foot, in order. */
const feet = ({ raw }: Session): ReadonlyArray<string> =>
  [...raw.matchAll(/\r\p{Cc}\[K([^\r\n]+)(?=\r\p{Cc}\[K)/gu)].map(([, text = '']) => text)

spec('progress', (test) => {
  test('of a long apply is one line, rewritten in place, with counts, scope and time left, and gone in the end; NO_COLOR takes only colour', () =>
    withBench(many, async (bench) => {
      await bench.config(MANY, 'pace: 30 per 2s')
      const told = await inTerminal(bench, { columns: 60, env: { NO_COLOR: '1' } }, 'apply', '--yes')
      assert.is(told.code, 0, told.raw)
      const shown = feet(told)
      assert.ok(
        shown.some((line) => /^sent \d+ of 40 changes, about \d s left, now account$/.test(line)),
        shown.join('\n'),
      )
      assert.ok(shown.every((line) => columnsOf(line) < 60))
      assert.not.match(told.screen.join('\n'), /sent \d+ of|asking the service/)
      assert.not.match(told.raw, /\p{Cc}\[\d+m/u)
      assert.match(told.screen.join('\n'), /40 of 40 changes made/)
    }))

  test('of a long undo is the same line, here and through a daemon, and gone in the end', () =>
    withBench(many, async (bench) => {
      await bench.config(MANY)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const lastRun = async (): Promise<string> =>
        JSON.parse((await bench.run('history', '--format', 'json')).out).changes.at(-1).run_id
      await bench.config(MANY, 'pace: 30 per 2s')
      const told = await inTerminal(bench, { columns: 60, answers: [['only "yes" is yes', 'yes']] }, 'undo', await lastRun())
      assert.is(told.code, 0, told.raw)
      const shown = feet(told)
      assert.ok(
        shown.some((line) => /^sent \d+ of 40 changes, about \d s left, now account$/.test(line)),
        shown.join('\n'),
      )
      assert.ok(shown.every((line) => columnsOf(line) < 60))
      assert.not.match(told.screen.join('\n'), /sent \d+ of|asking the service/)
      assert.match(told.screen.join('\n'), /40 of 40 changes made/)
      assert.not.match(told.screen.join('\n'), /in sync/, 'an undo does not know')
      assert.ok((await bench.users()).every(({ description }) => description !== 'new'))

      const daemon = bench.start('run')
      await until('the daemon has looked', () => daemon.err().includes('run ended'))
      const through = await inTerminal(bench, { columns: 60 }, 'undo', await lastRun(), '--yes')
      assert.is(through.code, 0, through.raw)
      assert.ok(
        feet(through).some((line) => line.startsWith('undoing; this waits')),
        through.raw,
      )
      assert.match(through.screen.join('\n'), /40 of 40 changes made/)
      assert.not.match(through.screen.join('\n'), /undoing; this/)
    }))

  test('stays out of pipes and of what --format json prints', () =>
    withBench(many, async (bench) => {
      await bench.config(MANY)
      const piped = await bench.run('apply', '--yes', '--user', 'user-1*')
      assert.not.match(`${piped.out}${piped.err}`, /\r|\p{Cc}\[|sent \d+ of \d+ changes/u)
      const told = await inTerminal(bench, { columns: 200 }, 'apply', '--yes', '--format', 'json')
      assert.is(JSON.parse(told.screen.join('\n')).outcome, 'applied')
    }))
})

spec('a question', (test) => {
  const seed = { account: { results: [{ username: 'one@a.example', description: 'old' }, { username: 'two@a.example' }] } }

  test('of apply shows the plan and counts it; only "yes" is yes', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: [{ username: one@a.example, description: new }]\n')
      const no = await inTerminal(bench, { columns: 80, answers: [['only "yes" is yes', 'y']] }, 'apply')
      assert.is(no.code, 3)
      assert.match(no.screen.join('\n'), /~ update one@a\.example[\s\S]*old → new[\s\S]*make this change\? only "yes" is yes: y/)
      assert.is((await bench.users())[0]?.description, 'old')
      const yes = await inTerminal(bench, { columns: 80, answers: [['only "yes" is yes', 'yes']] }, 'apply')
      assert.is(yes.code, 0)
      assert.is((await bench.users())[0]?.description, 'new')
    }))

  test('of block names those it will meet and wants their number', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: [{ username: one@a.example }]\n')
      const ask = ['block', '--match', '*@a.example', '--reason', 'leaked'] as const
      const no = await inTerminal(bench, { columns: 80, answers: [['to cut them off', 'yes']] }, ...ask)
      assert.is(no.code, 3)
      assert.match(
        no.screen.join('\n'),
        / {2}one@a\.example \(account\)\n {2}two@a\.example \(account\)\ntype the number of users, 2/,
      )
      assert.equal(new Set((await bench.users()).map(({ status }) => status)), new Set(['allowed']))
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const from = bench.requests()
      const later = await inTerminal(bench, { columns: 80, answers: [['to cut them off', 'no']] }, ...ask)
      assert.match(later.screen.join('\n'), /type the number of users, 2/)
      assert.is(bench.requests(), from, 'whoever was seen last is not looked at once more before the answer')
      const yes = await inTerminal(bench, { columns: 80, answers: [['to cut them off', '2']] }, ...ask)
      assert.is(yes.code, 0, yes.raw)
      assert.equal(new Set((await bench.users()).map(({ status }) => status)), new Set(['blocked']))
      await bench.config('users: 3\n')
      const broken = await inTerminal(bench, { columns: 80, answers: [] }, ...ask)
      assert.is(broken.code, 5, broken.raw)
      assert.match(
        words(broken),
        /no stop was taken, since whom it would meet cannot be shown; --yes takes one unseen: .*config\.yaml:/,
      )
    }))
})

/** What may be wider than the terminal: a word that is too long by itself, and a command. */
const fits = (line: string, columns: number): boolean =>
  columnsOf(line) <= columns || line.trim().split(' ').length === 1 || line.trim().startsWith('smtp2go-reconciler ')

const assertFits = (what: string, { screen }: Session, columns: number): void =>
  assert.equal(
    screen.filter((line) => !fits(line, columns)),
    [],
    `${what} in ${columns} columns`,
  )

const words = ({ screen }: Session): string => screen.join(' ').replace(/ +/g, ' ')

spec('a terminal that does not tell its width', (test) => {
  test('gets whole lines, and a foot', () =>
    withBench(many, async (bench) => {
      await bench.config(MANY, 'pace: 30 per 2s')
      const told = await inTerminal(bench, { columns: 0 }, 'apply', '--yes')
      assert.is(told.code, 0, told.raw)
      assert.ok(
        feet(told).some((line) => /^sent \d+ of 40 changes, about \d s left, now account$/.test(line)),
        told.raw,
      )
      const { screen } = await inTerminal(bench, { columns: 0 }, 'plan')
      assert.match(screen.join('\n'), /^account {2}40 live, 40 in sync/m)
    }))
})

spec('a narrow terminal', (test) => {
  const seed = {
    account: {
      results: [
        { username: 'printer-in-the-warehouse@a.example', description: 'old', custom_ratelimit: true, custom_ratelimit_value: 5 },
        { username: 'door@a.example', status: 'blocked' as const },
      ],
    },
  }
  const config = `reconcile: { schedule: null }
users:
  - { username: printer-in-the-warehouse@a.example, description: 'Printer in the warehouse', custom_ratelimit: true, custom_ratelimit_value: 200, custom_ratelimit_period: 1 day }
  - { username: door@a.example, status: allowed }
`
  const why = 'this state directory has known the scope for less than 24 h, so opening a user again waits for a person'

  const told = async (bench: Bench, columns: number): Promise<void> => {
    for (const command of columns === 40 ? ['history', 'doctor'] : [])
      assertFits(command, await inTerminal(bench, { columns }, command), columns)
    for (const command of ['plan', 'status']) {
      const session = await inTerminal(bench, { columns }, command)
      assertFits(command, session, columns)
      assert.ok(words(session).includes(why), `${command} gives the whole reason of a hold`)
      if (command === 'status')
        assert.match(session.screen.join('\n'), / smtp2go-reconciler approve sha256:[0-9a-f]{64} --socket \S+\n/)
    }
  }

  test('of 40 or 60 columns shows plan, status, history and doctor line by line, with the whole reason of a hold', () =>
    withBench(seed, async (bench) => {
      await bench.config(config)
      const daemon = bench.start('run')
      await until('a run has ended', () => daemon.err().includes('run ended'))
      for (const columns of [40, 60]) await told(bench, columns)
    }))

  test('loses no word, and breaks only lines that do not fit', () =>
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z@.→]{1,30}$/), { minLength: 1 }),
        fc.nat(8),
        fc.integer({ min: 20, max: 80 }),
        (all, indent, width) => {
          const line = `${' '.repeat(indent)}${all.join(' ')}`
          const lines = wrapped(line, width).split('\n')
          assert.equal(
            lines.flatMap((one) => one.trim().split(/ +/)),
            all,
          )
          assert.ok(lines.every((one) => columnsOf(one) <= width || one.trim().split(' ').length === 1))
          if (columnsOf(line) <= width) assert.equal(lines, [line])
        },
      ),
    ))
})
