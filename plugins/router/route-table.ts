/**
 * RouteTable: finds the first route that a request matches. Short tables are walked. Long ones are indexed by the
 * property that most of their routes compare exactly, so that a request meets only the routes that could be its.
 */
import type { Condition, Metadata } from '../../sdk/index.ts'
import type { CompiledRoute } from './compiled-route.ts'

/** Walking up to here is faster than one look into the index. */
const WALKED_MAX = 8
/** Entries an index may have: routes that do not compare the property stand once in every list. */
const INDEX_ENTRIES_MAX = 200_000

export class RouteTable {
  readonly routes: readonly CompiledRoute[]
  /** The first route, if it matches everything. */
  readonly #always: CompiledRoute | undefined
  readonly #key: string | undefined
  readonly #byValue: ReadonlyMap<string, readonly CompiledRoute[]>
  /** For values that no route names: the routes that do not compare the property. */
  readonly #others: readonly CompiledRoute[]

  constructor(routes: readonly CompiledRoute[]) {
    this.routes = routes
    this.#always = routes[0]?.match.conditions.length === 0 ? routes[0] : undefined
    const key = routes.length > WALKED_MAX ? bestKey(routes) : undefined
    const byValue = key === undefined ? undefined : indexBy(key, routes)
    this.#key = byValue === undefined ? undefined : key
    this.#byValue = byValue ?? new Map()
    this.#others = key === undefined ? routes : routes.filter((route) => exactValue(route, key) === undefined)
  }

  /**
   * The first route that matches. None either when no route does, or when whether an earlier one does depends on
   * a property that could not be read: then the request's `problem` is set, and guessing would misroute it.
   */
  find(metadata: Metadata): CompiledRoute | undefined {
    if (this.#always !== undefined) return this.#always
    return firstMatch(this.#key === undefined ? this.routes : this.#candidates(this.#key, metadata), metadata)
  }

  #candidates(key: string, metadata: Metadata): readonly CompiledRoute[] {
    const value = metadata.get(key)
    if (value === undefined) return metadata.problem === undefined ? this.#others : this.routes
    return this.#byValue.get(value) ?? this.#others
  }
}

function firstMatch(routes: readonly CompiledRoute[], metadata: Metadata): CompiledRoute | undefined {
  for (const route of routes) {
    const answer = route.match.matches(metadata)
    if (answer === 'yes') return route
    if (answer === 'unknown') return undefined
  }
  return undefined
}

/** The property that the most routes compare exactly; none when fewer than half of them compare one. */
function bestKey(routes: readonly CompiledRoute[]): string | undefined {
  const counts = new Map<string, number>()
  for (const route of routes) {
    const keys = new Set(route.match.conditions.filter(exactProperty).map((condition) => condition.key))
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1])
  return best !== undefined && best[1] * 2 >= routes.length ? best[0] : undefined
}

function indexBy(key: string, routes: readonly CompiledRoute[]): Map<string, CompiledRoute[]> | undefined {
  const named = routes.map((route) => ({ route, value: exactValue(route, key) }))
  const values = new Set(named.flatMap(({ value }) => (value === undefined ? [] : [value])))
  const everywhere = named.filter(({ value }) => value === undefined).length
  if (values.size * everywhere + routes.length > INDEX_ENTRIES_MAX) return undefined
  const byValue = new Map<string, CompiledRoute[]>([...values].map((value) => [value, []]))
  for (const { route, value } of named) {
    if (value !== undefined) byValue.get(value)?.push(route)
    else for (const list of byValue.values()) list.push(route)
  }
  return byValue
}

function exactValue(route: CompiledRoute, key: string): string | undefined {
  return route.match.conditions.find((condition) => exactProperty(condition) && condition.key === key)?.text
}

function exactProperty(condition: Condition): boolean {
  return condition.test === 'exact' && condition.source === 'property'
}
