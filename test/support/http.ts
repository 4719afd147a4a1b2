// What a daemon serves, asked as a client would that says what it likes.
import { request } from 'node:http'
import { searchEverywhere } from './canary.ts'
import { type Bench, until } from './command.ts'

export type Answer = { readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: string }

/** Where a started daemon serves. */
export const servedAt = async (daemon: ReturnType<Bench['start']>): Promise<string> => {
  const found = (): string | undefined => /status page and metrics at (http:\/\/[^\s"]+)/.exec(daemon.err())?.[1]
  await until('the daemon serves', () => found() !== undefined)
  return found() ?? ''
}

type Wish = { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }

/** One request. */
export const ask = (url: string, path: string, { method = 'GET', headers = {}, body }: Wish = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const asked = request({ hostname, port, path, method, headers: { ...length, ...headers }, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        const answer = { status: response.statusCode ?? 0, headers: response.headers, body: text }
        try {
          searchEverywhere('an HTTP answer', `${JSON.stringify(response.headers)}\n${text}`)
          resolve(answer)
        } catch (leak) {
          reject(leak)
        }
      })
    })
    asked.on('error', reject)
    asked.end(body)
  })

/** The value of a series of `/metrics`, such as `ready` or `drift{scope="account"}`. */
export const series = (text: string, name: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`smtp2go_reconciler_${name} `))
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}
