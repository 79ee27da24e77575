/**
 * GuestPlugins: one worker's plugins from the folder. For each configuration they become filters of the registry and
 * places in the chains; a filter that nothing has changed about is the one that runs already, with all it remembers.
 */
import { setImmediate as turnOver } from 'node:timers/promises'
import type { Filter } from '../../sdk/index.ts'
import { errorText } from '../base/error-text.ts'
import type { RouteConfig } from '../guest/create-guest-filter.ts'
import type { FailurePolicy } from '../guest/guest-health.ts'
import { failurePolicy } from '../plugin/options.ts'
import type { PluginFile, PluginSet } from '../plugin/plugin-file.ts'
import type { Registry } from '../plugin/registry.ts'
import { Shelf } from '../plugin/shelf.ts'
import { GuestCodecs } from './guest-codecs.ts'
import { handOver, handOverAtOnce, type Incumbent, type Succession, successions } from './hand-over.ts'
import type { LoadedConfig } from './load.ts'
import { pathText } from './path.ts'
import { placeConfigs } from './place-configs.ts'
import { type GuestBuild, PluginBuild } from './plugin-build.ts'
import {
  type LoadedPlugin,
  type LoaderParts,
  loadKey,
  makeGuest,
  PluginLoader,
  prepare,
} from './plugin-loader.ts'
import { type PluginPlace, settingsPath } from './plugin-places.ts'
import { UnfitConfig } from './unfit-config.ts'

/** What a place of a chain says beside the configuration. */
interface Told {
  readonly routed: readonly RouteConfig[]
  readonly policy: FailurePolicy
}

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
    const build = new PluginBuild(loaded, set, builtIns)
    for (const file of build.files) await this.#unhurried(() => this.#load(build, file))
    for (const file of build.codecFiles) await this.#unhurried(() => this.#loadCodec(build, file))
    build.place()
    for (const place of build.places) await this.#unhurried(() => this.#take(build, place))
    await this.#tryHandOvers(build)
    return build.done({
      handOver: () => this.#handOver(build),
      live: () => {
        this.#incumbents = build.incumbents
      },
    })
  }

  /** A version that cannot go on from what the one before it remembers does not go live. */
  async #tryHandOvers(build: PluginBuild): Promise<void> {
    for (const succession of this.#successions(build)) {
      const fault = await handOver(succession)
      const file = build.files.find(({ name }) => name === succession.plugin)
      if (fault !== undefined && file !== undefined)
        build.refuse(file, `it does not take the state of the version before it: ${fault}`)
    }
  }

  #handOver(build: PluginBuild): void {
    for (const succession of this.#successions(build)) {
      const fault = handOverAtOnce(succession)
      if (fault === undefined) continue
      this.#parts.host.log.warn('a plugin did not take the state of the version before it', {
        plugin: succession.plugin,
        reason: fault,
      })
    }
  }

  #successions(build: PluginBuild): readonly Succession[] {
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

  async #loadCodec(build: PluginBuild, file: PluginFile): Promise<void> {
    const settings = build.settingsOf(file.name)
    if (settings.disabled) return
    const held = this.#codecs.take(file, settings)
    build.held.push(held)
    try {
      build.codecs.push(await held.thing)
    } catch (error) {
      const unfit = error instanceof UnfitConfig
      build.refuse(file, unfit ? error.textIn(build.source, settingsPath(file.name)) : errorText(error))
    }
  }

  async #load(build: PluginBuild, file: PluginFile): Promise<void> {
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

  async #take(build: PluginBuild, place: PluginPlace): Promise<void> {
    const plugin = build.plugins.find(({ name }) => name === place.plugin.name)
    if (plugin === undefined) return
    const routed = placeConfigs(place, plugin, build.source)
    if (typeof routed === 'string') {
      build.refuse(plugin.file, `${plugin.file.path}: ${routed}`)
      return
    }
    try {
      await this.#put(build, { ...place, plugin }, routed)
    } catch (error) {
      build.refuse(plugin.file, errorText(error))
    }
  }

  /** The same plugin may stand twice in a chain: each of its places has a filter of its own. */
  async #put(
    build: PluginBuild,
    { listener, plan, plugin }: PluginPlace & { readonly plugin: LoadedPlugin },
    routed: readonly RouteConfig[],
  ): Promise<void> {
    const config = plan.options
    const policy = failurePolicy(plugin.settings, listener.name)
    const use = useKey(plugin, config, { routed, policy })
    const same = build.countBefore(`${listener.name} ${use}`)
    await prepare(plugin, config, { host: this.#parts.host, routeConfigs: routed })
    const taken = `${listener.name} ${plugin.name}`
    const standing = build.countBefore(taken)
    const take = () =>
      this.#filters.take(`${same} ${use}`, () => this.#make(plugin, config, { routed, policy }))
    const unit = take()
    build.held.push(unit)
    build.incumbents.set(`${taken} ${standing}`, {
      filter: unit.thing,
      version: plugin.manifest.version ?? '',
    })
    build.placed.put(listener.name, pathText(plan.path), take)
  }

  #make(plugin: LoadedPlugin, config: unknown, { routed, policy }: Told): Filter {
    const made = makeGuest(plugin, config, { ...this.#parts, routeConfigs: routed, policy })
    if (typeof made === 'string') throw new Error(made)
    this.#parts.watch?.(made, plugin.name)
    return made
  }
}

/** What makes two uses of a plugin the same filter. */
function useKey({ file, settings }: LoadedPlugin, config: unknown, { routed, policy }: Told): string {
  const load = loadKey(file, settings)
  return JSON.stringify([load, policy, settings.store, settings.callsTo, config, routed])
}
