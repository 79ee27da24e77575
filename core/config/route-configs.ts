/**
 * RouteConfigs: what the routes of a listener configure for one filter, read from the file before anything is known to be
 * valid; what is wrong with it is told where the chain is made.
 */
import type { ListenerPlan } from './plan.ts'
import { elements, entry, isMapValue, type PlainMap } from './shape.ts'

const ROUTER = 'router'

/** Each different one once, in the order of the routes. */
export function routeConfigs(listener: ListenerPlan, filter: string): readonly PlainMap[] {
  const router = listener.filters.find(({ name }) => name === ROUTER)
  const routes = listener.routes ?? entry(router?.options, 'routes')
  const found = new Map<string, PlainMap>()
  for (const route of elements(routes)) {
    const config = entry(entry(route, 'filters'), filter)
    if (isMapValue(config)) found.set(JSON.stringify(config), config)
  }
  return [...found.values()]
}
