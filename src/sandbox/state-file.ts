// The state file: the stand-in's own memory between two starts.
import { readFile, rename, writeFile } from 'node:fs/promises'
import { readSeed, type Seed } from './seed.ts'
import type { StoredUser } from './user.ts'
import { seedOf, type World, worldOf } from './world.ts'

const SAVE_AFTER_MS = 50

type Start = { readonly stateFile?: string; readonly seed?: Seed; readonly isEmbedded?: boolean }

const codeOf = (thrown: unknown): string => (thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error')

/** The text of a state file, where there is one. */
const textOf = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8')
  } catch (why) {
    if (codeOf(why) === 'ENOENT') return undefined
    throw new Error(`${file}: cannot be read (${codeOf(why)})`)
  }
}

/** The world that the state file tells, else the seed, else an empty account. */
export const startingWorld = async ({ stateFile, seed }: Start): Promise<World> => {
  const text = stateFile === undefined ? undefined : await textOf(stateFile)
  return worldOf(text === undefined ? (seed ?? { account: { results: [] } }) : readSeed(text, stateFile ?? ''))
}

/** Keeps the state file current, soon after each change and at the end, never slowing a request down. */
export const saving = ({ stateFile: file, seed, isEmbedded }: Start, world: () => World) => {
  const kept = isEmbedded === true ? forgetful(seed) : (user: StoredUser) => user
  let timer: NodeJS.Timeout | undefined
  let last: Promise<void> = Promise.resolve()
  const save = async (): Promise<void> => {
    if (file === undefined) return
    try {
      await writeFile(`${file}.new`, JSON.stringify(seedOf(world(), kept)), { mode: 0o600 })
      await rename(`${file}.new`, file)
    } catch (why) {
      throw new Error(`${file}: the users cannot be kept there (${codeOf(why)}): check its folder and the space`)
    }
  }
  const soon = (): void => {
    timer = undefined
    last = last.then(save).catch(() => undefined)
  }
  return {
    changed: (): void => {
      timer ??= setTimeout(soon, SAVE_AFTER_MS)
    },
    flush: async (): Promise<void> => {
      clearTimeout(timer)
      timer = undefined
      await last
      await save()
    },
  }
}

// What answers show in its place from the next start on. A client takes it for a mask, as the stars of other answers.
const FORGOTTEN = '******** (not kept over a restart)'

/** Users as an embedded stand-in keeps them: somebody may be trying out a real config, and its passwords are to be on no disk. */
const forgetful = (seed: Seed | undefined): ((user: StoredUser) => StoredUser) => {
  const { account, subaccounts } = worldOf(seed ?? { account: { results: [] } })
  const users = [account, ...[...subaccounts.values()].map((one) => one.users)].flatMap((some) => [...some.values()])
  const known = new Set(users.map(({ email_password }) => email_password))
  return (user) => (known.has(user.email_password) ? user : { ...user, email_password: FORGOTTEN })
}
