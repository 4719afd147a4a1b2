// The ledger as JSON: format 1, every record sealed, since memory must not be dropped in silence.
import * as t from 'io-ts'
import { parsedJson } from '../domain/basics/json.ts'
import { onceEach, onceEachInSteps } from '../domain/basics/once.ts'
import { each, type Work } from '../domain/basics/work.ts'
import type { Ledger, ScopeMemory } from '../domain/memory/ledger.ts'
import { type BlockUnderWay, isOnlyWanted, type OurBlock, type UserMemory } from '../domain/memory/user-memory.ts'
import { SEVERITIES } from '../domain/plan/plan.ts'
import { CAP_NAMES } from '../domain/wanted/desired.ts'
import { E } from '../fp.ts'
import { fieldName, kind, oneOf, watchedName as scopeName, sealed } from './codecs.ts'
import { type PendingJson, pending, pendingFromJson, pendingToJson, sent, sentFromJson, sentToJson } from './pending-json.ts'

const none = {}
const yes = t.literal(true)
const notTaking = sealed({ field: fieldName, wanted: t.string, live: t.string, at: t.number }, { whole: yes, why: t.string })
const refused = sealed({ wanted: t.string, live: t.string, at: t.number, message: t.string }, { taken: yes })
const block = sealed({ at: t.number }, { departs: t.string, earlier: t.number, earlierAnswered: yes, answered: yes })
const counted = { elapsedMs: t.number, countedAt: t.number }
const leaving = t.union([
  sealed({ _tag: t.literal('Replaced'), ...counted }, none),
  sealed({ _tag: t.literal('Blocked'), statusBefore: t.string, ...counted }, { unseen: yes }),
])
// Maps are lists of pairs, because names are data. What is empty is left out, which keeps 10,000 users small.
const user = sealed(none, {
  wanted: t.array(t.tuple([fieldName, t.string])),
  sent,
  notTaking: t.array(notTaking),
  // In ledgers of before, one stands here by itself.
  refused: t.union([refused, t.array(refused)]),
  repairs: t.array(t.tuple([fieldName, t.array(t.number)])),
  pending,
  block,
  leaving,
  statusBefore: t.string,
  dated: yes,
  shut: yes,
  owed: t.array(t.tuple([fieldName, t.string])),
  barred: t.union([yes, t.literal('stop')]),
  foundShut: yes,
  unseen: t.number,
})
const openFinding = sealed(
  { rule: t.string, username: t.string, severity: oneOf(SEVERITIES), since: t.number },
  { about: t.string, seen: t.number, untold: yes },
)
const ending = sealed({ file: t.string, restraints: t.array(t.string) }, { gone: t.number })
const cap = oneOf(CAP_NAMES)
const shown = { names: t.array(t.string), origin: t.string }
const waiting = t.tuple([t.string, t.keyof({ first_run: null, drift: null })])
const scope = sealed(
  {
    since: t.number,
    trusted: t.boolean,
    origin: t.string,
    lastSeen: t.array(t.string),
    listed: t.number,
    users: t.array(t.tuple([t.string, user])),
    spent: t.array(t.union([t.tuple([cap, t.string, t.number]), t.tuple([cap, t.string, t.number, yes])])),
  },
  {
    files: t.array(t.string),
    ends: t.array(ending),
    protected: t.array(t.string),
    findings: t.array(openFinding),
    unanswered: t.array(t.string),
    doubted: sealed(shown, none),
    due: sealed({ config: t.string, users: t.array(waiting) }, { unset: t.array(t.tuple([t.string, t.array(t.string)])) }),
    letGo: t.number,
  },
)
const vouched = sealed({ ...shown, until: t.number }, none)
const key = sealed(
  { notBefore: t.number, failures: t.number, why: t.keyof({ throttled: null, refused: null }) },
  { forMs: t.number },
)
const approval = sealed({ changes: t.array(t.string), until: t.number, reason: t.string, by: t.string }, none)
const holdWhat = t.union([
  sealed({ _tag: t.literal('Users'), glob: t.string }, none),
  sealed({ _tag: t.literal('Stop'), glob: t.string }, none),
  sealed({ _tag: t.literal('Undo'), run: t.string, users: t.array(t.string) }, none),
  sealed({ _tag: t.literal('Removals') }, none),
  sealed({ _tag: t.literal('All') }, none),
])
const kept = sealed({ scope: scopeName, users: t.array(t.tuple([t.string, kind])) }, { told: t.number })
const hold = sealed(
  { what: holdWhat, since: t.number, until: t.number, reason: t.string, by: t.string },
  { keeps: t.array(kept) },
)
const shut = sealed({ at: t.number, message: t.string, origin: t.string }, { failed: yes })
const forgotten = sealed({ how: t.keyof({ gone: null, put_back: null }), at: t.number }, none)
const written = sealed({ latest: t.number }, { behind: t.number })
const file = sealed(
  {
    format: t.literal(1),
    key: t.string,
    scopes: t.array(t.tuple([scopeName, scope])),
    keys: t.array(t.tuple([t.string, key])),
    approvals: t.array(approval),
    // In ledgers of before, a time for which any answer was believed: that counts no more.
    believed: t.array(t.union([t.tuple([scopeName, vouched]), t.tuple([scopeName, t.number])])),
  },
  { holds: t.array(hold), shut: t.array(t.tuple([scopeName, shut])), forgotten, written, generation: t.number },
)
type LedgerJson = t.TypeOf<typeof file>
type UserJson = t.TypeOf<typeof user>

const full = <A>(list: ReadonlyArray<A>): A[] | undefined => (list.length === 0 ? undefined : [...list])

const userToJson = (memory: UserMemory) => (isOnlyWanted(memory) ? { wanted: full([...memory.wanted]) } : wholeToJson(memory))

const wholeToJson = (memory: UserMemory) => ({
  wanted: full([...memory.wanted]),
  sent: full(sentToJson(memory.sent)),
  notTaking: full(memory.notTaking),
  refused: full(memory.refused),
  repairs: full([...memory.repairs]),
  pending: memory.pending === undefined ? undefined : pendingToJson(memory.pending),
  block: memory.block,
  ...wayToJson(memory),
  owed: full([...memory.owed]),
  barred: memory.barred,
  foundShut: memory.foundShut,
  unseen: memory.unseen,
})

const wayToJson = ({ ourBlock, replaced }: UserMemory) => {
  const is = (tag: OurBlock['_tag']): true | undefined => (ourBlock?._tag === tag ? true : undefined)
  if (ourBlock?._tag !== 'WayOut')
    return { leaving: replaced, statusBefore: ourBlock?.returnsTo, dated: is('Dates'), shut: is('NewName') }
  const { _tag, returnsTo, ...grace } = ourBlock
  return { leaving: { _tag: 'Blocked', statusBefore: returnsTo, ...grace } }
}

/** A ledger as it is stored: how many were written before it in this place, and it. */
export type Stored = { readonly generation: number; readonly ledger: Ledger }

/** The bytes of a ledger, in pieces: by far the most of them are of its users, and at most looks the same ones as before. */
export function* encoding({ generation, ledger: { scopes, ...rest } }: Stored): Work<ReadonlyArray<Uint8Array>> {
  const members = { ...rest, generation, keys: [...rest.keys], believed: [...rest.believed], shut: full([...rest.shut]) }
  const pieces: Array<Uint8Array> = [Buffer.from(`${withNext(members, 'scopes')}[`)]
  for (const [name, { users, lastSeen, ...others }] of scopes) {
    const spent = others.spent.map((one) => [one.cap, one.username, one.at, ...(one.again === true ? [true] : [])])
    const opening = `${pieces.length === 1 ? '' : ','}[${JSON.stringify(name)},${withNext({ ...others, spent }, 'lastSeen')}`
    pieces.push(Buffer.from(opening), namesBytes(lastSeen), Buffer.from(',"users":['))
    for (const piece of yield* usersBytes(users)) pieces.push(piece)
    pieces.push(Buffer.from(']}]'))
  }
  return [...pieces, Buffer.from(']}')]
}

const namesBytes = onceEach((names: ScopeMemory['lastSeen']) => Buffer.from(JSON.stringify(names)))

// Of a piece that is smaller than some hundred thousand bytes the disk makes a larger one, each time it is written.
const PIECE = 4000

const usersBytes = onceEachInSteps(function* (users: ScopeMemory['users']): Work<ReadonlyArray<Uint8Array>> {
  const texts = yield* each(users, ([username, memory]) => JSON.stringify([username, userToJson(memory)]))
  const pieces: Array<Uint8Array> = []
  for (let at = 0; at < texts.length; at += PIECE) {
    pieces.push(Buffer.from(`${at === 0 ? '' : ','}${texts.slice(at, at + PIECE).join()}`))
    yield
  }
  return pieces
})

/** An object with some members, open for the value of one more. */
const withNext = (members: object, name: string): string => `${JSON.stringify(members).slice(0, -1)},${JSON.stringify(name)}:`

const userFromJson = (json: UserJson): UserMemory => ({
  wanted: new Map(json.wanted),
  sent: sentFromJson(json.sent),
  notTaking: json.notTaking ?? [],
  refused: [json.refused ?? []].flat(),
  repairs: new Map(json.repairs),
  pending: json.pending === undefined ? undefined : pendingFromJson(json.pending),
  block: json.block ?? blockOf(json.pending),
  ourBlock: ourBlockFromJson(json),
  replaced: json.leaving?._tag === 'Replaced' ? json.leaving : undefined,
  owed: new Map(json.owed),
  barred: json.barred,
  foundShut: json.foundShut,
  unseen: json.unseen,
})

// Where a process of before was killed, both may stand there: a block for now is sent only to a user that is open, so its way out was over by then.
const ourBlockFromJson = ({ leaving, statusBefore, dated, shut }: UserJson): OurBlock | undefined => {
  const what = shut === true ? 'NewName' : dated === true ? 'Dates' : 'Rule'
  if (statusBefore !== undefined) return { _tag: what, returnsTo: statusBefore }
  if (leaving?._tag !== 'Blocked') return undefined
  const { _tag, statusBefore: returnsTo, ...grace } = leaving
  return { _tag: 'WayOut', returnsTo, ...grace }
}

const blockOf = (json: PendingJson | undefined): BlockUnderWay | undefined =>
  json?.departs === undefined ? undefined : { at: json.at, departs: json.departs }

const scopeFromJson = ({ findings, ends, unanswered, doubted, due, letGo, ...json }: t.TypeOf<typeof scope>): ScopeMemory => ({
  ...json,
  ...(findings === undefined ? {} : { findings }),
  ...(ends === undefined ? {} : { ends }),
  ...(unanswered === undefined ? {} : { unanswered }),
  ...(doubted === undefined ? {} : { doubted }),
  ...(due === undefined ? {} : { due }),
  ...(letGo === undefined ? {} : { letGo }),
  files: json.files ?? [],
  protected: json.protected ?? [],
  users: new Map(json.users.map(([username, remembered]) => [username, userFromJson(remembered)])),
  spent: json.spent.map(([spentCap, username, at, ...again]) => ({
    cap: spentCap,
    username,
    at,
    ...(again.length > 0 ? { again: true } : {}),
  })),
})

const fromJson = ({ generation = 0, ...json }: LedgerJson): Stored => ({
  generation,
  ledger: {
    ...json,
    scopes: new Map(json.scopes.map(([name, memory]) => [name, scopeFromJson(memory)])),
    keys: new Map(json.keys),
    believed: new Map(json.believed.flatMap(([name, word]) => (typeof word === 'number' ? [] : [[name, word] as const]))),
    holds: json.holds ?? [],
    shut: new Map(json.shut),
    forgotten: json.forgotten,
  },
})

/** Reads a ledger; what is wrong in words, never with a value. */
export const decode = (text: string): E.Either<string, Stored> => {
  const json = parsedJson(text)
  if (json === undefined) return E.left('the ledger is not JSON, it may have been cut off')
  const format = typeof json === 'object' && json !== null && 'format' in json ? json.format : undefined
  if (typeof format === 'number' && format > 1) {
    return E.left(
      `the ledger has format ${format}, written by a newer version, and this one knows format 1; install the newer version`,
    )
  }
  // Asked first, since no codec here changes anything, and keeping track of places takes longer than the answer.
  if (file.is(json)) return E.right(fromJson(json))
  const decoded = file.decode(json)
  // Keys only: a value may be a name or a message that is not ours.
  const path = E.isLeft(decoded) ? (decoded.left[0]?.context.filter(isStep).map((entry) => entry.key) ?? []) : []
  return E.left(`the ledger is ill-formed at ${path.length === 0 ? 'its top' : path.join('.')}`)
}

// The two sides of an intersection are steps of the codec, not of the file.
const isStep = ({ key: name }: t.ContextEntry, at: number, context: t.Context): boolean =>
  name !== '' && !(context[at - 1]?.type instanceof t.RefinementType)
