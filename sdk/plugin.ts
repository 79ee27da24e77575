/** Plugin: a package that offers filters and codecs. Built-ins and a user's TypeScript declare themselves alike. */
import type { TSchema } from 'typebox'
import type { Codec } from './codec.ts'
import type { Filter, FilterContext } from './filter.ts'
import type { Infer } from './options.ts'

/** Makes a filter for one place in one listener's chain of one snapshot. */
export interface FilterFactory {
  readonly name: string
  /** One sentence for help and the generated reference. */
  readonly about: string
  /** The configuration as JSON Schema; unknown keys are refused, defaults are filled in. */
  readonly options: TSchema
  /** The configuration a route may carry for this filter; absent when it may carry none. */
  readonly routeOptions?: TSchema
  /** It answers every request itself, so that it ends a chain and nothing may stand behind it. */
  readonly terminal?: boolean
  /** `config` is validated against `options`, defaults filled in, durations and sizes already numbers. */
  create(config: unknown, context: FilterContext): Filter
}

/** Declares a filter, so that `create` and `onRoute` see the types that the options decode to. */
export function defineFilter<const Options extends TSchema>(factory: {
  readonly name: string
  readonly about: string
  readonly options: Options
  readonly routeOptions?: TSchema
  readonly terminal?: boolean
  create(config: Infer<Options>, context: FilterContext): Filter
}): FilterFactory {
  return factory
}

export interface CodecFactory {
  readonly name: string
  readonly about: string
  /** A codec of the plugin folder may have this name, and is spoken in its place. */
  readonly replaceable?: boolean
  create(): Codec
}

/** A network filter of Envoy's configuration, and what a listener has here in its place. */
export interface EnvoyNetworkFilter {
  /** As `name`, or as the type in `@type` without what stands before the slash. */
  readonly names: readonly string[]
  /** What its `typed_config` may hold beside `@type`, with the keys in snake case; unknown keys are refused. */
  readonly options: TSchema
  readonly protocol: string
  /** The chain, as in `filters`. */
  readonly filters: readonly unknown[]
}

export interface Plugin {
  readonly name: string
  readonly filters?: readonly FilterFactory[]
  readonly codecs?: readonly CodecFactory[]
  readonly envoy?: readonly EnvoyNetworkFilter[]
}

export function definePlugin(plugin: Plugin): Plugin {
  return plugin
}
