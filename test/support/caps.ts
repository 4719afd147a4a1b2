// What the tests of caps have in common: the caps that look back 24 hours, and how many they let through, in words of their own.
import type { Change, Update } from '../../src/domain/plan/plan.ts'
import type { CapName } from '../../src/domain/wanted/desired.ts'
import { change } from './build.ts'

/** A change of the password. */
export const PASSWORD: Pick<Update, 'fields'> = { fields: [{ field: 'email_password', from: undefined, to: 'x', source: '' }] }

type Rolling = {
  readonly cap: CapName
  readonly make: (name: string) => Change
  readonly percent: number
  readonly count: number
}

/** The caps of the contract that look back 24 hours, and a change that each counts. */
export const ROLLING: ReadonlyArray<Rolling> = [
  { cap: 'max_removes', make: (name) => change('remove', name), percent: 5, count: 1 },
  { cap: 'max_blocks', make: (name) => change('block', name), percent: 10, count: 2 },
  { cap: 'max_password_changes', make: (name) => change('update', name, PASSWORD), percent: 10, count: 2 },
]

/** The larger of a percentage in whole users and a number: whole hundredths, counted up one by one. */
export const limitOf = (percent: number, count: number, users: number): number => {
  let most = count
  while ((most + 1) * 100 <= percent * users) most += 1
  return most
}
