/** NativeEndpoints: the endpoints of a cluster of Envoy's, from where they stand now or stood in old files. */
import { isIP } from 'node:net'
import type { ConfigPath } from '../path.ts'
import { elements, entry, type PlainMap, textEntry } from '../shape.ts'
import { nativeAddress } from './native-address.ts'
import type { Place } from './place.ts'
import type { Translation } from './translation.ts'

export function nativeEndpoints(
  cluster: unknown,
  { path, native }: Place,
  translation: Translation,
): readonly PlainMap[] {
  const assignment = entry(cluster, 'load_assignment')
  const hosts = entry(cluster, 'hosts')
  if (assignment !== undefined && hosts !== undefined)
    translation.problem([...path, 'hosts'], 'load_assignment says where the endpoints are: keep one of both')
  const made: PlainMap[] = []
  for (const { address, at, facts } of [...assigned(assignment, path), ...hosted(hosts, path)]) {
    const { text, path: part, host, problem } = nativeAddress(address)
    if (problem !== undefined) translation.problem(at, problem)
    if (text === undefined) continue
    if (host !== undefined && isIP(host) === 0 && (textEntry(cluster, 'type') ?? 'STATIC') === 'STATIC')
      translation.problem(
        [...at, ...part, 'address'],
        `"${host}" is a name: a cluster of STRICT_DNS resolves it`,
      )
    const own = [...native, 'endpoints', made.length]
    translation.from(own, at)
    translation.from([...own, 'address'], [...at, ...part])
    translation.from([...own, 'weight'], [...at.slice(0, -2), 'load_balancing_weight'])
    made.push({ address: text, ...facts })
  }
  return made
}

interface Host {
  readonly address: unknown
  readonly at: ConfigPath
  readonly facts: PlainMap
}

function hosted(hosts: unknown, path: ConfigPath): readonly Host[] {
  return elements(hosts).map((address, index) => ({ address, at: [...path, 'hosts', index], facts: {} }))
}

function assigned(assignment: unknown, path: ConfigPath): readonly Host[] {
  const groups = [...path, 'load_assignment', 'endpoints']
  return elements(entry(assignment, 'endpoints')).flatMap((group, outer) =>
    elements(entry(group, 'lb_endpoints')).map((each, inner) => ({
      address: entry(entry(each, 'endpoint'), 'address'),
      at: [...groups, outer, 'lb_endpoints', inner, 'endpoint', 'address'],
      facts: { ...weightOf(each), ...priorityOf(group), ...localityOf(entry(group, 'locality')) },
    })),
  )
}

function weightOf(endpoint: unknown): PlainMap {
  const weight = entry(endpoint, 'load_balancing_weight')
  return weight === undefined ? {} : { weight }
}

function priorityOf(group: unknown): PlainMap {
  const priority = entry(group, 'priority')
  return priority === undefined ? {} : { priority }
}

function localityOf(locality: unknown): PlainMap {
  const parts = ['region', 'zone', 'sub_zone'].map((key) => textEntry(locality, key) ?? '')
  const text = parts.join('/').replace(/\/+$/, '')
  return text === '' ? {} : { locality: text }
}
