/**
 * GuestLog: what a guest says for people. Lines are cut, control characters are written out, and what is beyond the
 * limits of a call or a second is dropped and counted.
 */

import type { Clock, Counter, Log } from '../../sdk/index.ts'
import { writtenOut } from '../base/written-out.ts'
import type { GuestBudget } from './guest-budget.ts'
import type { LogLevelName } from './ops.ts'

/** Hears of every line that a guest says within its limits, whatever the level that is logged. */
export type LineListener = (level: LogLevelName, text: string) => void

const SECOND_MS = 1_000

export class GuestLog {
  readonly #parts: {
    readonly plugin: string
    readonly log: Log
    readonly clock: Clock
    readonly budget: GuestBudget
    readonly dropped: Counter
    readonly told?: LineListener | undefined
  }
  #ofCall = 0
  #ofSecond = 0
  #secondMs = Number.NEGATIVE_INFINITY

  constructor(parts: {
    readonly plugin: string
    readonly log: Log
    readonly clock: Clock
    readonly budget: GuestBudget
    readonly dropped: Counter
    readonly told?: LineListener | undefined
  }) {
    this.#parts = parts
  }

  /** Another call begins. */
  beginCall(): void {
    this.#ofCall = 0
  }

  /** `ours`: it is not the guest that says it, but the limits hold all the same. */
  write(level: LogLevelName, text: string, ours = false): void {
    const { plugin, log, budget, clock, dropped, told } = this.#parts
    if (clock.nowMs - this.#secondMs >= SECOND_MS) {
      this.#secondMs = clock.nowMs
      this.#ofSecond = 0
    }
    if (this.#ofCall >= budget.ops.logLinesMax || this.#ofSecond >= budget.logLinesPerSecond) {
      dropped.add(1)
      return
    }
    this.#ofCall++
    this.#ofSecond++
    const line = plainText(text, budget.ops.textBytesMax)
    log[level](line, { plugin })
    if (told !== undefined && !ours) told(level, line)
  }
}

/** A text of a guest as one line that no terminal obeys. */
export function plainText(text: string, unitsMax: number): string {
  const short = text.length > unitsMax ? `${text.slice(0, unitsMax)}…` : text
  return writtenOut(short)
}
