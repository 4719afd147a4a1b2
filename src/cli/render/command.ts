// Messages of what is held end in the command that would let it through. It is shown by itself, ready to be typed.
import { commandIn } from '../../domain/command.ts'

/** A message, and the command at its end where there is one. */
export type WithCommand = { readonly words: string; readonly command: string | undefined }

/** Parts a message from its command. */
export const withCommand = (message: string): WithCommand => {
  const found = commandIn(message)
  return found === undefined
    ? { words: message, command: undefined }
    : { words: found.words, command: `smtp2go-reconciler ${found.command}` }
}
