// `hold`, `release`, `block`: keep hands off, end that, and the emergency stop. Through the daemon where one runs, else here under its lock.
import { counted } from '../domain/basics/counted.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { visible } from '../domain/basics/visible.ts'
import type { AskedHold, HoldWhat } from '../domain/decisions/hold.ts'
import { LONGEST_HOLD } from '../domain/decisions/hold.ts'
import { blockedFirst, type StopReports, stopped } from '../domain/decisions/stop.ts'
import type { AskedDecision } from '../domain/memory/decision.ts'
import { matching, type Users } from '../domain/memory/known.ts'
import { type Glob, glob } from '../domain/user/username.ts'
import { E, type TE } from '../fp.ts'
import { type DecidePorts, decideBy } from './control.ts'
import { failed, failedReply, type Reply, replyJson, said, visibleLines } from './reply.ts'
import { after, type TimeOrSpan } from './words.ts'

type Said = { readonly reason: string; readonly by: string; readonly format: 'text' | 'json' }

/** Runs `hold`; gives its exit code. */
export const hold = (
  ports: DecidePorts,
  options: Said & { readonly what: AskedHold; readonly until: TimeOrSpan },
): Promise<number> =>
  decideBy(ports, { _tag: 'Hold', what: options.what, until: after(options.until, ports.now.getTime()) }, options)

type Release = Said & {
  readonly what: HoldWhat | undefined
  readonly protect: string | undefined
  readonly every: boolean
}

/** Runs `release`; gives its exit code. */
export const release = (ports: DecidePorts, options: Release): Promise<number> => {
  const { what, protect, every } = options
  const decision: AskedDecision = protect === undefined ? { _tag: 'Release', what, every } : { _tag: 'Unprotect', glob: protect }
  return decideBy(ports, decision, options)
}

type BlockPorts = DecidePorts & {
  /** Whom it would meet, where no daemon runs. */
  readonly matching: (glob: string) => TE.TaskEither<Failure, ReadonlyArray<string>>
  /** The same stop where no daemon runs. */
  readonly stopHere: (ask: StopAsk) => TE.TaskEither<Failure, Reply>
}
export type StopAsk = { readonly glob: string; readonly until: number; readonly reason: string; readonly by: string }

const MOST_SHOWN = 20
const MAY_STAND =
  'the daemon was asked to block them and has not answered: the stop may stand, and it may be at work on it; see: smtp2go-reconciler status\n'

const UNSHOWN = 'no stop was taken, since whom it would meet cannot be shown; --yes takes one unseen: '

// What a daemon says that has done nothing is its answer.
const isSilence = (reply: Reply | undefined): boolean => reply?._tag === 'Unanswered' && reply.undone !== true

/** Runs `block`; gives its exit code. */
export const block = async (
  ports: BlockPorts,
  {
    match,
    yes,
    until,
    reason,
    by,
    format,
  }: Said & { readonly match: string; readonly yes: boolean; readonly until: TimeOrSpan | undefined },
): Promise<number> => {
  const { terminal, ask } = ports
  const fail = (failure: Failure): number => failed(terminal, failure, format)
  if (!terminal.interactive && !yes) {
    return fail({
      _tag: 'WrongUsage',
      message: 'block asks before it cuts anybody off, and nobody sits at this terminal: give --yes',
    })
  }
  const found = await ask({ _tag: 'Matching', glob: match })
  if (found?._tag === 'Unanswered') return said(terminal, found, format)
  // Who does not ask need not be shown.
  const here = found === undefined && !yes ? await ports.matching(match)() : undefined
  if (here !== undefined && E.isLeft(here)) return said(terminal, failedReply(here.left, UNSHOWN), format)
  const users = found?._tag === 'Matching' ? found.users : here !== undefined ? here.right : []
  if (!yes) {
    const shown = users.slice(0, MOST_SHOWN).map((user) => `  ${visible(user)}\n`)
    const more = users.length > MOST_SHOWN ? [`  and ${users.length - MOST_SHOWN} more\n`] : []
    terminal.err([`this blocks every user that matches '${visible(match)}' at once; now these:\n`, ...shown, ...more].join(''))
    const answer = await terminal.ask(`type the number of users, ${users.length}, to cut them off: `)
    if (answer.trim() !== String(users.length)) {
      return said(terminal, { _tag: 'Refused', message: 'nothing was done' }, format)
    }
  }
  const stop: StopAsk = {
    glob: match,
    until: until === undefined ? ports.now.getTime() + LONGEST_HOLD : after(until, ports.now.getTime()),
    reason,
    by,
  }
  terminal.foot(() => 'blocking: first where they are known to be, then wherever else; this waits until it is done')
  if (found !== undefined) {
    const reply = await ask({ _tag: 'Stop', ...stop })
    return said(terminal, isSilence(reply) ? undefined : reply, format, MAY_STAND)
  }
  const reply = await ports.stopHere(stop)()
  return E.isLeft(reply) ? fail(reply.left) : said(terminal, reply.right, format)
}

/** What is to be known first where a stop failed before it was written down: whoever must be cut off is waiting for nothing. */
export const NO_STOP = 'no stop was taken; whom to cut off now, block in the SMTP2GO app, until this is mended'

/** Why a stop of no pattern is refused. */
export const EMPTY_PATTERN = 'an empty pattern matches nobody'

/** The reply that tells what came of a stop that was taken. */
export const replyToStop = ({ first, whole }: StopReports, pattern: Glob, around: Parameters<typeof stopped>[2]): Reply => {
  if (E.isLeft(whole)) {
    const blocked = blockedFirst({ first }, pattern)
    const far = blocked.length === 0 ? '' : `blocked: ${blocked.join(', ')}; `
    return failedReply(whole.left, `${far}the stop stands, but the run that should block all who match failed: `)
  }
  const { exitCode, result, trouble } = stopped({ first, whole: whole.right }, pattern, around)
  return {
    _tag: 'Ended',
    exitCode,
    text: visibleLines(result),
    trouble: visibleLines(trouble),
    document: replyJson(exitCode === 0, [...trouble, ...result].join('\n')),
  }
}

/** Whom a hold is for: a misspelt pattern would keep hands off nobody, and nobody would know. */
export const meantText = ({ seen, listed }: Pick<Users, 'seen' | 'listed'>, pattern: string): ReadonlyArray<string> => {
  const inConfig = [...listed].flatMap(([scope, names]) => [...names].map((name) => [scope, name] as const))
  const users = [...new Set(matching([...seen, ...inConfig], glob(pattern)))].sort()
  return users.length === 0
    ? ['it is for nobody now: no user that the last run saw, or that the config lists, matches']
    : [`it is for ${counted(users.length, 'user')} now:`, ...named(users)]
}

const MOST_NAMED = 20

/** Some of many, so that all fit on a screen. */
export const named = (all: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...all.slice(0, MOST_NAMED).map((one) => `  ${one}`),
  ...(all.length > MOST_NAMED ? [`  and ${all.length - MOST_NAMED} more`] : []),
]
