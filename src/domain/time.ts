// Time: the lengths that many count with.

/** 24 hours in milliseconds: the window of caps, of contested fields and of a young memory. */
export const DAY = 86_400_000

/** What the service's months count as in seconds: 30 days. */
export const MONTH_SECONDS = 30 * 86_400
