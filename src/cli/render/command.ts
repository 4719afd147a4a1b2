// Messages of what is held end in the command that would let it through. It is shown by itself, ready to be typed.

/** A message, and the command at its end where there is one. */
export type WithCommand = { readonly words: string; readonly command: string | undefined }

const COMMAND = /^(.*); [^;:]*: ((?:approve|apply|release|undo) [\w:.@* -]+)$/s

/** Parts a message from its command. */
export const withCommand = (message: string): WithCommand => {
  const [, words, command] = COMMAND.exec(message) ?? []
  return command === undefined
    ? { words: message, command: undefined }
    : { words: words ?? '', command: `smtp2go-reconciler ${command}` }
}
