// A run that is at work when the config changes: what has not left does not leave, and the next run goes by the config as it is.
import * as assert from 'uvu/assert'
import { freshness } from '../src/daemon/freshness.ts'
import { nothingTold, watched } from '../src/daemon/transitions.ts'
import type { Failure } from '../src/domain/basics/failure.ts'
import { E } from '../src/fp.ts'
import { until } from './support/command.ts'
import { ends, MINUTE, type Rig, type RunningDaemon, stopThrough, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const COUNT = 10
const CUT = ['superseded', 'superseded', 'superseded'] as const
const still = (): number => 0
const NAMES = Array.from({ length: COUNT }, (_, at) => `user-${at}@a.example`)
const seed = { account: { results: NAMES.map((username) => ({ username, description: 'old' })) } }
const configure = (rig: Rig, description: string, concurrency: number, extra = ''): void =>
  rig.config(
    `${extra}users:\n${NAMES.map((username) => `  - { username: ${username}, description: ${description} }\n`).join('')}`,
    `pace: 3 per 1m, concurrency: ${concurrency}`,
  )
const descriptions = async (rig: Rig): Promise<ReadonlyArray<unknown>> => (await rig.writes()).map(({ body }) => body.description)

spec('a config that changes while a run is at work', (test) => {
  for (const concurrency of [1, 4]) {
    test(`nothing more of the mistake leaves, ${concurrency} at a time, and all is as the config says now`, () =>
      withRig(seed, async (rig) => {
        configure(rig, 'mistake', concurrency)
        const daemon = await rig.daemon()
        await rig.time.pass(1000)
        assert.equal(await descriptions(rig), ['mistake', 'mistake'])
        configure(rig, 'mended', concurrency)
        daemon.wake('file change')
        await rig.time.pass(30 * MINUTE)
        assert.equal(await descriptions(rig), ['mistake', 'mistake', ...NAMES.map(() => 'mended')])
        const [report] = daemon.reports()
        const [cut] = report === undefined ? [] : [report.ended.get('account') ?? []]
        const untried = cut?.filter(({ outcome }) => outcome === 'not_attempted') ?? []
        assert.is(untried.length, COUNT - 2)
        for (const { error } of untried)
          assert.is(error, 'the config was changed meanwhile; the next run goes by what it says now')
      }))

    test(`S2: a mistake that is mended in the run after it is not carried out either, nor once the file is broken, ${concurrency} at a time`, async () => {
      for (const last of ['mended', '[']) {
        await withRig(seed, async (rig) => {
          configure(rig, 'first', concurrency)
          const daemon = await rig.daemon()
          for (const description of ['mistake', last]) {
            await rig.time.pass(61_000)
            configure(rig, description, concurrency)
            daemon.wake('file change')
          }
          await rig.time.pass(30 * MINUTE)
          const sent = await descriptions(rig)
          assert.ok(sent.filter((one) => one === 'mistake').length < COUNT / 2, sent.join())
          assert.is(sent.filter((one) => one === last).length, last === '[' ? 0 : COUNT)
        })
      }
    })

    test(`once it is broken nothing leaves, ${concurrency} at a time`, () =>
      withRig(seed, async (rig) => {
        configure(rig, 'new', concurrency)
        const daemon = await rig.daemon()
        await rig.time.pass(1000)
        configure(rig, '[', concurrency)
        daemon.wake('file change')
        await rig.time.pass(30 * MINUTE)
        assert.equal(await descriptions(rig), ['new', 'new'])
      }))
  }

  test('a file that is not to be acted on when it changes cuts nothing short before somebody says so', () =>
    withRig(seed, async (rig) => {
      const onSchedule = 'reconcile: { on_change: false }\n'
      configure(rig, 'first', 1, onSchedule)
      const daemon = await rig.daemon()
      await rig.time.pass(1000)
      configure(rig, 'second', 1, onSchedule)
      daemon.wake('file change')
      await rig.time.pass(MINUTE)
      assert.equal(new Set(await descriptions(rig)), new Set(['first']))
      const made = (await rig.writes()).length
      daemon.wake('SIGHUP')
      await rig.time.pass(14 * MINUTE)
      assert.equal(
        (await descriptions(rig)).slice(made),
        NAMES.map(() => 'second'),
      )
    }))

  for (const onChange of [true, false])
    test(`a broken file is told while it is broken, with on_change: ${onChange}, whatever is under way, and nothing leaves`, () =>
      withRig(seed, async (rig) => {
        const text = `reconcile: { on_change: ${onChange} }\n`
        configure(rig, 'new', 1, text)
        const daemon = await rig.daemon()
        const fault = () => daemon.controls.status().configFailure?._tag
        await rig.time.pass(1000)
        configure(rig, '[', 1, text)
        daemon.wake('file change')
        await rig.time.pass(1000)
        assert.equal([fault(), daemon.controls.status().running], ['ConfigInvalid', true])
        configure(rig, 'other', 1, text)
        daemon.wake('file change')
        await rig.time.pass(1000)
        assert.is(fault(), undefined)
        configure(rig, '[', 1, text)
        daemon.wake('file change')
        await rig.time.pass(30 * MINUTE)
        assert.equal(await descriptions(rig), ['new', 'new'])
        assert.is(fault(), 'ConfigInvalid')
      }))

  for (const { when, asked } of [
    { when: 'that is at work', asked: false },
    { when: 'that found it so', asked: true },
  ])
    test(`with on_change: false and no schedule, a run ${when} when the file is broken for a moment is made again`, () =>
      withRig(seed, async (rig) => {
        const text = 'reconcile: { on_change: false, schedule: null }\n'
        configure(rig, 'new', 1, text)
        const daemon = await rig.daemon()
        if (asked) await rig.time.pass(30 * MINUTE)
        const [user] = NAMES
        if (asked && user !== undefined) await rig.colleague('edit', { username: user, description: 'else' })
        await rig.time.pass(1000)
        configure(rig, '[', 1, text)
        daemon.wake(asked ? 'SIGHUP' : 'file change')
        await rig.time.pass(2 * MINUTE)
        const made = (await rig.writes()).length
        assert.is(made, asked ? NAMES.length : 2)
        configure(rig, 'new', 1, text)
        daemon.wake('file change')
        await rig.time.pass(30 * MINUTE)
        assert.is((await rig.writes()).length, NAMES.length + (asked ? 1 : 0))
        const runs = daemon.reports().length
        for (const next of ['[', 'new']) {
          configure(rig, next, 1, text)
          daemon.wake('file change')
          await rig.time.pass(MINUTE)
        }
        assert.is(daemon.reports().length, runs, 'nothing was cut short')
      }))

  test('a file that changes all the time keeps no run from its end', () =>
    withRig(seed, async (rig) => {
      configure(rig, 'v0', 1)
      const daemon = await rig.daemon()
      for (let version = 1; version <= 20; version += 1) {
        await rig.time.pass(MINUTE)
        configure(rig, `v${version}`, 1)
        daemon.wake('file change')
      }
      const whole = daemon.reports().filter((report) => ends(report).every((end) => end.endsWith('verified')))
      assert.ok(whole.length >= 2, `${whole.length} of ${daemon.reports().length}`)
    }))

  /** Three runs that a broken file has cut short, and a fourth that waits for it. */
  const waiting = async (rig: Rig): Promise<RunningDaemon> => {
    configure(rig, 'new', 1)
    const daemon = await rig.daemon()
    for (const whole of [true, true, true, false]) {
      await rig.time.pass(1000)
      rig.config('[')
      daemon.wake('file change')
      await rig.time.pass(61_000)
      if (whole) configure(rig, 'new', 1)
      daemon.wake('file change')
    }
    const sent = (await rig.writes()).length
    assert.ok(sent < COUNT, String(sent))
    await rig.time.pass(2 * MINUTE)
    assert.equal([daemon.controls.status().running, (await rig.writes()).length], [true, sent])
    return daemon
  }

  test('a run that waits for a broken file goes on once it is whole', () =>
    withRig(seed, async (rig) => {
      const daemon = await waiting(rig)
      const sent = (await rig.writes()).length
      configure(rig, 'new', 1)
      daemon.wake('file change')
      await rig.time.pass(6 * MINUTE)
      assert.equal(new Set((await rig.writes()).map(({ body }) => body.username)), new Set(NAMES))
      assert.is((await rig.writes()).length, COUNT)
      const ended = daemon.reports().findLast((report) => ends(report).length > 0)
      assert.is(ended?.ended.get('account')?.filter(({ outcome }) => outcome === 'verified').length, COUNT - sent)
    }))

  for (const by of ['schedule', 'control', 'SIGHUP', 'retry'] as const)
    test(`L7: a run that waits for a broken file ${by === 'retry' ? 'goes on waiting where' : 'ends when'} another is asked for by ${by}, which looks`, () =>
      withRig(seed, async (rig) => {
        const daemon = await waiting(rig)
        const [looks, sent] = [(await rig.log()).length, (await rig.writes()).length]
        daemon.wake(by)
        await rig.time.pass(25_000)
        assert.equal([daemon.controls.status().running, (await rig.writes()).length], [by === 'retry', sent])
        assert.is((await rig.log()).length > looks, by !== 'retry')
        configure(rig, 'new', 1)
        daemon.wake('file change')
        await rig.time.pass(6 * MINUTE)
        assert.is((await rig.writes()).length, COUNT)
      }))

  test('a run that waits for a broken file makes nothing of the mistake that was mended in it', () =>
    withRig(seed, async (rig) => {
      const daemon = await waiting(rig)
      const sent = (await rig.writes()).length
      configure(rig, 'mended', 1)
      daemon.wake('file change')
      await rig.time.pass(6 * MINUTE)
      assert.equal(
        (await descriptions(rig)).slice(sent),
        NAMES.map(() => 'mended'),
      )
    }))

  test('a run that waits for a broken file ends at once when it is told to', () =>
    withRig(seed, async (rig) => {
      const daemon = await waiting(rig)
      const sent = (await rig.writes()).length
      const stopped = daemon.stop()
      await rig.time.pass(2000)
      await stopped
      assert.is((await rig.writes()).length, sent)
    }))

  test('a run that waits for a broken file gives way to an emergency stop', () =>
    withRig(seed, async (rig) => {
      const daemon = await waiting(rig)
      const sent = (await rig.writes()).length
      await stopThrough(rig, daemon, 'user-9*')
      assert.is((await rig.writes()).length, sent)
      const errors = daemon.reports().map((report) => new Set(report.ended.get('account')?.map(({ error }) => error)))
      assert.ok(errors.some((said) => said.has('an emergency stop goes first; the next run goes on with it')))
    }))

  test('a run that waits for a broken file longer than it takes to write one makes no more changes', () =>
    withRig(seed, async (rig) => {
      const daemon = await waiting(rig)
      const sent = (await rig.writes()).length
      await rig.time.pass(10 * MINUTE)
      assert.equal([daemon.controls.status().running, (await rig.writes()).length], [false, sent])
    }))

  for (const last of ['[', 'other'])
    test(`S1: nothing more of an undo leaves once the config is ${last === '[' ? 'broken' : 'another one'}, and it says what to do`, () =>
      withRig(seed, async (rig) => {
        configure(rig, 'new', 1)
        const daemon = await rig.daemon()
        await rig.time.pass(10 * MINUTE)
        const [made] = daemon.reports()
        const before = (await rig.writes()).length
        const asked = { by: 'tester', reason: 'wrong' }
        const undoing = daemon.controls.undo(made?.runId ?? '', { _tag: 'Anyway' }, asked)()
        await until('it writes', async () => {
          await rig.time.pass(20_000)
          return (await rig.writes()).length > before
        })
        const sent = (await rig.writes()).length
        assert.is(before, COUNT)
        configure(rig, last, 1)
        daemon.wake('file change')
        const undone = await rig.time.until(undoing)
        const ended = E.isRight(undone) ? (undone.right.report.ended.get('account') ?? []) : []
        assert.equal(new Set((await descriptions(rig)).slice(sent)), new Set())
        const untried = ended.filter(({ outcome }) => outcome === 'not_attempted')
        assert.is(untried.length, 2 * COUNT - sent)
        assert.equal(
          new Set(untried.map(({ error }) => error)),
          new Set(['the config was changed meanwhile; undo this once more']),
        )
      }))

  test('what only looks like a change cuts nothing short: a reload, another file in the folder, the same text saved again', () =>
    withRig(seed, async (rig) => {
      configure(rig, 'new', 4)
      const daemon = await rig.daemon()
      for (const by of ['SIGHUP', 'file change'] as const) {
        await rig.time.pass(1000)
        daemon.wake(by)
      }
      await rig.time.pass(30 * MINUTE)
      const [first] = daemon.reports()
      assert.equal(
        first === undefined ? [] : ends(first),
        NAMES.map((name) => `update ${name} verified`),
      )
    }))

  test('an emergency stop that is at work is carried to its end, also where the file is broken meanwhile', () =>
    withRig(seed, async (rig) => {
      configure(rig, 'old', 4)
      const daemon = await rig.daemon()
      await rig.time.pass(MINUTE)
      await rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: 'user-*' }, until: rig.time.now() + 60 * MINUTE })
      daemon.wake('control')
      await rig.time.pass(61_000)
      configure(rig, '[', 4)
      daemon.wake('file change')
      await rig.time.pass(20 * MINUTE)
      assert.is((await rig.writes()).filter(({ body }) => body.status === 'blocked').length, COUNT)
    }))

  test('a run that was cut short is no failure: its outcome is stopped, and no news', () =>
    withRig(seed, async (rig) => {
      configure(rig, 'old', 1)
      await rig.run()
      configure(rig, 'new', 1)
      const report = await rig.run({ person: false, by: 'schedule', outdated: () => 'superseded' })
      assert.equal([report.exitCode, report.outcome], [3, 'stopped'])
      assert.is(watched(nothingTold, { _tag: 'RunEnded', report }, '').news, undefined)
    }))

  const world = () => {
    let now: E.Either<Failure, string> = E.right('first')
    let elapsed = 0
    const fresh = freshness(
      async () => now,
      () => undefined,
      () => elapsed,
    )
    const pass = (ms: number): void => {
      elapsed += ms
    }
    const touch = async (digest: string | undefined): Promise<void> => {
      now = digest === undefined ? E.left({ _tag: 'Defect', message: 'broken' }) : E.right(digest)
      fresh.touched(true)
      for (let turn = 0; turn < 9; turn += 1) await Promise.resolve()
    }
    const taken = (digest: string) => {
      fresh.begins()
      return fresh.taken(digest)
    }
    return { fresh, touch, taken, pass }
  }

  test('never more than three in a row are cut short', async () => {
    const { fresh, touch, taken } = world()
    for (const means of [...CUT, undefined, 'superseded'] as const) {
      const run = taken('one')
      assert.is(run(), undefined)
      await touch('other')
      assert.is(run(), means)
      fresh.over()
    }
  })

  test('nor while the config is broken: the next one waits for it, for five minutes, and one that found it broken counts for none', async () => {
    const { fresh, touch, taken, pass } = world()
    for (const means of CUT) {
      const run = taken('one')
      await touch(undefined)
      assert.is(run(), means)
      fresh.over()
      fresh.begins()
      fresh.over()
    }
    const owed = taken('one')
    await touch('other')
    assert.is(owed(), undefined)
    await touch(undefined)
    assert.is(owed(), 'waits')
    pass(4 * MINUTE)
    await touch('other')
    assert.is(owed(), undefined)
    await touch(undefined)
    assert.is(owed(), 'waits')
    pass(2 * MINUTE)
    assert.is(owed(), 'superseded')
    await touch('one')
    assert.is(owed(), 'superseded')
  })

  /** A world in which three runs were cut short, and the run that comes to its end. */
  const owing = async () => {
    const all = world()
    for (const means of CUT) {
      const run = all.taken('one')
      await all.touch(undefined)
      assert.is(run(), means)
      all.fresh.over()
    }
    return { ...all, owed: all.taken('one') }
  }

  for (const isLookedAt of [true, false])
    test(`the five minutes are those in which it was broken, ${isLookedAt ? 'also' : 'whether or not a change is due'} while it is whole`, async () => {
      const { owed, touch, pass } = await owing()
      for (let spells = 0; spells < 4; spells += 1) {
        await touch(undefined)
        assert.is(owed(), 'waits')
        pass(MINUTE)
        await touch('one')
        if (isLookedAt) assert.is(owed(), undefined)
        pass(6 * MINUTE)
      }
      await touch(undefined)
      assert.is(owed(), 'waits')
      pass(MINUTE + 1)
      assert.is(owed(), 'superseded')
    })

  test('a run that waited for a broken file does not carry out what was mended in it, and the next one comes to its end', async () => {
    for (const [mended, means] of [
      ['other', 'superseded'],
      ['one', undefined],
    ] as const) {
      const { fresh, owed, touch, taken } = await owing()
      await touch(undefined)
      assert.is(owed(), 'waits')
      await touch(mended)
      assert.is(owed(), means)
      fresh.over()
      if (means === undefined) continue
      const next = taken(mended)
      await touch(undefined)
      assert.is(next(), 'waits')
      await touch('third')
      assert.is(next(), undefined)
    }
  })

  test('a change that nobody asked about, or that is taken back, cuts nothing short, nor does one before the run or after it', async () => {
    const { fresh, touch, taken } = world()
    await touch('second')
    const first = taken('first')
    assert.is(first(), undefined)
    await touch('second')
    await touch('first')
    assert.is(first(), undefined)
    await touch('second')
    const second = taken('second')
    await touch('third')
    assert.is(second(), 'superseded')
    fresh.over()
    await touch('fourth')
    assert.is(taken('third')(), undefined)
  })

  test('a change while the run reads the config counts where the run has read what was before', async () => {
    for (const [read, means] of [
      ['first', 'superseded'],
      ['second', undefined],
    ] as const) {
      const { fresh, touch } = world()
      fresh.begins()
      await touch('second')
      assert.is(fresh.taken(read)(), means)
    }
  })

  test('what is not meant to be acted on is looked at where nothing runs, and cuts a run short only where it is broken', async () => {
    const heard: Array<string> = []
    let now: E.Either<Failure, string> = E.right('first')
    const fresh = freshness(
      async () => now,
      (found) => heard.push(E.isRight(found) ? found.right : 'broken'),
      still,
    )
    const save = async (digest: string | undefined, isMeant = false): Promise<void> => {
      now = digest === undefined ? E.left({ _tag: 'Defect', message: 'broken' }) : E.right(digest)
      fresh.touched(isMeant)
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
    }
    await save('meant', true)
    assert.equal(heard, [], 'the run that it makes reads it')
    await save('first')
    fresh.begins()
    const superseded = fresh.taken('first')
    await save('second')
    assert.is(superseded(), undefined)
    await save(undefined)
    assert.is(superseded(), 'superseded')
    fresh.over()
    await save('third')
    assert.equal(heard, ['first', 'second', 'broken', 'third'])
  })

  test('what was found before the run has told what it read is told once more after it', async () => {
    const heard: Array<string> = []
    const fresh = freshness(
      async () => E.left({ _tag: 'Defect', message: 'broken' }),
      () => heard.push('broken'),
      still,
    )
    fresh.begins()
    fresh.touched(true)
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
    fresh.taken('as it was before')
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
    assert.equal(heard, ['broken', 'broken'])
  })

  test('the config is looked at once at a time, once more where it was touched meanwhile, and what was read before a run began is none of it', async () => {
    const answers: Array<(found: E.Either<Failure, string>) => void> = []
    const fresh = freshness(
      () => new Promise((answer) => void answers.push(answer)),
      () => undefined,
      still,
    )
    const answer = async (digest: string): Promise<void> => {
      answers.at(-1)?.(E.right(digest))
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
    }
    fresh.touched(true)
    assert.is(answers.length, 0)
    fresh.begins()
    const first = fresh.taken('first')
    for (let times = 0; times < 9; times += 1) fresh.touched(true)
    assert.is(answers.length, 1)
    await answer('first')
    assert.is(answers.length, 2)
    assert.is(first(), undefined)
    fresh.over()
    fresh.begins()
    const second = fresh.taken('second')
    await answer('first')
    assert.is(second(), undefined)
    fresh.touched(true)
    assert.is(answers.length, 3)
    await answer('third')
    assert.is(second(), 'superseded')
  })

  test('where the look itself fails, nothing more leaves either', async () => {
    const fresh = freshness(
      async () => Promise.reject(new Error('a bug')),
      () => undefined,
      still,
    )
    fresh.begins()
    const superseded = fresh.taken('first')
    fresh.touched(true)
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
    assert.is(superseded(), 'superseded')
  })
})
