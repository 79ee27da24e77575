/**
 * PlaceConfigs: what a plugin has to be told in one place of a chain: the place's own configuration, and that of each
 * route on top of it.
 */
import type { RouteConfig } from '../guest/create-guest-filter.ts'
import { explain } from './explain.ts'
import type { LoadedConfig } from './load.ts'
import { locatedFindings } from './located-findings.ts'
import { configFault, type LoadedPlugin } from './plugin-loader.ts'
import { type PluginPlace, settingsPath } from './plugin-places.ts'
import { routeConfigs } from './route-configs.ts'
import { isMapValue } from './shape.ts'

/** Every instance of a plugin is configured with each of them. */
const ROUTE_CONFIGS_MAX = 256

/**
 * Completes the place's own configuration, and answers with those of routes; a string says why the plugin takes one of
 * them not. What the chain will complain about is left out.
 */
export function placeConfigs(
  place: PluginPlace,
  plugin: LoadedPlugin,
  source: LoadedConfig['source'],
): readonly RouteConfig[] | string {
  const { listener, plan } = place
  const wrong = plugin.schema === undefined ? [] : explain(plugin.schema, plan.options)
  if (wrong.length > 0) return locatedFindings(wrong, source, [plan.optionsPath, settingsPath(plugin.name)])
  const schema = plugin.routeSchema
  const given = routeConfigs(listener, plugin.name).filter((each) => explain(schema, each).length === 0)
  const own = isMapValue(plan.options) ? plan.options : {}
  const configs = given.map((each) => ({ given: each, config: { ...own, ...each } }))
  const fault = routesFault(plugin, configs)
  return fault === undefined
    ? configs
    : `${fault} (with what a route of listener ${listener.name} configures)`
}

function routesFault(plugin: LoadedPlugin, configs: readonly RouteConfig[]): string | undefined {
  // All of them, as that completes them, too.
  const faults = configs.map(({ config }) => configFault(plugin, config))
  const fault = faults.find((each) => each !== undefined)
  if (fault !== undefined || configs.length <= ROUTE_CONFIGS_MAX) return fault
  return `more than ${ROUTE_CONFIGS_MAX} configurations of routes differ`
}
