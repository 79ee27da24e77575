/**
 * Intake: where all sockets of a worker are read into. What was read is copied out at once, into memory of its own size
 * or side by side with other small chunks; nothing that was handed out is ever written over.
 */

/** As much as one read takes: with less, bodies of 64 KiB come in two and have to be joined. */
const READ_BYTES_MAX = 262_144
/** Chunks under this size share blocks: a piece of memory of its own costs each one more than copying it does. */
const SHARED_MAX_BYTES = 2_048
/** A chunk that somebody keeps holds its block. */
const BLOCK_BYTES = 16_384

export class Intake {
  /** Sockets are read into this, one after the other. */
  readonly buffer = Buffer.allocUnsafeSlow(READ_BYTES_MAX)
  #block = NO_BLOCK
  #used = BLOCK_BYTES

  /** The first `size` bytes of what was read, as a chunk that is nobody else's. */
  take(size: number): Buffer {
    if (size >= SHARED_MAX_BYTES) {
      const chunk = Buffer.allocUnsafeSlow(size)
      this.buffer.copy(chunk, 0, 0, size)
      return chunk
    }
    if (this.#used + size > BLOCK_BYTES) {
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
      this.#used = 0
    }
    const start = this.#used
    this.#used = start + size
    this.buffer.copy(this.#block, start, 0, size)
    return this.#block.subarray(start, this.#used)
  }
}

const NO_BLOCK = Buffer.alloc(0)
