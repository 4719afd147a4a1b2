// Completion of the command line, for each shell that is known.
import { bashCompletion } from './bash.ts'
import { fishCompletion } from './fish.ts'
import { zshCompletion } from './zsh.ts'

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

/** The script that a shell reads. */
export const completion = (shell: keyof typeof SCRIPTS): string => SCRIPTS[shell]()
