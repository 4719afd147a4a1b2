// Numbers with their nouns, as people say them.

/** A number with its noun, such as `1 change` and `2 changes`. */
export const counted = (count: number, noun: string, many = `${noun}s`): string => `${count} ${count === 1 ? noun : many}`
