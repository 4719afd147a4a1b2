// What looking and writing share of a key while a run goes on.
import * as assert from 'uvu/assert'
import type { ApiFailure } from '../../src/domain/basics/failure.ts'
import { newCourse } from '../../src/reconcile/course.ts'
import { spec } from '../support/spec.ts'

const THROTTLED: ApiFailure = { _tag: 'Throttled', retryAfterMs: undefined }
const HELD_BACK: ApiFailure = { _tag: 'KeyRefused', message: 'a moment ago', sent: 'no' }
const DENIED: ApiFailure = { _tag: 'PermissionMissing', endpoint: '/users/smtp/edit' }
const STAYED: ApiFailure = { _tag: 'Unreachable', message: 'stopped before this request left', sent: 'no' }

spec('the course of a key', (test) => {
  test('a failure of the key is known as soon as nothing may leave any more', () => {
    const course = newCourse()
    const known: Array<number> = []
    course.halted.addEventListener('abort', () => known.push(course.failures().length))
    course.heard(THROTTLED)
    assert.equal(known, [1])
    assert.equal(course.failures(), [THROTTLED])
    assert.ok(course.tripped() !== undefined && course.down.aborted)
  })

  test('of what never left only a key that must rest is heard of', () => {
    const course = newCourse()
    course.heldBack(STAYED)
    course.heldBack(THROTTLED)
    assert.equal([course.tripped(), course.failures()], [undefined, []])
    course.heldBack(HELD_BACK)
    assert.equal(course.failures(), [HELD_BACK])
    assert.ok(course.halted.aborted)
  })

  test('a key that lacks a permission may still be read with', () => {
    const course = newCourse()
    course.heard(DENIED)
    assert.equal([course.halted.aborted, course.down.aborted], [true, false])
  })

  test('a key that may not add or remove does everything else', () => {
    const course = newCourse()
    for (const [endpoint, kind] of [
      ['/users/smtp/add', 'create'],
      ['/users/smtp/remove', 'remove'],
    ] as const) {
      assert.is(course.barred(kind), undefined)
      course.heard({ _tag: 'PermissionMissing', endpoint })
      assert.match(course.barred(kind) ?? '', /may not call/)
      assert.equal([course.tripped(), course.halted.aborted, course.gaveOut()], [undefined, false, true])
    }
    assert.equal([course.barred('update'), course.barred('block')], [undefined, undefined])
  })

  test('users that were refused end a run like others, and it is not the key or the way that gave out', () => {
    const course = newCourse()
    for (let at = 0; at < 20; at += 1) course.heard({ _tag: 'Rejected', message: 'no' })
    assert.equal([course.halted.aborted, course.gaveOut()], [true, false])
  })

  test('a key or a way that gives out when those who were refused are read back gave out all the same, and reading ends with it', () => {
    const after = (...failures: ReadonlyArray<ApiFailure>) => {
      const course = newCourse()
      for (let at = 0; at < 20; at += 1) course.heard({ _tag: 'Rejected', message: 'no' })
      const why = course.tripped()
      for (const failure of failures) course.heard(failure)
      return [course.gaveOut(), course.down.aborted, course.tripped() === why]
    }
    assert.equal(after(THROTTLED), [true, true, true])
    assert.equal(after(DENIED), [true, false, true])
    const trouble: ApiFailure = { _tag: 'ServerTrouble', status: 500 }
    assert.equal(after(trouble, trouble, trouble, trouble), [false, false, true])
    assert.equal(after(trouble, trouble, trouble, trouble, trouble), [true, true, true])
  })

  test('a key that failed gave out, and so did a way that failed five times', () => {
    const [key, way] = [newCourse(), newCourse()]
    key.heard(DENIED)
    for (let at = 0; at < 4; at += 1) way.heard({ _tag: 'ServerTrouble', status: 500 })
    assert.equal([key.gaveOut(), way.gaveOut()], [true, false])
    way.heard({ _tag: 'ServerTrouble', status: 500 })
    assert.is(way.gaveOut(), true)
  })

  test('who stops a run has said nothing of its key', () => {
    const course = newCourse()
    course.stop()
    assert.equal([course.halted.aborted, course.down.aborted, course.tripped(), course.failures()], [true, false, undefined, []])
  })
})
