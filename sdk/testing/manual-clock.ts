/** ManualClock: time that stands still until the test moves it. */
import type { Clock } from '../filter.ts'

/** 2026-01-02T03:04:05.006Z, unless the test says otherwise. */
const WALL_START_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 6)

export class ManualClock implements Clock {
  #nowMs = 0
  readonly #wallStartMs: number

  constructor(wallStartMs: number = WALL_START_MS) {
    this.#wallStartMs = wallStartMs
  }

  get nowMs(): number {
    return this.#nowMs
  }

  get wallMs(): number {
    return this.#wallStartMs + this.#nowMs
  }

  advance(ms: number): void {
    this.#nowMs += ms
  }
}
