// The same made of the packages that ours is made of: it knows the line of each value, decodes users with io-ts, asks with ky and logs with pino,
// and each of them it asks for the least, and loads as late as it can.
import { Agent, request } from 'node:http'
import ky from 'ky'
import { AT_ONCE, work } from './work.mjs'

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
// Over node's own sockets, in a hook, before ky copies the request for a `fetch`.
const exchange = async (asked) => {
  const body = await asked.text()
  return new Promise((answered, failed) => {
    const headers = { ...Object.fromEntries(asked.headers), 'content-length': Buffer.byteLength(body) }
    const asking = request(asked.url, { agent, method: asked.method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (more) => {
        text += more
      })
      response.on('end', () => answered(new Response(text, { status: response.statusCode })))
    })
    asking.on('error', failed).end(body)
  })
}
const client = ky.create({
  headers: { 'x-smtp2go-api-key': process.env.BENCH_KEY },
  retry: 0,
  timeout: false,
  hooks: { beforeRequest: [exchange] },
})
const ask = async (path, json, method = 'POST') => (await client(`${process.env.API}/${path}`, { method, json }).json()).data
await work(ask, async () => (await import('./checked-users.mjs')).users())
