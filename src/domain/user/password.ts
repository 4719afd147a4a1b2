// Password strength and generation. The service demands 64 bits of entropy without naming an algorithm, so ours is
// stricter than the known candidates: length times Shannon entropy per character (document *Add an SMTP user*).

/** The least strength that the service takes, in bits. */
export const LEAST_BITS = 64

/** Length times Shannon entropy per character, in bits. */
export const entropyBits = (text: string): number => {
  const counts = new Map<string, number>()
  const characters = [...text]
  for (const character of characters) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= count * Math.log2(count / characters.length)
  return bits
}

// No characters that are easily confused or that devices choke on: no quotes, spaces, backslashes, 0 O 1 l I.
const LETTERS = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '-_.+']

const GENERATED_LENGTH = 32

/** A password of 32 device-safe characters with every class in it, from given random numbers in [0, 1). */
export const generated = (random: () => number): string => {
  const alphabet = LETTERS.join('')
  const characters = Array.from({ length: GENERATED_LENGTH }, () => alphabet.charAt(Math.floor(random() * alphabet.length)))
  const hasEach = LETTERS.every((letters) => characters.some((character) => letters.includes(character)))
  const text = characters.join('')
  return hasEach && entropyBits(text) >= LEAST_BITS * 1.5 ? text : generated(random)
}
