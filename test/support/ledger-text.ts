// The text of a ledger as it stands in its file.
import { encoding, type Stored } from '../../src/adapters/ledger-json.ts'
import { atOnce } from '../../src/domain/basics/work.ts'

export const ledgerText = (stored: Stored): string => Buffer.concat(atOnce(encoding(stored))).toString()
