// A process that takes the lock it is told to take, says how that ended, and then stays.
import { acquireLock } from '../../src/adapters/lock.ts'

const [dir = '', key = '', command = '', sockets = ''] = process.argv.slice(2)
const taken = await acquireLock({
  dir,
  keyPrint: key === '' ? undefined : key,
  info: { pid: process.pid, command, socket: '/run/x/control.sock' },
  sockets: sockets === 'files' ? 'files' : 'abstract',
})()
process.stdout.write(`${JSON.stringify(taken)}\n`)
setInterval(() => undefined, 60_000)
