/**
 * Breaker: leaves a plugin alone that keeps failing. After so many failures within the window it opens; when its
 * time is over one call tries again, and the time doubles when that fails too. A quiet while makes it forget.
 */
import type { Clock } from '../../sdk/index.ts'
import type { GuestBudget } from './guest-budget.ts'

type BreakerBudget = Pick<GuestBudget, 'failuresMax' | 'failureWindowMs' | 'backoffMs' | 'backoffMaxMs'>

/** closed => open => trying => closed | open. */
type State = 'closed' | 'open' | 'trying'

export class Breaker {
  readonly #budget: BreakerBudget
  readonly #clock: Clock
  #state: State = 'closed'
  #failures = 0
  #windowStartMs = 0
  #lastFailureMs = Number.NEGATIVE_INFINITY
  #untilMs = 0
  #backoffMs = 0

  constructor(budget: BreakerBudget, clock: Clock) {
    this.#budget = budget
    this.#clock = clock
  }

  get state(): State {
    return this.#state
  }

  /** Whether the guest may be called now. Answers yes once when it is time to try again. */
  admits(): boolean {
    switch (this.#state) {
      case 'closed':
        return true
      case 'open':
      case 'trying':
        if (this.#clock.nowMs < this.#untilMs) return false
        // When nobody tells how the try went, there is another one.
        this.#state = 'trying'
        this.#untilMs = this.#clock.nowMs + this.#backoffMs
        return true
    }
  }

  succeeded(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#failures = 0
  }

  /** True when this failure opened it. */
  failed(): boolean {
    const { nowMs } = this.#clock
    const { failureWindowMs, failuresMax, backoffMaxMs } = this.#budget
    if (nowMs - this.#lastFailureMs > failureWindowMs + this.#backoffMs * 2) this.#backoffMs = 0
    if (nowMs - this.#windowStartMs > failureWindowMs) {
      this.#windowStartMs = nowMs
      this.#failures = 0
    }
    this.#lastFailureMs = nowMs
    this.#failures++
    if (this.#state === 'open') return false
    if (this.#state === 'closed' && this.#failures < failuresMax) return false
    this.#backoffMs = Math.min(
      this.#backoffMs === 0 ? this.#budget.backoffMs : this.#backoffMs * 2,
      backoffMaxMs,
    )
    this.#untilMs = nowMs + this.#backoffMs
    this.#state = 'open'
    return true
  }
}
