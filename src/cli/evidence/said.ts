// What people decided, in words: the journal has it as the options of the command line, which a reader of the evidence need not know.
import { holdIn } from '../../domain/decision.ts'
import { moment, scopeName } from './words.ts'

const unquoted = (pattern: string): string => pattern.replace(/^'(.*)'$/, '$1')

/** What a hold or an emergency stop does. */
export const holdWords = (options: string): string => {
  const [, option = '', value = ''] = /^--(\w+) ?(.*)$/.exec(options) ?? []
  switch (option) {
    case 'user':
      return `users named ${unquoted(value)} are not touched`
    case 'removals':
      return 'nobody is removed'
    case 'all':
      return 'nobody is touched'
    case 'match':
      return `emergency stop: users named ${unquoted(value)} are kept blocked`
    case 'undo':
      return `the users of run ${value}, which was undone, are not touched`
    default:
      return options
  }
}

const APPROVED = /^approve (sha256:[0-9a-f]{64})$/
const VOUCHED = /^approve --live (\S+)$/
const UNPROTECTED = /^release --protected (.+)$/
const UNDONE = /^undo (\S+)/

/** What a person decided or ran. */
export const decisionWords = (what: string): string => {
  const said = holdIn(what)
  if (said !== undefined && 'begins' in said) {
    const until = Number.isFinite(said.until) ? `, until ${moment(new Date(said.until).toISOString())}` : ''
    return `hold: ${holdWords(said.begins)}${until}`
  }
  if (said !== undefined) return said.ends === undefined ? 'ended what was on hold' : `ended the hold: ${holdWords(said.ends)}`
  const [digest, scope, pattern, run] = [APPROVED, VOUCHED, UNPROTECTED, UNDONE].map((form) => form.exec(what)?.[1])
  if (digest !== undefined) return `approved the changes of the plan ${digest.slice(0, 19)}…`
  if (scope !== undefined) return `vouched for what the service shows of the ${scopeName(scope)}`
  if (pattern !== undefined) return `ended the protection of users named ${unquoted(pattern)}`
  if (run !== undefined) return `set back what run ${run} had changed`
  return what === 'apply' ? 'made the users as the config says' : what
}
