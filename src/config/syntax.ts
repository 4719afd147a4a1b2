// Faults of YAML syntax in our own words, by the library's code: its own text may quote a secret.
import type { ErrorCode } from 'yaml'
import type { FaultAt } from './tokens.ts'

type Words = { readonly message: string; readonly hint?: string }

const QUOTE = 'put the text in quotes'

const words: { readonly [code in ErrorCode]: Words } = {
  ALIAS_PROPS: { message: 'an alias cannot have an anchor or tag' },
  BAD_ALIAS: { message: 'not a YAML alias', hint: 'a text that begins with * or & must be in quotes' },
  BAD_DIRECTIVE: { message: 'YAML directives are not supported; remove this line' },
  BAD_DQ_ESCAPE: {
    message: 'unknown escape in a text in double quotes',
    hint: 'write \\\\ for a backslash, or use single quotes',
  },
  BAD_INDENT: {
    message: 'wrong indentation, or a bracket that is not closed',
    hint: 'keys of one mapping begin in the same column',
  },
  BAD_PROP_ORDER: { message: 'an anchor or tag in the wrong place' },
  BAD_SCALAR_START: { message: 'a text cannot begin with this character', hint: QUOTE },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "a second ': ' on one line, or a list item among keys",
    hint: `if the ': ' belongs to the text, ${QUOTE}`,
  },
  BLOCK_IN_FLOW: { message: 'a list or mapping of lines inside brackets' },
  DUPLICATE_KEY: { message: 'duplicate key' },
  IMPOSSIBLE: { message: 'not YAML' },
  KEY_OVER_1024_CHARS: { message: "a key longer than 1024 characters, or a missing ':'" },
  MISSING_CHAR: {
    message: "something is missing here: a closing quote or bracket, a comma, or ': ' after a key",
    hint: 'it may be missing further up',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'a key must be on one line',
    hint: "is a ':' or a quote missing here or in the line above?",
  },
  MULTIPLE_ANCHORS: { message: 'more than one anchor' },
  MULTIPLE_DOCS: { message: 'a config file holds one YAML document, a second one begins here' },
  MULTIPLE_TAGS: { message: 'more than one tag' },
  NON_STRING_KEY: { message: 'a key must be text' },
  RESOURCE_EXHAUSTION: { message: 'too deeply nested' },
  TAB_AS_INDENT: { message: 'a tab in the indentation', hint: 'indent with spaces' },
  TAG_RESOLVE_FAILED: {
    message: 'YAML tags are not supported',
    hint: 'a text that begins with ! must be in quotes; for shared settings use profiles',
  },
  UNEXPECTED_TOKEN: { message: 'this does not belong here', hint: 'check quotes, brackets and indentation' },
  BAD_COLLECTION_TYPE: { message: 'a tag that does not fit what follows' },
}

const TOO_FAR_IN: Words = {
  message: 'wrong indentation: further in than what stands above',
  hint: `keys of one mapping begin in the same column; if this belongs to the text above, ${QUOTE}`,
}
const NOT_FAR_ENOUGH: Words = {
  message: 'wrong indentation: nothing above begins in this column',
  hint: "keys of one mapping begin in the same column, those of a list item behind its '- '",
}

/** An error of the library: its code, and the stretch of the text that it is about. */
type Error = { readonly code: ErrorCode; readonly pos: readonly [start: number, end: number] }

/** What errors of the library mean, in our words and at the place that people look for. */
export const syntaxFaults = (text: string, errors: ReadonlyArray<Error>): ReadonlyArray<FaultAt> => {
  const lineOf = (offset: number): number => text.lastIndexOf('\n', offset - 1) + 1
  const firstIn = (line: number): number => {
    let at = line
    while (text[at] === ' ') at += 1
    return at
  }
  // The library takes what is too far in for more of the text above, and both together for a key.
  const nested = new Set(errors.flatMap(({ code, pos }) => (code === 'BLOCK_AS_IMPLICIT_KEY' ? [pos[0]] : [])))
  const below = new Map<number, number>()
  for (const { code, pos } of errors) {
    const line = code === 'MULTILINE_IMPLICIT_KEY' && nested.has(pos[0]) ? lineOf(pos[1]) : 0
    if (line > pos[0]) below.set(pos[0], line)
  }
  return errors.flatMap(({ code, pos: [start] }, at) => {
    const line = below.get(start)
    if (line !== undefined) {
      // What is wrong further up in that line, or was told of this key already, has led to it.
      const before = errors[at - 1]?.pos[0] ?? -1
      return before >= lineOf(start) ? [] : [{ offset: firstIn(line), ...TOO_FAR_IN }]
    }
    return code === 'MISSING_CHAR' && text[start] === ' ' && text[start - 1] === '\n'
      ? [{ offset: firstIn(start), ...NOT_FAR_ENOUGH }]
      : [{ offset: start, ...words[code] }]
  })
}
