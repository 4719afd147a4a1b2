// The single writer, with real processes: the second one is refused and told who is first, and kill -9 frees the lock.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { acquireLock, type Lock } from '../../src/adapters/lock.ts'
import { E } from '../../src/fp.ts'
import { lockContract } from '../support/lock-contract.ts'
import { NODE } from '../support/node.ts'
import { spec } from '../support/spec.ts'

type Kind = 'abstract' | 'files'

const withDir = async (use: (dir: string) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'lock-'))
  try {
    await use(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const holder = async (...args: ReadonlyArray<string>): Promise<{ child: ChildProcess; said: string }> => {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'lock-holder.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await once(child.stdout, 'data')
  return { child, said: String(said) }
}

const killed = async (child: ChildProcess): Promise<void> => {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

const take = (dir: string, { key, sockets = 'abstract' }: { key?: string; sockets?: Kind } = {}) =>
  acquireLock({ dir, keyPrint: key, info: { pid: process.pid, command: 'apply' }, sockets })()

const nameOf = (name: string): string => `smtp2go-reconciler/${createHash('sha256').update(name).digest('hex').slice(0, 24)}`
const addressOf = (name: string): string => `\0${nameOf(name)}`.padEnd(108, '.')

/** Listens at the abstract address that it is told, and says what a daemon would say. */
// It becomes another user by itself: as one it might not get at the Node that runs here.
const IMPOSTOR =
  'if (process.geteuid() === 0) process.setuid(65534); require("node:net").createServer((asker) => asker.end("{\\"pid\\":1,\\"command\\":\\"run\\"}\\n")).listen("\\0" + process.argv[1], () => console.log("here"))'

for (const sockets of ['abstract', 'files'] as const) {
  spec(`lock (${sockets})`, (test) => {
    test('a second process is told the pid, the command and what to do, and kill -9 frees the lock', () =>
      withDir(async (dir) => {
        const { child, said } = await holder(dir, '', 'run', sockets)
        try {
          assert.ok(said.includes('"Right"'), said)
          const refused = await take(dir, { sockets })
          assert.ok(E.isLeft(refused) && refused.left._tag === 'Locked')
          assert.is(refused.left.pid, child.pid)
          assert.is(
            refused.left.message,
            `pid ${child.pid} (smtp2go-reconciler run) uses this state directory ${dir}; ask it: smtp2go-reconciler status --socket /run/x/control.sock, ` +
              'smtp2go-reconciler reconcile --socket /run/x/control.sock, smtp2go-reconciler approve DIGEST --socket /run/x/control.sock',
          )
          assert.is(readFileSync(join(dir, 'lock'), 'utf8'), `${child.pid}\n`)
        } finally {
          await killed(child)
        }
        const taken = await take(dir, { sockets })
        assert.ok(E.isRight(taken))
        await taken.right.release()
      }))

    lockContract(test, {
      take: (dir, key) => take(dir, key === undefined ? { sockets } : { key, sockets }),
      withDirs: (use) => withDir((one) => withDir((other) => use(one, other))),
    })
  })
}

spec('lock', (test) => {
  test('a link to the directory is the same directory', () =>
    withDir(async (dir) => {
      const link = `${dir}-link`
      symlinkSync(dir, link)
      try {
        const first = await take(dir)
        assert.ok(E.isRight(first) && E.isLeft(await take(link)))
        await first.right.release()
      } finally {
        rmSync(link)
      }
    }))

  test('the lock file is ours alone, and goes with the lock', () =>
    withDir(async (dir) => {
      const taken = await take(dir)
      assert.ok(E.isRight(taken))
      assert.is(statSync(join(dir, 'lock')).mode & 0o777, 0o600)
      await taken.right.release()
      assert.not.ok(existsSync(join(dir, 'lock')))
    }))

  test('a holder that answers nonsense, or nothing, holds the lock all the same, and its words are not repeated', () =>
    withDir(async (dir) => {
      const address = addressOf(dir)
      for (const answer of ['{"pid":1,"command":"run\\u001b[2J"}\n', 'x'.repeat(10_000), undefined]) {
        const server = createServer(
          (asker) => void (answer === undefined ? asker : asker.on('error', () => undefined).end(answer)),
        )
        await new Promise<void>((resolve) => server.listen(address, resolve))
        const refused = await take(dir)
        assert.ok(E.isLeft(refused) && refused.left._tag === 'Locked')
        assert.ok(refused.left.message.startsWith('another process uses this state directory'), refused.left.message)
        await new Promise((resolve) => server.close(resolve))
      }
    }))

  test('S6: another user who takes the name of the lock keeps nobody from the directory, and who has the directory is still refused by it', () =>
    withDir(async (dir) => {
      const address = addressOf(dir)
      const impostor = spawn(NODE, ['-e', IMPOSTOR, address.slice(1)], { stdio: ['ignore', 'pipe', 'inherit'] })
      try {
        await once(impostor.stdout, 'data')
        const [first, isAnother] = [await take(dir), process.geteuid?.() === 0]
        assert.is(E.isRight(first), isAnother, JSON.stringify(first))
        if (E.isLeft(first)) return
        const second = await take(dir)
        assert.ok(E.isLeft(second) && second.left._tag === 'Locked' && second.left.pid === process.pid)
        await first.right.release()
      } finally {
        await killed(impostor)
      }
    }))

  /** Another user listens at the name of the lock of a key; what its code makes of `asker`, `key` and `line` is its answer. */
  const withOther = async (dir: string, answer: string, body: (key: string) => Promise<void>): Promise<void> => {
    const key = `of ${dir}`
    const code = `const [name, key] = process.argv.slice(1); const line = '{"pid":1,"command":"run","socket":"/tmp/x.sock"}'
      const proof = (nonce) => require('node:crypto').createHmac('sha256', key).update(nonce + line).digest('hex')
      require('node:net').createServer((asker) => { asker.on('error', () => undefined); ${answer} }).listen('\\0' + name, () => console.log('here'))`
    const other = spawn(NODE, ['-e', code, addressOf(`key ${key}`).slice(1), key], {
      stdio: ['ignore', 'pipe', 'inherit'],
      uid: 65_534,
    })
    try {
      await once(other.stdout, 'data')
      await body(key)
    } finally {
      await killed(other)
    }
  }
  const isRoot = process.geteuid?.() === 0

  for (const [what, answer] of [
    ['does not prove to know the key', "asker.end(line + '\\n')"],
    ['says nothing of itself', 'asker.end()'],
    ['shows the proof that somebody else was given', "asker.end(line + '\\n' + proof('0'.repeat(64) + '\\n') + '\\n')"],
    [
      'has the proof of the holder, and other words',
      "asker.write(line.replace('/tmp/x', '/tmp/y') + '\\n'); asker.once('data', (nonce) => asker.end(proof(nonce) + '\\n'))",
    ],
  ] as const)
    test(`another user who takes the name of a key, and ${what}, keeps nobody from it, and is told of once`, () =>
      withDir(async (dir) => {
        if (!isRoot) return
        const told: Array<string> = []
        let held: Lock | undefined
        const print = await withOther(dir, answer, async (key) => {
          const options = {
            dir,
            keyPrint: key,
            info: { pid: process.pid, command: 'run' },
            warn: (text: string) => told.push(text),
          }
          const taken = await acquireLock(options)()
          assert.ok(E.isRight(taken), JSON.stringify(taken))
          held = taken.right
          assert.ok(E.isRight(await held.follow(key)()))
        }).then(() => `of ${dir}`)
        assert.is(told.length, 1)
        assert.match(told[0] ?? '', `as root, ss -xlp | grep ${nameOf(`key ${print}`)} shows who it is`)
        assert.not.match(told[0] ?? '', '/tmp/')
        assert.ok(held !== undefined && E.isRight(await held.follow(print)()))
        await withDir(async (another) => {
          const second = await take(another, { key: print })
          assert.ok(
            E.isLeft(second) && second.left._tag === 'Locked' && second.left.pid === process.pid,
            'it has the lock by now',
          )
        })
        await held.release()
      }))

  test('S6: a daemon of another user that has the key holds its lock, and proves it', () =>
    withDir(async (dir) => {
      if (!isRoot) return
      const answer = "asker.write(line + '\\n'); asker.once('data', (nonce) => asker.end(proof(nonce) + '\\n'))"
      await withOther(dir, answer, async (key) => {
        const refused = await take(dir, { key })
        assert.ok(E.isLeft(refused) && refused.left._tag === 'Locked')
        assert.is(refused.left.pid, 1)
        assert.match(refused.left.message, 'ask it: smtp2go-reconciler status --socket /tmp/x.sock')
      })
    }))

  test('a holder says its proof to who asks as this version does, and its name to who asks for nothing', () =>
    withDir(async (dir) => {
      const taken = await take(dir, { key: dir })
      assert.ok(E.isRight(taken))
      const heard = (question: string): Promise<string> =>
        new Promise((resolve) => {
          let text = ''
          const asker = connect(addressOf(`key ${dir}`))
          asker.on('data', (piece) => {
            text += String(piece)
            if (text === `${line}\n` && question !== '') asker.write(question)
          })
          asker.on('close', () => resolve(text))
        })
      const line = JSON.stringify({ pid: process.pid, command: 'apply' })
      assert.match(await heard(`${'0'.repeat(64)}\n`), /^\{.*\}\n[0-9a-f]{64}\n$/)
      assert.is(await heard('x'.repeat(65)), `${line}\n`, 'no proof of what is no question')
      assert.is(await heard(''), `${line}\n`)
      await taken.right.release()
    }))

  test('who is refused by somebody nameless is told how to see who that is', () =>
    withDir(async (dir) => {
      const server = createServer((asker) => void asker.on('error', () => undefined).end('no name'))
      await new Promise<void>((resolve) => server.listen(addressOf(`key of ${dir}`), resolve))
      const refused = await take(dir, { key: `of ${dir}` })
      assert.ok(E.isLeft(refused) && refused.left._tag === 'Locked')
      assert.is(
        refused.left.message,
        `another process uses this API key, and does not say which; end it, or wait until it is done; as root, ss -xlp | grep ${nameOf(`key of ${dir}`)} shows which`,
      )
      await new Promise((resolve) => server.close(resolve))
    }))

  const inside = async (dir: string, socket = ''): Promise<Server> => {
    const server = createServer((asker) => void asker.end(`${JSON.stringify({ pid: 7, command: 'run', socket })}\n`))
    await new Promise<void>((resolve) => server.listen(join(dir, 'lock.sock'), resolve))
    return server
  }

  test('whoever holds the directory in another container holds it here', () =>
    withDir(async (dir) => {
      const server = await inside(dir)
      const refused = await take(dir)
      assert.ok(E.isLeft(refused) && refused.left._tag === 'Locked')
      assert.is(refused.left.pid, 7)
      assert.equal(readdirSync(dir), ['lock.sock'])
      await new Promise((resolve) => server.close(resolve))
      const taken = await take(dir)
      assert.ok(E.isRight(taken))
      await taken.right.release()
      assert.equal(readdirSync(dir), [])
    }))

  for (const [socket, options] of [
    ["/home/jörg's own/control.sock", ` --socket '/home/jörg'\\''s own/control.sock'`],
    ['/run/\u202ex/control.sock', ''],
    [`/${'x'.repeat(200)}`, ''],
  ] as const)
    test(`a holder that listens at ${JSON.stringify(socket).slice(0, 40)} is asked with '${options}'`, () =>
      withDir(async (dir) => {
        const server = await inside(dir, socket)
        const refused = await take(dir)
        assert.ok(E.isLeft(refused) && refused.left._tag === 'Locked')
        assert.match(refused.left.message, `ask it: smtp2go-reconciler status${options}, smtp2go-reconciler reconcile`)
        await new Promise((resolve) => server.close(resolve))
      }))

  test('S6: an abstract name fills its address, so that every version of Node binds the same one', () =>
    withDir(async (dir) => {
      const taken = await take(dir, { key: dir })
      assert.ok(E.isRight(taken))
      for (const name of [dir, `key ${dir}`].map(nameOf)) {
        const bound = readFileSync('/proc/self/net/unix', 'latin1')
          .split('\n')
          .flatMap((line) => line.split(/\s+/)[7] ?? [])
          .filter((path) => path.startsWith(`@${name}`))
        // A NUL is shown as @. Those at the end are what some versions add to a shorter name, and others do not.
        assert.equal(
          bound.map((path) => [path.length, path.endsWith('@')]),
          [[108, false]],
        )
      }
      await taken.right.release()
    }))

  test('what a process has left that was killed before it had the lock is taken away, and nothing else', () =>
    withDir(async (dir) => {
      const dead = createServer()
      const name = `lock.${randomUUID()}`
      await new Promise<void>((resolve) => dead.listen(join(dir, 'other'), resolve))
      linkSync(join(dir, 'other'), join(dir, name))
      linkSync(join(dir, 'other'), join(dir, `${name}-old`))
      linkSync(join(dir, 'other'), join(dir, 'lock.mine'))
      await new Promise((resolve) => dead.close(resolve))
      const taken = await take(dir)
      assert.ok(E.isRight(taken))
      assert.equal(readdirSync(dir).sort(), ['lock', 'lock.mine', 'lock.sock'])
      await taken.right.release()
    }))

  test('a socket that a killed process left in the directory holds nobody up, however long the path', () =>
    withDir(async (short) => {
      const dir = join(short, 'x'.repeat(120))
      mkdirSync(dir)
      const { child } = await holder(dir, '', 'run', 'abstract')
      assert.ok(statSync(join(dir, 'lock.sock')).isSocket())
      await killed(child)
      const before = statSync(join(dir, 'lock.sock')).ino
      const taken = await take(dir)
      assert.ok(E.isRight(taken))
      assert.is.not(statSync(join(dir, 'lock.sock')).ino, before)
      assert.equal(readdirSync(dir).sort(), ['lock', 'lock.sock'])
      await taken.right.release()
    }))

  test('a missing directory is a failure', async () => {
    assert.ok(E.isLeft(await take('/nonexistent/state')))
  })
})
