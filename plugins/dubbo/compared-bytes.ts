/**
 * ComparedBytes: bytes of our own that others are held against again and again: the head of a request, a map of
 * attachments, a key. They are compared by words, for a view of the chunk is there, and from their end, where what is
 * compared here differs most.
 */
import { u8 } from '../../sdk/index.ts'

const WORD_BYTES = 4
/** Words that are looked at in one step. */
const STRIDE = 4

export class ComparedBytes {
  readonly bytes: Uint8Array
  readonly size: number
  /** As many of the bytes as are whole words. */
  readonly #words: Int32Array

  /** The bytes are kept and must not change. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.size = bytes.length
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#words = new Int32Array(bytes.length >> 2)
    for (let i = 0; i < this.#words.length; i++) this.#words[i] = view.getInt32(i * WORD_BYTES, true)
  }

  /** Whether they stand at `at` of the view; the caller has seen that so many bytes are there. */
  standAt(view: DataView, at: number): boolean {
    const { bytes } = this
    const words = this.#words
    let word = words.length
    for (let i = bytes.length - 1; i >= word * WORD_BYTES; i--) {
      if (u8(bytes, i) !== view.getUint8(at + i)) return false
    }
    for (; word >= STRIDE; word -= STRIDE) {
      const behind = at + word * WORD_BYTES
      const fourth = view.getInt32(behind - 4, true) ^ (words[word - 1] ?? 0)
      const third = view.getInt32(behind - 8, true) ^ (words[word - 2] ?? 0)
      const second = view.getInt32(behind - 12, true) ^ (words[word - 3] ?? 0)
      const first = view.getInt32(behind - 16, true) ^ (words[word - 4] ?? 0)
      if ((first | second | third | fourth) !== 0) return false
    }
    while (--word >= 0) if (words[word] !== view.getInt32(at + word * WORD_BYTES, true)) return false
    return true
  }
}
