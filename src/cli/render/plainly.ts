// Words of ours as people say them.

import { counted } from '../../domain/counted.ts'

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

type Users = { readonly liveUsers: number; readonly inSync: number; readonly subaccounts?: number | undefined }

/** How many users a scope has, or the subaccounts as a whole. */
export const usersIn = ({ liveUsers, inSync, subaccounts }: Users): string =>
  subaccounts === undefined ? `${liveUsers} live, ${inSync} in sync` : `${counted(subaccounts, 'active subaccount')}`
