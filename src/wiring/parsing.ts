// Parsing of config files: a small one here, a large one in a thread of its own, so that nothing else waits for it, and so that the memory which
// the parser needs on its way is given back when it is done.
import { Worker } from 'node:worker_threads'
import type { Parse, Parsed } from '../config/parsed.ts'

/** From this many characters on a thread is worth its start. */
const LARGE = 200_000
// Much of what a parser makes lives short: a small nursery is emptied more often and keeps less.
const NURSERY_MB = 8
// What reads 100,000 users takes half of it, and a service may have a gigabyte.
const MOST_MB = 768

/** Parses a text. */
export const parse: Parse = async (text) => (text.length < LARGE ? here(text) : ((await elsewhere(text)) ?? here(text)))

// Where a thread does it, the parser is not loaded a second time.
const here: Parse = async (text) => (await import('../config/parsed.ts')).parseText(text)

const TOO_MUCH: Parsed = {
  _tag: 'NoYaml',
  faults: [
    { offset: 0, message: `reading it takes more than ${MOST_MB} MB of memory; split it into several files with include` },
  ],
  isText: true,
}

/** `undefined` where there can be no thread, or it ended early. */
const elsewhere = (text: string): Promise<Parsed | undefined> =>
  new Promise((settle) => {
    const worker = new Worker(new URL('./parsing-worker.js', import.meta.url), {
      workerData: text,
      resourceLimits: { maxYoungGenerationSizeMb: NURSERY_MB, maxOldGenerationSizeMb: MOST_MB },
      // It has no use for the keys and passwords of the environment.
      env: {},
    })
    worker.once('message', (parsed: Parsed) => settle(parsed))
    worker.once('error', (why) => settle(isOutOfMemory(why) ? TOO_MUCH : undefined))
    worker.once('exit', () => settle(undefined))
  })

const isOutOfMemory = (why: unknown): boolean => why instanceof Error && 'code' in why && why.code === 'ERR_WORKER_OUT_OF_MEMORY'
