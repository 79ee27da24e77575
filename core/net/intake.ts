/**
 * Intake: where all sockets of a worker are read into. What was read is copied out at once, side by side with other
 * chunks, or into memory of its own when it is large; nothing that was handed out is ever written over.
 */

// The global of this name is a getter, which is called at each use.
import { Buffer } from 'node:buffer'

/** As much as one read takes: with less, bodies of 64 KiB come in two and have to be joined. */
const READ_BYTES_MAX = 262_144
/**
 * A chunk that somebody keeps holds its block: a request that waits holds 16 KiB, or sixty times its own size where that is
 * more. Without blocks each chunk would cost an allocation, a sweep and a lock: a seventh of the CPU at 16 × 16.
 */
const SMALL_BYTES_MAX = 1_024
const SMALL_BLOCK_BYTES = 16_384
const LARGE_BYTES_MAX = 32_768
const LARGE_BLOCK_BYTES = 65_536

export class Intake {
  /** Sockets are read into this, one after the other. */
  readonly buffer = Buffer.allocUnsafeSlow(READ_BYTES_MAX)
  readonly #small = new Blocks(SMALL_BLOCK_BYTES)
  readonly #large = new Blocks(LARGE_BLOCK_BYTES)

  /** The first `size` bytes of what was read, as a chunk that is nobody else's. */
  take(size: number): Buffer {
    if (size <= SMALL_BYTES_MAX) return this.#small.copy(this.buffer, size)
    if (size <= LARGE_BYTES_MAX) return this.#large.copy(this.buffer, size)
    const chunk = Buffer.allocUnsafeSlow(size)
    this.buffer.copy(chunk, 0, 0, size)
    return chunk
  }
}

/** Memory that is filled once, from its beginning, and left to those who refer to it. */
class Blocks {
  readonly #blockBytes: number
  #block = NO_BLOCK
  #used = 0

  constructor(blockBytes: number) {
    this.#blockBytes = blockBytes
  }

  copy(source: Buffer, size: number): Buffer {
    if (this.#used + size > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(this.#blockBytes)
      this.#used = 0
    }
    const start = this.#used
    this.#used = start + size
    source.copy(this.#block, start, 0, size)
    return this.#block.subarray(start, this.#used)
  }
}

const NO_BLOCK = Buffer.alloc(0)
