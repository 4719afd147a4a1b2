// All checks of what must never happen.
import type { MakeCheck } from '../scene.ts'

export const checks: ReadonlyArray<MakeCheck> = []
