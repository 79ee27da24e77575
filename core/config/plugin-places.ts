/**
 * PluginPlaces: where plugins of the folder stand in the chains of the listeners: where the configuration names them,
 * and before the router of every listener that does not, unless it or the manifest says otherwise.
 */
import type { Manifest } from '../plugin/manifest.ts'
import type { PluginSettings } from '../plugin/options.ts'
import type { ConfigPath } from './path.ts'
import type { FilterPlan, ListenerPlan } from './plan.ts'
import { isMapValue, type PlainMap } from './shape.ts'

const ROUTER = 'router'
const AUTO = 'auto'

/** A plugin of the folder that can be placed. */
export interface Placeable {
  readonly name: string
  readonly manifest: Manifest
  readonly settings: PluginSettings
}

export interface PluginPlace {
  readonly listener: ListenerPlan
  readonly plan: FilterPlan
  readonly plugin: Placeable
}

export interface Placed {
  /** The listeners with every plugin in its place. */
  readonly listeners: readonly ListenerPlan[]
  readonly places: readonly PluginPlace[]
}

/** `attach` is the configuration's word for plugins that have none of their own. */
export function placePlugins(
  listeners: readonly ListenerPlan[],
  plugins: readonly Placeable[],
  attach: 'auto' | 'explicit',
): Placed {
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]))
  const places: PluginPlace[] = []
  const placed = listeners.map((listener) => {
    const added = plugins.filter((plugin) => attaches(plugin, listener, attach)).map(planOf)
    const plans = listener.filters.map((plan) => withDefaults(plan, byName.get(plan.name)))
    const router = plans.findIndex(({ name }) => name === ROUTER)
    const at = router === -1 ? Math.max(0, plans.length - 1) : router
    const filters = [...plans.slice(0, at), ...added, ...plans.slice(at)]
    for (const plan of filters) {
      const plugin = byName.get(plan.name)
      if (plugin !== undefined) places.push({ listener, plan, plugin })
    }
    return { ...listener, filters }
  })
  return { listeners: placed, places }
}

function attaches(plugin: Placeable, listener: ListenerPlan, attach: 'auto' | 'explicit'): boolean {
  const { manifest, settings, name } = plugin
  if ((settings.attach ?? attach) !== AUTO || settings.disabled) return false
  if (listener.filters.some((plan) => plan.name === name)) return false
  if (manifest.listeners !== undefined && !manifest.listeners.includes(listener.name)) return false
  return manifest.protocols === undefined || manifest.protocols.some((each) => speaks(listener, each))
}

function speaks({ protocol, protocols }: ListenerPlan, wanted: string): boolean {
  if (protocol !== AUTO) return protocol === wanted
  return protocols === undefined || protocols.includes(wanted)
}

function planOf(plugin: Placeable): FilterPlan {
  const path = ['plugins', 'settings', plugin.name]
  const options = defaultsOf(plugin)
  return { name: plugin.name, options, path, optionsPath: settingsPath(plugin.name) }
}

/** Where the settings configure a plugin. */
export function settingsPath(plugin: string): ConfigPath {
  return ['plugins', 'settings', plugin, 'config']
}

/** What the listener gives goes on top of the plugin's settings, and these on top of what the plugin brings. */
function withDefaults(plan: FilterPlan, plugin: Placeable | undefined): FilterPlan {
  if (plugin === undefined || !isMapValue(plan.options)) return plan
  return { ...plan, options: { ...defaultsOf(plugin), ...plan.options } }
}

function defaultsOf({ manifest, settings }: Placeable): PlainMap {
  return { ...manifest.config, ...settings.config }
}
