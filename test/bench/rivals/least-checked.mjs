// The least that a program can do which checks what it reads and is made of the packages that ours is made of: it knows the line of each value,
// decodes users with io-ts, asks with ky and logs with pino, and each of them it asks for the least. What is below it, ours cannot reach.
import { readFile } from 'node:fs/promises'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import ky from 'ky'
import pino from 'pino'
import { LineCounter, parseDocument } from 'yaml'
import { work } from './work.mjs'

const log = pino({ base: null })
const client = ky.create({ headers: { 'x-smtp2go-api-key': process.env.BENCH_KEY }, retry: 0 })
const ask = async (path, json, method = 'POST') => (await client(`${process.env.API}/${path}`, { method, json }).json()).data
const File = t.type({ users: t.array(t.type({ username: t.string, description: t.string })) })

const lineCounter = new LineCounter()
const { users } = pipe(
  parseDocument(await readFile('config.yaml', 'utf8'), { lineCounter }).toJS(),
  (value) => File.decode(value),
  E.getOrElse(() => process.exit(5)),
)
log.info({ users: users.length, lines: lineCounter.lineStarts.length }, 'config read')
await work(users, ask)
