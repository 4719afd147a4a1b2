// A signal as a trigger.
import type { Trigger } from '../ports.ts'

/** A trigger that wakes when the process gets the signal. */
export const signalTrigger =
  (signal: 'SIGHUP'): Trigger =>
  (wake) => {
    const heard = (): void => wake(signal)
    process.on(signal, heard)
    return async () => {
      process.off(signal, heard)
    }
  }
