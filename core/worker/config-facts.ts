/** ConfigFacts: what the main thread needs to know of a configuration. It compiles none and holds none itself. */
import { dirname, resolve } from 'node:path'
import type { LogLevel } from '../base/log.ts'
import type { Config } from '../config/options.ts'
import { codecPluginOf } from '../plugin/plugin-file.ts'

/** Where plugins are, and which filters and codecs the listeners name, be they plugins or not. */
export interface PluginFacts {
  /** The whole path. */
  readonly dir: string
  readonly filesMax: number
  readonly fileBytesMax: number
  readonly named: readonly string[]
}

export interface ConfigFacts {
  readonly adminAddress: string
  /** `undefined` where the file leaves it to the machine. */
  readonly workers: number | undefined
  readonly drainMs: number
  readonly logLevel: LogLevel
  readonly listeners: readonly { readonly name: string; readonly address: string }[]
  readonly clusters: readonly string[]
  /** Absent where the configuration has no folder of plugins. */
  readonly plugins?: PluginFacts
}

/** `file` is where the configuration stands; the folder of plugins is relative to it. */
export function factsOf(config: Config, file = ''): ConfigFacts {
  const plugins = pluginFacts(config, file)
  return {
    adminAddress: config.admin.address,
    workers: config.workers,
    drainMs: config.drain.timeout,
    logLevel: config.log.level,
    listeners: config.listeners.map(({ name, address }) => ({ name, address })),
    clusters: config.clusters.map(({ name }) => name),
    ...(plugins === undefined ? {} : { plugins }),
  }
}

function pluginFacts({ plugins, listeners }: Config, file: string): PluginFacts | undefined {
  if (plugins.dir === undefined) return undefined
  const named = listeners.flatMap(({ filters }) =>
    filters.flatMap((filter) => (typeof filter === 'string' ? [filter] : Object.keys(filter))),
  )
  return {
    dir: resolve(dirname(file), plugins.dir),
    filesMax: plugins['files-max'],
    fileBytesMax: plugins['size-max'],
    named: [...new Set([...named, ...listeners.flatMap(protocolsOf).map(codecPluginOf)])],
  }
}

function protocolsOf({ protocol, protocols }: Config['listeners'][number]): readonly string[] {
  return [protocol, ...(protocols ?? [])]
}
