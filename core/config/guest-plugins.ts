/**
 * GuestPlugins: one worker's plugins from the folder. For each configuration they become filters of the registry and
 * places in the chains; a filter that nothing has changed about is the one that runs already, with all it remembers.
 */
import { setImmediate as turnOver } from 'node:timers/promises'
import type { Codec, Filter } from '../../sdk/index.ts'
import { hint, Type } from '../../sdk/index.ts'
import { errorText } from '../base/error-text.ts'
import type { RouteConfig } from '../guest/create-guest-filter.ts'
import type { PluginSettings } from '../plugin/options.ts'
import { settingsOf } from '../plugin/options.ts'
import type { PluginFile, PluginRefusal, PluginSet } from '../plugin/plugin-file.ts'
import { codecPluginOf, protocolOf } from '../plugin/plugin-file.ts'
import type { Registry } from '../plugin/registry.ts'
import type { SharedFilterFactory } from '../plugin/shared-filter-factory.ts'
import { type Held, Shelf } from '../plugin/shelf.ts'
import { explain } from './explain.ts'
import { GuestCodecs, type LoadedCodec } from './guest-codecs.ts'
import { handOver, handOverAtOnce, type Incumbent, type Succession, successions } from './hand-over.ts'
import type { LoadedConfig } from './load.ts'
import type { Config } from './options.ts'
import { pathText } from './path.ts'
import {
  configFault,
  type LoadedPlugin,
  type LoaderParts,
  loadKey,
  makeGuest,
  PluginLoader,
  prepare,
} from './plugin-loader.ts'
import { type PluginPlace, placePlugins } from './plugin-places.ts'
import type { ConfigProblem } from './problem.ts'
import { routeConfigs } from './route-configs.ts'
import { isMapValue } from './shape.ts'

/** What a worker says about a plugin that it can run. */
export interface PluginUse {
  readonly name: string
  readonly version: string
  readonly listeners: readonly string[]
  /** Whether it runs uncontained. */
  readonly trusted?: boolean
}

/** A configuration with the plugins in their places. */
export interface GuestBuild {
  readonly loaded: LoadedConfig
  readonly registry: Registry
  readonly uses: readonly PluginUse[]
  /** Versions that cannot be used; they have no place. */
  readonly refused: readonly PluginRefusal[]
  /** What people should know and nothing waits for. */
  readonly notices: readonly ConfigProblem[]
  /** What plugins remember goes to those that take their places; right before these go live. */
  handOver(): void
  /** It is live: its filters are the ones that later ones follow. */
  live(): void
  /** Lets go of what no chain took. */
  release(): void
}

type Unit = Held<Filter>

/** Every instance of a plugin is configured with each of them. */
const ROUTE_CONFIGS_MAX = 256

export class GuestPlugins {
  readonly #parts: LoaderParts
  readonly #loader: PluginLoader
  readonly #filters = new Shelf<Filter>((filter) => filter.onDestroy?.())
  /** The filters of the live configuration, by listener, plugin, and how many of it stand before it there. */
  #incumbents: ReadonlyMap<string, Incumbent> = new Map()

  readonly #codecs: GuestCodecs

  constructor(parts: LoaderParts) {
    this.#parts = parts
    this.#loader = new PluginLoader(parts)
    this.#codecs = new GuestCodecs(parts)
  }

  /** How many filters are alive: those of snapshots that run, and of those whose exchanges have not ended. */
  get filtersCount(): number {
    return this.#filters.size
  }

  /** Never rejects because of a plugin. */
  async build(loaded: LoadedConfig, set: PluginSet, builtIns: Registry): Promise<GuestBuild> {
    const build = new Build(loaded, set, builtIns)
    for (const file of build.files) await this.#unhurried(() => this.#load(build, file))
    for (const file of build.codecFiles) await this.#unhurried(() => this.#loadCodec(build, file))
    build.place()
    const nth = new Map<string, number>()
    for (const place of build.places) await this.#unhurried(() => this.#take(build, place, nth))
    await this.#tryHandOvers(build)
    return build.done({
      handOver: () => this.#handOver(build),
      live: () => {
        this.#incumbents = build.incumbents
      },
    })
  }

  /** A version that cannot go on from what the one before it remembers does not go live. */
  async #tryHandOvers(build: Build): Promise<void> {
    for (const succession of this.#successions(build)) {
      const fault = await handOver(succession)
      const file = build.files.find(({ name }) => name === succession.plugin)
      if (fault !== undefined && file !== undefined)
        build.refuse(file, `it does not take the state of the version before it: ${fault}`)
    }
  }

  #handOver(build: Build): void {
    for (const succession of this.#successions(build)) {
      const fault = handOverAtOnce(succession)
      if (fault === undefined) continue
      this.#parts.host.log.warn('a plugin did not take the state of the version before it', {
        plugin: succession.plugin,
        reason: fault,
      })
    }
  }

  #successions(build: Build): readonly Succession[] {
    return successions(this.#incumbents, build.incumbents, (place) => place.split(' ').at(-2) ?? '')
  }

  /** Traffic has its turn after each thing that had to be made; what is there already costs none. */
  async #unhurried(work: () => Promise<void> | void): Promise<void> {
    const before = this.#madeCount
    await work()
    if (this.#madeCount > before) await turnOver()
  }

  get #madeCount(): number {
    return this.#loader.loadedCount + this.#filters.size + this.#codecs.count
  }

  async #loadCodec(build: Build, file: PluginFile): Promise<void> {
    const settings = build.settingsOf(file.name)
    if (settings.disabled) return
    const held = this.#codecs.take(file, settings)
    build.held.push(held)
    try {
      build.codecs.push(await held.thing)
    } catch (error) {
      build.refuse(file, errorText(error))
    }
  }

  async #load(build: Build, file: PluginFile): Promise<void> {
    const settings = build.settingsOf(file.name)
    if (settings.disabled) return
    const held = this.#loader.take(file, settings)
    build.held.push(held)
    try {
      const plugin = await held.thing
      // Only what is allowed makes another load; the rest of the settings is this configuration's.
      build.plugins.push({ ...plugin, settings })
    } catch (error) {
      build.refuse(file, errorText(error))
    }
  }

  /** The same plugin may stand twice in a chain: each of its places has a filter of its own. */
  async #take(
    build: Build,
    { listener, plan, plugin }: PluginPlace,
    nth: Map<string, number>,
  ): Promise<void> {
    const loaded = build.plugins.find(({ name }) => name === plugin.name)
    if (loaded === undefined) return
    const config = plan.options
    const wrong = configFault(loaded, config)
    if (wrong !== undefined) {
      build.refuse(loaded.file, `${loaded.file.path}: ${wrong}`)
      return
    }
    const routed = this.#routeConfigs(build, { listener, plan, plugin }, loaded)
    if (routed === undefined) return
    const use = JSON.stringify([
      loadKey(loaded.file, loaded.settings),
      loaded.settings['on-failure'],
      loaded.settings.store,
      loaded.settings.callsTo,
      config,
      routed,
    ])
    const occurrence = `${listener.name} ${use}`
    const place = nth.get(occurrence) ?? 0
    nth.set(occurrence, place + 1)
    try {
      await prepare(loaded, config, { host: this.#parts.host, routeConfigs: routed })
      const taken = `${listener.name} ${loaded.name}`
      const standing = nth.get(taken) ?? 0
      nth.set(taken, standing + 1)
      const take = () => this.#filters.take(`${place} ${use}`, () => this.#make(loaded, config, routed))
      const unit = take()
      build.held.push(unit)
      build.incumbents.set(`${taken} ${standing}`, {
        filter: unit.thing,
        version: loaded.manifest.version ?? '',
      })
      build.takers.set(placeKey(listener.name, pathText(plan.path)), take)
    } catch (error) {
      build.refuse(loaded.file, errorText(error))
    }
  }

  /** What routes say on top of the place's own configuration; what the chain will complain about is left out. */
  #routeConfigs(
    build: Build,
    { listener, plan }: PluginPlace,
    plugin: LoadedPlugin,
  ): readonly RouteConfig[] | undefined {
    const schema = plugin.routeSchema
    const given = routeConfigs(listener, plugin.name).filter((each) => explain(schema, each).length === 0)
    const own = isMapValue(plan.options) ? plan.options : {}
    const configs = given.map((each) => ({ given: each, config: { ...own, ...each } }))
    const faults = configs.map(({ config }) => configFault(plugin, config))
    const wrong =
      faults.find((fault) => fault !== undefined) ??
      (configs.length > ROUTE_CONFIGS_MAX
        ? `more than ${ROUTE_CONFIGS_MAX} configurations of routes differ`
        : undefined)
    if (wrong === undefined) return configs
    build.refuse(
      plugin.file,
      `${plugin.file.path}: ${wrong} (with what a route of listener ${listener.name} configures)`,
    )
    return undefined
  }

  #make(plugin: LoadedPlugin, config: unknown, routed: readonly RouteConfig[]): Filter {
    const made = makeGuest(plugin, config, { ...this.#parts, routeConfigs: routed })
    if (typeof made === 'string') throw new Error(made)
    this.#parts.watch?.(made, plugin.name)
    return made
  }
}

/** One configuration on its way. */
class Build {
  readonly plugins: LoadedPlugin[] = []
  readonly held: Held<unknown>[] = []
  /** Take the filter of a place once more; by listener and path. */
  readonly takers = new Map<string, () => Unit>()
  /** By listener, plugin, and how many of it stand before it there. */
  readonly incumbents = new Map<string, Incumbent>()
  /** The filters among the files. */
  readonly files: readonly PluginFile[]
  readonly codecFiles: readonly PluginFile[]
  readonly codecs: LoadedCodec[] = []
  places: readonly PluginPlace[] = []
  #loaded: LoadedConfig
  readonly #set: PluginSet
  readonly #builtIns: Registry
  readonly #refused: PluginRefusal[] = []
  readonly #settings: Config['plugins']['settings']
  readonly #attach: Config['plugins']['attach']
  /** Which use a filter that stands in a chain is. */
  readonly #given = new Map<Filter, Unit[]>()

  constructor(loaded: LoadedConfig, set: PluginSet, builtIns: Registry) {
    this.#loaded = loaded
    this.#set = set
    this.#builtIns = builtIns
    this.#settings = loaded.config?.plugins.settings ?? {}
    this.#attach = loaded.config?.plugins.attach ?? 'auto'
    const taken = new Set([...builtIns.filterNames, ...builtIns.fixedCodecNames.map(codecPluginOf)])
    const free = set.files.filter(({ name }) => !taken.has(name))
    this.files = free.filter(({ name }) => protocolOf(name) === undefined)
    this.codecFiles = free.filter(({ name }) => protocolOf(name) !== undefined)
    for (const file of set.files) {
      if (!taken.has(file.name)) continue
      const protocol = protocolOf(file.name)
      const what = protocol === undefined ? 'built-in filter' : 'protocol that is built in'
      this.refuse(file, `${file.path}: "${protocol ?? file.name}" is the name of a ${what}`)
    }
  }

  settingsOf(name: string): PluginSettings {
    const settings = settingsOf(Object.hasOwn(this.#settings, name) ? this.#settings[name] : undefined)
    return { ...settings, disabled: settings.disabled || this.#set.disabled.includes(name) }
  }

  place(): void {
    // By name, so that their order is no matter of luck.
    this.plugins.sort((left, right) => (left.name < right.name ? -1 : 1))
    const placed = placePlugins(this.#loaded.listeners, this.plugins, this.#attach)
    this.places = placed.places
    this.#loaded = { ...this.#loaded, listeners: placed.listeners }
  }

  refuse({ name, hash }: PluginFile, reason: string): void {
    if (!this.#refused.some((each) => each.name === name)) this.#refused.push({ name, hash, reason })
  }

  done(wentLive: Pick<GuestBuild, 'handOver' | 'live'>): GuestBuild {
    const refused = new Set(this.#refused.map(({ name }) => name))
    const sound = this.plugins.filter(({ name }) => !refused.has(name))
    const dropped = this.places.filter(({ plugin }) => refused.has(plugin.name)).map(({ plan }) => plan)
    const listeners = this.#loaded.listeners.map((listener) => ({
      ...listener,
      // What was attached by itself goes without a word; what the file names is a problem of the file.
      filters: listener.filters.filter((plan) => !dropped.includes(plan) || plan.path[0] === 'listeners'),
    }))
    return {
      loaded: { ...this.#loaded, listeners },
      registry: this.#builtIns.overlaid(this.#factories(sound), this.#codecMap(), this.#codecRefusals()),
      uses: [
        ...sound.map(({ name, manifest, settings }) => ({
          name,
          version: manifest.version ?? '',
          listeners: this.#listenersOf(name),
          ...(settings.trusted ? { trusted: true } : {}),
        })),
        ...this.codecs.map(({ file, manifest, codec }) => ({
          name: file.name,
          version: manifest.version ?? '',
          listeners: this.#speakersOf(codec.name, codec.sniff !== undefined),
        })),
      ],
      refused: this.#refused,
      notices: this.#notices(),
      ...wentLive,
      release: () => {
        for (const held of this.held.splice(0)) held.release()
      },
    }
  }

  #listenersOf(name: string): readonly string[] {
    const places = this.places.filter(({ plugin }) => plugin.name === name)
    return [...new Set(places.map(({ listener }) => listener.name))]
  }

  #speakersOf(wanted: string, sniffed: boolean): readonly string[] {
    return this.#loaded.listeners
      .filter(({ protocol, protocols }) =>
        protocol === 'auto' ? (protocols?.includes(wanted) ?? sniffed) : protocol === wanted,
      )
      .map(({ name }) => name)
  }

  #codecMap(): ReadonlyMap<string, Codec> {
    return new Map(this.codecs.map(({ codec }) => [codec.name, codec]))
  }

  #codecRefusals(): ReadonlyMap<string, string> {
    const off = this.codecFiles.filter(({ name }) => this.settingsOf(name).disabled)
    const reasons = [
      ...this.#set.refused,
      ...this.#refused,
      ...off.map(({ name }) => ({ name, reason: 'it is switched off' })),
    ]
    return new Map(
      reasons.flatMap(({ name, reason }) => {
        const protocol = protocolOf(name)
        return protocol === undefined ? [] : [[protocol, reason] as const]
      }),
    )
  }

  #factories(sound: readonly LoadedPlugin[]): readonly SharedFilterFactory[] {
    const names = sound.map(({ name }) => name)
    const reasons = new Map(
      [...this.#set.refused, ...this.#refused].map(({ name, reason }) => [name, reason]),
    )
    const off = this.files.map(({ name }) => name).filter((name) => this.settingsOf(name).disabled)
    return [...new Set([...names, ...reasons.keys(), ...off])]
      .filter((name) => this.#builtIns.filter(name) === undefined && protocolOf(name) === undefined)
      .map((name) =>
        this.#factory(
          name,
          sound.find((plugin) => plugin.name === name),
          reasons.get(name),
        ),
      )
  }

  #factory(name: string, plugin: LoadedPlugin | undefined, reason: string | undefined): SharedFilterFactory {
    const refusal = plugin === undefined ? reason : undefined
    return {
      name,
      about: `The plugin ${name}.`,
      // It was held against the plugin's own schema, together with what the settings say.
      options: Type.Unknown(),
      routeOptions: plugin === undefined ? Type.Unknown() : plugin.routeSchema,
      create: (_config, { listener, path }) => {
        if (refusal !== undefined) throw new Error(refusal)
        const unit = this.takers.get(placeKey(listener, path))?.()
        // A plugin that is switched off lets everything pass.
        if (unit === undefined) return {}
        this.#given.set(unit.thing, [...(this.#given.get(unit.thing) ?? []), unit])
        return unit.thing
      },
      release: (filter) => this.#given.get(filter)?.pop()?.release(),
    }
  }

  /** Settings for a plugin that is not there do nothing; it may come, and it may be misspelt. */
  #notices(): readonly ConfigProblem[] {
    const names = [...this.files, ...this.codecFiles, ...this.#set.refused].map(({ name }) => name)
    return Object.keys(this.#settings)
      .filter((name) => !names.includes(name))
      .map((name) => {
        const text = `there is no plugin "${name}" in ${this.#set.dir}${hint(name, names)}`
        return this.#loaded.source.problem(['plugins', 'settings', name], text, 'key')
      })
  }
}

function placeKey(listener: string, path: string): string {
  return `${listener}\n${path}`
}
