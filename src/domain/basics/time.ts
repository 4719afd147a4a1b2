// Time: the lengths that many count with, moments and spans as text.

/** An hour in milliseconds. */
export const HOUR = 3_600_000

/** 24 hours in milliseconds: the window of caps, of contested fields and of a young memory. */
export const DAY = 86_400_000

/** What the service's months count as in seconds: 30 days. */
export const MONTH_SECONDS = 30 * 86_400

/** A moment as ISO 8601. */
export const iso = (at: number): string => new Date(at).toISOString()

/** The moment that a text names, as ISO 8601; `undefined`: it names none. */
export const isoOf = (text: string): string | undefined => {
  const at = Date.parse(text)
  return Number.isFinite(at) ? iso(at) : undefined
}

// 30 February is a day in March to JavaScript, so a moment is what comes out as it went in.
/** Whether a text is a moment in UTC, as ISO 8601 with milliseconds or without. */
export const isMoment = (text: string): boolean => isoOf(text) === text.replace(/(:\d\d)Z$/, '$1.000Z')

/** A moment in words: without milliseconds where it has none. */
export const momentText = (at: number): string => iso(at).replace(/\.000Z$/, 'Z')

/** A time span in one or two words. */
export const span = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 120) return `${whole} s`
  if (whole < 7200) return `${Math.round(whole / 60)} min`
  return whole < 172_800 ? `${Math.round(whole / 3600)} h` : `${Math.round(whole / 86_400)} days`
}
