// Serves the stand-in in a process of its own: `serve.ts SEED LATENCY_MS`.
import { readFile } from 'node:fs/promises'
import { readSeed } from '../../src/sandbox/seed.ts'
import { startSandbox } from '../../src/sandbox/server.ts'

const [seed = '', latency = '0'] = process.argv.slice(2)
const running = await startSandbox({ seed: readSeed(await readFile(seed, 'utf8'), seed), latencyMs: Number(latency) })
process.stdout.write(`${running.url}\n`)
