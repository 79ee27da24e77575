/** NativeListener: a listener of Envoy's as one of ours; nothing, when what it does is not understood. */
import type { ConfigPath } from '../path.ts'
import { elements, entry, type PlainMap, textEntry } from '../shape.ts'
import { nativeAddress } from './native-address.ts'
import { nativeWatermarks } from './native-watermarks.ts'
import { type EnvoyFilters, networkFilter } from './network-filter.ts'
import type { Translation } from './translation.ts'

export function nativeListener(
  listener: unknown,
  path: ConfigPath,
  given: { readonly filters: EnvoyFilters; readonly translation: Translation },
): PlainMap | undefined {
  const { translation } = given
  const address = nativeAddress(entry(listener, 'address'))
  if (address.problem !== undefined) translation.problem([...path, 'address'], address.problem)
  const chain = onlyChain(listener, path, translation)
  const filter = chain === undefined ? undefined : onlyFilter(chain, given)
  if (filter === undefined || address.text === undefined) return undefined
  return {
    name: textEntry(listener, 'name') || address.text,
    address: address.text,
    protocol: filter.protocol,
    filters: filter.filters,
    ...nativeWatermarks(listener),
  }
}

/** Notes where the parts of a listener are from. */
export function noteListener(
  native: ConfigPath,
  path: ConfigPath,
  listener: unknown,
  translation: Translation,
): void {
  const filter = [...path, 'filter_chains', 0, 'filters', 0]
  const { path: part } = nativeAddress(entry(listener, 'address'))
  translation.from(native, path)
  translation.from([...native, 'name'], [...path, 'name'])
  translation.from([...native, 'address'], [...path, 'address', ...part])
  translation.from([...native, 'protocol'], filter)
  translation.from([...native, 'filters'], filter)
  translation.from([...native, 'watermarks'], [...path, 'per_connection_buffer_limit_bytes'])
}

interface Standing {
  readonly value: unknown
  readonly path: ConfigPath
}

function onlyChain(listener: unknown, path: ConfigPath, translation: Translation): Standing | undefined {
  const chains = elements(entry(listener, 'filter_chains'))
  const at = [...path, 'filter_chains']
  if (chains.length > 1)
    translation.problem(
      [...at, 1],
      'a second filter chain is not supported yet: give it a listener of its own',
    )
  if (chains.length === 0) translation.problem(path, 'a listener needs filter_chains with one filter chain')
  return chains.length === 1 ? { value: chains[0], path: [...at, 0] } : undefined
}

function onlyFilter(
  chain: Standing,
  { filters, translation }: { readonly filters: EnvoyFilters; readonly translation: Translation },
) {
  const list = elements(entry(chain.value, 'filters'))
  const at = [...chain.path, 'filters']
  if (list.length === 0)
    translation.problem(chain.path, 'a filter chain needs filters with one network filter')
  if (list.length > 1)
    translation.problem([...at, 1], 'a second network filter is not supported yet: a chain here has one')
  const [filter] = list.map((each, index) =>
    networkFilter({ filter: each, path: [...at, index] }, filters, translation),
  )
  return list.length === 1 ? filter : undefined
}
