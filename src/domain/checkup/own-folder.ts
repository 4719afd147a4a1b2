// Which folder may be closed to everybody but us, as a state directory is: one that nobody else can be at home in. A name that was
// misspelt, or a variable that was not set, must not take /tmp or /etc from the whole machine.
import { shellWord } from '../basics/command.ts'
import { visible } from '../basics/visible.ts'

/** A folder as it was found. */
export type Folder = {
  /** Where it is, with all links followed. */
  readonly path: string
  /** Permission bits, with the sticky one. */
  readonly mode: number
  /** What is in it. */
  readonly names: ReadonlyArray<string>
}

const STICKY = 0o1000
const GROUP_OR_OTHERS = 0o077
const MOST_SHOWN = 60

/** What only we keep: a folder with this in it was ours before. */
const MEMORY = /^(?:ledger|journal)(?:-\d+)?\.(?:json|jsonl|head)(?:\.|$)/
/** What a run that came to nothing may have left, and what a new file system has. */
const NO_MATTER = /^(?:(?:sandbox\.)?lock|control\.sock|(?:told|throttled|sandbox|sandbox-users)\.json|lost\+found)(?:\.|$)/

/** Whose else a folder is, in words that follow its name, and what to do. */
export type Shared = { readonly what: string; readonly advice: string }

/** Who would be locked out of a folder if it were closed to all but us; nothing where it may be. */
export const sharedFolder = (folder: Folder): Shared | undefined => {
  const what = othersIn(folder)
  return what === undefined ? undefined : { what, advice: adviceOn(folder) }
}

const othersIn = ({ path, mode, names }: Folder): string | undefined => {
  if (path === '/') return 'is the root of the file system'
  if ((mode & GROUP_OR_OTHERS) === 0) return undefined
  const open = `is open to others (mode 0${(mode & 0o7777).toString(8)})`
  if ((mode & STICKY) !== 0) return `${open}, as a folder for everybody's files`
  const foreign = names.filter((name) => !NO_MATTER.test(name)).sort()[0]
  return foreign === undefined || names.some((name) => MEMORY.test(name))
    ? undefined
    : `${open} and holds what is not ours, such as ${visible(foreign).slice(0, MOST_SHOWN)}`
}

const adviceOn = ({ path }: Folder): string => {
  const inside = shellWord(`${path === '/' ? '' : path}/smtp2go-reconciler`)
  const alone = path === '/' ? '' : `, or chmod 0700 ${shellWord(path)} where nobody else needs it`
  return `all others would be locked out of it: name a folder for this program alone with --state-dir or state_dir, such as ${inside}${alone}`
}
