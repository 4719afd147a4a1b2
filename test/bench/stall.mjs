// Loaded before the daemon: writes how long its event loop was held up at most, in milliseconds, to $STALL_FILE when it ends.
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  let [longest, last] = [0, performance.now()]
  setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }, 1).unref()
  process.on('exit', () => writeFileSync(process.env.STALL_FILE, String(longest)))
}
