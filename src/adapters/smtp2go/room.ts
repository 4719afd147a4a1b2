// Room for an answer while it comes in. Node brings each piece of it in memory outside V8's heap. Kept until an answer of many users is whole, the
// pieces outlive two small collections, and V8 answers each 64 MB of such memory with a full one, over all that a daemon remembers. Blocks that are
// used again leave nothing behind.
const BLOCK_BYTES = 1 << 20
// As much as the largest answer that is taken unless the config says otherwise.
const MOST_FREE = 64
const free: Array<Uint8Array> = []

/** Room for one answer. */
export type Room = {
  /** Takes a copy. After the room was left this does nothing. */
  readonly add: (piece: Uint8Array) => void
  /** All that was added, in pieces of any size; good until the room is left. */
  readonly content: () => ReadonlyArray<Uint8Array>
  /** What was in it is over: others write there. */
  readonly leave: () => void
}

/** Enters a room that nobody else is in. */
export const enter = (): Room => {
  let blocks: Array<Uint8Array> = []
  let block: Uint8Array = new Uint8Array()
  let used = 0
  let isLeft = false
  return {
    add: (piece) => {
      for (let at = 0; at < piece.length && !isLeft; ) {
        if (used === block.length) {
          block = free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES)
          blocks.push(block)
          used = 0
        }
        const part = piece.subarray(at, at + block.length - used)
        block.set(part, used)
        used += part.length
        at += part.length
      }
    },
    content: () => blocks.map((one) => (one === block ? one.subarray(0, used) : one)),
    leave: () => {
      free.push(...blocks.slice(0, MOST_FREE - free.length))
      blocks = []
      isLeft = true
    },
  }
}
