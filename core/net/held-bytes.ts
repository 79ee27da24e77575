/** HeldBytes: bytes that came from one connection and cannot go on yet. While they are many it is read no further. */
import type { FlowSource } from './flow.ts'

export interface HeldLimits {
  readonly highWatermarkBytes: number
  readonly lowWatermarkBytes: number
}

export class HeldBytes {
  readonly #source: FlowSource
  readonly #limits: HeldLimits
  #size = 0
  #stopped = false

  constructor(source: FlowSource, limits: HeldLimits) {
    this.#source = source
    this.#limits = limits
  }

  get size(): number {
    return this.#size
  }

  /** So many more are held, or fewer. */
  add(bytes: number): void {
    this.#size += bytes
    if (!this.#stopped && this.#size > this.#limits.highWatermarkBytes) {
      this.#stopped = true
      this.#source.readDisable()
    } else if (this.#stopped && this.#size <= this.#limits.lowWatermarkBytes) {
      this.#stopped = false
      this.#source.readEnable()
    }
  }
}
