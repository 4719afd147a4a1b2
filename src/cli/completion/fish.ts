// Completion for fish: one line for each command, option and value, each with the command in which it holds.
import { PROGRAM } from '../program.ts'
import { BEFORE_VALUES, below, EVERYWHERE, type Flag, VERBS, VERSION, type Verb, wordsOf } from '../syntax.ts'

const FUNCTION = `__${PROGRAM.replaceAll('-', '_')}_in`

/** A text in single quotes, as fish takes it. */
const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

const valueText = ({ value }: Flag): string => {
  switch (value._tag) {
    case 'None':
      return ''
    case 'File':
      return ' -r -F'
    case 'Folder':
      return " -x -a '(__fish_complete_directories)'"
    case 'Words':
      return value.words.length === 0 ? ' -x' : ` -x -a ${quoted(value.words.join(' '))}`
  }
}

const line = (condition: string, rest: string): string =>
  `complete -c ${PROGRAM}${condition === '' ? '' : ` -n ${quoted(condition)}`}${rest}`

const flagLine = (condition: string, flag: Flag): string => {
  const { short, long, help } = flag
  const letter = short === undefined ? '' : ` -s ${short.slice(1)}`
  return line(condition, `${letter} -l ${long.slice(2)}${valueText(flag)} -d ${quoted(help)}`)
}

const inVerb = (name: string): string => (name === '' ? FUNCTION : `${FUNCTION} ${name}`)

const verbLines = (verb: Verb): ReadonlyArray<string> => {
  const condition = inVerb(verb.name)
  const [parent = '', child] = verb.name.split(' ')
  const words = below(verb.name).length > 0 ? [] : wordsOf(verb)
  return [
    line(inVerb(child === undefined ? '' : parent), ` -a ${child ?? parent} -d ${quoted(verb.summary)}`),
    ...verb.flags.map((flag) => flagLine(condition, flag)),
    ...(words.length === 0 ? [] : [line(condition, ` -a ${quoted(words.join(' '))}`)]),
  ]
}

/** The script that fish reads. */
export const fishCompletion = (): string =>
  [
    `# Completion of ${PROGRAM} for fish; made by \`${PROGRAM} completion fish\`.`,
    `# Load it now with \`… | source\`, or keep it as ~/.config/fish/completions/${PROGRAM}.fish.`,
    '',
    '# Whether what was typed so far is exactly this command; without arguments: no command yet.',
    `function ${FUNCTION}`,
    '  set -l typed',
    '  set -l skip no',
    '  for word in (commandline -opc)[2..]',
    '    if test $skip = yes',
    '      set skip no',
    `    else if contains -- $word ${BEFORE_VALUES.join(' ')}`,
    '      set skip yes',
    "    else if not string match -q -- '-*' $word",
    '      set -a typed $word',
    '    end',
    '  end',
    '  switch "$typed[1..2]"',
    ...VERBS.filter(({ name }) => name.includes(' ')).map(
      ({ name }) => `    case ${quoted(name)}\n      test "$argv" = ${quoted(name)}`,
    ),
    "    case '*'",
    '      test "$argv" = "$typed[1]"',
    '  end',
    'end',
    '',
    `complete -c ${PROGRAM} -f`,
    ...EVERYWHERE.map((flag) => flagLine('', flag)),
    flagLine(FUNCTION, VERSION),
    line(FUNCTION, " -a help -d 'display help for command'"),
    ...VERBS.flatMap(verbLines),
    '',
  ].join('\n')
