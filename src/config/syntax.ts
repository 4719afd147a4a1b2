// Faults of YAML syntax in our own words, by the library's code: its own text may quote a secret.
import type { ErrorCode } from 'yaml'

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

/** What a code of the library means, in our words. */
export const syntaxFault = (code: ErrorCode): Words => words[code]
