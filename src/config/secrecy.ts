// What must not be shown of a config file. A line is kept from view where it may hold a secret: beside a key that sounds
// like one, misspelt or not, or in an address with a password in it. Too much is hidden rather than too little.
import { distance } from 'fastest-levenshtein'

// Keys of ours that only sound like secrets.
const HARMLESS = new Set(['unknown_password', 'max_password_changes'])
const SOUNDS_SECRET = /pas|psw|pwd|pw$|^pw|^pin$|secret|token|credential|auth|key|hook/i

/** Whether the value of a key may be a secret. */
export const mayHoldSecret = (key: string): boolean =>
  !HARMLESS.has(key) && (SOUNDS_SECRET.test(key) || (key.length < 40 && distance(key.toLowerCase(), 'email_password') <= 5))

/** The form of an API key of the service, also of one that lost its end in copying. */
export const API_KEY = '[aA][pP][iI]-(?:[0-9a-fA-F]{16}|[0-9a-zA-Z]{32})'
const API_KEYS = new RegExp(`${API_KEY}[0-9a-zA-Z]*`, 'g')

/** A text without the API keys in it. */
export const withoutKeys = (text: string): string => text.replace(API_KEYS, 'api-…')

/** Whether a text looks like an API key, or like an address with credentials in it. */
export const holdsCredentials = (text: string): boolean => text.search(API_KEYS) >= 0 || /:\/\/[^\s/]*@/.test(text)

// A text that does not parse has no keys to go by, and a line may end in a comment. So text is also searched for what
// could be a literal: a word that sounds like a secret, where a key stands or before a colon, without a reference after it.
const OF_REFERENCE = `\\s*(?:\\{\\s*)?["']?(?:env|file|credential|generate)["']?[ \\t]*:[ \\t]+["']?[\\w./-]+["']?[ \\t\\r]*(?:\\}|$)`
const KEY_PLACE = new RegExp(`(?:^|[{,?#-])[ \\t]*["']?(\\w[\\w-]{0,63})(?![\\w-])(["']?\\s*:${OF_REFERENCE})?`, 'gm')
// The sign is found first, and from there back the word: else each character of a long word would be tried as the beginning of one.
const BEFORE_COLON = new RegExp(`[:=](?<=([\\w-]{1,64})["']?[ \\t]*[:=])((?<=:)${OF_REFERENCE})?`, 'gm')

/** Whether a text may hold a secret anywhere. */
export const mayHoldLiteral = (text: string): boolean => {
  if (holdsCredentials(text) || /^api[ \t]*:[ \t]*[^\s#{]/m.test(text)) return true
  for (const pattern of [KEY_PLACE, BEFORE_COLON]) {
    for (const [, key = '', reference] of text.matchAll(pattern)) if (reference === undefined && mayHoldSecret(key)) return true
  }
  return false
}
