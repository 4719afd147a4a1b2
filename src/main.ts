#!/usr/bin/env node
// The composition root: the only file that reads the arguments and the environment. It makes the world, runs the command in it (wired in
// `wiring/`) and sets the exit code.
import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { foot, noFoot } from './adapters/foot.ts'
import { stacksNameSources } from './adapters/source-places.ts'
import { codeOf } from './adapters/system.ts'
import { isReportAsked, type Parsed, parseArgs } from './cli/args.ts'
import { defectText } from './cli/defect.ts'
import { weaknessOf, withoutEmptyPlaces } from './cli/environment.ts'
import { owing } from './cli/owed.ts'
import type { Terminal } from './cli/terminal.ts'
import { defectOf } from './domain/basics/failure.ts'

const { stdout, stderr, stdin } = process
const env = withoutEmptyPlaces(process.env)
stacksNameSources()
// Whatever is made here is ours alone, from its first moment on.
const theirMask = process.umask(0o077)
const stopping = new AbortController()
const stop = (): void => stopping.abort()
// The last one is what a terminal that is closed sends.
const STOPS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
for (const name of STOPS) process.on(name, stop)
// Node opens a debugger on SIGUSR1 unless somebody listens, and through it anyone could read the key.
process.on('SIGUSR1', () => undefined)
// A reader that goes away, such as `| head`, is no defect.
for (const stream of [stdout, stderr]) stream.on('error', () => undefined)

const LAST_WORDS_MS = 1000

const plain = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb'

const hasFoot = stderr.isTTY === true && env.TERM !== 'dumb'
const { show, clear } = hasFoot ? foot(stderr) : noFoot

const { out, owe, settle } = owing((text) => {
  clear()
  stdout.write(text)
})

/** How long a question is waited for; meanwhile nobody else can write. */
const ANSWER_MS = 5 * 60_000

const terminal: Terminal = {
  out,
  err: (text) => {
    clear()
    stderr.write(text)
  },
  foot: show,
  hasFoot,
  colour: stdout.isTTY === true && !plain,
  // A serial line and the like are terminals of 0 columns.
  width: stdout.isTTY && stdout.columns > 0 ? stdout.columns : Number.POSITIVE_INFINITY,
  interactive: stdin.isTTY === true && stderr.isTTY === true,
  ask: async (question) => {
    const { asked } = await import('./adapters/question.ts')
    return asked({ input: stdin, output: stderr, signal: stopping.signal, withinMs: ANSWER_MS }, question)
  },
  save: async (path, text, readers) => {
    const { saveResult } = await import('./adapters/result-file.ts')
    return saveResult(path, text, readers === 'as a config' ? 0o644 & ~theirMask : undefined)
  },
}

const version = async (): Promise<string> => {
  const file: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  return typeof file === 'object' && file !== null && 'version' in file ? String(file.version) : 'unknown'
}

// The user of a systemd unit need not have a name that can be looked up.
const whoWeAre = (): string => {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.geteuid?.() ?? 'unknown'}`
  }
}

const parse = async (ours: string): Promise<Parsed> => {
  const parsed = parseArgs(process.argv.slice(2), { env, version: ours, now: Date.now() })
  // Loaded now, since a defect leaves no time for it.
  if (isReportAsked(parsed)) owe((await import('./cli/render/json.ts')).unrunJson)
  return parsed
}

const refuse = async (weakness: string): Promise<number> => {
  await parse(await version())
  settle({ _tag: 'WrongUsage', message: weakness })
  terminal.err(`${weakness}\n`)
  return 64
}

const main = async (): Promise<number> => {
  const ours = await version()
  const parsed = await parse(ours)
  if (parsed._tag === 'Help') {
    terminal.out(parsed.text)
    return 0
  }
  if (parsed._tag === 'Usage') {
    settle({ _tag: 'WrongUsage', message: parsed.fault ?? '' })
    terminal.err(parsed.text)
    return 64
  }
  // Who only reads what is here leaves nothing to be ended in order, and a journal of years is long.
  if (parsed.row.onlyReads === true) for (const name of STOPS) process.removeAllListeners(name)
  // A daemon listens once it has begun, and not any more while it ends; unheard, this signal ends a process at once.
  if (parsed.command._tag === 'Run') process.on('SIGHUP', () => undefined).off('SIGHUP', stop)
  // Loaded only now, so that help is there at once.
  const { command } = await import('./wiring/command.ts')
  const world = {
    env,
    terminal,
    signal: stopping.signal,
    logFormat: parsed.global.logFormat ?? (stderr.isTTY ? 'pretty' : 'json'),
    beforeLog: clear,
    logColour: stderr.isTTY === true && !plain,
    who: whoWeAre(),
    pid: process.pid,
    version: ours,
  } as const
  return command(world, parsed.global, parsed.command)
}

// Node would print an error as it is, and that of a library may quote what it was given.
const die = (defect: unknown): never => {
  const failure = defectOf(defect)
  settle(failure)
  terminal.err(defectText(failure.message))
  process.exit(1)
}
// Node's own warnings are no records of our log, and no words of ours.
process.removeAllListeners('warning')
process.on('uncaughtException', die)
process.on('unhandledRejection', die)

const weakness = weaknessOf(env, process.execArgv)
try {
  process.exitCode = await (weakness === undefined ? main() : refuse(weakness))
} catch (defect) {
  die(defect)
}
// Whatever is still open, such as kept-alive connections, must not keep a finished command alive; what was printed must be out first.
stdout.write('', () => {
  // What was lost otherwise, such as on a full disk, is no result.
  if (stdout.errored !== null && codeOf(stdout.errored) !== 'EPIPE') {
    process.exitCode = 1
    terminal.err('standard output cannot be written: check the space and the owner of where it goes\n')
  }
  const leave = (): void => process.exit()
  stderr.write('', leave)
  // Who is told to end waits for no reader of its last words who does not read.
  const leaveSoon = (): void => void setTimeout(leave, LAST_WORDS_MS)
  if (stopping.signal.aborted) leaveSoon()
  else stopping.signal.addEventListener('abort', leaveSoon)
})
