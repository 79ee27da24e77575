/**
 * ComparedBytes: bytes of our own that others are held against again and again: the head of a request, a map of
 * attachments, a key. They are compared eight at a time, for the chunk is there as a view. The engine keeps such integers
 * in registers once it has compiled this: none is made.
 */
import { u8 } from '../../sdk/index.ts'

const WORD_BYTES = 8

export class ComparedBytes {
  readonly bytes: Uint8Array
  readonly size: number
  readonly #own: DataView

  /** The bytes are kept and must not change. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.size = bytes.length
    this.#own = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** Whether they stand at `at` of the view; the caller has seen that so many bytes are there. */
  standAt(view: DataView, at: number): boolean {
    const own = this.#own
    let from = this.size - WORD_BYTES
    if (from < 0) return this.#bytesStandAt(view, at)
    // From behind, for what is compared here differs most at its end; the first word may end within the one behind it.
    for (; from > 0; from -= WORD_BYTES)
      if (own.getBigInt64(from, true) !== view.getBigInt64(at + from, true)) return false
    return own.getBigInt64(0, true) === view.getBigInt64(at, true)
  }

  /** Whether what is between `at` and `end` of the view begins with them. */
  begin(view: DataView, at: number, end: number): boolean {
    return this.size <= end - at && this.standAt(view, at)
  }

  #bytesStandAt(view: DataView, at: number): boolean {
    const { bytes } = this
    for (let i = 0; i < bytes.length; i++) if (u8(bytes, i) !== view.getUint8(at + i)) return false
    return true
  }
}
