/** NativeCluster: a cluster of Envoy's as one of ours. What cannot be read is left out: its declaration has complained. */
import { isIP } from 'node:net'
import type { ConfigPath } from '../path.ts'
import { elements, entry, type PlainMap, textEntry } from '../shape.ts'
import { nativeAddress } from './native-address.ts'
import type { Translation } from './translation.ts'

const BALANCERS: Readonly<Record<string, string>> = {
  ROUND_ROBIN: 'round-robin',
  LEAST_REQUEST: 'least-request',
  RANDOM: 'random',
  // Without anything to hash, Envoy takes a random number.
  RING_HASH: 'random',
  MAGLEV: 'random',
}
const HASHING = ['RING_HASH', 'MAGLEV']

/** Where the cluster stands among those that were read, and where what is made of it. */
export interface ClusterPlace {
  readonly path: ConfigPath
  readonly native: ConfigPath
}

export function nativeCluster(cluster: unknown, place: ClusterPlace, translation: Translation): PlainMap {
  const { path, native } = place
  const timeout = textEntry(cluster, 'connect_timeout')
  const limit = entry(cluster, 'per_connection_buffer_limit_bytes')
  for (const [own, envoys] of Object.entries({ ...KEYS, ...DNS_KEYS }))
    translation.from([...native, ...own.split('.')], [...path, envoys])
  return {
    name: entry(cluster, 'name'),
    endpoints: endpointsOf(cluster, place, translation),
    balancer: balancerOf(cluster, path, translation),
    ...(timeout === undefined ? {} : { 'connect-timeout': timeout }),
    ...(typeof limit === 'number' ? { watermarks: watermarks(limit) } : {}),
    ...dnsOf(cluster, path, translation),
  }
}

/** Ours, and what they are from. */
const KEYS = {
  name: 'name',
  balancer: 'lb_policy',
  'connect-timeout': 'connect_timeout',
  watermarks: 'per_connection_buffer_limit_bytes',
}
const DNS_KEYS = { 'dns.interval': 'dns_refresh_rate', 'dns.ttl': 'respect_dns_ttl' }

/** Reading stops at Envoy's limit, and goes on at half of it as it does there. */
export function watermarks(limitBytes: number): PlainMap {
  return { high: `${limitBytes}B`, low: `${Math.floor(limitBytes / 2)}B` }
}

function balancerOf(cluster: unknown, path: ConfigPath, translation: Translation): string {
  const policy = textEntry(cluster, 'lb_policy') ?? 'ROUND_ROBIN'
  if (HASHING.includes(policy)) {
    const text = 'no route says what is hashed: requests are spread by chance, as Envoy does then'
    translation.warn([...path, 'lb_policy'], text)
  }
  return (Object.hasOwn(BALANCERS, policy) ? BALANCERS[policy] : undefined) ?? 'round-robin'
}

function dnsOf(cluster: unknown, path: ConfigPath, translation: Translation): PlainMap {
  if (textEntry(cluster, 'type') === 'LOGICAL_DNS')
    translation.warn([...path, 'type'], 'every address of a name is used, as with STRICT_DNS')
  const interval = textEntry(cluster, 'dns_refresh_rate')
  const ttl = entry(cluster, 'respect_dns_ttl')
  if (interval === undefined && ttl === undefined) return {}
  return { dns: { ...(interval === undefined ? {} : { interval }), ...(ttl === undefined ? {} : { ttl }) } }
}

function endpointsOf(
  cluster: unknown,
  { path, native }: ClusterPlace,
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
