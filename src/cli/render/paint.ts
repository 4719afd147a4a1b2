// Colours of a text for a terminal.
import pc from 'picocolors'

/** Colours, or none of them. */
export const painter = (colour: boolean) => pc.createColors(colour)
export type Paint = ReturnType<typeof painter>

/** The colours of the kinds of changes. */
export const KIND_COLOURS = { create: 'green', update: 'cyan', block: 'red', remove: 'red' } as const
