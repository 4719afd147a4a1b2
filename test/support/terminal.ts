// A real terminal of a given width around the command: a pseudo-terminal that Python opens, answers typed when they are asked for, and
// what somebody would have on the screen in the end.
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import type { Bench } from './command.ts'
import { NODE } from './node.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')

const PYTHON = `
import fcntl, json, os, pty, struct, sys, termios
columns, command, answers = json.loads(sys.argv[1])
pid, master = pty.fork()
if pid == 0:
    # Here and not in the parent, which may come to it only when the command has asked already.
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 50, columns, 0, 0))
    os.execvpe(command[0], command, os.environ)
seen = b''
while True:
    try:
        data = os.read(master, 65536)
    except OSError:
        break
    if not data:
        break
    os.write(1, data)
    seen += data
    if answers and answers[0][0].encode() in seen:
        os.write(master, answers.pop(0)[1].encode() + b'\\n')
        seen = b''
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

/** What a terminal got, and how the command ended. */
export type Session = { readonly code: number | null; readonly raw: string; readonly screen: ReadonlyArray<string> }

type Way = {
  readonly columns: number
  /** What is typed once a text has appeared. */
  readonly answers?: ReadonlyArray<readonly [after: string, typed: string]>
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a command of a bench in a terminal. */
export const inTerminal = (
  bench: Pick<Bench, 'dir' | 'key'>,
  { columns, answers = [], env = {} }: Way,
  ...args: ReadonlyArray<string>
): Promise<Session> => {
  const command = [NODE, MAIN, '--state-dir', join(bench.dir, 'state'), ...args]
  const child = spawn('python3', ['-c', PYTHON, JSON.stringify([columns, command, answers])], {
    cwd: bench.dir,
    env: { PATH: process.env.PATH, HOME: bench.dir, TERM: 'xterm-256color', TEST_KEY: bench.key, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let raw = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    raw += text
  })
  return new Promise((settle, fail) => {
    child.on('error', fail)
    child.on('close', (code) => settle({ code, raw, screen: screenOf(raw) }))
  })
}

const ESCAPES = /\p{Cc}\[[0-9;]*[A-Za-z]/gu

/** The lines that stand in the end: escapes taken out, rewritten lines as they were written last. */
const screenOf = (raw: string): ReadonlyArray<string> =>
  raw
    .replace(ESCAPES, '')
    .split('\n')
    .map((line) => line.replace(/\r+$/, '').split('\r').at(-1) ?? '')
