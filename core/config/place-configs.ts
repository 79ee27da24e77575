/**
 * PlaceConfigs: what a plugin has to be told in one place of a chain: the place's own configuration, and that of each
 * route on top of it.
 */
import type { RouteConfig } from '../guest/create-guest-filter.ts'
import { explain } from './explain.ts'
import type { Finding } from './finding.ts'
import type { LoadedConfig } from './load.ts'
import { type ConfigPath, pathText } from './path.ts'
import { configFault, type LoadedPlugin } from './plugin-loader.ts'
import type { PluginPlace } from './plugin-places.ts'
import { problemText } from './problem.ts'
import { routeConfigs } from './route-configs.ts'
import { elements, entry, isMapValue } from './shape.ts'

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
  if (wrong.length > 0)
    return `its configuration: ${wrong.map((each) => located(each, place, source)).join('; ')}`
  const schema = plugin.routeSchema
  const given = routeConfigs(listener, plugin.name).filter((each) => explain(schema, each).length === 0)
  const own = isMapValue(plan.options) ? plan.options : {}
  const configs = given.map((each) => ({ given: each, config: { ...own, ...each } }))
  const fault = routesFault(plugin, configs)
  return fault === undefined
    ? configs
    : `${fault} (with what a route of listener ${listener.name} configures)`
}

/** With its line, where the file holds it: in the chain, or in the settings below it; what is missing is so in the chain. */
function located(found: Finding, { plan, plugin }: PluginPlace, source: LoadedConfig['source']): string {
  const { path, text, anchor } = found
  const [key] = path
  const settings = ['plugins', 'settings', plugin.name, 'config']
  const at = [plan.optionsPath, settings].find((each) => holds(source.value, each, key))
  if (at === undefined) return pathText(path) === '' ? text : `${pathText(path)}: ${text}`
  return problemText(source.problem([...at, ...path], text, anchor))
}

function holds(root: unknown, path: ConfigPath, key: string | number | undefined): boolean {
  let value = root
  for (const part of path) value = typeof part === 'number' ? elements(value)[part] : entry(value, part)
  return value !== undefined && (typeof key !== 'string' || entry(value, key) !== undefined)
}

function routesFault(plugin: LoadedPlugin, configs: readonly RouteConfig[]): string | undefined {
  // All of them, as that completes them, too.
  const faults = configs.map(({ config }) => configFault(plugin, config))
  const fault = faults.find((each) => each !== undefined)
  if (fault !== undefined || configs.length <= ROUTE_CONFIGS_MAX) return fault
  return `more than ${ROUTE_CONFIGS_MAX} configurations of routes differ`
}
