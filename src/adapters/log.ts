// The log: one line for each event of a run that somebody would want to read. JSON lines have a constant message and
// fields; pretty ones say the same in words. No value of a secret is in either, and no character that a terminal obeys.

import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Logger, pino as Pino } from 'pino'
import type Pretty from 'pino-pretty'
import { fullMessage } from '../domain/basics/command.ts'
import { counted } from '../domain/basics/counted.ts'
import { defectOf, failureLine } from '../domain/basics/failure.ts'
import { span } from '../domain/basics/time.ts'
import { visible, visibleJson } from '../domain/basics/visible.ts'
import { isDone } from '../domain/plan/outcome.ts'
import type { Ended, Report } from '../domain/plan/plan.ts'
import { summaryOf } from '../domain/plan/summary.ts'
import type { RunEvent } from '../domain/run/event.ts'
import { SENSITIVE, shownField } from '../domain/user/shown.ts'
import type { Tell } from '../ports.ts'
import { logWriter } from './log-writer.ts'

export type Log = Logger
type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
type Options = {
  readonly level: Level
  readonly format: 'pretty' | 'json'
  /** File descriptor; standard error unless told. */
  readonly destination?: number
  readonly colour?: boolean
  /** Called before a line is written. */
  readonly before?: () => void
}

// Loaded where there is something to log and not before: most commands have nothing to say here, and would start later for it.
const load = createRequire(import.meta.url)

/** A log that is written before the call returns, so that the last line of a crash is there. */
export const logger = ({ level, format, destination = 2, colour = false, before = () => undefined }: Options): Log => {
  const pino: typeof Pino = load('pino')
  const options = {
    level,
    base: format === 'json' ? { pid: process.pid } : null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // A second net: secrets are wrapped from the moment they are read.
    redact: { paths: HIDDEN.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: SENSITIVE },
    // Errors of libraries may quote what they were given.
    serializers: { err: nameOnly, error: ours },
  }
  const shown = format === 'json' ? visibleJson : inWords(colour)
  const lossOf = (count: number): string => {
    let line = ''
    const write = (text: string): void => {
      line = shown(text)
    }
    pino(options, { write }).error({ text: lossText(count), lines: count }, 'log lines lost')
    return line
  }
  const write = logWriter({ write: (bytes) => writeSync(destination, bytes), lossOf })
  return pino(options, {
    write: (line) => {
      before()
      write(shown(line))
    },
  })
}

const lossText = (count: number): string =>
  `${counted(count, 'line')} before this ${count === 1 ? 'was' : 'were'} lost, since the log could not be written; check the space of where it goes, or whether its reader still reads`

const inWords = (colour: boolean): ((line: string) => string) => {
  const { prettyFactory }: typeof Pretty = load('pino-pretty')
  const words = (line: Readonly<Record<string, unknown>>): string =>
    visible(typeof line.text === 'string' ? line.text : typeof line.msg === 'string' ? line.msg : '')
  return prettyFactory({ colorize: colour, hideObject: true, translateTime: 'SYS:HH:MM:ss', messageFormat: words })
}

const HIDDEN = ['password', 'email_password', 'smtp_password', 'api_key', 'apiKey', 'authorization', 'secret', 'token']

const nameOnly = (thrown: unknown): { readonly type: string } => ({ type: thrown instanceof Error ? thrown.name : typeof thrown })

/** What went wrong in words of ours; of a thrown error, which may be a library's, its name. */
const ours = (error: unknown): unknown => (typeof error === 'string' ? error : nameOnly(error))

/** The reader of events that writes them to the log, which is opened for the first of them. */
export const tellToLog = (open: () => Log): Tell => {
  let tell: Tell | undefined
  return (event) => {
    tell ??= toldIn(open())
    tell(event)
  }
}

const toldIn = (log: Log): Tell => {
  const tell: Tell = (event) => {
    const { level, message, text, ...fields } = lineOf(event)
    log[level]({ ...fields, text }, message)
  }
  return harmless(tell, tell)
}

/** A reader of events that a run cannot fail by, nor whoever is told after it: what it throws is a bug of ours, and the log tells it. */
export const harmless =
  (read: Tell, log: Tell): Tell =>
  (event) => {
    try {
      read(event)
    } catch (thrown) {
      log({ _tag: 'Notice', level: 'error', message: failureLine(defectOf(thrown)) })
    }
  }

type Line = { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string; readonly text: string } & Readonly<
  Record<string, unknown>
>

const lineOf = (event: RunEvent): Line => {
  switch (event._tag) {
    case 'RunStarted':
      return {
        level: 'debug',
        message: 'run started',
        text: `run ${event.runId} started by ${event.by}`,
        run_id: event.runId,
        by: event.by,
      }
    case 'ConfigTaken':
      return takenLine(event)
    case 'ConfigBroken': {
      const onward = event.lastGood ? 'nothing is written, drift is watched for against the last good one' : 'nothing is written'
      return {
        level: 'error',
        message: 'config broken',
        text: `the config cannot be used, ${onward}: ${failureLine(event.failure)}`,
      }
    }
    case 'ConfigMended':
      return {
        level: 'info',
        message: 'config mended',
        text: 'the config is valid again, and comes into force with the next run',
      }
    case 'PlanMade': {
      const counts = summaryOf(event.plan)
      return { level: 'debug', message: 'plan made', text: `plan made: ${countsText(counts)}`, run_id: event.runId, ...counts }
    }
    case 'ScopeSeen':
      return progressLine('scope seen', 'looked at', event)
    case 'ChangeSent':
      return progressLine('change sent', 'a change was sent in', event)
    case 'ChangeEnded':
      return changeLine(event)
    case 'RunEnded':
    case 'AsideEnded':
      return reportLine(event.report)
    case 'RunFailed':
      return {
        level: 'error',
        message: 'run failed',
        text: `${event.runId === undefined ? 'the run' : `run ${event.runId}`} failed: ${failureLine(event.failure)}`,
        ...(event.runId === undefined ? {} : { run_id: event.runId }),
      }
    case 'Notice':
      return { level: event.level, message: 'notice', text: event.message }
  }
}

const takenLine = ({ files, digest, brokenMs }: Extract<RunEvent, { _tag: 'ConfigTaken' }>): Line => {
  const taken = { files, config_digest: digest }
  if (brokenMs === undefined)
    return { level: 'debug', message: 'config taken', text: `config taken from ${files.join(', ')}`, ...taken }
  // Who was told that it is broken waits for this line, and need not look for it among all that is taken.
  const text = `the config is valid again and in force, after ${span(brokenMs / 1000)} in which it could not be used: ${files.join(', ')}`
  return { level: 'info', message: 'config good again', text, ...taken, broken_ms: brokenMs }
}

const progressLine = (
  message: string,
  did: string,
  { scope, done, due }: Extract<RunEvent, { _tag: 'ScopeSeen' | 'ChangeSent' }>,
): Line => ({ level: 'debug', message, text: `${did} ${scope} [${done}/${due}]`, scope, done, due })

const changeLine = ({ runId, scope, ended, done, due }: Extract<RunEvent, { _tag: 'ChangeEnded' }>): Line => {
  const { change, username, cause, outcome, error } = ended
  const fields = ended.fields.map(shownField)
  const said = fields
    .map(({ field, from, to }) => (change === 'create' ? `${field} ${to}` : `${field} ${from} -> ${to}`))
    .join(', ')
  const text = `${scope}: ${change} ${username} (${cause}) ${outcome}${error === undefined ? '' : `: ${error}`}${said === '' ? '' : `; ${said}`} [${done}/${due}]`
  const trouble = error === undefined ? {} : { error }
  return {
    level: levelOf(ended),
    message: 'change ended',
    text,
    run_id: runId,
    scope,
    change,
    username,
    cause,
    outcome,
    fields,
    ...trouble,
  }
}

const levelOf = (ended: Ended): 'info' | 'warn' => (isDone(ended) ? 'info' : 'warn')

const reportLine = ({ runId, plan, ended, outcome, requests, durationMs }: Report): Line => {
  const counts = summaryOf(plan)
  const errored = plan.scopes.filter((scope) => scope._tag === 'Errored')
  const errors = errored.map(({ scope, error }) => ({ scope, kind: error.kind, message: fullMessage(error) }))
  const troubles = errors.map(({ scope, kind, message }) => `; ${scope}: ${kind}: ${message}`).join('')
  const text = `run ${runId} ended: ${outcome}; ${countsText(counts)}, ${counted(requests, 'request')}, ${(durationMs / 1000).toFixed(1)} s${troubles}`
  const isStopped =
    errored.some(({ error }) => error.stopped !== undefined) ||
    [...ended.values()].flat().some(({ waits }) => waits === 'next start')
  const isFailed = isStopped
    ? errored.some(({ error }) => error.stopped === undefined)
    : outcome === 'failed' || errors.length > 0
  const level = isFailed ? 'error' : outcome === 'in_sync' || outcome === 'applied' ? 'info' : 'warn'
  return { level, message: 'run ended', text, run_id: runId, outcome, ...counts, requests, duration_ms: durationMs, errors }
}

const countsText = ({ create, update, block, remove, held, in_sync, findings }: ReturnType<typeof summaryOf>): string =>
  `${create} create, ${update} update, ${block} block, ${remove} remove, ${held} held, ${in_sync} in sync, ${counted(findings, 'finding')}`
