// The users of the file, with the line of each value known, decoded and logged.
import { readFile } from 'node:fs/promises'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import pino from 'pino'
import { LineCounter, parseDocument } from 'yaml'

const File = t.type({ users: t.array(t.type({ username: t.string, description: t.string })) })

export const users = async () => {
  const lineCounter = new LineCounter()
  const { users } = pipe(
    parseDocument(await readFile('config.yaml', 'utf8'), { lineCounter }).toJS(),
    (value) => File.decode(value),
    E.getOrElse(() => process.exit(5)),
  )
  pino({ base: null }).info({ users: users.length, lines: lineCounter.lineStarts.length }, 'config read')
  return users
}
