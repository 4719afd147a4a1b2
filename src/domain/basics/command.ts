// What is said to people may end in a command, such as "…; to end it: release --all": ready to be pasted into a shell.

/** A command, and what it is for. */
export type Command = { readonly purpose: string; readonly line: string }

/** A message, and the command that it ends in where there is one. */
export type Said = { readonly message: string; readonly command?: Command | undefined }

// What every shell takes for what it is, and what is shown as it stands.
const PASTABLE = /^(?:approve|apply|release|undo)(?: (?:[\w:.@/+-]|'[^'\p{C}]*'|\\')+)+$/u

/** A message with a command; one that is not safe to paste is a part of the message. */
export const saying = (message: string, command: Command): Said => {
  const said: Said = { message, command }
  return PASTABLE.test(command.line) ? said : { message: fullMessage(said) }
}

/** The message as one sentence, with its command. */
export const fullMessage = ({ message, command }: Said): string =>
  command === undefined ? message : `${message}; ${command.purpose}: ${command.line}`

/** What is said, its command with the options that lead a shell to us; they begin with a blank, or there are none. */
export const reached = <S extends Said>(said: S, options = ''): S => {
  const { message, command } = said
  if (command === undefined) return said
  return { ...said, command: undefined, ...saying(message, { ...command, line: `${command.line}${options}` }) }
}

/** A word as a shell takes it for one. */
export const shellWord = (word: string): string => (/^[\w./@+:-]+$/.test(word) ? word : shellQuoted(word))

/** The same in quotes, whatever is in it, as a pattern is always shown. */
export const shellQuoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
