// The machine that all lives share: who holds which state directory, and which key. What somebody held is free the moment he is dead, as with
// the sockets of the real lock, and the same contract holds for both.
import type { Lock } from '../../src/adapters/lock.ts'
import type { Failure } from '../../src/domain/basics/failure.ts'
import { E, type TE } from '../../src/fp.ts'

/** A process, as the machine knows it. */
type Process = { readonly n: number; readonly alive: boolean }

export type Machine<P extends Process> = {
  /** Takes a state directory and a key, or says who holds it; `moment` passes with each step. */
  readonly acquire: (
    wanted: { readonly who: P; readonly dir: string; readonly key: string | undefined },
    moment: () => Promise<void>,
  ) => TE.TaskEither<Failure, Lock>
  readonly holderOf: (what: { readonly dir: string } | { readonly key: string }) => P | undefined
}

/** A machine on which nothing runs. */
export const machineOf = <P extends Process>(): Machine<P> => {
  const holders = new Map<string, P>()
  const holderOf = (name: string): P | undefined => {
    const holder = holders.get(name)
    return holder?.alive === true ? holder : undefined
  }
  const acquire: Machine<P>['acquire'] =
    ({ who, dir, key }, moment) =>
    async () => {
      let ofKey: string | undefined
      const take = async (name: string): Promise<E.Either<Failure, void>> => {
        await moment()
        const holder = holderOf(name)
        if (holder !== undefined)
          return E.left({ _tag: 'Locked', pid: holder.n, message: `life ${holder.n} uses this ${kindOf(name)}` })
        holders.set(name, who)
        return E.right(undefined)
      }
      const letGo = (name: string | undefined): void => {
        if (name !== undefined) holders.delete(name)
      }
      const follow: Lock['follow'] = (next) => async () => {
        const name = next === undefined ? undefined : nameOf({ key: next })
        if (name === undefined || name === ofKey) return E.right(undefined)
        const taken = await take(name)
        if (E.isLeft(taken)) return taken
        letGo(ofKey)
        ofKey = name
        return taken
      }
      const taken = await take(nameOf({ dir }))
      if (E.isLeft(taken)) return taken
      const release = async (): Promise<void> => {
        letGo(nameOf({ dir }))
        letGo(ofKey)
      }
      const followed = await follow(key)()
      if (E.isRight(followed)) return E.right({ follow, release })
      await release()
      return followed
    }
  return { acquire, holderOf: (what) => holderOf(nameOf(what)) }
}

/** What is said of it: a key is told to nobody. */
const kindOf = (name: string): string => (name.startsWith(KEY) ? KEY : name)

const KEY = 'API key'

const nameOf = (what: { readonly dir: string } | { readonly key: string }): string =>
  'dir' in what ? `state directory ${what.dir}` : `${KEY} ${what.key}`
