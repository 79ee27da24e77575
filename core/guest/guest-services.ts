/** GuestServices: what the worker gives to the filters of guests, beyond what every filter is given. */
import type { TimingWheel } from '../base/timing-wheel.ts'
import type { CommonTurn, Turns } from './common-turn.ts'
import type { KeyValue, StoreQuota } from './guest-host.ts'
import type { CallOutPort } from './held-messages.ts'
import type { LogLevelName } from './ops.ts'
import type { SharedBlocks } from './shared-blocks.ts'
import type { Together } from './together.ts'
import type { Trap } from './trap.ts'

export interface GuestServices {
  readonly wheel: TimingWheel
  /** What filters of one worker are told; absent where they share nothing. */
  readonly blocks?: SharedBlocks
  /** Runs something soon, when what has to be done in this turn is done. */
  defer(work: () => void): void
  /**
   * What plugins may spend in one turn together; where it only counts the turns, each has its share for itself. Absent where
   * nobody waits for them.
   */
  readonly turns?: CommonTurn | Turns
  /** A plugin's part of the shared store; absent where there is none. */
  keyValue?(plugin: string, quota: StoreQuota): KeyValue | undefined
  /** What is told what comes together; absent where nobody wants to know. */
  readonly together?: Together
  /** Absent where calls out are not offered. */
  readonly callOut?: CallOutPort
  /** Hears of every failed call, beside the log; `hash` is that of the plugin's version, where it came from a file. */
  failed?(plugin: string, trap: Trap, hash?: string): void
  /** Hears of every line that a plugin says within its limits, of any level, beside the log. */
  logged?(plugin: string, level: LogLevelName, text: string): void
}
