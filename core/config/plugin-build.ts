/**
 * PluginBuild: the plugins of one configuration on its way: which of them can be used, where they stand, why others cannot,
 * and in the end the configuration with all of them in their places.
 */
import type { Codec } from '../../sdk/index.ts'
import { hint } from '../../sdk/index.ts'
import type { PluginSettings } from '../plugin/options.ts'
import { settingsOf } from '../plugin/options.ts'
import type { PluginFile, PluginRefusal, PluginSet } from '../plugin/plugin-file.ts'
import { codecPluginOf, protocolOf } from '../plugin/plugin-file.ts'
import type { Registry } from '../plugin/registry.ts'
import type { SharedFilterFactory } from '../plugin/shared-filter-factory.ts'
import type { Held } from '../plugin/shelf.ts'
import type { LoadedCodec } from './guest-codecs.ts'
import type { Incumbent } from './hand-over.ts'
import type { LoadedConfig } from './load.ts'
import type { Config } from './options.ts'
import type { ConfigPath } from './path.ts'
import { PlacedFilters } from './placed-filters.ts'
import type { LoadedPlugin } from './plugin-loader.ts'
import { type PluginPlace, placePlugins } from './plugin-places.ts'
import { codecUse, filterUse, type PluginUse } from './plugin-use.ts'
import type { ConfigProblem } from './problem.ts'

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

export class PluginBuild {
  readonly plugins: LoadedPlugin[] = []
  readonly held: Held<unknown>[] = []
  readonly placed = new PlacedFilters()
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
  readonly #seen = new Map<string, number>()

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
    for (const file of set.files) if (taken.has(file.name)) this.#refuseTaken(file)
  }

  /** The file that is on its way. */
  get source(): LoadedConfig['source'] {
    return this.#loaded.source
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

  /** How many of this there were before. */
  countBefore(what: string): number {
    const count = this.#seen.get(what) ?? 0
    this.#seen.set(what, count + 1)
    return count
  }

  refuse({ name, hash }: PluginFile, reason: string): void {
    if (!this.#refused.some((each) => each.name === name)) this.#refused.push({ name, hash, reason })
  }

  done(wentLive: Pick<GuestBuild, 'handOver' | 'live'>): GuestBuild {
    const refused = new Set(this.#refused.map(({ name }) => name))
    const sound = this.plugins.filter(({ name }) => !refused.has(name))
    const uses = [
      ...sound.map((plugin) => filterUse(plugin, this.places)),
      ...this.codecs.map((codec) => codecUse(codec, this.#loaded.listeners)),
    ]
    return {
      loaded: this.#without(refused),
      registry: this.#builtIns.overlaid(this.#factories(sound), this.#codecMap(), this.#codecRefusals()),
      uses,
      refused: this.#refused,
      notices: this.#notices(),
      ...wentLive,
      release: () => {
        for (const held of this.held.splice(0)) held.release()
      },
    }
  }

  #refuseTaken(file: PluginFile): void {
    const protocol = protocolOf(file.name)
    const what = protocol === undefined ? 'built-in filter' : 'protocol that is built in'
    this.refuse(file, `${file.path}: "${protocol ?? file.name}" is the name of a ${what}`)
  }

  #without(refused: ReadonlySet<string>): LoadedConfig {
    const dropped = this.places.filter(({ plugin }) => refused.has(plugin.name)).map(({ plan }) => plan)
    const listeners = this.#loaded.listeners.map((listener) => ({
      ...listener,
      // What was attached by itself goes without a word; what the file names is a problem of the file.
      filters: listener.filters.filter((plan) => !dropped.includes(plan) || plan.path[0] === 'listeners'),
    }))
    return { ...this.#loaded, listeners }
  }

  #codecMap(): ReadonlyMap<string, Codec> {
    return new Map(this.codecs.map(({ codec }) => [codec.name, codec]))
  }

  #codecRefusals(): ReadonlyMap<string, string> {
    const off = this.#switchedOff(this.codecFiles).map((name) => ({ name, reason: 'it is switched off' }))
    return new Map(
      [...this.#set.refused, ...this.#refused, ...off].flatMap(({ name, reason }) => {
        const protocol = protocolOf(name)
        return protocol === undefined ? [] : [[protocol, reason] as const]
      }),
    )
  }

  #factories(sound: readonly LoadedPlugin[]): readonly SharedFilterFactory[] {
    const plugins = new Map(sound.map((plugin) => [plugin.name, plugin]))
    const reasons = new Map(
      [...this.#set.refused, ...this.#refused].map(({ name, reason }) => [name, reason]),
    )
    // A file that is no plugin is told by its whole name, which nobody can mean.
    const refused = [...reasons.keys()].filter((name) => /^[\w-]+$/.test(name))
    return [...new Set([...plugins.keys(), ...refused, ...this.#switchedOff(this.files)])]
      .filter((name) => this.#builtIns.filter(name) === undefined && protocolOf(name) === undefined)
      .map((name) => this.placed.factory(name, plugins.get(name), reasons.get(name)))
  }

  #switchedOff(files: readonly PluginFile[]): readonly string[] {
    return files.map(({ name }) => name).filter((name) => this.settingsOf(name).disabled)
  }

  /** What settings say of a plugin or a listener that is not there does nothing; it may come, and it may be misspelt. */
  #notices(): readonly ConfigProblem[] {
    const names = [...this.files, ...this.codecFiles, ...this.#set.refused].map(({ name }) => name)
    const listeners = this.#loaded.listeners.map(({ name }) => name)
    const notice = (path: ConfigPath, text: string) => this.#loaded.source.problem(path, text, 'key')
    return Object.entries(this.#settings).flatMap(([name, given]) => {
      const path = ['plugins', 'settings', name]
      if (!names.includes(name))
        return [notice(path, `there is no plugin "${name}" in ${this.#set.dir}${hint(name, names)}`)]
      const policies = given['on-failure'] ?? 'closed'
      return (typeof policies === 'string' ? [] : Object.keys(policies))
        .filter((each) => !listeners.includes(each))
        .map((each) =>
          notice([...path, 'on-failure', each], `there is no listener "${each}"${hint(each, listeners)}`),
        )
    })
  }
}
