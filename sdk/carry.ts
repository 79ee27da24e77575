/**
 * Carry: the frame that a decoder has received only in part. It holds copies, so that a large chunk is not kept
 * for its last bytes, and its buffer grows with what has arrived: a length on the wire is a claim.
 */

const INITIAL_BYTES = 512

export class Carry {
  /** The bytes held so far are `buffer[0, size)`. */
  buffer: Buffer = EMPTY
  size = 0
  /** How many bytes the next decision needs: first the header's size, then the frame's. */
  wanted = 0

  /** Begins to hold `chunk[at, …)`; the rest of what is wanted comes with later chunks. */
  start(chunk: Buffer, at: number, wanted: number): void {
    const held = chunk.length - at
    this.buffer = Buffer.allocUnsafeSlow(Math.min(wanted, Math.max(held * 2, INITIAL_BYTES)))
    chunk.copy(this.buffer, 0, at)
    this.size = held
    this.wanted = wanted
  }

  /** Copies from `chunk[at, …)` until what is wanted is held; answers the offset behind what was taken. */
  fill(chunk: Buffer, at: number): number {
    const count = Math.min(this.wanted - this.size, chunk.length - at)
    if (this.size + count > this.buffer.length) this.#grow(this.size + count)
    chunk.copy(this.buffer, this.size, at, at + count)
    this.size += count
    return at + count
  }

  /** Hands the whole frame out and holds nothing afterwards. */
  take(): Buffer {
    const frame = this.buffer
    this.buffer = EMPTY
    this.size = 0
    this.wanted = 0
    return frame
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.min(this.wanted, Math.max(needed, this.buffer.length * 2)))
    this.buffer.copy(larger, 0, 0, this.size)
    this.buffer = larger
  }
}

const EMPTY = Buffer.alloc(0)
