// `export --adopt`: the unlisted users, as they are, into the config files. Nothing is written unless the result is a valid config.
import { adopted, type Edited } from '../config/adopt.ts'
import { listedNow } from '../config/unsaid.ts'
import { reached } from '../domain/basics/command.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { visible } from '../domain/basics/visible.ts'
import type { Ledger } from '../domain/memory/ledger.ts'
import type { LiveState } from '../domain/user/live.ts'
import { fold, matchesAny } from '../domain/user/username.ts'
import { type DesiredState, defaultsIn } from '../domain/wanted/desired.ts'
import { byScope } from '../domain/wanted/scope.ts'
import { E, type TE } from '../fp.ts'
import type { Clock, SourceText } from '../ports.ts'
import { type ObservePorts, observe } from '../reconcile/observe.ts'
import type { Config } from '../reconcile/plan.ts'
import { failing } from './ending.ts'
import { failureJson, printJson } from './render/json.ts'
import { NO_LIST } from './render/plainly.ts'
import type { Terminal } from './terminal.ts'

type Ports = {
  readonly terminal: Terminal
  readonly clock: Pick<Clock, 'now'>
  readonly load: () => TE.TaskEither<Failure, Config & { readonly texts: ReadonlyArray<SourceText> }>
  /** Loads the config as it would be with these texts, by name. */
  readonly loadWith: (texts: ReadonlyMap<string, string>) => TE.TaskEither<Failure, Config>
  readonly observing: (config: Config) => TE.TaskEither<Failure, ObservePorts & { readonly reachedBy: string }>
  /** Replaces a file that is still as it was; why not, in words. */
  readonly replace: (file: {
    readonly path: string
    readonly before: string
    readonly after: string
  }) => Promise<string | undefined>
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal
}

/** Runs `export --adopt`; gives its exit code. */
export const adopt = async (ports: Ports, format: 'text' | 'json'): Promise<number> => {
  const { terminal } = ports
  const fail = failing(terminal, format, failureJson(FORMAT, { adopted: [] }))
  const loaded = await ports.load()()
  if (E.isLeft(loaded)) return fail(loaded.left)
  const { desired, texts } = loaded.right
  const seen = await look(ports, loaded.right)
  if (E.isLeft(seen)) return fail(seen.left)
  const { states, ledger } = seen.right
  const now = ports.clock.now().getTime()
  const { edits, notes } = adopted({
    texts,
    states,
    defaultsOf: (scope) => defaultsIn(desired.defaults, scope),
    unsaid: listedNow(desired, ledger, now),
    isKnown: knownIn(desired),
  })
  if (desired.coverage !== undefined)
    terminal.err(
      'note: the config says subaccounts: all, and users of subaccounts that no file lists are not adopted; export --subaccount ID writes an included file for one\n',
    )
  for (const note of notes) terminal.err(`note: ${visible(note)}\n`)
  if (edits.length === 0) {
    if (format === 'json') terminal.out(printJson({ format: FORMAT, adopted: [] }))
    const others = notes.length === 0 ? 'every live user' : 'everybody else'
    const why = desired.scopes.length === 0 ? NO_LIST : `${others} is listed, ignored or meant to leave`
    terminal.err(`nobody to adopt: ${why}\n`)
    return 0
  }
  const valid = await ports.loadWith(new Map(edits.map(({ name, after }) => [name, after])))()
  if (E.isLeft(valid)) {
    terminal.err('the config would not be valid with these users in it; nothing was written:\n')
    return fail(valid.left)
  }
  return written(ports, edits, format)
}

const FORMAT = 'smtp2go-reconciler/adoption@1'

const written = async ({ terminal, replace }: Ports, edits: ReadonlyArray<Edited>, format: 'text' | 'json'): Promise<number> => {
  const done: Array<{ readonly file: string; readonly username: string; readonly scope: string }> = []
  const tell = (): void => {
    if (format === 'json') terminal.out(printJson({ format: FORMAT, adopted: done }))
    else for (const { file, username, scope } of done) terminal.out(`${visible(file)}: + ${visible(username)} (${scope})\n`)
  }
  for (const { name, before, after, added } of edits) {
    const fault = await replace({ path: name, before, after })
    if (fault !== undefined) {
      tell()
      terminal.err(`${visible(name)}: ${fault}\n`)
      return 1
    }
    done.push(...added.map(({ scope, username }) => ({ file: name, username, scope })))
  }
  tell()
  return 0
}

const knownIn = ({ scopes, policy }: DesiredState): ((username: string) => boolean) => {
  const names = scopes.flatMap(({ users, absent }) => [
    ...users.flatMap(({ username, previously }) => [username, ...previously]),
    ...absent.map(({ username }) => username),
  ])
  const known = new Set(names.map(fold))
  return (username) => known.has(fold(username)) || matchesAny(policy.ignore, username)
}

type Looked = { readonly states: ReadonlyArray<LiveState>; readonly ledger: Pick<Ledger, 'scopes'> }

/** The live users of every scope with a list, as a run would believe them: whoever is taken in here is made where they are not. */
const look = async ({ observing, signal }: Ports, config: Config): Promise<E.Either<Failure, Looked>> => {
  const scopes = new Set(config.desired.scopes.map(({ scope }) => scope))
  if (scopes.size === 0) return E.right({ states: [], ledger: { scopes: new Map() } })
  const ports = await observing(config)()
  if (E.isLeft(ports)) return ports
  const sight = await observe(ports.right, config.desired, { scopes, person: true, signal })()
  if (E.isLeft(sight)) return sight
  const states: Array<LiveState> = []
  for (const [scope, seen] of [...sight.right.observed].sort(([one], [other]) => byScope(one, other))) {
    if (seen._tag === 'Unseen') return E.left({ _tag: 'Unseen', scope, error: reached(seen.error, ports.right.reachedBy) })
    states.push(seen.live)
  }
  return E.right({ states, ledger: sight.right.ledger })
}
