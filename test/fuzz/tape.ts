/** Tape: decisions out of bytes, the same for the same bytes; at its end every decision is the first one. */
export class Tape {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The bytes of a tape of any length under `bytesMax`. */
  static drawn(random: () => number, bytesMax: number): Buffer {
    const size = Math.floor(random() * bytesMax)
    return Buffer.from(Array.from({ length: size }, () => random() * 256))
  }

  get over(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** A whole number from 0 to under `limit`, which is 256 at most. */
  below(limit: number): number {
    const byte = this.#bytes[this.#at++] ?? 0
    return byte % limit
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.below(times) === times - 1
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0]
  }
}
