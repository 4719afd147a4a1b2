// What both of the least programs do: look, read the file while the answer is on its way, make the changes, so many at once as CONCURRENCY says, and
// look once more, as whoever wants to know whether they took must. No rules, no caps, nothing on the disk.
import process from 'node:process'

export const AT_ONCE = Number(process.env.CONCURRENCY)

/** Does it, with `ask` for a request and `read` for the users of the file, and ends the process: with 1 where a change did not take. */
export const work = async (ask, read) => {
  const look = async () => new Map((await ask('users/smtp/view', {})).results.map((user) => [user.username, user]))
  const [live, users] = await Promise.all([look(), read()])
  const changes = users.flatMap(({ username, description }) => {
    const now = live.get(username)
    if (now === undefined) return [['users/smtp/add', { username, description }, 'POST']]
    return now.description === description ? [] : [['users/smtp/edit', { username, description }, 'PATCH']]
  })
  const waiting = changes.values()
  const worker = async () => {
    for (const change of waiting) await ask(...change)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  if (changes.length > 0) {
    const after = await look()
    if (users.some(({ username, description }) => after.get(username)?.description !== description)) process.exitCode = 1
  }
  process.exit()
}
