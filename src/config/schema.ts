// The JSON Schema of the config, made from the codecs that decode it: for editors, and for checks without this program.
import type { Schema } from './codec.ts'
import { configFile, includedFile } from './file.ts'

/** The schema of the main file. */
export const configSchema = (): Schema => ({
  title: 'smtp2go-reconciler config',
  description: 'Users of SMTP2GO as they should be',
  ...configFile.schema,
})

/** The schema of an included file. */
export const includedSchema = (): Schema => ({
  title: 'smtp2go-reconciler included file',
  description: 'Further users and subaccounts',
  ...includedFile.schema,
})
