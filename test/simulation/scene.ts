// What the checks see: the ground truth of a life so far, and where to say what is wrong. None of it is the program's own word.
import type { HoldWhat } from '../../src/domain/decisions/hold.ts'
import type { RunEvent } from '../../src/domain/run/event.ts'
import type { Random } from './chance.ts'
import type { Config, ScopeId } from './config.ts'
import type { Disk } from './disk.ts'
import type { Machine } from './machine.ts'
import type { Life, Run } from './program.ts'
import type { Entry, Service } from './service.ts'
import type { Beginning } from './start.ts'
import type { Time } from './time.ts'

export type Violation = { readonly promise: string; readonly at: number; readonly text: string }

export type Scene = {
  readonly time: Time
  readonly service: Service
  readonly start: Beginning
  readonly machine: Machine<Life>
  readonly random: Random
  /** The config that is meant, whether or not the file is whole. */
  config: Config
  /** A person approves what is held from now on, so that caps count no more. */
  approving: boolean
  /** When the time of day was last set, and how far forward it was set in all. */
  clockSetAt: number
  forward: number
  /** When somebody last gave a user a status by hand, by place. */
  readonly statusByHand: Map<string, number>
  /** When somebody last made them by hand. */
  readonly madeByHand: Map<string, number>
  /** Scopes in which somebody removed a user by hand. */
  readonly removedIn: Set<ScopeId>
  /** Fields that a rule has ever set: how those of a user that nobody lists end hangs on how long it was in force. */
  readonly ruled: Set<string>
  /** Why the program blocked somebody, where the config did not say that the status is blocked. */
  readonly blocks: WeakMap<Entry, 'leaves' | 'rule' | 'dates'>
  /** A ledger was lost, or there are several. */
  forgot: boolean
  /** Emergency stops that a person asked for, whether or not that was heard. */
  readonly stops: Array<{ readonly username: string; readonly until: number }>
  readonly violations: Array<Violation>
}

/**
 * Whether it takes a person to know that an answer is right which shows fewer users than before: somebody else removed one, or it is not known any
 * more whom the program itself has removed.
 */
export const isForPeople = ({ removedIn, forgot }: Scene, scope: ScopeId): boolean => forgot || removedIn.has(scope)

/** A state directory, with what one that uses it remembers. */
export type State = {
  readonly disk: Disk
  /** Nobody has used it before. */
  readonly isNew: boolean
}

/** What a person has put on hold, until a time of day. */
export type Held = { readonly what: HoldWhat; readonly until: number }

/** A check of some promises: it hears of everything in the order in which it happens, and says what is wrong. */
export type Check = {
  /** A request leaves. */
  readonly left?: (entry: Entry, life: Life, run: Run | undefined) => void
  /** A request ends, as far as the program hears of it. */
  readonly ended?: (entry: Entry, life: Life) => void
  readonly runBegan?: (life: Life, run: Run) => void
  readonly runEnded?: (life: Life, run: Run) => void
  /** The program tells of something. */
  readonly told?: (event: RunEvent) => void
  /** A life is over, killed or stopped. */
  readonly lifeEnded?: (life: Life) => void
  /** Something is written into the state directory of a life. */
  readonly wrote?: (life: Life) => void
  /** The life has answered a person that it keeps hands off. */
  readonly held?: (hold: Held) => void
  /** The ledger is gone. */
  readonly ledgerLost?: () => void
  /** All is over. */
  readonly over?: () => void
}

type Fail = (promise: string, text: string) => void
/** Of the whole world, whoever acts in it. */
export type MakeCheck = (scene: Scene, fail: Fail) => Check
/** Of what one knows who uses a state directory; each has a memory of its own. */
export type MakeStateCheck = (scene: Scene, fail: Fail, state: State) => Check

const WRITES: ReadonlyArray<Entry['endpoint']> = ['add', 'edit', 'remove']
export const isWrite = ({ endpoint }: Entry): boolean => WRITES.includes(endpoint)

/** Whether a write does what an emergency stop asks for, and nothing else. */
export const isStopping = ({ stops, time }: Scene, { method, endpoint, username, body }: Entry): boolean =>
  method === 'PATCH' &&
  endpoint === 'edit' &&
  body.status === 'blocked' &&
  Object.keys(body).every((field) => ['username', 'subaccount_id', 'status'].includes(field)) &&
  stops.some((stop) => stop.username === username && time.now() < stop.until)

/** The last view that came back whole in a run. */
export const lastView = (run: Run | undefined, scope: ScopeId): Entry | undefined =>
  run?.requests.findLast((entry) => entry.endpoint === 'view' && entry.scope === scope && entry.ending === 'good')

/** A write in words. */
export const told = ({ method, endpoint, scope, username, body }: Entry): string => {
  const fields = Object.keys(body).filter((field) => field !== 'username' && field !== 'subaccount_id')
  return `${method} ${endpoint} ${username} in ${scope}${fields.length === 0 ? '' : ` (${fields.join(', ')})`}`
}
