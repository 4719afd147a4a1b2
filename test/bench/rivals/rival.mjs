// What a skilled person would write in Node with the provider's own package: one view, a comparison, then edits and adds, so many at once as
// CONCURRENCY says. Reads users (username, description) of config.yaml in the current folder.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { parse } from 'yaml'

const { ApiClient, Service } = createRequire(process.env.SDK ?? import.meta.url)('smtp2go-nodejs')
const client = new ApiClient(process.env.BENCH_KEY)
client.apiUrl = `${process.env.API}/`
const ask = async (path, body, method = 'POST') => {
  const answer = await client.consume(new Service(path, new Map(Object.entries(body)), method))
  if (answer?.data === undefined || answer.status >= 400) throw new Error(`${method} ${path} failed`)
  return answer.data
}
const { users } = parse(await readFile('config.yaml', 'utf8'))
const live = new Map((await ask('users/smtp/view', {})).results.map((user) => [user.username, user]))
const changes = users.flatMap(({ username, description }) => {
  const now = live.get(username)
  if (now === undefined) return [['users/smtp/add', { username, description }, 'POST']]
  return now.description === description ? [] : [['users/smtp/edit', { username, description }, 'PATCH']]
})
const waiting = changes.values()
const worker = async () => {
  for (const change of waiting) await ask(...change)
}
await Promise.all(Array.from({ length: Number(process.env.CONCURRENCY) }, worker))
