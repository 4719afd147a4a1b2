// C1, C2, C3: no key and no password in what any command prints, in pages, metrics and what systemd is told; and each way out is proved able to
// go red by a leak that is planted in it. Every class of error is in table.test.ts.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, until, type Way, withBench } from '../support/command.ts'
import { ask, servedAt } from '../support/http.ts'
import { NODE } from '../support/node.ts'
import { type Received, withReceiver } from '../support/receiver.ts'
import { spec } from '../support/spec.ts'
import { PASSWORDS, SEED, USERS } from './classes.ts'
import { asked, lived } from './life.ts'

spec('secrecy of all commands', (test) => {
  test('C1: plan, export, validate, status, control socket, pages, metrics, notifications and what systemd is told hold none either', () =>
    withReceiver((received) =>
      withBench(SEED, async (bench) => {
        bench.secret('a live password', SEED.account.results[0]?.email_password ?? '')
        await bench.config(
          `reconcile: { schedule: "* * * * * *" }\nhttp: { listen: "127.0.0.1:0" }\nnotify: [{ webhook: { env: HOOK_URL } }]\n${USERS}`,
        )
        const bin = join(bench.dir, 'bin')
        await mkdir(bin)
        const told = join(bench.dir, 'told.txt')
        await writeFile(
          join(bin, 'systemd-notify'),
          `#!/bin/sh\n{ echo "$@"; env; tr '\\0' ' ' < /proc/$PPID/cmdline; } >> ${told}\n`,
          { mode: 0o755 },
        )
        const way: Way = {
          env: { ...PASSWORDS, NOTIFY_SOCKET: '@told', PATH: `${bin}:${process.env.PATH}`, HOOK_URL: received.url },
        }
        const daemon = bench.startIn(way, '--log-level', 'trace', 'run')
        await until('a run', () => daemon.err().includes('run ended'))
        for (const args of [
          ['plan'],
          ['plan', '--format', 'json'],
          ['plan', '--format', 'markdown'],
          ['export'],
          ['export', '--snapshot'],
          ['validate', '--secrets'],
          ['status'],
          ['status', '--format', 'json'],
        ])
          await bench.runIn(way, ...args)
        for (const question of [{ _tag: 'Status' }, { _tag: 'Nonsense' }, { _tag: 'Approve', digest: 'x', reason: 'r', by: 'b' }])
          for (const _ of [1, 2, 3, 4])
            bench.search('the control socket', await asked(join(bench.dir, 'state/control.sock'), question))
        const url = await servedAt(daemon)
        for (const path of ['/', '/healthz', '/readyz', '/metrics', '/api/status', '/page.js', '/nonsense'])
          for (const _ of [1, 2]) assert.ok((await ask(url, path)).status >= 200)
        await bench.config('users: nonsense\n')
        await until('the fault is notified', () => received.bodies().length > 0)
        daemon.child.kill('SIGTERM')
        assert.is((await daemon.ended).code, 0)
        bench.search('an argument or variable of a child', await readFile(told, 'utf8'))
      }),
    ))
})

/** What is said of the leaks that were found; nothing where there was none. */
const leaksOf = async (body: (bench: Bench, received: Received) => Promise<void>): Promise<string> => {
  let seen = ''
  await withReceiver((received) => withBench(SEED, (bench) => body(bench, received))).catch((thrown: unknown) => {
    seen = thrown instanceof Error ? thrown.message : ''
  })
  return seen
}

spec('a planted leak', (test) => {
  const leak = (script: string): Way => ({ under: [NODE, '-e', script, '--'] })
  const PLANTED: ReadonlyArray<readonly [where: string, script: string]> = [
    ['standard output', 'console.log(process.env.TEST_KEY)'],
    ['standard error', 'console.error(process.env.TEST_KEY.slice(9, 17))'],
    [
      'state/ledger.json',
      'fs.mkdirSync("state"); fs.writeFileSync("state/ledger.json", Buffer.from("k" + process.env.TEST_KEY).toString("base64"))',
    ],
    ['told.txt', 'fs.writeFileSync("told.txt", Buffer.from(process.env.TEST_KEY).toString("hex").toUpperCase())'],
    ['a file name', 'fs.writeFileSync(process.env.TEST_KEY, "")'],
    ['standard output', 'console.log(JSON.stringify({ x: [encodeURIComponent(process.env.PW_0)] }))'],
    ['standard output', 'console.log(JSON.stringify(process.env.PW_0))'],
  ]
  for (const [where, script] of PLANTED) {
    test(`a leak planted in ${where} by ${script.slice(0, 60)} is seen`, async () => {
      const seen = await leaksOf(async (bench) => {
        await bench.runIn({ ...leak(script), env: PASSWORDS }, 'status')
      })
      assert.match(seen, /^C1: secrets were let out: /)
      assert.ok(seen.includes(where), seen)
    })
  }

  // In the real daemon, whose parts put the key into what they put out.
  const WITHIN: ReadonlyArray<readonly [where: string, script: string]> = [
    [
      'an HTTP answer',
      'import{ServerResponse as R}from"node:http";const e=R.prototype.end;R.prototype.end=function(t,...r){return e.call(this,this.socket?.remoteAddress?t+process.env.TEST_KEY:t,...r)};const h=R.prototype.writeHead;R.prototype.writeHead=function(c,a){if(this.socket?.remoteAddress)delete a?.["content-length"];return h.call(this,c,a)}',
    ],
    [
      'the control socket',
      'import{ServerResponse as R}from"node:http";const e=R.prototype.end;R.prototype.end=function(t,...r){return e.call(this,this.socket?.remoteAddress?t:t+process.env.TEST_KEY,...r)}',
    ],
    [
      'a notification',
      'const f=globalThis.fetch;globalThis.fetch=(u,o)=>f(u,o?.body?.includes?.("transitions")||o?.body?.includes?.("text")?{...o,body:o.body+process.env.PW_1}:o)',
    ],
    [
      'an argument or variable of a child',
      'import c from"node:child_process";import{syncBuiltinESMExports as y}from"node:module";const s=c.spawn;c.spawn=(p,a,o)=>s(p,a,{...o,env:{...o.env,LEAK:process.env.PW_2}});y()',
    ],
    [
      'plan.md',
      'import{appendFileSync as p}from"node:fs";import f from"node:fs/promises";import{syncBuiltinESMExports as y}from"node:module";const m=f.rename;f.rename=(a,b)=>{if(b.endsWith("plan.md"))p(a,process.env.PW_3);return m(a,b)};y()',
    ],
  ]
  for (const [where, script] of WITHIN)
    test(`that the program itself puts into ${where} is seen`, async () => {
      const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(script)}`
      const seen = await leaksOf(async (bench, received) => {
        await lived(bench, received, { title: 'all is well', code: [0] }, { NODE_OPTIONS })
      })
      assert.match(seen, /^C1: secrets were let out: /)
      assert.ok(seen.includes(where), seen)
    })
})
