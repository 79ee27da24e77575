/**
 * Bootstrap: a bootstrap file of Envoy's, read as the configuration that it would be here. Whatever is made of it goes the
 * way of every configuration from there; this only finds what Envoy says that cannot be said here.
 */
import { explain } from '../explain.ts'
import { elements, entry, isMapValue, type PlainMap } from '../shape.ts'
import { bootstrapOptions } from './bootstrap-options.ts'
import { nativeAddress } from './native-address.ts'
import { nativeCluster } from './native-cluster.ts'
import { nativeListener, noteListener } from './native-listener.ts'
import type { EnvoyFilters } from './network-filter.ts'
import { readLoosely } from './read-loosely.ts'
import { Translation } from './translation.ts'
import { unsupported } from './unsupported.ts'

const LISTENERS = ['static_resources', 'listeners']
const CLUSTERS = ['static_resources', 'clusters']

export interface ReadBootstrap {
  /** As a file of ours would say it; what is not understood is not in it. */
  readonly native: PlainMap
  readonly translation: Translation
}

export function readBootstrap(root: PlainMap, filters: EnvoyFilters): ReadBootstrap {
  const translation = new Translation()
  const fitted = readLoosely(bootstrapOptions, { value: root, origin: [], path: [] }, translation)
  for (const each of explain(bootstrapOptions, fitted)) {
    const found = unsupported(each)
    translation.problems.push({ ...found, path: translation.origins.of(found.path) })
  }
  const resources = entry(fitted, 'static_resources')
  const native = {
    ...nativeAdmin(fitted, translation),
    listeners: listenersOf(elements(entry(resources, 'listeners')), filters, translation),
    clusters: elements(entry(resources, 'clusters')).flatMap((cluster, index) => {
      if (!isMapValue(cluster)) return []
      const place = { path: [...CLUSTERS, index], native: ['clusters', index] }
      translation.from(place.native, place.path)
      return [nativeCluster(cluster, place, translation)]
    }),
  }
  translation.from(['listeners'], LISTENERS)
  translation.from(['clusters'], CLUSTERS)
  return { native, translation }
}

function nativeAdmin(fitted: unknown, translation: Translation): PlainMap {
  const given = entry(entry(fitted, 'admin'), 'address')
  const { text, path, problem } = nativeAddress(given)
  const at = ['admin', 'address']
  if (problem !== undefined) translation.problem(at, problem)
  translation.from(at, [...at, ...path])
  return text === undefined ? {} : { admin: { address: text } }
}

function listenersOf(
  listeners: readonly unknown[],
  filters: EnvoyFilters,
  translation: Translation,
): readonly PlainMap[] {
  const made: PlainMap[] = []
  for (const [index, listener] of listeners.entries()) {
    const path = [...LISTENERS, index]
    const native = isMapValue(listener) ? nativeListener(listener, path, { filters, translation }) : undefined
    if (native === undefined) continue
    noteListener(['listeners', made.length], path, listener, translation)
    made.push(native)
  }
  return made
}
