// S6: who writes with a key, or into a state directory, holds it, and nobody else who lives has a write with that key under way.
import type { Life } from '../program.ts'
import { isWrite, type MakeCheck, told } from '../scene.ts'
import type { Entry } from '../service.ts'

const nameOf = (life: Life | undefined): string => (life === undefined ? 'nobody' : `life ${life.n}`)

export const rivals: MakeCheck = ({ machine }, fail) => {
  let underWay: ReadonlyArray<Entry> = []
  return {
    left: (entry, life) => {
      if (!isWrite(entry)) return
      const holder = machine.holderOf({ key: entry.key })
      if (holder !== life) fail('S6', `${told(entry)} by ${nameOf(life)}, with a key that ${nameOf(holder)} holds`)
      const other = underWay.find(({ key, life: n }) => key === entry.key && n !== life.n)
      if (other !== undefined)
        fail('S6', `${told(entry)} by life ${life.n} while ${told(other)} by life ${other.life} is under way`)
      underWay = [...underWay, entry]
    },
    ended: (entry) => {
      underWay = underWay.filter((one) => one !== entry)
    },
    wrote: (life) => {
      const { dir } = life.disk
      const holder = machine.holderOf({ dir })
      if (holder !== life) fail('S6', `life ${life.n} writes into the state directory ${dir}, which ${nameOf(holder)} holds`)
    },
    lifeEnded: ({ n }) => {
      underWay = underWay.filter(({ life }) => life !== n)
    },
  }
}
