// Completion for zsh: the table of commands as specifications of _arguments, which knows by itself what was typed already.
import { PROGRAM } from '../program.ts'
import { below, EVERYWHERE, type Flag, type Value, VERSION, type Verb } from '../syntax.ts'

/** A text in single quotes. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** A text inside a specification, where these characters mean something. */
const plain = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&')

const actionOf = (value: Value): string => {
  switch (value._tag) {
    case 'None':
      return ''
    case 'File':
      return `:${value.name}:_files`
    case 'Folder':
      return `:${value.name}:_files -/`
    case 'Words':
      return `:${value.name}:${value.words.length === 0 ? ' ' : `(${value.words.join(' ')})`}`
  }
}

const specOf = ({ short, long, value, many, help }: Flag): string => {
  const tail = `[${plain(help)}]${actionOf(value)}`
  const sign = value._tag === 'None' ? '' : '='
  if (short === undefined) return quoted(`${many ? '*' : ''}${long}${sign}${tail}`)
  return `'(${short} ${long})'{${short}${sign === '' ? '' : '+'},${long}${sign}}${quoted(tail)}`
}

const described = (verbs: ReadonlyArray<Verb>): string =>
  verbs.map(({ name, summary }) => quoted(`${name.split(' ').at(-1) ?? ''}:${plain(summary)}`)).join(' ')

const argumentSpecs = ({ args }: Verb): ReadonlyArray<string> =>
  args.map(([name, help, choices]) => {
    const place = name.includes('...') ? '*' : ''
    return quoted(`${place}:${plain(help)}:${choices === undefined ? ' ' : `(${choices.join(' ')})`}`)
  })

const verbCase = (verb: Verb): string => {
  const specs = [...verb.flags.map(specOf), '$everywhere']
  const inner = below(verb.name)
  if (inner.length === 0)
    return [
      `      ${verb.name.split(' ').at(-1) ?? ''})`,
      `        _arguments -s ${[...specs, ...argumentSpecs(verb)].join(' \\\n          ')} ;;`,
    ].join('\n')
  return [
    `      ${verb.name})`,
    `        _arguments -C -s ${[...specs, `'1: :->below'`, `'*:: :->rest'`].join(' \\\n          ')}`,
    '        case $state in',
    `          below) local -a verbs=(${described(inner)}); _describe command verbs ;;`,
    '          rest) case $line[1] in',
    ...inner.map(verbCase),
    '          esac ;;',
    '        esac ;;',
  ].join('\n')
}

/** The script that zsh reads. */
export const zshCompletion = (): string =>
  [
    `#compdef ${PROGRAM}`,
    `# Completion of ${PROGRAM} for zsh; made by \`${PROGRAM} completion zsh\`.`,
    `# Load it now with \`source <(…)\`, or keep it as _${PROGRAM} in a folder of $fpath.`,
    `_${PROGRAM}() {`,
    '  local curcontext=$curcontext state line',
    '  typeset -A opt_args',
    `  local -a everywhere=(${EVERYWHERE.map(specOf).join(' ')})`,
    `  _arguments -C -s $everywhere ${specOf(VERSION)} '1: :->command' '*:: :->arguments'`,
    '  case $state in',
    `    command) local -a verbs=(${[described(below('')), quoted('help:display help for command')].join(' ')}); _describe command verbs ;;`,
    '    arguments) case $line[1] in',
    ...below('').map(verbCase),
    '    esac ;;',
    '  esac',
    '}',
    `if [ "$funcstack[1]" = ${quoted(`_${PROGRAM}`)} ]; then _${PROGRAM} "$@"; else compdef _${PROGRAM} ${PROGRAM}; fi`,
    '',
  ].join('\n')
