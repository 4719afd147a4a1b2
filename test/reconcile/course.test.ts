// What looking and writing share of a key while a run goes on.
import * as assert from 'uvu/assert'
import type { ApiFailure } from '../../src/domain/failure.ts'
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

  test('who stops a run has said nothing of its key', () => {
    const course = newCourse()
    course.stop()
    assert.equal([course.halted.aborted, course.down.aborted, course.tripped(), course.failures()], [true, false, undefined, []])
  })
})
