/** Runtime: what a worker has one of, given to whatever needs it. */
import type { Log, SharedState } from '../../sdk/index.ts'
import type { RefreshableClock } from '../base/clock.ts'
import type { KeyValuePart, KeyValueQuota } from '../base/shared/key-value-part.ts'
import type { Limit } from '../base/shared/limit.ts'
import type { TimingWheel } from '../base/timing-wheel.ts'
import type { Turn } from './turn.ts'

/** State of all workers, with the limits that the core itself keeps exact across them. */
export interface RuntimeShared extends SharedState {
  limit(name: string, max: number): Limit
  /** An owner's part of the key-value store; `undefined` when there are too many owners. */
  keyValues(owner: string, quota: KeyValueQuota): KeyValuePart | undefined
}

export interface Runtime {
  readonly clock: RefreshableClock
  readonly wheel: TimingWheel
  readonly turn: Turn
  readonly shared: RuntimeShared
  readonly log: Log
  /** Lines about one connection are sampled: at most a few a second for each key; `undefined` beyond. */
  sampledLog(key: string): Log | undefined
  random(): number
}
