/** Liveness: when a connection to an endpoint was last heard and last used, and whether a heartbeat is due on it. */
import type { Clock } from '../../sdk/index.ts'

const NONE = -1

export class Liveness {
  readonly #clock: Clock
  #heardMs: number
  #usedMs: number
  /** When the heartbeat went out that nothing has come after yet. */
  #heartbeatMs = NONE
  #everHeard = false

  constructor(clock: Clock) {
    this.#clock = clock
    this.#heardMs = clock.nowMs
    this.#usedMs = clock.nowMs
  }

  /** Whether anything has ever come. */
  get everHeard(): boolean {
    return this.#everHeard
  }

  /** Something has come; whether it is the first that did. */
  heard(): boolean {
    this.#heardMs = this.#clock.nowMs
    this.#heartbeatMs = NONE
    const first = !this.#everHeard
    this.#everHeard = true
    return first
  }

  used(): void {
    this.#usedMs = this.#clock.nowMs
  }

  unusedMs(nowMs: number): number {
    return nowMs - this.#usedMs
  }

  /** What silence asks for: a heartbeat after one interval, giving up when another has passed without an answer. */
  due(nowMs: number, intervalMs: number): 'nothing' | 'heartbeat' | 'giving-up' {
    if (intervalMs <= 0 || nowMs - this.#heardMs < intervalMs) return 'nothing'
    if (this.#heartbeatMs === NONE) return 'heartbeat'
    return nowMs - this.#heartbeatMs > intervalMs ? 'giving-up' : 'nothing'
  }

  heartbeatSent(nowMs: number): void {
    this.#heartbeatMs = nowMs
  }
}
