// Progress of what takes long, for the person who waits: how many are done, where, and how long the rest will take.
import { counted } from '../domain/basics/counted.ts'
import { span } from '../domain/basics/time.ts'
import { leftMs } from '../domain/run/progress.ts'
import type { Pace } from '../domain/wanted/desired.ts'
import type { Clock, Tell } from '../ports.ts'
import type { Terminal } from './terminal.ts'

type Ports = { readonly terminal: Pick<Terminal, 'foot'>; readonly clock: Pick<Clock, 'elapsed'> }

/** A reader of events that keeps a line of progress at the foot of the terminal. */
export const progress = ({ terminal, clock }: Ports, pace: Pace | undefined): Tell => {
  let phase = ''
  let startedAt = clock.elapsed()
  let before: ReadonlyArray<number> = []
  let answeredAt: ReadonlyArray<number> = []
  const step = (now: string, counts: { readonly done: number; readonly due: number }, words: (left: string) => string): void => {
    if (phase !== now) {
      before = [...before, ...answeredAt]
      answeredAt = []
      phase = now
    }
    answeredAt = [...answeredAt, clock.elapsed()]
    const at = { startedAt, before, answeredAt, left: counts.due - counts.done, pace }
    terminal.foot(() => words(remaining(leftMs(at, clock.elapsed()))))
  }
  const begins = (): void => {
    startedAt = clock.elapsed()
  }
  terminal.foot(() => 'asking the service')
  return (event) => {
    switch (event._tag) {
      case 'RunStarted':
        return begins()
      case 'ScopeSeen':
        return step('looking', event, (left) => `looked at ${event.done} of ${counted(event.due, 'scope')}${left}`)
      case 'ChangeSent': {
        // Whoever was asked in between took their time.
        if (phase !== 'changing') begins()
        const sent = `sent ${event.done} of ${counted(event.due, 'change')}`
        return step('changing', event, (left) =>
          event.done < event.due ? `${sent}${left}, now ${event.scope}` : `${sent}, reading back`,
        )
      }
      case 'ConfigTaken':
      case 'ConfigBroken':
      case 'ConfigMended':
      case 'PlanMade':
      case 'ChangeEnded':
      case 'RunEnded':
      case 'AsideEnded':
      case 'RunFailed':
      case 'Notice':
    }
  }
}

const remaining = (ms: number | undefined): string => (ms === undefined || ms < 1000 ? '' : `, about ${span(ms / 1000)} left`)
