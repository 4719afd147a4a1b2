// A program in Node that does as little as can be, and waits for nothing that can be had meanwhile: it reads the same file with the package `yaml`
// while the first look is on its way.
import { Agent, request } from 'node:http'
import { AT_ONCE, work } from './work.mjs'

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

await work(ask, async () => (await import('./plain-users.mjs')).users())
