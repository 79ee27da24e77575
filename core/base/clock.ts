/**
 * Clocks: the only place that asks the system what time it is. The hot path reads plain fields, which are as old
 * as the last refresh; whoever is woken by the event loop refreshes first. Nothing here sets a timer.
 */
import { performance } from 'node:perf_hooks'
import type { Clock } from '../../sdk/index.ts'

/** A clock whose fields hold still until they are asked to catch up. */
export interface RefreshableClock extends Clock {
  /** Reads the time anew. Call it first whenever the event loop hands over something that came from outside. */
  refresh(): void
}

/** The system's time, read once per turn of the event loop. */
export class TurnClock implements RefreshableClock {
  // Numbers from the first: a field that was `undefined` for a moment gets a new object with each time that it is told.
  nowMs = 0
  #wallMs = 0
  /** Whether the time of day is as old as `nowMs`; few turns ask for it. */
  #wallKnown = true

  constructor() {
    this.nowMs = performance.now()
    this.#wallMs = Date.now()
  }

  get wallMs(): number {
    if (!this.#wallKnown) {
      this.#wallKnown = true
      this.#wallMs = Date.now()
    }
    return this.#wallMs
  }

  refresh(): void {
    this.nowMs = performance.now()
    this.#wallKnown = false
  }
}

/** A clock that its owner moves; for tests. */
export class ManualClock implements RefreshableClock {
  nowMs: number
  wallMs: number

  constructor(nowMs = 0, wallMs = 0) {
    this.nowMs = nowMs
    this.wallMs = wallMs
  }

  /** Both times go on by so many milliseconds. */
  advance(ms: number): void {
    this.nowMs += ms
    this.wallMs += ms
  }

  /** Nothing: this clock knows no time but what it was told. */
  refresh(): void {}
}
