// Room for an answer while it comes in. Node brings each piece of it in memory outside V8's heap. Kept until an answer of many users is whole, the
// pieces outlive two small collections, and V8 answers each 64 MB of such memory with a full one, over all that a daemon remembers. Memory that is
// used again leaves nothing behind.
const FEWEST_BYTES = 1 << 20
// So much is kept for the next answers: the largest that is taken unless the config says otherwise, and some small ones beside it.
const MOST_FREE_BYTES = 96 << 20
/** What nobody is in, the smallest first. */
const free: Array<Uint8Array> = []

/** Room for one answer. */
export type Room = {
  /** Takes a copy. After the room was left this does nothing. */
  readonly add: (piece: Uint8Array) => void
  /** All that was added; good until the room is left. */
  readonly content: () => Uint8Array
  /** What was in it is over: others write there. */
  readonly leave: () => void
}

/** Enters a room that nobody else is in. */
export const enter = (): Room => {
  let memory: Uint8Array = new Uint8Array()
  let [size, isLeft] = [0, false]
  return {
    add: (piece) => {
      if (isLeft) return
      if (size + piece.length > memory.length) {
        const larger = taken(size + piece.length, 2 * memory.length)
        larger.set(memory.subarray(0, size))
        memory = larger
      }
      memory.set(piece, size)
      size += piece.length
    },
    content: () => memory.subarray(0, size),
    leave: () => {
      if (!isLeft && memory.length > 0) giveBack(memory)
      isLeft = true
    },
  }
}

/** Memory of at least so many bytes; as many as are asked for where there is none yet. */
const taken = (least: number, asked: number): Uint8Array => {
  const at = free.findIndex(({ length }) => length >= least)
  const [found] = at < 0 ? [] : free.splice(at, 1)
  return found ?? Buffer.allocUnsafeSlow(Math.max(FEWEST_BYTES, least, asked))
}

const giveBack = (memory: Uint8Array): void => {
  free.push(memory)
  free.sort((one, other) => one.length - other.length)
  // What is too much is left to the collection, small ones first: they are soon made again.
  while (free.reduce((sum, { length }) => sum + length, 0) > MOST_FREE_BYTES) free.shift()
}
