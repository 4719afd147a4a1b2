// What holds for every lock of a state directory and a key: the real one, and that of the simulated machine.
import * as assert from 'uvu/assert'
import type { Lock } from '../../src/adapters/lock.ts'
import type { Failure } from '../../src/domain/basics/failure.ts'
import { E } from '../../src/fp.ts'

type Locks = {
  /** Another process takes a directory, and a key where one is given. */
  readonly take: (dir: string, key?: string) => Promise<E.Either<Failure, Lock>>
  /** Two directories while they are used. */
  readonly withDirs: (use: (one: string, other: string) => Promise<void>) => Promise<void>
}
type Test = (title: string, body: () => Promise<void>) => void

const isLocked = (taken: E.Either<Failure, unknown>, what: string): boolean =>
  E.isLeft(taken) && taken.left._tag === 'Locked' && taken.left.pid !== undefined && taken.left.message.includes(what)

/** The tests of the contract. */
export const lockContract = (test: Test, { take, withDirs }: Locks): void => {
  test('the same directory is locked whatever the key', () =>
    withDirs(async (one) => {
      const first = await take(one, `${one} 1`)
      assert.ok(E.isRight(first))
      assert.ok(isLocked(await take(one, `${one} 2`), 'uses this state directory'))
      await first.right.release()
      const third = await take(one)
      assert.ok(E.isRight(third))
      await third.right.release()
    }))

  test('the same key is locked whatever the directory', () =>
    withDirs(async (one, other) => {
      const key = `key of ${one}`
      const first = await take(one, key)
      assert.ok(E.isRight(first))
      assert.ok(isLocked(await take(other, key), 'uses this API key'))
      await first.right.release()
      const third = await take(other, key)
      assert.ok(E.isRight(third))
      await third.right.release()
    }))

  test('another key is taken in place of the one before, unless somebody has it; then the one before is kept', () =>
    withDirs(async (one, other) => {
      const [first, second] = [await take(one, `${one} 1`), await take(other, `${one} 2`)]
      assert.ok(E.isRight(first) && E.isRight(second))
      assert.ok(isLocked(await first.right.follow(`${one} 2`)(), 'uses this API key'))
      assert.ok(isLocked(await second.right.follow(`${one} 1`)(), 'uses this API key'))
      assert.ok(E.isRight(await second.right.follow(undefined)()) && E.isRight(await second.right.follow(`${one} 2`)()))
      await second.right.release()
      assert.ok(E.isRight(await first.right.follow(`${one} 2`)()))
      const third = await take(other, `${one} 1`)
      assert.ok(E.isRight(third))
      assert.ok(isLocked(await third.right.follow(`${one} 2`)(), 'uses this API key'))
      await Promise.all([first.right.release(), third.right.release()])
    }))

  test('a refused key does not keep the directory', () =>
    withDirs(async (one, other) => {
      const first = await take(one, one)
      assert.ok(E.isRight(first) && E.isLeft(await take(other, one)))
      const second = await take(other)
      assert.ok(E.isRight(second))
      await Promise.all([first.right.release(), second.right.release()])
    }))
}
