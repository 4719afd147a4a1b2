// What a person says with a decision, and the forms that it may have; nothing else, so that reading a command line takes no more than this.

/** In characters, as it stands in the journal, and in each status. */
export const LONGEST_REASON = 10_000

/** The same of the name of who decides. */
export const LONGEST_NAME = 256

/** Whether a text can be the id of a run, or the beginning of one. */
export const isRunName = (text: string): boolean => /^[0-9A-Za-z-]{1,64}$/.test(text)
