// The browser of the machine, wherever its PATH has it.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The whole path of Chromium. */
export const CHROMIUM =
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'chromium'))
    .find((path) => existsSync(path)) ?? '/usr/bin/chromium'
