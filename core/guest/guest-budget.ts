/** GuestBudget: what one use of a plugin may spend, over many calls. What a single call may, the runtime is told. */
import type { StoreQuota } from './guest-host.ts'
import { defaultOpBudget, type OpBudget } from './op-budget.ts'

export interface GuestBudget {
  readonly ops: OpBudget
  /** Lines of log that one plugin may say in a second on a worker. */
  readonly logLinesPerSecond: number
  /** Different counters. */
  readonly countersMax: number
  /** What the plugin may keep in the store, over all workers. */
  readonly store: StoreQuota
  /** Messages held at once, and how often one of them. */
  readonly heldMax: number
  readonly pausesMax: number
  /** Failures within the window after which the plugin is left alone, first for the one time, at most for the other. */
  readonly failuresMax: number
  readonly failureWindowMs: number
  readonly backoffMs: number
  readonly backoffMaxMs: number
}

export const defaultGuestBudget: GuestBudget = Object.freeze({
  ops: defaultOpBudget,
  logLinesPerSecond: 100,
  countersMax: 64,
  store: Object.freeze({ bytesMax: 4 << 20, entriesMax: 10_000 }),
  heldMax: 1_024,
  pausesMax: 16,
  failuresMax: 5,
  failureWindowMs: 10_000,
  backoffMs: 1_000,
  backoffMaxMs: 60_000,
})
