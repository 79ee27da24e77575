/** GuestHost: what a plugin may ask of its host while it runs, with its grants; every runtime offers it in its way. */
import type { Clock } from '../../sdk/index.ts'
import type { LogLevelName } from './ops.ts'

/** The plugin's part of the store that all workers share. */
export interface KeyValue {
  get(key: Buffer): Buffer | undefined
  /** False when the store is full. A time to live of 0 keeps the value. */
  set(key: Buffer, value: Buffer, ttlMs: number): boolean
  delete(key: Buffer): void
  /** Adds to a number and answers the sum. */
  add(key: Buffer, difference: number, ttlMs: number): number
}

export interface GuestHost {
  readonly grants: number
  readonly clock: Clock
  /** A number from 0 to under 1. */
  random(): number
  log(level: LogLevelName, text: string): void
  count(name: string, count: number): void
  readonly keyValue?: KeyValue
}
