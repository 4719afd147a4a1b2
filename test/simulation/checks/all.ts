// All checks of what must never happen: of the world, and of what each state directory knows.
import type { MakeCheck, MakeStateCheck } from '../scene.ts'
import { again } from './again.ts'
import { caps } from './caps.ts'
import { contests } from './contests.ts'
import { handsOff } from './hands-off.ts'
import { holds } from './holds.ts'
import { intent } from './intent.ts'
import { loss } from './loss.ts'
import { memory } from './memory.ts'
import { order } from './order.ts'
import { reads } from './reads.ts'
import { refused } from './refused.ts'
import { rest } from './rest.ts'
import { retries } from './retries.ts'
import { rivals } from './rivals.ts'
import { sent } from './sent.ts'

export const checks: ReadonlyArray<MakeCheck> = [handsOff, order, rivals]
export const stateChecks: ReadonlyArray<MakeStateCheck> = [
  reads,
  caps,
  intent,
  memory,
  rest,
  retries,
  again,
  contests,
  refused,
  loss,
  holds,
  sent,
]
