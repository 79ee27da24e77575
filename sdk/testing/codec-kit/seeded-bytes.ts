/** SeededBytes: chance that can be had again: the same seed gives the same numbers. */

export class SeededBytes {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1
  }

  /** A whole number from 0 up to, and without, the bound. */
  below(bound: number): number {
    // Marsaglia's xorshift with the shifts 13, 17, 5.
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state >>> 0
    return this.#state % bound
  }

  bytes(size: number): Buffer {
    return Buffer.from(Array.from({ length: size }, () => this.below(256)))
  }
}
