// The least that a program in Node can do which reads the same file with the package `yaml`, looks, makes the changes and looks once more, as
// whoever wants to know whether they took must: no rules, no caps, nothing on the disk. What is below it, no such program can reach.
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { parse } from 'yaml'

const AT_ONCE = Number(process.env.CONCURRENCY)
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
const headers = { 'content-type': 'application/json', 'x-smtp2go-api-key': process.env.BENCH_KEY }
const ask = (path, body, method = 'POST') =>
  new Promise((answered, failed) => {
    const asking = request(new URL(`${process.env.API}/${path}`), { agent, method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (more) => {
        text += more
      })
      response.on('end', () =>
        response.statusCode < 400 ? answered(JSON.parse(text).data) : failed(new Error(`${method} ${path} failed`)),
      )
    })
    asking.on('error', failed).end(JSON.stringify(body))
  })
const look = async () => new Map((await ask('users/smtp/view', {})).results.map((user) => [user.username, user]))

const { users } = parse(await readFile('config.yaml', 'utf8'))
const live = await look()
const changes = users.flatMap(({ username, description }) => {
  const now = live.get(username)
  if (now === undefined) return [['users/smtp/add', { username, description }, 'POST']]
  return now.description === description ? [] : [['users/smtp/edit', { username, description }, 'PATCH']]
})
const waiting = changes.values()
const worker = async () => {
  for (const change of waiting) await ask(...change)
}
await Promise.all(Array.from({ length: AT_ONCE }, worker))
if (changes.length > 0) {
  const after = await look()
  if (users.some(({ username, description }) => after.get(username)?.description !== description)) process.exitCode = 1
}
process.exit()
