// A file system without hard links, or one on which making them fails, as this process sees it for a while.
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/** Has every hard link fail with a code while something is done. */
export const withoutLinks = async (code: string, use: () => Promise<void>): Promise<void> => {
  const { link } = fs
  fs.link = async () => {
    throw Object.assign(new Error('no link'), { code })
  }
  syncBuiltinESMExports()
  try {
    await use()
  } finally {
    fs.link = link
    syncBuiltinESMExports()
  }
}
