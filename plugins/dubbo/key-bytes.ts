/**
 * KeyBytes: the bytes of keys that are asked for again and again, which are the same few strings all day. A string
 * gives up its units at 2 to 3 ns each; bytes are compared by words.
 */
import { i32, u8 } from '../../sdk/index.ts'
import { CACHED_KEYS } from './limits.ts'

interface Known {
  readonly key: string
  readonly bytes: Uint8Array
  /** As many of the bytes as are whole words. */
  readonly words: Int32Array
}

export class KeyBytes {
  readonly #known: Known[] = new Array<Known>(CACHED_KEYS).fill(known(''))

  /** Whether the key stands at `at` of the view; the caller has seen that as many bytes are there as it has units. */
  same(key: string, view: DataView, at: number): boolean {
    const { bytes, words } = this.#of(key)
    // A key that is not ASCII has no bytes here.
    if (bytes.length !== key.length) return false
    const whole = words.length
    for (let i = 0; i < whole; i++) if (words[i] !== view.getInt32(at + i * 4)) return false
    for (let i = whole * 4; i < bytes.length; i++) if (u8(bytes, i) !== view.getUint8(at + i)) return false
    return true
  }

  #of(key: string): Known {
    const units = key.length
    const slot = (units * 7 + key.charCodeAt(units - 1)) & (CACHED_KEYS - 1)
    const found = this.#known[slot]
    if (found !== undefined && found.key === key) return found
    const made = known(key)
    this.#known[slot] = made
    return made
  }
}

function known(key: string): Known {
  const bytes = asciiOf(key)
  const words = new Int32Array(bytes.length >> 2)
  for (let i = 0; i < words.length; i++) words[i] = i32(bytes, i * 4)
  return { key, bytes, words }
}

/** Nothing when the key is not ASCII. */
function asciiOf(key: string): Uint8Array {
  const bytes = new Uint8Array(key.length)
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i)
    if (unit > 0x7f) return new Uint8Array(0)
    bytes[i] = unit
  }
  return bytes
}
