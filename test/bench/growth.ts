// What more costs: users in one file and in a hundred, and the same users in more and more scopes; the first run and the next one, without drift.
// Processor time, since other load on the machine is none of it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configOfScopes, type Place, scopesOf, type Tell, usersOf, withPlace, writeFiles } from './measure.ts'

const USERS = [100, 1000, 10_000, 100_000] as const
const FILES = [1, 100] as const
const SCOPES = [1, 10, 100, 1000] as const
/** As many users, however many scopes there are. */
const IN_SCOPES = 10_000

type Row = { readonly cpuSeconds: number; readonly peakMb: number; readonly requests: number; readonly writes: number }
type Say = (line: string) => void

const runs = async (place: Place, say: Say, title: string): Promise<readonly [first: Row, next: Row]> => {
  const rows: Array<Row> = []
  for (const which of ['first', 'next']) {
    const { code, cpuSeconds, peakMb } = await place.command('apply', '--yes')
    if (code !== 0) throw new Error(`${title}: ended with ${code}`)
    const requests = await place.requests()
    const writes = requests.filter(({ path }) => !path.endsWith('/view')).length
    rows.push({ cpuSeconds, peakMb, requests: requests.length, writes })
    say(
      `${title}, ${which} run: ${cpuSeconds.toFixed(2)} s of processor, ${peakMb.toFixed(0)} MB, ${requests.length} requests, ${writes} writes`,
    )
  }
  const [first, next] = rows
  if (first === undefined || next === undefined) throw new Error('no run')
  return [first, next]
}

const byUsers = async (tell: Tell, say: Say): Promise<void> => {
  for (const files of FILES) {
    const costs = new Map<number, Row>()
    for (const count of USERS)
      await withPlace(usersOf(count, 'same'), 0, async (place) => {
        writeFiles(place, usersOf(count, 'same'), files)
        const [first] = await runs(place, say, `${count} users in ${files === 1 ? 'one file' : `${files} files`}`)
        costs.set(count, first)
      })
    const perUser = (count: number): number => (costs.get(count)?.cpuSeconds ?? Number.NaN) / count
    const where = files === 1 ? 'one file' : `${files} files`
    tell(`time of a user among 100,000 to that among 1,000, ${where}`, perUser(100_000) / perUser(1000), 1.5, 'x')
    tell(`10,000 users without drift, ${where}: processor time`, costs.get(10_000)?.cpuSeconds ?? Number.NaN, 1.5, 's')
    tell(`100,000 users without drift, ${where}: peak memory`, costs.get(100_000)?.peakMb ?? Number.NaN, 1024, 'MB')
  }
}

const byScopes = async (tell: Tell, say: Say): Promise<void> => {
  const costs = new Map<number, Row>()
  const users = usersOf(IN_SCOPES, 'same')
  for (const count of SCOPES) {
    const parts = scopesOf(users, count)
    const live = Object.fromEntries(parts.map(({ id, users }) => [id, { results: users }]))
    await withPlace(
      [],
      0,
      async (place) => {
        writeFileSync(join(place.dir, 'config.yaml'), configOfScopes(place.url, parts))
        const [first] = await runs(place, say, `${IN_SCOPES} users in ${count} scopes`)
        costs.set(count, first)
      },
      live,
    )
  }
  const [ten, thousand] = [costs.get(10), costs.get(1000)]
  tell('requests of a run without drift, 1,000 scopes', thousand?.requests ?? Number.NaN, 1000, 'requests')
  tell('memory of 1,000 scopes to that of 10', (thousand?.peakMb ?? Number.NaN) / (ten?.peakMb ?? Number.NaN), 1.5, 'x')
  if (thousand?.writes !== 0) throw new Error('something was written without drift')
}

/** Measures how cost grows. */
export const growth = async (tell: Tell, say: Say): Promise<void> => {
  await byUsers(tell, say)
  await byScopes(tell, say)
}
