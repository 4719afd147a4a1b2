// Wiring of what a person decides where no daemon runs: under the lock of the state directory, through the same programs.
import type { Here } from '../cli/control.ts'
import { EMPTY_PATTERN, meantText, NO_STOP, replyToStop, type StopAsk } from '../cli/hold.ts'
import { failedReply, type Reply, replyTo } from '../cli/reply.ts'
import type { UndoAsk } from '../cli/undo.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { knownUsers, matching, type Users, whereKnown } from '../domain/memory/known.ts'
import type { Shown } from '../domain/memory/ledger.ts'
import type { Unfinished } from '../domain/plan/report.ts'
import { glob } from '../domain/user/username.ts'
import { ALL_SUBACCOUNTS, onlyScope, type Scope } from '../domain/wanted/scope.ts'
import { scopesIn } from '../domain/wanted/subaccount.ts'
import { E, pipe, TE } from '../fp.ts'
import { type DecidePorts, decide } from '../reconcile/decide.ts'
import type { ObservePorts } from '../reconcile/observe.ts'
import { type Ask, type Config, consider } from '../reconcile/plan.ts'
import { reconcile } from '../reconcile/reconcile.ts'
import { stopFirst, wasKeyRefused } from '../reconcile/stop.ts'
import { type UndoPorts, undoRun } from '../reconcile/undo.ts'
import { stopped } from './until-stopped.ts'

type Ways = {
  readonly load: () => TE.TaskEither<Failure, Config>
  /** Takes the lock of the state directory only, so that it also works with a broken config. */
  readonly deciding: () => TE.TaskEither<Failure, DecidePorts>
  readonly observing: (config: Config) => TE.TaskEither<Failure, ObservePorts>
  readonly writing: (config: Config, command: string) => TE.TaskEither<Failure, UndoPorts>
  /** The options with which a quoted command finds us. */
  readonly reachedBy: string
  readonly signal: AbortSignal
}

const ASK = {
  digest: undefined,
  person: true,
  frozen: undefined,
  approveWith: (digest: string) => `apply --digest ${digest}`,
}

const notTaken = ({ _tag }: Failure): string =>
  `${NO_STOP}${_tag === 'ConfigInvalid' ? '; where the config does not tell the state directory, --state-dir does' : ''}: `
const STANDS_ALONE = 'the stop stands, and nobody is blocked until the config is mended and a run goes by it: '

type Looking = Pick<Ways, 'load' | 'observing' | 'signal'>

const reached = ({ load, observing }: Looking) =>
  pipe(
    TE.Do,
    TE.bind('config', load),
    TE.bind('ports', ({ config }) => observing(config)),
  )

type Reached = { readonly config: Config; readonly ports: ObservePorts }

const looked = ({ config, ports }: Reached, signal: AbortSignal, whom: Pick<Ask, 'user' | 'scopes'>) =>
  pipe(
    consider(ports, config, { ...ASK, ...whom, signal }),
    // Whoever was stopped while asking has decided nothing.
    TE.filterOrElse(
      () => !signal.aborted,
      () => stopped,
    ),
  )

/** Who was seen last; where not all scopes were yet, who is seen now. Who is to be blocked does not wait until all are looked at once more. */
const seenIn = (ways: Looking): TE.TaskEither<Failure, Users['seen']> =>
  pipe(
    reached(ways),
    TE.bind('ledger', ({ ports }) => ports.ledgers.read()),
    TE.chain(({ ledger, ...there }) => {
      const { desired } = there.config
      if (scopesIn(desired).every((scope) => ledger.scopes.has(scope))) return TE.right(knownUsers(ledger, desired).seen)
      return pipe(
        looked(there, ways.signal, { user: undefined, scopes: undefined }),
        TE.map(({ drafts }) =>
          [...drafts].flatMap(([scope, { live }]) => live.users.map(({ username }) => [scope, username] as const)),
        ),
      )
    }),
  )

/** What a scope shows now, where that is doubted: a plan, which writes nothing, may have been the first to see it. */
const doubted = (ways: Looking, scope: Scope): TE.TaskEither<Failure, Shown | undefined> =>
  pipe(
    reached(ways),
    TE.chain((there) =>
      looked(there, ways.signal, { user: undefined, scopes: onlyScope(scope === ALL_SUBACCOUNTS ? undefined : scope) }),
    ),
    TE.map(({ sight: { doubts, connection } }) => {
      const names = doubts.get(scope)
      return names === undefined ? undefined : { names, origin: connection.origin }
    }),
    // A broken config, or a service that is away, keeps nobody from a word on what a run has seen.
    TE.orElse((failure) => (ways.signal.aborted ? TE.left(failure) : TE.right(undefined))),
  )

/** An emergency stop without a daemon. */
const stopHere =
  ({ load, deciding, writing, reachedBy, signal }: Ways) =>
  ({ glob: pattern, until, reason, by }: StopAsk): TE.TaskEither<Failure, Reply> => {
    const user = glob(pattern)
    if (user === undefined) return TE.right({ _tag: 'Refused', message: EMPTY_PATTERN })
    const taking = (ports: DecidePorts) =>
      decide(ports, { _tag: 'Hold', what: { _tag: 'Stop', glob: pattern }, until }, { by, reason })
    // Whoever mends the config first must not find that nothing was stopped.
    const withoutConfig = (broken: Failure) =>
      pipe(
        deciding(),
        TE.chain(taking),
        TE.map((taken): Reply => (E.isLeft(taken) ? replyTo(taken) : failedReply(broken, STANDS_ALONE))),
        TE.orElse((failure) => TE.right<Failure, Reply>(failedReply(failure, notTaken(failure)))),
      )
    const through = (config: Config): TE.TaskEither<Failure, Reply> =>
      pipe(
        writing(config, 'block'),
        TE.bindTo('ports'),
        TE.bind('taken', ({ ports }) => taking(ports)),
        TE.matchE(
          (failure) => TE.right<Failure, Reply>(failedReply(failure, notTaken(failure))),
          ({ ports, taken }) => (E.isLeft(taken) ? TE.right<Failure, Reply>(replyTo(taken)) : blocking(ports, config)),
        ),
      )
    const blocking = (ports: UndoPorts, config: Config): TE.TaskEither<Failure, Reply> => {
      const run = { ...ASK, reachedBy, by: 'block' as const, who: { by, reason }, signal }
      const users = knownUsers(ports.ledgers.current(), config.desired)
      return pipe(
        stopFirst(ports, config, { pattern: user, scopes: whereKnown(users, user), run }),
        TE.chainTaskK((first) => async () => {
          // S11: a key that was refused a moment ago rests, and of each scope is told that it does.
          const all = { ...run, person: !wasKeyRefused(first), user, scopes: undefined, agree: () => TE.right(true) }
          const whole = await reconcile(ports, config, all)()
          return replyToStop({ first, whole }, user, { naming: users.naming, reachedBy })
        }),
      )
    }
    return async () => {
      const config = await load()()
      return E.isRight(config) ? through(config.right)() : signal.aborted ? config : withoutConfig(config.left)()
    }
  }

/** What `approve --live`, `hold`, `release`, `block` and `undo` do without a daemon. */
export const decisionsHere = (ways: Ways) => ({
  here: ((decision, person) =>
    pipe(
      decision._tag === 'Vouch' ? doubted(ways, decision.scope) : TE.right(undefined),
      TE.bindTo('shown'),
      TE.bind('ports', ways.deciding),
      TE.chain(({ shown, ports }) =>
        pipe(
          decide(ports, decision, { ...person, shown }),
          TE.chainTaskK((taken) => async () => {
            if (E.isLeft(taken) || decision._tag !== 'Hold' || decision.what._tag !== 'Users') return taken
            const config = await ways.load()()
            if (E.isLeft(config)) return taken
            const users = knownUsers(ports.ledgers.current(), config.right.desired)
            return E.right([taken.right, ...meantText(users, decision.what.glob)].join('\n'))
          }),
        ),
      ),
    )) satisfies Here,
  matching: (pattern: string): TE.TaskEither<Failure, ReadonlyArray<string>> =>
    pipe(
      seenIn(ways),
      TE.map((users) => matching(users, glob(pattern))),
    ),
  undoHere: ({ run, agreement, ...word }: UndoAsk) =>
    pipe(
      TE.Do,
      TE.bind('config', ways.load),
      TE.bind('ports', ({ config }) => ways.writing(config, 'undo')),
      TE.mapLeft((failure): Unfinished => ({ failure })),
      TE.chain(({ config, ports }) =>
        undoRun(ports, config, {
          wanted: run,
          agreement,
          word,
          frozen: undefined,
          reachedBy: ways.reachedBy,
          signal: ways.signal,
        }),
      ),
    ),
  stopHere: stopHere(ways),
})
