// The control socket: one JSON question a request, over HTTP on a Unix socket. Whoever may open the socket may ask; the mode of the
// file decides that. Node cannot tell who is at the other end, so `by` is what the caller says of itself.
import { chmod, chown, stat, unlink } from 'node:fs/promises'
import { createServer, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import * as t from 'io-ts'
import type { Failure } from '../domain/basics/failure.ts'
import type { SocketFacts } from '../domain/checkup/checkup.ts'
import { isRunName, LONGEST_NAME, LONGEST_REASON } from '../domain/decisions/said.ts'
import type { AskedDecision } from '../domain/memory/decision.ts'
import { glob as globIn } from '../domain/user/username.ts'
import { E, TE } from '../fp.ts'
import type { Question } from '../ports.ts'
import { scopeName, watchedName } from './codecs.ts'
import { codeOf, stateFault } from './system.ts'

// In bytes.
const LARGEST_QUESTION = 64 * 1024
const LARGEST_ANSWER = 64 * 1024 * 1024
const ANSWER_WITHIN_MS = 5000
// A stop is answered when all scopes were looked at, and an undo when it is done: both take as long as the pace does. An approval may wait for a
// look, though not for ever.
const WITHIN_MS: { readonly [Q in Question['_tag']]?: number } = {
  Approve: 90_000,
  Stop: 7_200_000,
  PlanUndo: 600_000,
  Undo: 7_200_000,
}

// Whoever may ask need not ask by a command. What is taken here is kept, and shown to others as something to type: so it is no more than what a
// command takes.
const glob = t.refinement(t.string, (text) => globIn(text) !== undefined)
const run = t.refinement(t.string, isRunName)
const person = {
  reason: t.refinement(t.string, ({ length }) => length <= LONGEST_REASON),
  by: t.refinement(t.string, ({ length }) => length <= LONGEST_NAME),
}
const askedHold = t.union([
  t.type({ _tag: t.literal('Users'), glob }),
  t.type({ _tag: t.literal('Removals') }),
  t.type({ _tag: t.literal('All') }),
])
const anyHold = t.union([
  askedHold,
  t.type({ _tag: t.literal('Stop'), glob }),
  t.type({ _tag: t.literal('Undo'), run, users: t.readonlyArray(t.string) }),
])
const decision: t.Type<AskedDecision> = t.union([
  t.type({ _tag: t.literal('Hold'), what: askedHold, until: t.number }),
  t.intersection([
    t.type({ _tag: t.literal('Release'), every: t.boolean }),
    t.partial({ what: t.union([anyHold, t.undefined]) }),
  ]),
  t.type({ _tag: t.literal('Unprotect'), glob }),
  t.type({ _tag: t.literal('Vouch'), scope: watchedName }),
])
const agreement = t.union([
  t.type({ _tag: t.literal('Shown'), digest: t.string }),
  t.type({ _tag: t.literal('Exactly'), digest: t.string }),
  t.type({ _tag: t.literal('Anyway') }),
])
const questionCodec: t.Type<Question> = t.union([
  t.type({ _tag: t.literal('Status') }),
  t.intersection([t.type({ _tag: t.literal('Reconcile') }), t.partial({ scope: t.union([scopeName, t.undefined]) })]),
  t.type({ _tag: t.literal('Approve'), digest: t.string, ...person }),
  t.type({ _tag: t.literal('Decide'), decision, ...person }),
  t.type({ _tag: t.literal('PlanUndo'), run }),
  t.type({ _tag: t.literal('Undo'), run, agreement, ...person }),
  t.type({ _tag: t.literal('Matching'), glob }),
  t.type({ _tag: t.literal('Stop'), glob, until: t.number, ...person }),
])

const GROUP_OR_OTHERS_ENTER = 0o011

/** Whose daemon is meant, as far as that was named: absolute paths. */
export type Meant = { readonly config?: string; readonly stateDir?: string }
const addressed = t.partial({ meant: t.partial({ config: t.string, stateDir: t.string }) })

type Options<Reply> = {
  readonly path: string
  /** Number of the group that may ask too. */
  readonly group: number | undefined
  readonly handle: (question: Question, meant: Meant) => Promise<Reply>
  /** Of this program: who asks may be of another one. */
  readonly version: string
}

const VERSION = 'smtp2go-reconciler-version'

/** Listens; a socket file that nobody answers at is replaced. */
export const serveControl = <Reply>({
  path,
  group,
  handle,
  version,
}: Options<Reply>): TE.TaskEither<Failure, () => Promise<void>> =>
  TE.tryCatch(
    async () => {
      if ((await stateOf(path)) !== 'answers') await unlink(path).catch(() => undefined)
      const server = createServer((asked, response) => {
        bytesOf(asked, LARGEST_QUESTION)
          .then(async (body) => {
            const question = parsed(body)
            const known = questionCodec.is(question) && addressed.is(question)
            const reply = known
              ? await handle(question, question.meant ?? {})
              : {
                  _tag: 'Unanswered',
                  undone: true,
                  message: `the daemon is of version ${version} and does not know this question, and nothing was done: restart it, so that it is of the version of the command`,
                }
            response.writeHead(known ? 200 : 400, { 'content-type': 'application/json', [VERSION]: version })
            response.end(JSON.stringify(reply))
          })
          .catch(() => response.destroy())
      })
      server.requestTimeout = ANSWER_WITHIN_MS
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(path, resolve)
      })
      const close = () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        })
      try {
        // The group before the mode: at no moment may another group ask.
        if (group !== undefined) await chown(path, -1, group)
        await chmod(path, group === undefined ? 0o600 : 0o660)
      } catch (thrown) {
        await close()
        throw thrown
      }
      return close
    },
    (thrown): Failure => ({ _tag: 'StateUnusable', path, message: faultOf(thrown) }),
  )

/** Whether nobody listens at a path yet: told before a daemon makes its first run, which it would make in vain. */
export const freeToServe =
  (path: string): TE.TaskEither<Failure, void> =>
  async () =>
    (await stateOf(path)) === 'answers' ? E.left({ _tag: 'StateUnusable', path, message: TAKEN }) : E.right(undefined)

const TAKEN = 'another daemon listens there: give each its own runtime directory, in a unit by RuntimeDirectory=, or end that one'

const faultOf = (thrown: unknown): string =>
  codeOf(thrown) === 'EADDRINUSE'
    ? TAKEN
    : thrown instanceof Error && 'syscall' in thrown && thrown.syscall === 'chown'
      ? 'the control socket cannot be given to the group of control.group, which only its members may do'
      : `the control socket cannot be opened here: ${UNWRITABLE.has(codeOf(thrown)) ? stateFault(thrown) : UNOPENED}`

const UNWRITABLE: ReadonlySet<string> = new Set(['EROFS', 'ENOSPC', 'EDQUOT'])
const UNOPENED = 'check owner and mode of the folder, and that the path is under 108 characters'

const bytesOf = async (message: IncomingMessage, most: number): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of message) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > most) throw new Error('too large')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

/** What bytes say: a character may have come in two pieces, and what is no UTF-8 would stand garbled in the journal. */
const parsed = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

/** Why nobody can be asked at a path: nothing there, not open to us, or left behind by one who is gone. */
type Shut = Exclude<SocketFacts['state'], 'answers'>

const shutBy = (thrown: unknown): Shut => {
  const code = codeOf(thrown)
  return code === 'ENOENT' ? 'absent' : code === 'EACCES' || code === 'EPERM' ? 'closed' : 'dead'
}

/** What is at the path of a socket. */
export const socketAt = async (path: string): Promise<SocketFacts> => ({
  path,
  state: await stateOf(path),
  shutIn: await isShutIn(path),
})

const stateOf = (path: string): Promise<SocketFacts['state']> =>
  new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve('answers')
    })
    socket.once('error', (error) => resolve(shutBy(error)))
  })

/** Whether nobody but its owner may enter the folder of a socket; where that cannot be seen, somebody may. */
export const isShutIn = (path: string): Promise<boolean> =>
  stat(dirname(path)).then(
    ({ mode }) => (mode & GROUP_OR_OTHERS_ENTER) === 0,
    () => false,
  )

/** Why no answer came; `silent`: somebody may have the question, and may be at it. Or one came of another program, of a version that may be told. */
export type Silence = Shut | 'silent' | { readonly version: string | undefined }

/**
 * Asks the daemon at a path, if it is the one that is meant, or says why no answer came. `isReply` tells a reply from anything else; nobody
 * waits for it once the signal is aborted.
 */
export const askControl = <Reply>(
  { path, meant }: { readonly path: string; readonly meant: Meant },
  question: Question,
  isReply: (value: unknown) => value is Reply,
  signal?: AbortSignal,
): Promise<E.Either<Silence, Reply>> =>
  new Promise((resolve) => {
    let taken = false
    const timeout = WITHIN_MS[question._tag] ?? ANSWER_WITHIN_MS
    const ends = signal === undefined ? {} : { signal }
    const asked = request({ socketPath: path, method: 'POST', path: '/', timeout, ...ends }, (response) => {
      const version = response.headers[VERSION]
      const other = { version: typeof version === 'string' ? version : undefined }
      const answered = (reply: unknown): void => resolve(isReply(reply) ? E.right(reply) : E.left(other))
      bytesOf(response, LARGEST_ANSWER).then(
        (bytes) => answered(parsed(bytes)),
        () => resolve(E.left('silent')),
      )
    })
    asked.on('socket', (socket) =>
      socket.once('connect', () => {
        taken = true
      }),
    )
    asked.on('timeout', () => asked.destroy())
    // EAGAIN: so many ask that the kernel lets nobody wait.
    asked.on('error', (error) => {
      const isOpen = taken || signal?.aborted === true || codeOf(error) === 'EAGAIN'
      resolve(E.left(isOpen ? 'silent' : shutBy(error)))
    })
    asked.end(JSON.stringify({ ...question, meant }))
  })
