/** ConfigFacts: what the main thread needs to know of a configuration. It compiles none and holds none itself. */
import type { LogLevel } from '../base/log.ts'
import type { Config } from '../config/options.ts'

export interface ConfigFacts {
  readonly adminAddress: string
  /** `undefined` where the file leaves it to the machine. */
  readonly workers: number | undefined
  readonly drainMs: number
  readonly logLevel: LogLevel
  readonly listeners: readonly { readonly name: string; readonly address: string }[]
  readonly clusters: readonly string[]
}

export function factsOf(config: Config): ConfigFacts {
  return {
    adminAddress: config.admin.address,
    workers: config.workers,
    drainMs: config.drain.timeout,
    logLevel: config.log.level,
    listeners: config.listeners.map(({ name, address }) => ({ name, address })),
    clusters: config.clusters.map(({ name }) => name),
  }
}
