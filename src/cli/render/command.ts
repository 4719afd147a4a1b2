// A command is shown by itself, ready to be typed.
import type { Command } from '../../domain/basics/command.ts'

/** A command as a person types it. */
export const typed = ({ line }: Command): string => `smtp2go-reconciler ${line}`
