// Behind the stage: the routes by which tests and people look at the stand-in, plant faults and turn switches.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { faultsFrom } from './faults.ts'
import type { Running } from './running.ts'
import { seedFrom } from './seed.ts'
import { switchesFrom } from './switches.ts'
import { groundTruth, worldOf } from './world.ts'

/** The routes for tests and people. */
export const backstage = (
  running: Running,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  text: Buffer,
): void => {
  const [status, value] = shownBackstage(running, request, path, text)
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

const shownBackstage = (
  running: Running,
  request: IncomingMessage,
  path: string,
  text: Buffer,
): readonly [status: number, value: unknown] => {
  try {
    switch (`${request.method} ${path}`) {
      case 'GET /_log':
        return [200, running.log]
      case 'DELETE /_log':
        running.log.length = 0
        return [200, {}]
      case 'GET /_state':
        return [200, groundTruth(running.world)]
      case 'POST /_faults':
        running.planted = faultsFrom(JSON.parse(text.toString('utf8')))
        return [200, {}]
      case 'DELETE /_faults':
        running.planted = []
        return [200, {}]
      case 'POST /_switches':
        running.world.switches = switchesFrom(JSON.parse(text.toString('utf8')), running.world.switches)
        return [200, running.world.switches]
      case 'POST /_reset':
        running.world = worldOf(seedFrom(JSON.parse(text.toString('utf8')), 'seed'))
        running.changed()
        return [200, {}]
      default:
        return [404, { error: 'GET /_log, GET /_state, POST /_faults, POST /_switches, POST /_reset' }]
    }
  } catch (thrown) {
    return [400, { error: thrown instanceof Error && !(thrown instanceof SyntaxError) ? thrown.message : 'this is not JSON' }]
  }
}
