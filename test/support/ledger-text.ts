// The text of a ledger as it stands in its file.
import { encode, type Stored } from '../../src/adapters/ledger-json.ts'

export const ledgerText = (stored: Stored): string => Buffer.concat(encode(stored)).toString()
