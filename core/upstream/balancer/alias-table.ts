/**
 * Alias table (Walker's, built as Vose does): draws an index with a probability in proportion to its weight, in
 * constant time and with one random number.
 */

/** Where the rolls of the dice end. */
const ROLL_END = 2 ** 31

export class AliasTable {
  /** Within slot `i`, fractions below `#keep[i]` mean `i` itself and the rest mean `#alias[i]`. */
  readonly #keep: Float64Array
  readonly #alias: Uint32Array

  /** At least one weight, none below 0, some above. */
  constructor(weights: readonly number[]) {
    const count = weights.length
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const scaled = weights.map((weight) => (weight * count) / total)
    this.#keep = new Float64Array(count).fill(1)
    this.#alias = Uint32Array.from(weights.keys())
    const small: number[] = []
    const large: number[] = []
    for (const [index, share] of scaled.entries()) (share < 1 ? small : large).push(index)
    this.#fill(scaled, small, large)
  }

  /** `roll` is a random whole number from 0 to under 2³¹. */
  draw(roll: number): number {
    const position = (roll / ROLL_END) * this.#keep.length
    const slot = Math.floor(position)
    return position - slot < (this.#keep[slot] ?? 1) ? slot : (this.#alias[slot] ?? 0)
  }

  /** Tops each slot that is too small up from one that is too large. */
  #fill(scaled: number[], small: number[], large: number[]): void {
    for (let giver = large.pop(); giver !== undefined; ) {
      const taker = small.pop()
      if (taker === undefined) return
      const kept = scaled[taker] ?? 0
      this.#keep[taker] = kept
      this.#alias[taker] = giver
      const left = (scaled[giver] ?? 0) - (1 - kept)
      scaled[giver] = left
      if (left >= 1) continue
      small.push(giver)
      giver = large.pop()
    }
  }
}
