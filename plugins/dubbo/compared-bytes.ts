/**
 * ComparedBytes: bytes of our own that others are held against again and again: the head of a request, a map of
 * attachments, a key. They are compared eight at a time as doubles, for the chunk is there as a view; the few that differ
 * from their bytes then, zeros with a sign and what is no number, are never compared so.
 */
import { u8 } from '../../sdk/index.ts'

const STEP_BYTES = 8

export class ComparedBytes {
  readonly bytes: Uint8Array
  readonly size: number
  /** The bytes as doubles; the last may begin within the one before it. None where doubles would not tell all. */
  readonly #doubles: Float64Array

  /** The bytes are kept and must not change. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.size = bytes.length
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const count = bytes.length < STEP_BYTES ? 0 : Math.ceil(bytes.length / STEP_BYTES)
    const doubles = new Float64Array(count)
    for (let i = 0; i < count; i++)
      doubles[i] = view.getFloat64(Math.min(i * STEP_BYTES, bytes.length - STEP_BYTES), true)
    this.#doubles = doubles.every((double) => Math.abs(double) > 0) ? doubles : new Float64Array(0)
  }

  /** Whether they stand at `at` of the view; the caller has seen that so many bytes are there. */
  standAt(view: DataView, at: number): boolean {
    const doubles = this.#doubles
    const last = doubles.length - 1
    if (last < 0) return this.#bytesStandAt(view, at)
    // From behind, for what is compared here differs most at its end.
    if (doubles[last] !== view.getFloat64(at + this.size - STEP_BYTES, true)) return false
    for (let i = last - 1; i >= 0; i--)
      if (doubles[i] !== view.getFloat64(at + i * STEP_BYTES, true)) return false
    return true
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
