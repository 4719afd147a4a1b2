// The answers to writes: whom the service says that it changed. Only reading back counts, and what they say of nobody is told all the same.
import * as t from 'io-ts'

const isRecord = t.UnknownRecord.is

/** The users in the answer to a write, whatever they are; its four shapes differ in the examples, the schemas and in life. */
const answeredIn = (answer: unknown): ReadonlyArray<unknown> => {
  const data = isRecord(answer) ? answer.data : undefined
  return isRecord(data) && Array.isArray(data.results) ? data.results : Array.isArray(data) ? data : [data]
}

/** The usernames in the answer to a write. */
export const answeredFor = (answer: unknown): ReadonlyArray<string> =>
  answeredIn(answer).flatMap((item) => {
    const user = isRecord(item) && isRecord(item.data) ? item.data : item
    return isRecord(user) && typeof user.username === 'string' ? [user.username] : []
  })

/** Whether the answer to a write is a list of users, and there is nobody in it. */
export const isOfNobody = (answer: unknown): boolean => answeredIn(answer).length === 0
