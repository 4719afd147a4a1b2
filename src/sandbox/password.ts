// The service's rule for passwords, at least 64 bits of entropy, under each way to count that is known from its clients,
// and the passwords that it makes itself.

/** How entropy is counted; no document says. */
export type EntropyRule = 'distinct' | 'character_sets' | 'shannon'

const LEAST_BITS = 64
const SETS: ReadonlyArray<readonly [RegExp, number]> = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[0-9]/, 10],
  [/[^a-zA-Z0-9]/, 33],
]
// No asterisk: three of them in a row would look like a mask.
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789!#%+-=?@_'
const MADE_LENGTH = 24

/** Whether a password is strong enough. */
export const isStrong = (password: string, rule: EntropyRule): boolean => bits(password, rule) >= LEAST_BITS

const bits = (password: string, rule: EntropyRule): number => {
  const characters = [...password]
  switch (rule) {
    case 'distinct':
      return characters.length * Math.log2(Math.max(1, new Set(characters).size))
    case 'character_sets': {
      const size = SETS.reduce((sum, [set, count]) => sum + (set.test(password) ? count : 0), 0)
      return characters.length * Math.log2(Math.max(1, size))
    }
    case 'shannon': {
      const counts = new Map<string, number>()
      for (const character of characters) counts.set(character, (counts.get(character) ?? 0) + 1)
      let sum = 0
      for (const count of counts.values()) sum -= count * Math.log2(count / characters.length)
      return sum
    }
  }
}

/** A password as the service makes one where none is given: strong under every rule. */
export const madePassword = (randomInt: (below: number) => number): string => {
  const password = Array.from({ length: MADE_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')
  return isStrong(password, 'shannon') ? password : madePassword(randomInt)
}
