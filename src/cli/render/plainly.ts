// Words of ours as people say them.

import { counted } from '../../domain/basics/counted.ts'
import type { Plan, ScopePlan } from '../../domain/plan/plan.ts'

const OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['in_sync', 'nothing to do'],
  ['applied', 'changes made'],
  ['partial', 'partly done'],
  ['stopped', 'held back'],
  ['failed', 'failed'],
])

/** A config that has nobody to look at. */
export const NO_LIST = 'the config has no list of users yet; write users: [] into it, for the account or below a subaccount'

/** How a run ended. */
export const outcomeWords = (outcome: string): string => OUTCOMES.get(outcome) ?? outcome

const CAUSES: ReadonlyMap<string, string> = new Map([
  ['config', 'the config changed'],
  ['drift', 'changed on the service'],
  ['first_run', 'first run'],
  ['retry', 'sent before, and sent again'],
  ['grace_elapsed', 'grace has passed'],
  ['undo', 'undone'],
])

/** Why a change is due. */
export const causeWords = (cause: string): string => CAUSES.get(cause) ?? plainly(cause)

const WAKERS: ReadonlyMap<string, string> = new Map([
  ['start', 'at the start'],
  ['file change', 'the file was saved'],
  ['schedule', 'on schedule'],
  ['SIGHUP', 'a reload'],
  ['control', 'asked for'],
  ['retry', 'tried again'],
])

/** What woke a run. */
export const wokenWords = (by: string): string => WAKERS.get(by) ?? by

const ENDS: ReadonlyMap<string, string> = new Map([
  ['unobservable', 'sent, cannot be read back'],
  ['not_converged', 'sent, did not take'],
  ['unknown', 'sent, outcome unknown'],
])

/** How a change ended. */
export const endWords = (outcome: string): string => ENDS.get(outcome) ?? plainly(outcome)

/** A word such as `needs_approval`. */
export const plainly = (word: string): string => word.replaceAll('_', ' ')

/**
 * What is asserted and was not compared: of each user by its name, but once of all where a plan is made from a snapshot, for there it is the
 * password of whoever has one declared.
 */
export const uncompared = (
  { unobservable }: Pick<ScopePlan, 'unobservable'>,
  { digest }: Pick<Plan, 'digest'>,
): ReadonlyArray<readonly [whose: string, words: string]> => {
  if (digest !== undefined || unobservable.length === 0)
    return unobservable.map(({ username, fields }) => [username, `${fields.join(', ')}: asserted, cannot be read back`])
  return [[counted(unobservable.length, 'live user'), 'email_password: declared, and not compared, since a snapshot holds none']]
}

type Users = { readonly liveUsers: number; readonly inSync: number; readonly subaccounts?: number | undefined }

/** How many users a scope has, or the subaccounts as a whole. */
export const usersIn = ({ liveUsers, inSync, subaccounts }: Users): string =>
  subaccounts === undefined ? `${liveUsers} live, ${inSync} in sync` : `${counted(subaccounts, 'active subaccount')}`
