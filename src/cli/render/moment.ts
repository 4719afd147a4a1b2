// Moments as people say them: how long ago, and in how long.

/** A time span in one or two words. */
export const span = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 120) return `${whole} s`
  if (whole < 7200) return `${Math.round(whole / 60)} min`
  return whole < 172_800 ? `${Math.round(whole / 3600)} h` : `${Math.round(whole / 86_400)} days`
}

/** A moment (ISO 8601) to the second, without the zone: everything is UTC. */
export const moment = (iso: string): string => iso.slice(0, 19).replace('T', ' ')

/** How long ago a moment (ISO 8601) was. */
export const since = (moment: string, now: Date): string => span((now.getTime() - Date.parse(moment)) / 1000)

/** In how long a moment comes. */
export const until = (moment: string, now: Date): string => span((Date.parse(moment) - now.getTime()) / 1000)
