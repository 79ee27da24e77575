/**
 * UnseenBytes: what a decoder that works elsewhere has taken and not looked at. While that is much its connection is read
 * no further, and a peer that has ended its side is waited for until it is nothing. Decoders that look at once have none.
 */
import type { FlowSource } from '../net/flow.ts'
import type { HeldLimits } from '../net/held-bytes.ts'

export class UnseenBytes {
  readonly #source: FlowSource
  readonly #limits: HeldLimits
  #stopped = false
  #ended = false

  constructor(source: FlowSource, limits: HeldLimits) {
    this.#source = source
    this.#limits = limits
  }

  /** The decoder was given a chunk, and so many bytes are unseen now. */
  given(bytes: number): void {
    if (this.#stopped || bytes <= this.#limits.highWatermarkBytes) return
    this.#stopped = true
    this.#source.readDisable()
  }

  /** The peer has ended its side; whether everything was seen. */
  end(bytes: number): boolean {
    this.#ended = bytes > 0
    return !this.#ended
  }

  /** The decoder has looked at something; whether the peer had ended its side and that was the last of it. */
  seen(bytes: number): boolean {
    if (this.#stopped && bytes <= this.#limits.lowWatermarkBytes) {
      this.#stopped = false
      this.#source.readEnable()
    }
    return this.#ended && bytes === 0
  }
}
