// Supervision: what the service manager is told, and when. Signs of life are given only while the daemon gets on: a run in which nothing
// happened for far longer than any timeout allows is stuck, and the silence makes the manager start the daemon again.
//
//   start ──► the service answered once, or the first run ended ──► Ready
//   reload asked for: Reloading ──► the run that it asked for ended ──► Ready
//   stop asked for: Stopping ──► nothing but the end
import type { Api } from '../wanted/desired.ts'
import { SLOWEST, slowed } from './pace.ts'

export type Supervision = {
  readonly phase: 'Starting' | 'Up' | 'Stopping'
  /** A reload is asked for until its run begins. */
  readonly reload: 'None' | 'Asked' | 'UnderWay'
  readonly running: boolean
  /** How long nothing has happened, counted in signs of life so that a jumping clock does not matter. */
  readonly quietMs: number
}

export type SupervisionEvent =
  | { readonly _tag: 'RunBegan' }
  | { readonly _tag: 'RunEnded' }
  /** The service answered a request, or was found not to. */
  | { readonly _tag: 'Answered' }
  /** Anything else happened in a run. */
  | { readonly _tag: 'GotOn' }
  | { readonly _tag: 'ReloadAsked' }
  | { readonly _tag: 'StopAsked' }
  /** A sign of life is due. */
  | { readonly _tag: 'SignDue'; readonly afterMs: number; readonly stuckAfterMs: number }

/** `Patience` asks the manager to wait longer with the start or the reload that is under way. */
export type Word = 'Ready' | 'Reloading' | 'Stopping' | 'Alive' | 'Patience'
export type Supervised = { readonly next: Supervision; readonly say: ReadonlyArray<Word> }

/** A daemon that has just started. */
export const beginning: Supervision = { phase: 'Starting', reload: 'None', running: false, quietMs: 0 }

const LEAST_STUCK_MS = 15 * 60_000

/**
 * Nothing takes longer within a run than one turn in the pace, as slow as the service may make it, and one request; twice that, and at least a quarter
 * of an hour, is stuck.
 */
export const stuckAfterMs = ({ timeoutMs, pace }: Pick<Api, 'timeoutMs' | 'pace'>): number =>
  Math.max(LEAST_STUCK_MS, 2 * (timeoutMs + (pace === undefined ? 0 : slowed(pace, SLOWEST).perMs)))

/** What an event leads to. */
export const supervise = (now: Supervision, event: SupervisionEvent): Supervised => {
  switch (event._tag) {
    case 'RunBegan':
      return silently({ ...now, running: true, quietMs: 0, reload: now.reload === 'Asked' ? 'UnderWay' : now.reload })
    case 'RunEnded': {
      const ended = { ...now, running: false, quietMs: 0, reload: now.reload === 'UnderWay' ? 'None' : now.reload } as const
      return now.phase === 'Up' && now.reload === 'UnderWay' ? { next: ended, say: ['Ready'] } : up(ended)
    }
    case 'Answered':
      return up({ ...now, quietMs: 0 })
    case 'GotOn':
      return silently({ ...now, quietMs: 0 })
    case 'ReloadAsked':
      // Whoever is not ready yet is in the middle of what a reload would do.
      return now.phase === 'Up' ? { next: { ...now, reload: 'Asked' }, say: ['Reloading'] } : silently(now)
    case 'StopAsked':
      return now.phase === 'Stopping' ? silently(now) : { next: { ...now, phase: 'Stopping' }, say: ['Stopping'] }
    case 'SignDue': {
      const next = { ...now, quietMs: now.quietMs + event.afterMs }
      if (now.running && next.quietMs > event.stuckAfterMs) return silently(next)
      const waitedFor = now.phase === 'Starting' || (now.phase === 'Up' && now.reload !== 'None')
      return { next, say: waitedFor ? ['Alive', 'Patience'] : ['Alive'] }
    }
  }
}

const silently = (next: Supervision): Supervised => ({ next, say: [] })

const up = (now: Supervision): Supervised =>
  now.phase === 'Starting' ? { next: { ...now, phase: 'Up' }, say: ['Ready'] } : silently(now)
