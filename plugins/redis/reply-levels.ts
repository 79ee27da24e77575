/** ReplyLevels: how deep the value at hand is nested in its reply, and how many values are missing at each level. */
import { DEPTH_MAX } from './limits.ts'

export class ReplyLevels {
  depth = 0
  readonly #missing = new Uint32Array(DEPTH_MAX)
  /** Whether the level is an attribute, which is no value itself. */
  readonly #attribute = new Uint8Array(DEPTH_MAX)

  get full(): boolean {
    return this.depth === DEPTH_MAX
  }

  /** Values of all levels that have not begun, where one of each has. */
  get missing(): number {
    let count = 0
    for (let level = 0; level < this.depth; level++) count += (this.#missing[level] ?? 1) - 1
    return count
  }

  /** So many values follow, one level deeper. */
  enter(count: number, attribute: boolean): void {
    this.#missing[this.depth] = count
    this.#attribute[this.depth] = attribute ? 1 : 0
    this.depth++
  }

  /** A value has ended, and with it perhaps those around it. What follows: another of its level, the value of an attribute, or nothing. */
  leave(): 'value' | 'attributed' | 'nothing' {
    while (this.depth > 0) {
      const level = this.depth - 1
      const missing = (this.#missing[level] ?? 0) - 1
      this.#missing[level] = missing
      if (missing > 0) return 'value'
      this.depth = level
      if (this.#attribute[level] === 1) return 'attributed'
    }
    return 'nothing'
  }
}
