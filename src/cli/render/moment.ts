// Moments as people say them: how long ago, and in how long.
import { span } from '../../domain/basics/time.ts'

/** A moment (ISO 8601) to the second, without the zone: everything is UTC. */
export const moment = (iso: string): string => iso.slice(0, 19).replace('T', ' ')

/** How long ago a moment (ISO 8601) was. */
export const since = (moment: string, now: Date): string => span((now.getTime() - Date.parse(moment)) / 1000)

/** In how long a moment comes. */
export const until = (moment: string, now: Date): string => span((Date.parse(moment) - now.getTime()) / 1000)
