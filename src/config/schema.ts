// The JSON Schema of the config, made from the codecs that decode it: for editors, and for checks without this program.
import { configFile, includedFile } from './file.ts'

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

/** The schema of the main file. */
export const configSchema = (): unknown => ({
  $schema: DIALECT,
  title: 'smtp2go-reconciler config',
  description: 'Users of SMTP2GO as they should be',
  ...configFile.schema,
})

/** The schema of an included file. */
export const includedSchema = (): unknown => ({
  $schema: DIALECT,
  title: 'smtp2go-reconciler included file',
  description: 'Further users and subaccounts',
  ...includedFile.schema,
})
