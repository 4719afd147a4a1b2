// What a person decided, as a line of the journal tells it: as data, and in lines of older versions by its words alone.
import * as t from 'io-ts'
import { isoOf } from '../../domain/basics/time.ts'
import type { HoldName } from '../../domain/decisions/hold.ts'
import type { DecisionNote } from '../../domain/journal/journal.ts'
import { isWatched } from '../../domain/wanted/scope.ts'
import { moment, watchedName } from '../codecs.ts'

const hold: t.Type<HoldName> = t.union([
  t.type({ _tag: t.literal('Users'), glob: t.string }),
  t.type({ _tag: t.literal('Stop'), glob: t.string }),
  t.type({ _tag: t.literal('Undo'), run: t.string }),
  t.type({ _tag: t.literal('Removals') }),
  t.type({ _tag: t.literal('All') }),
])
const note: t.Type<DecisionNote> = t.union([
  t.type({ _tag: t.literal('Hold'), what: hold, until: moment }),
  t.intersection([t.type({ _tag: t.literal('Release') }), t.partial({ what: hold })]),
  t.type({ _tag: t.literal('Unprotect'), glob: t.string }),
  t.type({ _tag: t.literal('Vouch'), scope: watchedName }),
  t.type({ _tag: t.literal('Approve'), digest: t.string }),
])

/** What was decided; `undefined` where nobody can tell. */
export const decisionOf = (words: string, told: unknown): DecisionNote | undefined => (note.is(told) ? told : decisionIn(words))

/** What the words of a decision say, which are the command that made it. */
const decisionIn = (words: string): DecisionNote | undefined => {
  const [, verb = '', rest] = /^(hold|undo|release|approve)(?: (.+))?$/s.exec(words) ?? []
  if (verb === 'release') return releaseIn(rest)
  if (rest === undefined) return undefined
  if (verb === 'approve') return approvalIn(rest)
  const [, options, end = ''] =
    (verb === 'hold' ? /^(.+) until (\S+)$/s : /^(\S+), its users on hold until (\S+)$/).exec(rest) ?? []
  const what = options === undefined ? undefined : holdIn(verb === 'hold' ? options : `--undo ${options}`)
  const until = isoOf(end)
  return what === undefined || until === undefined ? undefined : { _tag: 'Hold', what, until }
}

const releaseIn = (rest: string | undefined): DecisionNote | undefined => {
  if (rest === undefined || rest === '--every') return { _tag: 'Release' }
  const glob = quotedAfter('--protected', rest)
  if (glob !== undefined) return { _tag: 'Unprotect', glob }
  const what = holdIn(rest)
  return what === undefined ? undefined : { _tag: 'Release', what }
}

const approvalIn = (rest: string): DecisionNote | undefined => {
  const [, scope] = /^--live (\S+)$/.exec(rest) ?? []
  if (scope !== undefined) return isWatched(scope) ? { _tag: 'Vouch', scope } : undefined
  return /^[^\s-]\S*$/.test(rest) ? { _tag: 'Approve', digest: rest } : undefined
}

/** The hold that options name. */
const holdIn = (options: string): HoldName | undefined => {
  if (options === '--removals') return { _tag: 'Removals' }
  if (options === '--all') return { _tag: 'All' }
  const [users, stop] = [quotedAfter('--user', options), quotedAfter('--match', options)]
  if (users !== undefined) return { _tag: 'Users', glob: users }
  if (stop !== undefined) return { _tag: 'Stop', glob: stop }
  const [, run] = /^--undo (\S+)$/.exec(options) ?? []
  return run === undefined ? undefined : { _tag: 'Undo', run }
}

// A pattern stands as it is between the quotes, whatever is in it.
const quotedAfter = (option: string, options: string): string | undefined =>
  options.startsWith(`${option} '`) && options.endsWith("'") && options.length > option.length + 2
    ? options.slice(option.length + 2, -1)
    : undefined
