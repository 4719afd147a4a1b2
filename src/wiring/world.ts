// The world as `main.ts` found it, and the tools of this machine.
import { clock as systemClock } from '../adapters/clock.ts'
import { checkSchedule, shortestGapMs } from '../adapters/cron.ts'
import { crypto as systemCrypto } from '../adapters/crypto.ts'
import type { Terminal } from '../cli/terminal.ts'

/** The world as `main.ts` found it. */
export type World = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly terminal: Terminal
  /** Aborted when somebody wants the program to end. */
  readonly signal: AbortSignal
  readonly logFormat: 'pretty' | 'json'
  readonly logColour: boolean
  /** Called before a line of the log is written. */
  readonly beforeLog: () => void
  /** Name of the user who runs this. */
  readonly who: string
  readonly pid: number
  readonly version: string
}

/** Registers what is to be closed when the command is over, last first. */
export type AtEnd = (close: () => Promise<unknown>) => void

/** The clock of this machine. */
export const clock = systemClock()
/** The crypto of this machine. */
export const crypto = systemCrypto()
/** What can be said of schedules. */
export const schedules = { check: checkSchedule, shortestGapMs }
