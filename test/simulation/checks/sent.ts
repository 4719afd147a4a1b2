// S9, S4: what the ledger says was sent in a run has left in it. By that caps are counted, blocks are taken for ours, and what differs for sent
// before; what could not be written down in the journal, or waited for its turn in vain, was not sent.
import type { Ledger } from '../../../src/domain/memory/ledger.ts'
import { isWrite, type MakeStateCheck } from '../scene.ts'
import { placeOf } from '../start.ts'

/** What a ledger says was sent to whom, with the time at which it was. */
const sentIn = (ledger: Ledger | undefined): ReadonlyMap<string, string> =>
  new Map(
    [...(ledger?.scopes ?? [])].flatMap(([scope, { users, spent }]) => {
      const place = (username: string): string => placeOf(scope.replace('subaccount:', ''), username)
      const pending = [...users].flatMap(([username, { pending, block }]) => [
        ...(pending === undefined ? [] : [[`pending at ${pending.at}`, place(username)] as const]),
        ...(block === undefined ? [] : [[`block at ${block.at}`, place(username)] as const]),
      ])
      const counted = spent.map(({ cap, username, at }) => [`${cap} at ${at}`, place(username)] as const)
      return [...pending, ...counted].map(([what, place]) => [`${place}: ${what}`, place] as const)
    }),
  )

/** The blocks that were sent before the last ones, and that may be the ones still to come. */
const earlierIn = (ledger: Ledger | undefined): ReadonlyArray<string> =>
  [...(ledger?.scopes ?? [])].flatMap(([scope, { users }]) =>
    [...users].flatMap(([username, { block }]) =>
      block?.earlier === undefined ? [] : [`${placeOf(scope.replace('subaccount:', ''), username)}: block at ${block.earlier}`],
    ),
  )

export const sent: MakeStateCheck = (_scene, fail, { disk }) => {
  let before: ReadonlySet<string> = new Set()
  const look = (): ReadonlyMap<string, string> => sentIn(disk.ledger?.ledger)
  return {
    runBegan: () => {
      before = new Set([...look().keys(), ...earlierIn(disk.ledger?.ledger)])
    },
    runEnded: (_life, { requests, remembered }) => {
      // Where its end could not be written down, what was to leave stands there as it was meant.
      if (!remembered) return
      const left = new Set(requests.filter(isWrite).map(({ scope, username }) => placeOf(scope, username)))
      for (const [what, place] of look())
        if (!before.has(what) && !left.has(place))
          fail('S9', `the ledger says that something was sent, and nothing left: ${what}`)
    },
  }
}
