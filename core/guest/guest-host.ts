/** GuestHost: what a plugin may ask of its host while it runs, with its grants; every runtime offers it in its way. */
import type { Clock } from '../../sdk/index.ts'
import type { LogLevelName } from './ops.ts'
import type { Together } from './together.ts'

/**
 * The plugin's part of the store that all workers share. Whatever is asked may be answered with `busy`: the others held
 * the store for too long, and nothing was done.
 */
export interface KeyValue {
  get(key: Buffer): Buffer | undefined | 'busy'
  /** False when there is no room. A time to live of 0 keeps the value. */
  set(key: Buffer, value: Buffer, ttlMs: number): boolean | 'busy'
  /** Whether there was anything. */
  delete(key: Buffer): boolean | 'busy'
  /**
   * Adds to a number, which is kept as a decimal text, and answers the sum; NaN when there is something else, or no room.
   * The time to live counts from when the number was made.
   */
  add(key: Buffer, difference: number, ttlMs: number): number | 'busy'
  /** Stores the value if what is there is what was expected; `undefined` expects nothing. */
  exchange(
    key: Buffer,
    expected: Buffer | undefined,
    value: Buffer,
    ttlMs: number,
  ): 'stored' | 'different' | 'full' | 'busy'
}

/** What a plugin may keep there: bytes of keys and values together, and how many of them. */
export interface StoreQuota {
  readonly bytesMax: number
  readonly entriesMax: number
}

export interface GuestHost {
  readonly grants: number
  readonly clock: Clock
  /** A number from 0 to under 1. */
  random(): number
  log(level: LogLevelName, text: string): void
  count(name: string, count: number): void
  readonly keyValue?: KeyValue
  /** Hears of answers that come together, where they come later. */
  readonly together?: Together
}
