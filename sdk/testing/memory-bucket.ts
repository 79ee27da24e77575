/** MemoryBucket: a token bucket on a manual clock; it holds whole tokens, as the shared one does. */
import type { Clock } from '../filter.ts'
import type { TokenBucket, TokenBucketOptions } from '../shared.ts'

export class MemoryBucket implements TokenBucket {
  readonly options: TokenBucketOptions
  readonly #clock: Clock
  readonly #bornMs: number
  #tokens: number
  #came = 0

  constructor(options: TokenBucketOptions, clock: Clock) {
    this.options = options
    this.#clock = clock
    this.#bornMs = clock.nowMs
    this.#tokens = options.capacity
  }

  get available(): number {
    this.#fill()
    return this.#tokens
  }

  take(count: number): boolean {
    this.#fill()
    if (this.#tokens < count) return false
    this.#tokens -= count
    return true
  }

  give(count: number): void {
    this.#tokens = Math.min(this.options.capacity, this.#tokens + count)
  }

  #fill(): void {
    const { tokens, everyMs, capacity } = this.options
    const came = Math.floor(((this.#clock.nowMs - this.#bornMs) * tokens) / everyMs)
    this.#tokens = Math.min(capacity, this.#tokens + came - this.#came)
    this.#came = came
  }
}
