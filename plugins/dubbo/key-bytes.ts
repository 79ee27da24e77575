/**
 * KeyBytes: the bytes of keys that are asked for again and again, which are the same few strings all day. A string
 * gives up its units at 2 to 3 ns each, an array its bytes at less than one.
 */
import { u8 } from '../../sdk/index.ts'
import { CACHED_KEYS } from './limits.ts'

export class KeyBytes {
  readonly #keys: string[] = new Array<string>(CACHED_KEYS).fill('')
  readonly #bytes: Uint8Array[] = new Array<Uint8Array>(CACHED_KEYS).fill(new Uint8Array(0))

  /** Whether `bytes` has the key at `at`; the caller has seen that as many bytes are there as the key has units. */
  same(key: string, bytes: Uint8Array, at: number): boolean {
    const known = this.of(key)
    for (let i = 0; i < known.length; i++) if (u8(known, i) !== u8(bytes, at + i)) return false
    return known.length === key.length
  }

  /** The key as ASCII; of a key that is none, something of another length. */
  of(key: string): Uint8Array {
    const units = key.length
    const slot = (units * 7 + key.charCodeAt(units - 1)) & (CACHED_KEYS - 1)
    const known = this.#keys[slot]
    if (known === key) return this.#bytes[slot] ?? NONE
    const bytes = asciiOf(key)
    this.#keys[slot] = key
    this.#bytes[slot] = bytes
    return bytes
  }
}

const NONE = new Uint8Array(0)

function asciiOf(key: string): Uint8Array {
  const bytes = new Uint8Array(key.length)
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i)
    if (unit > 0x7f) return new Uint8Array(key.length + 1)
    bytes[i] = unit
  }
  return bytes
}
