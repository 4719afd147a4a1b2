// A defect as a person reads it. By itself, since help and whatever else ends at once must not load what prints all other failures.
import { visible } from '../domain/basics/visible.ts'

/** That it is our fault, with the lines that show where. */
export const defectText = (lines: string): string =>
  `this is a bug in smtp2go-reconciler; please report it with these lines:\n${lines.split('\n').map(visible).join('\n')}\n`
