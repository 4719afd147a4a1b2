// S5: once a person was told that a hold is taken, nothing that it keeps leaves until it ends, whatever waits, restarts or is killed meanwhile.
import { type Held, isWrite, type MakeStateCheck, told } from '../scene.ts'
import type { Entry } from '../service.ts'

const keeps = ({ what }: Held, { endpoint, username }: Entry): boolean =>
  what._tag === 'All' || (what._tag === 'Removals' && endpoint === 'remove') || (what._tag === 'Users' && what.glob === username)

export const holds: MakeStateCheck = (scene, fail) => {
  let taken: Array<Held> = []
  return {
    held: (hold) => void taken.push(hold),
    left: (entry) => {
      if (!isWrite(entry)) return
      const now = scene.time.now()
      taken = taken.filter(({ until }) => now < until)
      const hold = taken.find((one) => keeps(one, entry))
      if (hold !== undefined) fail('S5', `${told(entry)}: on hold for ${Math.round((hold.until - now) / 1000)} s more`)
    },
    ledgerLost: () => {
      taken = []
    },
  }
}
