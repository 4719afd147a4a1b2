// What is held: whether it needs anybody, whether an approval lets it through, and by what one is told from another.
import { parsedJson } from '../basics/json.ts'

/** Whether it waits for nothing but time: nobody need do anything, and whoever asked for it knows. */
export const isPassing = ({ reason }: { readonly reason: string }): boolean => reason === 'awaiting_grace'

/** Whether an approval of the digest lets it through. */
export const isApprovable = ({ reason }: { readonly reason: string }): boolean =>
  reason === 'capped' || reason === 'needs_approval'

/** By what held changes are told apart, whatever they say. */
export const heldKey = ({
  reason,
  change,
  username,
}: {
  readonly reason: string
  readonly change: string
  readonly username: string
}): string => JSON.stringify([reason, change, username])

/** Whose held change such a key is of; a text that is no such key is nobody's. */
export const heldUser = (key: string): string | undefined => {
  const parts = parsedJson(key)
  return Array.isArray(parts) && typeof parts[2] === 'string' ? parts[2] : undefined
}
