/**
 * Plan: what a listener's entry says about its chain, read from the file before anything is known to be valid, so
 * that a problem in one place hides none in another.
 */
import type { ConfigPath } from './path.ts'
import { elements, entry, isMapValue, textEntry } from './shape.ts'

/** The chain of a listener that names none. */
const DEFAULT_FILTERS: readonly unknown[] = ['router']

export interface FilterPlan {
  readonly name: string
  /** As written; an empty map when nothing is. */
  readonly options: unknown
  /** Where the element stands, and where its options do. */
  readonly path: ConfigPath
  readonly optionsPath: ConfigPath
}

export interface ListenerPlan {
  readonly index: number
  readonly path: ConfigPath
  readonly name: string
  readonly protocol: string | undefined
  readonly protocols: readonly string[] | undefined
  readonly filters: readonly FilterPlan[]
  /** Elements of the chain that could not be read; the declaration has complained about them. */
  readonly filtersUnread: boolean
  /** The listener's own `routes`; `undefined` when it has none. */
  readonly routes: unknown
}

/** One plan for each listener that is a map at all. */
export function planListeners(root: unknown): readonly ListenerPlan[] {
  return elements(entry(root, 'listeners')).flatMap((listener, index) =>
    isMapValue(listener) ? [planListener(listener, index)] : [],
  )
}

/** The names of all clusters, valid or not. */
export function clusterNames(root: unknown): readonly string[] {
  const names = elements(entry(root, 'clusters')).map((cluster) => textEntry(cluster, 'name'))
  return [...new Set(names.filter((name) => name !== undefined))]
}

/** The protocol of every cluster that names one, valid or not. */
export function clusterProtocols(root: unknown): ReadonlyMap<string, string> {
  const protocols = new Map<string, string>()
  for (const cluster of elements(entry(root, 'clusters'))) {
    const name = textEntry(cluster, 'name')
    const protocol = textEntry(cluster, 'protocol')
    if (name !== undefined && protocol !== undefined) protocols.set(name, protocol)
  }
  return protocols
}

function planListener(listener: unknown, index: number): ListenerPlan {
  const path = ['listeners', index]
  const written = entry(listener, 'filters')
  const list = written === undefined ? DEFAULT_FILTERS : elements(written)
  const filters = list.map((element, place) => planFilter(element, [...path, 'filters', place]))
  const protocols = entry(listener, 'protocols')
  return {
    index,
    path,
    name: textEntry(listener, 'name') ?? `listener ${index}`,
    protocol: textEntry(listener, 'protocol'),
    protocols: Array.isArray(protocols) ? protocols.filter((name) => typeof name === 'string') : undefined,
    filters: filters.filter((filter) => filter !== undefined),
    filtersUnread: filters.includes(undefined) || (written !== undefined && !Array.isArray(written)),
    routes: entry(listener, 'routes'),
  }
}

function planFilter(element: unknown, path: ConfigPath): FilterPlan | undefined {
  if (typeof element === 'string') return { name: element, options: {}, path, optionsPath: path }
  if (!isMapValue(element)) return undefined
  const [name, ...others] = Object.keys(element)
  if (name === undefined || others.length > 0) return undefined
  return { name, options: element[name] ?? {}, path, optionsPath: [...path, name] }
}
