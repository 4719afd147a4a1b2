// Commands that a message ends in, such as "…; to end it: release --all": ready to be pasted into a shell.

const AT_THE_END = /^(.*); [^;:]*: ((?:approve|apply|release|undo)(?: (?:[\w:.@/+-]|'[^'\p{C}]*'|\\')+)+)$/su

/** A message in its words and the command at its end; `undefined` where there is none that is safe to paste. */
export const commandIn = (message: string): { readonly words: string; readonly command: string } | undefined => {
  const [, words, command] = AT_THE_END.exec(message) ?? []
  return words === undefined || command === undefined ? undefined : { words, command }
}

/** The same message, its command with the options that lead a shell to us; they begin with a blank, or there are none. */
export const reached = (message: string, options: string | undefined): string =>
  options === undefined || commandIn(message) === undefined ? message : `${message}${options}`

/** A word as a shell takes it for one. */
export const shellWord = (word: string): string => (/^[\w./@+:-]+$/.test(word) ? word : shellQuoted(word))

/** The same in quotes, whatever is in it, as a pattern is always shown. */
export const shellQuoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
