/**
 * Pairs of a key and an index, sorted by key: each packed into one number, because sorting numbers in a typed
 * array is many times faster than sorting objects with a comparison.
 *
 *     52              21             0
 *     ┌───────────────┬──────────────┐
 *     │ key (31 bits) │ index (21)   │
 *     └───────────────┴──────────────┘
 */

const INDEX_SIZE = 2 ** 21

/** Keys are whole numbers below this. */
export const KEY_END = 2 ** 31

export class SortedPairs {
  readonly #packed: Float64Array
  #count = 0

  constructor(countMax: number) {
    this.#packed = new Float64Array(countMax)
  }

  add(key: number, index: number): void {
    this.#packed[this.#count++] = key * INDEX_SIZE + index
  }

  /** Keys and indexes by ascending key, equal keys by ascending index. */
  sorted(): { readonly keys: Uint32Array; readonly indexes: Uint32Array } {
    const packed = this.#packed.subarray(0, this.#count).sort()
    const keys = new Uint32Array(packed.length)
    const indexes = new Uint32Array(packed.length)
    for (let i = 0; i < packed.length; i++) {
      const pair = packed[i] ?? 0
      const key = Math.floor(pair / INDEX_SIZE)
      keys[i] = key
      indexes[i] = pair - key * INDEX_SIZE
    }
    return { keys, indexes }
  }
}
