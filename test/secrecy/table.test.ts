// C1, C2, C3: no key and no password in any output, whatever goes wrong: every class of error through every way out, at least ten outputs each.
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { CHANNELS, type Channel } from '../support/canary.ts'
import { withBench } from '../support/command.ts'
import { withReceiver } from '../support/receiver.ts'
import { spec } from '../support/spec.ts'
import { CLASSES, SEED } from './classes.ts'
import { lived } from './life.ts'

const LEAST = 10
const FILES: ReadonlyArray<Channel> = ['a journal', 'a ledger', 'a file', 'a file name']
const OTHERS = CHANNELS.filter((channel) => !FILES.includes(channel))
const fewest = new Map<string, number>()

spec('secrecy', (test) => {
  for (const one of CLASSES)
    test(`C1 C3: ${one.title}: ten outputs and more each way, and no key and no password in any`, () =>
      withReceiver((received) =>
        withBench(SEED, async (bench) => {
          const { code, err } = await lived(bench, received, one)
          assert.ok(
            one.code.some((expected) => expected === code),
            `exit ${code}: ${err.slice(-600)}`,
          )
          const counts = new Map<string, number>(OTHERS.map((channel) => [channel, bench.scanned(channel)]))
          counts.set(
            'files',
            FILES.map((channel) => bench.scanned(channel)).reduce((sum, count) => sum + count),
          )
          if (one.code.includes(5) || one.code.includes(1)) {
            // Where the config is not valid, and where the program fails, there is no plan to export.
            const made = await access(join(bench.dir, 'plan.md')).then(
              () => true,
              () => false,
            )
            assert.not.ok(made, 'no plan')
            counts.delete('an exported plan')
          }
          for (const [channel, count] of counts) fewest.set(channel, Math.min(count, fewest.get(channel) ?? count))
          assert.equal(
            [...counts].filter(([, count]) => count < LEAST),
            [],
          )
        }),
      ))

  test('every class went every way', () => {
    const told = [...fewest].map(([channel, count]) => `${count} ${channel}`).join(', ')
    process.stdout.write(`of each of ${CLASSES.length} classes of error at least ${told}\n`)
    assert.is(fewest.size, OTHERS.length + 1)
  })
})
