// S5: once a person was told that a hold is taken, nothing that it keeps leaves until it ends, whatever waits, restarts or is killed meanwhile.
import { holdOptions } from '../../../src/domain/decisions/hold.ts'
import { type Held, isStopping, isWrite, type MakeStateCheck, told } from '../scene.ts'
import type { Entry } from '../service.ts'

const keeps = ({ what }: Held, { endpoint, username }: Entry): boolean => {
  if (what._tag === 'All') return true
  if (what._tag === 'Removals') return endpoint === 'remove'
  return 'glob' in what && what.glob === username
}

export const holds: MakeStateCheck = (scene, fail) => {
  let taken: Array<Held> = []
  return {
    // The same one again takes its place, also where it ends earlier.
    held: (hold) => {
      taken = [...taken.filter(({ what }) => holdOptions(what) !== holdOptions(hold.what)), hold]
    },
    left: (entry) => {
      // A stop goes before every hold.
      if (!isWrite(entry) || isStopping(scene, entry)) return
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
