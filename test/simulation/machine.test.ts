// The lock of the simulated machine keeps the contract of the real one, and a death frees it.
import * as assert from 'uvu/assert'
import { E } from '../../src/fp.ts'
import { lockContract } from '../support/lock-contract.ts'
import { spec } from '../support/spec.ts'
import { type Machine, machineOf } from './machine.ts'

type Process = { readonly n: number; alive: boolean }

const takeOn = (machine: Machine<Process>, who: Process, dir: string, key?: string) =>
  machine.acquire({ who, dir, key }, async () => undefined)()

spec('the lock of the simulated machine', (test) => {
  const machine = machineOf<Process>()
  let count = 0
  lockContract(test, {
    take: (dir, key) => {
      count += 1
      return takeOn(machine, { n: count, alive: true }, dir, key)
    },
    withDirs: (use) => use(`one ${count}`, `other ${count}`),
  })

  test('what somebody held is free the moment he is dead', async () => {
    const [one, other] = [
      { n: 1, alive: true },
      { n: 2, alive: true },
    ]
    const small = machineOf<Process>()
    assert.ok(E.isRight(await takeOn(small, one, 'a', 'key')))
    assert.ok(E.isLeft(await takeOn(small, other, 'b', 'key')))
    one.alive = false
    assert.is(small.holderOf({ key: 'key' }), undefined)
    assert.ok(E.isRight(await takeOn(small, other, 'a', 'key')))
    assert.is(small.holderOf({ key: 'key' }), other)
    assert.is(small.holderOf({ dir: 'a' }), other)
  })
})
