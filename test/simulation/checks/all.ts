// All checks of what must never happen.
import type { MakeCheck } from '../scene.ts'
import { again } from './again.ts'
import { caps } from './caps.ts'
import { handsOff } from './hands-off.ts'
import { intent } from './intent.ts'
import { memory } from './memory.ts'
import { order } from './order.ts'
import { reads } from './reads.ts'
import { rest } from './rest.ts'

export const checks: ReadonlyArray<MakeCheck> = [reads, handsOff, order, caps, intent, memory, rest, again]
