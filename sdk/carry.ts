/**
 * Carry: the frame that a decoder has received only in part. Small frames are copied, so that a large chunk is not
 * kept for its last bytes; large ones are kept as the pieces they came in and joined once, when they are whole. It
 * never holds more than was received, whatever a length on the wire claims.
 */
import { copyBytes } from './bytes.ts'

/** Frames of at least this size are joined from their pieces instead of being copied as they come. */
const JOINED_MIN_BYTES = 16_384
/** Pieces under this size are copied side by side: a buffer of its own costs each one some 200 bytes. */
const PIECE_MIN_BYTES = 1_024
const BLOCK_BYTES = 4_096
const INITIAL_BYTES = 512

export class Carry {
  /** How many bytes are held. */
  size = 0
  /** How many bytes the next decision needs: first the header's size, then the frame's. */
  wanted = 0
  #buffer: Buffer = EMPTY
  /** How many of the bytes held lie in the buffer; the others are in the pieces, behind them. */
  #copied = 0
  #pieces: Buffer[] = []
  /** Where small pieces are copied: what stands before the first offset lies in the pieces, up to the second it is held. */
  #block: Buffer = EMPTY
  #blockStart = 0
  #blockEnd = 0

  /** The bytes held, from the first; all of them while no more than a header is wanted. */
  get buffer(): Buffer {
    return this.#buffer
  }

  /** Begins to hold `chunk[at, …)`; the rest of what is wanted comes with later chunks. */
  start(chunk: Buffer, at: number, wanted: number): void {
    this.wanted = wanted
    this.#hold(chunk, at, chunk.length)
  }

  /** Takes from `chunk[at, …)` until what is wanted is held; answers the offset behind what was taken. */
  fill(chunk: Buffer, at: number): number {
    const end = at + Math.min(this.wanted - this.size, chunk.length - at)
    if (end > at) this.#hold(chunk, at, end)
    return end
  }

  /** Hands the whole frame out, from offset 0 of the answer, and holds nothing afterwards. */
  take(): Buffer {
    const frame = this.size === this.#copied ? this.#buffer : this.#joined()
    this.#buffer = EMPTY
    this.#pieces = []
    this.#block = EMPTY
    this.#blockStart = 0
    this.#blockEnd = 0
    this.#copied = 0
    this.size = 0
    this.wanted = 0
    return frame
  }

  #hold(chunk: Buffer, at: number, end: number): void {
    if (this.wanted < JOINED_MIN_BYTES) this.#copy(chunk, at, end)
    else if (end - at < PIECE_MIN_BYTES) this.#gather(chunk, at, end)
    else {
      this.#sealBlock()
      this.#pieces.push(chunk.subarray(at, end))
    }
    this.size += end - at
  }

  #gather(chunk: Buffer, at: number, end: number): void {
    if (this.#blockEnd + end - at > this.#block.length) {
      this.#sealBlock()
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
      this.#blockStart = 0
      this.#blockEnd = 0
    }
    copyBytes(chunk, at, end, this.#block, this.#blockEnd)
    this.#blockEnd += end - at
  }

  #sealBlock(): void {
    if (this.#blockEnd > this.#blockStart)
      this.#pieces.push(this.#block.subarray(this.#blockStart, this.#blockEnd))
    this.#blockStart = this.#blockEnd
  }

  #copy(chunk: Buffer, at: number, end: number): void {
    const needed = this.#copied + end - at
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(this.wanted, Math.max(needed * 2, INITIAL_BYTES)))
      this.#buffer.copy(larger, 0, 0, this.#copied)
      this.#buffer = larger
    }
    copyBytes(chunk, at, end, this.#buffer, this.#copied)
    this.#copied = needed
  }

  #joined(): Buffer {
    this.#sealBlock()
    const frame = Buffer.allocUnsafeSlow(this.size)
    this.#buffer.copy(frame, 0, 0, this.#copied)
    let at = this.#copied
    for (const piece of this.#pieces) {
      piece.copy(frame, at)
      at += piece.length
    }
    return frame
  }
}

const EMPTY = Buffer.alloc(0)
