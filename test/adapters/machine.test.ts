// The small adapters to the machine: clock, hashes and ids, signals, and what systemd is told.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, stat, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { clock } from '../../src/adapters/clock.ts'
import { crypto } from '../../src/adapters/crypto.ts'
import { systemdNotify } from '../../src/adapters/notify-systemd.ts'
import { signalTrigger } from '../../src/adapters/signal.ts'
import { Secret } from '../../src/domain/user/secret.ts'
import { newPassword, newSecret } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

spec('clock', (test) => {
  test('a sleep lasts as long as asked', async () => {
    const started = performance.now()
    await clock().sleep(30)
    const tookMs = performance.now() - started
    // How much longer is the machine's affair.
    assert.ok(tookMs >= 29 && tookMs < 5000, `${tookMs} ms`)
    const [before, now, after] = [Date.now(), clock().now().getTime(), Date.now()]
    assert.ok(before <= now && now <= after, `${before}, ${now}, ${after}`)
  })

  test('a sleep of months does not end at once', async () => {
    const child = spawn(process.execPath, [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      `const { clock } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/adapters/clock.ts'))})
       setTimeout(() => process.exit(7), 100)
       await clock().sleep(2 ** 33)`,
    ])
    const [code] = await once(child, 'exit')
    assert.is(code, 7)
  })

  test('in a turn whatever waits has its own, also where the work began with something that came in', async () => {
    const { turn } = clock()
    let hadTurn = false
    await new Promise<void>((worked) => {
      stat(import.meta.filename, () => {
        setTimeout(() => {
          hadTurn = true
        }, 1)
        const began = performance.now()
        while (performance.now() - began < 20);
        void turn().then(worked)
      })
    })
    assert.ok(hadTurn)
  })
})

spec('crypto', (test) => {
  const [secret, key] = [newSecret(), newSecret()]
  const { sha256, ledgerHash, digestHash, newId, newKey, random } = crypto()

  test('SHA-256 is the known one', () =>
    assert.is(sha256('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'))

  test('keyed hashes depend on key and text, and no two kinds are alike', () => {
    const hashes = [
      ledgerHash('a', secret),
      ledgerHash('b', secret),
      ledgerHash('a', newSecret()),
      digestHash(undefined, secret),
      digestHash(key, secret),
      digestHash(newSecret(), secret),
      sha256(secret.reveal()),
    ]
    assert.is(new Set(hashes).size, hashes.length)
    assert.is(crypto().digestHash(new Secret(key.reveal()), new Secret(secret.reveal())), hashes[4])
    for (const hash of hashes) assert.match(hash, /^[0-9a-f]{64}$/)
  })

  test('ids tell the time and sort by it', () => assert.match(newId(), /^20\d{6}T\d{6}Z-[0-9a-f]{6}$/))

  test('keys and random numbers are never the same', () => {
    assert.is(new Set(Array.from({ length: 100 }, newKey)).size, 100)
    const numbers = Array.from({ length: 1000 }, random)
    assert.is(new Set(numbers).size, 1000)
    assert.ok(numbers.every((number) => number >= 0 && number < 1))
    assert.ok(Math.abs(numbers.reduce((sum, number) => sum + number, 0) / 1000 - 0.5) < 0.05)
  })
})

spec('signal', (test) => {
  test('SIGHUP wakes, and no longer after the stop', async () => {
    const before = process.listenerCount('SIGHUP')
    const by = await new Promise((resolve) => {
      const stop = signalTrigger('SIGHUP')((name) => void stop().then(() => resolve(name)))
      process.kill(process.pid, 'SIGHUP')
    })
    assert.is(by, 'SIGHUP')
    assert.is(process.listenerCount('SIGHUP'), before)
  })
})

const watchdogs: ReadonlyArray<readonly [Record<string, string>, number | undefined]> = [
  [{}, undefined],
  [{ WATCHDOG_USEC: '60000000' }, 30_000],
  [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: String(process.pid) }, 30_000],
  [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '1' }, undefined],
  [{ WATCHDOG_USEC: 'soon' }, undefined],
]

spec('systemd', (test) => {
  for (const [env, ms] of watchdogs) {
    test(`${JSON.stringify(env)} wants a sign of life every ${ms ?? 'never'}`, () =>
      assert.is(systemdNotify(env).signOfLifeEveryMs, ms))
  }

  test('without a socket nothing is told, and nothing breaks', async () => {
    const { ready, status, reloading, stopping, alive, patience } = systemdNotify({})
    for (const say of [ready, () => status('x'), reloading, alive, () => patience(1), stopping]) await say()
  })

  test('messages arrive in order, on one line, and with no more of the environment than needed', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'notify-'))
    const told = join(dir, 'told')
    // In place of the program: an abstract name goes through it, whatever packages are installed.
    writeFileSync(join(dir, 'systemd-notify'), `#!/bin/sh\nprintf '%s\\n' "$NOTIFY_SOCKET $* $CANARY" >> ${told}\n`)
    chmodSync(join(dir, 'systemd-notify'), 0o700)
    process.env.CANARY = newPassword()
    try {
      const { ready, status, stopping } = systemdNotify({ NOTIFY_SOCKET: '@x', PATH: `${dir}:/usr/bin:/bin` })
      await Promise.all([ready(), status('in sync\nREADY=0\u2028'), stopping()])
      const [first, second, third] = readFileSync(told, 'utf8').split('\n')
      const start = `@x --pid=${process.pid}`
      assert.equal(
        [first, second, third],
        [`${start} READY=1 `, `${start} STATUS=in sync\\nREADY=0\\u{2028} `, `${start} STOPPING=1 `],
      )
    } finally {
      delete process.env.CANARY
      rmSync(dir, { recursive: true })
    }
  })

  test('a missing program is no trouble', async () => {
    await systemdNotify({ NOTIFY_SOCKET: '@x', PATH: '/nonexistent' }).ready()
  })
})
