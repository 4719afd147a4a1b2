// What several adapters need of the operating system, and nothing of one of them.
import { open } from 'node:fs/promises'

/** The code of a system error, such as ENOENT; the text of an error is never shown, since it may quote anything. */
export const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error'

/** Makes the names in a directory durable: a rename or a new file is on disk only after this. */
export const syncDirectory = async (dir: string): Promise<void> => {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
