// The syntax of the command line as data, for those that describe it: the manual page and the completions. It is read out of the table of
// commands, as commander does, so that neither can know what the other does not.
import { COMMANDS, type OptionRow, type Row } from './commands.ts'
import { GLOBALS } from './program.ts'

/** What comes after an option, and who can complete it. */
export type Value =
  | { readonly _tag: 'None' }
  | { readonly _tag: 'File'; readonly name: string }
  | { readonly _tag: 'Folder'; readonly name: string }
  | {
      readonly _tag: 'Words'
      readonly name: string
      readonly words: ReadonlyArray<string>
      /** There are no others. */
      readonly only: boolean
    }

/** An option, taken apart. */
export type Flag = {
  readonly short: string | undefined
  readonly long: string
  readonly value: Value
  /** It may be given several times. */
  readonly many: boolean
  readonly help: string
}

/** A command, taken apart. */
export type Verb = {
  /** Two words where it is a command below another one. */
  readonly name: string
  readonly summary: string
  readonly flags: ReadonlyArray<Flag>
  readonly args: NonNullable<Row['args']>
}

const FLAGS = /^(?:(-\w), )?(--[a-z-]+)(?: <([a-z]+)(\.\.\.)?>)?$/

const flagOf = (row: OptionRow): Flag => {
  const [, short, long, name, dots] = FLAGS.exec(row.flags) ?? []
  if (long === undefined) throw new Error(`an option is written as in '-c, --config <file>', not as '${row.flags}'`)
  return { short, long, value: valueIn(name, row), many: dots !== undefined, help: row.help }
}

const valueIn = (name: string | undefined, { choices, offers }: OptionRow): Value => {
  if (name === undefined) return { _tag: 'None' }
  if (name === 'file' || name === 'path') return { _tag: 'File', name }
  return name === 'dir'
    ? { _tag: 'Folder', name }
    : { _tag: 'Words', name, words: choices ?? offers ?? [], only: choices !== undefined }
}

/** The options that every command takes. */
export const EVERYWHERE: ReadonlyArray<Flag> = [...GLOBALS, { flags: '-h, --help', help: 'display help for command' }].map(flagOf)

/** The option of the program alone. */
export const VERSION: Flag = flagOf({ flags: '-V, --version', help: 'output the version number' })

const verbOf = (row: Row): Verb => ({
  name: row.name,
  summary: row.summary,
  flags: row.options.map(flagOf),
  args: row.args ?? [],
})

/** Every command, in the order of the help. */
export const VERBS: ReadonlyArray<Verb> = COMMANDS.map((row: Row) => verbOf(row))

/** The words that may follow a command, or stand first: the commands below it. */
export const below = (name: string): ReadonlyArray<Verb> =>
  VERBS.filter((verb) => (name === '' ? !verb.name.includes(' ') : verb.name.startsWith(`${name} `)))

/** The words that may come after a command: the commands below it, or the only values of its argument. */
export const wordsOf = (verb: Verb): ReadonlyArray<string> => [
  ...below(verb.name).map(({ name }) => name.slice(verb.name.length + 1)),
  ...(verb.args[0]?.[2] ?? []),
]

/** How an option may be written. */
export const namesOf = ({ short, long }: Flag): ReadonlyArray<string> => (short === undefined ? [long] : [short, long])

/** Every way to write an option that takes a value, of whatever command: the word after it is no command. */
export const BEFORE_VALUES: ReadonlyArray<string> = [
  ...new Set(
    [...EVERYWHERE, ...VERBS.flatMap(({ flags }) => flags)].filter(({ value }) => value._tag !== 'None').flatMap(namesOf),
  ),
]
