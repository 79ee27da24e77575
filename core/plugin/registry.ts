/**
 * Registry: the filters and codecs that configurations may name. It is filled once, by the composition root, and
 * knows nothing of where plugins come from; a name belongs to one plugin, and a second owner is refused by name. What
 * comes and goes while traffic flows stands in an overlay, which each configuration has its own of.
 */
import type { Codec, CodecFactory, EnvoyNetworkFilter, FilterFactory, Plugin } from '../../sdk/index.ts'

interface Owned<Factory> {
  readonly factory: Factory
  /** The plugin that registered it, for messages. */
  readonly owner: string
}

export class Registry {
  readonly #filters = new Map<string, Owned<FilterFactory>>()
  readonly #codecs = new Map<string, Owned<CodecFactory>>()
  readonly #made: Map<string, Codec>
  readonly #plugins = new Set<string>()
  readonly #envoy = new Map<string, EnvoyNetworkFilter>()
  /** Codecs that come and go, and why others are not there. */
  #guests: ReadonlyMap<string, Codec> = new Map()
  #refusals: ReadonlyMap<string, string> = new Map()

  /** `made` are codecs that are there already. */
  constructor(made: Map<string, Codec> = new Map()) {
    this.#made = made
  }

  /** Adds what a plugin offers. Throws when a name has an owner already; nothing of the plugin is added then. */
  register(plugin: Plugin): void {
    if (this.#plugins.has(plugin.name)) throw new Error(`plugin "${plugin.name}" is there twice`)
    const filters = plugin.filters ?? []
    const codecs = plugin.codecs ?? []
    refuseTaken('filter', plugin.name, filters, this.#filters)
    refuseTaken('codec', plugin.name, codecs, this.#codecs)
    const claims = (plugin.envoy ?? []).flatMap((filter) =>
      filter.names.map((name) => [name, filter] as const),
    )
    for (const [name] of claims)
      if (this.#envoy.has(name))
        throw new Error(`plugin "${plugin.name}" claims "${name}", which another one has`)
    this.#plugins.add(plugin.name)
    for (const factory of filters) this.#filters.set(factory.name, { factory, owner: plugin.name })
    for (const factory of codecs) this.#codecs.set(factory.name, { factory, owner: plugin.name })
    for (const [name, filter] of claims) this.#envoy.set(name, filter)
  }

  /**
   * This registry with further filters and codecs, whose names nobody has; what it holds itself stays as it is.
   * `refusals` says of protocols that have no codec why they have none.
   */
  overlaid(
    factories: readonly FilterFactory[],
    codecs: ReadonlyMap<string, Codec> = new Map(),
    refusals: ReadonlyMap<string, string> = new Map(),
  ): Registry {
    const registry = new Registry(this.#made)
    for (const name of this.#plugins) registry.#plugins.add(name)
    for (const [name, owned] of this.#codecs) registry.#codecs.set(name, owned)
    for (const [name, owned] of this.#filters) registry.#filters.set(name, owned)
    for (const [name, filter] of this.#envoy) registry.#envoy.set(name, filter)
    for (const factory of factories) registry.#filters.set(factory.name, { factory, owner: factory.name })
    registry.#guests = codecs
    registry.#refusals = refusals
    return registry
  }

  /** Why a protocol that somebody wrote a codec for has none. */
  codecRefusal(name: string): string | undefined {
    return this.#refusals.get(name)
  }

  filter(name: string): FilterFactory | undefined {
    return this.#filters.get(name)?.factory
  }

  /** The codec of this name: one for the worker, made when first asked for, so that reloads keep connections. */
  codec(name: string): Codec | undefined {
    const guest = this.#guests.get(name)
    if (guest !== undefined) return guest
    const factory = this.#codecs.get(name)?.factory
    // Whoever wrote a codec of this name does not want another one spoken in its place.
    if (factory?.replaceable === true && this.#refusals.has(name)) return undefined
    const made = this.#made.get(name) ?? factory?.create()
    if (made !== undefined) this.#made.set(name, made)
    return made
  }

  /** Sorted by name, so that lists and generated schemas are stable. */
  get filterNames(): readonly string[] {
    return [...this.#filters.keys()].sort()
  }

  get codecNames(): readonly string[] {
    return [...new Set([...this.#codecs.keys(), ...this.#guests.keys()])].sort()
  }

  /** Names of codecs that a plugin of the folder cannot have. */
  get fixedCodecNames(): readonly string[] {
    const owned = [...this.#codecs].filter(([, { factory }]) => factory.replaceable !== true)
    return owned.map(([name]) => name)
  }

  /** What a network filter of Envoy's configuration is here, by each of its names. */
  get envoyFilters(): ReadonlyMap<string, EnvoyNetworkFilter> {
    return this.#envoy
  }

  get pluginNames(): readonly string[] {
    return [...this.#plugins].sort()
  }
}

function refuseTaken(
  what: string,
  plugin: string,
  offered: readonly { readonly name: string }[],
  taken: ReadonlyMap<string, Owned<unknown>>,
): void {
  const seen = new Set<string>()
  for (const { name } of offered) {
    if (seen.has(name)) throw new Error(`plugin "${plugin}" offers the ${what} "${name}" twice`)
    seen.add(name)
    const owner = taken.get(name)?.owner
    if (owner === undefined) continue
    throw new Error(`${what} "${name}" is offered by plugin "${owner}" and by plugin "${plugin}"`)
  }
}
