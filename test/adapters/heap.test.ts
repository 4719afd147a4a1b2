// The heap of the daemon, in a process of its own: what it comes to is measured by the benchmark of what is answered meanwhile.
import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { spec } from '../support/spec.ts'

const HEAP = pathToFileURL('src/adapters/heap.ts').href

spec('the heap', (test) => {
  test('is kept small by something that this V8 knows: of what it does not it says so where our log is', async () => {
    const program = `import { keepHeapSmall } from '${HEAP}'; keepHeapSmall(); process.stdout.write('done')`
    const args = ['--import', 'tsx', '--input-type=module', '--eval', program]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args)
    assert.equal({ stdout, stderr }, { stdout: 'done', stderr: '' })
  })
})
