// `export`: the live users as a config that plans to nothing, or as a snapshot for planning offline.
import { exportConfig } from '../config/export.ts'
import { type Snapshot, snapshotOf } from '../config/snapshot.ts'
import { besideIn, unsaidIn } from '../config/unsaid.ts'
import { counted } from '../domain/basics/counted.ts'
import { type ApiFailure, concerns, type Failure } from '../domain/basics/failure.ts'
import { visible } from '../domain/basics/visible.ts'
import { pauseOf, restError } from '../domain/memory/pause.ts'
import type { LiveState } from '../domain/user/live.ts'
import { type DesiredState, defaultsIn } from '../domain/wanted/desired.ts'
import type { Scope } from '../domain/wanted/scope.ts'
import { byScope, subaccount } from '../domain/wanted/scope.ts'
import { isActive } from '../domain/wanted/subaccount.ts'
import { E, type TE } from '../fp.ts'
import type { AccountReader, Clock, Connect, Ledgers } from '../ports.ts'
import { delivered, failing } from './ending.ts'
import { failureJson, printJson } from './render/json.ts'
import type { Terminal } from './terminal.ts'

export type ExportOptions = {
  readonly format: 'text' | 'json'
  readonly subaccounts: ReadonlyArray<string>
  readonly allSubaccounts: boolean
  readonly snapshot: boolean
  readonly out: string | undefined
}

/** Where an export starts: the config in force, or what the command line says of the service. */
export type ExportBase = {
  readonly desired: DesiredState
  readonly texts: ReadonlyArray<string>
  readonly scopes: ReadonlyArray<Scope>
}

type Ports = {
  readonly terminal: Terminal
  readonly clock: Pick<Clock, 'now'>
  /** What is remembered of the key of a config. */
  readonly ledgers: (desired: DesiredState) => Pick<Ledgers, 'read'>
  /** The way to the service of a config. */
  readonly connect: (desired: DesiredState) => ReturnType<Connect<AccountReader>>
  readonly base: () => TE.TaskEither<Failure, ExportBase>
}

const FORMAT = 'smtp2go-reconciler/export@1'

/** Runs `export`; gives its exit code. */
export const exporting = async (ports: Ports, options: ExportOptions): Promise<number> => {
  const { terminal } = ports
  const isJson = options.format === 'json'
  const fail = failing(terminal, options.format, failureJson(FORMAT))
  const base = await ports.base()()
  if (E.isLeft(base)) return fail(base.left)
  const { desired } = base.right
  const accounts = await reach(ports, desired)
  if (E.isLeft(accounts)) return fail(accounts.left)
  const looked = await look({ foot: terminal.foot, accounts: accounts.right }, base.right, options)
  if (E.isLeft(looked)) return fail(looked.left)
  const { states } = looked.right
  const { text, users, notes } = options.snapshot
    ? { text: printJson(snapshotOf(looked.right)), users: states.reduce((sum, state) => sum + state.users.length, 0), notes: [] }
    : exportConfig({
        texts: base.right.texts,
        as: isIncluded(base.right, options) ? 'list' : 'config',
        states,
        elsewhere: isIncluded(base.right, options) ? [] : listedElsewhere(base.right),
        ignore: desired.policy.ignore,
        unsaid: unsaidIn(desired, ports.clock.now().getTime()),
        beside: besideIn(desired),
        defaultsOf: ({ scope }) => defaultsIn(desired.defaults, scope),
      })
  for (const note of notes) terminal.err(`note: ${visible(note)}\n`)
  const counts = { users, scopes: states.length }
  const printed = (more: { readonly out: string } | { readonly text: string }): string =>
    printJson({ format: FORMAT, document: options.snapshot ? 'snapshot' : 'config', ...counts, notes, ...more })
  if (options.out === undefined) terminal.out(isJson ? printed({ text }) : text)
  else {
    if ((await delivered(terminal, options.out, text, options.snapshot ? 'owner' : 'as a config')) !== 0) return 1
    if (isJson) terminal.out(printed({ out: options.out }))
    terminal.err(`${options.out}: written, ${counted(counts.users, 'live user')} in ${counted(counts.scopes, 'scope')}\n`)
  }
  return 0
}

/** The way to the service, unless it wants quiet. */
const reach = async ({ clock, connect, ledgers }: Ports, desired: DesiredState): Promise<E.Either<Failure, AccountReader>> => {
  const connection = await connect(desired)()
  if (E.isLeft(connection)) return connection
  const { accounts, keyPrint } = connection.right
  const ledger = await ledgers(desired).read()()
  // One that cannot be read tells of no rest, and an export needs it for nothing else.
  const paused = E.isRight(ledger)
    ? pauseOf(ledger.right, { key: keyPrint, now: clock.now().getTime(), person: true })
    : undefined
  return paused === undefined ? E.right(accounts) : E.left({ _tag: 'Unseen', error: restError(paused) })
}

type Looking = { readonly accounts: AccountReader; readonly foot: Terminal['foot'] }

/** With `subaccounts: all` the lists of subaccounts stand in included files. */
const coversAll = ({ desired }: ExportBase): boolean => desired.coverage !== undefined

/** Whether what is written is a list for an included file: where lists stand in such files, of whom the config does not list yet. */
const isIncluded = (base: ExportBase, { subaccounts, allSubaccounts, snapshot }: ExportOptions): boolean => {
  if (snapshot) return false
  if (coversAll(base)) return subaccounts.length > 0 || allSubaccounts
  const { defaults, files } = base.desired
  const isNew = (scope: Scope): boolean => !base.scopes.includes(scope) && !defaults.scopes.has(scope)
  return files.length > 1 && !allSubaccounts && subaccounts.length > 0 && subaccounts.map(subaccount).every(isNew)
}

const listedElsewhere = (base: ExportBase): ReadonlyArray<Scope> =>
  coversAll(base) ? base.scopes.filter((scope) => scope !== 'account') : []

/** The scopes that an export is of, before any search. */
const scopesIn = (base: ExportBase, options: ExportOptions): ReadonlyArray<Scope> => {
  const asked = options.subaccounts.map(subaccount)
  if (isIncluded(base, options)) return asked
  const elsewhere = options.snapshot ? [] : listedElsewhere(base)
  return [...base.scopes.filter((scope) => !elsewhere.includes(scope)), ...asked]
}

const look = async (
  { accounts, foot }: Looking,
  base: ExportBase,
  options: ExportOptions,
): Promise<E.Either<Failure, Snapshot>> => {
  const scopes = new Set<Scope>(scopesIn(base, options))
  let subaccounts: Snapshot['subaccounts']
  if (options.allSubaccounts || (coversAll(base) && options.snapshot)) {
    const found = await accounts.subaccounts()()
    if (E.isLeft(found)) return E.left({ _tag: 'Api', failure: found.left })
    subaccounts = found.right
    for (const { id } of found.right.filter(isActive)) scopes.add(subaccount(id))
  }
  const states: Array<LiveState> = []
  for (const scope of [...scopes].sort(byScope)) {
    foot(() => `reading ${scope}, ${states.length + 1} of ${scopes.size}`)
    const state = await accounts.list(scope)()
    if (E.isLeft(state))
      return E.left({ _tag: 'Api', failure: state.left, scope, note: aboutScope(base, state.left, { scope, subaccounts }) })
    states.push(state.right)
  }
  return E.right({ states, subaccounts })
}

const MOST_NAMED = 10

/** Where a scope that cannot be read is listed, and what there is in its place; nothing where the trouble is not of this scope alone. */
const aboutScope = (
  { desired }: ExportBase,
  failure: ApiFailure,
  { scope, subaccounts = [] }: Pick<Snapshot, 'subaccounts'> & { readonly scope: Scope },
): string | undefined => {
  if (concerns(failure) !== 'user') return undefined
  const list = desired.scopes.find((one) => one.scope === scope)
  const there = subaccounts.filter(isActive).map(({ id }) => id)
  const said = [
    ...(list === undefined ? [] : [`its users are listed at ${list.source}`]),
    ...(there.length === 0 || there.length > MOST_NAMED ? [] : [`the subaccounts that are active: ${there.join(', ')}`]),
  ]
  return said.length === 0 ? undefined : said.join('; ')
}
