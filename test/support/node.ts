// Which Node.js runs what: the program is tested with this machine's, whatever runs the tests.
import process from 'node:process'

/** Another Node.js, or this one, for what the tests do in processes of their own: a newer one takes less time for it. */
export const NODE_OF_TESTS = process.env.NODE_OF_TESTS ?? process.execPath

/** What the built program is run with. */
export const NODE = process.env.NODE_OF_PROGRAM ?? process.execPath
