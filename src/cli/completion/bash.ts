// Completion for bash: what the table of commands knows, as a function of the shell. It needs no helpers of other packages, and asks
// nothing of the program while somebody types.
import { PROGRAM } from '../program.ts'
import { BEFORE_VALUES, below, EVERYWHERE, type Flag, namesOf, VERBS, VERSION, type Verb, wordsOf } from '../syntax.ts'

const FUNCTION = `_${PROGRAM.replaceAll('-', '_')}`

/** Words of ours hold nothing that a shell would take for its own. */
const list = (words: ReadonlyArray<string>): string => `'${words.join(' ')}'`

const names = (flags: ReadonlyArray<Flag>): string => list([...flags, ...EVERYWHERE].flatMap(namesOf))

const valueCase = (verb: string, flag: Flag): string => {
  const { value } = flag
  const pattern = namesOf(flag)
    .map((name) => `"${verb} ${name}"`)
    .join('|')
  switch (value._tag) {
    case 'None':
      return ''
    case 'File':
      return `    ${pattern}) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;`
    case 'Folder':
      return `    ${pattern}) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;`
    case 'Words':
      return `    ${pattern}) mapfile -t COMPREPLY < <(compgen -W ${list(value.words)} -- "$cur"); return ;;`
  }
}

const verbCase = (verb: Verb): string => `    "${verb.name}") words=${list(wordsOf(verb))} options=${names(verb.flags)} ;;`

const valueCases = (): ReadonlyArray<string> => [
  ...VERBS.flatMap(({ name, flags }) => flags.map((flag) => valueCase(name, flag))),
  ...EVERYWHERE.map((flag) => valueCase('', flag).replaceAll('" ', '*" ')),
]

const first = (): string => list([...below('').map(({ name }) => name), 'help'])

/** The commands that have commands below them, each with those. */
const parents = (): ReadonlyArray<string> =>
  VERBS.filter(({ name }) => name.includes(' ')).map(({ name }) => `        "${name}") command='${name}' ;;`)

/** The script that bash reads. */
export const bashCompletion = (): string => `# Completion of ${PROGRAM} for bash; made by '${PROGRAM} completion bash'.
# Load it now with 'source <(…)', or keep it in ~/.local/share/bash-completion/completions/ under the name of the command.
${FUNCTION}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command= words= options= at
  COMPREPLY=()
  # bash takes --option=value apart.
  if [[ $cur == '=' ]]; then cur=; elif [[ $before == '=' ]]; then before=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      ${BEFORE_VALUES.join('|')}) if [[ \${COMP_WORDS[at + 1]} == '=' ]]; then ((at += 2)); else ((at++)); fi ;;
      -*) ;;
      *) case "\${command:+$command }\${COMP_WORDS[at]}" in
${parents().join('\n')}
        *) command=\${command:-\${COMP_WORDS[at]}} ;;
      esac ;;
    esac
  done
  case "$command $before" in
${valueCases()
  .filter((line) => line !== '')
  .join('\n')}
  esac
  case $command in
    '') words=${first()} options=${names([VERSION])} ;;
    help) words=${first()} ;;
${VERBS.map(verbCase).join('\n')}
  esac
  if [[ $cur == -* || -z $words ]]; then words=$options; fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F ${FUNCTION} ${PROGRAM}
`
