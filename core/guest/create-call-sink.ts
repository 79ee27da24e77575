/** Makes the sink of a plugin's calls: its lines and its counters, each within the plugin's budget. */
import type { Clock, Log, SharedState } from '../../sdk/index.ts'
import { CallSink } from './call-sink.ts'
import type { GuestBudget } from './guest-budget.ts'
import { GuestCounters } from './guest-counters.ts'
import { GuestLog } from './guest-log.ts'
import type { GuestServices } from './guest-services.ts'
import type { GuestStats } from './guest-stats.ts'

export interface CallSinkUse {
  readonly plugin: string
  /** Bits of `abi.grant`. */
  readonly grants: number
  readonly budget: GuestBudget
  readonly stats: GuestStats
  readonly host: { readonly clock: Clock; readonly log: Log; readonly shared: SharedState }
  readonly services: Pick<GuestServices, 'logged'>
}

export function createCallSink({ plugin, grants, budget, stats, host, services }: CallSinkUse): CallSink {
  const { clock, log, shared } = host
  return new CallSink({
    log: new GuestLog({
      ...{ plugin, log, clock, budget, dropped: stats.logDropped },
      told:
        services.logged === undefined ? undefined : (level, text) => services.logged?.(plugin, level, text),
    }),
    counters: new GuestCounters({
      shared,
      plugin,
      countersMax: budget.countersMax,
      perCallMax: budget.ops.countsMax,
    }),
    grants,
  })
}
